//! Canaries whose traffic a router shares.

use serde_json::{Value, json};

use super::stage::{Stage, rollout};
use crate::sim::objects::Place;
use crate::sim::objects::kind::{INGRESS, ROLLOUT};

/// A routed canary, halted at its first pause on the way from `v1` to `v2`.
fn routed(more: Value) -> Stage {
    let steps = json!([{ "setWeight": 10 }, { "pause": {} }, { "setWeight": 50 }, { "pause": {} }]);
    let mut strategy = json!({ "canary": {
        "steps": steps, "stableService": "stable", "canaryService": "fresh",
        "trafficRouting": { "nginx": { "stableIngress": "web" } },
    }});
    for (key, value) in more.as_object().unwrap() {
        strategy["canary"][key] = value.clone();
    }
    let mut stage = Stage::empty();
    stage.service("stable");
    stage.service("fresh");
    let backend = json!({ "service": { "name": "stable", "port": { "number": 80 } } });
    let path = json!({ "path": "/", "pathType": "Prefix", "backend": backend });
    let rules = json!([{ "host": "web.test", "http": { "paths": [path] } }]);
    stage.add(
        &INGRESS,
        json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
            "metadata": { "name": "web" }, "spec": { "ingressClassName": "nginx", "rules": rules },
        }),
    );
    stage.add(&ROLLOUT, rollout(strategy, 5));
    stage.settle();
    stage.events.clear();
    stage.tag("v2");
    stage
}

fn weights(stage: &Stage) -> (i64, i64) {
    let weights = &stage.status()["canary"]["weights"];
    (weights["canary"]["weight"].as_i64().unwrap(), weights["stable"]["weight"].as_i64().unwrap())
}

#[test]
fn the_stable_version_keeps_all_pods_while_the_router_shares_the_traffic() {
    let stage = routed(json!({}));
    assert_eq!(stage.phase(), ("Paused", "CanaryPauseStep"));
    assert_eq!((stage.pods()["v1"], stage.pods()["v2"]), (5, 1));
    assert_eq!(
        stage.status()["canary"]["weights"],
        json!({
            "canary": { "weight": 10, "serviceName": "fresh", "podTemplateHash": stage.hash("v2") },
            "stable": { "weight": 90, "serviceName": "stable", "podTemplateHash": stage.hash("v1") },
        })
    );
    assert_eq!(stage.leads_to("stable"), stage.hash("v1"));
    assert_eq!(stage.leads_to("fresh"), stage.hash("v2"));
    assert_eq!(stage.told_of("TrafficWeightUpdated").last(), Some(&"Traffic weight updated from 0 to 10"));
    let switch = format!(
        "Switched selector for service 'fresh' from '{}' to '{}'",
        stage.hash("v1"),
        stage.hash("v2")
    );
    assert_eq!(stage.told_of("SwitchService"), [switch]);
}

#[test]
fn nginx_is_told_by_a_second_ingress() {
    let mut stage = routed(json!({}));
    let canary = |stage: &Stage| {
        stage.objects.get(&Place::new(&INGRESS, "demo", "web-web-canary")).unwrap().value.clone()
    };
    let value = canary(&stage);
    let annotations = &value["metadata"]["annotations"];
    assert_eq!(annotations["nginx.ingress.kubernetes.io/canary"], "true");
    assert_eq!(annotations["nginx.ingress.kubernetes.io/canary-weight"], "10");
    assert_eq!(value["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]["name"], "fresh");
    assert_eq!(
        stage.told_of("PatchingCanaryIngress"),
        ["Updating Ingress `web-web-canary` to desiredWeight '10'"]
    );
    stage.promote();
    assert_eq!(canary(&stage)["metadata"]["annotations"]["nginx.ingress.kubernetes.io/canary-weight"], "50");
}

#[test]
fn at_the_end_the_old_version_stays_for_a_while() {
    let mut stage = routed(json!({ "scaleDownDelaySeconds": 40 }));
    stage.promote();
    assert_eq!((weights(&stage), stage.pods()["v2"]), ((50, 50), 3));
    stage.promote();
    assert_eq!(stage.phase(), ("Healthy", ""));
    assert_eq!(weights(&stage), (0, 100));
    assert_eq!(stage.leads_to("stable"), stage.hash("v2"));
    assert_eq!((stage.pods()["v1"], stage.pods()["v2"]), (5, 5));
    let deadline = &stage.set("v1")["metadata"]["annotations"]["scale-down-deadline"];
    assert_eq!(deadline, "2026-11-21T08:00:40Z");
    stage.pass(40);
    assert_eq!((stage.pods()["v1"], stage.pods()["v2"]), (0, 5));
    assert_eq!(stage.set("v1")["metadata"]["annotations"].get("scale-down-deadline"), None);
}

#[test]
fn an_abort_takes_the_traffic_at_once_and_the_pods_later() {
    let mut stage = routed(json!({}));
    stage.abort();
    assert_eq!(stage.phase().0, "Degraded");
    assert_eq!(weights(&stage), (0, 100));
    assert_eq!(stage.leads_to("fresh"), stage.hash("v1"));
    assert_eq!(stage.pods()["v2"], 1);
    stage.pass(29);
    assert_eq!(stage.pods()["v2"], 1);
    stage.pass(1);
    assert_eq!(stage.pods()["v2"], 0);
}

#[test]
fn an_aborted_version_stays_where_that_was_asked_for() {
    let mut stage = routed(json!({ "abortScaleDownDelaySeconds": 0 }));
    stage.abort();
    stage.pass(3600);
    assert_eq!(weights(&stage), (0, 100));
    assert_eq!(stage.pods()["v1"], 5);
}

#[test]
fn a_stable_version_that_shrinks_does_so_only_after_the_traffic_has_left() {
    let mut stage = routed(json!({ "dynamicStableScale": true }));
    assert_eq!((stage.pods()["v1"], stage.pods()["v2"]), (5, 1));
    stage.promote();
    assert_eq!((weights(&stage), stage.pods()["v1"], stage.pods()["v2"]), ((50, 50), 3, 3));
    stage.abort();
    assert_eq!((weights(&stage), stage.pods()["v1"], stage.pods()["v2"]), ((0, 100), 5, 0));
}

#[test]
fn a_version_without_available_pods_gets_no_traffic() {
    let mut stage = routed(json!({}));
    stage.tag("bad");
    assert_eq!(weights(&stage), (0, 100));
    assert_eq!(stage.phase().0, "Progressing");
}

#[test]
fn the_canary_can_be_scaled_apart_from_its_traffic() {
    let steps = json!([{ "setCanaryScale": { "replicas": 3 } }, { "setWeight": 10 }, { "pause": {} },
        { "setCanaryScale": { "matchTrafficWeight": true } }, { "pause": {} }]);
    let mut stage = routed(json!({ "steps": steps }));
    assert_eq!((weights(&stage), stage.pods()["v2"]), ((10, 90), 3));
    stage.promote();
    assert_eq!((weights(&stage), stage.pods()["v2"]), ((10, 90), 1));
}
