//! Experiments from their creation to their end.
//!
//! Phases, conditions and shapes were read from Experiments that a real controller wrote (tests/fixtures/fleet.json, and
//! a recorded course in which one was terminated).
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use serde_json::{Value, json};

use crate::sim::model::Measured;
use crate::sim::model::trial::Trial;
use crate::sim::objects::Place;
use crate::sim::objects::kind::{ANALYSIS_RUN, ANALYSIS_TEMPLATE, EXPERIMENT, POD, REPLICA_SET, SERVICE};

fn template(name: &str, image: &str) -> Value {
    json!({
        "name": name,
        "selector": {"matchLabels": {"app": "web", "rollouts-pod-template-hash": "old"}},
        "template": {
            "metadata": {"labels": {"app": "web", "rollouts-pod-template-hash": "old"}},
            "spec": {"nodeName": "node-1", "containers": [
                {"name": "app", "image": image, "ports": [{"containerPort": 8080, "protocol": "TCP"}]},
            ]},
        },
    })
}

fn experiment(change: &Value) -> Value {
    let mut spec = json!({"templates": [template("baseline", "web:v1"), template("candidate", "web:v2")]});
    for (key, value) in change.as_object().unwrap() {
        spec[key] = value.clone();
    }
    json!({"metadata": {"name": "web-2-0"}, "spec": spec})
}

fn check(trial: &mut Trial) {
    trial.create(&ANALYSIS_TEMPLATE, json!({
        "metadata": {"name": "errors"},
        "spec": {
            "args": [{"name": "hash"}],
            "metrics": [{
                "name": "errors", "failureCondition": "result[0] > 0.05",
                "provider": {"prometheus": {"address": "http://prometheus:9090", "query": "errors{hash=\"{{args.hash}}\"}"}},
            }],
        },
    }));
}

fn analysed(required: bool) -> Value {
    json!({"analyses": [{
        "name": "judge", "templateName": "errors", "requiredForCompletion": required,
        "args": [{"name": "hash", "value": "{{templates.candidate.podTemplateHash}}"}],
    }]})
}

fn status(trial: &Trial, place: &Place) -> Value {
    trial.get(place)["status"].clone()
}

fn progress(status: &Value) -> (&Value, &Value, &Value) {
    let one = &status["conditions"][0];
    (&one["status"], &one["reason"], &one["message"])
}

#[test]
fn an_experiment_runs_when_all_its_templates_are_available() {
    let mut trial = Trial::new();
    let place = trial.create(&EXPERIMENT, experiment(&json!({})));
    trial.settle();
    assert_eq!(status(&trial, &place)["phase"], "Pending");
    assert_eq!(status(&trial, &place)["templateStatuses"][0]["status"], "Progressing");
    trial.pass(5);
    let status = status(&trial, &place);
    assert_eq!(status["phase"], "Running");
    let row = |name: &str, time: &Value| {
        json!({
            "name": name, "status": "Running", "replicas": 1, "updatedReplicas": 1, "readyReplicas": 1,
            "availableReplicas": 1, "lastTransitionTime": time,
        })
    };
    let times: Vec<_> = (0..2).map(|n| status["templateStatuses"][n]["lastTransitionTime"].clone()).collect();
    assert_eq!(status["templateStatuses"], json!([row("baseline", &times[0]), row("candidate", &times[1])]));
    assert_eq!(
        progress(&status),
        (&json!("True"), &json!("NewReplicaSetAvailable"), &json!("Experiment \"web-2-0\" is running."))
    );
}

#[test]
fn each_template_has_a_set_of_its_own_hash() {
    let mut trial = Trial::new();
    let place = trial.create(&EXPERIMENT, experiment(&json!({})));
    trial.pass(5);
    let sets = trial.all(&REPLICA_SET);
    let names: Vec<_> = sets.iter().map(|set| set["metadata"]["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["web-2-0-baseline", "web-2-0-candidate"]);
    for (set, name) in sets.iter().zip(["baseline", "candidate"]) {
        let hash = &set["metadata"]["labels"]["rollouts-pod-template-hash"];
        assert_ne!(*hash, "old");
        assert_eq!(
            set["spec"]["selector"]["matchLabels"],
            json!({"app": "web", "rollouts-pod-template-hash": hash})
        );
        assert_eq!(set["spec"]["template"]["metadata"]["labels"], set["metadata"]["labels"]);
        assert_eq!(
            set["metadata"]["annotations"],
            json!({"experiment.argoproj.io/name": "web-2-0", "experiment.argoproj.io/template-name": name})
        );
        assert_eq!(set["metadata"]["ownerReferences"][0]["uid"], trial.get(&place)["metadata"]["uid"]);
        assert_eq!(set["spec"]["replicas"], 1);
    }
    let told: Vec<_> =
        trial.told.iter().filter(|told| told.about == "web-2-0").map(|told| told.reason).collect();
    assert_eq!(
        told,
        [
            "TemplateProgressing",
            "TemplateProgressing",
            "ExperimentPending",
            "ScalingReplicaSet",
            "ScalingReplicaSet",
            "TemplateRunning",
            "TemplateRunning",
            "ExperimentRunning",
        ]
        .map(str::to_owned)
    );
}

#[test]
fn a_duration_ends_it_well_and_its_pods_stay_half_a_minute() {
    let mut trial = Trial::new();
    let place = trial.create(&EXPERIMENT, experiment(&json!({"duration": "1m"})));
    trial.pass(60);
    assert_eq!(status(&trial, &place)["phase"], "Running");
    trial.pass(4);
    let done = status(&trial, &place);
    assert_eq!(done["phase"], "Successful");
    assert_eq!(
        progress(&done),
        (
            &json!("False"),
            &json!("ExperimentCompleted"),
            &json!("Experiment \"web-2-0\" has successfully ran and completed.")
        )
    );
    assert_eq!(done["templateStatuses"][0]["status"], "Successful");
    assert_eq!(trial.all(&POD).len(), 2);
    trial.pass(32);
    assert_eq!(trial.all(&POD).len(), 0);
    assert_eq!(status(&trial, &place)["phase"], "Successful");
}

#[test]
fn a_terminated_one_ends_well() {
    let mut trial = Trial::new();
    let place = trial.create(&EXPERIMENT, experiment(&json!({})));
    trial.pass(5);
    trial.merge(&place, &json!({"spec": {"terminate": true}}));
    trial.pass(2);
    let done = status(&trial, &place);
    assert_eq!(done["phase"], "Successful");
    assert_eq!(done.get("message"), None);
    assert_eq!(trial.all(&POD).len(), 2);
}

#[test]
fn a_template_that_never_comes_up_fails_it_at_its_deadline() {
    let mut trial = Trial::new();
    let change = json!({
        "templates": [template("baseline", "web:v1"), template("candidate", "web:crash")],
        "progressDeadlineSeconds": 60,
    });
    let place = trial.create(&EXPERIMENT, experiment(&change));
    trial.pass(120);
    let done = status(&trial, &place);
    assert_eq!(done["phase"], "Failed");
    assert_eq!(done["message"], "Template 'candidate' exceeded its progressDeadlineSeconds (60)");
    assert!(trial.told.iter().any(|told| told.warning && told.reason == "ExperimentFailed"));
}

#[test]
fn an_analysis_begins_when_all_is_available_and_gets_its_arguments() {
    let mut trial = Trial::answering(|_| Measured::Value("[0.01]".to_owned()));
    check(&mut trial);
    let place = trial.create(&EXPERIMENT, experiment(&analysed(true)));
    trial.settle();
    assert_eq!(trial.all(&ANALYSIS_RUN).len(), 0);
    trial.pass(10);
    let run = trial.all(&ANALYSIS_RUN).remove(0);
    assert_eq!(run["metadata"]["name"], "web-2-0-judge");
    let hash = trial.all(&REPLICA_SET)[1]["metadata"]["labels"]["rollouts-pod-template-hash"].clone();
    assert_eq!(run["spec"]["args"], json!([{"name": "hash", "value": hash}]));
    let done = status(&trial, &place);
    assert_eq!(
        done["analysisRuns"],
        json!([{"name": "judge", "analysisRun": "web-2-0-judge", "phase": "Successful"}])
    );
    assert_eq!(done["phase"], "Successful");
}

#[test]
fn a_failed_analysis_fails_it_in_its_words() {
    let mut trial = Trial::answering(|_| Measured::Value("[0.5]".to_owned()));
    check(&mut trial);
    let place = trial.create(&EXPERIMENT, experiment(&analysed(false)));
    trial.pass(10);
    let done = status(&trial, &place);
    assert_eq!(done["phase"], "Failed");
    assert_eq!(done["message"], "Metric \"errors\" assessed Failed due to failed (1) > failureLimit (0)");
}

#[test]
fn an_analysis_that_is_not_required_leaves_the_end_to_the_duration() {
    let mut trial = Trial::answering(|_| Measured::Value("[0.01]".to_owned()));
    check(&mut trial);
    let mut change = analysed(false);
    change["duration"] = json!("5m");
    let place = trial.create(&EXPERIMENT, experiment(&change));
    trial.pass(60);
    assert_eq!(status(&trial, &place)["phase"], "Running");
    trial.pass(300);
    assert_eq!(status(&trial, &place)["phase"], "Successful");
}

#[test]
fn a_template_of_an_analysis_that_is_not_there_is_an_error() {
    let mut trial = Trial::new();
    let place = trial.create(&EXPERIMENT, experiment(&analysed(false)));
    trial.pass(5);
    let done = status(&trial, &place);
    assert_eq!(done["phase"], "Error");
    assert_eq!(
        done["message"],
        "AnalysisTemplate verification failed for analysis 'judge': analysistemplate.argoproj.io \"errors\" not found"
    );
}

#[test]
fn a_template_with_a_service_has_one_while_it_has_pods() {
    let mut trial = Trial::new();
    let mut candidate = template("candidate", "web:v2");
    candidate["service"] = json!({});
    let change = json!({"templates": [candidate], "scaleDownDelaySeconds": 0});
    let place = trial.create(&EXPERIMENT, experiment(&change));
    trial.pass(5);
    let service = trial.all(&SERVICE).remove(0);
    assert_eq!(service["metadata"]["name"], "web-2-0-candidate");
    assert_eq!(service["spec"]["ports"][0]["port"], 8080);
    assert_eq!(status(&trial, &place)["templateStatuses"][0]["serviceName"], "web-2-0-candidate");
    trial.merge(&place, &json!({"spec": {"terminate": true}}));
    trial.pass(5);
    assert_eq!(trial.all(&SERVICE).len(), 0);
}

#[test]
fn a_spec_that_makes_no_sense_is_told_and_nothing_begins() {
    let mut trial = Trial::new();
    let twice = json!({"templates": [template("one", "web:v1"), template("one", "web:v2")]});
    let place = trial.create(&EXPERIMENT, experiment(&twice));
    trial.pass(5);
    let status = status(&trial, &place);
    assert_eq!(
        progress(&status),
        (
            &json!("True"),
            &json!("InvalidSpec"),
            &json!("Experiment web-2-0 has repeated template name 'one' in templates")
        )
    );
    assert_eq!(trial.all(&REPLICA_SET).len(), 0);
}
