//! What stands around a Rollout: the workload with its template, its pods' metadata, Istio's VirtualService.

use serde_json::{Value, json};

use super::stage::{Stage, rollout, template};
use crate::sim::objects::kind::{DEPLOYMENT, POD, ROLLOUT, VIRTUAL_SERVICE};
use crate::sim::objects::{Part, Place};

#[test]
fn a_workload_lends_template_and_selector() {
    let mut stage = Stage::empty();
    let selector = json!({ "matchLabels": { "app": "web" } });
    let spec = json!({ "replicas": 0, "selector": selector, "template": template("v1") });
    let metadata = json!({ "name": "web" });
    stage.add(
        &DEPLOYMENT,
        json!({ "apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec }),
    );
    let mut value = rollout(json!({ "canary": { "steps": [{ "setWeight": 20 }, { "pause": {} }] } }), 5);
    let spec = value["spec"].as_object_mut().unwrap();
    spec.remove("template");
    spec.remove("selector");
    spec.insert(
        "workloadRef".into(),
        json!({ "apiVersion": "apps/v1", "kind": "Deployment", "name": "web" }),
    );
    stage.add(&ROLLOUT, value);
    stage.settle();
    assert_eq!(stage.phase(), ("Healthy", ""));
    assert_eq!(stage.value()["spec"].get("template"), None, "the Rollout itself keeps none");
    assert_eq!(stage.status()["workloadObservedGeneration"], "1");
    assert_eq!(stage.status()["selector"], "app=web");
    assert!(stage.told_of("NewReplicaSetCreated").is_empty(), "Argo's first look ends before it tells");
    let place = Place::new(&DEPLOYMENT, "demo", "web");
    stage.patch(&place, Part::Whole, &json!({ "spec": { "template": template("v2") } }));
    stage.settle();
    assert_eq!(stage.phase(), ("Paused", "CanaryPauseStep"));
    assert_eq!(stage.status()["workloadObservedGeneration"], "2");
    assert_eq!(stage.value()["metadata"]["annotations"]["rollout.argoproj.io/workload-generation"], "2");
}

#[test]
fn a_workload_that_is_not_there_is_named() {
    let mut stage = Stage::empty();
    let mut value = rollout(json!({ "canary": {} }), 5);
    let spec = value["spec"].as_object_mut().unwrap();
    spec.remove("template");
    spec.insert(
        "workloadRef".into(),
        json!({ "apiVersion": "apps/v1", "kind": "Deployment", "name": "gone" }),
    );
    stage.add(&ROLLOUT, value);
    stage.settle();
    let fault = "InvalidSpec: The Rollout \"web\" is invalid: deployments.apps \"demo/gone\" not found";
    assert_eq!(stage.phase(), ("Degraded", fault));
}

#[test]
fn pods_carry_what_their_versions_role_brings() {
    let strategy = json!({ "canary": {
        "steps": [{ "setWeight": 20 }, { "pause": {} }],
        "canaryMetadata": { "labels": { "role": "canary" } },
        "stableMetadata": { "labels": { "role": "stable" } },
    }});
    let role =
        |stage: &Stage, tag: &str| stage.set(tag)["spec"]["template"]["metadata"]["labels"]["role"].clone();
    let mut stage = Stage::settled(strategy);
    assert_eq!(role(&stage, "v1"), "stable");
    stage.tag("v2");
    assert_eq!((role(&stage, "v1"), role(&stage, "v2")), (json!("stable"), json!("canary")));
    stage.pod("v2", "one");
    stage.promote();
    assert_eq!((role(&stage, "v1"), role(&stage, "v2")), (Value::Null, json!("stable")));
    let pod = stage.objects.get(&Place::new(&POD, "demo", "one")).unwrap();
    assert_eq!(pod.label("role"), Some("stable"));
}

#[test]
fn istio_is_told_by_the_weights_of_its_virtual_service() {
    let ways = json!([
        { "destination": { "host": "stable" }, "weight": 100 },
        { "destination": { "host": "fresh" }, "weight": 0 },
    ]);
    let mut stage = Stage::empty();
    stage.service("stable");
    stage.service("fresh");
    stage.add(
        &VIRTUAL_SERVICE,
        json!({
            "apiVersion": format!("{}/{}", VIRTUAL_SERVICE.group, VIRTUAL_SERVICE.version),
            "kind": "VirtualService",
            "metadata": { "name": "web" },
            "spec": { "http": [{ "name": "primary", "route": ways }] },
        }),
    );
    let strategy = json!({ "canary": {
        "steps": [{ "setWeight": 30 }, { "pause": {} }], "stableService": "stable", "canaryService": "fresh",
        "trafficRouting": { "istio": { "virtualService": { "name": "web" } } },
    }});
    stage.add(&ROLLOUT, rollout(strategy, 5));
    stage.settle();
    stage.tag("v2");
    let weights = |stage: &Stage| {
        let stored = stage.objects.get(&Place::new(&VIRTUAL_SERVICE, "demo", "web")).unwrap();
        let ways = stored.value["spec"]["http"][0]["route"].clone();
        (ways[0]["weight"].as_i64().unwrap(), ways[1]["weight"].as_i64().unwrap())
    };
    assert_eq!(weights(&stage), (70, 30));
    assert_eq!(stage.told_of("Updated VirtualService"), ["VirtualService `web` set to desiredWeight '30'"]);
    stage.promote();
    assert_eq!(weights(&stage), (100, 0));
}
