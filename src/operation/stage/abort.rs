//! Owns when an abort may be staged.
//!
//! An abort while paused by hand is allowed: the traffic of a routed canary does return, and in an emergency a
//! half-effective abort beats none. Its consequence says that no pod is scaled until it is resumed (argo-rollouts#3756).

use super::{Refusal, unknown_strategy, wait_for_observation};
use crate::operation::facts::known;
use crate::operation::{Course, Facts};
use crate::rollout::{Rollout, Strategy};

/// Decides whether the update of `rollout` may be aborted.
///
/// # Errors
/// Refuses where the controller would discard the abort, or has one already.
pub(super) fn course(rollout: &Rollout, facts: &Facts) -> Result<Course, Refusal> {
    if facts.abort == Some(true) {
        return Err(Refusal::new(
            "This update is already aborted.",
            "Retry it, cancel it, or bring in another version.",
        ));
    }
    wait_for_observation(rollout, facts)?;
    if facts.fully_promoted() {
        let version = known(&facts.pod_hash).unwrap_or_default();
        return Err(Refusal::new(
            format!("Version {version} is already the stable one: there is no update to abort."),
            "To go back to an earlier version, undo.",
        ));
    }
    if known(&facts.stable_hash).is_none() {
        return Err(Refusal::new(
            "This is the first version: there is no stable one to go back to, so the controller would discard an abort.",
            "Pause it, or scale it to 0.",
        ));
    }
    if facts.aborted_at.is_some() {
        return Err(Refusal::new(
            "A retry is in flight: the controller has not yet acted on it.",
            "Wait until it has, then abort.",
        ));
    }
    if rollout.spec.strategy == Strategy::Unknown {
        return Err(unknown_strategy());
    }
    Ok(Course::Abort)
}
