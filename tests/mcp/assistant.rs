//! An assistant: lines of JSON-RPC to the real program, and a cluster for it to look at.
//!
//! Whatever stands on standard output has to be a message; anything else fails the test that reads it.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use rollgate::sim::objects::{Order, Part, Patch, PatchKind};
use rollgate::sim::server::Settings;
use serde_json::{Value, json};

use crate::embedded::{self, Embedded};
use crate::listening::ended;

pub const BINARY: &str = env!("CARGO_BIN_EXE_rollgate");
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A cluster that stands still unless a test moves it.
pub struct Cluster {
    pub embedded: Embedded,
    pub runtime: tokio::runtime::Runtime,
}

impl Cluster {
    pub fn start() -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let embedded = runtime.block_on(Embedded::with(embedded::world(), Settings::default()));
        Self { embedded, runtime }
    }

    /// A cluster with these Rollouts.
    pub fn with(names: &[&str]) -> Self {
        let cluster = Self::start();
        for name in names {
            cluster.embedded.make(name);
        }
        cluster
    }

    /// Merges into the status of a Rollout, as a controller would.
    pub fn status(&self, name: &str, status: &Value) {
        let body = json!({ "status": status }).to_string();
        let place = embedded::place(name);
        let patch = Patch { kind: PatchKind::Merge, body: body.as_bytes() };
        self.embedded
            .turn(|world| world.apply(Order::Patch { place: &place, part: Part::Status, patch }))
            .unwrap();
    }
}

/// A running `rollgate mcp`.
pub struct Assistant {
    pub process: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    next: i64,
    /// Notifications that came while an answer was awaited.
    pub told: Vec<Value>,
    /// Kept until the end.
    folder: tempfile::TempDir,
}

/// What a program is started with beside its cluster and its ledger.
#[derive(Default)]
pub struct Setting<'a> {
    /// Words before the program's own: another program that starts it.
    pub before: &'a [&'a str],
    pub flags: &'a [&'a str],
    pub environment: &'a [(&'a str, &'a Path)],
}

impl Assistant {
    /// Starts the program before a cluster, without a word.
    pub fn silent(kubeconfig: &Path) -> Self {
        Self::silent_with(kubeconfig, &[])
    }

    /// The same with flags of its own.
    pub fn silent_with(kubeconfig: &Path, flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ledger = folder.path().join("ledger");
        Self::spawned(kubeconfig, folder, &ledger, &Setting { flags, ..Setting::default() })
    }

    /// Starts the program beside a ledger that others may use too, without a word.
    pub fn beside(ledger: &Path, cluster: &Cluster, environment: &[(&str, &Path)]) -> Self {
        Self::set(ledger, cluster, &Setting { environment, ..Setting::default() })
    }

    /// The same in a setting of its own.
    pub fn set(ledger: &Path, cluster: &Cluster, setting: &Setting<'_>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::spawned(&cluster.embedded.kubeconfig(), folder, ledger, setting)
    }

    fn spawned(kubeconfig: &Path, folder: tempfile::TempDir, ledger: &Path, setting: &Setting<'_>) -> Self {
        let mut words = setting.before.iter().chain([&BINARY]);
        let mut process = Command::new(words.next().unwrap())
            .args(words)
            .arg("--kubeconfig")
            .arg(kubeconfig)
            .arg("--ledger")
            .arg(ledger)
            .args(["mcp", "-n", "shop"])
            .args(setting.flags)
            .env("HOME", folder.path())
            .envs(setting.environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = process.stdin.take();
        let output = BufReader::new(process.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in output.lines() {
                if line.is_err() || sender.send(line.unwrap()).is_err() {
                    return;
                }
            }
        });
        Self { process, input, lines, next: 0, told: Vec::new(), folder }
    }

    /// Where its ledger is.
    pub fn ledger(&self) -> std::path::PathBuf {
        self.folder.path().join("ledger")
    }

    /// Starts the program and begins the protocol.
    pub fn start(cluster: &Cluster) -> Self {
        Self::start_with(cluster, &[])
    }

    /// The same with flags of its own.
    pub fn start_with(cluster: &Cluster, flags: &[&str]) -> Self {
        let mut assistant = Self::silent_with(&cluster.embedded.kubeconfig(), flags);
        let begun = assistant.begin();
        assert_eq!(begun["result"]["serverInfo"]["name"], "rollgate", "{begun}");
        assistant
    }

    pub fn begin(&mut self) -> Value {
        self.begin_as("tests")
    }

    /// Begins the protocol, as a client that calls itself so.
    pub fn begin_as(&mut self, name: &str) -> Value {
        let client = json!({"name": name, "version": "1"});
        let begun = self.ask(
            "initialize",
            json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client}),
        );
        self.say(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        begun
    }

    pub fn say(&mut self, message: &Value) {
        self.raw(format!("{message}\n").as_bytes());
    }

    pub fn raw(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().expect("the input is open");
        input.write_all(bytes).and_then(|()| input.flush()).unwrap();
    }

    /// Closes its end.
    pub fn close(&mut self) {
        self.input = None;
    }

    /// The next message, unless the program has ended before it.
    pub fn hear_or_end(&mut self) -> Option<Value> {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => Some(serde_json::from_str(&line).unwrap_or_else(|_| panic!("no message: {line}"))),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("neither a message nor the end"),
        }
    }

    /// The next message.
    pub fn hear(&mut self) -> Value {
        let line = self.lines.recv_timeout(PATIENCE).expect("a message in time");
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("no message: {line}"))
    }

    /// Asks, without awaiting the answer; returns the id.
    pub fn put(&mut self, method: &str, params: Value) -> i64 {
        self.next += 1;
        self.say(&json!({"jsonrpc": "2.0", "id": self.next, "method": method, "params": params}));
        self.next
    }

    /// Awaits the answer to a question.
    pub fn answer(&mut self, id: i64) -> Value {
        loop {
            let message = self.hear();
            if message["id"] == id {
                return message;
            }
            assert!(message["id"].is_null(), "an answer to nobody: {message}");
            self.told.push(message);
        }
    }

    pub fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.put(method, params);
        self.answer(id)
    }

    /// Calls a tool and returns its result.
    pub fn call(&mut self, name: &str, arguments: Value) -> Value {
        let answer = self.ask("tools/call", json!({"name": name, "arguments": arguments}));
        assert!(answer["error"].is_null(), "{answer}");
        answer["result"].clone()
    }

    /// Calls a tool and returns what it tells.
    pub fn tell(&mut self, name: &str, arguments: Value) -> Value {
        let result = self.call(name, arguments);
        assert_eq!(result["isError"], false, "{name}: {result}");
        let told = result["structuredContent"].clone();
        let text: Value = serde_json::from_str(result["content"][1]["text"].as_str().unwrap()).unwrap();
        assert_eq!(text, told, "the text is the same as what is structured");
        told
    }

    /// Calls a tool that refuses, and returns why.
    pub fn refused(&mut self, name: &str, arguments: Value) -> String {
        let result = self.call(name, arguments);
        assert_eq!(result["isError"], true, "{result}");
        result["content"][0]["text"].as_str().unwrap().to_owned()
    }

    /// Waits until what is told of a Rollout is so.
    pub fn until(&mut self, name: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let until = Instant::now() + PATIENCE;
        loop {
            let told = self.tell("rollout_status", json!({"name": name}));
            if is_so(&told["rollout"]) {
                return told;
            }
            assert!(Instant::now() < until, "{told}");
            self.tell("rollout_status", json!({"name": name, "wait_seconds": 2, "wait_for": "change"}));
        }
    }

    /// Waits for the end.
    pub fn ended(&mut self) -> ExitStatus {
        ended(&mut self.process)
    }
}

impl Drop for Assistant {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
