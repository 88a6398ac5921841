//! A pod fares as its image's tag says, in the words of the test cluster.
//!
//! What is expected was read from pods of that cluster (kwok 0.8.0 with the stages of tests/support/cluster/stages.rs).
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use serde_json::{Value, json};

use crate::sim::model::trial::{Trial, replica_set};
use crate::sim::objects::kind::{POD, REPLICA_SET};

fn pod(image: &str, seconds: i64) -> Value {
    let mut trial = Trial::new();
    trial.create(&REPLICA_SET, replica_set("web", 1, image));
    trial.pass(seconds);
    trial.all(&POD).remove(0)
}

fn conditions(pod: &Value) -> Vec<(String, String)> {
    let text = |one: &Value, key: &str| one[key].as_str().unwrap().to_owned();
    let rows = pod["status"]["conditions"].as_array().unwrap();
    rows.iter().map(|one| (text(one, "type"), text(one, "status"))).collect()
}

fn pairs(ready: &str) -> Vec<(String, String)> {
    let rows = [("Initialized", "True"), ("Ready", ready), ("ContainersReady", ready)];
    rows.iter().map(|(kind, status)| ((*kind).to_owned(), (*status).to_owned())).collect()
}

#[test]
fn a_pod_is_pending_and_then_ready_within_two_seconds() {
    let mut trial = Trial::new();
    trial.create(&REPLICA_SET, replica_set("web", 1, "registry/web:v1"));
    trial.settle();
    assert_eq!(trial.all(&POD)[0]["status"]["phase"], "Pending");
    trial.pass(2);
    let pod = trial.all(&POD).remove(0);
    let status = &pod["status"];
    assert_eq!(status["phase"], "Running");
    assert_eq!(conditions(&pod), pairs("True"));
    assert_eq!(
        status["containerStatuses"],
        json!([{
            "name": "app", "image": "registry/web:v1", "imageID": "", "ready": true, "restartCount": 0,
            "state": {"running": {"startedAt": status["startTime"]}}, "lastState": {},
        }])
    );
    assert_eq!(status["startTime"], status["conditions"][1]["lastTransitionTime"]);
}

#[test]
fn a_crashing_pod_waits_to_be_restarted() {
    let pod = pod("web:crash", 5);
    assert_eq!(pod["status"]["phase"], "Running");
    assert_eq!(conditions(&pod), pairs("False"));
    assert_eq!(
        pod["status"]["containerStatuses"],
        json!([{
            "name": "app", "image": "web:crash", "imageID": "", "ready": false, "started": false, "restartCount": 5,
            "state": {"waiting": {
                "reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container",
            }},
            "lastState": {},
        }])
    );
}

#[test]
fn a_pod_without_an_image_stays_pending() {
    let pod = pod("web:unpullable", 60);
    assert_eq!(pod["status"]["phase"], "Pending");
    let state = &pod["status"]["containerStatuses"][0]["state"];
    let waiting = json!({"waiting": {"reason": "ImagePullBackOff", "message": "Back-off pulling image"}});
    assert_eq!(*state, waiting);
    assert_eq!(conditions(&pod), pairs("False"));
}

#[test]
fn an_unready_pod_runs_and_is_never_ready() {
    let pod = pod("web:unready", 600);
    assert_eq!(pod["status"]["phase"], "Running");
    assert_eq!(conditions(&pod), pairs("False"));
    assert!(pod["status"]["containerStatuses"][0]["state"].get("running").is_some());
}

#[test]
fn a_slow_pod_takes_three_seconds() {
    assert_eq!(pod("web:slow", 2)["status"]["phase"], "Pending");
    assert_eq!(conditions(&pod("web:slow", 5)), pairs("True"));
}

#[test]
fn only_a_tag_of_letters_alone_can_mean_something() {
    assert_eq!(conditions(&pod("web:crash2", 5)), pairs("True"));
    assert_eq!(conditions(&pod("crash/web", 5)), pairs("True"));
}

#[test]
fn a_pod_without_a_node_lands_on_one() {
    let mut trial = Trial::new();
    let mut value = replica_set("web", 12, "web:v1");
    value["spec"]["template"]["spec"].as_object_mut().unwrap().remove("nodeName");
    trial.create(&REPLICA_SET, value);
    trial.pass(3);
    let nodes: std::collections::BTreeSet<String> =
        trial.all(&POD).iter().map(|pod| pod["spec"]["nodeName"].as_str().unwrap().to_owned()).collect();
    assert_eq!(nodes.into_iter().collect::<Vec<_>>(), ["node-1", "node-2", "node-3"]);
}

#[test]
fn the_same_cluster_comes_about_twice() {
    let course = || {
        let mut trial = Trial::new();
        trial.create(&REPLICA_SET, replica_set("web", 4, "web:v1"));
        trial.pass(10);
        trial.all(&POD)
    };
    assert_eq!(course(), course());
}
