//! The watcher that outlives the test runner: ends what is left and removes the folder, whatever ended the runner.
//!
//! A small shell process reads the ids of started programs from a pipe that only the runner holds open. When the runner
//! ends (return, panic, Ctrl-C, SIGTERM, kill -9) the pipe closes, and the shell kills the ids it still knows and removes
//! the cluster's folder. Never acts on an id that the runner has waited for: those are forgotten first.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, PoisonError};

/// `+ ID` remembers, `- ID` forgets; end of file ends the rest. The second removal takes what a dying program still wrote.
const SCRIPT: &str = r#"
trap '' INT TERM HUP
ids=' '
while read -r sign id; do
  case $sign in
    +) ids="$ids$id " ;;
    -) case $ids in *" $id "*) ids="${ids%% $id *} ${ids#* $id }" ;; esac ;;
  esac
done
for id in $ids; do kill -KILL "$id" 2>/dev/null; done
if [ -n "$1" ]; then
  rm -rf -- "$1" 2>/dev/null || { sleep 0.3; rm -rf -- "$1"; }
fi
"#;

/// The runner's end of the pipe to the watcher.
pub struct Reaper {
    pipe: Mutex<Option<ChildStdin>>,
    shell: Mutex<Child>,
}

impl Reaper {
    /// Starts the watcher; `folder` is removed at the end, unless it is `None`.
    ///
    /// # Errors
    /// When no shell can be run.
    pub fn start(folder: Option<&Path>) -> Result<Self, String> {
        let mut command = Command::new("sh");
        command.args(["-c", SCRIPT, "reaper"]).arg(folder.unwrap_or(Path::new("")));
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .current_dir("/");
        let mut shell = command.spawn().map_err(|error| format!("cannot run sh: {error}"))?;
        let pipe = Mutex::new(shell.stdin.take());
        Ok(Self { pipe, shell: Mutex::new(shell) })
    }

    /// Tells the watcher of a started process.
    pub fn remember(&self, id: u32) {
        self.tell('+', id);
    }

    /// Tells the watcher that a process has been waited for.
    pub fn forget(&self, id: u32) {
        self.tell('-', id);
    }

    fn tell(&self, sign: char, id: u32) {
        let mut pipe = self.pipe.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pipe) = pipe.as_mut() {
            let _ = writeln!(pipe, "{sign} {id}");
        }
    }
}

impl Drop for Reaper {
    /// Closes the pipe and waits until the folder is gone.
    fn drop(&mut self) {
        self.pipe.lock().unwrap_or_else(PoisonError::into_inner).take();
        let _ = self.shell.lock().unwrap_or_else(PoisonError::into_inner).wait();
    }
}
