//! What a source of measurements may know about the update that a run judges.
//!
//! It owns the way from a run to its Rollout. It never decides what is measured. Invariant: what is not known is
//! absent, never guessed.

use serde_json::Value;

use crate::sim::model::owner;
use crate::sim::objects::kind::{EXPERIMENT, ROLLOUT};
use crate::sim::objects::{Objects, Place, Stored};

/// What is known about the update.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The Rollout's name.
    pub rollout: Option<String>,
    /// Per cent of the traffic that the new version gets.
    pub weight: Option<u32>,
}

impl Facts {
    /// Gathers what is known about the update that a run judges, directly or through an Experiment.
    pub fn of(objects: &Objects, run: &Stored) -> Self {
        let Some(rollout) = rollout(objects, run) else { return Self::default() };
        Self { rollout: Some(rollout.place.name.to_string()), weight: weight(&rollout.value) }
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
