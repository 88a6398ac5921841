//! The way of a canary from nothing to a version, and from a version to the next.

use std::collections::BTreeMap;

use serde_json::json;

use super::stage::{Stage, rollout};
use crate::sim::objects::kind::ROLLOUT;

fn pods<const N: usize>(pods: [(&str, i64); N]) -> BTreeMap<String, i64> {
    pods.into_iter().map(|(tag, count)| (tag.to_owned(), count)).collect()
}

#[test]
fn the_first_version_gets_all_pods_and_no_step_is_executed() {
    let stage = Stage::canary(json!([{ "setWeight": 20 }, { "pause": {} }]));
    assert_eq!(stage.phase(), ("Healthy", ""));
    assert_eq!(stage.pods(), pods([("v1", 5)]));
    assert_eq!(stage.step(), Some(2));
    let hash = stage.hash("v1");
    assert_eq!(stage.status()["stableRS"], hash);
    assert_eq!(stage.status()["currentPodHash"], hash);
    assert_eq!(
        stage.events,
        [
            "RolloutAddedToInformer: Rollout resource added to informer: demo/web".to_owned(),
            "RolloutUpdated: Rollout updated to revision 1".to_owned(),
            format!("NewReplicaSetCreated: Created ReplicaSet web-{hash} (revision 1)"),
            format!("RolloutNotCompleted: Rollout not completed, started update to revision 1 ({hash})"),
            format!("ScalingReplicaSet: Scaled up ReplicaSet web-{hash} (revision 1) from 0 to 5"),
            format!("RolloutCompleted: Rollout completed update to revision 1 ({hash}): Initial deploy"),
        ]
    );
}

#[test]
fn a_healthy_status_has_the_fields_that_argo_writes() {
    let stage = Stage::canary(json!([{ "setWeight": 20 }]));
    let mut status = stage.status().clone();
    let (conditions, hash) = (status["conditions"].take(), stage.hash("v1"));
    let steps = status["currentStepHash"].take();
    assert_eq!(
        status,
        json!({
            "HPAReplicas": 5, "availableReplicas": 5, "readyReplicas": 5, "replicas": 5, "updatedReplicas": 5,
            "blueGreen": {}, "canary": {}, "conditions": null, "currentStepHash": null, "currentStepIndex": 1,
            "currentPodHash": hash, "stableRS": hash, "observedGeneration": "2", "phase": "Healthy", "selector": "app=web",
        })
    );
    assert!(steps.as_str().unwrap().chars().all(|c| "bcdfghjklmnpqrstvwxz2456789".contains(c)));
    let kinds: Vec<_> =
        conditions.as_array().unwrap().iter().map(|it| it["type"].as_str().unwrap()).collect();
    assert_eq!(kinds.len(), 4);
    assert_eq!(stage.condition("Available"), "True AvailableReason: Rollout has minimum availability");
    assert_eq!(stage.condition("Completed"), "True RolloutCompleted: RolloutCompleted");
    assert_eq!(stage.condition("Healthy"), "True RolloutHealthy: Rollout is healthy");
    let message =
        format!("True NewReplicaSetAvailable: ReplicaSet \"web-{hash}\" has successfully progressed.");
    assert_eq!(stage.condition("Progressing"), message);
}

#[test]
fn a_replica_set_carries_hash_revision_and_owner() {
    let stage = Stage::canary(json!([{ "setWeight": 20 }]));
    let (set, hash) = (stage.set("v1"), stage.hash("v1"));
    assert_eq!(set["metadata"]["name"], format!("web-{hash}"));
    assert_eq!(set["metadata"]["labels"], json!({ "app": "web", "rollouts-pod-template-hash": hash }));
    assert_eq!(set["spec"]["selector"]["matchLabels"], set["metadata"]["labels"]);
    assert_eq!(set["spec"]["template"]["metadata"]["labels"], set["metadata"]["labels"]);
    let annotations =
        json!({ "rollout.argoproj.io/desired-replicas": "5", "rollout.argoproj.io/revision": "1" });
    assert_eq!(set["metadata"]["annotations"], annotations);
    assert_eq!(set["metadata"]["ownerReferences"][0]["uid"], stage.value()["metadata"]["uid"]);
    assert_eq!(set["metadata"]["ownerReferences"][0]["controller"], true);
    assert_eq!(stage.value()["metadata"]["annotations"]["rollout.argoproj.io/revision"], "1");
}

#[test]
fn a_rollout_without_a_number_of_replicas_is_given_one() {
    let mut stage = Stage::empty();
    let mut value = rollout(json!({ "canary": {} }), 1);
    value["spec"].as_object_mut().unwrap().remove("replicas");
    stage.add(&ROLLOUT, value);
    stage.settle();
    assert_eq!(stage.value()["spec"]["replicas"], 1);
    assert_eq!(stage.phase(), ("Healthy", ""));
    assert_eq!(stage.status()["observedGeneration"], "3");
}

#[test]
fn an_update_halts_at_the_first_pause_with_its_share_of_pods() {
    let stage =
        Stage::updating(json!([{ "setWeight": 20 }, { "pause": {} }, { "setWeight": 60 }, { "pause": {} }]));
    assert_eq!(stage.phase(), ("Paused", "CanaryPauseStep"));
    assert_eq!(stage.step(), Some(1));
    assert_eq!(stage.pods(), pods([("v1", 4), ("v2", 1)]));
    assert_eq!(stage.status()["controllerPause"], true);
    assert_eq!(
        stage.status()["pauseConditions"],
        json!([{ "reason": "CanaryPauseStep", "startTime": "2026-11-21T08:00:00Z" }])
    );
    assert_eq!(stage.condition("Paused"), "True RolloutPaused: Rollout is paused");
    assert_eq!(stage.condition("Progressing"), "Unknown RolloutPaused: Rollout is paused");
    assert_eq!(stage.condition("Completed"), "False RolloutCompleted: RolloutCompleted");
    assert_eq!(stage.condition("Healthy"), "False RolloutHealthy: Rollout is not healthy");
    assert_eq!(stage.told_of("RolloutStepCompleted"), ["Rollout step 1/4 completed (setWeight: 20)"]);
    assert_eq!(stage.told_of("RolloutPaused"), ["Rollout is paused (CanaryPauseStep)"]);
    assert_eq!(stage.set("v2")["metadata"]["annotations"]["rollout.argoproj.io/revision"], "2");
}

#[test]
fn promoting_ends_one_pause_and_goes_to_the_next() {
    let mut stage =
        Stage::updating(json!([{ "setWeight": 20 }, { "pause": {} }, { "setWeight": 60 }, { "pause": {} }]));
    stage.promote();
    assert_eq!(stage.phase(), ("Paused", "CanaryPauseStep"));
    assert_eq!(stage.step(), Some(3));
    assert_eq!(stage.pods(), pods([("v1", 2), ("v2", 3)]));
    assert_eq!(
        stage.told_of("RolloutStepCompleted")[1..],
        ["Rollout step 2/4 completed (pause)", "Rollout step 3/4 completed (setWeight: 60)"]
    );
    stage.promote();
    assert_eq!(stage.phase(), ("Healthy", ""));
    assert_eq!(stage.pods(), pods([("v1", 0), ("v2", 5)]));
    assert_eq!(stage.step(), Some(4));
    let message = format!(
        "Rollout completed update to revision 2 ({}): Completed all 4 canary steps",
        stage.hash("v2")
    );
    assert_eq!(stage.told_of("RolloutCompleted"), [message]);
    assert_eq!(stage.status().get("controllerPause"), None);
}

#[test]
fn a_timed_pause_ends_by_itself() {
    let mut stage = Stage::updating(json!([{ "setWeight": 20 }, { "pause": { "duration": "1m" } }]));
    assert_eq!(stage.phase(), ("Paused", "CanaryPauseStep"));
    assert_eq!(stage.again, Some("2026-11-21T08:01:00Z".parse().unwrap()));
    stage.pass(59);
    assert_eq!(stage.phase().0, "Paused");
    stage.pass(1);
    assert_eq!(stage.phase(), ("Healthy", ""));
    assert_eq!(stage.told_of("RolloutStepCompleted")[1], "Rollout step 2/2 completed (pause: 1m)");
}

#[test]
fn a_pause_given_in_seconds_lasts_as_long() {
    let mut stage =
        Stage::updating(json!([{ "pause": { "duration": 10 } }, { "pause": { "duration": "15" } }]));
    stage.pass(10);
    assert_eq!(stage.step(), Some(1));
    assert_eq!(stage.told_of("RolloutStepCompleted"), ["Rollout step 1/2 completed (pause: 10)"]);
    stage.pass(15);
    assert_eq!(stage.phase(), ("Healthy", ""));
}

#[test]
fn a_canary_without_steps_goes_all_the_way() {
    let mut stage = Stage::settled(json!({ "canary": {} }));
    assert_eq!(stage.step(), None);
    stage.tag("v2");
    assert_eq!(stage.phase(), ("Healthy", ""));
    assert_eq!(stage.pods(), pods([("v1", 0), ("v2", 5)]));
    assert!(stage.told_of("RolloutCompleted").last().unwrap().ends_with(": Completed all 0 canary steps"));
}

#[test]
fn skipping_the_step_in_progress_moves_the_index_alone() {
    let mut stage = Stage::updating(json!([{ "setWeight": 20 }, { "pause": {} }, { "pause": {} }]));
    stage.write_status(json!({ "currentStepIndex": 2 }));
    assert_eq!(stage.phase(), ("Paused", "CanaryPauseStep"));
    assert_eq!(stage.step(), Some(2));
    stage.write_status(json!({ "currentStepIndex": 3 }));
    assert_eq!(stage.phase(), ("Healthy", ""));
}

#[test]
fn full_promotion_skips_steps_and_pauses() {
    let mut stage =
        Stage::updating(json!([{ "setWeight": 20 }, { "pause": {} }, { "setWeight": 60 }, { "pause": {} }]));
    stage.write_status(json!({ "promoteFull": true }));
    assert_eq!(stage.phase(), ("Healthy", ""));
    assert_eq!(stage.pods(), pods([("v1", 0), ("v2", 5)]));
    assert_eq!(stage.status().get("promoteFull"), None);
    assert!(stage.told_of("RolloutCompleted").last().unwrap().ends_with(": Full promotion requested"));
}

#[test]
fn a_look_at_a_rollout_that_stands_still_asks_for_nothing() {
    let mut stage = Stage::updating(json!([{ "setWeight": 20 }, { "pause": {} }]));
    let outcome = stage.look();
    assert_eq!((outcome.writes.len(), outcome.again), (0, None));
}

#[test]
fn old_versions_beyond_the_limit_are_deleted() {
    let mut stage = Stage::settled(json!({ "canary": {} }));
    stage.spec(json!({ "revisionHistoryLimit": 1 }));
    for tag in ["v2", "v3", "v4"] {
        stage.now += jiff::SignedDuration::from_secs(1);
        stage.tag(tag);
    }
    stage.settle();
    assert_eq!(stage.pods(), pods([("v3", 0), ("v4", 5)]));
}
