//! A program that shows what reaches it through the terminal edge; the tests of that edge drive it in a pty.
//!
//! Keys: `q` and `ctrl-c` leave, `ctrl-z` suspends, `d` draws the same frame again and counts its bytes, `F` floods
//! the terminal, `w` tells whether the writer is busy, `C` copies, `P` panics, `T` panics on another thread. Flags:
//! `--judge KEY` asks for that key to be judged, `--deaf` ignores SIGHUP, `--report SOCKET` also writes every line to
//! a Unix socket.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests"
)]

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::time::Instant;

use ratatui::Frame;
use ratatui::text::Line;
use rollgate::keymap::Key;
use rollgate::terminal::{
    Cause, Drawn, Input, Inputs, Link, Next, Options, Pace, Reason, Signal, Signals, Surface, Suspended,
};

type Failure = Box<dyn std::error::Error>;

#[derive(Default)]
struct Flags {
    judge: Vec<Key>,
    deaf: bool,
    report: Option<UnixStream>,
}

impl Flags {
    fn read() -> Result<Self, Failure> {
        let (mut flags, mut words) = (Self::default(), std::env::args().skip(1));
        while let Some(word) = words.next() {
            match word.as_str() {
                "--judge" => flags.judge.push(words.next().ok_or("which key?")?.parse()?),
                "--deaf" => flags.deaf = true,
                "--report" => flags.report = Some(UnixStream::connect(words.next().ok_or("where?")?)?),
                other => return Err(format!("unknown flag {other}").into()),
            }
        }
        Ok(flags)
    }
}

struct Probe {
    flags: Flags,
    surface: Surface,
    lines: Vec<String>,
    flood: Option<u64>,
}

impl Probe {
    fn note(&mut self, line: String) {
        if let Some(report) = &mut self.flags.report {
            // A test that has heard enough closes its end.
            let _ = writeln!(report, "{line}");
        }
        self.lines.push(line);
    }

    fn draw(&mut self) -> Result<Drawn, Reason> {
        // Each frame of a flood differs, however fast keys come.
        self.flood = self.flood.map(|turn| turn + 1);
        let (lines, flood) = (&self.lines, self.flood);
        self.surface.draw(|frame| render(frame, lines, flood))
    }

    async fn run(&mut self, mut inputs: Inputs, mut signals: Signals) -> Result<Option<Reason>, Failure> {
        let mut pace = Pace::new(Link::Normal);
        loop {
            let now = Instant::now();
            let (mut wake, mut busy) = (None, false);
            match pace.next(now, self.surface.is_idle(), None) {
                Next::Draw => match self.draw() {
                    Ok(Drawn::Busy) => busy = true,
                    Ok(Drawn::Unchanged | Drawn::Handed(_)) => {
                        pace.drawn(now);
                        continue;
                    }
                    Err(reason) => return Ok(Some(reason)),
                },
                Next::SleepUntil(until) => wake = Some(until),
                Next::AwaitWriter => busy = true,
                Next::AwaitEvents => {}
            }
            let writer = self.surface.writer();
            tokio::select! {
                signal = signals.next() => match self.obey(signal, &mut signals).await? {
                    Some(reason) => return Ok(Some(reason)),
                    None => pace.touch(Cause::Key),
                },
                Some(input) = inputs.next() => {
                    if let After::Leave(reason) = self.take(input, &mut signals).await? {
                        return Ok(reason);
                    }
                    pace.touch(Cause::Key);
                }
                () = writer.idle(), if busy => pace.wrote(self.surface.sent().took),
                () = tokio::time::sleep_until(wake.unwrap_or(now).into()), if wake.is_some() => {}
                () = tokio::time::sleep(std::time::Duration::from_millis(1)), if self.flood.is_some() => {
                    pace.touch(Cause::Data);
                }
            }
        }
    }

    async fn obey(&mut self, signal: Signal, signals: &mut Signals) -> Result<Option<Reason>, Failure> {
        match signal {
            Signal::Leave(Reason::HungUp) if self.flags.deaf => self.note("hung up, ignored".into()),
            Signal::Leave(reason) => return Ok(Some(reason)),
            Signal::Suspend => return self.suspend(signals).await,
            Signal::Continued => {
                self.surface.take_again()?;
                self.note("continued by another".into());
            }
        }
        Ok(None)
    }

    async fn suspend(&mut self, signals: &mut Signals) -> Result<Option<Reason>, Failure> {
        match self.surface.suspend(signals).await? {
            Suspended::Continued => self.note("continued".into()),
            Suspended::Impossible => self.note("nobody could continue us".into()),
            Suspended::Leave(reason) => return Ok(Some(reason)),
        }
        Ok(None)
    }

    async fn take(&mut self, input: Input, signals: &mut Signals) -> Result<After, Failure> {
        match input {
            Input::Press(press) => {
                let manner = format!("{:?}", press.manner).to_lowercase();
                self.note(format!("key {} {manner}", press.key));
                return self.press(&press.key.to_string(), signals).await;
            }
            Input::Paste(text) => self.note(format!("paste {text:?}")),
            Input::Resize(columns, rows) => self.note(format!("resize {columns}x{rows}")),
            Input::FocusGained => self.note("focus gained".into()),
            Input::FocusLost => self.note("focus lost".into()),
        }
        Ok(After::GoOn)
    }

    async fn press(&mut self, key: &str, signals: &mut Signals) -> Result<After, Failure> {
        match key {
            "q" | "ctrl-c" => return Ok(After::Leave(None)),
            "ctrl-z" => {
                let reason = self.suspend(signals).await?;
                return Ok(reason.map_or(After::GoOn, |reason| After::Leave(Some(reason))));
            }
            "d" => self.count_redraws().await?,
            "w" => {
                let state = if self.surface.is_idle() { "idle" } else { "busy" };
                self.note(format!("writer {state}"));
            }
            "F" => self.flood = Some(0),
            "C" => self.surface.copy("copied text")?,
            "P" => fall("the probe panics as asked"),
            "T" => drop(std::thread::spawn(|| fall("a thread panics as asked"))),
            _ => {}
        }
        Ok(After::GoOn)
    }
}

/// What to do after an input.
enum After {
    GoOn,
    Leave(Option<Reason>),
}

impl Probe {
    /// Draws the frame on the screen ten times more and notes how many bytes that took.
    async fn count_redraws(&mut self) -> Result<(), Failure> {
        self.surface.writer().idle().await;
        self.draw().map_err(|reason| reason.to_string())?;
        self.surface.writer().idle().await;
        let before = self.surface.sent().bytes;
        for _ in 0..10 {
            self.draw().map_err(|reason| reason.to_string())?;
            self.surface.writer().idle().await;
        }
        self.note(format!("redraws took {} bytes", self.surface.sent().bytes - before));
        Ok(())
    }
}

fn render(frame: &mut Frame<'_>, lines: &[String], flood: Option<u64>) {
    let area = frame.area();
    let mut rows = area.rows();
    let head = format!("probe {}x{}", area.width, area.height);
    if let Some(row) = rows.next() {
        frame.render_widget(Line::from(head), row);
    }
    // A flood needs rows of its own: the lines of many keys would leave none, and the terminal would take all again.
    let room = if flood.is_some() { area.height / 2 } else { area.height.saturating_sub(1) };
    let skipped = lines.len().saturating_sub(usize::from(room));
    for (line, row) in lines.iter().skip(skipped).zip(rows.by_ref()) {
        frame.render_widget(Line::from(line.as_str()), row);
    }
    if let Some(turn) = flood {
        let letter = char::from(b'a' + u8::try_from(turn % 26).unwrap_or_default());
        for row in rows {
            frame.render_widget(Line::from(letter.to_string().repeat(usize::from(area.width))), row);
        }
    }
}

/// Panics, which is what is to be survived.
#[allow(clippy::panic)]
fn fall(words: &'static str) {
    std::panic::panic_any(words)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let flags = Flags::read()?;
    let (surface, inputs, signals) = Surface::open(Options::choose(|name| std::env::var(name).ok()))?;
    surface.judge(&flags.judge);
    let mut probe = Probe { flags, surface, lines: Vec::new(), flood: None };
    let left = probe.run(inputs, signals).await;
    let farewell = match &left {
        Ok(None) => "left by key".into(),
        Ok(Some(reason)) => format!("left: {reason}"),
        Err(failure) => format!("failed: {failure}"),
    };
    probe.surface.close(&farewell);
    let reason = left?;
    // As the program does: never wait for threads that hang on the terminal.
    std::process::exit(reason.map_or(0, |reason| reason.exit_code().into()))
}
