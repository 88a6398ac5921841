//! The terminal is given back however the program ends.

use std::time::Duration;

use rustix::process::Signal;

use super::{assert_given_back, probe, screen_left, started};

/// How long leaving may take where the terminal is gone: it takes one second; what fails here takes for ever.
const IN_TIME: Duration = Duration::from_secs(5);

#[test]
fn by_key() {
    for key in ["q", "\x03"] {
        let mut session = started(probe());
        session.send(key);
        assert_eq!(session.wait_exit().exit_code(), 0);
        assert_given_back(&session);
        assert!(session.text().contains("left by key"), "the farewell is on the shell's screen");
    }
}

#[test]
fn by_signal_with_the_exit_code_that_shells_expect() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::QUIT, 131), (Signal::INT, 130)] {
        let mut session = started(probe());
        session.signal(signal);
        assert_eq!(session.wait_exit().exit_code(), code);
        assert_given_back(&session);
        assert!(session.text().contains("left: "));
    }
}

#[test]
fn by_panic_whose_message_stands_on_the_restored_screen() {
    for (key, words, code) in [("P", "the probe panics as asked", 101), ("T", "a thread panics as asked", 1)]
    {
        let mut session = started(probe());
        session.send(key);
        assert_eq!(session.wait_exit().exit_code(), code);
        assert_given_back(&session);
        let after = String::from_utf8_lossy(&session.raw()[screen_left(&session)..]).into_owned();
        assert!(after.contains(words), "{after:?}");
        let all = String::from_utf8_lossy(session.raw());
        assert_eq!(all.matches(words).count(), 1, "the message came once, and not onto the program's screen");
    }
}

#[test]
fn keys_that_nobody_read_do_not_reach_the_shell() {
    let script = format!("{}; echo READY; read line; echo \"got <$line>\"", super::job());
    let mut session = started(super::Program::shell(&script));
    // More than the program reads at once, less than the kernel passes on at once (2 kB): what is not read when the
    // first key makes it leave is in the terminal then, not on its way.
    session.send(format!("q{}", "rm -rf important\r".repeat(100)));
    session.wait_for("READY");
    session.send("next\n");
    session.wait_for("got <");
    session.wait_exit();
    assert!(session.text().contains("got <next>"), "{}", session.text());
}

#[test]
fn a_terminal_that_is_gone_ends_the_program_in_time() {
    let mut session = started(probe());
    session.hang_up();
    let status = session.wait_exit_unread(IN_TIME);
    assert_eq!(status.exit_code(), 129);
}

#[test]
fn a_terminal_that_is_gone_ends_the_program_in_time_even_where_the_hang_up_signal_is_ignored() {
    let mut session = started(probe().arg("--deaf"));
    session.hang_up();
    let status = session.wait_exit_unread(IN_TIME);
    assert_eq!(status.exit_code(), 129);
}

#[test]
fn without_a_terminal_it_says_so_and_takes_nothing() {
    let output = std::process::Command::new(super::pty::example("terminal_probe"))
        .stdin(std::process::Stdio::null())
        .output()
        .expect("the probe runs");
    assert!(!output.status.success());
    assert!(output.stdout.is_empty(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("not a terminal"), "{output:?}");
}
