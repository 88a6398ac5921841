//! The terminal edge in a real pty: taking the terminal, giving it back in every case, reading keys, sending frames.
// A failure here is a failed test.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr
)]

#[path = "../support/pty.rs"]
mod pty;

mod frames;
mod keys;
mod leaving;
mod suspending;

use pty::{Program, Session};

fn probe() -> Program {
    Program::new(pty::example("terminal_probe"))
}

/// The probe as a job of a shell, by its path quoted for one.
fn job() -> String {
    format!("'{}'", pty::example("terminal_probe").display())
}

/// Starts a program and waits until the probe's frame is on the screen.
fn started(program: Program) -> Session {
    let mut session = program.start();
    session.wait_for("probe 80x24");
    assert!(session.is_raw());
    let screen = session.screen();
    assert!(screen.alternate_screen() && screen.bracketed_paste() && screen.hide_cursor());
    session
}

/// Asserts that the terminal is as a shell expects it, and that it was never asked a question.
#[track_caller]
fn assert_given_back(session: &Session) {
    session.assert_given_back();
    let sent = String::from_utf8_lossy(session.raw());
    for question in
        ["\x1b[6n", "\x1b[5n", "\x1b[c", "\x1b[0c", "\x1b[>", "$p", "\x1b[?u", "\x1b]10;", "\x1b]11;"]
    {
        assert!(!sent.contains(question), "the terminal was asked {question:?}");
    }
}

/// Returns the position behind the moment at which the alternate screen was left.
#[track_caller]
fn screen_left(session: &Session) -> usize {
    let sent = session.raw();
    sent.windows(8).rposition(|window| window == b"\x1b[?1049l").expect("the screen was left") + 8
}
