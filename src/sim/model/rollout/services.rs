//! Services: which version they lead to.
//!
//! It owns the switch of a selector and when it may happen. Weights are the router's. Invariant: a Service is never led to
//! a version without an available pod, except back to the stable one (Argo: rollout/service.go).

use serde_json::json;

use super::pass::Pass;
use super::put::put;
use super::replicas::wanted_weight;
use super::set::{HASH, Set};
use crate::sim::model::service::MANAGED_BY;
use crate::sim::objects::Part;

impl Pass<'_> {
    /// Leads a Service to a version; a Service that is there already is left alone.
    pub fn switch_service(&mut self, name: &str, hash: &str) {
        let rollout = self.rollout.name().to_owned();
        let Some(service) = self.services.get_mut(name) else { return };
        let old = service.selector.get(HASH).cloned();
        let is_managed = service.annotations.contains_key(MANAGED_BY);
        if old.as_deref() == Some(hash) && is_managed {
            return;
        }
        service.selector.insert(HASH.to_owned(), hash.to_owned());
        service.annotations.entry(MANAGED_BY.to_owned()).or_insert_with(|| rollout.clone());
        let place = service.place.clone();
        let mut patch = json!({ "spec": { "selector": { HASH: hash } } });
        if !is_managed {
            put(&mut patch, &["metadata"], json!({ "annotations": { MANAGED_BY: rollout } }));
        }
        self.merge(place, Part::Whole, patch);
        let old = old.unwrap_or_default();
        self.tell(
            "SwitchService",
            format!("Switched selector for service '{name}' from '{old}' to '{hash}'"),
        );
    }

    /// Gives the version that a Service leads to; empty where it leads to all.
    pub fn selected(&self, name: &str) -> String {
        self.services.get(name).and_then(|service| service.selector.get(HASH)).cloned().unwrap_or_default()
    }

    /// Leads a canary's Services to its versions; tells whether they are all there (Argo: `reconcileStableAndCanaryService`).
    pub fn point_canary_services(&mut self) -> bool {
        let Some(canary) = &self.spec().strategy.canary else { return true };
        let (stable_service, canary_service) = (canary.stable_service.clone(), canary.canary_service.clone());
        let stable = self.sets.stable_set().cloned();
        if !self.lead(&stable_service, stable.as_ref(), true) {
            return false;
        }
        if self.is_aborted() && self.spec().routing().is_none() {
            return self.lead(&canary_service, stable.as_ref(), true);
        }
        // While an aborted version still has pods, Argo leads this Service to it and back again in every look, without
        // end (and `route` leads it back here too). What counts is where it ends: at the stable version.
        let goes_back = self.is_aborted() && (!self.spec().is_dynamic() || self.weight_going_back() == 0);
        if self.dynamic_rollback().is_some() || goes_back {
            return true;
        }
        let new = self.sets.new_set().cloned();
        self.lead(&canary_service, new.as_ref(), true)
    }

    /// Leads a Service to a version as soon as that can serve (Argo: `ensureSVCTargets`); false where there is none of that name.
    pub fn lead(&mut self, name: &str, set: Option<&Set<'_>>, checks: bool) -> bool {
        let (Some(set), false) = (set, name.is_empty()) else { return true };
        let Some(service) = self.services.get(name) else { return false };
        if service.selector.get(HASH).is_some_and(|hash| hash == set.hash()) {
            return true;
        }
        let is_new_here = !service.annotations.contains_key(MANAGED_BY);
        let waits = (is_new_here && !set.is_available()) || set.status.available_replicas == 0;
        if !(checks && waits) {
            self.switch_service(name, set.hash());
        }
        true
    }

    /// Gives the version from which a canary with a shrinking stable one goes back, while that grows again (Argo:
    /// `IsDynamicallyRollingBackToStable`).
    pub fn dynamic_rollback(&self) -> Option<String> {
        let weights = self.was().canary.weights.as_ref()?;
        let (new, from) = (self.sets.new_set()?, &weights.canary.pod_template_hash);
        let goes_back = self.spec().is_dynamic() && self.was().is_promoted() && from != new.hash();
        (goes_back && new.status.available_replicas < self.spec().wanted()).then(|| from.clone())
    }

    /// Gives the weight on the way back to the stable version (Argo: `calculateDesiredWeightOnAbortOrStableRollback`).
    pub fn weight_going_back(&self) -> i64 {
        let (wanted, whole) = (self.spec().wanted(), self.spec().whole_weight());
        let (Some(stable), Some(_), true) =
            (self.sets.stable_set(), self.sets.new_set(), self.spec().is_dynamic() && wanted > 0)
        else {
            return 0;
        };
        let asked = wanted_weight(&self.rollout, &self.sets);
        let served = (whole * stable.status.available_replicas) / wanted;
        let expected = (whole - served).max(0);
        let Some(current) = self.was().canary.weights.as_ref().map(|weights| weights.canary.weight) else {
            return expected.max(asked);
        };
        if asked <= 0 {
            return expected.min(current);
        }
        if served < whole - asked { current } else { asked.min(current) }
    }
}
