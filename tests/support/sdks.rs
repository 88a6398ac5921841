//! The official SDKs of the Model Context Protocol, as they are installed, and a client of each that a test leads.
//!
//! Owns the pinned versions and the two small programs (`sdks/drive.py`, `sdks/drive.mjs`) that do with an SDK what a line
//! of JSON says, and answer with one. A client holds what is structured to the schema that a tool promised, as the SDK does.
//! Invariant: when a client is dropped, it and a server that it started have ended.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

use crate::cache;

const PYTHON: &str = "mcp==2.3.0";
const TYPESCRIPT: &str = "@modelcontextprotocol/sdk@1.32.2";
/// How long an answer may take; a tool may wait for a minute.
const PATIENCE: Duration = Duration::from_secs(120);

/// An official SDK.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sdk {
    Python,
    TypeScript,
}

/// Fetches the Python SDK, once, into the tests' cache; its packages are in the folder's `packages`.
///
/// # Errors
/// What is missing, in a sentence.
pub fn python() -> Result<PathBuf, String> {
    let name = format!("mcp-python-{}", cache::key(&[PYTHON.as_bytes()]));
    cache::entry(&name, |folder| {
        eprintln!("test set-up: fetching {PYTHON}");
        // Without links to itself the folder may be renamed; the packages are found by their path alone.
        let packages = folder.join("packages");
        run(Command::new("python3")
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target"])
            .arg(packages)
            .arg(PYTHON))
    })
}

/// Fetches the TypeScript SDK, once, into the tests' cache.
///
/// # Errors
/// What is missing, in a sentence.
pub fn typescript() -> Result<PathBuf, String> {
    let name = format!("mcp-typescript-{}", cache::key(&[TYPESCRIPT.as_bytes()]));
    run(Command::new("node").arg("--version"))?;
    cache::entry(&name, |folder| {
        eprintln!("test set-up: fetching {TYPESCRIPT}");
        std::fs::write(folder.join("package.json"), "{}\n").map_err(|error| error.to_string())?;
        let flags = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--silent", TYPESCRIPT];
        run(Command::new("npm").args(flags).current_dir(folder))
    })
}

fn run(command: &mut Command) -> Result<(), String> {
    let ran = command.output().map_err(|error| format!("cannot run {:?}: {error}", command.get_program()))?;
    match ran.status.success() {
        true => Ok(()),
        false => Err(format!("{:?}: {}", command.get_program(), String::from_utf8_lossy(&ran.stderr).trim())),
    }
}

impl Sdk {
    /// Both.
    #[allow(dead_code, reason = "each program that includes this file uses its own part of it")]
    pub const ALL: [Self; 2] = [Self::Python, Self::TypeScript];

    fn driver(self) -> Result<Command, String> {
        let script = |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/sdks").join(name);
        Ok(match self {
            Self::Python => {
                let mut command = Command::new("python3");
                command.arg(script("drive.py")).env("PYTHONPATH", python()?.join("packages"));
                command.env("PYTHONDONTWRITEBYTECODE", "1");
                command
            }
            Self::TypeScript => {
                let mut command = Command::new("node");
                // The SDK stands in the folder from which it is run.
                command.arg(script("drive.mjs")).current_dir(typescript()?);
                command
            }
        })
    }
}

/// What a tool answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Whether it refused.
    pub refused: bool,
    /// What is structured of it.
    pub told: Value,
    /// Its first words.
    pub words: String,
}

/// A client of an official SDK; over lines, with the server that it started.
pub struct Client {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
}

impl Client {
    /// Starts `server` (a program and its arguments) by an SDK, as a client that calls itself `name`, and begins the
    /// protocol; `home` is the server's home folder.
    ///
    /// # Errors
    /// What does not work.
    pub fn start(sdk: Sdk, name: &str, home: &Path, server: &[String]) -> Result<Self, String> {
        Self::begun(sdk, sdk.driver()?.args([name, "stdio"]).arg(home).args(server))
    }

    /// Begins the protocol with a server that is there already, by an SDK, as a client that calls itself `name`; `token` is
    /// the file of what it must bear.
    ///
    /// # Errors
    /// What does not work.
    pub fn over_http(sdk: Sdk, name: &str, url: &str, token: &Path) -> Result<Self, String> {
        Self::begun(sdk, sdk.driver()?.args([name, "http", url]).arg(token))
    }

    fn begun(sdk: Sdk, command: &mut Command) -> Result<Self, String> {
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = child.map_err(|error| format!("{sdk:?}: {error}"))?;
        let output = child.stdout.take().map(BufReader::new).ok_or("no output")?;
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        let client = Self { input: child.stdin.take(), child, lines };
        match client.hear()? {
            begun if begun["server"] == "rollgate" => Ok(client),
            other => Err(format!("{sdk:?} did not begin: {other}")),
        }
    }

    fn hear(&self) -> Result<Value, String> {
        let line = self.lines.recv_timeout(PATIENCE).map_err(|_| "the client says nothing".to_owned())?;
        serde_json::from_str(&line).map_err(|error| format!("{error}: {line}"))
    }

    fn ask(&mut self, question: &Value) -> Result<Value, String> {
        let input = self.input.as_mut().ok_or("the client has ended")?;
        writeln!(input, "{question}").and_then(|()| input.flush()).map_err(|error| error.to_string())?;
        self.hear()
    }

    /// Lists the tools, as the server describes them.
    ///
    /// # Errors
    /// What does not work.
    pub fn tools(&mut self) -> Result<Vec<Value>, String> {
        let told = self.ask(&json!({"list": "tools"}))?;
        told["tools"].as_array().cloned().ok_or_else(|| format!("no tools: {told}"))
    }

    /// Calls a tool.
    ///
    /// # Errors
    /// That the SDK refused the call or the answer, or the server answered with an error of the protocol.
    pub fn call(&mut self, name: &str, arguments: &Value) -> Result<Answer, String> {
        let told = self.ask(&json!({"call": name, "arguments": arguments}))?;
        match told["failed"].as_str() {
            Some(why) => Err(why.to_owned()),
            None => Ok(Answer {
                refused: told["refused"] == true,
                told: told["told"].clone(),
                words: told["words"].as_str().unwrap_or_default().to_owned(),
            }),
        }
    }

    /// Calls a tool that does not refuse, and returns what it tells.
    ///
    /// # Errors
    /// As [`Client::call`], or why it refused.
    #[allow(dead_code, reason = "each program that includes this file uses its own part of it")]
    pub fn tell(&mut self, name: &str, arguments: &Value) -> Result<Value, String> {
        let answer = self.call(name, arguments)?;
        if answer.refused { Err(format!("{name}: {}", answer.words)) } else { Ok(answer.told) }
    }

    /// Calls a tool that refuses, and returns its words.
    ///
    /// # Errors
    /// As [`Client::call`], or that it did not refuse.
    #[allow(dead_code, reason = "each program that includes this file uses its own part of it")]
    pub fn refused(&mut self, name: &str, arguments: &Value) -> Result<String, String> {
        let answer = self.call(name, arguments)?;
        if answer.refused { Ok(answer.words) } else { Err(format!("{name} answered {}", answer.told)) }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // It leaves when its input ends, and has its server leave before it.
        drop(self.input.take());
        while self.lines.recv_timeout(Duration::from_secs(20)).is_ok() {}
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
