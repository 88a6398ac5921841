//! `rollgate demo` as a person meets it: the real binary in a pty, a cluster inside it, and the words when it is over.
//!
//! Nothing outside of the process is used: no kubeconfig, no home, no network but loopback.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests"
)]

use std::path::Path;
use std::time::Duration;

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

mod gates;
mod health;
mod orders;
#[path = "../support/pty.rs"]
mod pty;
mod served;
mod timeline;
mod trouble;
mod workflow;

use pty::{Program, Session};

const BINARY: &str = env!("CARGO_BIN_EXE_rollgate");

/// A demo in a terminal, with a folder of temporary files of its own.
struct Demo {
    screen: Session,
    folder: TempDir,
}

impl Demo {
    fn start(flags: &[&str]) -> Self {
        let folder = tempfile::Builder::new().prefix("rollgate-test-").tempdir().unwrap();
        let path = folder.path().display().to_string();
        let program = Program::new(BINARY).size(110, 46).env("TMPDIR", &path).env("HOME", &path).arg("demo");
        // A proxy that is not there: what is inside the program is reached without one.
        let program = program.env("HTTP_PROXY", "http://127.0.0.1:1");
        Self { screen: flags.iter().fold(program, |program, flag| program.arg(flag)).start(), folder }
    }

    /// Closes the story once it is there.
    fn begins(&mut self) {
        self.screen.wait_for("enter begin");
        self.screen.send("\r");
        self.screen.wait_until("the story is closed", |screen| !screen.contents().contains("enter begin"));
    }

    /// Types a word as a person does: each key after the one before stands on the screen.
    fn types(&mut self, word: &str, before: &str) {
        for end in 1..=word.len() {
            // Keys that follow each other at once are taken for a paste.
            self.screen.read_for(Duration::from_millis(20));
            self.screen.send(&word[end - 1..end]);
            self.screen.wait_for(&format!("{before}{}", &word[..end]));
        }
    }

    fn opens(&mut self, name: &str) {
        self.screen.send("/");
        self.types(name, "/");
        self.screen.send("\r");
        self.screen.wait_for(&format!("like {name}"));
        self.screen.send("\r");
        self.screen.wait_for("REVISIONS");
    }

    /// Closes the confirmation.
    fn closes(&mut self) {
        self.screen.wait_for("copy request");
        self.screen.send("\x1b");
        self.screen.wait_until("it is closed", |screen| !screen.contents().contains("copy request"));
    }

    /// Leaves, and returns what stands in the shell afterwards.
    fn leaves(mut self) -> String {
        self.screen.send("q");
        self.ended(0)
    }

    /// Waits for its end, and returns what stands in the shell afterwards.
    fn ended(mut self, code: u32) -> String {
        assert_eq!(self.screen.wait_exit().exit_code(), code);
        self.screen.assert_given_back();
        assert_empty(self.folder.path());
        let all = String::from_utf8_lossy(self.screen.raw()).replace('\r', "");
        all.rsplit_once("\x1b[?1049l").expect("the screen was left").1.to_owned()
    }
}

fn assert_empty(folder: &Path) {
    let left: Vec<_> = std::fs::read_dir(folder).unwrap().collect();
    assert!(left.is_empty(), "the demo left something behind: {left:?}");
}

#[test]
fn a_person_reads_the_story_sees_the_bad_canary_aborts_it_and_reads_what_came_of_it() {
    let mut demo = Demo::start(&["--speed", "4"]);
    for words in ["Your first shift", "This is a demo", "not a real cluster", "enter begin"] {
        demo.screen.wait_for(words);
    }
    demo.begins();
    demo.screen.send("s");
    demo.screen.wait_for("This is a demo");
    demo.screen.send("\x1b");
    demo.screen.wait_until("the story is closed", |screen| !screen.contents().contains("This is a demo"));

    demo.opens("checkout");
    demo.screen.wait_for("checkout:2.8.0");
    // Two measurements under the canary's share of the traffic: about 2 %, where 1 % is usual.
    demo.screen.wait_for("2 failed");

    demo.screen.send("x");
    demo.screen.wait_for("Type checkout to go on:");
    demo.types("checkou", "> ");
    demo.screen.send("t");
    demo.screen.wait_for("acknowledge and send");
    demo.screen.send("y");
    demo.screen.wait_for("done: the controller aborted the update");
    demo.closes();
    demo.screen.wait_for("RolloutAborted");

    // Long lines are broken there.
    let words = demo.leaves().split_whitespace().collect::<Vec<_>>().join(" ");
    for line in [
        "rollgate demo: first-shift",
        "pipeline: rolls out registry.example/shop/checkout:2.8.0 on shop/checkout",
        "you: abort shop/checkout (HTTP 200)",
        "abort shop/checkout: acknowledged by",
        "abort shop/checkout: accepted by the API server",
        "abort shop/checkout: done: the controller was seen to act on it",
        "done: You aborted checkout before half of the traffic went to 2.8.0.",
        "done: Version 2.8.0 never got half of the traffic.",
        "What a good operator would have done:",
    ] {
        assert!(words.contains(line), "{line:?} is missing in:\n{words}");
    }
    assert!(!words.contains("not done:"), "{words}");
}

#[test]
fn who_only_looks_on_is_told_what_was_not_done() {
    let mut demo = Demo::start(&["--scenario", "stuck-pods", "--speed", "30"]);
    demo.begins();
    demo.opens("catalog");
    demo.screen.wait_for("ProgressDeadlineExceeded");
    let words = demo.leaves();
    assert!(words.contains("What stood in the ledger:\n  nothing"), "{words}");
    assert!(words.contains("not done: You did not abort catalog"), "{words}");
}

#[test]
fn an_answer_that_is_lost_is_in_doubt_and_then_known_and_never_sent_twice() {
    let mut demo = Demo::start(&["--scenario", "gateway-timeout"]);
    demo.begins();
    demo.opens("search");
    demo.screen.send("p");
    demo.screen.wait_for("acknowledge and send");
    demo.screen.send("y");
    demo.screen.wait_for("found by reading");
    demo.screen.wait_for("done: the controller went on");
    demo.closes();
    let words = demo.leaves();
    assert!(words.contains("in doubt:"), "{words}");
    assert!(words.contains("done:     You sent one request, and no second one after the 504."), "{words}");
    assert!(!words.contains("not done:"), "{words}");
}

#[test]
fn a_colleague_who_acts_under_an_open_confirmation_overtakes_it() {
    let mut demo = Demo::start(&["--scenario", "colleague", "--speed", "2"]);
    demo.begins();
    demo.opens("search");
    demo.screen.send("p");
    demo.screen.wait_for("Nothing has been sent");
    demo.screen.wait_for("overtaken: ");
    demo.closes();
    let words = demo.leaves();
    assert!(words.contains("grace: promotes shop/search"), "{words}");
    assert!(words.contains("not done: You did not promote search exactly once, from 50 % on."), "{words}");
}

#[test]
fn however_fast_it_plays_a_confirmation_waits_for_the_person() {
    let mut demo = Demo::start(&["--speed", "60"]);
    demo.begins();
    demo.opens("search");
    demo.screen.send("p");
    demo.screen.wait_for("acknowledge and send");
    // Two seconds are two minutes of the demo, after which a confirmation in a real cluster would have expired.
    demo.screen.read_for(Duration::from_millis(2_500));
    demo.screen.send("y");
    demo.screen.wait_for("done: the controller went on");
    demo.closes();
    let words = demo.leaves();
    assert!(words.contains("promote shop/search: done: the controller was seen to act on it"), "{words}");
}

#[test]
fn a_wrong_name_is_answered_with_those_that_there_are() {
    let output = Command::new(BINARY).args(["demo", "--scenario", "nope"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("There is no scenario `nope`."), "{said}");
    assert!(said.contains("bad-canary"), "{said}");
    assert!(!said.contains("did you mean"), "{said}");
    let output = Command::new(BINARY).args(["demo", "--scenario", "bad-canry"]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("There is no scenario `bad-canry`: did you mean `bad-canary`? There are:"),
        "{said}"
    );
    let listed = Command::new(BINARY).args(["demo", "--list"]).output().unwrap();
    assert_eq!(String::from_utf8(listed.stdout).unwrap().lines().count(), 16);
}

#[test]
fn a_cluster_without_a_screen_serves_other_programs_until_it_is_ended() {
    let folder = tempfile::tempdir().unwrap();
    let mut serving = Command::new(BINARY)
        .args(["demo", "--serve", "--scenario", "bad-canary"])
        .env("TMPDIR", folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(serving.stdout.take().unwrap()).lines();
    let first = lines.next().unwrap().unwrap();
    let kubeconfig = first.strip_prefix("export KUBECONFIG=").expect("a line for a shell").to_owned();
    let listed = Command::new(BINARY).args(["list", "-A", "--kubeconfig", &kubeconfig]).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(listed.contains("checkout") && listed.contains("Healthy"), "{listed}");

    kill_process(Pid::from_child(&serving), Signal::TERM).unwrap();
    let rest: Vec<String> = lines.map(Result::unwrap).collect();
    assert!(serving.wait().unwrap().success());
    assert!(rest.iter().any(|line| line.starts_with("What a good operator")), "{rest:?}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
}

#[test]
fn an_order_and_what_the_controller_did_next_stand_in_the_timeline() {
    let mut demo = Demo::start(&["--speed", "4"]);
    demo.begins();
    demo.opens("checkout");
    demo.screen.wait_for("2 failed");
    demo.screen.send("x");
    demo.screen.wait_for("Type checkout to go on:");
    demo.types("checkou", "> ");
    demo.screen.send("t");
    demo.screen.wait_for("acknowledge and send");
    demo.screen.send("y");
    demo.screen.wait_for("done: the controller aborted the update");
    demo.closes();
    demo.screen.send("t");
    demo.screen.wait_for("what was ordered and seen");
    demo.screen.wait_for("abort by");
    demo.screen.wait_for(": done");
    // What was seen of it stands below the order.
    let text = demo.screen.text();
    let line = |words: &str| text.lines().position(|line| line.contains(words));
    let (order, effect) = (line("abort by"), line(" aborted"));
    assert!(order.is_some() && effect > order, "{text}");
    demo.screen.send("\x1b");
    demo.screen.wait_for("REVISIONS");
    demo.leaves();
}
