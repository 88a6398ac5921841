//! What an assistant waits for: `rollgate mcp` before 10,000 Rollouts, asked over its pipes, line by line.
//!
//! The clock runs from the first byte of the question to the last of the answer; neither is made or read within it. Proposals
//! are taken away between two, past the program's own code, for its limits would end the measuring after three.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::replay::{Load, Replay};

use super::measured::Spread;
use super::table::{Table, Target, Unit};
use super::{fleet, ledger, say};

const SIZE: usize = 10_000;
/// Questions about one Rollout, of one run.
const READS: usize = 2_000;
/// Pages of fifty, of one run.
const PAGES: usize = 500;
/// Proposals of one run.
const PROPOSALS: usize = 300;
/// Changes a second at rest: without a sign of life what is known would not be called live, and nothing could be proposed on it.
const ALIVE: u32 = 2;
/// Changes a second, all over the fleet, in the busy part.
const BUSY: u32 = 1_000;

/// Measures reading at rest and under changes, and proposing beside the disk alone.
///
/// # Errors
/// What of it did not run at all.
pub fn measure(runs: usize, table: &mut Table) -> Result<(), String> {
    let mut taken = Taken::default();
    for run in 1..=runs {
        say(&format!("an assistant, run {run} of {runs}"));
        // One for each run, so that the first part of each is at rest.
        let mut replay = fleet::replay(SIZE)?;
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let mut server = Server::start(&replay, folder.path())?;
        replay.load(&Load { per_second: ALIVE, rows: Vec::new() })?;
        taken.one.add(&server.reads(READS)?);
        taken.page.add(&server.pages(PAGES)?);
        taken.proposal.add(&server.proposals(&folder.path().join("ledger"))?);
        taken.disk.add(&ledger::synced(&folder.path().join("plain"))?);
        replay.load(&Load { per_second: BUSY, rows: Vec::new() })?;
        taken.busy.add(&server.reads(READS)?);
    }
    taken.told(table);
    Ok(())
}

/// What was measured.
#[derive(Default)]
struct Taken {
    one: Spread,
    page: Spread,
    busy: Spread,
    proposal: Spread,
    disk: Spread,
}

impl Taken {
    fn told(&self, table: &mut Table) {
        let none = (Unit::Milliseconds, Target::None);
        let at_most = |most| (Unit::Milliseconds, Target::AtMost(most));
        let parts = [
            ("assistant: one Rollout", &self.one, at_most(2.0)),
            ("assistant: one Rollout, at 1,000 events/s", &self.busy, at_most(2.0)),
            ("assistant: a page of 50", &self.page, at_most(2.0)),
            ("assistant: a proposal, on disk", &self.proposal, at_most(10.0)),
            ("the disk alone, 4 KB appended and synced", &self.disk, none),
        ];
        for (name, spread, goal) in parts {
            let size = if name.starts_with("assistant") { SIZE } else { 0 };
            table.add(&format!("{name}: p50"), size, &spread.p50, none);
            table.add(&format!("{name}: p99"), size, &spread.p99, goal);
        }
    }
}

/// A running `rollgate mcp`.
struct Server {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    next: u64,
}

impl Server {
    /// Starts it, and waits until it has the whole fleet.
    fn start(replay: &Replay, folder: &Path) -> Result<Self, String> {
        let said = |error: std::io::Error| format!("rollgate mcp does not start: {error}");
        let mut child = Command::new(env!("CARGO_BIN_EXE_rollgate"))
            .arg("--kubeconfig")
            .arg(replay.kubeconfig())
            .arg("--ledger")
            .arg(folder.join("ledger"))
            .args(["mcp", "-A"])
            .env("HOME", folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(said)?;
        let output = child.stdout.take().map(BufReader::new).ok_or("it has no output")?;
        let mut server = Self { input: child.stdin.take(), child, output, next: 0 };
        let client = json!({"name": "figures", "version": "1"});
        let begin = json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client});
        server.ask("initialize", &begin)?;
        server.write(&format!("{}\n", json!({"jsonrpc": "2.0", "method": "notifications/initialized"})))?;
        let until = Instant::now() + Duration::from_secs(60);
        loop {
            let (_, told) = server.call("list_rollouts", &json!({"limit": 1}))?;
            if told["matching"] == SIZE && told["freshness"]["complete"] == true {
                return Ok(server);
            }
            if Instant::now() > until {
                return Err(format!("rollgate mcp does not see the whole fleet: {told}"));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn write(&mut self, line: &str) -> Result<(), String> {
        let input = self.input.as_mut().ok_or("its input is closed")?;
        input.write_all(line.as_bytes()).and_then(|()| input.flush()).map_err(|error| error.to_string())
    }

    /// Asks, and tells how long the answer took.
    fn ask(&mut self, method: &str, params: &Value) -> Result<(Duration, Value), String> {
        self.next += 1;
        let line =
            format!("{}\n", json!({"jsonrpc": "2.0", "id": self.next, "method": method, "params": params}));
        let mut answer = String::new();
        let begun = Instant::now();
        self.write(&line)?;
        self.output.read_line(&mut answer).map_err(|error| error.to_string())?;
        let took = begun.elapsed();
        let answer: Value = serde_json::from_str(&answer).map_err(|error| format!("{error}: {answer}"))?;
        if answer["id"] == self.next { Ok((took, answer)) } else { Err(format!("no answer: {answer}")) }
    }

    fn call(&mut self, name: &str, arguments: &Value) -> Result<(Duration, Value), String> {
        let (took, mut answer) = self.ask("tools/call", &json!({"name": name, "arguments": arguments}))?;
        let result = answer["result"].take();
        if result["isError"] != false {
            return Err(format!("{name}: {result}"));
        }
        Ok((took, result["structuredContent"].clone()))
    }

    /// Asks about one Rollout after another, all over the fleet.
    fn reads(&mut self, count: usize) -> Result<Vec<Duration>, String> {
        let ask = |nth: usize| {
            let name = format!("service-{:05}", nth * 4_999 % SIZE);
            let (took, told) = self.call("rollout_status", &json!({"name": name}))?;
            if told["rollout"]["name"] == name { Ok(took) } else { Err(format!("another Rollout: {told}")) }
        };
        (0..count).map(ask).collect()
    }

    fn pages(&mut self, count: usize) -> Result<Vec<Duration>, String> {
        let mut cursor = Value::Null;
        let mut took = Vec::with_capacity(count);
        for _ in 0..count {
            let (this, told) = self.call("list_rollouts", &json!({"cursor": cursor}))?;
            took.push(this);
            cursor = told["next_cursor"].clone();
        }
        Ok(took)
    }

    fn proposals(&mut self, ledger: &Path) -> Result<Vec<Duration>, String> {
        let given = json!({
            "name": "service-00007", "reason": "errors are flat for ten minutes",
            "evidence": ["https://grafana.example/d/service-00007"],
        });
        let mut took = Vec::with_capacity(PROPOSALS);
        for _ in 0..PROPOSALS {
            let (this, told) = self.call("propose_promote", &given)?;
            if told["new"] != true {
                return Err(format!("nothing was proposed anew: {told}"));
            }
            took.push(this);
            forget(ledger).map_err(|error| error.to_string())?;
        }
        Ok(took)
    }
}

fn forget(ledger: &Path) -> rusqlite::Result<usize> {
    let raw = Connection::open(ledger)?;
    raw.execute_batch("PRAGMA synchronous=OFF")?;
    raw.execute("DELETE FROM proposal", [])
}

impl Drop for Server {
    fn drop(&mut self) {
        // It leaves when its input ends; should it hang, it is ended by its id.
        drop(self.input.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
