//! Pods of a canary without a router, whose share of the traffic is its share of the pods.
//!
//! It owns the approximation of a weight by whole pods, and the way there in steps that keep within surge and
//! availability. Invariant: up before down, stable before new going up (Argo: `CalculateReplicaCountsForBasicCanary`).

use super::{Counts, Target, target};
use crate::sim::model::rollout::pass::Rollout;
use crate::sim::model::rollout::set::{Set, Sets};

/// Gives the pods that both versions shall have next.
pub fn counts(rollout: &Rollout<'_>, sets: &Sets<'_>) -> Counts {
    let (wanted, (surge, missing)) = (rollout.spec.wanted(), rollout.spec.fences());
    let (new, stable) = (sets.new_set(), sets.separate_stable());
    let weight = match target(rollout, sets) {
        Target::Weight(weight) => weight,
        Target::Pods(_) => 0,
    };
    let goal = match stable {
        Some(_) => approximate(wanted, weight, rollout.spec.whole_weight(), surge > 0),
        None => Counts { canary: wanted, stable: 0 },
    };
    let old: i64 = sets.others().map(|set| set.replicas).sum();
    let has = |set: Option<&Set<'_>>| set.map_or(0, |set| set.replicas);
    let mut next = Counts { canary: has(new), stable: has(stable) };
    let most = wanted + surge;
    let mut room = most - old - next.canary - next.stable;
    if stable.is_some() && next.stable < goal.stable && room > 0 {
        let more = room.min(goal.stable - next.stable);
        next.stable += more;
        room -= more;
    }
    if new.is_some() && next.canary < goal.canary && room > 0 {
        next.canary += room.min(goal.canary - next.canary);
    }
    if old > 0 {
        return next;
    }
    let least = wanted - missing;
    let grows = new.is_none_or(|set| goal.canary >= set.replicas);
    // A new version that is also the stable one counts once for each role, as Argo counts it.
    let spare = countable(new, !grows) + countable(sets.stable_set(), grows) - least;
    if spare <= 0 {
        return next;
    }
    let bounds = Bounds { most, least };
    if !grows {
        next.canary = shrink(new, goal.canary, spare, next.canary);
        (next.canary, next.stable) = within(new, sets.stable_set(), (next.canary, next.stable), bounds);
    } else if stable.is_some() {
        next.stable = shrink(stable, goal.stable, spare, next.stable);
        (next.stable, next.canary) = within(stable, new, (next.stable, next.canary), bounds);
    }
    next
}

#[derive(Clone, Copy)]
struct Bounds {
    most: i64,
    least: i64,
}

/// Gives the whole pods that come closest to a weight (Argo: `approximateWeightedCanaryStableReplicaCounts`).
fn approximate(wanted: i64, weight: i64, whole: i64, may_surge: bool) -> Counts {
    if wanted == 0 || whole <= 0 {
        return Counts { canary: 0, stable: 0 };
    }
    let low = (wanted * weight).div_euclid(whole);
    let high = low + i64::from((wanted * weight).rem_euclid(whole) > 0);
    let is_tied = |total: i64| (total * weight * 2).rem_euclid(whole * 2) == whole;
    let may_be_none = weight == whole || weight == 0 || (wanted == 1 && !may_surge);
    let low_counts = low != 0 || may_be_none;
    let mut options = Vec::new();
    if high < wanted || may_be_none {
        options.push((high, wanted));
    }
    if !is_tied(wanted) && low_counts {
        options.push((low, wanted));
    }
    if may_surge {
        options.push((high, wanted + 1));
        if !is_tied(wanted + 1) && low_counts {
            options.push((low, wanted + 1));
        }
    }
    // Distances from the weight as fractions over the total: |canary * whole / total - weight|.
    let distance = |(canary, total): (i64, i64)| ((canary * whole - weight * total).abs(), total);
    let closer = |one: (i64, i64), other: (i64, i64)| {
        let ((one, of_one), (other, of_other)) = (distance(one), distance(other));
        one * of_other < other * of_one
    };
    let best = options.into_iter().reduce(|best, option| if closer(option, best) { option } else { best });
    best.map_or(Counts { canary: 0, stable: wanted }, |(canary, total)| Counts {
        canary,
        stable: total - canary,
    })
}

/// Gives the pods of a version that may be counted on when others go (Argo: `GetReplicasForScaleDown`).
fn countable(set: Option<&Set<'_>>, ignores_availability: bool) -> i64 {
    set.map_or(0, |set| {
        let available = set.status.available_replicas;
        if set.replicas < available || ignores_availability { set.replicas } else { available }
    })
}

/// Takes pods from a version, as many as are spare and no more than its goal allows.
fn shrink(set: Option<&Set<'_>>, goal: i64, spare: i64, count: i64) -> i64 {
    set.filter(|set| set.replicas > goal).map_or(count, |set| goal.max(set.replicas - spare))
}

/// Brings two counts back into the bounds (Argo: `adjustReplicaWithinLimits`): first of what drains, second of what stays.
fn within(
    drains: Option<&Set<'_>>,
    stays: Option<&Set<'_>>,
    (drain, stay): (i64, i64),
    bounds: Bounds,
) -> (i64, i64) {
    let Some(stays) = stays else { return (drain, stay) };
    let over = (stay + drain - bounds.most).max(0);
    let cut = stay - over;
    let available = drains.map_or(0, |set| set.status.available_replicas.min(drain))
        + stays.status.available_replicas.min(cut);
    let lost = (stays.status.available_replicas - cut).max(0);
    let stay = cut + lost.min((bounds.least - available).max(0));
    (drain - (stay + drain - bounds.most).max(0), stay)
}
