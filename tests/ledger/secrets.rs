//! Secrets planted wherever a session meets them, and a ledger that holds none of them.
//!
//! The real binary in a pty orders something on a served cluster whose answer is lost, since error texts are where
//! secrets slip out. Then every byte beside the ledger, its export and the terminal's own bytes are searched.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::commands::rollgate;
use crate::pty::{Program, Session};

const BINARY: &str = env!("CARGO_BIN_EXE_rollgate");

/// A cluster served by a process of its own, and its token.
struct Cluster {
    process: Child,
    server: String,
    token: String,
    _folder: TempDir,
}

impl Cluster {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut process = Command::new(BINARY)
            .args(["demo", "--serve", "--scenario", "gateway-timeout"])
            .env("TMPDIR", folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let path = first.trim().strip_prefix("export KUBECONFIG=").expect("a line for a shell");
        let text = std::fs::read_to_string(path).unwrap();
        let word = |name: &str| {
            let line = text.lines().find_map(|line| line.trim().strip_prefix(name)).expect("a line");
            line.trim().to_owned()
        };
        let (server, token) = (word("server:"), word("token:"));
        // For kubectl the address holds the token too; here it comes by the ways of real credentials alone.
        let server = server.trim_end_matches(token.as_str()).trim_end_matches('/').to_owned();
        assert!(token.len() >= 16, "a token worth searching for");
        Self { process, server, token, _folder: folder }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = kill_process(Pid::from_child(&self.process), Signal::KILL);
        let _ = self.process.wait();
    }
}

/// A place for one session, and what must not be found in it afterwards.
struct Planted {
    cluster: Cluster,
    folder: TempDir,
    canaries: Vec<String>,
    flags: Vec<String>,
}

impl Planted {
    fn new() -> Self {
        let cluster = Cluster::start();
        let canaries = vec![cluster.token.clone()];
        Self { cluster, folder: tempfile::tempdir().unwrap(), canaries, flags: Vec::new() }
    }

    fn canary(&mut self, what: &str) -> String {
        let canary = format!("canary-{what}-{}", "5e".repeat(8));
        self.canaries.push(canary.clone());
        canary
    }

    fn ledger(&self) -> PathBuf {
        self.folder.path().join("state/ledger.sqlite3")
    }

    /// Writes a kubeconfig with this user, beside another user full of secrets.
    fn kubeconfig(&mut self, user: &Value) {
        let oidc = json!({"auth-provider": {"name": "oidc", "config": {
            "client-id": "rollgate", "idp-issuer-url": "https://issuer.example",
            "client-secret": self.canary("client-secret"), "refresh-token": self.canary("refresh-token"),
            "id-token": self.canary("id-token"),
        }}});
        let config = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "prod",
            "clusters": [{"name": "prod", "cluster": {"server": self.cluster.server}}],
            "users": [{"name": "ada", "user": user}, {"name": "other", "user": oidc}],
            "contexts": [{"name": "prod", "context": {"cluster": "prod", "user": "ada"}}],
        });
        std::fs::write(self.folder.path().join("kubeconfig"), config.to_string()).unwrap();
    }

    /// Promotes, loses the answer, finds out, and leaves; returns what the terminal got.
    fn session(&mut self) -> Vec<u8> {
        let home = self.folder.path().display().to_string();
        let mut program = Program::new(BINARY).size(110, 46).env("HOME", &home).env("TMPDIR", &home);
        for name in ["SSH_AUTH_SOCK", "AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "VAULT_TOKEN", "KUBE_TOKEN"] {
            let value = self.canary(&name.to_lowercase());
            program = program.env(name, &value);
        }
        let ledger = self.ledger().display().to_string();
        let kubeconfig = format!("{home}/kubeconfig");
        let flags = ["--kubeconfig", &kubeconfig, "--ledger", &ledger, "--allow", "prod/*", "-A"];
        let all = flags.iter().copied().chain(self.flags.iter().map(String::as_str));
        let mut screen = all.fold(program, |program, flag| program.arg(flag)).start();
        screen.wait_for("search");
        opens(&mut screen, "search");
        screen.send("p");
        screen.wait_for("acknowledge and send");
        screen.send("y");
        screen.wait_for("found by reading");
        screen.wait_for("done: the controller went on");
        screen.wait_for("copy request");
        screen.send("\x1b");
        screen.wait_until("it is closed", |screen| !screen.contents().contains("copy request"));
        screen.send("q");
        screen.wait_exit();
        screen.raw().to_vec()
    }

    /// Searches everything that was written.
    #[track_caller]
    fn search(&self, terminal: &[u8]) {
        let exported = rollgate(&self.ledger(), &["export"]).stdout;
        let listed = rollgate(&self.ledger(), &["list", "-o", "json"]).stdout;
        let mut places = vec![("the terminal".to_owned(), terminal.to_vec())];
        places.extend([("the export".to_owned(), exported), ("the list".to_owned(), listed)]);
        for file in files(self.ledger().parent().unwrap()) {
            places.push((file.display().to_string(), std::fs::read(&file).unwrap()));
        }
        assert!(self.canaries.len() > 8);
        for canary in &self.canaries {
            for form in forms(canary) {
                for (place, bytes) in &places {
                    let found = bytes.windows(form.len()).position(|window| window == form.as_bytes());
                    let around = found.map(|at| &bytes[at.saturating_sub(200)..(at + 60).min(bytes.len())]);
                    let around = around.map(String::from_utf8_lossy);
                    assert!(around.is_none(), "{place} holds {canary}: {around:?}");
                }
            }
        }
        // The search finds what is there: otherwise it proves nothing.
        assert!(places.iter().filter(|(_, bytes)| holds(bytes, b"in-doubt")).count() >= 2);
        assert!(
            places.iter().any(|(place, bytes)| place.contains("sqlite3") && holds(bytes, b"rollouts/search"))
        );
    }
}

/// Opens a Rollout, typing as a person does: keys that follow each other at once are taken for a paste.
fn opens(screen: &mut Session, name: &str) {
    screen.send("/");
    for end in 1..=name.len() {
        screen.read_for(Duration::from_millis(20));
        screen.send(&name[end - 1..end]);
        screen.wait_for(&format!("/{}", &name[..end]));
    }
    screen.send("\r");
    screen.wait_for(&format!("like {name}"));
    screen.send("\r");
    screen.wait_for("REVISIONS");
}

fn files(folder: &Path) -> Vec<PathBuf> {
    folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect()
}

/// A secret as it is, and in the forms in which it travels.
fn forms(canary: &str) -> [String; 3] {
    use base64::Engine;
    let hex = canary.bytes().map(|byte| format!("{byte:02x}")).collect();
    let base64 = base64::engine::general_purpose::STANDARD_NO_PAD.encode(canary);
    [canary.to_owned(), hex, base64]
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn a_token_in_the_kubeconfig_is_nowhere_in_the_ledger() {
    let mut planted = Planted::new();
    let user = json!({"token": planted.cluster.token});
    planted.kubeconfig(&user);
    let terminal = planted.session();
    planted.search(&terminal);
}

#[test]
fn a_token_on_the_command_line_is_nowhere_in_the_ledger() {
    let mut planted = Planted::new();
    planted.kubeconfig(&json!({}));
    planted.flags = vec!["--token".to_owned(), planted.cluster.token.clone()];
    let terminal = planted.session();
    planted.search(&terminal);
}

#[test]
fn what_a_credential_plugin_gets_and_gives_is_nowhere_in_the_ledger() {
    let mut planted = Planted::new();
    let script = planted.folder.path().join("plugin");
    let credential = json!({
        "apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
        "status": {"token": planted.cluster.token},
    });
    let noise = planted.canary("plugin-stderr");
    std::fs::write(&script, format!("#!/bin/sh\necho '{noise}' >&2\necho '{credential}'\n")).unwrap();
    std::fs::set_permissions(&script, PermissionsExt::from_mode(0o700)).unwrap();
    let user = json!({"exec": {
        "apiVersion": "client.authentication.k8s.io/v1", "interactiveMode": "Never",
        "command": script, "args": [planted.canary("plugin-argument")],
        "env": [{"name": "PLUGIN_SECRET", "value": planted.canary("plugin-environment")}],
    }});
    planted.kubeconfig(&user);
    let terminal = planted.session();
    planted.search(&terminal);
}
