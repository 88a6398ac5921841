//! Owns what a canary's ladder says: where the Rollout stands on it, what it waits for, and for how long.
//!
//! Sources: Argo `utils/rollout/rolloututil.go` (`CanaryStepString`), `utils/replicaset/canary.go`
//! (`GetCurrentCanaryStep`), `rollout/pause.go`. It never decides whether a promotion is wise. Invariant: an index
//! beyond the ladder means that all steps are done.

use jiff::{SignedDuration, Timestamp};

use super::{CanaryScale, Pause, Rollout, Step, Strategy};
use crate::text::Printable;

pub mod duration;
#[cfg(test)]
mod tests;
pub mod wait;

pub use wait::{Act, Decision, Wait, wait};

/// Reason of the pause that a canary's step asks for.
pub const CANARY_PAUSE: &str = "CanaryPauseStep";
/// Reason of the pause before a blue-green switch.
pub const BLUE_GREEN_PAUSE: &str = "BlueGreenPause";
/// Reason of the pause after an analysis without verdict.
pub const INCONCLUSIVE_ANALYSIS: &str = "InconclusiveAnalysisRun";
/// Reason of the pause after an experiment without verdict.
pub const INCONCLUSIVE_EXPERIMENT: &str = "InconclusiveExperiment";

impl Step {
    /// Writes the step as the plugin does, for example `setWeight: 20`.
    pub fn text(&self) -> Printable {
        Printable::from(match self {
            Self::SetWeight(weight) => format!("setWeight: {weight}"),
            Self::Pause(None) => "pause".to_owned(),
            Self::Pause(Some(duration)) => format!("pause: {}", duration.written),
            Self::SetCanaryScale(CanaryScale::Weight(weight)) => {
                format!("setCanaryScale{{weight: {weight}}}")
            }
            Self::SetCanaryScale(CanaryScale::Replicas(pods)) => {
                format!("setCanaryScale{{replicas: {pods}}}")
            }
            Self::SetCanaryScale(CanaryScale::MatchTrafficWeight) => {
                "setCanaryScale{matchTrafficWeight: true}".to_owned()
            }
            Self::Analysis(_) => "analysis".to_owned(),
            Self::Experiment => "experiment".to_owned(),
            Self::SetHeaderRoute(name) => format!("setHeaderRoute: {name}"),
            Self::SetMirrorRoute(name) => format!("setMirrorRoute: {name}"),
            Self::Plugin(name) => format!("plugin: {name}"),
            Self::Unknown => "invalid".to_owned(),
        })
    }
}

/// Returns the ladder of a canary; empty without one.
pub fn ladder(rollout: &Rollout) -> &[Step] {
    match &rollout.spec.strategy {
        Strategy::Canary(canary) => &canary.steps,
        _ => &[],
    }
}

/// Tells how many steps are done, of how many; `None` without steps or before the controller counts them.
pub fn position(rollout: &Rollout) -> Option<(usize, usize)> {
    let total = ladder(rollout).len();
    let done = usize::try_from(rollout.status.step_index?).ok()?;
    (total > 0).then_some((done, total))
}

/// Returns the step in progress with its index, counted from 0; `None` without steps or when all are done.
///
/// Before the controller counts, the first step is the one in progress.
pub fn current(rollout: &Rollout) -> Option<(usize, &Step)> {
    let index = usize::try_from(rollout.status.step_index.unwrap_or(0).max(0)).ok()?;
    ladder(rollout).get(index).map(|step| (index, step))
}

/// Returns the step after the one in progress; `None` where the ladder ends with it, or has ended.
pub fn next(rollout: &Rollout) -> Option<&Step> {
    let (index, _) = current(rollout)?;
    ladder(rollout).get(index + 1)
}

/// Says what comes after the step in progress: a step's text, or the end of the ladder; `None` where all are done.
pub fn next_text(rollout: &Rollout) -> Option<Printable> {
    current(rollout)?;
    Some(next(rollout).map_or_else(|| Printable::ours("all traffic to the new version"), Step::text))
}

/// Tells when the pause in progress ends by itself; `None` where it does not, or cannot be known.
///
/// A canary's pause step lasts as written from the start of its pause condition; before a blue-green switch,
/// `autoPromotionSeconds` count, unless automatic promotion is off. While anything else holds the Rollout too (a
/// person's pause, an inconclusive analysis), nothing ends by itself.
pub fn ends_at(rollout: &Rollout) -> Option<Timestamp> {
    match wait(rollout) {
        Wait::Timer(end) => end,
        _ => None,
    }
}

/// Tells how long until the pause in progress ends by itself; negative where that time has passed.
pub fn remaining(rollout: &Rollout, now: Timestamp) -> Option<SignedDuration> {
    ends_at(rollout).map(|end| end.duration_since(now))
}

/// Tells when one pause condition ends by itself.
fn end_of(rollout: &Rollout, pause: &Pause) -> Option<Timestamp> {
    let seconds = match (pause.reason.as_str(), &rollout.spec.strategy) {
        (CANARY_PAUSE, Strategy::Canary(_)) => match current(rollout)?.1 {
            Step::Pause(Some(duration)) => duration.seconds?,
            _ => return None,
        },
        (BLUE_GREEN_PAUSE, Strategy::BlueGreen(blue_green)) if blue_green.auto_promotion != Some(false) => {
            blue_green.auto_promotion_seconds?
        }
        _ => return None,
    };
    pause.since?.checked_add(SignedDuration::from_secs(seconds)).ok()
}
