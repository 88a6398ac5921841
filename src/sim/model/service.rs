//! What becomes of a Service that no Rollout names any more.
//!
//! It owns taking back what Argo's controller wrote into it: the hash in its selector, and by whom it is managed (Argo:
//! service/service.go, `syncService`). It never leads a Service anywhere: that is the Rollout's. Invariant: a Service
//! without a hash is left alone.

use serde_json::{Value, json};

use super::{Outcome, Write};
use crate::sim::objects::kind::ROLLOUT;
use crate::sim::objects::{Objects, Part, Place, Stored};

/// The label by which versions are told apart, in a Service's selector.
const HASH: &str = "rollouts-pod-template-hash";
/// The annotation that says which Rollout a Service belongs to.
pub const MANAGED_BY: &str = "argo-rollouts.argoproj.io/managed-by-rollouts";

/// Looks at one Service.
pub fn reconcile(objects: &Objects, place: &Place) -> Outcome {
    let mut outcome = Outcome::default();
    let Some(service) = objects.get(place) else { return outcome };
    let selector = service.value.pointer("/spec/selector");
    if selector.and_then(|selector| selector.get(HASH)).is_none() || is_named(objects, service) {
        return outcome;
    }
    // One that has a hash and no annotation Argo leaves as it is: its patch for that case takes the annotation alone.
    if service.annotation(MANAGED_BY).is_some() {
        let patch = json!({
            "metadata": {"annotations": {MANAGED_BY: null}},
            "spec": {"selector": {HASH: null}},
        });
        outcome.writes.push(Write::Merge { place: place.clone(), part: Part::Whole, patch });
    }
    outcome
}

/// Tells whether the Rollout that manages a Service names it; where none is said to, any will do.
fn is_named(objects: &Objects, service: &Stored) -> bool {
    let place = &service.place;
    match service.annotation(MANAGED_BY) {
        Some(by) => objects
            .get(&Place::new(&ROLLOUT, &place.namespace, by))
            .is_some_and(|rollout| names(&rollout.value, &place.name)),
        None => {
            objects.list(&ROLLOUT, Some(&place.namespace)).any(|rollout| names(&rollout.value, &place.name))
        }
    }
}

/// Tells whether a Rollout's spec names a Service (Argo: utils/service/service.go, `GetRolloutServiceKeys`).
pub fn names(rollout: &Value, service: &str) -> bool {
    let paths = [
        "/spec/strategy/canary/canaryService",
        "/spec/strategy/canary/stableService",
        "/spec/strategy/canary/pingPong/pingService",
        "/spec/strategy/canary/pingPong/pongService",
        "/spec/strategy/blueGreen/activeService",
        "/spec/strategy/blueGreen/previewService",
    ];
    paths.iter().any(|path| rollout.pointer(path).and_then(Value::as_str) == Some(service))
}
