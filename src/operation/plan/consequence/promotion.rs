//! Owns what is said of promotions that skip, and of a retry.
//!
//! It names what is skipped and what comes back. Invariant: a pause or an analysis that is passed over is counted.

use super::goes_on;
use crate::operation::facts::known;
use crate::operation::plan::ladder;
use crate::operation::{Course, Facts, Goal};
use crate::rollout::{Rollout, Step, Strategy};

/// Says what a promotion to a chosen step brings about.
pub(super) fn go_to(index: i64, rollout: &Rollout, facts: &Facts) -> String {
    let Strategy::Canary(canary) = &rollout.spec.strategy else { return String::new() };
    let now = facts.step_index.unwrap_or(0);
    let course = Course::GoTo { index, goal: Goal::Step(index) };
    let mut text = format!(
        "Goes to step {} at once and skips {}.",
        ladder::rung(canary, index),
        counted(&ladder::skipped(canary, now, index))
    );
    let (stop, _) = ladder::next_wait(canary, index);
    if stop != index {
        let then = goes_on(canary, facts, &course);
        text.push_str(&format!(" From there {then}."));
    }
    text
}

/// Says what a full promotion brings about.
pub(super) fn full(rollout: &Rollout, facts: &Facts) -> String {
    let version = known(&facts.pod_hash).unwrap_or_default();
    match &rollout.spec.strategy {
        Strategy::Canary(canary) if canary.steps.is_empty() => {
            format!("Version {version} becomes the stable one as soon as its pods are available.")
        }
        Strategy::Canary(canary) => {
            let now = facts.step_index.unwrap_or(0);
            let left = ladder::skipped(canary, now, ladder::count(canary));
            format!(
                "Skips {}; version {version} gets all traffic and becomes the stable one without any further check.",
                counted(&left)
            )
        }
        _ if facts.active_selector == facts.pod_hash => format!(
            "Version {version} has all traffic and becomes the stable one now: the analysis after the switch is skipped."
        ),
        _ => format!(
            "All production traffic switches to the new version {version} as soon as its pods are available: the pause \
             and the analyses before and after the switch are skipped."
        ),
    }
}

/// Says what taking an abort back brings about.
pub(super) fn retry(rollout: &Rollout, facts: &Facts) -> String {
    let version = known(&facts.pod_hash).unwrap_or_default();
    let mut text = format!("Brings the aborted version {version} back");
    match &rollout.spec.strategy {
        Strategy::Canary(canary) if !canary.steps.is_empty() => {
            text.push_str(": it begins anew at step ");
            text.push_str(ladder::rung(canary, 0).as_str());
            text.push_str(", with new analyses.");
        }
        _ => text.push_str(", with new analyses."),
    }
    if facts.promote_full == Some(true) {
        text.push_str(" The full promotion that was left over is taken back.");
    }
    if facts.paused == Some(true) {
        text.push_str(" It is paused by hand, so nothing moves until it is resumed.");
    }
    text
}

/// Counts what is skipped, by what matters: `3 steps, among them 1 pause and 1 analysis`.
fn counted(skipped: &[(i64, &Step)]) -> String {
    let many =
        |count: usize, one: &str, more: &str| format!("{count} {}", if count == 1 { one } else { more });
    let count = |wanted: fn(&Step) -> bool| skipped.iter().filter(|(_, step)| wanted(step)).count();
    let kinds = [
        (count(|step| matches!(step, Step::Pause(_))), "pause", "pauses"),
        (count(|step| matches!(step, Step::Analysis(_))), "analysis", "analyses"),
        (count(|step| matches!(step, Step::Experiment)), "experiment", "experiments"),
    ];
    let named: Vec<String> = kinds
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, one, more)| many(count, one, more))
        .collect();
    let steps = many(skipped.len(), "step", "steps");
    match named.as_slice() {
        [] => steps,
        named => format!("{steps}, among them {}", named.join(" and ")),
    }
}
