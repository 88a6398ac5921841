//! Owns the expectations of what reading shows of an order whose program ended.
//!
//! They come from what an API server keeps: the name of whoever last wrote a field that still stands
//! (`metadata.managedFields`), and the tests by which it applies a patch or refuses it.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::effects::{cluster, send};
use super::fixture::*;
use super::offered::staged_cells;
use super::situations::{order, parsed, stored, stored_run};
use crate::operation::recovery::{Found, OVER_AFTER, Outcome, Sought};
use crate::operation::{Kind, Operation, SiteKind};

fn sought(operation: &Operation) -> Sought {
    let request = operation.request();
    Sought::read(&operation.target().key.namespace, &request.path, &request.body, at(0)).unwrap()
}

/// Leaves the mark of a manager that wrote at a time.
fn marked(mut object: Value, manager: &str, when: Timestamp) -> Value {
    let mark = json!({"manager": manager, "operation": "Update", "time": when.to_string()});
    match object["metadata"]["managedFields"].as_array_mut() {
        Some(all) => all.push(mark),
        None => object["metadata"]["managedFields"] = json!([mark]),
    }
    object
}

fn signature(operation: &Operation) -> String {
    let (_, query) = operation.request().path.split_once("fieldManager=").unwrap();
    query.split('&').next().unwrap().to_owned()
}

fn before(operation: &Operation, rollout: &Value) -> Value {
    if operation.site().kind == SiteKind::Rollout { rollout.clone() } else { stored_run() }
}

fn long_ago() -> Timestamp {
    at(0) - SignedDuration::from_hours(1)
}

fn outcome(found: &Found) -> Outcome {
    found.outcome
}

#[test]
fn an_effect_with_the_orders_mark_is_applied_and_one_without_is_a_doubt() {
    for (kind, situation) in staged_cells() {
        let rollout = stored(situation);
        let operation = staged(order(kind, &rollout), &parsed(&rollout));
        let mut objects = cluster(&[&rollout, &stored_run()]);
        let after = marked(send(&mut objects, &operation).unwrap(), "rollouts-controller", at(5));
        let sought = sought(&operation);
        let found = sought.judge(Some(&after));
        assert_eq!(outcome(&found), Outcome::InDoubt, "{kind:?} × {situation}: {found:?}");
        let found = sought.judge(Some(&marked(after, &signature(&operation), at(1))));
        assert_eq!(outcome(&found), Outcome::Applied, "{kind:?} × {situation}: {found:?}");
    }
}

#[test]
fn what_stands_untouched_since_was_not_applied() {
    for (kind, situation) in staged_cells() {
        let rollout = stored(situation);
        let operation = staged(order(kind, &rollout), &parsed(&rollout));
        let object = marked(before(&operation, &rollout), "somebody", long_ago());
        let found = sought(&operation).judge(Some(&object));
        assert_eq!(outcome(&found), Outcome::NotApplied, "{kind:?} × {situation}: {found:?}");
    }
}

#[test]
fn what_could_have_been_changed_back_is_a_doubt_and_what_could_not_is_not() {
    let mut seen = Vec::new();
    for (kind, situation) in staged_cells() {
        let rollout = stored(situation);
        let operation = staged(order(kind, &rollout), &parsed(&rollout));
        let object = marked(before(&operation, &rollout), "somebody", at(30));
        seen.push((kind, outcome(&sought(&operation).judge(Some(&object)))));
    }
    // An abort and the retry after it leave a Rollout as it was; so do two orders on a step or a full promotion.
    let can_come_back = [Kind::Abort, Kind::PromoteFull, Kind::PromoteTo, Kind::Terminate];
    for (kind, outcome) in seen {
        if kind == Kind::PromoteTo {
            continue; // It is either, as it ends a pause or does not.
        }
        let wanted = if can_come_back.contains(&kind) { Outcome::InDoubt } else { Outcome::NotApplied };
        assert_eq!(outcome, wanted, "{kind:?}");
    }
}

#[test]
fn another_object_of_the_name_or_none_shows_nothing() {
    let operation = staged(crate::operation::Order::Promote, &waiting_canary());
    let sought = sought(&operation);
    assert_eq!(outcome(&sought.judge(None)), Outcome::InDoubt);
    let other = json!({"metadata": {"uid": "another"}});
    assert_eq!(outcome(&sought.judge(Some(&other))), Outcome::InDoubt);
}

#[test]
fn an_order_is_over_when_ledger_sender_and_server_can_do_nothing_more() {
    let operation = staged(crate::operation::Order::Promote, &waiting_canary());
    // 10 s for the ledger, 10 s until the first byte, twice 34 s for the server.
    assert_eq!(OVER_AFTER, SignedDuration::from_secs(88));
    assert_eq!(sought(&operation).over_at(), at(88));
}

#[test]
fn what_this_program_would_not_write_is_not_looked_for() {
    let body = r#"[{"op":"test","path":"/metadata/uid","value":"u"}]"#;
    let path = "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/web/status?fieldManager=rollgate-1";
    assert!(Sought::read("shop", path, body, at(0)).is_some());
    for (namespace, path, body) in [
        ("other", path, body),
        ("shop", path, "[]"),
        ("shop", path, "no json"),
        ("shop", path.split('?').next().unwrap(), body),
        ("shop", "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/web/scale?fieldManager=r", body),
        ("shop", "/api/v1/namespaces/shop/secrets/web?fieldManager=r", body),
    ] {
        assert_eq!(Sought::read(namespace, path, body, at(0)), None, "{namespace} {path} {body}");
    }
}
