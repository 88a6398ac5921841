//! The side of whoever starts a replay server: its process, its kubeconfig, commands and reports.
//!
//! Owns the process and its folder; both are gone when it is dropped.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use super::Load;

/// How long the server may take to make its bytes, or to report.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running replay server.
pub struct Replay {
    child: Child,
    commands: Option<ChildStdin>,
    reports: Receiver<String>,
    folder: tempfile::TempDir,
}

impl Replay {
    /// Name of the context in the kubeconfig.
    pub const CONTEXT: &str = "replay";

    /// Starts a server by a command to which the folder and the count are added; that program must call
    /// [`super::serve`] with them.
    ///
    /// # Errors
    /// One sentence on what does not work.
    pub fn start(mut command: Command, count: usize) -> Result<Self, String> {
        let said = |error: &dyn std::fmt::Display| format!("the replay server does not start: {error}");
        let folder = tempfile::tempdir().map_err(|e| said(&e))?;
        let signed = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).map_err(|e| said(&e))?;
        let write = |name: &str, text: String| std::fs::write(folder.path().join(name), text);
        write("cert.pem", signed.cert.pem()).map_err(|e| said(&e))?;
        write("key.pem", signed.signing_key.serialize_pem()).map_err(|e| said(&e))?;
        command.arg(folder.path()).arg(count.to_string());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(|e| said(&e))?;
        let (sender, reports) = channel();
        if let Some(out) = child.stdout.take() {
            std::thread::spawn(move || {
                for line in BufReader::new(out).lines().map_while(Result::ok) {
                    if sender.send(line).is_err() {
                        return;
                    }
                }
            });
        }
        let replay = Self { commands: child.stdin.take(), child, reports, folder };
        let address = replay.report("listening ")?;
        let config = format!(
            "current-context: {context}\nclusters: [{{name: c, cluster: {{server: 'https://{address}', \
             certificate-authority: '{authority}'}}}}]\nusers: [{{name: bench, user: {{token: bench}}}}]\n\
             contexts: [{{name: {context}, context: {{cluster: c, user: bench, namespace: fleet-00}}}}]\n",
            context = Self::CONTEXT,
            authority = replay.folder.path().join("cert.pem").display(),
        );
        std::fs::write(replay.kubeconfig(), config).map_err(|e| said(&e))?;
        Ok(replay)
    }

    /// Names the kubeconfig file.
    pub fn kubeconfig(&self) -> PathBuf {
        self.folder.path().join("config")
    }

    /// Asks for events from now on, in place of those before; returns once they come (a watch must be open).
    ///
    /// # Errors
    /// Says that the server is gone.
    pub fn load(&mut self, load: &Load) -> Result<(), String> {
        let line = serde_json::to_string(load).map_err(|error| error.to_string())?;
        let commands = self.commands.as_mut().ok_or("the replay server is gone")?;
        writeln!(commands, "{line}").map_err(|error| format!("the replay server is gone: {error}"))?;
        self.report("loaded").map(drop)
    }

    /// Waits for the next report that begins so, and returns what follows.
    ///
    /// # Errors
    /// Says that none comes.
    pub fn report(&self, begin: &str) -> Result<String, String> {
        loop {
            let line = self.reports.recv_timeout(PATIENCE);
            let line = line.map_err(|_| format!("the replay server does not report {begin:?}"))?;
            if let Some(rest) = line.strip_prefix(begin) {
                return Ok(rest.to_owned());
            }
        }
    }
}

impl Drop for Replay {
    fn drop(&mut self) {
        // The server ends when its input does; should it hang, it is ended by its id.
        drop(self.commands.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
