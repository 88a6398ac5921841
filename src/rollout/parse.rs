//! Owns the way from the API's JSON to the domain's values: lean serde types that skip what is never shown.
//!
//! It never fails on an unknown, missing or wrongly typed field: what is known is kept. It never keeps
//! `managedFields` (of a Rollout's, the two last writers' names) or `last-applied-configuration`. Invariant: every free text leaves it as
//! [`crate::text::Printable`]. Wire types read from a stream ([`kube`]'s watcher) or from a JSON value (a dump), and
//! turn into the domain through an [`Interner`], so that what repeats across objects is held once.

use serde::Deserialize;
use serde_json::Value;

use super::delta::Object;
use crate::text::Printable;

pub mod analysis;
pub mod event;
pub mod intern;
mod lenient;
mod meta;
pub mod pod;
mod resource;
pub mod rollout;
mod routing;
mod selector;
mod spec;
mod status;
mod steps;
#[cfg(test)]
mod tests;
pub mod workload;
mod writers;

pub use analysis::{AnalysisRunObject, ExperimentObject};
pub use event::EventObject;
pub use intern::Interner;
pub use pod::PodObject;
pub use rollout::RolloutObject;
pub use workload::{DeploymentObject, ReplicaSetObject};

/// Names who keeps an object in step with a repository: an Argo CD application or a Flux object, if anyone.
pub fn tracked_by(object: &Value) -> Option<Printable> {
    let metadata = meta::lean(object.get("metadata")?.clone()).ok()?;
    meta::tracked_by(&metadata, object.get("kind").and_then(Value::as_str)?)
}

/// Reads one object of a dump, by its `apiVersion` and `kind`; `None` where it is of a kind that is not watched.
pub fn from_value(value: Value, interner: &mut Interner) -> Option<Object> {
    let text = |field: &str| value.get(field).and_then(Value::as_str);
    let (group, _version) = text("apiVersion")?.rsplit_once('/').unwrap_or_default();
    match (group, text("kind")?) {
        ("argoproj.io", "Rollout") => {
            let wire = RolloutObject::deserialize(value).ok()?;
            Some(Object::Rollout(Box::new(wire.into_rollout(interner))))
        }
        ("argoproj.io", "AnalysisRun") => {
            let wire = AnalysisRunObject::deserialize(value).ok()?;
            Some(Object::AnalysisRun(Box::new(wire.into_analysis_run(interner))))
        }
        ("argoproj.io", "Experiment") => {
            let wire = ExperimentObject::deserialize(value).ok()?;
            Some(Object::Experiment(Box::new(wire.into_experiment(interner))))
        }
        ("apps", "ReplicaSet") => {
            let wire = ReplicaSetObject::deserialize(value).ok()?;
            Some(Object::ReplicaSet(Box::new(wire.into_replica_set(interner))))
        }
        ("apps", "Deployment") => {
            let wire = DeploymentObject::deserialize(value).ok()?;
            Some(Object::Deployment(Box::new(wire.into_deployment(interner))))
        }
        ("", "Pod") => {
            let wire = PodObject::deserialize(value).ok()?;
            Some(Object::Pod(Box::new(wire.into_pod(interner))))
        }
        _ => None,
    }
}
