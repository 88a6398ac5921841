use serde_json::{Value, json};

use super::*;
use crate::rollout::sample;

fn hashed(hash: &str) -> ReplicaSet {
    sample::replica_set(json!({"metadata": {"labels": {"rollouts-pod-template-hash": hash}}}))
}

fn words(rollout: &Rollout, hash: &str) -> Vec<&'static str> {
    let roles = roles(rollout, &hashed(hash));
    [
        (roles.stable, "stable"),
        (roles.canary, "canary"),
        (roles.active, "active"),
        (roles.preview, "preview"),
        (roles.ping, "ping"),
        (roles.pong, "pong"),
    ]
    .into_iter()
    .filter_map(|(has, word)| has.then_some(word))
    .collect()
}

#[test]
fn a_canary_has_a_stable_and_a_new_version() {
    let rollout = sample::canary_at(1, json!({}));
    assert_eq!(words(&rollout, "aaa"), ["stable"]);
    assert_eq!(words(&rollout, "bbb"), ["canary"]);
    assert!(words(&rollout, "old").is_empty());
}

#[test]
fn a_fully_promoted_canary_is_only_stable() {
    assert_eq!(words(&sample::canary(json!({})), "aaa"), ["stable"]);
}

#[test]
fn ping_and_pong_go_to_stable_and_canary() {
    let at = |stable: Value| {
        let patch = json!({
            "spec": {"strategy": {"canary": {"pingPong": {"pingService": "p", "pongService": "q"}}}},
            "status": {"canary": {"stablePingPong": stable}}
        });
        sample::canary_at(1, patch)
    };
    let pairs = |rollout: &Rollout| (words(rollout, "aaa"), words(rollout, "bbb"));
    assert_eq!(pairs(&at(json!("ping"))), (vec!["stable", "ping"], vec!["canary", "pong"]));
    assert_eq!(pairs(&at(json!("pong"))), (vec!["stable", "pong"], vec!["canary", "ping"]));
    assert_eq!(
        pairs(&at(Value::Null)),
        (vec!["stable", "pong"], vec!["canary", "ping"]),
        "not said counts as pong"
    );
    assert!(words(&at(json!("ping")), "old").is_empty());
}

#[test]
fn blue_green_has_stable_beside_active_or_preview() {
    let rollout = sample::blue_green(json!({"status": {
        "currentPodHash": "bbb", "blueGreen": {"activeSelector": "aaa", "previewSelector": "bbb"}
    }}));
    assert_eq!(words(&rollout, "aaa"), ["stable", "active"]);
    assert_eq!(words(&rollout, "bbb"), ["preview"]);
    let switched = sample::blue_green(json!({"status": {
        "currentPodHash": "bbb", "blueGreen": {"activeSelector": "bbb", "previewSelector": "bbb"}
    }}));
    assert_eq!(words(&switched, "bbb"), ["active"], "active wins over preview");
    assert_eq!(words(&switched, "aaa"), ["stable"]);
}

#[test]
fn a_set_without_hash_has_a_role_only_where_the_status_has_no_hash_either() {
    assert!(words(&sample::canary(json!({})), "").is_empty());
    let bare = sample::rollout(json!({"spec": {"strategy": {"canary": {}}}}));
    assert_eq!(words(&bare, ""), ["stable"]);
    assert!(words(&sample::rollout(json!({})), "").is_empty(), "no strategy, no roles");
}

fn word(spec: Value, status: Value) -> &'static str {
    let set = json!({"metadata": {"generation": 2}, "spec": spec, "status": status});
    super::status(&sample::replica_set(set)).word()
}

#[test]
fn a_set_stands_as_its_pods_do() {
    let three = json!({"replicas": 3});
    let seen = |available: i64| json!({"availableReplicas": available, "observedGeneration": 2});
    assert_eq!(word(three.clone(), seen(3)), "Healthy");
    assert_eq!(word(three.clone(), seen(2)), "Progressing");
    assert_eq!(word(json!({"replicas": 0}), seen(0)), "ScaledDown");
    assert_eq!(word(three, json!({"availableReplicas": 3, "observedGeneration": 1})), "Progressing");
    let later = json!({"availableReplicas": 3, "observedGeneration": 9});
    assert_eq!(word(json!({"replicas": 3}), later), "Healthy");
}

#[test]
fn a_failing_set_says_so_once_its_spec_was_seen() {
    let failing = |observed: i64, status: &str| {
        json!({"observedGeneration": observed, "availableReplicas": 3,
            "conditions": [{"type": "ReplicaFailure", "status": status}]})
    };
    let three = json!({"replicas": 3});
    assert_eq!(word(three.clone(), failing(2, "True")), "ReplicaFailure");
    assert_eq!(word(json!({"replicas": 0}), failing(2, "True")), "ReplicaFailure");
    assert_eq!(word(three.clone(), failing(1, "True")), "Progressing");
    assert_eq!(word(three, failing(2, "False")), "Healthy");
}

#[test]
fn the_delay_counts_down_to_passed() {
    let delay = |deadline: &str| delay(deadline, "2026-11-21T10:00:00Z".parse().unwrap());
    assert_eq!(delay("2026-11-21T10:00:29Z"), "29s");
    assert_eq!(delay("2026-11-21T12:05:30+02:00"), "5m30s");
    assert_eq!(delay("2026-11-21T10:00:00Z"), "0s");
    assert_eq!(delay("2026-11-21T09:59:59Z"), "passed");
    assert_eq!([delay("soon"), delay("")], ["", ""]);
}

#[test]
fn a_deadline_that_go_would_not_read_is_no_deadline() {
    let now: Timestamp = "2026-11-21T08:00:00Z".parse().unwrap();
    assert_eq!(delay("2026-11-21T08:01:00Z", now), "60s");
    assert_eq!(delay("2026-11-21T09:01:00+01:00", now), "60s");
    for odd in ["2026-11-21 08:01:00Z", "2026-11-21T08:01Z", "2026-11-21t08:01:00z", "tomorrow", ""] {
        assert_eq!(delay(odd, now), "", "{odd}");
    }
}
