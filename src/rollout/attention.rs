//! Owns how much a Rollout needs a person, as one order for the fleet.
//!
//! It never looks at anything but the Rollout and what it waits for ([`mod@super::step::wait`]). Invariant: the smaller
//! the [`Need`], the higher its row.

use super::Rollout;
use super::phase::{self, Phase, Reader};
use super::step::{Decision, Wait, wait};

#[cfg(test)]
mod tests;

/// How much a Rollout needs a person, most first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Need {
    /// It is degraded: aborted, out of time, or not valid.
    Degraded,
    /// Analysis or an experiment gave no verdict.
    Inconclusive,
    /// It waits for a person to let it go on.
    Approval,
    /// A person paused it.
    Held,
    /// Its phase is not one that this program knows.
    Unclear,
    /// It is under way by itself.
    Moving,
    /// It is done.
    Nothing,
}

impl Need {
    /// Tells whether a person has to act, or to look, before anything changes for the better.
    pub fn wants_person(self) -> bool {
        self < Self::Moving
    }
}

/// Tells how much a Rollout needs a person.
pub fn need(rollout: &Rollout) -> Need {
    match wait(rollout) {
        Wait::Person(decision) => of_decision(&decision),
        _ if phase::phase_only(rollout, Reader::Screen) == Phase::Unknown => Need::Unclear,
        Wait::Nothing => Need::Nothing,
        _ => Need::Moving,
    }
}

fn of_decision(decision: &Decision) -> Need {
    match decision {
        Decision::Aborted | Decision::InvalidSpec | Decision::TimedOut | Decision::Degraded => Need::Degraded,
        Decision::InconclusiveAnalysis | Decision::InconclusiveExperiment => Need::Inconclusive,
        Decision::PauseStep | Decision::Switch | Decision::OtherPause(_) => Need::Approval,
        Decision::ManualPause => Need::Held,
    }
}
