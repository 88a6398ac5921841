//! Owns the expectations of who counts as running.

use std::process::{Command, Stdio};

use super::*;

#[test]
fn a_program_runs_until_it_has_ended() {
    let own = own().unwrap();
    assert_eq!(runs(&own), Owner::Alive);
    let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
    let theirs = Process { pid: child.id(), started: started(child.id()).unwrap().unwrap(), ..own };
    assert_eq!(runs(&theirs), Owner::Alive);
    drop(child.stdin.take());
    child.wait().unwrap();
    assert_eq!(runs(&theirs), Owner::Ended);
}

#[test]
fn another_process_of_the_same_number_is_not_taken_for_it() {
    let own = own().unwrap();
    assert_eq!(runs(&Process { started: own.started + 1, ..own }), Owner::Ended);
}

#[test]
fn what_ran_before_the_machine_began_anew_has_ended_and_what_is_counted_elsewhere_is_unknown() {
    let own = own().unwrap();
    assert_eq!(runs(&Process { boot: "another".into(), ..own.clone() }), Owner::Ended);
    assert_eq!(runs(&Process { space: "pid:[1]".into(), ..own }), Owner::Unknown);
}
