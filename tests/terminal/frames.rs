//! Frames cost what they must, and a slow terminal costs nobody anything.

use std::io::{BufRead, BufReader};
use std::os::unix::net::{UnixListener, UnixStream};
use std::time::Duration;

use super::pty::{DEADLINE, Session};
use super::{assert_given_back, probe, started};

/// What the probe reports beside the terminal.
struct Report(BufReader<UnixStream>);

impl Report {
    /// Waits for the next line.
    fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).expect("a line before the deadline");
        line.trim_end().to_owned()
    }

    /// Waits for a key's line, however the key came; any others before it are passed over.
    fn wait_for_key(&mut self, key: &str) {
        while !self.line().starts_with(&format!("key {key} ")) {}
    }
}

fn reporting() -> (Session, Report) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("report");
    let listener = UnixListener::bind(&path).expect("a socket");
    let session = probe().arg("--report").arg(path.to_str().expect("a plain path")).start();
    let (stream, _) = listener.accept().expect("the probe reports");
    stream.set_read_timeout(Some(DEADLINE)).expect("a deadline");
    (session, Report(BufReader::new(stream)))
}

/// Floods a terminal that nobody reads until it takes no more; returns once the writer has been stuck for long.
fn stuck() -> (Session, Report) {
    let (mut session, mut report) = reporting();
    session.wait_for("probe 80x24");
    session.send("F");
    let mut busy = 0;
    while busy < 20 {
        session.send("w");
        report.wait_for_key("w");
        busy = if report.line() == "writer busy" { busy + 1 } else { 0 };
    }
    (session, report)
}

#[test]
fn nothing_changed_means_not_one_byte() {
    let mut session = started(probe());
    session.send("d");
    session.wait_for("redraws took 0 bytes");
}

#[test]
fn a_small_change_is_a_small_write() {
    let mut session = started(probe());
    session.send("j");
    session.wait_for("key j free");
    let before = session.raw().len();
    session.send("k");
    session.wait_for("key k ");
    assert!(session.raw().len() - before < 60, "{:?}", String::from_utf8_lossy(&session.raw()[before..]));
}

#[test]
fn a_terminal_that_takes_nothing_does_not_hold_up_keys() {
    let (mut session, mut report) = stuck();
    for _ in 0..50 {
        session.send("j");
        report.wait_for_key("j");
    }
}

#[test]
fn a_terminal_that_takes_bytes_again_gets_the_newest_frame_and_no_backlog() {
    let (mut session, mut report) = stuck();
    for key in "efghijkl".chars() {
        session.send(key.to_string());
        report.wait_for_key(&key.to_string());
    }
    let before = session.raw().len();
    session.wait_for("key l ");
    // What the pty held, and a frame or two: not one frame for each change.
    assert!(session.raw().len() - before < 200_000, "{}", session.raw().len() - before);
}

#[test]
fn a_terminal_that_takes_nothing_can_be_left() {
    let (mut session, _report) = stuck();
    session.send("q");
    session.wait_exit_unread(Duration::from_secs(5));
    session.wait_exit();
    assert!(!session.is_raw());
}

#[test]
fn copying_goes_through_the_terminal_and_leaves_the_screen_alone() {
    let mut session = started(probe());
    session.send("C");
    session.wait_for_bytes(0, b"\x1b]52;c;Y29waWVkIHRleHQ=\x07");
    session.send("q");
    session.wait_exit();
    assert_given_back(&session);
}

#[test]
fn frames_are_marked_only_on_a_local_terminal() {
    for (name, value, marked) in
        [("LANG", "C.UTF-8", true), ("SSH_TTY", "/dev/pts/1", false), ("TMUX", "x", false)]
    {
        let mut session = started(probe().env(name, value));
        session.send("q");
        session.wait_exit();
        let sent = String::from_utf8_lossy(session.raw()).into_owned();
        assert_eq!(sent.contains("\x1b[?2026h"), marked, "{name}: {sent:?}");
        assert!(sent.matches("\x1b[?2026h").count() < sent.matches("\x1b[?2026l").count(), "always closed");
    }
}
