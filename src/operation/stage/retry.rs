//! Owns when an abort may be taken back.
//!
//! Invariant: it is staged only for an abort that the controller has acted on, so that it cannot cross one in flight.

use super::{Refusal, unknown_strategy, wait_for_observation};
use crate::operation::{Course, Facts};
use crate::rollout::{Rollout, Strategy};

/// Decides whether the aborted update of `rollout` may begin anew.
///
/// # Errors
/// Refuses where nothing was aborted, or where an abort or a retry is in flight.
pub(super) fn course(rollout: &Rollout, facts: &Facts) -> Result<Course, Refusal> {
    if facts.abort != Some(true) {
        if facts.aborted_at.is_some() {
            return Err(Refusal::new(
                "A retry is already in flight: the controller has not yet acted on it.",
                "Wait until it has.",
            ));
        }
        return Err(Refusal::new(
            "This update was not aborted, so there is nothing to retry.",
            if facts.waits() { "It waits in a pause: promote ends that." } else { "Let it go on." },
        ));
    }
    wait_for_observation(rollout, facts)?;
    if facts.aborted_at.is_none() {
        return Err(Refusal::new(
            "The abort is still in flight: the controller has not yet acted on it.",
            "Wait until it has, then retry.",
        ));
    }
    if rollout.spec.strategy == Strategy::Unknown {
        return Err(unknown_strategy());
    }
    Ok(Course::Retry)
}
