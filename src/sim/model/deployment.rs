//! The Deployment controller, as far as a Rollout with `workloadRef` needs it: one ReplicaSet for the template.
//!
//! It owns a Deployment's ReplicaSets and its counters. It never moves step by step: the new ReplicaSet gets all
//! replicas at once, older ones lose theirs when it is available. Invariant: `observedGeneration` is the generation
//! that the look saw, which is what Argo waits for.

use serde_json::{Map, Value, json};

use crate::sim::model::rollout::hash::template_hash;
use crate::sim::model::{Outcome, Write, difference, owner};
use crate::sim::objects::kind::REPLICA_SET;
use crate::sim::objects::{Objects, Part, Place, Stored};

/// Label that ties a ReplicaSet and its pods to a version of a Deployment's template.
const HASH: &str = "pod-template-hash";
/// Annotation with the number of the version.
const REVISION: &str = "deployment.kubernetes.io/revision";

/// Looks at one Deployment.
pub fn reconcile(objects: &Objects, place: &Place) -> Outcome {
    let mut outcome = Outcome::default();
    let Some(deployment) = objects.get(place) else { return outcome };
    if owner::leaving(&deployment.value) {
        return outcome;
    }
    let template = deployment.value.pointer("/spec/template").cloned().unwrap_or_default();
    let hash = template_hash(&template, None);
    let desired = deployment.value.pointer("/spec/replicas").and_then(Value::as_u64).unwrap_or(1);
    let sets: Vec<&Stored> = objects.owned_by(&REPLICA_SET, deployment).map(|set| &**set).collect();
    let current = sets.iter().copied().find(|set| {
        set.value.pointer(&format!("/metadata/labels/{HASH}")).and_then(Value::as_str) == Some(hash.as_str())
    });
    match current {
        None => outcome.writes.push(Write::Create {
            kind: &REPLICA_SET,
            namespace: place.namespace.clone(),
            value: new_set(deployment, &template, &hash, (desired, revision(&sets) + 1)),
        }),
        Some(set) => scale(set, desired, &mut outcome),
    }
    if current.is_some_and(|set| number(set, "/status/availableReplicas") >= desired) {
        let older = sets.iter().filter(|set| current.is_some_and(|new| new.place != set.place));
        older.for_each(|set| scale(set, 0, &mut outcome));
    }
    count(deployment, &sets, current, &mut outcome);
    outcome
}

fn new_set(deployment: &Stored, template: &Value, hash: &str, size: (u64, u64)) -> Value {
    let (replicas, revision) = size;
    let mut template = template.clone();
    difference::put(&mut template, &["metadata", "labels", HASH], json!(hash));
    let labels = template.pointer("/metadata/labels").cloned();
    let mut selector = deployment.value.pointer("/spec/selector").cloned().unwrap_or_default();
    difference::put(&mut selector, &["matchLabels", HASH], json!(hash));
    json!({
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": format!("{}-{hash}", deployment.place.name),
            "namespace": *deployment.place.namespace,
            "labels": labels,
            "annotations": {REVISION: revision.to_string()},
            "ownerReferences": [owner::reference("apps/v1", "Deployment", &deployment.value)],
        },
        "spec": {"replicas": replicas, "selector": selector, "template": template},
    })
}

fn scale(set: &Stored, replicas: u64, outcome: &mut Outcome) {
    if number(set, "/spec/replicas") != replicas {
        let patch = json!({"spec": {"replicas": replicas}});
        outcome.writes.push(Write::Merge { place: set.place.clone(), part: Part::Whole, patch });
    }
}

fn count(deployment: &Stored, sets: &[&Stored], current: Option<&Stored>, outcome: &mut Outcome) {
    let sum = |pointer: &str| sets.iter().map(|set| number(set, pointer)).sum::<u64>();
    let counted = [
        ("replicas", sum("/status/replicas")),
        ("updatedReplicas", current.map_or(0, |set| number(set, "/status/replicas"))),
        ("readyReplicas", sum("/status/readyReplicas")),
        ("availableReplicas", sum("/status/availableReplicas")),
    ];
    let mut new = Map::new();
    new.insert("observedGeneration".to_owned(), json!(number(deployment, "/metadata/generation")));
    for (name, number) in counted.into_iter().filter(|(_, number)| *number > 0) {
        new.insert(name.to_owned(), json!(number));
    }
    let old = deployment.value.get("status").cloned().unwrap_or(Value::Null);
    if let Some(patch) = difference::patch(&old, &Value::Object(new)) {
        let patch = json!({ "status": patch });
        outcome.writes.push(Write::Merge { place: deployment.place.clone(), part: Part::Status, patch });
    }
}

fn revision(sets: &[&Stored]) -> u64 {
    let annotation = format!("/metadata/annotations/{}", REVISION.replace('/', "~1"));
    let revisions = sets.iter().filter_map(|set| owner::text(&set.value, &annotation).parse().ok());
    revisions.max().unwrap_or(0)
}

fn number(object: &Stored, pointer: &str) -> u64 {
    object.value.pointer(pointer).and_then(Value::as_u64).unwrap_or(0)
}

#[cfg(test)]
mod tests;
