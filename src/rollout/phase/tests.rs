use serde_json::{Value, json};

use super::*;
use crate::rollout::sample::{self, blue_green, both, canary, canary_at, paused};

/// Gives `Phase` or `Phase - message`, as the plugin reads it.
fn read(rollout: &Rollout) -> String {
    let (phase, message) = phase(rollout, Reader::Plugin);
    if message.is_empty() { phase.to_string() } else { format!("{phase} - {message}") }
}

fn condition(kind: &str, reason: &str, message: &str) -> Value {
    json!({"type": kind, "status": "False", "reason": reason, "message": message})
}

fn conditions(list: &[Value]) -> Value {
    json!({"status": {"conditions": list}})
}

fn stored(phase: &str, message: &str) -> Value {
    json!({"status": {"phase": phase, "message": message}})
}

const UNSEEN: &str = "Progressing - waiting for rollout spec update to be observed";
const RESUMING: &str = "Progressing - waiting for rollout to unpause";

#[test]
fn rollouts_at_rest_are_healthy_and_say_nothing() {
    assert_eq!(read(&canary(json!({}))), "Healthy");
    assert_eq!(read(&blue_green(json!({}))), "Healthy");
}

#[test]
fn a_spec_that_the_controller_has_not_seen_comes_before_everything() {
    let observed = |text: Value| {
        let patch = json!({"metadata": {"generation": 7}, "status": {"observedGeneration": text}});
        read(&canary(both(stored("Degraded", "why"), patch)))
    };
    assert_eq!(observed(json!("6")), UNSEEN);
    assert_eq!(observed(json!("7")), "Degraded - why");
    assert_eq!(observed(json!("8")), "Degraded - why", "a numeric hash of old controllers");
    assert_eq!(observed(json!("7d9f8")), "Degraded - why", "a hash of old controllers");
    assert_eq!(observed(json!("")), "Degraded - why");
    assert_eq!(observed(Value::Null), "Degraded - why");
}

#[test]
fn a_cleared_pause_comes_before_the_stored_phase() {
    let resuming =
        json!({"status": {"controllerPause": true, "phase": "Paused", "message": "CanaryPauseStep"}});
    assert_eq!(read(&canary(resuming.clone())), RESUMING);
    assert_eq!(read(&canary(both(resuming, paused(&["CanaryPauseStep"])))), "Paused - CanaryPauseStep");
    assert_eq!(
        read(&canary(json!({"metadata": {"generation": 4}, "status": {"controllerPause": true}}))),
        UNSEEN
    );
}

#[test]
fn only_the_screen_sees_a_workload_ahead_of_the_controller() {
    let workload = |wanted: Value, observed: Value| {
        canary(json!({
            "metadata": {"annotations": {"rollout.argoproj.io/workload-generation": wanted}},
            "spec": {"workloadRef": {"kind": "Deployment", "name": "api"}},
            "status": {"workloadObservedGeneration": observed}
        }))
    };
    let screen = |rollout: &Rollout| phase(rollout, Reader::Screen);
    let ahead = workload(json!("5"), json!("4"));
    let message = "waiting for rollout spec update to be observed for the reference workload";
    assert_eq!(screen(&ahead), (Phase::Progressing, message.into()));
    assert_eq!(read(&ahead), "Healthy");
    for (wanted, observed) in [
        (json!("5"), json!("5")),
        (json!("5"), Value::Null),
        (json!("5"), json!("x")),
        (Value::Null, json!("4")),
        (json!("x"), json!("4")),
    ] {
        assert_eq!(
            screen(&workload(wanted.clone(), observed.clone())).0,
            Phase::Healthy,
            "{wanted} {observed}"
        );
    }
    let mut without_reference = ahead;
    without_reference.spec.workload_ref = None;
    assert_eq!(screen(&without_reference).0, Phase::Healthy);
}

#[test]
fn the_stored_phase_counts_over_the_computed_one() {
    assert_eq!(
        read(&canary(stored("Progressing", "more replicas need to be updated"))),
        "Progressing - more replicas need to be updated"
    );
    assert_eq!(read(&canary(json!({"status": {"phase": "Paused"}}))), "Paused");
    assert_eq!(read(&canary(stored("", "left over"))), "Healthy", "an empty phase is none");
}

#[test]
fn a_word_that_nobody_knows_is_kept_for_the_report() {
    let odd = canary(stored("Simmering", "low heat"));
    assert_eq!(phase(&odd, Reader::Plugin), (Phase::Unknown, "low heat".into()));
    assert_eq!(word(&odd, Reader::Plugin).as_str(), "Simmering");
    assert_eq!(word(&canary(json!({})), Reader::Plugin).as_str(), "Healthy");
    assert_eq!(word(&canary(stored("Paused", "x")), Reader::Screen).as_str(), "Paused");
}

#[test]
fn an_invalid_spec_degrades_whatever_its_status_says() {
    let rollout = canary(conditions(&[condition("InvalidSpec", "InvalidSpec", "no such service")]));
    assert_eq!(read(&rollout), "Degraded - InvalidSpec: no such service");
    assert_eq!(trouble(&rollout), Some(Trouble::InvalidSpec));
}

#[test]
fn abort_and_deadline_degrade_on_any_condition() {
    let aborted = canary(conditions(&[
        condition("Available", "AvailableReason", "fine"),
        condition("Progressing", "RolloutAborted", "Rollout aborted update to revision 4"),
    ]));
    assert_eq!(read(&aborted), "Degraded - RolloutAborted: Rollout aborted update to revision 4");
    assert_eq!(trouble(&aborted), Some(Trouble::Aborted));
    let late = canary(conditions(&[condition("Healthy", "ProgressDeadlineExceeded", "timed out")]));
    assert_eq!(read(&late), "Degraded - ProgressDeadlineExceeded: timed out");
    assert_eq!(trouble(&late), Some(Trouble::TimedOut));
    assert_eq!(trouble(&canary(json!({}))), None);
}

#[test]
fn the_first_troubled_condition_gives_the_message() {
    let late = condition("Progressing", "ProgressDeadlineExceeded", "late");
    let invalid = condition("InvalidSpec", "InvalidSpec", "bad");
    assert_eq!(
        read(&canary(conditions(&[late.clone(), invalid.clone()]))),
        "Degraded - ProgressDeadlineExceeded: late"
    );
    assert_eq!(read(&canary(conditions(&[invalid, late]))), "Degraded - InvalidSpec: bad");
}

#[test]
fn trouble_counts_over_a_pause() {
    let late = conditions(&[condition("Progressing", "ProgressDeadlineExceeded", "late")]);
    let held = both(both(late, json!({"spec": {"paused": true}})), paused(&["CanaryPauseStep"]));
    assert_eq!(read(&canary(held)), "Degraded - ProgressDeadlineExceeded: late");
}

#[test]
fn a_manual_pause_counts_over_the_controllers() {
    let both_pauses = both(json!({"spec": {"paused": true}}), paused(&["CanaryPauseStep"]));
    assert_eq!(read(&canary_at(1, both_pauses)), "Paused - manually paused");
    assert_eq!(read(&canary(json!({"spec": {"paused": true}}))), "Paused - manually paused");
    assert_eq!(read(&canary(json!({"spec": {"paused": false}}))), "Healthy");
}

#[test]
fn the_first_pause_condition_gives_the_message() {
    let pauses = paused(&["InconclusiveAnalysisRun", "CanaryPauseStep"]);
    assert_eq!(read(&canary_at(1, pauses)), "Paused - InconclusiveAnalysisRun");
}

#[test]
fn a_restart_lasts_until_its_time_is_reported_done() {
    let restart = |asked: Value, done: Value| {
        read(&canary(json!({"spec": {"restartAt": asked}, "status": {"restartedAt": done}})))
    };
    let ten = json!("2026-11-21T10:00:00Z");
    let restarting = "Progressing - rollout is restarting";
    assert_eq!(restart(ten.clone(), Value::Null), restarting);
    assert_eq!(restart(ten.clone(), json!("2026-11-20T10:00:00Z")), restarting);
    assert_eq!(restart(ten.clone(), ten.clone()), "Healthy");
    assert_eq!(restart(ten.clone(), json!("2026-11-21T12:00:00+02:00")), "Healthy", "the same moment");
    assert_eq!(restart(Value::Null, ten), "Healthy");
    assert_eq!(restart(json!("soon"), json!("soon")), "Healthy");
}

#[test]
fn pods_are_updated_then_available() {
    let pods = |updated: i64, available: i64| {
        read(&canary(json!({"status": {"updatedReplicas": updated, "availableReplicas": available}})))
    };
    assert_eq!(pods(4, 0), "Progressing - more replicas need to be updated");
    assert_eq!(pods(5, 4), "Progressing - updated replicas are still becoming available");
    assert_eq!(pods(5, 5), "Healthy");
}

#[test]
fn desired_pods_are_one_unless_said() {
    let one = json!({"spec": {"replicas": null}, "status": {"replicas": 0, "updatedReplicas": 0}});
    assert_eq!(read(&canary(one)), "Progressing - more replicas need to be updated");
    let none = json!({"spec": {"replicas": 0}, "status": {"replicas": 0, "updatedReplicas": 0}});
    assert_eq!(read(&canary(none)), "Healthy");
}

#[test]
fn old_pods_matter_only_where_no_router_carries_traffic() {
    let old = json!({"status": {"replicas": 6}});
    assert_eq!(read(&canary(old.clone())), "Progressing - old replicas are pending termination");
    let routed = json!({"spec": {"strategy": {"canary": {"trafficRouting": {"nginx": {}}}}}});
    assert_eq!(read(&canary(both(old, routed))), "Healthy");
}

#[test]
fn a_canary_is_done_when_its_version_is_the_stable_one() {
    let steps = "Progressing - waiting for all steps to complete";
    assert_eq!(read(&canary(json!({"status": {"stableRS": "zzz"}}))), steps);
    assert_eq!(read(&canary(json!({"status": {"stableRS": null}}))), steps);
    assert_eq!(read(&canary(json!({"status": {"stableRS": null, "currentPodHash": null}}))), steps);
}

#[test]
fn blue_green_switches_then_verifies() {
    let cutover = "Progressing - active service cutover pending";
    assert_eq!(read(&blue_green(json!({"status": {"currentPodHash": "bbb"}}))), cutover);
    assert_eq!(read(&blue_green(json!({"status": {"blueGreen": {"activeSelector": null}}}))), cutover);
    let switched = json!({"status": {"currentPodHash": "bbb", "blueGreen": {"activeSelector": "bbb"}}});
    assert_eq!(
        read(&blue_green(switched)),
        "Progressing - waiting for post-promotion verification to complete"
    );
    assert_eq!(read(&blue_green(json!({"status": {"replicas": 4}}))), "Healthy", "old pods do not matter");
}

#[test]
fn blue_green_waits_for_the_analysis_after_the_switch() {
    let judged = |status: Value| {
        read(&blue_green(json!({
            "spec": {"strategy": {"blueGreen": {"postPromotionAnalysis": {"templates": []}}}},
            "status": {"stableRS": "old", "blueGreen": {"postPromotionAnalysisRunStatus": status}}
        })))
    };
    let waiting = "Progressing - waiting for analysis to complete";
    let verifying = "Progressing - waiting for post-promotion verification to complete";
    assert_eq!(judged(Value::Null), waiting);
    for word in ["", "Pending", "Running"] {
        assert_eq!(judged(json!({"name": "a", "status": word})), waiting, "{word}");
    }
    for word in ["Successful", "Failed", "Error", "Inconclusive"] {
        assert_eq!(judged(json!({"name": "a", "status": word})), verifying, "{word}");
    }
}

#[test]
fn a_rollout_of_no_known_strategy_is_judged_by_its_pods() {
    let bare = |updated: i64| {
        sample::rollout(json!({"status": {"updatedReplicas": updated, "availableReplicas": 1}}))
    };
    assert_eq!(read(&bare(0)), "Progressing - more replicas need to be updated");
    assert_eq!(read(&bare(1)), "Healthy");
}

#[test]
fn the_short_way_gives_the_same_phase() {
    for rollout in [canary(json!({})), canary(stored("Odd", "")), canary_at(1, paused(&["CanaryPauseStep"]))]
    {
        assert_eq!(phase_only(&rollout, Reader::Screen), phase(&rollout, Reader::Screen).0);
    }
}
