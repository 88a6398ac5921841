//! Runs a program in a pty and watches its screen, as a person at a terminal would.
//!
//! There is no thread and no sleep: the pty is read only inside calls of [`Session`], each of which waits for an event
//! in the kernel (output, hang-up, the end of the process) with a deadline. Not calling is being a terminal that takes
//! nothing. Invariant: when a session is dropped its process has ended.

// Each test target uses a part of it; a failure here is a failed test.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fs::File;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use filedescriptor::FileDescriptor;
use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};

/// How long a wait may take before it is a failure: generous, for it is never waited out in a test that passes.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// What opens (`h`) and closes (`l`) a frame that the terminal shows as a whole.
const MARK: &[u8] = b"\x1b[?2026";

/// A program to run in a pty of its own.
pub struct Program {
    command: CommandBuilder,
    size: (u16, u16),
    patience: Duration,
}

impl Program {
    /// Names a program by its path; its environment holds only `PATH`, `TERM` and a UTF-8 locale.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let mut command = CommandBuilder::new(path.into());
        command.env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        Self { command, size: (80, 24), patience: DEADLINE }
    }

    /// Runs a shell script instead, in which jobs can be stopped and continued.
    pub fn shell(script: &str) -> Self {
        Self::new("/bin/sh").arg("-c").arg(&format!("set -m; {script}"))
    }

    /// Adds an argument.
    pub fn arg(mut self, word: &str) -> Self {
        self.command.arg(word);
        self
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Sets the folder that it runs in, which is else the home folder.
    pub fn folder(mut self, path: &str) -> Self {
        self.command.cwd(path);
        self
    }

    /// Sets the size of the terminal in columns and rows.
    pub fn size(mut self, columns: u16, rows: u16) -> Self {
        self.size = (columns, rows);
        self
    }

    /// Sets how long a wait may take before it is a failure.
    pub fn patience(mut self, limit: Duration) -> Self {
        self.patience = limit;
        self
    }

    /// Starts the program.
    pub fn start(self) -> Session {
        let (columns, rows) = self.size;
        let pair = native_pty_system().openpty(pty_size(columns, rows)).expect("a pty");
        let child = pair.slave.spawn_command(self.command).expect("the program starts");
        drop(pair.slave);
        let pid = child.process_id().and_then(|id| Pid::from_raw(id.try_into().ok()?)).expect("a process id");
        let ended = pidfd_open(pid, PidfdFlags::empty()).expect("a handle of the process");
        let fd = Raw(pair.master.as_raw_fd().expect("the pty has a descriptor"));
        let file = FileDescriptor::dup(&fd).and_then(|fd| fd.as_file()).expect("a second descriptor");
        let line = Some(Line { master: pair.master, file });
        let screen = vt100::Parser::new(at_least_one(rows), at_least_one(columns), 0);
        Session { line, child, pid, ended, screen, raw: Vec::new(), torn: false, patience: self.patience }
    }
}

/// Returns the path of an example of this package, built once with the profile of the running test.
pub fn example(name: &'static str) -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let folder = BUILT.get_or_init(|| {
        let mut build = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        build.args(["build", "--quiet", "--offline", "--examples"]);
        build.args((!cfg!(debug_assertions)).then_some("--release"));
        build.current_dir(env!("CARGO_MANIFEST_DIR"));
        // What cargo tells the test about itself would make build scripts believe that their world has changed.
        let ours = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_"];
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(|name| ours.iter().any(|start| name.starts_with(start))) {
                build.env_remove(name);
            }
        }
        assert!(build.status().expect("cargo runs").success(), "the examples do not build");
        // The test itself lies in target/PROFILE/deps.
        let this = std::env::current_exe().expect("the path of the test");
        this.parent().and_then(|deps| deps.parent()).expect("a target folder").join("examples")
    });
    folder.join(name)
}

/// The terminal's end of the line; dropping it hangs up.
struct Line {
    master: Box<dyn MasterPty + Send>,
    file: File,
}

/// A program that runs in a pty.
pub struct Session {
    line: Option<Line>,
    child: Box<dyn Child + Send + Sync>,
    pid: Pid,
    ended: OwnedFd,
    screen: vt100::Parser,
    raw: Vec<u8>,
    /// Whether a frame between the marks of mode 2026 was read in part: no terminal shows that.
    torn: bool,
    patience: Duration,
}

impl Session {
    /// Types bytes.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let line = self.line.as_mut().expect("the line is open");
        line.file.write_all(bytes.as_ref()).expect("the terminal takes input");
    }

    /// Reads until the screen is as wished.
    ///
    /// # Panics
    /// Panics with `what` and the screen where that does not happen before the deadline or the end of output.
    #[track_caller]
    pub fn wait_until(&mut self, what: &str, mut wished: impl FnMut(&vt100::Screen) -> bool) {
        let until = Instant::now() + self.patience;
        while self.torn || !wished(self.screen.screen()) {
            if !self.read_before(until) && !wished(self.screen.screen()) {
                panic!("{what}: not before the deadline or the end; the screen:\n{}", self.text());
            }
        }
    }

    /// Reads until a text is on the screen.
    #[track_caller]
    pub fn wait_for(&mut self, text: &str) {
        self.wait_until(&format!("{text:?} on the screen"), |screen| screen.contents().contains(text));
    }

    /// Reads until the log of all output holds some bytes after a position; returns the position behind them.
    #[track_caller]
    pub fn wait_for_bytes(&mut self, after: usize, bytes: &[u8]) -> usize {
        let until = Instant::now() + self.patience;
        loop {
            let found = self.raw[after..].windows(bytes.len()).position(|window| window == bytes);
            match found {
                Some(at) => return after + at + bytes.len(),
                None => assert!(self.read_before(until), "no {:?}", String::from_utf8_lossy(bytes)),
            }
        }
    }

    /// Reads until no output has come for a while: the screen rests. For pictures; a test awaits what it means.
    pub fn settle(&mut self, silence: Duration) {
        while self.read_before(Instant::now() + silence) {}
    }

    /// Returns the text on the screen as last read.
    pub fn text(&self) -> String {
        self.screen.screen().contents()
    }

    /// Sets how long a wait may take from now on before it is a failure.
    pub fn be_patient(&mut self, limit: Duration) {
        self.patience = limit;
    }

    /// Reads whatever comes for a time: only for what can be seen by nothing else than that it does not happen.
    pub fn read_for(&mut self, time: Duration) {
        let until = Instant::now() + time;
        while self.read_before(until) {}
    }

    /// Asserts that the terminal is as a shell expects it.
    #[track_caller]
    pub fn assert_given_back(&self) {
        let (screen, sent) = (self.screen.screen(), String::from_utf8_lossy(&self.raw));
        assert!(!screen.alternate_screen(), "the alternate screen is still shown: {sent:?}");
        assert!(!screen.bracketed_paste() && !screen.hide_cursor(), "{sent:?}");
        assert!(sent.rfind("\x1b[?1004h") < sent.rfind("\x1b[?1004l"), "focus is still reported: {sent:?}");
        assert!(!self.is_raw(), "the line is still raw");
    }

    /// Returns the screen as last read.
    pub fn screen(&self) -> &vt100::Screen {
        self.screen.screen()
    }

    /// Returns every byte of output read so far.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// Tells whether the terminal's line is in raw mode: no echo, no lines, no signals by key.
    pub fn is_raw(&self) -> bool {
        use rustix::termios::{LocalModes, tcgetattr};
        let line = self.line.as_ref().expect("the line is open");
        let modes = tcgetattr(&line.file).expect("the line's modes").local_modes;
        !modes.intersects(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG)
    }

    /// Gives the terminal another size.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        let line = self.line.as_ref().expect("the line is open");
        line.master.resize(pty_size(columns, rows)).expect("the pty takes a size");
        self.screen.screen_mut().set_size(at_least_one(rows), at_least_one(columns));
    }

    /// Sends a signal to the started process.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid, signal).expect("the process runs");
    }

    /// Sends a signal to the group that has the terminal: the job in the foreground.
    pub fn signal_foreground(&self, signal: Signal) {
        let line = self.line.as_ref().expect("the line is open");
        let group = line.master.process_group_leader().and_then(Pid::from_raw).expect("a foreground job");
        rustix::process::kill_process_group(group, signal).expect("the job runs");
    }

    /// Returns the id of the started process.
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// Hangs up: the terminal is gone.
    pub fn hang_up(&mut self) {
        self.line = None;
    }

    /// Reads on until the process has ended and everything it wrote was read.
    ///
    /// # Panics
    /// Panics where it does not end before the deadline.
    #[track_caller]
    pub fn wait_exit(&mut self) -> ExitStatus {
        self.wait_exit_within(self.patience)
    }

    /// The same with a deadline of its own, where ending in time is what is tested.
    #[track_caller]
    pub fn wait_exit_within(&mut self, limit: Duration) -> ExitStatus {
        let until = Instant::now() + limit;
        while self.line.is_some() && self.read_before(until) {}
        self.wait_exit_unread(until.saturating_duration_since(Instant::now()))
    }

    /// Waits for the end of the process without reading what it writes.
    #[track_caller]
    pub fn wait_exit_unread(&mut self, limit: Duration) -> ExitStatus {
        let ended = wait(&mut [PollFd::new(&self.ended, PollFlags::IN)], limit);
        assert!(ended, "the process has not ended in time; the screen:\n{}", self.text());
        self.child.wait().expect("the process has ended")
    }

    /// Reads output once; `false` where the deadline passes first or no more can come.
    fn read_before(&mut self, until: Instant) -> bool {
        let Some(line) = &mut self.line else { return false };
        let limit = until.saturating_duration_since(Instant::now());
        if !wait(&mut [PollFd::new(&line.file, PollFlags::IN)], limit) {
            return false;
        }
        let mut bytes = [0; 64 * 1024];
        // Reading fails with EIO once the last process on the terminal has ended.
        let count = line.file.read(&mut bytes).unwrap_or(0);
        let fresh = self.raw.len().saturating_sub(MARK.len());
        self.raw.extend_from_slice(&bytes[..count]);
        self.screen.process(&bytes[..count]);
        let mut marks = self.raw[fresh..].windows(MARK.len() + 1).filter(|window| window.starts_with(MARK));
        self.torn = marks.next_back().map_or(self.torn, |mark| mark.ends_with(b"h"));
        count > 0
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.line = None;
        if !wait(&mut [PollFd::new(&self.ended, PollFlags::IN)], Duration::ZERO) {
            // By the id of the process that this session started; it is not reaped yet, so the id is still its own.
            let _ = kill_process(self.pid, Signal::KILL);
        }
        let _ = self.child.wait();
    }
}

struct Raw(RawFd);

impl AsRawFd for Raw {
    fn as_raw_fd(&self) -> RawFd {
        self.0
    }
}

/// Waits for one of the events; `false` where the time is up first.
fn wait(fds: &mut [PollFd<'_>], limit: Duration) -> bool {
    let until = Instant::now() + limit;
    loop {
        let left = Timespec::try_from(until.saturating_duration_since(Instant::now())).expect("a short time");
        match poll(fds, Some(&left)) {
            Ok(ready) => return ready > 0,
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => panic!("waiting failed: {error}"),
        }
    }
}

fn pty_size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

fn at_least_one(n: u16) -> NonZeroU16 {
    NonZeroU16::new(n).unwrap_or(NonZeroU16::MIN)
}
