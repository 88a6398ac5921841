//! Owns the weights of a canary: asked for by its steps, and given to its pods or routes.
//!
//! Sources: Argo `utils/replicaset/canary.go` (`GetCurrentSetWeight`), `pkg/kubectl-argo-rollouts/info/rollout_info.go`.
//! Blue-green has no weights. Invariant: a weight that rests on ReplicaSets nobody has seen is `None`, never 0.

use super::role;
use super::{ReplicaSet, Rollout, Step, Strategy, step};

#[cfg(test)]
mod tests;

/// Returns the weight that means "all traffic"; `None` without a canary.
pub fn max(rollout: &Rollout) -> Option<i64> {
    match &rollout.spec.strategy {
        Strategy::Canary(canary) => Some(canary.max_weight),
        _ => None,
    }
}

/// Returns the weight that the steps ask for at this moment; `None` without a canary.
pub fn desired(rollout: &Rollout) -> Option<i64> {
    let Strategy::Canary(canary) = &rollout.spec.strategy else { return None };
    if rollout.status.abort == Some(true) {
        return Some(0);
    }
    let Some((index, _)) = step::current(rollout) else { return Some(canary.max_weight) };
    let passed = canary.steps.iter().take(index.saturating_add(1));
    let set = passed.rev().find_map(|step| match step {
        Step::SetWeight(weight) => Some(*weight),
        _ => None,
    });
    Some(set.unwrap_or(0))
}

/// Returns the weight that the canary really has; `None` without a canary or where it cannot be known.
///
/// `canary_available` counts the available pods of the canary's ReplicaSet (0 where there is none); `None` says that
/// ReplicaSets have not been seen. It matters only where pods alone carry the weight.
pub fn actual(rollout: &Rollout, canary_available: Option<i64>) -> Option<i64> {
    let Strategy::Canary(canary) = &rollout.spec.strategy else { return None };
    if step::current(rollout).is_none() {
        return Some(canary.max_weight);
    }
    let available = rollout.status.replicas.available;
    if available <= 0 {
        return Some(0);
    }
    if canary.traffic_routed {
        return rollout.status.weights.map(|weights| weights.canary).or_else(|| desired(rollout));
    }
    canary_available.and_then(|pods| pods.saturating_mul(canary.max_weight).checked_div(available))
}

/// Counts the available pods of the canary among the Rollout's own ReplicaSets; 0 where there is none.
pub fn canary_available<'a>(rollout: &Rollout, sets: impl IntoIterator<Item = &'a ReplicaSet>) -> i64 {
    let canary = sets.into_iter().filter(|set| role::roles(rollout, set).canary).last();
    canary.map_or(0, |set| set.available)
}
