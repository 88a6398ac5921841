//! The phase and message that a Rollout's status shows.
//!
//! It reads spec and status alone and asks nothing else. Invariant: the first rule that applies wins (Argo:
//! utils/rollout/rolloututil.go `CalculateRolloutPhase`).

use super::conditions::{ABORTED, INVALID_SPEC, TIMED_OUT};
use super::spec::Spec;
use super::status::Status;

/// Gives phase and message.
pub fn phase(spec: &Spec, status: &Status) -> (&'static str, String) {
    for condition in &status.conditions {
        if condition.kind == INVALID_SPEC {
            return ("Degraded", format!("{INVALID_SPEC}: {}", condition.message));
        }
        if condition.reason == ABORTED || condition.reason == TIMED_OUT {
            return ("Degraded", format!("{}: {}", condition.reason, condition.message));
        }
    }
    if spec.paused {
        return ("Paused", "manually paused".to_owned());
    }
    if let Some(pause) = status.pause_conditions.first() {
        return ("Paused", pause.reason.clone());
    }
    waits_for(spec, status).map_or(("Healthy", String::new()), |message| ("Progressing", message.to_owned()))
}

fn waits_for(spec: &Spec, status: &Status) -> Option<&'static str> {
    if spec.restart_at.is_some() && spec.restart_at != status.restarted_at {
        return Some("rollout is restarting");
    }
    if status.updated_replicas < spec.wanted() {
        return Some("more replicas need to be updated");
    }
    if status.available_replicas < status.updated_replicas {
        return Some("updated replicas are still becoming available");
    }
    let is_stable = !status.stable_rs.is_empty() && status.is_promoted();
    if let Some(blue_green) = &spec.strategy.blue_green {
        let active = &status.blue_green.active_selector;
        if active.is_empty() || *active != status.current_pod_hash {
            return Some("active service cutover pending");
        }
        let run = status.blue_green.post_promotion_analysis_run_status.as_ref();
        let waits =
            blue_green.post_promotion_analysis.is_some() && !run.is_some_and(|run| is_over(&run.status));
        return match (is_stable, waits) {
            (true, _) => None,
            (false, true) => Some("waiting for analysis to complete"),
            (false, false) => Some("waiting for post-promotion verification to complete"),
        };
    }
    let canary = spec.strategy.canary.as_ref()?;
    if canary.traffic_routing.is_none() && status.replicas > status.updated_replicas {
        return Some("old replicas are pending termination");
    }
    (!is_stable).then_some("waiting for all steps to complete")
}

/// Tells whether a run in this phase is over.
pub fn is_over(phase: &str) -> bool {
    matches!(phase, "Successful" | "Failed" | "Error" | "Inconclusive")
}
