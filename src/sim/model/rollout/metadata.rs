//! Labels and annotations that a strategy gives the pods of a version, as long as it has its role.
//!
//! It never touches a label that it has not given. Invariant: what was given is noted in an annotation of the ReplicaSet,
//! so that it can be taken back (Argo: rollout/ephemeralmetadata.go, utils/replicaset `SyncReplicaSetEphemeralPodMetadata`).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::pass::Pass;
use super::put::put;
use super::set::Set;
use crate::sim::objects::Part;
use crate::sim::objects::kind::POD;

const NOTE: &str = "rollout.argoproj.io/ephemeral-metadata";

/// Gives a template labels and annotations, and notes them.
pub fn inject(template: &mut Value, annotations: &mut BTreeMap<String, String>, extra: &Value) {
    for kind in ["labels", "annotations"] {
        if let Some(values) = extra.get(kind).and_then(Value::as_object) {
            for (key, value) in values {
                put(template, &["metadata", kind, key], value.clone());
            }
        }
    }
    annotations.insert(NOTE.to_owned(), extra.to_string());
}

impl Pass<'_> {
    /// Gives what the pods of a version get that is being made.
    pub fn metadata_of_new(&self) -> Option<Value> {
        let has_stable = self.sets.stable_set().is_some();
        let strategy = &self.spec().strategy;
        match (&strategy.canary, &strategy.blue_green) {
            (Some(canary), _) if has_stable => canary.canary_metadata.clone(),
            (Some(canary), _) => canary.stable_metadata.clone(),
            (None, Some(blue_green)) if has_stable => blue_green.preview_metadata.clone(),
            (None, Some(blue_green)) => blue_green.active_metadata.clone(),
            (None, None) => None,
        }
    }

    /// Gives each version what its role brings, and takes back what it no longer brings; pods follow their ReplicaSet.
    pub fn reconcile_metadata(&mut self) {
        let strategy = &self.spec().strategy;
        let (fresh, stable) = match (&strategy.canary, &strategy.blue_green) {
            (Some(canary), _) => (canary.canary_metadata.clone(), canary.stable_metadata.clone()),
            (None, Some(it)) => (it.preview_metadata.clone(), it.active_metadata.clone()),
            (None, None) => return,
        };
        let of_new = if self.sets.separate_stable().is_some() { fresh.as_ref() } else { stable.as_ref() };
        let new = self.sets.new_set().map(|set| (set, of_new));
        let old = self.sets.separate_stable().map(|set| (set, stable.as_ref()));
        let others = self.sets.others().map(|set| (set, None));
        let changes = new.into_iter().chain(old).chain(others);
        let changes = changes.filter_map(|(set, wanted)| Some((set.place.clone(), change(set, wanted)?)));
        for (place, (note, metadata)) in changes.collect::<Vec<_>>() {
            let pods: Vec<_> = self.objects.get(&place).into_iter().collect();
            let pods = pods
                .into_iter()
                .flat_map(|set| self.objects.owned_by(&POD, set))
                .map(|pod| pod.place.clone());
            for pod in pods.collect::<Vec<_>>() {
                self.merge(pod, Part::Whole, json!({ "metadata": metadata }));
            }
            let patch = json!({
                "metadata": { "annotations": { NOTE: note } },
                "spec": { "template": { "metadata": metadata } },
            });
            self.merge(place, Part::Whole, patch);
        }
    }
}

/// Gives the note and the metadata that bring a ReplicaSet's template to what it shall carry, if they are not there.
fn change(set: &Set<'_>, wanted: Option<&Value>) -> Option<(Value, Value)> {
    let noted = set.metadata.annotations.get(NOTE).and_then(|text| serde_json::from_str::<Value>(text).ok());
    if noted.as_ref() == wanted {
        return None;
    }
    let mut metadata = Map::new();
    for kind in ["labels", "annotations"] {
        let of = |value: Option<&Value>| {
            value.and_then(|it| it.get(kind)?.as_object().cloned()).unwrap_or_default()
        };
        let mut changes: Map<_, _> =
            of(noted.as_ref()).into_iter().map(|(key, _)| (key, Value::Null)).collect();
        changes.extend(of(wanted));
        metadata.insert(kind.to_owned(), Value::Object(changes));
    }
    Some((wanted.map_or(Value::Null, |wanted| json!(wanted.to_string())), Value::Object(metadata)))
}
