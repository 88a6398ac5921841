//! Owns when a promotion may be staged, and which of its two courses it takes.
//!
//! It offers only the promotion past a pause. The plugin's promote also skips a step in progress when nothing waits
//! (Argo: cmd/promote/promote.go): that is another order ([`super::goal`]), and never done by surprise.

use jiff::{SignedDuration, Timestamp};

use super::{Refusal, unknown_strategy, wait_for_observation};
use crate::operation::facts::known;
use crate::operation::{Course, Facts};
use crate::rollout::step::{self, BLUE_GREEN_PAUSE, CANARY_PAUSE, INCONCLUSIVE_EXPERIMENT};
use crate::rollout::{Canary, Rollout, Step, Strategy};

/// Decides how to go past the pause of `rollout`.
///
/// # Errors
/// Refuses where nothing waits, or where clearing the pause would not let the Rollout go on.
pub(super) fn course(rollout: &Rollout, facts: &Facts) -> Result<Course, Refusal> {
    wait_for_observation(rollout, facts)?;
    check_orders(facts)?;
    check_pause(rollout, facts)?;
    match &rollout.spec.strategy {
        Strategy::Canary(canary) if inconclusive_step(facts) => skip(canary, facts),
        Strategy::Canary(_) | Strategy::BlueGreen(_) => Ok(Course::EndPause { ends: ends(rollout, facts) }),
        Strategy::Unknown => Err(unknown_strategy()),
    }
}

/// Refuses where no promotion of any kind makes sense.
pub(super) fn check_orders(facts: &Facts) -> Result<(), Refusal> {
    if facts.fully_promoted() {
        let version = known(&facts.pod_hash).unwrap_or_default();
        return Err(Refusal::new(
            format!("Version {version} is already the stable one."),
            "There is nothing to promote.",
        ));
    }
    if facts.abort == Some(true) {
        return Err(Refusal::new(
            "This update was aborted; promoting it has no effect.",
            "Retry it, or bring in another version.",
        ));
    }
    if facts.promote_full == Some(true) {
        return Err(Refusal::new(
            "A full promotion is already under way.",
            "Wait for the controller, or abort to take it back.",
        ));
    }
    if facts.paused == Some(true) {
        return Err(Refusal::new(
            "It is paused by hand, so the controller would take no step.",
            "Resume it first; then promote if it still waits.",
        ));
    }
    Ok(())
}

fn check_pause(rollout: &Rollout, facts: &Facts) -> Result<(), Refusal> {
    let flagged = facts.controller_pause == Some(true);
    if !facts.waits() && flagged {
        return Err(Refusal::new(
            "A promotion is already in flight: the controller has not yet acted on it.",
            "Wait for the controller; a second promotion could skip a step.",
        ));
    }
    if !facts.waits() {
        let skipped = step_in_progress(rollout);
        return Err(Refusal::new(
            format!("It is not paused: promoting now would skip {skipped}."),
            "Wait until it pauses, promote to a step of your choice, or abort it.",
        ));
    }
    if facts.waits_for(INCONCLUSIVE_EXPERIMENT) {
        return Err(Refusal::new(
            "Its experiment was inconclusive, and the controller would pause for it again at once.",
            "Abort, or promote to a later step.",
        ));
    }
    if !flagged {
        return Err(Refusal::new(
            "It names a reason to wait, but the controller's own pause flag is not set: it would wait again at once.",
            "Wait for the controller's next status.",
        ));
    }
    Ok(())
}

fn step_in_progress(rollout: &Rollout) -> String {
    match step::current(rollout) {
        Some((index, step)) => format!("step {index}/{} {}", step::ladder(rollout).len(), step.text()),
        None => "what is in progress".to_owned(),
    }
}

fn count(canary: &Canary) -> i64 {
    i64::try_from(canary.steps.len()).unwrap_or(i64::MAX)
}

/// Argo's condition for its third promote patch (cmd/promote/promote.go, `isInconclusive`).
fn inconclusive_step(facts: &Facts) -> bool {
    facts.step_analysis.as_ref().is_some_and(|run| run.1.as_str() == "Inconclusive")
}

fn skip(canary: &Canary, facts: &Facts) -> Result<Course, Refusal> {
    match facts.step_index {
        Some(index) if (0..count(canary)).contains(&index) => {
            Ok(Course::SkipInconclusive { next: index + 1 })
        }
        _ => Err(Refusal::new(
            "A step's analysis was inconclusive, but the status does not say which step.",
            "Wait for the controller's next status, or abort.",
        )),
    }
}

fn ends(rollout: &Rollout, facts: &Facts) -> Option<Timestamp> {
    let (reason, seconds) = match &rollout.spec.strategy {
        Strategy::Canary(canary) => {
            let step = usize::try_from(facts.step_index?).ok().and_then(|index| canary.steps.get(index))?;
            let Step::Pause(Some(duration)) = step else { return None };
            (CANARY_PAUSE, duration.seconds?)
        }
        Strategy::BlueGreen(plan) if plan.auto_promotion != Some(false) => {
            (BLUE_GREEN_PAUSE, plan.auto_promotion_seconds?)
        }
        _ => return None,
    };
    let since = facts.pauses.list.iter().find(|pause| pause.reason.as_str() == reason)?.since?;
    since.checked_add(SignedDuration::from_secs(seconds)).ok()
}
