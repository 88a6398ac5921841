//! What is typed arrives as it was typed, and what only looks typed is told apart.

use super::pty::Session;
use super::{probe, started};

/// A probe whose current layer has `y` judged.
fn judging() -> Session {
    started(probe().arg("--judge").arg("y"))
}

#[test]
fn keys_arrive_in_the_keymaps_words() {
    let mut session = started(probe());
    for (bytes, line) in [
        ("j", "key j "),
        ("G", "key G "),
        ("\x1b[A", "key up "),
        ("\x1b[6~", "key page-down "),
        ("\x1b[Z", "key shift-tab "),
        ("\x1bx", "key alt-x "),
        ("\x0c", "key ctrl-l "),
        ("\r", "key enter "),
        (" ", "key space "),
        ("é", "key é "),
    ] {
        session.send(bytes);
        session.wait_for(line);
    }
}

#[test]
fn a_key_pressed_alone_is_said_to_be() {
    let mut session = judging();
    session.send("y");
    session.wait_for("key y alone");
}

#[test]
fn type_ahead_confirms_nothing() {
    let mut session = judging();
    session.send("py");
    session.wait_for("key y crowded");
    assert!(session.text().contains("key p free"));
    session.send("yy");
    session.wait_until("all presses", |screen| screen.contents().matches("key y crowded").count() == 3);
    assert!(!session.text().contains("alone"));
}

#[test]
fn half_an_escape_sequence_is_company_too() {
    let mut session = judging();
    session.send("y\x1b[");
    session.wait_for("key y crowded");
}

#[test]
fn a_paste_is_one_text_and_no_keys() {
    let mut session = judging();
    session.send("\x1b[200~checkout\ny\x1b[201~");
    session.wait_for("paste \"checkout\\ny\"");
    assert!(!session.text().contains("key"));
}

#[test]
fn a_paste_that_ends_itself_early_confirms_nothing() {
    let mut session = judging();
    session.send("\x1b[200~checkout\x1b[201~y\r\x1b[201~");
    session.wait_for("key y crowded");
    session.wait_for("key enter burst");
    assert!(!session.text().contains("alone"));
}

#[test]
fn a_paste_without_marks_is_a_burst_and_confirms_nothing() {
    let mut session = judging();
    session.send("ayb");
    session.wait_for("key b burst");
    session.wait_for("key y crowded");
}

#[test]
fn an_escape_sequence_torn_by_the_link_makes_only_keys_that_no_operation_may_have() {
    let mut session = started(probe());
    session.send("\x1b");
    session.wait_for("key esc free");
    session.send("[A");
    session.wait_for("key A burst");
    assert!(session.text().contains("key [ "));
    assert!(!session.text().contains("key up"));
}

#[test]
fn an_escape_sequence_in_two_parts_is_one_key() {
    let mut session = started(probe());
    session.send("\x1b[");
    session.send("A");
    session.wait_for("key up ");
}

#[test]
fn a_late_reply_of_the_terminal_presses_no_key() {
    let mut session = started(probe());
    session.send("\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\\x1b[?2026;2$yj");
    session.wait_for("key j ");
    assert_eq!(session.text().matches("key").count(), 1, "{}", session.text());
}

#[test]
fn focus_and_size_changes_arrive() {
    let mut session = started(probe());
    session.send("\x1b[I");
    session.wait_for("focus gained");
    session.send("\x1b[O");
    session.wait_for("focus lost");
    session.resize(100, 30);
    session.wait_for("resize 100x30");
    session.wait_for("probe 100x30");
    session.resize(20, 3);
    session.wait_for("probe 20x3");
}
