//! A small policy service on loopback, after Cordum's gateway API: one workflow, its runs, and what is asked beside them.
//!
//! It keeps runs in memory, newest first, and every order as it came. It can do what it is asked and keep the answer to itself, until it
//! is told to hang up. Like the real one it begins a run once for each `Idempotency-Key`, and knows none on a rerun.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

/// The tenant that it serves.
pub const TENANT: &str = "shop";
/// Its workflow.
pub const WORKFLOW: &str = "refunds";
const KEY: &str = "key-sekret";

/// An order as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    pub path: String,
    pub key: Option<String>,
    pub body: String,
}

/// How orders are answered; reading always is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Manner {
    /// They are carried out and answered.
    #[default]
    Answers,
    /// They are carried out, and the answer is kept until the service hangs up.
    KeepsAnswers,
}

#[derive(Default)]
struct State {
    manner: Manner,
    runs: Vec<Value>,
    posts: Vec<Post>,
    failed: Vec<Value>,
    kept: Vec<TcpStream>,
}

/// A policy service that runs until the test ends.
pub struct PolicyService {
    url: String,
    key: tempfile::NamedTempFile,
    state: Arc<Mutex<State>>,
}

impl PolicyService {
    /// Starts it with these runs, newest first.
    pub fn start(runs: Vec<Value>) -> Result<Self, String> {
        let said = |error: std::io::Error| error.to_string();
        let listener = TcpListener::bind("127.0.0.1:0").map_err(said)?;
        let url = format!("http://{}", listener.local_addr().map_err(said)?);
        let key = tempfile::NamedTempFile::new().map_err(said)?;
        std::fs::write(key.path(), KEY).map_err(said)?;
        let state = Arc::new(Mutex::new(State { runs, ..State::default() }));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                std::thread::spawn(move || serve(stream, &state));
            }
        });
        Ok(Self { url, key, state })
    }

    /// Returns what the program's configuration says of it.
    pub fn configuration(&self) -> String {
        let key: &Path = self.key.path();
        format!(
            "[policy-service]\nurl = '{}'\ntenant = '{TENANT}'\napi-key-file = '{}'\n",
            self.url,
            PathBuf::from(key).display()
        )
    }

    /// Has orders answered like this from now on.
    pub fn be(&self, manner: Manner) {
        self.lock().manner = manner;
    }

    /// Has so many jobs failed just now, for this reason, and none for another.
    pub fn fail(&self, reason: &str, count: usize) {
        let at = jiff::Timestamp::now().to_string();
        self.lock().failed = vec![json!({"created_at": at, "reason": reason}); count];
    }

    /// Hangs up on those whose answers are kept.
    pub fn hang_up(&self) {
        self.lock().kept.clear();
    }

    /// Returns the orders so far.
    pub fn posts(&self) -> Vec<Post> {
        self.lock().posts.clone()
    }

    /// Returns the runs, newest first.
    pub fn runs(&self) -> Vec<Value> {
        self.lock().runs.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A run as the service shows it.
pub fn run(id: &str, status: &str, steps: &[(&str, &str)]) -> Value {
    let steps = steps.iter().map(|(id, status)| ((*id).to_owned(), json!({"step_id": id, "status": status})));
    json!({
        "id": id, "workflow_id": WORKFLOW, "status": status, "steps": Value::Object(steps.collect()),
        "created_at": "2026-11-21T08:00:00Z",
    })
}

struct Asked {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Asked {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// Answers the one request of a connection.
fn serve(mut stream: TcpStream, state: &Mutex<State>) {
    let Some(asked) = read(&stream) else { return };
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    let (code, answer, ordered) = state.answer(&asked);
    if ordered && state.manner == Manner::KeepsAnswers {
        state.kept.push(stream);
        return;
    }
    let text = match answer {
        Value::String(text) => text,
        answer => answer.to_string(),
    };
    let head = format!("HTTP/1.1 {code} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", text.len());
    // Who asked may have gone.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(text.as_bytes()));
}

fn read(stream: &TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        match line.trim_end().split_once(':') {
            Some((name, value)) => headers.push((name.to_owned(), value.trim().to_owned())),
            None => break,
        }
    }
    let mut asked = Asked { method, path, headers, body: String::new() };
    let length = asked.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    asked.body = String::from_utf8(body).ok()?;
    Some(asked)
}

fn error(code: u16, words: &str) -> (u16, Value, bool) {
    (code, json!({"error": words, "status": code}), false)
}

impl State {
    /// Returns the code, the answer, and whether something was ordered.
    fn answer(&mut self, asked: &Asked) -> (u16, Value, bool) {
        let path = asked.path.split('?').next().unwrap_or_default();
        if path == "/health" {
            return (200, "ok".into(), false);
        }
        if (asked.header("x-api-key"), asked.header("x-tenant-id")) != (Some(KEY), Some(TENANT)) {
            return error(401, "unauthorized");
        }
        let parts: Vec<&str> = path.trim_start_matches("/api/v1/").split('/').collect();
        match (asked.method.as_str(), parts.as_slice()) {
            ("GET", ["status"]) => (200, json!({"build": {"version": "1.0.0"}}), false),
            ("GET", ["workflows", WORKFLOW, "runs"]) => (200, self.runs.clone().into(), false),
            ("GET", ["workflow-runs", id]) => match self.runs.iter().find(|run| run["id"] == *id) {
                Some(run) => (200, run.clone(), false),
                None => error(404, "run not found"),
            },
            ("POST", ["workflows", WORKFLOW, "dry-run"]) => {
                let steps = json!([{"step_id": "pay", "decision": "ALLOW", "reason": ""}]);
                (200, json!({"workflow_id": WORKFLOW, "steps": steps}), false)
            }
            ("POST", ["workflows", WORKFLOW, "runs"]) => {
                self.note(asked);
                self.begin(asked.header("idempotency-key"))
            }
            ("POST", ["workflow-runs", id, "rerun"]) => {
                self.note(asked);
                self.rerun(id, &asked.body)
            }
            ("GET", ["approvals"]) => (200, json!({"items": [], "next_cursor": null}), false),
            ("GET", ["dlq", "page"]) => (200, json!({"items": self.failed, "next_cursor": null}), false),
            _ => error(404, "not found"),
        }
    }

    fn note(&mut self, asked: &Asked) {
        let key = asked.header("idempotency-key").map(str::to_owned);
        self.posts.push(Post { path: asked.path.clone(), key, body: asked.body.clone() });
    }

    fn begin(&mut self, key: Option<&str>) -> (u16, Value, bool) {
        let known = self.runs.iter().find(|run| key.is_some() && run["idempotency_key"].as_str() == key);
        if let Some(run) = known {
            return (200, json!({"run_id": run["id"]}), true);
        }
        let mut new = run(&self.next_id(), "running", &[("check", "running"), ("pay", "pending")]);
        new["idempotency_key"] = key.into();
        self.add(new)
    }

    fn rerun(&mut self, id: &str, body: &str) -> (u16, Value, bool) {
        let body: Value = serde_json::from_str(body).unwrap_or_default();
        let step = body["from_step"].as_str().unwrap_or_default().to_owned();
        let known = self.runs.iter().any(|run| run["id"] == id && run["steps"].get(&step).is_some());
        if !known {
            return error(400, "rerun failed");
        }
        let mut new = run(&self.next_id(), "running", &[("check", "succeeded"), ("pay", "running")]);
        (new["rerun_of"], new["rerun_step"]) = (id.into(), step.into());
        self.add(new)
    }

    fn next_id(&self) -> String {
        format!("run-{}", self.runs.len() + 1)
    }

    fn add(&mut self, run: Value) -> (u16, Value, bool) {
        let named = json!({"run_id": run["id"]});
        self.runs.insert(0, run);
        (200, named, true)
    }
}
