//! A Rollout whose template stands in another workload.
//!
//! It owns looking that up and noting which generation of it was seen. It never scales the workload. Invariant: what is
//! found counts for one look only; the Rollout itself keeps no template (Argo: rollout/templateref.go).

use serde::Deserialize;
use serde_json::json;

use super::pass::{Pass, Rollout};
use super::spec::Selector;
use crate::sim::objects::kind::{DEPLOYMENT, POD_TEMPLATE, REPLICA_SET};
use crate::sim::objects::{Objects, Part, Place};

/// The annotation with the workload's generation.
const GENERATION: &str = "rollout.argoproj.io/workload-generation";

/// Takes template and selector from the workload that a Rollout names, if it names one.
///
/// # Errors
/// What Argo says where there is no such workload.
pub fn resolve(objects: &Objects, rollout: &mut Rollout<'_>) -> Result<(), String> {
    let Some(reference) = rollout.spec.workload_ref.clone() else { return Ok(()) };
    if !rollout.spec.template.is_null() && rollout.spec.template.pointer("/spec/containers").is_some() {
        return Err("template must be empty for workload reference rollout".to_owned());
    }
    let (kind, template) = match reference.kind.as_str() {
        "Deployment" => (&DEPLOYMENT, "/spec/template"),
        "ReplicaSet" => (&REPLICA_SET, "/spec/template"),
        "PodTemplate" => (&POD_TEMPLATE, "/template"),
        other => return Err(format!("workload of type apps/{other} is not supported")),
    };
    let namespace = &rollout.stored.place.namespace;
    let Some(workload) = objects.get(&Place::new(kind, namespace, &reference.name)) else {
        return Err(format!("{} \"{namespace}/{}\" not found", kind.resource(), reference.name));
    };
    rollout.spec.template = workload.value.pointer(template).cloned().unwrap_or_default();
    if rollout.spec.selector.is_none() {
        let selector = workload.value.pointer("/spec/selector");
        rollout.spec.selector = selector.and_then(|selector| Selector::deserialize(selector).ok());
    }
    let generation = workload.generation().unwrap_or(0).to_string();
    rollout.metadata.annotations.insert(GENERATION.to_owned(), generation);
    Ok(())
}

impl Pass<'_> {
    /// Notes the workload's generation on the Rollout, where it is not noted yet.
    pub fn note_workload(&mut self) {
        let Some(seen) = self.rollout.metadata.annotations.get(GENERATION).cloned() else { return };
        if self.spec().workload_ref.is_some() && self.rollout.stored.annotation(GENERATION) != Some(&seen) {
            let patch = json!({ "metadata": { "annotations": { GENERATION: seen } } });
            self.merge(self.place().clone(), Part::Whole, patch);
        }
    }

    /// Tells whether this look is the first that knows the workload.
    pub fn has_just_found_workload(&self) -> bool {
        self.spec().workload_ref.is_some() && self.rollout.stored.annotation(GENERATION).is_none()
    }
}
