//! Owns the walk along a canary's ladder: which weight a step stands for, and where the controller will wait next.
//!
//! It foretells without times: a step that only takes a while is walked over. Invariant: an index at or past the end
//! means that all steps are done and the new version has all weight (Argo: pkg/kubectl-argo-rollouts/info).

use crate::operation::{Course, Facts};
use crate::rollout::step::CANARY_PAUSE;
use crate::rollout::{Canary, Step};
use crate::text::Printable;

/// Counts the steps.
pub(super) fn count(canary: &Canary) -> i64 {
    i64::try_from(canary.steps.len()).unwrap_or(i64::MAX)
}

pub(super) fn step(canary: &Canary, index: i64) -> Option<&Step> {
    usize::try_from(index).ok().and_then(|index| canary.steps.get(index))
}

/// Returns the weight that holds at `index`: of the nearest `setWeight` at or before it.
pub(super) fn weight_at(canary: &Canary, index: i64) -> i64 {
    if index >= count(canary) {
        return canary.max_weight;
    }
    let reached = usize::try_from(index).map_or(0, |index| index.saturating_add(1));
    canary.steps.iter().take(reached).rev().find_map(set_weight).unwrap_or(0)
}

fn set_weight(step: &Step) -> Option<i64> {
    match step {
        Step::SetWeight(weight) => Some(*weight),
        _ => None,
    }
}

/// Returns the index from which the controller goes on after a promotion.
pub(super) fn resumes_at(course: &Course, facts: &Facts) -> i64 {
    let now = facts.step_index.unwrap_or(0);
    match course {
        Course::SkipInconclusive { next } => *next,
        Course::GoTo { index, .. } => *index,
        _ if facts.waits_for(CANARY_PAUSE) => now.saturating_add(1),
        _ => now,
    }
}

/// Lists the steps from the one in progress at `from` up to `to`, which is not among them.
pub(super) fn skipped(canary: &Canary, from: i64, to: i64) -> Vec<(i64, &Step)> {
    let numbered = (0i64..).zip(canary.steps.iter());
    numbered.filter(|(index, _)| (from.max(0)..to).contains(index)).collect()
}

/// Walks from `index` to the next step that waits for something, and returns it with the weight it stands for.
pub(super) fn next_wait(canary: &Canary, index: i64) -> (i64, i64) {
    let waits = |step: &Step| {
        matches!(
            step,
            Step::Pause(_) | Step::Analysis(_) | Step::Experiment | Step::Plugin(_) | Step::Unknown
        )
    };
    let from = usize::try_from(index).unwrap_or(0);
    let ahead = canary.steps.iter().skip(from).position(waits);
    let stop = ahead.and_then(|ahead| i64::try_from(from.saturating_add(ahead)).ok());
    let stop = stop.unwrap_or_else(|| count(canary));
    (stop, weight_at(canary, stop))
}

/// Writes a weight as a share: `20 %`, or `20 of 1000` where the router counts otherwise.
pub(super) fn share(canary: &Canary, weight: i64) -> Printable {
    Printable::from(if canary.max_weight == 100 {
        format!("{weight} %")
    } else {
        format!("{weight} of {}", canary.max_weight)
    })
}

/// Writes where `index` stands as Argo counts, by steps that are done: `2/8 pause`, or `8/8 done`.
pub(super) fn rung(canary: &Canary, index: i64) -> Printable {
    let all = count(canary);
    Printable::from(match step(canary, index) {
        Some(step) => format!("{index}/{all} {}", step.text()),
        None => format!("{all}/{all} done"),
    })
}
