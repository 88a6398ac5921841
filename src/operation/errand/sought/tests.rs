//! What a service's runs show of an errand that was left: by its recorded acknowledgement alone.

use jiff::SignedDuration;
use serde_json::json;

use super::*;
use crate::operation::errand::tests::{ID, acknowledged, again, at, begin, recorded, rerun, run, staged};
use crate::operation::errand::{Event, Wanted};

/// Acknowledges, and reads back what is recorded of that.
fn left(wanted: Wanted, named: Option<&str>) -> Sought {
    let mut errand = staged(wanted);
    errand.on(Event::Armed, at(1));
    let event = acknowledged(&errand);
    let body = recorded(&errand.on(event, at(2))).body.clone();
    Sought::read(&body, named.map(Arc::from), at(2)).unwrap()
}

#[test]
fn a_run_that_bears_the_orders_key_is_its_own_and_no_other_is() {
    let sought = left(begin(), None);
    assert_eq!((sought.workflow(), sought.named()), ("refund flow", None));
    let own = run("run/9", "waiting", json!({"idempotency_key": ID}));
    let foreign = run("run/8", "running", json!({"idempotency_key": "another"}));
    let keyless = run("run/7", "running", json!({}));
    let found = sought.judge(&[keyless.clone(), foreign.clone(), own]);
    assert_eq!(found.outcome, Outcome::Applied);
    assert_eq!(found.why.as_str(), "the run run/9 (waiting) bears the order's own key");
    for runs in [vec![], vec![keyless, foreign]] {
        let found = sought.judge(&runs);
        assert_eq!(found.outcome, Outcome::InDoubt, "that it was not begun is never said: {found:?}");
        assert!(found.why.as_str().contains("whether one still comes cannot be told"));
    }
}

#[test]
fn of_a_rerun_nobody_can_tell_who_ordered_it_and_one_from_before_is_not_it() {
    let sought = left(again(), None);
    let crowd = (0..LISTED).map(|number| run(&format!("r{number}"), "running", json!({}))).collect();
    for (runs, words) in [
        (
            vec![rerun("run/7", "pay")],
            "the run run/7 (running) takes up the same step and was not there before",
        ),
        (vec![rerun("run/0", "pay"), rerun("run/6", "check")], "no new run takes up the same step; whether"),
        (vec![run("run/5", "running", json!({"idempotency_key": ID}))], "no new run takes up the same step"),
        (crowd, "the service does not list all of them"),
    ] {
        let found = sought.judge(&runs);
        assert_eq!(found.outcome, Outcome::InDoubt, "{found:?}");
        assert!(found.why.as_str().contains(words), "{found:?}");
    }
}

#[test]
fn a_run_that_the_service_named_is_the_orders_if_it_is_what_was_ordered() {
    let sought = left(again(), Some("run/2"));
    assert_eq!(sought.named(), Some("run/2"));
    assert_eq!(sought.judge(&[rerun("run/2", "pay")]).outcome, Outcome::Applied);
    let other = sought.judge(&[rerun("run/2", "check")]);
    assert_eq!((other.outcome, other.why.as_str().contains("is another")), (Outcome::InDoubt, true));
    let gone = sought.judge(&[rerun("run/3", "pay")]);
    assert_eq!((gone.outcome, gone.why.as_str().contains("does not show it")), (Outcome::InDoubt, true));
    let begun = left(begin(), Some("run/2"));
    assert_eq!(begun.judge(&[run("run/2", "running", json!({}))]).outcome, Outcome::Applied);
    assert_eq!(begun.judge(&[rerun("run/2", "pay")]).outcome, Outcome::InDoubt);
}

#[test]
fn what_is_no_errand_or_says_neither_key_nor_step_is_not_looked_for() {
    let read = |body: serde_json::Value| Sought::read(&body.to_string(), None, at(0));
    assert_eq!(read(json!({"kind": "promote", "request": {}})), None);
    assert_eq!(read(json!({"workflow": "w"})), None);
    assert_eq!(read(json!({"workflow": "w", "rerun_of": "r"})), None);
    let known = read(json!({"workflow": "w", "rerun_of": "r", "rerun_step": "s"})).unwrap();
    assert!(known.over_at() > at(0) + SignedDuration::from_secs(5), "a post may be under way that long");
}
