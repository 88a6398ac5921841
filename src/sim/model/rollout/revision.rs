//! Versions: finding the ReplicaSet of the wanted template or making it, and counting revisions.
//!
//! It never scales: a new ReplicaSet begins with no pods. Invariant: the wanted version has the highest revision, and the
//! Rollout's annotation says the same (Argo: rollout/sync.go `createDesiredReplicaSet`, `syncReplicaSetRevision`).

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::conditions::{PROGRESSING, condition};
pub use super::hash::template_hash;
use super::metadata::inject;
use super::pass::Pass;
use super::put::put;
use super::set::{
    DESIRED, HASH, Metadata, REVISION, REVISION_HISTORY, SCALE_DOWN_DEADLINE, Set, SetStatus, Sets,
};
use crate::sim::model::Write;
use crate::sim::objects::kind::REPLICA_SET;
use crate::sim::objects::{Part, Place};

const NOT_COPIED: [&str; 5] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    REVISION,
    REVISION_HISTORY,
    DESIRED,
    "notified.notifications.argoproj.io",
];

impl Pass<'_> {
    /// Makes the ReplicaSet of the wanted template; tells whether there is one now.
    pub fn create_wanted_set(&mut self) -> bool {
        let hash = self.rollout.wanted_hash();
        let namespace = self.place().namespace.clone();
        let name = format!("{}-{hash}", self.rollout.name());
        let place = Place { kind: &REPLICA_SET, namespace: namespace.clone(), name: name.as_str().into() };
        if self.objects.get(&place).is_some() {
            self.bump_collisions();
            return false;
        }
        let revision = self.next_revision();
        let mut annotations = self.copied_annotations();
        annotations.insert(REVISION.to_owned(), revision.to_string());
        annotations.insert(DESIRED.to_owned(), self.spec().wanted().to_string());
        let value = self.set_value(&name, &hash, &mut annotations);
        let metadata =
            Metadata { annotations, creation_timestamp: Some(self.time()), ..Metadata::read(&value) };
        let spec = Cow::Owned(value.get("spec").cloned().unwrap_or_default());
        self.out.writes.push(Write::Create { kind: &REPLICA_SET, namespace, value });
        let mut all = std::mem::take(&mut self.sets.all);
        all.push(Set { place, metadata, spec, replicas: 0, status: SetStatus::default() });
        self.sets = Sets::new(all, &hash, &self.rollout.status.stable_rs);
        if self.has_just_found_workload() {
            // Argo's next write meets the one that noted the workload's generation, and the look ends there.
            return false;
        }
        self.note_revision(&revision.to_string());
        self.tell("NewReplicaSetCreated", format!("Created ReplicaSet {name} (revision {revision})"));
        self.note_progress("NewReplicaSetCreated", format!("Created new replica set \"{name}\""));
        true
    }

    /// Brings revision and copied annotations of the wanted ReplicaSet, and the Rollout's own revision, up to date.
    pub fn sync_revision(&mut self) {
        let next = self.next_revision();
        let copied = self.copied_annotations();
        let min_ready = self.spec().min_ready_seconds;
        let Some(set) = self.sets.new_set_mut() else { return };
        let ready_changed = set.spec.get("minReadySeconds").and_then(Value::as_i64).unwrap_or(0) != min_ready;
        let (place, name) = (set.place.clone(), set.name().to_owned());
        let known = &mut set.metadata.annotations;
        let mut changes: BTreeMap<String, String> =
            copied.into_iter().filter(|(key, value)| known.get(key) != Some(value)).collect();
        let old = known.get(REVISION).cloned();
        if old.as_deref().and_then(|text| text.parse().ok()).unwrap_or(0) < next {
            changes.insert(REVISION.to_owned(), next.to_string());
        }
        if let (Some(old), false) = (old, changes.is_empty()) {
            let history = known.get(REVISION_HISTORY).filter(|text| !text.is_empty());
            let history = history.map_or_else(|| old.clone(), |text| format!("{text},{old}"));
            changes.insert(REVISION_HISTORY.to_owned(), history);
        }
        known.extend(changes.clone());
        let revision = known.get(REVISION).cloned().unwrap_or_default();
        if !changes.is_empty() || ready_changed {
            let mut patch = json!({ "metadata": { "annotations": changes } });
            if ready_changed {
                put(&mut patch, &["spec"], json!({ "minReadySeconds": min_ready }));
            }
            self.merge(place, Part::Whole, patch);
        }
        self.note_revision(&revision);
        if self.was().condition(PROGRESSING).is_none() {
            self.note_progress("FoundNewReplicaSet", format!("Found new replica set \"{name}\""));
        }
    }

    /// Asks for a scale of a ReplicaSet, notes what the Rollout wants on it, and tells it if the scale changes.
    pub fn scale(&mut self, set: &Set<'_>, replicas: i64) -> bool {
        let wanted = self.spec().wanted().to_string();
        let noted = set.metadata.annotations.get(DESIRED) == Some(&wanted);
        let stale = self.spec().wanted() == 0 && set.deadline().is_some();
        if set.replicas == replicas && noted && !stale {
            return false;
        }
        let mut annotations = json!({ DESIRED: wanted });
        if replicas == 0 && set.deadline().is_some() && !self.delays_scale_down_on_abort() {
            put(&mut annotations, &[SCALE_DOWN_DEADLINE], Value::Null);
        }
        let patch = json!({ "metadata": { "annotations": annotations }, "spec": { "replicas": replicas } });
        self.merge(set.place.clone(), Part::Whole, patch);
        if set.replicas == replicas {
            return false;
        }
        let (name, revision, old) = (set.name(), set.metadata.revision(), set.replicas);
        let way = if old < replicas { "up" } else { "down" };
        let message =
            format!("Scaled {way} ReplicaSet {name} (revision {revision}) from {old} to {replicas}");
        self.tell("ScalingReplicaSet", message);
        true
    }

    /// Gives the Rollout's revision.
    pub fn revision(&self) -> i64 {
        self.rollout.metadata.revision()
    }

    fn next_revision(&self) -> i64 {
        self.sets.older().map(|set| set.metadata.revision()).max().unwrap_or(0).max(0).saturating_add(1)
    }

    fn copied_annotations(&self) -> BTreeMap<String, String> {
        let all = self.rollout.metadata.annotations.iter();
        all.filter(|(key, _)| !NOT_COPIED.contains(&key.as_str()))
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect()
    }

    fn note_revision(&mut self, revision: &str) {
        let known = &mut self.rollout.metadata.annotations;
        if known.get(REVISION).is_some_and(|text| text == revision) {
            return;
        }
        known.insert(REVISION.to_owned(), revision.to_owned());
        let mut patch = json!({ "metadata": { "annotations": { REVISION: revision } } });
        let written = self.rollout.stored.value.get("spec").unwrap_or(&Value::Null);
        let nothing = [
            ("paused", json!(false)),
            ("progressDeadlineAbort", json!(false)),
            ("minReadySeconds", json!(0)),
        ];
        for (key, value) in nothing {
            if written.get(key) == Some(&value) {
                put(&mut patch, &["spec", key], Value::Null);
            }
        }
        if let Some(containers) = written.get("template").and_then(go_containers) {
            put(&mut patch, &["spec", "template", "spec", "containers"], containers);
        }
        self.merge(self.place().clone(), Part::Whole, patch);
        self.tell("RolloutUpdated", format!("Rollout updated to revision {revision}"));
    }

    /// Writes the whole status with a condition that says that the look got somewhere.
    fn note_progress(&mut self, reason: &str, message: String) {
        self.rollout.status.set(condition(PROGRESSING, "True", reason, message, self.now));
        let stored = self.rollout.stored.value.get("status").cloned().unwrap_or_else(|| json!({}));
        let status = self.rollout.status.clone();
        self.write_status(&stored, &status);
    }

    fn bump_collisions(&mut self) {
        let mut status = self.was().clone();
        let old = status.to_value();
        status.collision_count = Some(status.collision_count.unwrap_or(0) + 1);
        self.write_status(&old, &status);
    }

    fn set_value(&self, name: &str, hash: &str, annotations: &mut BTreeMap<String, String>) -> Value {
        let mut template = self.spec().template.clone();
        if let Some(containers) = go_containers(&template) {
            put(&mut template, &["spec", "containers"], containers);
        }
        let mut labels = template.pointer("/metadata/labels").cloned().unwrap_or_else(|| json!({}));
        put(&mut labels, &[HASH], json!(hash));
        put(&mut template, &["metadata", "labels"], labels.clone());
        let mut selector = json!({});
        if let Some(wanted) = &self.spec().selector {
            put(&mut selector, &["matchLabels"], json!(wanted.match_labels));
            if !wanted.match_expressions.is_empty() {
                put(&mut selector, &["matchExpressions"], json!(wanted.match_expressions));
            }
        }
        put(&mut selector, &["matchLabels", HASH], json!(hash));
        if let Some(extra) = self.metadata_of_new() {
            inject(&mut template, annotations, &extra);
        }
        let mut spec = json!({ "replicas": 0, "selector": selector, "template": template });
        if self.spec().min_ready_seconds != 0 {
            put(&mut spec, &["minReadySeconds"], json!(self.spec().min_ready_seconds));
        }
        json!({
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "metadata": {
                "name": name,
                "namespace": &*self.place().namespace,
                "labels": labels,
                "annotations": &*annotations,
                "ownerReferences": self.rollout.owner_reference(),
            },
            "spec": spec,
        })
    }
}

/// Gives a template's containers as Argo writes them, each with its `resources`, where that differs. Argo writes the whole
/// Rollout in Go's spelling when it notes a revision (empty fields go, too), which is why a new one soon has generation 2.
fn go_containers(template: &Value) -> Option<Value> {
    let written = template.pointer("/spec/containers")?.as_array()?;
    let mut spelled = written.clone();
    for container in spelled.iter_mut().filter_map(Value::as_object_mut) {
        container.entry("resources").or_insert_with(|| json!({}));
    }
    (spelled != *written).then_some(Value::Array(spelled))
}
