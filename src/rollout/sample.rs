//! Owns sample Rollouts for tests, written as the API would send them.
//!
//! Test support only: a base in JSON and a patch on it. Invariant: the bases are Healthy by every rule.

use serde::Deserialize;
use serde_json::{Value, json};

use super::parse::{Interner, ReplicaSetObject, RolloutObject};
use super::{ReplicaSet, Rollout};

/// Reads a Rollout from JSON.
pub fn rollout(value: Value) -> Rollout {
    RolloutObject::deserialize(value).unwrap().into_rollout(&mut Interner::new())
}

/// Reads a ReplicaSet from JSON.
pub fn replica_set(value: Value) -> ReplicaSet {
    ReplicaSetObject::deserialize(value).unwrap().into_replica_set(&mut Interner::new())
}

/// A canary at rest, with a ladder of four steps, changed by `patch` (RFC 7386).
pub fn canary(patch: Value) -> Rollout {
    let mut base = json!({
        "metadata": {"name": "api", "namespace": "shop", "uid": "u-1", "generation": 3},
        "spec": {"replicas": 5, "strategy": {"canary": {"steps": [
            {"setWeight": 20}, {"pause": {}}, {"setWeight": 60}, {"pause": {"duration": "5m"}}
        ]}}},
        "status": {
            "observedGeneration": "3", "currentPodHash": "aaa", "stableRS": "aaa", "currentStepIndex": 4,
            "replicas": 5, "updatedReplicas": 5, "readyReplicas": 5, "availableReplicas": 5
        }
    });
    merge(&mut base, patch);
    rollout(base)
}

/// The same canary with a new version `bbb` at step `index`, one of five pods updated, changed by `patch`.
pub fn canary_at(index: i64, patch: Value) -> Rollout {
    let mut status = json!({"status": {
        "currentPodHash": "bbb", "currentStepIndex": index, "updatedReplicas": 1
    }});
    merge(&mut status, patch);
    canary(status)
}

/// A blue-green Rollout at rest, changed by `patch`.
pub fn blue_green(patch: Value) -> Rollout {
    let mut base = json!({
        "metadata": {"name": "web", "namespace": "shop", "uid": "u-2", "generation": 3},
        "spec": {"replicas": 2, "strategy": {"blueGreen": {"activeService": "live", "previewService": "next"}}},
        "status": {
            "observedGeneration": "3", "currentPodHash": "aaa", "stableRS": "aaa",
            "replicas": 2, "updatedReplicas": 2, "readyReplicas": 2, "availableReplicas": 2,
            "blueGreen": {"activeSelector": "aaa", "previewSelector": "aaa"}
        }
    });
    merge(&mut base, patch);
    rollout(base)
}

/// Pause conditions of these reasons, since nine o'clock.
pub fn paused(reasons: &[&str]) -> Value {
    let since = "2026-11-21T09:00:00Z";
    let pauses: Vec<_> = reasons.iter().map(|reason| json!({"reason": reason, "startTime": since})).collect();
    json!({"status": {"pauseConditions": pauses, "controllerPause": true}})
}

/// Merges a patch into a value (RFC 7386).
pub fn merge(value: &mut Value, patch: Value) {
    match patch {
        Value::Object(patch) => {
            if !value.is_object() {
                *value = json!({});
            }
            for (key, change) in patch {
                if change.is_null() {
                    value.as_object_mut().unwrap().remove(&key);
                } else {
                    merge(&mut value[&key], change);
                }
            }
        }
        other => *value = other,
    }
}

/// Joins two patches into one that does what both do in turn.
pub fn both(one: Value, two: Value) -> Value {
    match (one, two) {
        (Value::Object(mut one), Value::Object(two)) => {
            for (key, change) in two {
                let joined = both(one.remove(&key).unwrap_or_default(), change);
                one.insert(key, joined);
            }
            Value::Object(one)
        }
        (_, two) => two,
    }
}
