//! Owns the weight and the step before and after an order.
//!
//! It walks the ladder without times. Invariant: what cannot be foretold has no turn, rather than a guess.

use super::{Turn, ladder};
use crate::operation::course::{Rewrite, Role};
use crate::operation::facts::known;
use crate::operation::{Course, Facts};
use crate::rollout::{Canary, Rollout, Strategy};
use crate::text::Printable;

type Turns = (Option<Turn<Printable>>, Option<Turn<Printable>>);

/// Foretells weight and step of the new version.
pub(super) fn turns(course: &Course, rollout: &Rollout) -> Turns {
    match &rollout.spec.strategy {
        Strategy::Canary(canary) => canary_turns(course, canary, &Facts::of(rollout)),
        Strategy::BlueGreen(_) => (blue_green_weight(course, rollout), None),
        Strategy::Unknown => (None, None),
    }
}

/// Lists the steps of `rollout` that `course` passes over, each as `3/8 pause: 5m`.
pub fn skipped(course: &Course, rollout: &Rollout) -> Vec<Printable> {
    let Strategy::Canary(canary) = &rollout.spec.strategy else { return Vec::new() };
    let now = rollout.status.step_index.unwrap_or(0);
    let to = match course {
        Course::GoTo { index, .. } => *index,
        Course::PromoteFull { steps: Some(all) } => *all,
        Course::SkipInconclusive { next } => *next,
        _ => return Vec::new(),
    };
    ladder::skipped(canary, now, to).into_iter().map(|(index, _)| ladder::rung(canary, index)).collect()
}

/// Returns the weight that holds at the step of this index, for example `20 %`; `None` without a ladder.
pub fn weight_there(rollout: &Rollout, index: i64) -> Option<Printable> {
    match &rollout.spec.strategy {
        Strategy::Canary(canary) if !canary.steps.is_empty() => {
            Some(ladder::share(canary, ladder::weight_at(canary, index)))
        }
        _ => None,
    }
}

/// Foretells which version the active and the preview service of a blue-green select, by hash.
///
/// The preview service follows the version that is wanted (Argo: rollout/service.go, `reconcilePreviewService`).
pub(super) fn services(course: &Course, rollout: &Rollout) -> Turns {
    let Strategy::BlueGreen(_) = &rollout.spec.strategy else { return (None, None) };
    let facts = Facts::of(rollout);
    let status = &rollout.status;
    let turn = |now: &Option<std::sync::Arc<str>>, after: Option<&str>| {
        let now = known(now)?;
        Some(Turn { now: now.into(), after: after.unwrap_or(now).into() })
    };
    let (active, preview) = match course {
        Course::EndPause { .. } | Course::PromoteFull { .. } => (known(&facts.pod_hash), None),
        Course::Abort => (known(&facts.stable_hash), None),
        Course::Rewrite(rewrite) if to_stable(rewrite, &facts) => {
            (Some(&*rewrite.hash), Some(&*rewrite.hash))
        }
        Course::Rewrite(rewrite) => (None, Some(&*rewrite.hash)),
        _ => (None, None),
    };
    let shows = preview.filter(|_| known(&status.preview_selector).is_some());
    (turn(&status.active_selector, active), turn(&status.preview_selector, shows))
}

/// Foretells the canary weight that `course` sets, in percent of the traffic and rounded up; `None` where the strategy
/// is not known. Without steps, what goes on goes on to all.
pub(in crate::operation) fn weight_after(course: &Course, rollout: &Rollout) -> Option<u32> {
    let facts = Facts::of(rollout);
    match &rollout.spec.strategy {
        Strategy::Canary(canary) if !canary.steps.is_empty() => {
            let weight = match course {
                Course::Rewrite(_) | Course::SetImage(_) => stop(course, canary, &facts)
                    .map_or_else(|| ladder::next_wait(canary, 0).1, |(_, weight)| weight),
                _ => stop(course, canary, &facts)
                    .map_or_else(|| weight_now(canary, &facts), |(_, weight)| weight),
            };
            let most = canary.max_weight.max(1);
            u32::try_from(weight.max(0).saturating_mul(100).saturating_add(most - 1) / most).ok()
        }
        Strategy::Canary(_) | Strategy::BlueGreen(_) => Some(match course {
            Course::Abort => 0,
            Course::Rewrite(rewrite) if to_stable(rewrite, &facts) => 0,
            _ => 100,
        }),
        Strategy::Unknown => None,
    }
}

fn canary_turns(course: &Course, canary: &Canary, facts: &Facts) -> Turns {
    if canary.steps.is_empty() {
        return (None, None);
    }
    let now = facts.step_index.unwrap_or(0);
    let Some((after, weight_after)) = stop(course, canary, facts) else {
        let replaced = matches!(course, Course::Rewrite(_) | Course::SetImage(_));
        return (None, replaced.then(|| replaced_by_another(canary, now)));
    };
    let weight = Turn {
        now: ladder::share(canary, weight_now(canary, facts)),
        after: ladder::share(canary, weight_after),
    };
    (Some(weight), Some(Turn { now: ladder::rung(canary, now), after: ladder::rung(canary, after) }))
}

fn weight_now(canary: &Canary, facts: &Facts) -> i64 {
    if facts.abort == Some(true) { 0 } else { ladder::weight_at(canary, facts.step_index.unwrap_or(0)) }
}

/// Foretells at which step it stops next, and with which weight; `None` where another version begins, or where a run ends
/// on which no step waits.
fn stop(course: &Course, canary: &Canary, facts: &Facts) -> Option<(i64, i64)> {
    let now = facts.step_index.unwrap_or(0);
    let all = ladder::count(canary);
    match course {
        Course::Abort => Some((0, 0)),
        Course::Pause | Course::Resume | Course::Restart { .. } => Some((now, weight_now(canary, facts))),
        Course::EndPause { .. } | Course::SkipInconclusive { .. } | Course::GoTo { .. } => {
            Some(ladder::next_wait(canary, ladder::resumes_at(course, facts)))
        }
        Course::PromoteFull { .. } => Some((all, canary.max_weight)),
        Course::Retry => Some(ladder::next_wait(canary, 0)),
        Course::Rewrite(rewrite) if to_stable(rewrite, facts) => Some((all, 0)),
        Course::Rewrite(_) | Course::SetImage(_) => None,
        Course::Terminate(end) if end.role == Role::Step => {
            Some(ladder::next_wait(canary, now.saturating_add(1)))
        }
        Course::Terminate(_) => None,
    }
}

/// Another version begins where this one stands.
fn replaced_by_another(canary: &Canary, now: i64) -> Turn<Printable> {
    Turn { now: ladder::rung(canary, now), after: ladder::rung(canary, 0) }
}

fn to_stable(rewrite: &Rewrite, facts: &Facts) -> bool {
    known(&facts.stable_hash) == Some(&*rewrite.hash)
}

fn blue_green_weight(course: &Course, rollout: &Rollout) -> Option<Turn<Printable>> {
    let hash = known(&rollout.status.current_pod_hash)?;
    let active = known(&rollout.status.active_selector)? == hash;
    let goes = match course {
        Course::Abort => false,
        Course::EndPause { .. } | Course::PromoteFull { .. } => true,
        Course::Rewrite(rewrite) if to_stable(rewrite, &Facts::of(rollout)) => false,
        Course::Rewrite(_) | Course::SetImage(_) | Course::Retry | Course::Terminate(_) => return None,
        _ => active,
    };
    let share = |all: bool| Printable::ours(if all { "100 %" } else { "0 %" });
    Some(Turn { now: share(active), after: share(goes) })
}
