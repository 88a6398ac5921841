//! Owns what an operation is expected to bring about: weight, step and images before and after, and the consequence.
//!
//! It foretells by Argo's rules and never claims: what happened is said by the life ([`super::life`]). Invariant: a
//! weight or step is given only where the strategy has one.

use super::facts::known;
use super::{Course, Facts, Operation};
use crate::rollout::step::INCONCLUSIVE_ANALYSIS;
use crate::rollout::{Canary, ReplicaSet, Rollout, Strategy};
use crate::text::Printable;

mod consequence;
mod ladder;

pub(super) use consequence::consequence;

/// A value now, and as foretold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn<T> {
    /// Now.
    pub now: T,
    /// After the operation.
    pub after: T,
}

/// What an operation is expected to bring about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Wanted weight of the new version, for example `20 %`; `None` without a ladder or services to switch.
    pub weight: Option<Turn<Printable>>,
    /// Step, for example `3/8 pause`; `None` without steps.
    pub step: Option<Turn<Printable>>,
    /// Images of the stable version; empty where its ReplicaSet is not known.
    pub stable_images: Vec<Printable>,
    /// Images of the new version.
    pub new_images: Vec<Printable>,
    /// One or two sentences.
    pub consequence: Printable,
    /// Whether acknowledging it wants the Rollout's name typed.
    pub weighty: bool,
}

impl Plan {
    /// Foretells what `operation` does to `rollout`, whose ReplicaSets are among `sets`.
    pub fn of<'a>(
        operation: &Operation,
        rollout: &Rollout,
        sets: impl IntoIterator<Item = &'a ReplicaSet>,
    ) -> Self {
        let own: Vec<&ReplicaSet> =
            sets.into_iter().filter(|set| set.meta.owners.contains(&rollout.meta.uid)).collect();
        let images = |hash: Option<&str>| -> Vec<Printable> {
            let set = hash.and_then(|hash| own.iter().find(|set| &*set.hash == hash));
            set.map(|set| set.containers.iter().map(|container| container.image.clone()).collect())
                .unwrap_or_default()
        };
        let mut new_images = images(known(&rollout.status.current_pod_hash));
        if new_images.is_empty() {
            new_images = rollout.spec.containers.iter().map(|container| container.image.clone()).collect();
        }
        let (weight, step) = turns(operation.course(), rollout);
        Self {
            weight,
            step,
            stable_images: images(known(&rollout.status.stable_hash)),
            new_images,
            consequence: operation.consequence().clone(),
            weighty: operation.weighty(),
        }
    }
}

/// Tells whether `course` is heavy enough to want a name typed: it turns traffic back, or overrides a check that did
/// not pass.
pub(super) fn weighty(course: &Course, facts: &Facts) -> bool {
    match course {
        Course::Abort | Course::SkipInconclusive { .. } => true,
        Course::EndPause { .. } => facts.waits_for(INCONCLUSIVE_ANALYSIS),
        Course::Pause | Course::Resume => false,
    }
}

/// Foretells the canary weight that `course` sets, in percent of the traffic and rounded up; `None` where the strategy
/// is not known. Without steps, what goes on goes on to all.
pub(super) fn weight_after(course: &Course, rollout: &Rollout) -> Option<u32> {
    match &rollout.spec.strategy {
        Strategy::Canary(canary) if canary.steps.is_empty() => Some(whole(course)),
        Strategy::Canary(canary) => {
            let (_, weight) = stop(course, canary, &Facts::of(rollout));
            let most = canary.max_weight.max(1);
            u32::try_from(weight.max(0).saturating_mul(100).saturating_add(most - 1) / most).ok()
        }
        Strategy::BlueGreen(_) => Some(whole(course)),
        Strategy::Unknown => None,
    }
}

fn whole(course: &Course) -> u32 {
    if matches!(course, Course::Abort) { 0 } else { 100 }
}

type Turns = (Option<Turn<Printable>>, Option<Turn<Printable>>);

fn turns(course: &Course, rollout: &Rollout) -> Turns {
    match &rollout.spec.strategy {
        Strategy::Canary(canary) => canary_turns(course, canary, &Facts::of(rollout)),
        Strategy::BlueGreen(_) => (blue_green_weight(course, rollout), None),
        Strategy::Unknown => (None, None),
    }
}

fn canary_turns(course: &Course, canary: &Canary, facts: &Facts) -> Turns {
    if canary.steps.is_empty() {
        return (None, None);
    }
    let now = facts.step_index.unwrap_or(0);
    let weight_now = if facts.abort == Some(true) { 0 } else { ladder::weight_at(canary, now) };
    let (after, weight_after) = stop(course, canary, facts);
    let weight = Turn { now: ladder::share(canary, weight_now), after: ladder::share(canary, weight_after) };
    (Some(weight), Some(Turn { now: ladder::rung(canary, now), after: ladder::rung(canary, after) }))
}

/// Foretells at which step it stops next, and with which weight.
fn stop(course: &Course, canary: &Canary, facts: &Facts) -> (i64, i64) {
    let now = facts.step_index.unwrap_or(0);
    match course {
        Course::Abort => (0, 0),
        Course::Pause | Course::Resume if facts.abort == Some(true) => (now, 0),
        Course::Pause | Course::Resume => (now, ladder::weight_at(canary, now)),
        Course::EndPause { .. } | Course::SkipInconclusive { .. } => {
            ladder::next_wait(canary, ladder::resumes_at(course, facts))
        }
    }
}

fn blue_green_weight(course: &Course, rollout: &Rollout) -> Option<Turn<Printable>> {
    let hash = known(&rollout.status.current_pod_hash)?;
    let active = known(&rollout.status.active_selector)? == hash;
    let goes = match course {
        Course::Abort => false,
        Course::EndPause { .. } => true,
        _ => active,
    };
    let share = |all: bool| Printable::ours(if all { "100 %" } else { "0 %" });
    Some(Turn { now: share(active), after: share(goes) })
}
