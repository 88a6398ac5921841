//! One look at one Rollout: what was found, what the status will be, what is to be done.
//!
//! It owns the writes and the time of the next look. The rules stand in the files beside it, as methods on [`Pass`].
//! Invariant: `rollout.status` stays what it was when the look began (with the one condition that making a ReplicaSet
//! adds); `next` becomes what it will be.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::conditions::{later, whole};
use super::pause::Intent;
use super::revision::template_hash;
use super::runs::Runs;
use super::set::{Metadata, Set, Sets};
use super::spec::Spec;
use super::status::{Status, difference};
use crate::sim::model::{Outcome, Write};
use crate::sim::objects::kind::{REPLICA_SET, SERVICE};
use crate::sim::objects::{Objects, Part, Place, Stored};

/// A Rollout.
#[derive(Clone, Debug)]
pub struct Rollout<'a> {
    /// The Rollout as stored.
    pub stored: &'a Stored,
    /// Its metadata.
    pub metadata: Metadata,
    /// Its spec.
    pub spec: Spec,
    /// Its status when the look began.
    pub status: Status,
}

/// A Service.
#[derive(Clone, Debug)]
pub struct Service {
    /// Where it lives.
    pub place: Place,
    /// Its annotations.
    pub annotations: BTreeMap<String, String>,
    /// Its selector.
    pub selector: BTreeMap<String, String>,
}

/// One look.
pub struct Pass<'a> {
    /// The objects as they stand.
    pub objects: &'a Objects,
    /// The time of the look.
    pub now: Timestamp,
    /// The Rollout.
    pub rollout: Rollout<'a>,
    /// Its ReplicaSets.
    pub sets: Sets<'a>,
    /// Its AnalysisRuns and Experiments.
    pub runs: Runs<'a>,
    /// The Services it names, as they will be after this look's writes.
    pub services: BTreeMap<String, Service>,
    /// The status to come.
    pub next: Status,
    /// What this look found out about pausing and aborting.
    pub intent: Intent,
    /// What is to be done.
    pub out: Outcome,
}

impl<'a> Rollout<'a> {
    /// Reads a stored Rollout; `None` where its spec or status cannot be read.
    pub fn read(stored: &'a Stored) -> Option<Self> {
        let status = stored.value.get("status").filter(|status| !status.is_null());
        Some(Self {
            stored,
            metadata: Metadata::read(&stored.value),
            spec: Spec::deserialize(stored.value.get("spec")?).ok()?,
            status: status.map_or(Some(Status::default()), |status| Status::deserialize(status).ok())?,
        })
    }

    /// Gives its name.
    pub fn name(&self) -> &str {
        &self.stored.place.name
    }

    /// Gives the reference by which it owns what it makes.
    pub fn owner_reference(&self) -> Value {
        json!([{
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Rollout",
            "name": self.name(),
            "uid": self.metadata.uid,
            "controller": true,
            "blockOwnerDeletion": true,
        }])
    }

    /// Gives the hash of the wanted version.
    pub fn wanted_hash(&self) -> String {
        template_hash(&self.spec.template, self.status.collision_count)
    }
}

impl<'a> Pass<'a> {
    /// Begins a look.
    pub fn begin(objects: &'a Objects, rollout: Rollout<'a>, now: Timestamp) -> Self {
        let owned = objects.owned_by(&REPLICA_SET, rollout.stored);
        let all = owned.map(|stored| Set::read(stored)).collect();
        let sets = Sets::new(all, &rollout.wanted_hash(), &rollout.status.stable_rs);
        let runs = Runs::read(objects, &rollout);
        let mut next = Status { restarted_at: rollout.status.restarted_at, ..Status::default() };
        next.canary.weights.clone_from(&rollout.status.canary.weights);
        let services = services(objects, &rollout);
        let (intent, out) = (Intent::default(), Outcome::default());
        Self { objects, now, rollout, sets, runs, services, next, intent, out }
    }

    /// Gives the Rollout's place.
    pub fn place(&self) -> &Place {
        &self.rollout.stored.place
    }

    /// Gives the spec.
    pub fn spec(&self) -> &Spec {
        &self.rollout.spec
    }

    /// Gives the status as it was when the look began.
    pub fn was(&self) -> &Status {
        &self.rollout.status
    }

    /// Tells whether the update is aborted, counting what this look found.
    pub fn is_aborted(&self) -> bool {
        self.intent.is_aborted(self.was())
    }

    /// Tells an Event.
    pub fn tell(&mut self, reason: &'static str, message: impl Into<String>) {
        self.say(false, reason, message.into());
    }

    /// Tells a warning.
    pub fn warn(&mut self, reason: &'static str, message: impl Into<String>) {
        self.say(true, reason, message.into());
    }

    fn say(&mut self, warning: bool, reason: &'static str, message: String) {
        let about = self.place().clone();
        self.out.writes.push(Write::Tell { about, warning, reason, message });
    }

    /// Merges a patch into an object.
    pub fn merge(&mut self, place: Place, part: Part, patch: Value) {
        self.out.writes.push(Write::Merge { place, part, patch });
    }

    /// Writes the difference between two statuses and tells whether there was one.
    pub fn write_status(&mut self, old: &Value, new: &Status) -> bool {
        let Some(patch) = difference(old, &new.to_value()) else { return false };
        self.merge(self.place().clone(), Part::Status, json!({ "status": patch }));
        true
    }

    /// Looks again after some seconds.
    pub fn again_in(&mut self, seconds: i64) {
        self.out.look_again(later(self.now, seconds));
    }

    /// Gives the current time as the API writes it.
    pub fn time(&self) -> Timestamp {
        whole(self.now)
    }
}

fn services(objects: &Objects, rollout: &Rollout<'_>) -> BTreeMap<String, Service> {
    let strategy = &rollout.spec.strategy;
    let canary = strategy.canary.iter().flat_map(|canary| [&canary.canary_service, &canary.stable_service]);
    let blue_green = strategy.blue_green.iter().flat_map(|it| [&it.active_service, &it.preview_service]);
    let mut found = BTreeMap::new();
    for name in canary.chain(blue_green).filter(|name| !name.is_empty()) {
        let namespace = rollout.stored.place.namespace.clone();
        let place = Place { kind: &SERVICE, namespace, name: name.as_str().into() };
        if let Some(stored) = objects.get(&place) {
            let selector = stored.value.pointer("/spec/selector");
            let selector = selector.and_then(|value| BTreeMap::deserialize(value).ok()).unwrap_or_default();
            let annotations = Metadata::read(&stored.value).annotations;
            found.insert(name.clone(), Service { place, annotations, selector });
        }
    }
    found
}
