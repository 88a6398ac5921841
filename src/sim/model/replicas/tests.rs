//! As many pods as asked for, counted; the right ones go first.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::sim::model::trial::{Trial, replica_set};
use crate::sim::objects::Part;
use crate::sim::objects::kind::{POD, REPLICA_SET};

fn names(trial: &Trial) -> BTreeSet<String> {
    trial.all(&POD).iter().map(|pod| pod["metadata"]["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn pods_are_made_named_labelled_and_owned() {
    let mut trial = Trial::new();
    let set = trial.create(&REPLICA_SET, replica_set("web-6c54544bf9", 3, "web:v1"));
    trial.settle();
    let (set, pods) = (trial.get(&set), trial.all(&POD));
    assert_eq!(pods.len(), 3);
    assert_eq!(names(&trial).len(), 3);
    for pod in pods {
        let metadata = &pod["metadata"];
        let name = metadata["name"].as_str().unwrap();
        assert!(name.starts_with("web-6c54544bf9-") && name.len() == "web-6c54544bf9-".len() + 5, "{name}");
        assert_eq!(metadata["generateName"], "web-6c54544bf9-");
        assert_eq!(metadata["labels"], json!({"app": "web-6c54544bf9"}));
        assert_eq!(
            metadata["ownerReferences"],
            json!([{
                "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-6c54544bf9", "uid": set["metadata"]["uid"],
                "controller": true, "blockOwnerDeletion": true,
            }])
        );
        assert_eq!(pod["spec"]["nodeName"], "node-1");
    }
}

#[test]
fn the_status_counts_what_stands_and_what_is_ready() {
    let mut trial = Trial::new();
    let set = trial.create(&REPLICA_SET, replica_set("web", 3, "web:v1"));
    trial.settle();
    assert_eq!(
        trial.get(&set)["status"],
        json!({"replicas": 3, "fullyLabeledReplicas": 3, "observedGeneration": 1})
    );
    trial.pass(2);
    assert_eq!(
        trial.get(&set)["status"],
        json!({
            "replicas": 3, "fullyLabeledReplicas": 3, "readyReplicas": 3, "availableReplicas": 3,
            "observedGeneration": 1,
        })
    );
}

#[test]
fn an_empty_one_has_a_status_of_no_replicas() {
    let mut trial = Trial::new();
    let set = trial.create(&REPLICA_SET, replica_set("web", 0, "web:v1"));
    trial.pass(5);
    assert_eq!(trial.get(&set)["status"], json!({"replicas": 0, "observedGeneration": 1}));
}

#[test]
fn min_ready_seconds_keep_ready_pods_from_being_available() {
    let mut trial = Trial::new();
    let mut value = replica_set("web", 2, "web:v1");
    value["spec"]["minReadySeconds"] = json!(10);
    let set = trial.create(&REPLICA_SET, value);
    trial.pass(5);
    assert_eq!(trial.get(&set)["status"]["readyReplicas"], 2);
    assert_eq!(trial.get(&set)["status"].get("availableReplicas"), None);
    trial.pass(10);
    assert_eq!(trial.get(&set)["status"]["availableReplicas"], 2);
}

#[test]
fn a_pod_that_is_gone_is_made_again_under_another_name() {
    let mut trial = Trial::new();
    trial.create(&REPLICA_SET, replica_set("web", 2, "web:v1"));
    trial.pass(3);
    let before = names(&trial);
    let victim = trial.objects.list(&POD, Some("demo")).next().unwrap().place.clone();
    trial.objects.delete(&victim, trial.now).unwrap();
    trial.pass(3);
    let after = names(&trial);
    assert_eq!(after.len(), 2);
    assert_eq!(before.intersection(&after).count(), 1);
}

#[test]
fn pods_that_are_not_ready_go_first() {
    let mut trial = Trial::new();
    let set = trial.create(&REPLICA_SET, replica_set("web", 3, "web:v1"));
    trial.pass(60);
    let sick = trial.objects.list(&POD, Some("demo")).nth(1).unwrap().place.clone();
    let mut value = trial.get(&sick);
    value["status"]["conditions"][1]["status"] = json!("False");
    trial.objects.replace(&sick, Part::Status, value, trial.now).unwrap();
    trial.merge(&set, &json!({"spec": {"replicas": 2}}));
    trial.settle();
    assert!(!names(&trial).contains(&*sick.name));
    assert_eq!(trial.get(&set)["status"]["readyReplicas"], 2);
    assert_eq!(trial.get(&set)["status"]["observedGeneration"], 2);
}

#[test]
fn the_youngest_by_far_go_first() {
    let mut trial = Trial::new();
    let set = trial.create(&REPLICA_SET, replica_set("web", 2, "web:v1"));
    trial.pass(3600);
    let old = names(&trial);
    trial.merge(&set, &json!({"spec": {"replicas": 4}}));
    trial.pass(10);
    trial.merge(&set, &json!({"spec": {"replicas": 2}}));
    trial.pass(10);
    assert_eq!(names(&trial), old);
}

#[test]
fn what_is_made_and_deleted_is_told() {
    let mut trial = Trial::new();
    let set = trial.create(&REPLICA_SET, replica_set("web", 1, "web:v1"));
    trial.pass(3);
    let name = names(&trial).pop_first().unwrap();
    trial.merge(&set, &json!({"spec": {"replicas": 0}}));
    trial.pass(3);
    let told: Vec<_> = trial.told.iter().map(|event| (event.reason, event.message.clone())).collect();
    assert_eq!(
        told,
        [
            ("SuccessfulCreate", format!("Created pod: {name}")),
            ("SuccessfulDelete", format!("Deleted pod: {name}"))
        ]
    );
}

#[test]
fn a_pod_that_has_ended_does_not_count_and_is_replaced() {
    let mut trial = Trial::new();
    let set = trial.create(&REPLICA_SET, replica_set("web", 1, "web:v1"));
    trial.pass(3);
    let pod = trial.objects.list(&POD, Some("demo")).next().unwrap().place.clone();
    let mut value = trial.get(&pod);
    value["status"]["phase"] = json!("Failed");
    trial.objects.replace(&pod, Part::Status, value, trial.now).unwrap();
    trial.pass(3);
    assert_eq!(trial.all(&POD).len(), 2);
    assert_eq!(trial.get(&set)["status"]["readyReplicas"], json!(1));
    let running = |pod: &&Value| pod["status"]["phase"] == "Running";
    assert_eq!(trial.all(&POD).iter().filter(running).count(), 1);
}

#[test]
fn a_name_that_is_taken_is_not_given_again() {
    let mut trial = Trial::new();
    let set = trial.create(&REPLICA_SET, replica_set("web", 3, "web:v1"));
    let stored = trial.objects.get(&set).unwrap().clone();
    let first = crate::sim::model::pod::birth("apps/v1", "ReplicaSet", &stored, 0).unwrap();
    let mut stranger = first.clone();
    stranger["metadata"]["ownerReferences"] = json!([]);
    trial.create(&POD, stranger);
    trial.settle();
    assert_eq!(trial.all(&POD).len(), 4);
    assert_eq!(trial.get(&set)["status"]["replicas"], 3);
}
