//! A Deployment keeps one ReplicaSet for its template, and says which generation it has seen.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use serde_json::{Value, json};

use crate::sim::model::trial::{Trial, replica_set};
use crate::sim::objects::kind::{DEPLOYMENT, POD, REPLICA_SET};

fn counts(trial: &Trial) -> Vec<(String, Value)> {
    let sets = trial.all(&REPLICA_SET);
    let image =
        |set: &Value| set["spec"]["template"]["spec"]["containers"][0]["image"].as_str().unwrap().to_owned();
    let mut counts: Vec<_> = sets.iter().map(|set| (image(set), set["spec"]["replicas"].clone())).collect();
    counts.sort_by_key(|(image, _)| image.clone());
    counts
}

#[test]
fn a_new_template_gets_a_new_set_and_the_old_one_loses_its_pods() {
    let mut trial = Trial::new();
    let place = trial.create(&DEPLOYMENT, replica_set("web", 2, "web:v1"));
    trial.pass(5);
    assert_eq!(counts(&trial), [("web:v1".to_owned(), json!(2))]);
    assert_eq!(
        trial.get(&place)["status"],
        json!({
            "observedGeneration": 1, "replicas": 2, "updatedReplicas": 2, "readyReplicas": 2, "availableReplicas": 2,
        })
    );
    trial.merge(
        &place,
        &json!({"spec": {"template": {"spec": {"containers": [{"name": "app", "image": "web:v2"}]}}}}),
    );
    trial.pass(5);
    assert_eq!(counts(&trial), [("web:v1".to_owned(), json!(0)), ("web:v2".to_owned(), json!(2))]);
    assert_eq!(trial.all(&POD).len(), 2);
    assert_eq!(trial.get(&place)["status"]["observedGeneration"], 2);
}

#[test]
fn a_deployment_without_replicas_has_a_set_without_pods() {
    let mut trial = Trial::new();
    let place = trial.create(&DEPLOYMENT, replica_set("web", 0, "web:v1"));
    trial.pass(5);
    assert_eq!(counts(&trial), [("web:v1".to_owned(), json!(0))]);
    assert_eq!(trial.get(&place)["status"], json!({"observedGeneration": 1}));
}
