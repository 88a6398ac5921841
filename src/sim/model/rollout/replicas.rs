//! How many pods each version shall have.
//!
//! Pure arithmetic on spec, status and counts; scaling happens elsewhere. Invariant: without a router the versions together
//! never exceed what `maxSurge` allows, and never fall below what `maxUnavailable` demands of those that are available
//! (Argo: utils/replicaset/canary.go).

use super::pass::Rollout;
use super::set::{Set, Sets};
use super::spec::{SetCanaryScale, Threshold};
use super::status::Weights;

mod basic;

/// Pods that the two versions of a canary shall have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// The new version's.
    pub canary: i64,
    /// The stable version's.
    pub stable: i64,
}

/// Gives the pods of a canary's versions; `weights` are those of the router, where there is one.
pub fn counts(rollout: &Rollout<'_>, sets: &Sets<'_>, weights: Option<&Weights>) -> Counts {
    if rollout.spec.routing().is_some() {
        routed(rollout, sets, weights)
    } else {
        basic::counts(rollout, sets)
    }
}

/// Tells whether a canary's versions have the pods they shall have (Argo: `AtDesiredReplicaCountsForCanary`).
pub fn are_reached(rollout: &Rollout<'_>, sets: &Sets<'_>, weights: Option<&Weights>) -> bool {
    let wanted = counts(rollout, sets, weights);
    let routed = rollout.spec.routing().is_some();
    let stable_has_them = sets
        .stable_set()
        .is_some_and(|set| set.replicas == wanted.stable && set.status.replicas == wanted.stable);
    let old_are_gone = || sets.others().all(|set| set.status.available_replicas == 0);
    is_enough(rollout, sets.new_set(), wanted.canary)
        && (rollout.spec.is_dynamic() || stable_has_them)
        && (routed || old_are_gone())
}

/// Tells whether enough of a version's pods are available to go on (Argo: `ReplicaProgressThresholdMet`).
pub fn is_enough(rollout: &Rollout<'_>, set: Option<&Set<'_>>, wanted: i64) -> bool {
    let Some(set) = set else { return false };
    let available = set.status.available_replicas;
    let threshold =
        rollout.spec.strategy.canary.as_ref().and_then(|canary| canary.replica_progress_threshold.as_ref());
    match threshold.filter(|threshold| threshold.value >= 0) {
        None => wanted == set.replicas && wanted == available,
        Some(Threshold { unit, value }) if unit == "Percent" => {
            wanted == 0 || available * 100 >= value * wanted
        }
        Some(Threshold { value, .. }) => available >= *value,
    }
}

/// Gives the weight that the steps ask for (Argo: `GetCurrentSetWeight`).
pub fn step_weight(rollout: &Rollout<'_>) -> i64 {
    if rollout.status.abort {
        return 0;
    }
    let steps = rollout.spec.steps();
    let index = usize::try_from(rollout.status.current_step_index.unwrap_or(0)).unwrap_or(0);
    if index >= steps.len() {
        return rollout.spec.whole_weight();
    }
    steps.iter().take(index + 1).rev().find_map(|step| step.set_weight).unwrap_or(0)
}

/// Gives the weight that an update has when it goes back by the way it came (Argo: `GetDesiredCanaryWeight`).
pub fn wanted_weight(rollout: &Rollout<'_>, sets: &Sets<'_>) -> i64 {
    let (Some(new), Some(stable), true) =
        (sets.new_set(), sets.stable_set(), rollout.status.abort && rollout.spec.is_dynamic())
    else {
        return step_weight(rollout);
    };
    let wanted = rollout.spec.wanted();
    let canary = (wanted - stable.status.available_replicas).max(new.status.available_replicas);
    let whole = rollout.spec.whole_weight();
    let weights = rollout.spec.steps().iter().rev().filter_map(|step| step.set_weight);
    weights.into_iter().find(|weight| share(wanted, *weight, whole) < canary).unwrap_or(0)
}

/// What decides about the canary's pods.
enum Target {
    Pods(i64),
    Weight(i64),
}

fn target(rollout: &Rollout<'_>, sets: &Sets<'_>) -> Target {
    let status = &rollout.status;
    if status.promote_full || status.stable_rs.is_empty() || status.is_promoted() {
        return Target::Weight(rollout.spec.whole_weight());
    }
    match canary_scale(rollout) {
        Some(SetCanaryScale { replicas: Some(replicas), .. }) => Target::Pods(*replicas),
        Some(SetCanaryScale { weight: Some(weight), .. }) => Target::Weight(*weight),
        _ => Target::Weight(wanted_weight(rollout, sets)),
    }
}

/// Gives the step that scales the canary apart from its traffic, if one counts (Argo: `UseSetCanaryScale`).
fn canary_scale<'r>(rollout: &'r Rollout<'_>) -> Option<&'r SetCanaryScale> {
    rollout.spec.routing()?;
    if rollout.status.abort && rollout.spec.abort_delay().is_some() {
        return None;
    }
    let index = usize::try_from(rollout.status.current_step_index.unwrap_or(0)).unwrap_or(0);
    let steps = rollout.spec.steps();
    steps.get(index)?;
    let step = steps.iter().take(index + 1).rev().find_map(|step| step.set_canary_scale.as_ref())?;
    (!step.match_traffic_weight).then_some(step)
}

/// Gives the pods of versions between which a router shares the traffic.
fn routed(rollout: &Rollout<'_>, sets: &Sets<'_>, weights: Option<&Weights>) -> Counts {
    let (wanted, whole) = (rollout.spec.wanted(), rollout.spec.whole_weight());
    let least = rollout.spec.strategy.canary.as_ref().and_then(|canary| canary.min_pods_per_replica_set);
    let at_least = |count: i64| if count == 0 { 0 } else { count.max(least.unwrap_or(0)) };
    let (mut canary, weight) = match target(rollout, sets) {
        Target::Pods(pods) => (pods, 0),
        Target::Weight(weight) => (at_least(share(wanted, weight, whole)), weight),
    };
    if !rollout.spec.is_dynamic() {
        return Counts { canary, stable: wanted };
    }
    let mut stable = share(wanted, whole - weight, whole);
    if let Some(weights) = weights {
        stable = stable.max(share(wanted, weights.stable.weight, whole));
        if rollout.status.abort {
            canary = canary.max(share(wanted, weights.canary.weight, whole));
        }
    }
    Counts { canary: at_least(canary), stable: at_least(stable) }
}

/// Gives the pods for a share of the traffic, rounded up.
fn share(wanted: i64, weight: i64, whole: i64) -> i64 {
    if whole <= 0 {
        0
    } else {
        (wanted * weight).div_euclid(whole) + i64::from((wanted * weight).rem_euclid(whole) > 0)
    }
}
