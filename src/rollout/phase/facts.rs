//! Owns the single facts from which phases are judged, each one rule of Argo's.
//!
//! Source: Argo `utils/rollout/rolloututil.go`. It never combines facts into a phase. Invariant: absent hashes read as
//! empty ones, as in Argo's own comparisons.

use jiff::Timestamp;

use crate::rollout::{BlueGreen, Rollout};

/// Tells whether the controller has seen the newest spec.
///
/// A `status.observedGeneration` that is no number (controllers ≤ 0.9 stored a hash) counts as seen.
pub fn is_spec_observed(rollout: &Rollout) -> bool {
    let observed = rollout.status.observed_generation.as_deref().and_then(|text| text.parse::<i64>().ok());
    observed.is_none_or(|observed| observed >= rollout.meta.generation)
}

/// Tells whether somebody cleared the pause and the controller has not acted on it yet.
pub fn is_resuming(rollout: &Rollout) -> bool {
    rollout.status.controller_pause == Some(true) && rollout.status.pauses.list.is_empty()
}

/// Tells whether the controller has seen the newest generation of the workload that holds the template.
pub fn is_workload_observed(rollout: &Rollout) -> bool {
    let number = |text: Option<&str>| text.and_then(|text| text.parse::<i64>().ok());
    let wanted = number(rollout.workload_generation.as_deref());
    let observed = number(rollout.status.workload_observed_generation.as_deref());
    match (wanted, observed) {
        (Some(wanted), Some(observed)) => rollout.spec.workload_ref.is_none() || wanted == observed,
        _ => true,
    }
}

/// Tells whether the wanted version is the stable one.
pub fn is_fully_promoted(rollout: &Rollout) -> bool {
    let status = &rollout.status;
    status.stable_hash.as_deref().unwrap_or_default()
        == status.current_pod_hash.as_deref().unwrap_or_default()
}

/// Tells whether a stable version is known and is the wanted one.
pub fn is_settled(rollout: &Rollout) -> bool {
    rollout.status.stable_hash.as_deref().is_some_and(|hash| !hash.is_empty()) && is_fully_promoted(rollout)
}

/// Tells whether a restart was asked for that the controller has not finished; times are compared, not spellings.
pub fn is_restarting(rollout: &Rollout) -> bool {
    let time = |text: &str| text.parse::<Timestamp>().ok();
    match (rollout.spec.restart_at.as_deref(), rollout.status.restarted_at.as_deref()) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some(asked), Some(done)) => match (time(asked), time(done)) {
            (Some(asked), Some(done)) => asked != done,
            _ => asked != done,
        },
    }
}

/// Blue-green: tells whether the active service selects the wanted version.
pub fn is_switched(rollout: &Rollout) -> bool {
    let active = rollout.status.active_selector.as_deref().unwrap_or_default();
    !active.is_empty() && active == rollout.status.current_pod_hash.as_deref().unwrap_or_default()
}

/// Blue-green: tells whether the analysis after the switch is asked for and not over.
pub fn is_judging_switch(rollout: &Rollout, blue_green: &BlueGreen) -> bool {
    let over = |status: &str| matches!(status, "Successful" | "Failed" | "Error" | "Inconclusive");
    let run = rollout.status.post_promotion.as_ref();
    blue_green.post_promotion_analysis && !run.is_some_and(|run| over(run.status.as_str()))
}
