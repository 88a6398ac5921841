//! What a source of measurements may know about the update that a run judges.
//!
//! It owns the way from a run to its Rollout and to the ReplicaSets of the new and of the stable version. It never
//! decides what is measured. Invariant: what is not known is absent, never guessed.

use jiff::Timestamp;
use serde_json::Value;

use crate::sim::model::owner;
use crate::sim::objects::kind::{EXPERIMENT, REPLICA_SET, ROLLOUT};
use crate::sim::objects::{Objects, Place, Stored};

/// Label that ties a ReplicaSet to a version of a Rollout.
const HASH: &str = "rollouts-pod-template-hash";

/// What is known about the update.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The Rollout's name.
    pub rollout: Option<String>,
    /// Per cent of the traffic that the new version gets.
    pub weight: Option<u32>,
    /// The new version's first image.
    pub image: Option<String>,
    /// The stable version's first image.
    pub stable_image: Option<String>,
    /// The stable version's hash.
    pub stable_hash: Option<String>,
    /// When the new version was first made.
    pub since: Option<Timestamp>,
}

impl Facts {
    /// Gathers what is known about the update that a run judges, directly or through an Experiment.
    pub fn of(objects: &Objects, run: &Stored) -> Self {
        let Some(rollout) = rollout(objects, run) else { return Self::default() };
        let hash = |pointer| Some(owner::text(&rollout.value, pointer)).filter(|hash| !hash.is_empty());
        let set =
            |hash: &str| objects.owned_by(&REPLICA_SET, rollout).find(|set| set.label(HASH) == Some(hash));
        let stable_hash = hash("/status/stableRS");
        let stable = stable_hash.and_then(set);
        let judged = run.label(HASH).or_else(|| hash("/status/currentPodHash"));
        let new = judged.and_then(set);
        Self {
            rollout: Some(rollout.place.name.to_string()),
            weight: weight(&rollout.value),
            image: new.and_then(|set| image(&set.value)),
            stable_image: stable.and_then(|set| image(&set.value)),
            stable_hash: stable_hash.map(str::to_owned),
            since: new.and_then(|set| owner::text(&set.value, "/metadata/creationTimestamp").parse().ok()),
        }
    }
}

fn rollout<'a>(objects: &'a Objects, run: &Stored) -> Option<&'a Stored> {
    let by = owner::controller(&run.value)?;
    let at = |kind, name| objects.get(&Place::new(kind, &run.place.namespace, name)).map(|found| &**found);
    match by.kind {
        "Rollout" => at(&ROLLOUT, by.name),
        "Experiment" => {
            let experiment = at(&EXPERIMENT, by.name)?;
            let by = owner::controller(&experiment.value).filter(|by| by.kind == "Rollout")?;
            at(&ROLLOUT, by.name)
        }
        _ => None,
    }
}

/// The weight that a router reports, else the share of the pods.
fn weight(rollout: &Value) -> Option<u32> {
    let number = |pointer| rollout.pointer(pointer).and_then(Value::as_u64);
    let routed = number("/status/canary/weights/canary/weight");
    let shared = || {
        let all = number("/status/availableReplicas").filter(|all| *all > 0)?;
        Some(number("/status/updatedReplicas").unwrap_or(0) * 100 / all)
    };
    routed.or_else(shared).and_then(|weight| u32::try_from(weight).ok())
}

fn image(set: &Value) -> Option<String> {
    let image = owner::text(set, "/spec/template/spec/containers/0/image");
    (!image.is_empty()).then(|| image.to_owned())
}
