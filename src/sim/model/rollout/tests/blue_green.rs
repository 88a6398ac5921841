//! Two whole versions side by side, and the switch from one to the other.

use serde_json::{Value, json};

use super::stage::{Stage, rollout};
use crate::sim::objects::kind::ROLLOUT;

fn blue_green(more: Value) -> Stage {
    let mut strategy = json!({ "activeService": "active", "previewService": "preview" });
    for (key, value) in more.as_object().unwrap() {
        strategy[key] = value.clone();
    }
    let mut stage = Stage::empty();
    stage.service("active");
    stage.service("preview");
    stage.add(&ROLLOUT, rollout(json!({ "blueGreen": strategy }), 3));
    stage.settle();
    stage.events.clear();
    stage
}

#[test]
fn the_first_version_becomes_active_at_once() {
    let stage = blue_green(json!({ "autoPromotionEnabled": false }));
    assert_eq!(stage.phase(), ("Healthy", ""));
    let hash = stage.hash("v1");
    assert_eq!(stage.status()["blueGreen"], json!({ "activeSelector": hash, "previewSelector": hash }));
    assert_eq!((stage.leads_to("active"), stage.leads_to("preview")), (hash.clone(), hash.clone()));
    assert_eq!(stage.status()["selector"], format!("app=web,rollouts-pod-template-hash={hash}"));
    assert_eq!(stage.status().get("currentStepIndex"), None);
}

#[test]
fn an_update_waits_as_a_preview_with_all_its_pods() {
    let mut stage = blue_green(json!({ "autoPromotionEnabled": false }));
    stage.tag("v2");
    assert_eq!(stage.phase(), ("Paused", "BlueGreenPause"));
    assert_eq!(stage.leads_to("active"), stage.hash("v1"));
    assert_eq!(stage.leads_to("preview"), stage.hash("v2"));
    assert_eq!((stage.pods()["v1"], stage.pods()["v2"]), (3, 3));
    assert_eq!(stage.status()["availableReplicas"], 3, "only the active version counts");
    assert_eq!(stage.status()["replicas"], 6);
    assert_eq!(stage.told_of("RolloutPaused"), ["Rollout is paused (BlueGreenPause)"]);
}

#[test]
fn promotion_switches_and_keeps_the_old_version_for_a_while() {
    let mut stage = blue_green(json!({ "autoPromotionEnabled": false }));
    stage.tag("v2");
    stage.promote();
    assert_eq!(stage.phase(), ("Healthy", ""));
    assert_eq!(stage.leads_to("active"), stage.hash("v2"));
    assert_eq!((stage.pods()["v1"], stage.pods()["v2"]), (3, 3));
    let message =
        format!("Rollout completed update to revision 2 ({}): Completed blue-green update", stage.hash("v2"));
    assert_eq!(stage.told_of("RolloutCompleted"), [message]);
    stage.pass(30);
    assert_eq!((stage.pods()["v1"], stage.pods()["v2"]), (0, 3));
}

#[test]
fn going_back_while_the_old_version_stands_is_fast() {
    let mut stage = blue_green(json!({ "autoPromotionEnabled": false }));
    stage.tag("v2");
    stage.promote();
    stage.pass(10);
    stage.tag("v1");
    assert_eq!(stage.phase(), ("Healthy", ""));
    assert_eq!(stage.leads_to("active"), stage.hash("v1"));
    assert_eq!(stage.set("v1")["metadata"]["annotations"].get("scale-down-deadline"), None);
}

#[test]
fn without_a_wish_promotion_happens_by_itself() {
    let mut stage = blue_green(json!({}));
    stage.tag("v2");
    assert_eq!(stage.phase(), ("Healthy", ""));
    assert_eq!(stage.leads_to("active"), stage.hash("v2"));
    assert!(stage.told_of("RolloutPaused").is_empty());
}

#[test]
fn promotion_may_wait_some_seconds() {
    let mut stage = blue_green(json!({ "autoPromotionSeconds": 20 }));
    stage.tag("v2");
    assert_eq!(stage.phase(), ("Paused", "BlueGreenPause"));
    stage.pass(19);
    assert_eq!(stage.leads_to("active"), stage.hash("v1"));
    stage.pass(1);
    assert_eq!(stage.phase(), ("Healthy", ""));
    assert_eq!(stage.leads_to("active"), stage.hash("v2"));
}

#[test]
fn a_small_preview_grows_before_the_switch() {
    let mut stage = blue_green(json!({ "autoPromotionEnabled": false, "previewReplicaCount": 1 }));
    stage.tag("v2");
    assert_eq!(stage.phase(), ("Paused", "BlueGreenPause"));
    assert_eq!(stage.pods()["v2"], 1);
    stage.promote();
    assert_eq!(stage.phase(), ("Healthy", ""));
    assert_eq!(stage.pods()["v2"], 3);
    assert_eq!(stage.leads_to("active"), stage.hash("v2"));
    assert_eq!(stage.status()["blueGreen"].get("scaleUpPreviewCheckPoint"), None);
}

#[test]
fn an_abort_leaves_users_where_they_are_and_the_preview_for_a_while() {
    let mut stage = blue_green(json!({ "autoPromotionEnabled": false }));
    stage.tag("v2");
    stage.abort();
    assert_eq!(stage.phase(), ("Degraded", "RolloutAborted: Rollout aborted update to revision 2"));
    assert_eq!(stage.leads_to("active"), stage.hash("v1"));
    assert_eq!(stage.pods()["v2"], 3);
    stage.pass(30);
    assert_eq!((stage.pods()["v1"], stage.pods()["v2"]), (3, 0));
}

#[test]
fn a_preview_that_never_comes_changes_nothing_for_users() {
    let mut stage = blue_green(json!({}));
    stage.tag("bad");
    assert_eq!(stage.leads_to("active"), stage.hash("v1"));
    assert_eq!(stage.phase().0, "Progressing");
}

#[test]
fn scaling_at_the_pause_scales_both_versions() {
    let mut stage = blue_green(json!({ "autoPromotionEnabled": false }));
    stage.tag("v2");
    stage.spec(json!({ "replicas": 5 }));
    assert_eq!((stage.pods()["v1"], stage.pods()["v2"]), (5, 5));
    assert_eq!(stage.phase(), ("Paused", "BlueGreenPause"));
}
