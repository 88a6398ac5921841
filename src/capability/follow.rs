//! Owns what is seen of the controller from one look to the next: which Rollouts wait for it, when it last acted or said
//! something, and whether its own counters move.
//!
//! Signs, kept on the [`Board`]; it never judges them. Invariants: only what nobody but the controller writes counts as its
//! act; a wait is dated from when it was seen, never from when it may have begun; an act between two looks is dated by the
//! earlier one.

use jiff::{SignedDuration, Timestamp};

use super::Board;
use super::dated::Dated;
use super::sight::{Answer, Meters};
use crate::rollout::phase;
use crate::rollout::{Event, Rollout};

/// How far ahead of this machine's clock an Event may be dated, before it is no time at all.
const FAR: SignedDuration = SignedDuration::from_hours(1);

/// What followed from one look at the controller's metrics to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Course {
    /// The last look after which it was seen to have reconciled something.
    pub moved: Option<Timestamp>,
    /// Since when Rollouts wait in its queue and it was not seen to reconcile any.
    pub stuck: Option<Timestamp>,
}

impl Course {
    /// Compares a look with the one before it; one that does not count is no look.
    pub(super) fn follow(&mut self, before: Option<&Dated<Meters>>, after: &Answer<Meters>, at: Timestamp) {
        if before.is_some_and(|before| before.at >= at) {
            return;
        }
        let (Some(Dated { answer: Answer::Seen(before), at: earlier, .. }), Answer::Seen(after)) =
            (before, after)
        else {
            // What was between two looks is not known where one of them failed.
            self.stuck = None;
            return;
        };
        if after.reconciled > before.reconciled {
            self.moved = Some(*earlier);
        }
        let stands = after.reconciled == before.reconciled && before.queued > 0 && after.queued > 0;
        self.stuck = stands.then(|| self.stuck.unwrap_or(*earlier));
    }
}

impl Board {
    /// Notes what the controller said, if it is newer than what is known of it.
    pub fn hear(&mut self, said: &Event, now: Timestamp) {
        let Some(at) = said.last.filter(|at| at.duration_since(now) <= FAR) else { return };
        if self.said.as_ref().is_none_or(|(.., known)| *known < at) {
            self.said = Some((said.about.clone(), said.reason.clone(), at));
        }
    }

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
