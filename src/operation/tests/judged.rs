//! What numeric gates take of an order: what is to be typed, what is recorded, and what they never touch.

use serde_json::{Value, json};

use super::fixture::*;
use crate::operation::policy::Need;
use crate::operation::{
    Acknowledgement, Bar, Command, Entry, Event, Judged, Kind, Operation, Proposal, Reason, State, stage,
};
use crate::rollout::Rollout;

fn judged(bar: Bar) -> Judged {
    let words = match bar {
        Bar::Open => "pass: all is met",
        Bar::Reason => "hold: score 80",
        Bar::Override => "fail: score 0",
    };
    Judged { bar, words: words.into(), record: json!({"policy": "frontend", "words": words}) }
}

fn under(kind: Kind, rollout: &Rollout, bar: Bar) -> Operation {
    let proposal = Proposal { judged: Some(judged(bar)), ..proposal(kind) };
    stage(proposal, rollout, at(0)).unwrap_or_else(|refusal| panic!("{}: {refusal}", kind.word()))
}

fn promotion(bar: Bar) -> Operation {
    under(Kind::Promote, &waiting_canary(), bar)
}

/// Acknowledges at once, with a reason or without; returns the entry.
fn acknowledged(operation: &mut Operation, reason: Option<&str>) -> Entry {
    operation.on(Event::Armed, at(0));
    let said = Acknowledgement { reason: reason.and_then(Reason::new), ..Acknowledgement::default() };
    let event = Event::Acknowledged { digest: operation.digest(), actor: actor(), said };
    match operation.on(event, at(1)).pop() {
        Some(Command::Record(entry)) => *entry,
        other => panic!("{other:?}"),
    }
}

fn body(entry: &Entry) -> Value {
    serde_json::from_str(&entry.body).unwrap()
}

#[test]
fn what_a_word_takes_is_a_reason_or_the_name_and_a_reason() {
    for (bar, needs) in [
        (Bar::Open, vec![]),
        (Bar::Reason, vec![Need::Reason]),
        (Bar::Override, vec![Need::Name, Need::Reason]),
    ] {
        assert_eq!(promotion(bar).leave().needs(), needs, "{bar:?}");
    }
}

#[test]
fn what_the_rule_wants_is_wanted_beside_it_and_nothing_twice() {
    let both = under(Kind::PromoteFull, &waiting_canary(), Bar::Override);
    assert!(both.weighty(), "its name is to be typed anyway");
    assert_eq!(both.leave().needs(), [Need::Name, Need::Reason]);
}

#[test]
fn an_order_that_stops_or_takes_back_meets_no_bar() {
    for (kind, rollout) in [
        (Kind::Abort, waiting_canary()),
        (Kind::Pause, moving_canary()),
        (Kind::Resume, held_canary()),
        (Kind::Cancel, waiting_canary()),
        (Kind::Undo, healthy_canary()),
        (Kind::Restart, healthy_canary()),
    ] {
        let Ok(free) = try_stage(kind, &rollout) else { panic!("{}", kind.word()) };
        let operation = under(kind, &rollout, Bar::Override);
        assert_eq!(operation.leave().needs(), free.leave().needs(), "{}", kind.word());
        assert_eq!(operation.judged().unwrap().bar, Bar::Open);
    }
}

#[test]
fn gates_change_nothing_of_what_is_sent() {
    let (one, other) = (promotion(Bar::Override), staged(Kind::Promote, &waiting_canary()));
    assert_eq!((one.request(), one.digest()), (other.request(), other.digest()));
}

#[test]
fn the_record_of_an_acknowledgement_has_the_verdict_and_what_it_went_against() {
    let against = body(&acknowledged(&mut promotion(Bar::Override), Some("a probe")));
    assert_eq!(against["gates"], json!({"policy": "frontend", "words": "fail: score 0"}));
    assert_eq!((&against["overrides"], &against["reason"]), (&json!("fail: score 0"), &json!("a probe")));
    let held = body(&acknowledged(&mut promotion(Bar::Reason), Some("seen the graphs")));
    assert_eq!((&held["gates"]["words"], held.get("overrides")), (&json!("hold: score 80"), None));
    let ungated = body(&acknowledged(&mut staged(Kind::Promote, &waiting_canary()), None));
    assert_eq!((ungated.get("gates"), ungated.get("overrides")), (None, None));
}

#[test]
fn without_the_reason_nothing_goes_against_a_gate() {
    for bar in [Bar::Reason, Bar::Override] {
        let mut operation = promotion(bar);
        acknowledged(&mut operation, None);
        assert!(matches!(operation.state(), State::Denied { .. }), "{bar:?}");
    }
}

#[test]
fn what_is_said_by_now_is_taken_unless_it_would_take_more_than_was_asked_for() {
    for (staged, newer, taken) in [
        (Bar::Open, Bar::Open, true),
        (Bar::Open, Bar::Reason, false),
        (Bar::Open, Bar::Override, false),
        (Bar::Reason, Bar::Open, true),
        (Bar::Reason, Bar::Override, false),
        (Bar::Override, Bar::Open, true),
        (Bar::Override, Bar::Override, true),
    ] {
        let mut operation = promotion(staged);
        assert_eq!(operation.rejudge(judged(newer)), taken, "{staged:?} {newer:?}");
        let stands = if taken { newer } else { staged };
        assert_eq!(operation.judged(), Some(&judged(stands)));
        assert_eq!(
            operation.leave().needs(),
            promotion(staged).leave().needs(),
            "what is typed stays asked for"
        );
    }
}

#[test]
fn a_failure_that_comes_back_is_on_record_again_where_it_was_asked_about() {
    let mut operation = promotion(Bar::Override);
    assert!(operation.rejudge(judged(Bar::Open)) && operation.rejudge(judged(Bar::Override)));
    let body = body(&acknowledged(&mut operation, Some("a probe")));
    assert_eq!(body["overrides"], "fail: score 0");
}

#[test]
fn what_was_acknowledged_is_judged_no_more() {
    let mut operation = promotion(Bar::Open);
    acknowledged(&mut operation, None);
    assert!(!operation.rejudge(judged(Bar::Open)));
}

#[test]
fn an_order_that_no_policy_was_meant_for_takes_none_up_later() {
    let mut operation = staged(Kind::Promote, &waiting_canary());
    assert!(!operation.rejudge(judged(Bar::Open)));
    assert_eq!(operation.judged(), None);
}
