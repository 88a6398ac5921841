//! Owns when a promotion to a chosen step or weight may be staged, and which step a weight means.
//!
//! It never goes back and never stops short of a person's choice. Invariant: the index that is written lies ahead of
//! the step in progress, on the ladder.

use super::promote::check_orders;
use super::{Refusal, first_version, unknown_strategy, wait_for_observation};
use crate::operation::facts::known;
use crate::operation::{Course, Facts, Goal};
use crate::rollout::{Canary, Rollout, Step, Strategy};

/// Decides which step `goal` means for `rollout`.
///
/// # Errors
/// Refuses where there is no such step ahead, or where the controller would not go to it.
pub(super) fn course(goal: Goal, rollout: &Rollout, facts: &Facts) -> Result<Course, Refusal> {
    let canary = ladder(rollout)?;
    wait_for_observation(rollout, facts)?;
    check_orders(facts)?;
    if known(&facts.stable_hash).is_none() {
        return Err(first_version("takes no steps"));
    }
    if !facts.waits() && facts.controller_pause == Some(true) {
        return Err(Refusal::new(
            "A promotion is already in flight: the controller has not yet acted on it.",
            "Wait for the controller; then choose the step.",
        ));
    }
    let Some(now) = facts.step_index else {
        return Err(Refusal::new(
            "The status does not say which step is in progress.",
            "Wait for the controller's next status.",
        ));
    };
    let index = match goal {
        Goal::Step(index) => step_ahead(canary, now, index)?,
        Goal::Weight(weight) => weight_ahead(canary, now, weight)?,
    };
    Ok(Course::GoTo { index, goal })
}

fn ladder(rollout: &Rollout) -> Result<&Canary, Refusal> {
    match &rollout.spec.strategy {
        Strategy::Canary(canary) if canary.steps.is_empty() => Err(Refusal::new(
            "This canary has no steps to choose from.",
            "There is nothing that waits: it goes on by itself.",
        )),
        Strategy::Canary(canary) => Ok(canary),
        Strategy::BlueGreen(_) => Err(Refusal::new(
            "Blue-green has no steps or weights: its traffic switches as a whole.",
            "Promote it when it waits before the switch, or promote it fully.",
        )),
        Strategy::Unknown => Err(unknown_strategy()),
    }
}

fn count(canary: &Canary) -> i64 {
    i64::try_from(canary.steps.len()).unwrap_or(i64::MAX)
}

fn step_ahead(canary: &Canary, now: i64, index: i64) -> Result<i64, Refusal> {
    let all = count(canary);
    if index >= all {
        return Err(Refusal::new(
            format!("There is no step {index}: the ladder has {all}, counted from 0."),
            "Promote fully to skip all that are left.",
        ));
    }
    if index <= now {
        let stands = if index == now { "is the one in progress" } else { "lies behind" };
        return Err(Refusal::new(
            format!("Step {index}/{all} {stands}, and a promotion never goes back."),
            "Choose a step ahead; to take traffic away, abort.",
        ));
    }
    Ok(index)
}

fn weight_ahead(canary: &Canary, now: i64, weight: i64) -> Result<i64, Refusal> {
    let sets = |step: &Step| matches!(step, Step::SetWeight(set) if *set == weight);
    let numbered = || (0i64..).zip(canary.steps.iter());
    if let Some((index, _)) = numbered().find(|(index, step)| *index > now && sets(step)) {
        return Ok(index);
    }
    if weight >= canary.max_weight {
        return Err(Refusal::new(
            "No step ahead sets that weight: all traffic comes after the last step.",
            "Promote fully for that.",
        ));
    }
    let behind = numbered().any(|(index, step)| index <= now && sets(step));
    let ahead: Vec<String> = numbered()
        .filter(|(index, _)| *index > now)
        .filter_map(|(_, step)| match step {
            Step::SetWeight(set) => Some(set.to_string()),
            _ => None,
        })
        .collect();
    let choice = match ahead.as_slice() {
        [] => "No step ahead sets a weight: promote fully instead.".to_owned(),
        weights => format!("The steps ahead set {}: choose one of these.", weights.join(", ")),
    };
    let stands = if behind { "lies behind, and a promotion never goes back" } else { "is set by no step" };
    Err(Refusal::new(format!("Weight {weight} {stands}."), choice))
}
