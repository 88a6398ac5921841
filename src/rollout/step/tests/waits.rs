use super::*;
use crate::rollout::sample::blue_green;

/// Says what a Rollout waits for at two minutes past nine.
fn said(rollout: &Rollout) -> String {
    wait(rollout).text(at("2026-11-21T09:02:00Z")).to_string()
}

fn trouble(kind: &str, reason: &str) -> Value {
    json!({"status": {"conditions": [{"type": kind, "reason": reason, "message": "m"}]}})
}

#[test]
fn a_rollout_at_rest_waits_for_nothing() {
    assert_eq!(said(&canary(json!({}))), "nothing");
    assert_eq!(said(&blue_green(json!({}))), "nothing");
    let stored = json!({"status": {"phase": "Healthy", "updatedReplicas": 1}});
    assert_eq!(said(&canary(stored)), "nothing", "the controller's word counts");
}

#[test]
fn an_unseen_change_waits_for_the_controller() {
    let unseen = json!({"metadata": {"generation": 9}, "spec": {"paused": true}});
    assert_eq!(said(&canary(unseen)), "the controller to see the new spec");
    let resuming = json!({"status": {"controllerPause": true}});
    assert_eq!(said(&canary_at(1, resuming)), "the controller to resume");
    let workload = json!({
        "metadata": {"annotations": {"rollout.argoproj.io/workload-generation": "2"}},
        "spec": {"workloadRef": {"name": "api"}}, "status": {"workloadObservedGeneration": "1"}
    });
    assert_eq!(said(&canary(workload)), "the controller to see the new workload");
    let aborting = json!({"status": {"abort": true}});
    assert_eq!(said(&canary_at(1, aborting)), "the controller to abort");
}

#[test]
fn trouble_waits_for_a_person() {
    let of = |kind: &str, reason: &str| said(&canary_at(1, trouble(kind, reason)));
    assert_eq!(of("Progressing", "RolloutAborted"), "a person to retry or revert: aborted");
    assert_eq!(of("InvalidSpec", "InvalidSpec"), "a person: the spec is refused");
    assert_eq!(of("Progressing", "ProgressDeadlineExceeded"), "a person: no progress before the deadline");
    assert_eq!(said(&canary(json!({"status": {"phase": "Degraded"}}))), "a person: degraded");
}

#[test]
fn a_manual_pause_waits_for_a_person_even_during_a_timed_one() {
    let mut rollout = pausing(json!("5m"));
    rollout.spec.paused = Some(true);
    assert_eq!(said(&rollout), "a person to resume: paused by hand");
}

#[test]
fn pauses_wait_for_whoever_can_end_them() {
    assert_eq!(said(&canary_at(1, paused(&[CANARY_PAUSE]))), "a person to end the pause");
    assert_eq!(said(&pausing(json!("5m"))), "the pause to end in 3m");
    assert_eq!(said(&pausing(json!(60))), "the pause to end, 60s overdue");
    assert_eq!(said(&pausing(json!("soon"))), "the pause to end");
    let of = |reason: &str| said(&canary_at(1, paused(&[reason])));
    assert_eq!(of(INCONCLUSIVE_ANALYSIS), "a person to judge an inconclusive analysis");
    assert_eq!(of(INCONCLUSIVE_EXPERIMENT), "a person to judge an inconclusive experiment");
    assert_eq!(of("FullMoon"), "a person: paused by FullMoon");
    assert_eq!(of(BLUE_GREEN_PAUSE), "a person: paused by BlueGreenPause", "in a canary");
    assert_eq!(
        said(&canary_at(0, paused(&[CANARY_PAUSE]))),
        "a person: paused by CanaryPauseStep",
        "at a weight"
    );
}

#[test]
fn of_several_pauses_the_one_without_verdict_counts() {
    let both_pauses = paused(&[CANARY_PAUSE, INCONCLUSIVE_ANALYSIS]);
    assert_eq!(said(&canary_at(1, both_pauses)), "a person to judge an inconclusive analysis");
}

#[test]
fn blue_green_pauses_wait_for_a_person_only_without_automatic_promotion() {
    let of = |strategy: Value| {
        let patch =
            json!({"spec": {"strategy": {"blueGreen": strategy}}, "status": {"currentPodHash": "bbb"}});
        said(&blue_green(both(patch, paused(&[BLUE_GREEN_PAUSE]))))
    };
    assert_eq!(
        of(json!({"autoPromotionEnabled": false, "autoPromotionSeconds": 300})),
        "a person to switch to the new version"
    );
    assert_eq!(of(json!({"autoPromotionSeconds": 300})), "the pause to end in 3m");
    assert_eq!(of(json!({})), "the pause to end");
}

#[test]
fn each_step_has_what_it_waits_for() {
    let at_step = |step: Value, status: Value| {
        said(&canary_at(0, both(steps(json!([step])), json!({ "status": status }))))
    };
    let none = || json!({});
    assert_eq!(at_step(json!({"setWeight": 20}), none()), "the canary to reach weight 20");
    assert_eq!(
        at_step(json!({"setWeight": 20}), json!({"updatedReplicas": 3, "availableReplicas": 2})),
        "pods: 2 of 3 available"
    );
    assert_eq!(
        at_step(json!({"setWeight": 20}), json!({"canary": {"weights": {"verified": false}}})),
        "the router to confirm weight 20"
    );
    assert_eq!(at_step(json!({"setCanaryScale": {"replicas": 2}}), none()), "the canary to reach its size");
    assert_eq!(at_step(json!({"analysis": {}}), none()), "an analysis to begin");
    let run = json!({"canary": {"currentStepAnalysisRunStatus": {"name": "run-1", "status": "Running"}}});
    assert_eq!(at_step(json!({"analysis": {}}), run), "analysis run-1 (Running)");
    let fresh = json!({"canary": {"currentStepAnalysisRunStatus": {"name": "run-1"}}});
    assert_eq!(at_step(json!({"analysis": {}}), fresh), "analysis run-1");
    assert_eq!(at_step(json!({"experiment": {}}), none()), "an experiment to begin");
    assert_eq!(
        at_step(json!({"experiment": {}}), json!({"canary": {"currentExperiment": "exp-1"}})),
        "experiment exp-1"
    );
    assert_eq!(at_step(json!({"plugin": {"name": "acme/wait"}}), none()), "step plugin acme/wait");
    for step in [json!({"pause": {}}), json!({"setHeaderRoute": {"name": "h"}}), json!({"leap": {}})] {
        assert_eq!(at_step(step, none()), "the controller to go on");
    }
}

#[test]
fn past_the_ladder_the_pods_count() {
    let past = |status: Value| said(&canary_at(4, json!({ "status": status })));
    assert_eq!(past(json!({"updatedReplicas": 3})), "new pods: 3 of 5 made");
    assert_eq!(past(json!({"updatedReplicas": 5, "availableReplicas": 4})), "pods: 4 of 5 available");
    assert_eq!(past(json!({"updatedReplicas": 5, "replicas": 7})), "old pods to end: 2");
    assert_eq!(past(json!({"updatedReplicas": 5})), "the controller to go on");
    assert_eq!(
        said(&canary(json!({"status": {"updatedReplicas": 4}}))),
        "new pods: 4 of 5 made",
        "scaled up"
    );
}

#[test]
fn a_full_promotion_passes_the_ladder() {
    let full = json!({"status": {"promoteFull": true}});
    assert_eq!(said(&canary_at(0, full)), "new pods: 1 of 5 made");
}

#[test]
fn a_restart_waits_for_its_pods() {
    let restart = json!({"spec": {"restartAt": "2026-11-21T09:00:00Z"}});
    assert_eq!(said(&canary(restart)), "pods to restart");
}

#[test]
fn blue_green_waits_for_analysis_switch_and_verification_in_turn() {
    let of = |patch: Value| said(&blue_green(both(json!({"status": {"currentPodHash": "bbb"}}), patch)));
    assert_eq!(of(json!({})), "the active service to switch");
    let pre = |word: &str| {
        json!({"status": {"updatedReplicas": 1,
            "blueGreen": {"prePromotionAnalysisRunStatus": {"name": "pre", "status": word}}}})
    };
    assert_eq!(of(pre("Running")), "analysis pre (Running)", "a preview may be small");
    assert_eq!(of(pre("Successful")), "new pods: 1 of 2 made");
    let switched = json!({"status": {"blueGreen": {"activeSelector": "bbb"}}});
    assert_eq!(of(switched.clone()), "the switch to be verified");
    let judged = json!({"spec": {"strategy": {"blueGreen": {"postPromotionAnalysis": {}}}}});
    assert_eq!(of(both(switched.clone(), judged.clone())), "an analysis to begin");
    let post = json!({"status": {"blueGreen": {"postPromotionAnalysisRunStatus": {"name": "post", "status": "Running"}}}});
    assert_eq!(of(both(both(switched, judged), post)), "analysis post (Running)");
}

#[test]
fn a_rollout_of_no_known_strategy_waits_for_its_pods() {
    assert_eq!(said(&sample::rollout(json!({}))), "new pods: 0 of 1 made");
}
