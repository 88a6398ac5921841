//! How many pods each version of a canary gets.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::stage::{Stage, rollout};
use crate::sim::objects::kind::ROLLOUT;

/// The pods of `v1` and `v2` at the first pause after a weight, by replicas, weight and strategy.
fn at(replicas: i64, weight: i64, more: Value) -> (i64, i64) {
    let mut strategy = json!({ "canary": { "steps": [{ "setWeight": weight }, { "pause": {} }] } });
    for (key, value) in more.as_object().unwrap() {
        strategy["canary"][key] = value.clone();
    }
    let mut stage = Stage::empty();
    stage.add(&ROLLOUT, rollout(strategy, replicas));
    stage.settle();
    stage.tag("v2");
    assert_eq!(stage.phase(), ("Paused", "CanaryPauseStep"));
    let pods: BTreeMap<String, i64> = stage.pods();
    (pods["v1"], pods["v2"])
}

#[test]
fn a_weight_becomes_the_nearest_whole_pods() {
    assert_eq!(at(10, 10, json!({})), (9, 1));
    assert_eq!(at(10, 35, json!({ "maxSurge": 0, "maxUnavailable": 1 })), (6, 4));
    assert_eq!(at(5, 20, json!({})), (4, 1));
    assert_eq!(at(5, 60, json!({})), (2, 3));
}

#[test]
fn with_surge_one_pod_more_may_come_closer() {
    // 1 of 4 would be 25 %, 1 of 5 is 20 %.
    assert_eq!(at(4, 20, json!({ "maxSurge": 1 })), (4, 1));
    assert_eq!(at(3, 25, json!({ "maxSurge": 1 })), (3, 1));
}

#[test]
fn a_weight_between_the_ends_never_leaves_a_version_without_pods() {
    assert_eq!(at(5, 1, json!({})), (5, 1));
    assert_eq!(at(5, 99, json!({})), (1, 5));
    assert_eq!(at(1, 5, json!({ "maxSurge": 1, "maxUnavailable": 0 })), (1, 1));
}

#[test]
fn a_weight_of_nothing_leaves_the_new_version_without_pods() {
    assert_eq!(at(5, 0, json!({})), (5, 0));
}

#[test]
fn an_update_that_never_becomes_available_keeps_the_stable_pods_it_may_not_lose() {
    let mut stage = Stage::canary(json!([{ "setWeight": 60 }, { "pause": {} }]));
    stage.tag("bad");
    // Five pods, 25 % up is two and down is one: four have to stay available.
    assert_eq!(stage.pods()["v1"], 4);
    assert_eq!(stage.pods()["bad"], 3);
    assert_eq!(stage.phase(), ("Progressing", "more replicas need to be updated"));
    assert_eq!(stage.step(), Some(0));
}

#[test]
fn a_version_that_was_given_up_loses_its_pods_first() {
    let mut stage = Stage::updating(json!([{ "setWeight": 40 }, { "pause": {} }]));
    stage.tag("v3");
    assert_eq!(stage.pods(), BTreeMap::from([("v1".into(), 3), ("v2".into(), 0), ("v3".into(), 2)]));
}
