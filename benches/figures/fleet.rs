//! Against the replay server: start, memory, a screen on which nothing happens, keys while events arrive.

use std::process::Command;
use std::time::Duration;

use crate::replay::{Load, Replay};

use super::measured::{Series, Spread, milliseconds};
use super::screen::{Screen, Wish, has_rows, is_complete};
use super::table::{Table, Target, Unit};
use super::{Options, Part, say, terminal};

/// Events a second while keys are pressed.
const BUSY: u32 = 1_000;

/// Starts a replay server with a fleet of `size`.
///
/// # Errors
/// What does not work.
pub fn replay(size: usize) -> Result<Replay, String> {
    let this = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new(this);
    command.arg("--replay");
    Replay::start(command, size)
}

/// Measures a fleet of `size`.
///
/// # Errors
/// What of it did not run at all.
pub fn measure(
    size: usize,
    options: &Options,
    wanted: &impl Fn(Part) -> bool,
    table: &mut Table,
) -> Result<(), String> {
    if ![Part::Start, Part::Idle, Part::Keys, Part::Bytes].into_iter().any(wanted) {
        return Ok(());
    }
    say(&format!("a replay server with {size} Rollouts"));
    let mut replay = replay(size)?;
    if wanted(Part::Start) {
        start(size, options.runs, &replay, table)?;
    }
    if wanted(Part::Idle) {
        idle(size, options, &replay, table)?;
    }
    if wanted(Part::Keys) {
        keys(size, options, &mut replay, table)?;
    }
    if wanted(Part::Bytes) {
        terminal::measure(size, options.runs, &mut replay, table)?;
    }
    Ok(())
}

/// Opens a screen and waits until it is complete.
///
/// # Errors
/// Says what it shows instead.
pub fn complete(replay: &Replay, size: usize, wish: (u16, u16)) -> Result<Screen, String> {
    let kubeconfig = replay.kubeconfig();
    let mut screen = Screen::start(&Wish { kubeconfig: &kubeconfig, size: wish, more: &[], far: false })?;
    screen.until("all rows", |screen| is_complete(screen, size))?;
    Ok(screen)
}

fn start(size: usize, runs: usize, replay: &Replay, table: &mut Table) -> Result<(), String> {
    let [mut first, mut complete, mut busy, mut peak] = <[Series; 4]>::default();
    for _ in 0..runs {
        let kubeconfig = replay.kubeconfig();
        let wish = Wish { kubeconfig: &kubeconfig, size: (120, 40), more: &[], far: false };
        let mut screen = Screen::start(&wish)?;
        first.add(milliseconds(screen.until("first rows", has_rows)?));
        complete.add(screen.until("all rows", |screen| is_complete(screen, size))?.as_secs_f64());
        busy.add(screen.used().busy.as_secs_f64());
        screen.watch(Duration::from_secs(1));
        if let Some(most) = screen.peak_megabytes() {
            peak.add(most);
        }
    }
    table.add("replay: first rows drawn", size, &first, (Unit::Milliseconds, Target::AtMost(150.0)));
    table.add("replay: complete", size, &complete, (Unit::Seconds, Target::AtMost(1.0)));
    table.add("replay: processor time until then", size, &busy, (Unit::Seconds, Target::None));
    table.add("replay: peak memory", size, &peak, (Unit::Megabytes, Target::AtMost(60.0)));
    Ok(())
}

fn idle(size: usize, options: &Options, replay: &Replay, table: &mut Table) -> Result<(), String> {
    let [mut busy, mut bytes, mut wakes] = <[Series; 3]>::default();
    let while_ = Duration::from_secs(options.idle);
    for _ in 0..options.runs.min(3) {
        let mut screen = complete(replay, size, (120, 40))?;
        screen.watch(Duration::from_secs(2));
        let before = screen.used();
        bytes.add(screen.watch(while_) as f64);
        let after = screen.used();
        busy.add((after.busy - before.busy).as_secs_f64() / while_.as_secs_f64() * 100.0);
        wakes.add((after.sleeps - before.sleeps) / while_.as_secs_f64());
    }
    table.add("idle: processor", size, &busy, (Unit::Percent, Target::AtMost(0.5)));
    table.add("idle: bytes to the terminal", size, &bytes, (Unit::Bytes, Target::AtMost(0.0)));
    table.add("idle: wake-ups, all threads", size, &wakes, (Unit::PerSecond, Target::None));
    Ok(())
}

fn keys(size: usize, options: &Options, replay: &mut Replay, table: &mut Table) -> Result<(), String> {
    let (mut moved, mut typed, mut busy) = (Spread::default(), Spread::default(), Series::default());
    for run in 1..=options.runs {
        say(&format!("keys, {size}, run {run} of {}", options.runs));
        let mut screen = complete(replay, size, (120, 40))?;
        replay.load(&Load { per_second: BUSY, rows: Vec::new() })?;
        screen.watch(Duration::from_secs(1));
        let before = screen.used().busy;
        let begun = std::time::Instant::now();
        moved.add(&moves(&mut screen, options.keys)?);
        typed.add(&filters(&mut screen, options.keys / 5)?);
        busy.add((screen.used().busy - before).as_secs_f64() / begun.elapsed().as_secs_f64() * 100.0);
        drop(screen);
    }
    let target = (Unit::Milliseconds, Target::AtMost(8.0));
    let open = (Unit::Milliseconds, Target::None);
    table.add("key to frame at 1,000 events/s: p50", size, &moved.p50, open);
    table.add("key to frame at 1,000 events/s: p99", size, &moved.p99, target);
    table.add("key to frame at 1,000 events/s: most", size, &moved.most, open);
    table.add("filter key to frame at 1,000 events/s: p50", size, &typed.p50, open);
    table.add("filter key to frame at 1,000 events/s: p99", size, &typed.p99, target);
    table.add("processor at 1,000 events/s and keys", size, &busy, (Unit::Percent, Target::None));
    Ok(())
}

/// Moves the selection down, row by row; at the foot of the view that scrolls it. Rows that change overtake the
/// selected one, so it is taken back to the top before it could become the last, from which no key moves it.
fn moves(screen: &mut Screen, keys: usize) -> Result<Vec<Duration>, String> {
    let mut took = Vec::with_capacity(keys);
    for nth in 0..keys {
        if nth % 15 == 0 {
            screen.press("g", |_| true)?;
            screen.watch(Duration::from_millis(30));
        }
        let before = selected(screen.screen());
        took.push(screen.press("j", |screen| selected(screen).is_some_and(|row| Some(row) != before))?);
        pause(screen, nth);
    }
    Ok(took)
}

/// Types into the filter and takes it back.
fn filters(screen: &mut Screen, keys: usize) -> Result<Vec<Duration>, String> {
    let mut took = Vec::with_capacity(keys);
    screen.press("/", |screen| !screen.hide_cursor())?;
    for nth in 0..keys {
        let (_, before) = screen.screen().cursor_position();
        let key = if nth % 2 == 0 { "7" } else { "\x7f" };
        took.push(screen.press(key, |screen| screen.cursor_position().1 != before)?);
        pause(screen, nth);
    }
    screen.press("\x1b", |screen| screen.hide_cursor())?;
    Ok(took)
}

/// Waits as long as fingers do, never twice the same, so that keys do not keep step with frames.
fn pause(screen: &mut Screen, nth: usize) {
    screen.watch(Duration::from_micros(12_000 + (nth as u64 * 7_919) % 21_000));
}

/// The name of the selected Rollout; changes of the fleet move its row, and only a key makes it another's.
fn selected(screen: &vt100::Screen) -> Option<String> {
    let (rows, _) = screen.size();
    let row = (0..rows.get()).find(|row| screen.cell(*row, 10).is_some_and(vt100::Cell::inverse))?;
    Some(screen.contents_between(row, 3, row, 26))
}
