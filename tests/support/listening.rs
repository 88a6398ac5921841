//! A `rollgate mcp --http` that runs: where it is asked, and the file of its token.
//!
//! Owns the process from its first line to its end. Never asks it anything. Invariant: when it is dropped, it has ended.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// How long an end may take, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program that answers over HTTP.
pub struct Listening {
    pub process: Child,
    pub url: String,
    pub token: PathBuf,
}

impl Listening {
    /// Starts the program that a command line of `rollgate mcp` says, at a port that is free, and waits until it listens.
    ///
    /// # Errors
    /// What it says instead.
    pub fn start(command: &mut Command) -> Result<Self, String> {
        command.args(["--http", "127.0.0.1:0"]).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut process = command.spawn().map_err(|error| format!("{command:?}: {error}"))?;
        let mut said = BufReader::new(process.stdout.take().ok_or("no output")?).lines();
        let mut next = |words: &str| {
            let line = said.next().and_then(Result::ok).unwrap_or_default();
            line.strip_prefix(words).map(str::to_owned).ok_or_else(|| format!("it said {line:?}"))
        };
        let (url, token) = (next("assistants are answered at "), next("the token is in "));
        // From here on it ends with this.
        let mut listening = Self { process, url: String::new(), token: PathBuf::new() };
        (listening.url, listening.token) = (url?, token?.into());
        Ok(listening)
    }

    /// Asks it to end.
    pub fn terminate(&self) {
        // One that has ended already cannot be asked.
        let _ = kill_process(Pid::from_child(&self.process), Signal::TERM);
    }

    /// Waits for the end.
    #[allow(dead_code, reason = "each program that includes this file uses its own part of it")]
    pub fn ended(&mut self) -> ExitStatus {
        ended(&mut self.process)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.terminate();
        let until = Instant::now() + Duration::from_secs(10);
        while matches!(self.process.try_wait(), Ok(None)) && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(5));
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Waits for the end of a program.
pub fn ended(process: &mut Child) -> ExitStatus {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(status) = process.try_wait().unwrap() {
            return status;
        }
        assert!(Instant::now() < until, "it does not end");
        std::thread::sleep(Duration::from_millis(10));
    }
}
