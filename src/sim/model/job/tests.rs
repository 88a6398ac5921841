//! A Job runs one pod at a time until one succeeds or too many have failed.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use serde_json::{Value, json};

use super::ended;
use crate::sim::model::trial::Trial;
use crate::sim::objects::kind::{JOB, POD};

fn job(image: &str, backoff: u64) -> Value {
    json!({
        "metadata": {"name": "check"},
        "spec": {
            "backoffLimit": backoff,
            "template": {"spec": {
                "restartPolicy": "Never", "nodeName": "node-1", "containers": [{"name": "check", "image": image}],
            }},
        },
    })
}

#[test]
fn a_job_whose_pod_succeeds_is_complete() {
    let mut trial = Trial::new();
    let place = trial.create(&JOB, job("check:v1", 0));
    trial.pass(1);
    assert_eq!(trial.get(&place)["status"]["active"], 1);
    trial.pass(5);
    let done = trial.get(&place);
    assert_eq!(ended(&done), Some(true));
    assert_eq!(done["status"]["succeeded"], 1);
    assert_eq!(done["status"].get("active"), None);
    assert_eq!(trial.all(&POD)[0]["status"]["phase"], "Succeeded");
    let state = &trial.all(&POD)[0]["status"]["containerStatuses"][0]["state"]["terminated"];
    assert_eq!((&state["exitCode"], &state["reason"]), (&json!(0), &json!("Completed")));
}

#[test]
fn a_job_whose_pod_fails_and_may_not_be_tried_again_has_failed() {
    let mut trial = Trial::new();
    let place = trial.create(&JOB, job("check:fails", 0));
    trial.pass(6);
    let done = trial.get(&place);
    assert_eq!(ended(&done), Some(false));
    let reasons: Vec<_> =
        done["status"]["conditions"].as_array().unwrap().iter().map(|one| &one["reason"]).collect();
    assert_eq!(reasons, ["BackoffLimitExceeded", "BackoffLimitExceeded"]);
    assert_eq!(trial.all(&POD).len(), 1);
}

#[test]
fn a_failed_pod_is_followed_by_another_after_a_pause_that_grows() {
    let mut trial = Trial::new();
    let place = trial.create(&JOB, job("check:fails", 2));
    trial.pass(8);
    assert_eq!(trial.all(&POD).len(), 1);
    trial.pass(10);
    assert_eq!(trial.all(&POD).len(), 2);
    trial.pass(60);
    assert_eq!(trial.all(&POD).len(), 3);
    assert_eq!(ended(&trial.get(&place)), Some(false));
}

#[test]
fn a_job_that_lasts_is_never_over() {
    let mut trial = Trial::new();
    let place = trial.create(&JOB, job("check:lasts", 0));
    trial.pass(3600);
    assert_eq!(ended(&trial.get(&place)), None);
    assert_eq!(trial.get(&place)["status"]["ready"], 1);
}

#[test]
fn the_pods_carry_the_jobs_name_and_uid() {
    let mut trial = Trial::new();
    let place = trial.create(&JOB, job("check:v1", 0));
    trial.settle();
    let uid = trial.get(&place)["metadata"]["uid"].clone();
    let labels = trial.all(&POD)[0]["metadata"]["labels"].clone();
    assert_eq!(
        labels,
        json!({
            "job-name": "check", "batch.kubernetes.io/job-name": "check",
            "controller-uid": uid, "batch.kubernetes.io/controller-uid": uid,
        })
    );
}
