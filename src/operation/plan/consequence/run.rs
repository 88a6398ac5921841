//! Owns what is said of a restart of the pods and of the end of a run.
//!
//! Invariant: the end of a run always says that it counts as a success.

use jiff::Timestamp;

use super::{goes_on, tracked};
use crate::operation::course::{Role, Termination};
use crate::operation::facts::known;
use crate::operation::request::writes::whole_seconds;
use crate::operation::{Course, Facts, Goal};
use crate::rollout::{Rollout, Strategy};

/// Says what a restart brings about.
pub(super) fn restart(at: Timestamp, rollout: &Rollout) -> String {
    format!(
        "Every pod that was made before {} is evicted and made anew, a few at a time and within the disruption budgets; \
         no version, step or weight changes.{}",
        whole_seconds(at),
        tracked(rollout.tracked_by.as_ref())
    )
}

/// Says what the end of a run brings about.
pub(super) fn terminate(end: &Termination, rollout: &Rollout, facts: &Facts) -> String {
    let follows = match (end.role, &rollout.spec.strategy) {
        (Role::Step, Strategy::Canary(canary)) => {
            let next = facts.step_index.unwrap_or(0).saturating_add(1);
            let course = Course::GoTo { index: next, goal: Goal::Step(next) };
            format!("the step is completed, and {}", goes_on(canary, facts, &course))
        }
        (Role::BeforeSwitch, _) => {
            let version = known(&facts.pod_hash).unwrap_or_default();
            format!("nothing keeps production traffic from the new version {version} but a pause")
        }
        (Role::AfterSwitch, _) => "the new version becomes the stable one".to_owned(),
        (Role::Background, _) => "the update goes on without being measured beside its steps".to_owned(),
        _ => "the Rollout does not wait for it".to_owned(),
    };
    format!(
        "Ends the {} {} now. What has not failed by then counts as a success: {follows}.",
        end.site.kind.word(),
        end.site.name
    )
}
