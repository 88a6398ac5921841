//! The real binary in a terminal, watched as a person would: what is on the screen, and when it came.
//!
//! Owns the process and its terminal; the process has ended when this is dropped. A time is taken when bytes have been
//! read, before they are understood. Invariant: bytes are read only inside its calls.

use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::path::Path;
use std::time::{Duration, Instant};

use filedescriptor::FileDescriptor;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::process;

/// How the screen is started.
pub struct Wish<'a> {
    pub kubeconfig: &'a Path,
    pub size: (u16, u16),
    /// More arguments.
    pub more: &'a [&'a str],
    /// Whether it runs as if over SSH.
    pub far: bool,
}

/// A running screen.
pub struct Screen {
    // Dropped after the process has ended.
    _master: Box<dyn MasterPty + Send>,
    file: std::fs::File,
    child: Box<dyn Child + Send + Sync>,
    parser: vt100::Parser,
    began: Instant,
    bytes: usize,
    home: tempfile::TempDir,
}

struct Raw(std::os::fd::RawFd);

impl AsRawFd for Raw {
    fn as_raw_fd(&self) -> std::os::fd::RawFd {
        self.0
    }
}

impl Screen {
    /// Starts the binary.
    ///
    /// # Errors
    /// Says what does not work.
    pub fn start(wish: &Wish<'_>) -> Result<Self, String> {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_rollgate"));
        command.env_clear();
        if wish.far {
            command.env("SSH_TTY", "/dev/pts/0");
        }
        command.args(["-A", "--kubeconfig"]);
        command.arg(wish.kubeconfig);
        command.args(wish.more);
        Self::open(command, wish.size)
    }

    /// Starts the binary's demo of a scenario.
    ///
    /// # Errors
    /// Says what does not work.
    pub fn demo(scenario: &str, size: (u16, u16)) -> Result<Self, String> {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_rollgate"));
        command.env_clear();
        command.args(["demo", "--scenario", scenario]);
        Self::open(command, size)
    }

    fn open(mut command: CommandBuilder, (columns, rows): (u16, u16)) -> Result<Self, String> {
        let said = |error: &dyn std::fmt::Display| format!("the screen does not start: {error}");
        let home = tempfile::tempdir().map_err(|e| said(&e))?;
        for name in ["HOME", "TMPDIR"] {
            command.env(name, home.path());
        }
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).map_err(|e| said(&e))?;
        let fd = Raw(pair.master.as_raw_fd().ok_or("the terminal has no descriptor")?);
        let file = FileDescriptor::dup(&fd).and_then(|fd| fd.as_file()).map_err(|e| said(&e))?;
        let one = std::num::NonZeroU16::MIN;
        let size = |n: u16| std::num::NonZeroU16::new(n).unwrap_or(one);
        let parser = vt100::Parser::new(size(rows), size(columns), 0);
        let began = Instant::now();
        let child = pair.slave.spawn_command(command).map_err(|e| said(&e))?;
        drop(pair.slave);
        Ok(Self { _master: pair.master, file, child, parser, began, bytes: 0, home })
    }

    /// Reads until the screen is as wished; returns the time since the start.
    ///
    /// # Errors
    /// Says what was wished for and what the screen shows instead.
    pub fn until(&mut self, what: &str, wished: impl Fn(&vt100::Screen) -> bool) -> Result<Duration, String> {
        let limit = Instant::now() + Duration::from_secs(120);
        loop {
            let at = self.read(limit);
            if wished(self.parser.screen()) {
                return Ok(at.unwrap_or_else(Instant::now) - self.began);
            }
            if at.is_none() {
                return Err(format!("{what}: it does not come; the screen:\n{}", self.text()));
            }
        }
    }

    /// Reads for a while; returns how many bytes came.
    pub fn watch(&mut self, while_: Duration) -> usize {
        let (before, until) = (self.bytes, Instant::now() + while_);
        while self.read(until).is_some() {}
        self.bytes - before
    }

    /// Types and reads until the screen shows the effect; returns how long that took.
    ///
    /// # Errors
    /// As [`Screen::until`].
    pub fn press(&mut self, keys: &str, shown: impl Fn(&vt100::Screen) -> bool) -> Result<Duration, String> {
        let pressed = Instant::now();
        self.file
            .write_all(keys.as_bytes())
            .map_err(|error| format!("the terminal takes no key: {error}"))?;
        let at = self.until(&format!("the effect of {keys:?}"), shown)?;
        Ok((self.began + at).saturating_duration_since(pressed))
    }

    /// The screen as last read.
    pub fn screen(&self) -> &vt100::Screen {
        self.parser.screen()
    }

    /// The text on the screen.
    pub fn text(&self) -> String {
        self.parser.screen().contents()
    }

    /// The most memory that was ever resident, in megabytes.
    pub fn peak_megabytes(&self) -> Option<f64> {
        process::peak_megabytes(self.child.process_id()?)
    }

    /// What it has used so far.
    pub fn used(&self) -> process::Used {
        self.child.process_id().map(process::used).unwrap_or_default()
    }

    /// Reads once; the time at which bytes had come, `None` where none come before the limit.
    fn read(&mut self, limit: Instant) -> Option<Instant> {
        let left = Timespec::try_from(limit.saturating_duration_since(Instant::now())).ok()?;
        let ready = poll(&mut [PollFd::new(&self.file, PollFlags::IN)], Some(&left));
        if !ready.is_ok_and(|ready| ready > 0) {
            return None;
        }
        let mut bytes = [0; 64 << 10];
        let count = self.file.read(&mut bytes).ok().filter(|count| *count > 0)?;
        let at = Instant::now();
        self.bytes += count;
        self.parser.process(bytes.get(..count).unwrap_or_default());
        Some(at)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.file.write_all(b"\x03");
        let limit = Instant::now() + Duration::from_secs(3);
        while self.read(limit).is_some() {}
        // By the id of the process that was started here.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = self.home.path();
    }
}

/// Tells whether rows of the fleet are on the screen.
pub fn has_rows(screen: &vt100::Screen) -> bool {
    screen.contents().contains("/service-")
}

/// Tells whether the fleet is shown as complete: live, and all are counted.
pub fn is_complete(screen: &vt100::Screen, count: usize) -> bool {
    is_live(screen) && count == counted(screen)
}

/// Tells whether the header says that what is shown is live.
pub fn is_live(screen: &vt100::Screen) -> bool {
    screen.contents().lines().next().is_some_and(|header| header.contains(" live"))
}

/// Adds up the counts per phase, below the header.
pub fn counted(screen: &vt100::Screen) -> usize {
    let contents = screen.contents();
    let words: Vec<&str> = contents.lines().nth(1).unwrap_or_default().split_whitespace().collect();
    let phases = ["degraded", "paused", "progressing", "healthy"];
    let counts = words.windows(2).filter(|pair| phases.contains(&pair[1]));
    counts.filter_map(|pair| pair[0].parse::<usize>().ok()).sum()
}
