//! The real program, watching a real cluster, gives the terminal back however it is told to leave, and leaves nothing
//! that was only staged to be sent.

use std::time::Duration;

use rustix::process::Signal;

use crate::cluster::{Cluster, Namespace, Scene, User};
use crate::harness::Case;
use crate::person::{Person, Seat};

type Outcome = Result<(), String>;

/// How long leaving may take.
const IN_TIME: Duration = Duration::from_secs(2);

/// The cases of this file.
pub fn trials() -> Vec<Case> {
    vec![
        Case::new("keys and signals end the program in time and give the terminal back", by_key_and_signal),
        Case::new("with a confirmation open leaving sends nothing", with_a_confirmation),
    ]
}

fn paused<'c>(cluster: &'c Cluster, hint: &str) -> Result<Namespace<'c>, String> {
    let namespace = cluster.namespace(hint)?;
    Scene::PausedAtStep.bring(&namespace, "web")?;
    Ok(namespace)
}

fn looking(namespace: &Namespace<'_>) -> Person {
    let mut person = Seat::of(namespace, User::Operator).allowed_in(namespace.name()).sit_down();
    person.sees_row(&["web", "Paused"]);
    person
}

fn by_key_and_signal(cluster: &Cluster) -> Outcome {
    let namespace = paused(cluster, "leaving")?;
    for key in ["q", "\x03"] {
        let mut person = looking(&namespace);
        person.types(key);
        assert_eq!(person.screen.wait_exit_within(IN_TIME).exit_code(), 0);
        person.screen.assert_given_back();
    }
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129)] {
        let mut person = looking(&namespace);
        person.screen.signal(signal);
        assert_eq!(person.screen.wait_exit_within(IN_TIME).exit_code(), code);
        person.screen.assert_given_back();
        assert!(person.screen.text().contains("rollgate: left because"), "{}", person.screen.text());
    }
    let mut person = looking(&namespace);
    person.screen.hang_up();
    assert_eq!(person.screen.wait_exit_unread(IN_TIME).exit_code(), 129);
    Ok(())
}

fn with_a_confirmation(cluster: &Cluster) -> Outcome {
    let namespace = paused(cluster, "leaving-modal")?;
    let staged = || {
        let mut person = looking(&namespace);
        person.stages("p", "promote");
        person
    };
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129)] {
        let mut person = staged();
        person.screen.signal(signal);
        assert_eq!(person.screen.wait_exit_within(IN_TIME).exit_code(), code);
        person.screen.assert_given_back();
        person.left().assert_nothing_sent(&namespace, User::Operator)?;
    }
    let mut person = staged();
    person.screen.hang_up();
    assert_eq!(person.screen.wait_exit_unread(IN_TIME).exit_code(), 129);
    person.left().assert_nothing_sent(&namespace, User::Operator)?;
    // Ctrl-C closes the confirmation first, and only then leaves.
    let mut person = staged();
    person.types("\x03");
    person.sees_no_more("like kubectl");
    person.types("\x03");
    assert_eq!(person.screen.wait_exit_within(IN_TIME).exit_code(), 0);
    person.screen.assert_given_back();
    person.left().assert_nothing_sent(&namespace, User::Operator)
}
