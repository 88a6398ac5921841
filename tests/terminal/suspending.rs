//! The terminal is handed to the shell and taken again.

use rustix::process::Signal;

use super::pty::{Program, Session};
use super::{assert_given_back, job, probe, started};

/// Starts the probe as a job of a shell that waits for a line whenever the job has stopped, then does `next`.
fn in_shell(next: &str) -> Session {
    started(Program::shell(&format!("{}; echo STOPPED; read line; {next}; echo CODE $?", job())))
}

fn assert_stops_and_comes_back(mut session: Session, line: &str) {
    session.wait_for("STOPPED");
    assert_given_back(&session);
    session.send("\n");
    session.wait_for(line);
    session.wait_for("probe 80x24");
    assert!(session.is_raw() && session.screen().alternate_screen() && session.screen().bracketed_paste());
    session.send("j");
    session.wait_for("key j free");
    session.send("q");
    session.wait_exit();
    assert_given_back(&session);
    assert!(session.text().contains("CODE 0"), "{}", session.text());
}

#[test]
fn ctrl_z_hands_the_terminal_back_and_fg_draws_the_whole_screen_again() {
    let mut session = in_shell("fg");
    session.send("\x1a");
    assert_stops_and_comes_back(session, "continued");
}

#[test]
fn a_stop_signal_from_outside_does_the_same() {
    let session = in_shell("fg");
    session.signal_foreground(Signal::TSTP);
    assert_stops_and_comes_back(session, "continued");
}

#[test]
fn a_stop_that_could_not_be_prepared_for_is_repaired_when_continued() {
    let mut session = in_shell("fg");
    session.signal_foreground(Signal::STOP);
    session.wait_for("STOPPED");
    session.send("\n");
    session.wait_for("continued by another");
    assert!(session.is_raw() && session.screen().alternate_screen());
    session.send("q");
    session.wait_exit();
    assert_given_back(&session);
}

#[test]
fn it_can_be_suspended_more_than_once() {
    let mut session = in_shell("fg; echo AGAIN; read line; fg");
    session.send("\x1a");
    session.wait_for("STOPPED");
    session.send("\n");
    session.wait_for("continued");
    session.send("\x1a");
    session.wait_for("AGAIN");
    assert!(!session.is_raw());
    session.send("\n");
    session.wait_until("continued twice", |screen| screen.contents().matches("continued").count() == 2);
    session.send("q");
    session.wait_exit();
    assert_given_back(&session);
}

#[test]
fn without_a_shell_above_it_does_not_stop_for_ever() {
    let mut session = started(probe());
    session.send("\x1a");
    session.wait_for("nobody could continue us");
    session.signal(Signal::TSTP);
    session.wait_until("told twice", |screen| screen.contents().matches("nobody could").count() == 2);
    session.send("q");
    assert!(session.wait_exit().success());
    assert_given_back(&session);
}

#[test]
fn under_a_shell_without_job_control_it_does_not_stop_for_ever_either() {
    let script = format!("{}; echo CODE $?", job());
    let mut session = started(Program::new("/bin/sh").arg("-c").arg(&script));
    session.send("\x1a");
    session.wait_for("nobody could continue us");
    session.send("q");
    session.wait_for("CODE 0");
}

#[test]
fn terminated_after_it_was_continued_in_the_background_it_still_leaves() {
    let script = "kill -CONT %1; echo ONE; read line; kill -TERM %1; kill -CONT %1; read line";
    let mut session = in_shell(script);
    session.send("\x1a");
    session.wait_for("STOPPED");
    session.send("\n");
    session.wait_for("ONE");
    session.send("\n");
    session.wait_for("left: terminated");
    session.send("\n");
    session.wait_exit();
    assert_given_back(&session);
}

#[test]
fn terminated_while_stopped_it_leaves_without_touching_the_shells_terminal() {
    let mut session = in_shell("kill -TERM %1; kill -CONT %1; read line");
    session.send("\x1a");
    session.wait_for("STOPPED");
    let stopped = session.raw().len();
    session.send("\n");
    session.wait_for("left: terminated");
    session.send("\n");
    session.wait_exit();
    assert_given_back(&session);
    let after = String::from_utf8_lossy(&session.raw()[stopped..]).into_owned();
    assert!(!after.contains("\x1b["), "{after:?}");
}

#[test]
fn continued_in_the_background_it_stops_again_and_comes_back_with_fg() {
    let mut session = in_shell("kill -CONT %1; echo ONE; read line; fg");
    session.send("\x1a");
    session.wait_for("STOPPED");
    session.send("\n");
    session.wait_for("ONE");
    session.send("\n");
    session.wait_for("continued");
    assert!(session.is_raw());
    session.send("q");
    session.wait_exit();
    assert_given_back(&session);
}
