//! Argo's Rollout controller, v1.9.1, as one pure look at one Rollout.
//!
//! It owns the order of a look: resolve, check, make the ReplicaSet, note pauses, and then scaling alone or the strategy.
//! The rules stand in the files beside it. It never measures a metric and never makes a pod. Invariant: every look starts
//! from the stored objects alone (Argo: rollout/controller.go `syncHandler`, rollout/context.go `reconcile`).

use jiff::Timestamp;
use serde_json::json;

use crate::sim::model::Outcome;
use crate::sim::objects::{Objects, Part, Place};

use pass::{Pass, Rollout};
use set::DESIRED;

mod analysis;
mod blue_green;
mod canary;
pub mod conditions;
mod experiment;
pub(super) mod hash;
mod judge;
mod metadata;
mod pass;
mod pause;
mod phase;
mod put;
mod replicas;
mod restart;
mod revision;
mod route;
mod router;
mod runs;
mod scale;
mod services;
mod set;
mod settle;
pub(super) mod spec;
mod status;
mod steps;
pub(super) mod templates;
mod valid;
mod workload;

pub use hash::template_hash;

#[cfg(test)]
mod tests;

/// The label of objects that belong to a controller with a name, which this one has not.
const INSTANCE: &str = "argo-rollouts.argoproj.io/controller-instance-id";

/// Looks at one Rollout.
pub fn reconcile(objects: &Objects, place: &Place, now: Timestamp) -> Outcome {
    let Some(mut rollout) = objects.get(place).and_then(|stored| Rollout::read(stored)) else {
        return Outcome::default();
    };
    let metadata = &rollout.metadata;
    if metadata.deletion_timestamp.is_some() || metadata.labels.contains_key(INSTANCE) {
        return Outcome::default();
    }
    let fault = workload::resolve(objects, &mut rollout)
        .and_then(|()| valid::check(&rollout))
        .and_then(|()| valid::references::check(objects, &rollout));
    let mut pass = Pass::begin(objects, rollout, now);
    if pass.rollout.stored.value.get("status").is_none() {
        let (namespace, name) = (place.namespace.clone(), place.name.clone());
        pass.tell(
            "RolloutAddedToInformer",
            format!("Rollout resource added to informer: {namespace}/{name}"),
        );
    }
    pass.note_workload();
    match fault {
        Ok(()) => pass.look(),
        Err(fault) => pass.refuse(&fault),
    }
    pass.out
}

impl Pass<'_> {
    fn look(&mut self) {
        if self.sets.new_set().is_none() && !self.create_wanted_set() {
            return;
        }
        if self.was().is_promoted() && self.is_aborted() {
            self.intent.unabort();
        }
        if self.spec().replicas.is_none() {
            return self.merge(self.place().clone(), Part::Whole, json!({ "spec": { "replicas": 1 } }));
        }
        self.note_pause();
        if self.is_scaled() {
            self.scale_alone();
        } else if self.spec().strategy.blue_green.is_some() {
            self.look_at_blue_green();
        } else {
            self.look_at_canary();
        }
    }

    /// Tells whether only the wanted number of pods has changed, by what versions with pods have noted (Argo:
    /// `isScalingEvent`).
    fn is_scaled(&self) -> bool {
        let wanted = self.spec().wanted();
        let both = self.sets.new_set().into_iter().chain(self.sets.stable_set());
        let noted =
            both.filter(|set| set.replicas > 0).filter_map(|set| set.metadata.annotations.get(DESIRED));
        noted.filter_map(|text| text.parse::<i64>().ok()).any(|noted| noted != wanted)
    }

    /// Scales and counts, and leaves steps and pauses alone (Argo: `syncReplicasOnly`).
    fn scale_alone(&mut self) {
        self.sync_revision();
        self.next = self.was().clone();
        if let Some(strategy) = self.spec().strategy.blue_green.clone() {
            self.reconcile_blue_green_sets(&strategy);
            let mut next = std::mem::take(&mut self.next);
            self.recount_blue_green(&mut next);
            self.next = next;
        } else {
            self.reconcile_canary_sets();
            self.next.available_replicas = self.sets.available();
            self.next.hpa_replicas = self.sets.replicas();
        }
        self.persist();
    }
}
