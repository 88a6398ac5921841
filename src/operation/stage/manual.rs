//! Owns when the pause by hand may be set and cleared.
//!
//! Pausing acts on an update in progress only: on a Rollout at rest it would do nothing now and silently block the
//! next release (Argo CD refuses the same: resource_customizations/argoproj.io/Rollout/actions/discovery.lua).

use super::Refusal;
use crate::operation::{Course, Facts};
use crate::rollout::Rollout;
use crate::rollout::phase::is_workload_observed;

/// Decides whether `rollout` may be paused by hand.
///
/// # Errors
/// Refuses where it is paused by hand already, aborted, or not in an update.
pub(super) fn pause(rollout: &Rollout, facts: &Facts) -> Result<Course, Refusal> {
    if facts.paused == Some(true) {
        return Err(Refusal::new("It is already paused by hand.", "Resume it to let it go on."));
    }
    if facts.abort == Some(true) {
        return Err(Refusal::new(
            "This update was aborted: a pause would only keep the controller from cleaning up.",
            "Retry it, or bring in another version.",
        ));
    }
    // A version that was pushed a moment ago has not changed the hashes yet; stopping it is what a pause is for.
    if facts.fully_promoted() && facts.spec_observed() && is_workload_observed(rollout) {
        return Err(Refusal::new(
            "No update is in progress: a pause would do nothing now and block the next release.",
            "Pause once an update has begun.",
        ));
    }
    Ok(Course::Pause)
}

/// Decides whether the pause by hand may be cleared.
///
/// # Errors
/// Refuses where it is not paused by hand.
pub(super) fn resume(facts: &Facts) -> Result<Course, Refusal> {
    if facts.paused == Some(true) {
        return Ok(Course::Resume);
    }
    let instead = if facts.waits() {
        "It waits in a pause of its own: promote ends that."
    } else {
        "Nothing holds it."
    };
    Err(Refusal::new("It is not paused by hand.", instead))
}
