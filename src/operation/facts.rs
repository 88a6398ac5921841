//! Owns the facts on which a person decides: what was true of a Rollout when an operation was staged.
//!
//! One table ([`Fact`]) says for each fact its name, its place in the stored object and its value, so that what is
//! shown, what the API server is asked to test, and what is compared later cannot differ. It never looks at
//! counters: a pod more or less does not make an operation stale. Invariant: two values are equal here exactly
//! when their stored JSON is.

use std::sync::Arc;

use crate::rollout::{Pauses, Rollout};
use crate::text::Printable;

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
}

/// One fact that an operation may depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// Identity of the object.
    Uid,
    /// Counter of spec changes.
    Generation,
    /// The spec change that the controller has taken note of.
    ObservedGeneration,
    /// The version that is brought in.
    PodHash,
    /// The version that is stable.
    StableHash,
    /// The pause that a person set.
    ManualPause,
    /// The step in progress.
    Step,
    /// The controller's reasons to wait.
    Pauses,
    /// The controller's flag that it waits.
    ControllerPause,
    /// The order to abort.
    Abort,
    /// The order to promote fully.
    FullPromotion,
    /// Name of the step's AnalysisRun.
    AnalysisName,
    /// Status of the step's AnalysisRun.
    AnalysisStatus,
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
        Self {
            name: Printable::ours("the Rollout"),
            was: Printable::ours("there"),
            is: Printable::ours("deleted"),
        }
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
        }
    }

    /// Lists `of` these facts with their values, in the given order.
    pub fn shown(&self, of: &[Fact]) -> Vec<Shown> {
        of.iter().map(|fact| Shown { name: fact.name(), value: fact.words(self) }).collect()
    }

    /// Lists which `of` these facts differ in `now`, in the given order.
    pub fn changes(&self, now: &Self, of: &[Fact]) -> Vec<Change> {
        of.iter()
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

impl Fact {
    /// Returns the human name.
    pub fn name(self) -> Printable {
        Printable::ours(match self {
            Self::Uid => "uid",
            Self::Generation => "generation",
            Self::ObservedGeneration => "observed generation",
            Self::PodHash => "pod hash",
            Self::StableHash => "stable pod hash",
            Self::ManualPause => "paused by hand",
            Self::Step => "step index",
            Self::Pauses => "pause",
            Self::ControllerPause => "controller pause",
            Self::Abort => "abort",
            Self::FullPromotion => "full promotion",
            Self::AnalysisName => "step analysis",
            Self::AnalysisStatus => "step analysis status",
        })
    }

    /// Returns the JSON pointer of the stored field.
    pub fn pointer(self) -> &'static str {
        match self {
            Self::Uid => "/metadata/uid",
            Self::Generation => "/metadata/generation",
            Self::ObservedGeneration => "/status/observedGeneration",
            Self::PodHash => "/status/currentPodHash",
            Self::StableHash => "/status/stableRS",
            Self::ManualPause => "/spec/paused",
            Self::Step => "/status/currentStepIndex",
            Self::Pauses => "/status/pauseConditions",
            Self::ControllerPause => "/status/controllerPause",
            Self::Abort => "/status/abort",
            Self::FullPromotion => "/status/promoteFull",
            Self::AnalysisName => "/status/canary/currentStepAnalysisRunStatus/name",
            Self::AnalysisStatus => "/status/canary/currentStepAnalysisRunStatus/status",
        }
    }

    /// Returns the stored value as JSON; an absent field is `null`, which is what a JSON Patch `test` wants.
    pub fn json(self, facts: &Facts) -> String {
        match self {
            Self::Uid => text(Some(&facts.uid)),
            Self::Generation => facts.generation.to_string(),
            Self::ObservedGeneration => text(facts.observed_generation.as_deref()),
            Self::PodHash => text(facts.pod_hash.as_deref()),
            Self::StableHash => text(facts.stable_hash.as_deref()),
            Self::ManualPause => plain(facts.paused),
            Self::Step => plain(facts.step_index),
            Self::Pauses => facts.pauses.stored.as_deref().unwrap_or("null").to_owned(),
            Self::ControllerPause => plain(facts.controller_pause),
            Self::Abort => plain(facts.abort),
            Self::FullPromotion => plain(facts.promote_full),
            Self::AnalysisName => text(facts.step_analysis.as_ref().map(|run| run.0.as_str())),
            Self::AnalysisStatus => text(facts.step_analysis.as_ref().map(|run| run.1.as_str())),
        }
    }

    fn change(self, was: &Facts, is: &Facts) -> Change {
        let (before, after) = (self.words(was), self.words(is));
        if before == after {
            // The words leave something out (a new member of a pause condition): the stored JSON shows it.
            let json = |facts: &Facts| Printable::from(self.json(facts));
            return Change { name: self.name(), was: json(was), is: json(is) };
        }
        Change { name: self.name(), was: before, is: after }
    }

    /// Returns the value in words.
    pub fn words(self, facts: &Facts) -> Printable {
        match self {
            Self::Pauses => pause_words(&facts.pauses),
            _ => match self.json(facts).as_str() {
                "null" => Printable::ours("not set"),
                json => Printable::from(json.trim_matches('"')),
            },
        }
    }
}

fn pause_words(pauses: &Pauses) -> Printable {
    if pauses.list.is_empty() {
        return Printable::ours("none");
    }
    let each = pauses.list.iter().map(|pause| match pause.since {
        Some(since) => format!("{} since {since}", pause.reason),
        None => pause.reason.to_string(),
    });
    Printable::from(each.collect::<Vec<_>>().join(", "))
}

fn text(value: Option<&str>) -> String {
    value.map_or_else(|| "null".to_owned(), |text| serde_json::Value::from(text).to_string())
}

fn plain(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "null".to_owned(), |value| value.to_string())
}
