//! A demo that cannot begin, or is ended from outside: one sentence, the terminal given back, nothing left behind.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use super::{BINARY, Demo, assert_empty};

/// A shell's line that runs the demo as `$0`, in a folder for temporary files of its own.
fn shell(line: &str, folder: &Path) -> Output {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", line, BINARY]).env("TMPDIR", folder).stdin(Stdio::null());
    command.output().unwrap()
}

/// What was said where it failed: one sentence, or two, on one line.
fn sentence(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.starts_with("rollgate: "), "{said}");
    said
}

/// Stages a promotion in a demo, whose confirmation is open then.
fn staged() -> Demo {
    let mut demo = Demo::start(&["--scenario", "gateway-timeout"]);
    demo.begins();
    demo.opens("search");
    demo.screen.send("p");
    demo.screen.wait_for("acknowledge and send");
    demo
}

#[test]
fn a_flag_that_would_count_for_nothing_is_a_usage_error() {
    for flag in
        [["--context", "prod"], ["--ledger", "l.sqlite3"], ["--allow", "demo/shop"], ["--from", "dump"]]
    {
        let output = Command::new(BINARY).arg("demo").args(flag).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{flag:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.starts_with(&format!("error: `{}`", flag[0])), "{said}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_signal_during_a_confirmation_ends_it_tells_what_came_of_it_and_leaves_nothing() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130), (Signal::QUIT, 131)] {
        let demo = staged();
        demo.screen.signal(signal);
        let words = demo.ended(code);
        assert!(words.contains("What stood in the ledger:\n  nothing"), "{words}");
        assert!(words.contains("What a good operator would have done:"), "{words}");
    }
}

#[test]
fn a_terminal_that_goes_away_during_a_confirmation_ends_it_and_leaves_nothing() {
    let mut demo = staged();
    demo.screen.hang_up();
    assert_eq!(demo.screen.wait_exit().exit_code(), 129);
    assert_empty(demo.folder.path());
}

#[test]
fn a_folder_for_temporary_files_that_is_not_there_is_named() {
    let output = Command::new(BINARY).arg("demo").env("TMPDIR", "/nowhere/at/all").output().unwrap();
    let said = sentence(&output);
    assert!(said.contains("/nowhere/at/all") && said.contains("in TMPDIR"), "{said}");
}

#[test]
fn where_no_file_can_be_written_that_is_said_and_nothing_is_left() {
    let folder = tempfile::tempdir().unwrap();
    for line in ["exec $0 demo", "exec $0 demo --serve"] {
        let output = shell(&format!("trap '' XFSZ; ulimit -f 0; {line}"), folder.path());
        let said = sentence(&output);
        assert!(said.contains("kubeconfig: File too large") && said.contains("in TMPDIR"), "{said}");
        assert_empty(folder.path());
    }
}

#[test]
fn where_the_ledger_finds_no_room_that_is_said_and_nothing_is_left() {
    let folder = tempfile::tempdir().unwrap();
    // Room for a kubeconfig, and not for a database.
    let output = shell("trap '' XFSZ; ulimit -f 4; exec $0 demo", folder.path());
    let said = sentence(&output);
    assert!(said.contains("the ledger") && said.contains("in TMPDIR"), "{said}");
    assert!(!said.contains("--allow"), "that is no way out of it here: {said}");
    assert_empty(folder.path());
}

#[test]
fn a_cluster_that_nobody_hears_of_is_not_kept_running() {
    let folder = tempfile::tempdir().unwrap();
    let mut serving = Command::new(BINARY)
        .args(["demo", "--serve"])
        .env("TMPDIR", folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(serving.stdout.take());
    let said = sentence(&serving.wait_with_output().unwrap());
    assert!(said.contains("Nobody hears where the demo is served"), "{said}");
    assert_empty(folder.path());
}

#[test]
fn every_seed_plays_and_what_is_none_is_a_usage_error() {
    let folder = tempfile::tempdir().unwrap();
    for seed in ["0", "18446744073709551615"] {
        let mut serving = Command::new(BINARY)
            .args(["demo", "--serve", "--seed", seed])
            .env("TMPDIR", folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut told = BufReader::new(serving.stdout.take().unwrap());
        told.read_line(&mut String::new()).unwrap();
        // It hears the signal from before it says a word.
        kill_process(Pid::from_child(&serving), Signal::TERM).unwrap();
        let mut rest = String::new();
        told.read_to_string(&mut rest).unwrap();
        assert!(serving.wait().unwrap().success());
        assert!(rest.contains("not done: You did not abort checkout"), "{rest}");
    }
    assert_empty(folder.path());
    for seed in ["-1", "18446744073709551616", "x"] {
        let output = Command::new(BINARY).args(["demo", "--seed", seed]).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{output:?}");
    }
}
