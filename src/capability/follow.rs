//! Owns what Rollouts show of their controller as they change: which of them wait for it, and when it last acted.
//!
//! Signs, kept on the [`Board`]; it never judges them. Invariant: only what nobody but the controller writes counts as its
//! act, and a wait is dated from when it was seen, never from when it may have begun.

use jiff::Timestamp;

use super::Board;
use crate::rollout::Rollout;
use crate::rollout::phase;

impl Board {
    /// Notes a version of a Rollout, as a watch told it.
    ///
    /// `before` is the version before it, and only where the watch was open all the time between the two: else what
    /// happened long ago would count as seen now. To be called for each change of a Rollout, and once for each at first.
    pub fn follow(&mut self, before: Option<&Rollout>, after: &Rollout, at: Timestamp) {
        let key = &after.meta.key;
        let before = before.filter(|before| before.meta.uid == after.meta.uid);
        let acted = before.is_some_and(|before| is_act(before, after));
        if acted && self.acted.as_ref().is_none_or(|(_, known)| *known <= at) {
            self.acted = Some((key.clone(), at));
        }
        if !awaits(after) {
            self.waiting.remove(key);
        } else if acted || !self.waiting.contains_key(key) {
            self.waiting.insert(key.clone(), at);
        }
        if before.is_some_and(|before| before.status.weights != after.status.weights) {
            self.reweighed.insert(key.clone(), at);
        }
    }
}

/// Tells whether the controller has something to do that it does within seconds.
fn awaits(rollout: &Rollout) -> bool {
    let seen = phase::is_spec_observed(rollout) && phase::is_workload_observed(rollout);
    rollout.meta.deleted.is_none() && (!seen || phase::is_resuming(rollout))
}

/// Tells whether the controller wrote something between two versions.
///
/// Persons and tools write the spec, and in the status `abort`, `promoteFull`, `pauseConditions`, `controllerPause` and
/// `currentStepIndex` (Argo: pkg/kubectl-argo-rollouts/cmd); all else is the controller's.
fn is_act(before: &Rollout, after: &Rollout) -> bool {
    let (before, after) = (&before.status, &after.status);
    before.observed_generation != after.observed_generation
        || before.workload_observed_generation != after.workload_observed_generation
        || before.replicas != after.replicas
        || before.conditions != after.conditions
        || before.current_pod_hash != after.current_pod_hash
        || before.stable_hash != after.stable_hash
        || before.weights != after.weights
}
