//! Owns what is said with an acknowledgement, and that what a rule wants cannot be left out.

use std::sync::Arc;

use super::fixture::*;
use crate::operation::policy::{Need, Rule, Terms};
use crate::operation::{Acknowledgement, Command, Event, Kind, Operation, Policy, Reason, stage};

/// A promotion by a rule that wants a reason.
fn asking() -> Operation {
    let mut rule: Rule = "prod/shop".parse().unwrap();
    rule.terms = Some(Terms { reason: true, ..Terms::default() });
    let mut proposal = proposal(Kind::Promote);
    proposal.policy = Arc::new(Policy::new(vec![rule], Vec::new()));
    let mut operation =
        stage(proposal, &waiting_canary(), at(0)).unwrap_or_else(|refusal| panic!("{refusal}"));
    operation.on(Event::Armed, at(0));
    operation
}

fn acknowledged(operation: &mut Operation, said: Acknowledgement) -> Vec<Command> {
    operation.on(Event::Acknowledged { digest: operation.digest(), actor: actor(), said }, at(1))
}

#[test]
fn a_reason_is_one_line_neither_empty_nor_too_long() {
    for nothing in ["", "   ", "\t"] {
        assert_eq!(Reason::new(nothing), None);
    }
    assert_eq!(Reason::new("  it is fine ").unwrap().text().as_str(), "it is fine");
    let longest = "ä".repeat(Reason::LONGEST);
    assert_eq!(Reason::new(&longest).unwrap().text().as_str(), longest);
    assert_eq!(Reason::new(&(longest + "x")), None);
}

#[test]
fn a_reason_holds_nothing_that_cannot_be_seen() {
    let reason = Reason::new("ok\u{1b}[2J\u{202e}ko\nnext").unwrap();
    assert!(reason.text().as_str().chars().all(|c| !c.is_control() && c != '\u{202e}'), "{reason:?}");
}

#[test]
fn what_the_rule_wants_cannot_be_left_out() {
    let mut operation = asking();
    let commands = acknowledged(&mut operation, Acknowledgement::default());
    assert!(matches!(commands.as_slice(), [Command::Record(_)]));
    assert_eq!(operation.state().word(), "denied");
    assert!(words(&operation).contains("the rule prod/shop wants a reason with it"), "{}", words(&operation));
    assert!(operation.on(Event::Recorded { entry: 1 }, at(1)).is_empty());

    let mut operation = asking();
    let reason = Reason::new("it is fine");
    acknowledged(&mut operation, Acknowledgement { reason, ..Acknowledgement::default() });
    assert_eq!(operation.state().word(), "acknowledged");
    assert_eq!(operation.said().unwrap().reason, Reason::new("it is fine"));
}

#[test]
fn only_the_whole_phrase_overrides() {
    let needs = [Need::Name, Need::Phrase("override weekend".into()), Need::Reason];
    let mut said = Acknowledgement { reason: Reason::new("why"), ..Acknowledgement::default() };
    assert_eq!(said.lacks(&needs), Some(&needs[1]));
    said.override_ = Some("override week".into());
    assert_eq!(said.lacks(&needs), Some(&needs[1]));
    said.override_ = Some("override weekend".into());
    assert_eq!(said.lacks(&needs), None);
}

#[test]
fn an_order_lives_as_long_as_its_rule_says() {
    let mut rule: Rule = "prod/shop".parse().unwrap();
    rule.terms = Some(Terms { expiry: jiff::SignedDuration::from_secs(30), ..Terms::default() });
    let mut proposal = proposal(Kind::Promote);
    proposal.policy = Arc::new(Policy::new(vec![rule], Vec::new()));
    let mut operation =
        stage(proposal, &waiting_canary(), at(0)).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!(operation.wake_at(), Some(at(30)));
    operation.on(Event::Tick, at(29));
    assert_eq!(operation.state().word(), "staged");
    operation.on(Event::Tick, at(30));
    assert_eq!(operation.state().word(), "expired");
}
