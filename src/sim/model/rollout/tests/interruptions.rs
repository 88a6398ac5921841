//! What a person does to an update: aborting, retrying, going back, pausing, scaling, restarting, changing it.

use serde_json::json;

use super::stage::Stage;

fn steps() -> serde_json::Value {
    json!([{ "setWeight": 20 }, { "pause": {} }, { "setWeight": 60 }, { "pause": {} }])
}

#[test]
fn an_abort_gives_the_stable_version_all_pods_and_says_so() {
    let mut stage = Stage::updating(steps());
    stage.abort();
    let message = "RolloutAborted: Rollout aborted update to revision 2";
    assert_eq!(stage.phase(), ("Degraded", message));
    assert_eq!(stage.step(), Some(0));
    assert_eq!(stage.pods()["v1"], 5);
    assert_eq!(stage.pods()["v2"], 0);
    assert_eq!(stage.status()["abortedAt"], "2026-11-21T08:00:00Z");
    assert_eq!(stage.status().get("pauseConditions"), None);
    assert_eq!(stage.status().get("controllerPause"), None);
    assert_eq!(stage.condition("Progressing"), "False RolloutAborted: Rollout aborted update to revision 2");
    assert_eq!(stage.told_of("RolloutAborted"), ["Rollout aborted update to revision 2"]);
    assert!(stage.told_of("RolloutResumed").is_empty(), "an abort is no resumption");
    assert_eq!(stage.status()["stableRS"], stage.hash("v1"));
}

#[test]
fn a_retry_begins_again_with_the_first_step() {
    let mut stage = Stage::updating(steps());
    stage.promote();
    stage.abort();
    stage.write_status(json!({ "abort": false }));
    assert_eq!(stage.phase(), ("Paused", "CanaryPauseStep"));
    assert_eq!(stage.step(), Some(1));
    assert_eq!(stage.pods()["v2"], 1);
    assert_eq!(stage.status().get("abortedAt"), None);
}

#[test]
fn an_abort_of_a_healthy_rollout_is_taken_back() {
    let mut stage = Stage::canary(steps());
    stage.abort();
    assert_eq!(stage.phase(), ("Healthy", ""));
    assert_eq!(stage.status().get("abort"), None);
}

#[test]
fn full_promotion_of_an_aborted_update_ships_it() {
    let mut stage = Stage::updating(steps());
    stage.abort();
    stage.write_status(json!({ "promoteFull": true }));
    assert_eq!(stage.phase(), ("Healthy", ""));
    assert_eq!(stage.pods()["v2"], 5);
    assert_eq!(stage.status().get("abort"), None);
}

#[test]
fn going_back_to_the_stable_version_skips_the_steps() {
    let mut stage = Stage::updating(steps());
    stage.tag("v1");
    assert_eq!(stage.phase(), ("Healthy", ""));
    assert_eq!(stage.step(), Some(4));
    assert_eq!(stage.told_of("SkipSteps"), ["Rollback to stable ReplicaSets"]);
    let set = stage.set("v1");
    assert_eq!(set["metadata"]["annotations"]["rollout.argoproj.io/revision"], "3");
    assert_eq!(set["metadata"]["annotations"]["rollout.argoproj.io/revision-history"], "1");
    assert_eq!(stage.value()["metadata"]["annotations"]["rollout.argoproj.io/revision"], "3");
}

#[test]
fn going_back_further_repeats_the_steps_unless_a_window_allows_it() {
    for window in [None, Some(2)] {
        let mut stage = Stage::canary(json!([{ "setWeight": 20 }, { "pause": {} }]));
        if let Some(revisions) = window {
            stage.spec(json!({ "rollbackWindow": { "revisions": revisions } }));
        }
        for tag in ["v2", "v3"] {
            stage.now += jiff::SignedDuration::from_secs(1);
            stage.tag(tag);
            stage.promote();
        }
        assert_eq!(stage.phase(), ("Healthy", ""));
        stage.tag("v1");
        match window {
            None => assert_eq!(stage.phase(), ("Paused", "CanaryPauseStep")),
            Some(_) => {
                assert_eq!(stage.phase(), ("Healthy", ""));
                assert!(
                    stage.told_of("RolloutCompleted").last().unwrap().ends_with(": Rollback within window")
                );
            }
        }
    }
}

#[test]
fn another_template_in_the_middle_starts_the_steps_over() {
    let mut stage = Stage::updating(steps());
    stage.promote();
    assert_eq!(stage.step(), Some(3));
    stage.tag("v3");
    assert_eq!(stage.phase(), ("Paused", "CanaryPauseStep"));
    assert_eq!(stage.step(), Some(1));
    assert_eq!((stage.pods()["v1"], stage.pods()["v2"], stage.pods()["v3"]), (4, 0, 1));
}

#[test]
fn other_steps_start_over_and_the_template_stays() {
    let mut stage = Stage::updating(steps());
    stage.spec(json!({ "strategy": { "canary": { "steps": [{ "setWeight": 40 }, { "pause": {} }] } } }));
    assert_eq!(stage.phase(), ("Paused", "CanaryPauseStep"));
    assert_eq!(stage.step(), Some(1));
    assert_eq!(stage.pods()["v2"], 2);
    assert_eq!(stage.status()["currentPodHash"], stage.hash("v2"));
}

#[test]
fn a_pause_by_hand_of_a_healthy_rollout_holds_the_next_update() {
    let mut stage = Stage::canary(steps());
    stage.spec(json!({ "paused": true }));
    assert_eq!(stage.phase(), ("Paused", "manually paused"));
    assert!(stage.told_of("RolloutPaused").is_empty(), "only the controller's own pauses are told");
    stage.tag("v2");
    assert_eq!(stage.phase(), ("Paused", "manually paused"));
    assert_eq!(stage.pods()["v2"], 0);
    stage.spec(json!({ "paused": false }));
    assert_eq!(stage.phase(), ("Paused", "CanaryPauseStep"));
    assert_eq!(stage.pods()["v2"], 1);
}

#[test]
fn a_step_does_not_end_while_a_person_has_paused() {
    let mut stage = Stage::updating(steps());
    stage.spec(json!({ "paused": true }));
    stage.promote();
    assert_eq!(stage.step(), Some(1));
    assert_eq!(stage.phase(), ("Paused", "manually paused"));
}

#[test]
fn a_timed_pause_goes_on_while_a_person_has_paused() {
    let mut stage =
        Stage::updating(json!([{ "pause": { "duration": 30 } }, { "setWeight": 20 }, { "pause": {} }]));
    stage.spec(json!({ "paused": true }));
    stage.pass(40);
    assert_eq!(stage.step(), Some(0));
    stage.spec(json!({ "paused": false }));
    assert_eq!(stage.step(), Some(2), "its time was up long ago");
}

#[test]
fn an_abort_while_paused_by_hand_leaves_the_pods_until_it_is_resumed() {
    let mut stage = Stage::updating(steps());
    stage.spec(json!({ "paused": true }));
    stage.abort();
    assert_eq!(stage.phase().0, "Degraded");
    assert_eq!(stage.pods()["v2"], 1);
    stage.spec(json!({ "paused": false }));
    assert_eq!(stage.pods()["v2"], 0);
}

#[test]
fn scaling_at_a_pause_keeps_step_and_share() {
    let mut stage = Stage::updating(steps());
    stage.spec(json!({ "replicas": 10 }));
    assert_eq!(stage.phase(), ("Paused", "CanaryPauseStep"));
    assert_eq!(stage.step(), Some(1));
    assert_eq!((stage.pods()["v1"], stage.pods()["v2"]), (8, 2));
    for tag in ["v1", "v2"] {
        assert_eq!(stage.set(tag)["metadata"]["annotations"]["rollout.argoproj.io/desired-replicas"], "10");
    }
    assert_eq!(stage.status()["availableReplicas"], 10);
}

#[test]
fn a_restart_replaces_pods_that_are_older_one_after_another() {
    let mut stage = Stage::canary(json!([]));
    stage.spec(json!({ "replicas": 2 }));
    stage.pod("v1", "one");
    stage.pod("v1", "two");
    stage.now += jiff::SignedDuration::from_secs(60);
    stage.spec(json!({ "restartAt": "2026-11-21T08:01:00Z" }));
    stage.pass(1);
    assert_eq!(stage.phase(), ("Progressing", "rollout is restarting"));
    let left = |stage: &Stage| stage.objects.count(&crate::sim::objects::kind::POD);
    assert_eq!(left(&stage), 1, "one may be missing, and no more");
    stage.pod("v1", "three");
    stage.pass(30);
    stage.pod("v1", "four");
    stage.pass(30);
    assert_eq!(left(&stage), 2);
    assert_eq!(stage.status()["restartedAt"], "2026-11-21T08:01:00Z");
    assert_eq!(stage.phase(), ("Healthy", ""));
}
