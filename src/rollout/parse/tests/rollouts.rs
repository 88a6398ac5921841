use super::lenience::full;
use super::*;
use crate::rollout::{CanaryScale, Pause, Replicas, Weights};

#[test]
fn identity_age_and_revision_are_read() {
    let meta = rollout(full()).meta;
    assert_eq!((&*meta.key.namespace, &*meta.key.name, &*meta.uid), ("shop", "api", "u-1"));
    assert_eq!((&*meta.resource_version, meta.generation, meta.revision), ("41", 3, Some(7)));
    assert_eq!(meta.created, Some("2026-11-20T10:00:00Z".parse().unwrap()));
    assert_eq!(meta.deleted, Some("2026-11-21T10:00:00Z".parse().unwrap()));
    assert_eq!(meta.owners, ["o-1".into()]);
}

#[test]
fn a_revision_that_is_no_number_is_none() {
    let annotated = |text: &str| {
        let meta = json!({"annotations": {"rollout.argoproj.io/revision": text}});
        rollout(json!({ "metadata": meta })).meta.revision
    };
    assert_eq!([annotated("12"), annotated("x"), annotated("")], [Some(12), None, None]);
}

#[test]
fn the_canary_is_read_with_its_routing() {
    let Strategy::Canary(canary) = rollout(full()).spec.strategy else { panic!("no canary") };
    assert_eq!(canary.steps.to_vec(), [Step::SetWeight(20), pause("5m", Some(300))]);
    assert_eq!(canary.routers, ["nginx".into(), "a/b".into()]);
    assert_eq!(canary.max_weight, 1000);
    assert!(canary.traffic_routed && canary.ping_pong && canary.background_analysis);
}

#[test]
fn a_canary_without_routing_weighs_per_cent() {
    let Strategy::Canary(canary) = rollout(json!({"spec": {"strategy": {"canary": {}}}})).spec.strategy
    else {
        panic!("no canary")
    };
    assert_eq!(canary, crate::rollout::Canary::default());
    assert_eq!(canary.max_weight, 100);
}

#[test]
fn blue_green_is_read() {
    let value = json!({"spec": {"strategy": {"blueGreen": {
        "activeService": "live", "previewService": "next", "autoPromotionEnabled": false,
        "autoPromotionSeconds": 30, "postPromotionAnalysis": {}
    }}}});
    let Strategy::BlueGreen(blue_green) = rollout(value).spec.strategy else { panic!("no blue-green") };
    assert_eq!(blue_green.active_service, Some("live".into()));
    assert_eq!(blue_green.preview_service, Some("next".into()));
    assert_eq!((blue_green.auto_promotion, blue_green.auto_promotion_seconds), (Some(false), Some(30)));
    assert!(blue_green.post_promotion_analysis);
}

#[test]
fn a_canary_wins_over_a_blue_green_beside_it() {
    let both = rollout(json!({"spec": {"strategy": {"blueGreen": {}, "canary": {}}}}));
    assert!(matches!(both.spec.strategy, Strategy::Canary(_)));
    let null = rollout(json!({"spec": {"strategy": {"blueGreen": {}, "canary": null}}}));
    assert!(matches!(null.spec.strategy, Strategy::BlueGreen(_)));
}

#[test]
fn each_step_kind_is_read() {
    let read = steps(json!([
        {"setWeight": 40},
        {"pause": {}},
        {"pause": {"duration": 90}},
        {"pause": {"duration": "90"}},
        {"pause": {"duration": "soon"}},
        {"setCanaryScale": {"weight": 25}},
        {"setCanaryScale": {"replicas": 3}},
        {"setCanaryScale": {"matchTrafficWeight": true}},
        {"setCanaryScale": {"matchTrafficWeight": false, "replicas": 2}},
        {"setCanaryScale": {}},
        {"analysis": {"templates": [{"templateName": "errors"}, {"templateName": "latency"}]}},
        {"experiment": {"templates": []}},
        {"setHeaderRoute": {"name": "beta"}},
        {"setMirrorRoute": {"name": "shadow"}},
        {"plugin": {"name": "acme/wait"}},
        {"leap": {}},
        {},
    ]));
    let expected = [
        Step::SetWeight(40),
        Step::Pause(None),
        pause("90", Some(90)),
        pause("90", Some(90)),
        pause("soon", None),
        Step::SetCanaryScale(CanaryScale::Weight(25)),
        Step::SetCanaryScale(CanaryScale::Replicas(3)),
        Step::SetCanaryScale(CanaryScale::MatchTrafficWeight),
        Step::SetCanaryScale(CanaryScale::Replicas(2)),
        Step::Unknown,
        Step::Analysis(vec!["errors".into(), "latency".into()]),
        Step::Experiment,
        Step::SetHeaderRoute("beta".into()),
        Step::SetMirrorRoute("shadow".into()),
        Step::Plugin("acme/wait".into()),
        Step::Unknown,
        Step::Unknown,
    ];
    assert_eq!(read, expected);
}

#[test]
fn unreadable_steps_keep_the_indices_of_the_others() {
    let read = steps(json!([null, "x", {"setWeight": "20"}, {"setWeight": 20}]));
    assert_eq!(read, [Step::Unknown, Step::Unknown, Step::Unknown, Step::SetWeight(20)]);
    assert_eq!(steps(json!({"setWeight": 20})), []);
}

#[test]
fn a_step_of_two_kinds_is_the_one_that_the_plugin_names() {
    let read =
        steps(json!([{"pause": {}, "setWeight": 5}, {"setMirrorRoute": {"name": "m"}, "analysis": {}}]));
    assert_eq!(read, [Step::SetWeight(5), Step::Analysis(vec![])]);
}

#[test]
fn the_status_is_read() {
    let status = rollout(full()).status;
    assert_eq!((status.phase, status.message), (Some("Paused".into()), Some("CanaryPauseStep".into())));
    assert_eq!(status.replicas, Replicas { current: 5, updated: 1, ready: 5, available: 5 });
    assert_eq!(status.weights, Some(Weights { canary: 200, stable: 800, verified: Some(true) }));
    assert_eq!(
        (status.step_index, status.controller_pause, status.abort),
        (Some(1), Some(true), Some(false))
    );
    assert_eq!((status.current_pod_hash, status.stable_hash), (Some("bbb".into()), Some("aaa".into())));
    assert_eq!(status.active_selector, Some("aaa".into()));
    assert_eq!(status.conditions[0].reason.as_str(), "RolloutPaused");
    assert_eq!(status.conditions[0].since, Some("2026-11-21T09:00:00Z".parse().unwrap()));
    assert_eq!(status.step_analysis.unwrap().name.as_str(), "a");
    assert_eq!(status.experiment, Some("e".into()));
}

#[test]
fn pause_conditions_keep_their_exact_json() {
    let stored = json!([{"reason": "BlueGreenPause", "startTime": "2026-11-21T09:00:00Z", "extra": [1.5]}]);
    let pauses = rollout(json!({"status": {"pauseConditions": stored}})).status.pauses;
    let since = Some("2026-11-21T09:00:00Z".parse().unwrap());
    assert_eq!(pauses.list, [Pause { reason: "BlueGreenPause".into(), since }]);
    assert_eq!(serde_json::from_str::<Value>(&pauses.stored.unwrap()).unwrap(), stored);
}

#[test]
fn absent_null_empty_and_odd_pause_conditions_are_told_apart() {
    let stored = |status: Value| rollout(json!({ "status": status })).status.pauses.stored;
    assert_eq!(stored(json!({})), None);
    assert_eq!(stored(json!({"pauseConditions": null})), None);
    assert_eq!(stored(json!({"pauseConditions": []})).as_deref(), Some("[]"));
    assert_eq!(stored(json!({"pauseConditions": "x"})).as_deref(), Some("\"x\""));
}

#[test]
fn free_text_is_made_safe_on_its_way_in() {
    let value = json!({"status": {"message": "a\u{1b}[31mb", "conditions": [{"message": "\u{202e}x"}]}});
    let status = rollout(value).status;
    assert!(!status.message.unwrap().as_str().contains('\u{1b}'));
    assert!(!status.conditions[0].message.as_str().contains('\u{202e}'));
}

#[test]
fn keeping_in_step_with_a_repository_is_recognised() {
    let tracked = |meta: Value| rollout(json!({ "metadata": meta })).tracked_by.map(|name| name.to_string());
    let id = |id: &str| json!({"name": "api", "namespace": "shop", "annotations": {"argocd.argoproj.io/tracking-id": id}});
    assert_eq!(tracked(id("web:argoproj.io/Rollout:shop/api")).as_deref(), Some("Argo CD application web"));
    assert_eq!(tracked(id("web:argoproj.io/Rollout:shop/other")), None, "copied from another object");
    assert_eq!(tracked(id("web:apps/Deployment:shop/api")), None);
    assert_eq!(tracked(id("nonsense")), None);
    let label = |key: &str| json!({"labels": {key: "web"}});
    assert_eq!(tracked(label("argocd.argoproj.io/instance")).as_deref(), Some("Argo CD application web"));
    assert_eq!(tracked(label("kustomize.toolkit.fluxcd.io/name")).as_deref(), Some("Flux kustomization web"));
    assert_eq!(tracked(label("helm.toolkit.fluxcd.io/name")).as_deref(), Some("Flux release web"));
    assert_eq!(tracked(label("app.kubernetes.io/instance")), None, "Helm sets it without Argo CD");
}
