use std::sync::Arc;

use super::needs::checked;
use super::*;
use crate::capability::judge::{Reading, Readings};
use crate::capability::{Act, Scope, State};

fn place(namespace: &str, granted: &[Act]) -> Place<'static> {
    let yes = |act: &Act| granted.contains(act);
    let granted = Act::ALL.map(|act| match yes(&act) {
        true => (act, Granted::Yes),
        false => (act, Granted::No { why: "no rule".into() }),
    });
    let unwatched = || Reading::Unwatched;
    Place {
        namespace: Arc::from(namespace),
        rollouts: Vec::new(),
        targets: Vec::new(),
        readings: Readings {
            rollouts: unwatched(),
            replica_sets: unwatched(),
            pods: unwatched(),
            analysis_runs: unwatched(),
            events: unwatched(),
        },
        granted: granted.into(),
    }
}

fn account(capability: Capability, namespace: &str) -> Account {
    let scope = Scope::Namespace(namespace.into());
    Account { capability, scope, state: State::Supported, since: None, evidence: Vec::new(), remedy: None }
}

fn words(all: &[&str]) -> Vec<String> {
    all.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn a_word_that_means_nothing_is_refused_with_the_one_that_may_be_meant() {
    assert_eq!(checked("promote"), Ok("promote".to_owned()));
    assert_eq!(checked(" controller "), Ok("controller".to_owned()));
    assert_eq!(checked("promot").unwrap_err(), "there is no capability `promot`: did you mean `promote`?");
    assert_eq!(checked("abrt").unwrap_err(), "there is no capability `abrt`: did you mean `abort`?");
    let none = checked("everything").unwrap_err();
    assert!(none.starts_with("there is no capability `everything`: there are promote, pause, "), "{none}");
    let mut listed: Vec<&str> = none.rsplit(": there are ").next().unwrap().split(", ").collect();
    let all = listed.len();
    listed.sort_unstable();
    listed.dedup();
    assert_eq!(listed.len(), all, "no word is listed twice: {none}");
}

#[test]
fn every_row_has_a_word_that_means_it() {
    for capability in Capability::ALL {
        let word = checked(capability.name()).unwrap_or_else(|error| panic!("{error}"));
        let needs = Needs::of(&words(&[&word]), &[]);
        assert!(needs.rows.contains(&capability), "{word}: {:?}", needs.rows);
    }
}

#[test]
fn the_word_of_an_order_means_all_that_the_order_rests_on() {
    let needs = Needs::of(&words(&["abort"]), &[]);
    let wanted = [
        Capability::ReadRollouts,
        Capability::ApprovalGate,
        Capability::AbortRetry,
        Capability::Reconciling,
        Capability::Ledger,
    ];
    assert_eq!(needs.rows, wanted);
    assert_eq!(Needs::of(&words(&["clock", "ledger"]), &[]).rows, [Capability::Ledger, Capability::Clock]);
}

#[test]
fn without_a_word_reading_and_the_controller_are_needed_and_orders_only_where_they_are_allowed() {
    let reading = [Capability::ReadRollouts, Capability::ReadRevisions, Capability::Reconciling];
    assert_eq!(Needs::of(&[], &[place("shop", &[])]).rows, reading);
    let places = [place("shop", &[Act::AbortRetry]), place("pay", &[])];
    let needs = Needs::of(&[], &places);
    assert!(needs.rows.contains(&Capability::AbortRetry) && needs.rows.contains(&Capability::Ledger));
    assert!(!needs.rows.contains(&Capability::Promote), "no rule allows it anywhere");
    assert!(needs.minds(&account(Capability::AbortRetry, "shop")));
    assert!(!needs.minds(&account(Capability::AbortRetry, "pay")), "there nothing may be ordered");
    assert!(needs.minds(&account(Capability::ReadRollouts, "pay")));
    let asked = Needs::of(&words(&["abort"]), &places);
    assert!(asked.minds(&account(Capability::AbortRetry, "pay")), "who asks for it needs it everywhere");
}
