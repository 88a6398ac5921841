//! Owns how many Rollouts are in each phase, and how many need a person, without looking at all of them.
//!
//! It never knows which they are. Invariant: whoever adds takes the same away again, so that no count goes below zero.

use crate::rollout::attention::Need;
use crate::rollout::phase::Phase;

/// Counts of Rollouts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    phases: [usize; Phase::ALL.len()],
    wanting: usize,
}

impl Tally {
    /// Counts one more.
    pub(super) fn add(&mut self, phase: Phase, need: Need) {
        if let Some(count) = self.phases.get_mut(phase as usize) {
            *count += 1;
        }
        self.wanting += usize::from(need.wants_person());
    }

    /// Counts one less.
    pub(super) fn take(&mut self, phase: Phase, need: Need) {
        if let Some(count) = self.phases.get_mut(phase as usize) {
            *count = count.saturating_sub(1);
        }
        self.wanting = self.wanting.saturating_sub(usize::from(need.wants_person()));
    }

    /// Returns how many are in a phase.
    pub(super) fn in_phase(&self, phase: Phase) -> usize {
        self.phases.get(phase as usize).copied().unwrap_or_default()
    }

    /// Returns how many need a person.
    pub(super) fn wanting_person(&self) -> usize {
        self.wanting
    }
}
