//! Bytes to the terminal while rows in view change: Rollouts under way, whose steps, weights and pods move.

use std::time::Duration;

use crate::replay::{Load, Replay};

use super::measured::Series;
use super::screen::{Screen, Wish, is_live};
use super::table::{Table, Target, Unit};

/// Changes a second of rows in view.
const CHANGES: u32 = 100;
/// How many rows have to be found for the figure to mean something: of 1,000 Rollouts, 20 are under way, and the smaller
/// terminal shows fewer.
const ROWS: usize = 12;
/// How long bytes are counted.
const WHILE: Duration = Duration::from_secs(10);

/// Measures the bytes at two sizes of the terminal, and on a link declared slow.
///
/// # Errors
/// What of it did not run at all.
pub fn measure(size: usize, runs: usize, replay: &mut Replay, table: &mut Table) -> Result<(), String> {
    let (plain, slow): (&[&str], &[&str]) = (&[], &["--slow-link"]);
    let cases = [
        ("80x24", (80, 24), plain, 12.0),
        ("200x50", (200, 50), plain, 12.0),
        ("80x24, --slow-link", (80, 24), slow, 1.2),
    ];
    for (name, terminal, more, most) in cases {
        let mut rate = Series::default();
        for _ in 0..runs {
            rate.add(bytes(replay, size, (terminal, more))?);
        }
        let name = format!("bytes at 100 visible changes/s: {name}");
        table.add(&name, size, &rate, (Unit::KilobytesPerSecond, Target::AtMost(most)));
    }
    Ok(())
}

/// Kilobytes a second.
fn bytes(replay: &mut Replay, size: usize, (terminal, more): ((u16, u16), &[&str])) -> Result<f64, String> {
    let kubeconfig = replay.kubeconfig();
    let mut screen = Screen::start(&Wish { kubeconfig: &kubeconfig, size: terminal, more, far: true })?;
    screen.until("all rows", is_live)?;
    for phase in ["degraded", "paused", "progressing"] {
        let shown = format!("of {size} {phase}");
        screen.press("\t", |screen| screen.contents().contains(&shown))?;
    }
    // The header stands before the rows do: without this the rows of the phase before would be taken.
    screen.watch(Duration::from_millis(300));
    let rows = in_view(&screen.text());
    if rows.len() < ROWS {
        return Err(format!("only {} rows were found on the screen:\n{}", rows.len(), screen.text()));
    }
    replay.load(&Load { per_second: CHANGES, rows })?;
    screen.watch(Duration::from_secs(2));
    let bytes = screen.watch(WHILE);
    if bytes < 1_000 {
        super::say(&format!("hardly anything was drawn:\n{}", screen.text()));
    }
    replay.load(&Load::default())?;
    Ok(bytes as f64 / 1e3 / WHILE.as_secs_f64())
}

/// The numbers of the objects whose rows are in view: the end of `fleet-7/service-00007`, which a narrow column
/// shortens in the middle.
fn in_view(text: &str) -> Vec<usize> {
    let names =
        text.lines().filter_map(|line| line.split_whitespace().find(|word| word.starts_with("fleet-")));
    names.filter_map(|name| name.get(name.len().checked_sub(5)?..)?.parse().ok()).collect()
}
