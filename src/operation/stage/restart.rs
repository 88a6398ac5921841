//! Owns when a restart of all pods may be staged.
//!
//! The controller compares each pod's age with one time, so a restart that is under way or ordered for later is
//! replaced by a new one: that is refused. Invariant: the time that is written is later than any written before.

use jiff::{SignedDuration, Timestamp};

use super::Refusal;
use crate::operation::{Course, Facts};
use crate::rollout::Rollout;

/// Decides whether the pods of `rollout` may be restarted at `now`.
///
/// # Errors
/// Refuses where there are no pods, or where a restart is under way or ordered.
pub(super) fn course(rollout: &Rollout, facts: &Facts, now: Timestamp) -> Result<Course, Refusal> {
    let at = Timestamp::from_second(now.as_second()).unwrap_or(now);
    if rollout.spec.replicas == Some(0) {
        return Err(Refusal::new(
            "It is scaled to 0: there are no pods to restart.",
            "Scale it up; its pods are new then.",
        ));
    }
    if let Some(ordered) = facts.restart_at.as_deref() {
        let time = ordered.parse::<Timestamp>().ok();
        if time.is_some_and(|time| time >= at) {
            return Err(Refusal::new(
                format!("A restart is ordered for {ordered}, which is not before this clock's time."),
                "Wait for it, and compare the clocks if that time should be over.",
            ));
        }
        let done = facts.restarted_at.as_deref() == Some(ordered);
        let begun = time.is_some_and(|time| at.duration_since(time) < SignedDuration::from_hours(1));
        if !done && begun {
            return Err(Refusal::new(
                format!("The restart that was ordered for {ordered} is still under way."),
                "Wait until all pods are new; a second order would begin with them again.",
            ));
        }
    }
    Ok(Course::Restart { at })
}
