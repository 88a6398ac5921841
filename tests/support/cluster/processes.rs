//! One program of the cluster: started in a process group of its own, written to a log, signalled by its id.
//!
//! Owns the child from start to its last wait and tells the reaper of both, so that it also ends when the test runner
//! is killed. Never looks a process up by name. Invariant: an id is only signalled while its child has not been waited for.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use rustix::process::{Pid, Signal, kill_process};

use super::reaper::Reaper;

/// A running program of the cluster.
pub struct Process {
    name: &'static str,
    child: Child,
    log: PathBuf,
    reaper: Arc<Reaper>,
}

impl Process {
    /// Starts `command`, its output appended to `log`.
    ///
    /// # Errors
    /// When the log cannot be opened or the program cannot be run.
    pub fn start(
        name: &'static str,
        mut command: Command,
        log: &Path,
        reaper: &Arc<Reaper>,
    ) -> Result<Self, String> {
        let open = || fs::File::options().create(true).append(true).open(log);
        let file = || open().map_err(|error| format!("cannot write {}: {error}", log.display()));
        command.stdin(Stdio::null()).stdout(file()?).stderr(file()?).process_group(0);
        let child = command.spawn().map_err(|error| format!("cannot run {name}: {error}"))?;
        reaper.remember(child.id());
        Ok(Self { name, child, log: log.to_owned(), reaper: Arc::clone(reaper) })
    }

    /// Names the operating system's id of the process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Answers the end of the log when the program has ended by itself, `Ok` while it runs.
    ///
    /// # Errors
    /// The sentence that says so, with the log's last lines.
    pub fn check(&mut self) -> Result<(), String> {
        match self.child.try_wait() {
            Ok(None) => Ok(()),
            Ok(Some(status)) => {
                self.reaper.forget(self.child.id());
                Err(format!("{} ended ({status}):\n{}", self.name, tail(&self.log, 15)))
            }
            Err(error) => Err(format!("lost {}: {error}", self.name)),
        }
    }

    /// Stops the program where it stands (SIGSTOP): its sockets stay open and answer nothing.
    ///
    /// # Errors
    /// When the program is gone.
    pub fn pause(&mut self) -> Result<(), String> {
        self.signal(Signal::STOP)
    }

    /// Lets a paused program go on (SIGCONT).
    ///
    /// # Errors
    /// When the program is gone.
    pub fn resume(&mut self) -> Result<(), String> {
        self.signal(Signal::CONT)
    }

    fn signal(&mut self, signal: Signal) -> Result<(), String> {
        self.check()?;
        let id = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        let id = id.ok_or_else(|| format!("{} has no process id", self.name))?;
        kill_process(id, signal).map_err(|error| format!("cannot signal {}: {error}", self.name))
    }
}

impl Drop for Process {
    /// Ends the program at once (SIGKILL): nothing it holds outlives the cluster.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.reaper.forget(self.child.id());
    }
}

/// Returns the last `lines` lines of a log, as far as it can be read.
pub fn tail(log: &Path, lines: usize) -> String {
    let bytes = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let all: Vec<&str> = text.lines().collect();
    all.iter().skip(all.len().saturating_sub(lines)).copied().collect::<Vec<_>>().join("\n")
}

/// Begins a command with an environment that lets nothing of the person's own clusters in.
pub fn command(program: impl AsRef<OsStr>, home: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("HOME", home).env("TMPDIR", home).env("NO_COLOR", "1");
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).current_dir(home);
    command
}
