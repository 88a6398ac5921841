//! A ReplicaSet as the Rollout's controller reads it, and all of a Rollout's ReplicaSets with their roles.
//!
//! It owns who is new, who is stable and who is neither. It never changes a ReplicaSet. Invariant: the counts are those
//! that were stored when the look began, even after the same look has asked for others, as Argo's own cache gives them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::sim::objects::{Place, Stored};

/// The label that tells versions apart.
pub const HASH: &str = "rollouts-pod-template-hash";
/// The annotation with a version's revision.
pub const REVISION: &str = "rollout.argoproj.io/revision";
/// The annotation with the revisions that a version had before.
pub const REVISION_HISTORY: &str = "rollout.argoproj.io/revision-history";
/// The annotation with the number of pods that the Rollout wants.
pub const DESIRED: &str = "rollout.argoproj.io/desired-replicas";
/// The annotation with the time at which an old version goes.
pub const SCALE_DOWN_DEADLINE: &str = "scale-down-deadline";

/// `metadata` of an object, as far as a controller reads it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Metadata {
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// Its uid.
    pub uid: String,
    /// Its generation.
    pub generation: i64,
    /// When it was made.
    pub creation_timestamp: Option<Timestamp>,
    /// When its deletion began.
    pub deletion_timestamp: Option<Timestamp>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its annotations.
    pub annotations: BTreeMap<String, String>,
}

impl Metadata {
    /// Reads an object's metadata.
    pub fn read(object: &Value) -> Self {
        object.get("metadata").and_then(|value| Self::deserialize(value).ok()).unwrap_or_default()
    }

    /// Gives the version's hash; empty where there is none.
    pub fn hash(&self) -> &str {
        self.labels.get(HASH).map_or("", String::as_str)
    }

    /// Gives the revision; 0 where there is none.
    pub fn revision(&self) -> i64 {
        self.annotations.get(REVISION).and_then(|text| text.parse().ok()).unwrap_or(0)
    }
}

/// A ReplicaSet.
#[derive(Clone, Debug)]
pub struct Set<'a> {
    /// Where it lives.
    pub place: Place,
    /// Its metadata.
    pub metadata: Metadata,
    /// Its spec, as stored.
    pub spec: Cow<'a, Value>,
    /// Pods that it shall have.
    pub replicas: i64,
    /// How it stands.
    pub status: SetStatus,
}

/// `status` of a ReplicaSet.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SetStatus {
    /// Pods.
    pub replicas: i64,
    /// Pods that are ready.
    pub ready_replicas: i64,
    /// Pods that are available.
    pub available_replicas: i64,
    /// The generation that its controller has seen.
    pub observed_generation: i64,
    /// Conditions; only failures have any.
    pub conditions: Vec<SetCondition>,
}

/// A condition of a ReplicaSet.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SetCondition {
    /// What it speaks of.
    #[serde(rename = "type")]
    pub kind: String,
    /// `True` or `False`.
    pub status: String,
    /// When its status last changed.
    pub last_transition_time: Timestamp,
    /// Why, in one word.
    pub reason: String,
    /// Why, for people.
    pub message: String,
}

impl<'a> Set<'a> {
    /// Reads a stored ReplicaSet.
    pub fn read(stored: &'a Stored) -> Self {
        let spec = stored.value.get("spec").unwrap_or(&Value::Null);
        let status = stored.value.get("status").and_then(|status| SetStatus::deserialize(status).ok());
        Self {
            place: stored.place.clone(),
            metadata: Metadata::read(&stored.value),
            spec: Cow::Borrowed(spec),
            replicas: spec.get("replicas").and_then(Value::as_i64).unwrap_or(1),
            status: status.unwrap_or_default(),
        }
    }

    /// Gives its name.
    pub fn name(&self) -> &str {
        &self.place.name
    }

    /// Gives the version's hash.
    pub fn hash(&self) -> &str {
        self.metadata.hash()
    }

    /// Gives the time at which it goes, if it has one.
    pub fn deadline(&self) -> Option<&str> {
        self.metadata.annotations.get(SCALE_DOWN_DEADLINE).map(String::as_str).filter(|text| !text.is_empty())
    }

    /// Tells whether it has all pods that the Rollout wants, by its own note too (Argo: `annotations.IsSaturated`).
    pub fn is_saturated(&self, wanted: i64) -> bool {
        let noted = self.metadata.annotations.get(DESIRED).and_then(|text| text.parse::<i64>().ok());
        self.replicas == wanted && noted == Some(wanted) && self.status.available_replicas == wanted
    }

    /// Tells whether it has pods and all of them are available.
    pub fn is_available(&self) -> bool {
        let available = self.status.available_replicas;
        self.replicas != 0 && available != 0 && self.replicas <= available
    }
}

/// All ReplicaSets of a Rollout.
#[derive(Clone, Debug, Default)]
pub struct Sets<'a> {
    /// Each of them.
    pub all: Vec<Set<'a>>,
    new: Option<usize>,
    stable: Option<usize>,
}

impl<'a> Sets<'a> {
    /// Gives them their roles by hash (Argo: utils/replicaset `FindNewReplicaSet`, `GetStableRS`).
    pub fn new(all: Vec<Set<'a>>, wanted: &str, stable: &str) -> Self {
        let find = |hash: &str| {
            let found = all.iter().enumerate().filter(|(_, set)| !hash.is_empty() && set.hash() == hash);
            found.min_by_key(|(_, set)| set.metadata.creation_timestamp).map(|(index, _)| index)
        };
        let (new, stable) = (find(wanted), find(stable));
        Self { all, new, stable }
    }

    /// Gives the wanted version.
    pub fn new_set(&self) -> Option<&Set<'a>> {
        self.new.and_then(|index| self.all.get(index))
    }

    /// Gives the wanted version, to note on it.
    pub fn new_set_mut(&mut self) -> Option<&mut Set<'a>> {
        self.new.and_then(|index| self.all.get_mut(index))
    }

    /// Gives the stable version.
    pub fn stable_set(&self) -> Option<&Set<'a>> {
        self.stable.and_then(|index| self.all.get(index))
    }

    /// Gives the stable version where it is not the wanted one.
    pub fn separate_stable(&self) -> Option<&Set<'a>> {
        self.stable_set().filter(|_| self.stable != self.new)
    }

    /// Gives those that are neither wanted nor stable.
    pub fn others(&self) -> impl Iterator<Item = &Set<'a>> {
        let indexed = self.all.iter().enumerate();
        indexed
            .filter(|(index, _)| Some(*index) != self.new && Some(*index) != self.stable)
            .map(|(_, set)| set)
    }

    /// Gives all but the wanted one.
    pub fn older(&self) -> impl Iterator<Item = &Set<'a>> {
        self.all.iter().enumerate().filter(|(index, _)| Some(*index) != self.new).map(|(_, set)| set)
    }

    /// Gives the one of a hash.
    pub fn of(&self, hash: &str) -> Option<&Set<'a>> {
        self.all.iter().rfind(|set| !hash.is_empty() && set.hash() == hash)
    }

    /// Gives available pods of all versions.
    pub fn available(&self) -> i64 {
        self.all.iter().map(|set| set.status.available_replicas).sum()
    }

    /// Gives pods of all versions.
    pub fn replicas(&self) -> i64 {
        self.all.iter().map(|set| set.status.replicas).sum()
    }
}
