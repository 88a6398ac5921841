//! Owns the facts on which a person decides: what was true of a Rollout when an operation was staged.
//!
//! One table ([`Fact`]) says for each fact its name, its place in the stored object and its value, so that what is
//! shown, what the API server is asked to test, and what is compared later cannot differ. It never looks at
//! counters: a pod more or less does not make an operation stale. Invariant: two values are equal here exactly
//! when their stored JSON is.

use std::sync::Arc;

use crate::rollout::{Pauses, Rollout};
use crate::text::Printable;

mod site;
mod table;

pub use site::{ImageFacts, SiteFacts};
pub use table::Fact;

/// What was true of a Rollout at one moment, as far as operations depend on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// `metadata.uid`.
    pub uid: Arc<str>,
    /// `metadata.generation`.
    pub generation: i64,
    /// `status.observedGeneration`, a string in Argo's API.
    pub observed_generation: Option<Arc<str>>,
    /// `status.currentPodHash`.
    pub pod_hash: Option<Arc<str>>,
    /// `status.stableRS`.
    pub stable_hash: Option<Arc<str>>,
    /// `status.currentStepIndex`.
    pub step_index: Option<i64>,
    /// `status.pauseConditions`, parsed and as stored.
    pub pauses: Pauses,
    /// `status.controllerPause` as stored.
    pub controller_pause: Option<bool>,
    /// `status.abort` as stored.
    pub abort: Option<bool>,
    /// `status.abortedAt` as stored: the controller's mark that it acted on an abort.
    pub aborted_at: Option<Arc<str>>,
    /// `status.promoteFull` as stored.
    pub promote_full: Option<bool>,
    /// `spec.paused` as stored: absent and `false` are told apart.
    pub paused: Option<bool>,
    /// Name and status of the AnalysisRun of the step in progress.
    pub step_analysis: Option<(Printable, Printable)>,
    /// `spec.restartAt` as stored.
    pub restart_at: Option<Arc<str>>,
    /// `status.restartedAt` as stored.
    pub restarted_at: Option<Arc<str>>,
    /// Blue-green: hash that the active service selects (`status.blueGreen.activeSelector`).
    pub active_selector: Option<Arc<str>>,
    /// What the controller last made of the new version: its pods, and its weight where traffic is routed.
    pub carried: (i64, Option<i64>),
    /// What is true of the other object that an order changes; `None` where the Rollout alone was looked at.
    pub site: Option<SiteFacts>,
}

/// One fact as shown: its name and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Human name.
    pub name: Printable,
    /// Value in words.
    pub value: Printable,
}

/// A fact that is no longer what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Human name of the fact.
    pub name: Printable,
    /// Value when the operation was staged.
    pub was: Printable,
    /// Value now.
    pub is: Printable,
}

impl Change {
    /// Describes the deletion of the Rollout as a change.
    pub fn deleted() -> Self {
        Self::gone("the Rollout")
    }

    /// Describes as a change that something is gone.
    pub fn gone(what: impl Into<Printable>) -> Self {
        Self { name: what.into(), was: Printable::ours("there"), is: Printable::ours("deleted") }
    }
}

impl Facts {
    /// Takes the facts of a Rollout as observed.
    pub fn of(rollout: &Rollout) -> Self {
        let status = &rollout.status;
        Self {
            uid: rollout.meta.uid.clone(),
            generation: rollout.meta.generation,
            observed_generation: status.observed_generation.clone(),
            pod_hash: status.current_pod_hash.clone(),
            stable_hash: status.stable_hash.clone(),
            step_index: status.step_index,
            pauses: status.pauses.clone(),
            controller_pause: status.controller_pause,
            abort: status.abort,
            aborted_at: status.aborted_at.clone(),
            promote_full: status.promote_full,
            paused: rollout.spec.paused,
            step_analysis: status.step_analysis.as_ref().map(|run| (run.name.clone(), run.status.clone())),
            restart_at: rollout.spec.restart_at.clone(),
            restarted_at: status.restarted_at.clone(),
            active_selector: status.active_selector.clone(),
            carried: (status.replicas.updated, status.weights.map(|weights| weights.canary)),
            site: None,
        }
    }

    /// Lists `of` these facts with their values, in the given order.
    pub fn shown(&self, of: &[Fact]) -> Vec<Shown> {
        of.iter().map(|fact| Shown { name: fact.name(), value: fact.words(self) }).collect()
    }

    /// Lists which `of` these facts differ in `now`, in the given order; what `now` did not look at has not changed.
    pub fn changes(&self, now: &Self, of: &[Fact]) -> Vec<Change> {
        of.iter()
            .filter(|fact| now.site.is_some() || !fact.is_of_site())
            .filter(|fact| fact.json(self) != fact.json(now))
            .map(|fact| fact.change(self, now))
            .collect()
    }

    /// Tells whether the controller has taken note of the newest spec.
    ///
    /// What is no number, or larger than the generation, is an old controller's hash and counts as observed
    /// (Argo: utils/rollout/rolloututil.go, `isGenerationObserved`).
    pub fn spec_observed(&self) -> bool {
        let observed = self.observed_generation.as_deref().and_then(|text| text.parse::<i64>().ok());
        observed.is_none_or(|seen| seen >= self.generation)
    }

    /// Tells whether the wanted version is the stable one (Argo: `IsFullyPromoted`); false while no version is known.
    pub fn fully_promoted(&self) -> bool {
        known(&self.pod_hash).is_some() && self.pod_hash == self.stable_hash
    }

    /// Tells whether the controller waits for something.
    pub fn waits(&self) -> bool {
        !self.pauses.list.is_empty()
    }

    /// Tells whether the controller waits for `reason`.
    pub fn waits_for(&self, reason: &str) -> bool {
        self.pauses.list.iter().any(|pause| pause.reason.as_str() == reason)
    }
}

/// Returns the text if there is any; the API stores an empty hash as absent or as an empty string.
pub(super) fn known(hash: &Option<Arc<str>>) -> Option<&str> {
    hash.as_deref().filter(|text| !text.is_empty())
}
