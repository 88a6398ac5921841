//! Whole runs, from their creation to their end.
//!
//! Words and shapes of the first two were read from the fleet that a real controller wrote (tests/fixtures/fleet.json).
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use serde_json::{Value, json};

use crate::sim::model::Measured;
use crate::sim::model::trial::{Told, Trial};
use crate::sim::objects::Place;
use crate::sim::objects::kind::{ANALYSIS_RUN, JOB, POD};

fn job_run(image: &str) -> Value {
    json!({
        "metadata": {"name": "web-2-1"},
        "spec": {"metrics": [{"name": "smoke", "provider": {"job": {"spec": {
            "backoffLimit": 0,
            "template": {"spec": {
                "restartPolicy": "Never", "nodeName": "node-1", "containers": [{"name": "check", "image": image}],
            }},
        }}}}]},
    })
}

fn prometheus(rules: &Value) -> Value {
    let mut metric = json!({
        "name": "errors", "failureCondition": "result[0] > 0.05",
        "provider": {"prometheus": {"address": "http://prometheus:9090", "query": "error_rate"}},
    });
    for (key, value) in rules.as_object().unwrap() {
        metric[key] = value.clone();
    }
    json!({"metadata": {"name": "web-2"}, "spec": {"metrics": [metric]}})
}

/// A stage with a run whose answers are given in their order; the last one stays.
fn played(run: Value, answers: &[&str]) -> (Trial, Place) {
    let answers: Vec<String> = answers.iter().map(|answer| (*answer).to_owned()).collect();
    let mut trial = Trial::answering(move |asked| {
        let answer = answers.get(asked.taken).or(answers.last()).unwrap();
        match answer.strip_prefix("error: ") {
            Some(message) => Measured::Error(message.to_owned()),
            None => Measured::Value(answer.clone()),
        }
    });
    let place = trial.create(&ANALYSIS_RUN, run);
    (trial, place)
}

fn status(trial: &Trial, place: &Place) -> Value {
    trial.get(place)["status"].clone()
}

fn told(trial: &Trial) -> Vec<(&'static str, bool, &str)> {
    let event = |told: &Told| told.about.starts_with("web-2");
    trial
        .told
        .iter()
        .filter(|told| event(told))
        .map(|told| (told.reason, told.warning, told.message.as_str()))
        .collect()
}

#[test]
fn a_job_that_fails_fails_the_run_in_argos_words() {
    let mut trial = Trial::new();
    let place = trial.create(&ANALYSIS_RUN, job_run("check:fails"));
    trial.pass(10);
    let uid = trial.get(&place)["metadata"]["uid"].as_str().unwrap().to_owned();
    let status = status(&trial, &place);
    let measurement = &status["metricResults"][0]["measurements"][0];
    assert_eq!(
        status,
        json!({
            "phase": "Failed",
            "message": "Metric \"smoke\" assessed Failed due to failed (1) > failureLimit (0)",
            "startedAt": "2026-11-21T09:00:00Z",
            "completedAt": measurement["finishedAt"],
            "runSummary": {"count": 1, "failed": 1},
            "dryRunSummary": {},
            "metricResults": [{
                "name": "smoke", "phase": "Failed", "count": 1, "failed": 1,
                "measurements": [{
                    "phase": "Failed", "startedAt": "2026-11-21T09:00:00Z", "finishedAt": measurement["finishedAt"],
                    "metadata": {"job-name": format!("{uid}.smoke.1"), "job-namespace": "demo"},
                }],
            }],
        })
    );
    assert_eq!(
        told(&trial),
        [
            ("MetricFailed", true, "Metric 'smoke' Completed. Result: Failed"),
            ("AnalysisRunFailed", true, "Analysis Completed. Result: Failed"),
        ]
    );
}

#[test]
fn a_job_that_lasts_keeps_the_run_running() {
    let mut trial = Trial::new();
    let place = trial.create(&ANALYSIS_RUN, job_run("check:lasts"));
    trial.pass(600);
    let uid = trial.get(&place)["metadata"]["uid"].as_str().unwrap().to_owned();
    assert_eq!(
        status(&trial, &place),
        json!({
            "phase": "Running", "startedAt": "2026-11-21T09:00:00Z",
            "runSummary": {"count": 1}, "dryRunSummary": {},
            "metricResults": [{
                "name": "smoke", "phase": "Running",
                "measurements": [{
                    "phase": "Running", "startedAt": "2026-11-21T09:00:00Z",
                    "metadata": {"job-name": format!("{uid}.smoke.1"), "job-namespace": "demo"},
                }],
            }],
        })
    );
    let job = trial.all(&JOB).remove(0);
    assert_eq!(job["metadata"]["labels"], json!({"analysisrun.argoproj.io/uid": uid}));
    assert_eq!(job["metadata"]["annotations"]["analysisrun.argoproj.io/metric-name"], "smoke");
    assert_eq!(job["metadata"]["ownerReferences"][0]["kind"], "AnalysisRun");
}

#[test]
fn a_terminated_run_ends_well_and_its_job_is_gone() {
    let mut trial = Trial::new();
    let place = trial.create(&ANALYSIS_RUN, job_run("check:lasts"));
    trial.pass(30);
    trial.merge(&place, &json!({"spec": {"terminate": true}}));
    trial.pass(1);
    let status = status(&trial, &place);
    assert_eq!((&status["phase"], &status["message"]), (&json!("Successful"), &json!("Run Terminated")));
    let measurement = &status["metricResults"][0]["measurements"][0];
    assert_eq!(
        (&measurement["phase"], &measurement["message"]),
        (&json!("Successful"), &json!("Metric Terminated"))
    );
    assert_eq!((trial.all(&JOB).len(), trial.all(&POD).len()), (0, 0));
}

#[test]
fn a_run_is_measured_as_often_as_it_says() {
    let (mut trial, place) =
        played(prometheus(&json!({"interval": "1m", "count": 3})), &["[0.01]", "[0.02]", "[0.03]"]);
    trial.pass(59);
    assert_eq!(status(&trial, &place)["metricResults"][0]["count"], 1);
    trial.pass(1);
    assert_eq!(status(&trial, &place)["metricResults"][0]["count"], 2);
    trial.pass(60);
    let status = status(&trial, &place);
    assert_eq!(status["phase"], "Successful");
    assert_eq!(status["runSummary"], json!({"count": 1, "successful": 1}));
    let result = &status["metricResults"][0];
    assert_eq!(result["metadata"], json!({"ResolvedPrometheusQuery": "error_rate"}));
    assert_eq!((&result["successful"], &result["consecutiveSuccess"]), (&json!(3), &json!(3)));
    let values: Vec<_> = result["measurements"].as_array().unwrap().iter().map(|one| &one["value"]).collect();
    assert_eq!(values, ["[0.01]", "[0.02]", "[0.03]"]);
    assert_eq!(status["completedAt"], "2026-11-21T09:02:00Z");
}

#[test]
fn a_run_without_an_end_goes_on_until_it_fails() {
    let (mut trial, place) = played(prometheus(&json!({"interval": "30s"})), &["[0.01]", "[0.01]", "[0.2]"]);
    trial.pass(59);
    assert_eq!(status(&trial, &place)["phase"], "Running");
    trial.pass(1);
    let status = status(&trial, &place);
    assert_eq!(status["phase"], "Failed");
    assert_eq!(status["message"], "Metric \"errors\" assessed Failed due to failed (1) > failureLimit (0)");
}

#[test]
fn errors_are_repeated_every_ten_seconds_and_the_fifth_is_one_too_many() {
    let (mut trial, place) =
        played(prometheus(&json!({})), &["error: Post \"http://prometheus:9090\": no such host"]);
    trial.pass(39);
    assert_eq!(status(&trial, &place)["phase"], "Running");
    trial.pass(1);
    let status = status(&trial, &place);
    assert_eq!(status["phase"], "Error");
    assert_eq!(
        status["message"],
        "Metric \"errors\" assessed Error due to consecutiveErrors (5) > consecutiveErrorLimit (4): \
         \"Error Message: Post \"http://prometheus:9090\": no such host\""
    );
    assert_eq!(status["runSummary"], json!({"count": 1, "error": 1}));
    assert_eq!(status["metricResults"][0].get("count"), None);
    assert_eq!(told(&trial).first().unwrap().0, "MetricError");
}

#[test]
fn an_answer_without_values_is_an_error_for_a_condition_on_the_first() {
    let (mut trial, place) = played(prometheus(&json!({})), &["[]", "[0.01]"]);
    trial.settle();
    let first = status(&trial, &place)["metricResults"][0]["measurements"][0].clone();
    assert_eq!(
        (&first["phase"], &first["message"]),
        (&json!("Error"), &json!("reflect: slice index out of range"))
    );
    assert_eq!(first.get("value"), None);
    trial.pass(10);
    assert_eq!(status(&trial, &place)["phase"], "Successful");
}

#[test]
fn two_conditions_that_say_neither_make_a_run_inconclusive() {
    let rules = json!({"successCondition": "result[0] < 0.01", "failureCondition": "result[0] > 0.05"});
    let (mut trial, place) = played(prometheus(&rules), &["[0.03]"]);
    trial.pass(1);
    let status = status(&trial, &place);
    assert_eq!(status["phase"], "Inconclusive");
    assert_eq!(
        status["message"],
        "Metric \"errors\" assessed Inconclusive due to inconclusive (1) > inconclusiveLimit (0)"
    );
    assert!(told(&trial).iter().all(|(_, warning, _)| !warning));
}

#[test]
fn the_worst_of_several_metrics_counts_and_the_others_are_stopped() {
    let mut run = prometheus(&json!({"interval": "1m"}));
    let mut other = run["spec"]["metrics"][0].clone();
    other["name"] = json!("latency");
    other["failureCondition"] = json!("result[0] > 100");
    run["spec"]["metrics"].as_array_mut().unwrap().push(other);
    let (mut trial, place) = played(run, &["[0.5]"]);
    trial.pass(1);
    let status = status(&trial, &place);
    assert_eq!(status["phase"], "Failed");
    assert_eq!(status["runSummary"], json!({"count": 2, "failed": 1, "successful": 1}));
}

#[test]
fn a_metric_that_does_not_count_fails_without_harm() {
    let mut run = prometheus(&json!({}));
    run["spec"]["dryRun"] = json!([{"metricName": "err.*"}]);
    let (mut trial, place) = played(run, &["[0.5]"]);
    trial.pass(1);
    let status = status(&trial, &place);
    assert_eq!(status["phase"], "Successful");
    assert_eq!(status["dryRunSummary"], json!({"count": 1, "failed": 1}));
    let result = &status["metricResults"][0];
    assert_eq!(result["dryRun"], true);
    assert_eq!(result["message"], "Metric assessed Failed due to failed (1) > failureLimit (0)");
}

#[test]
fn ten_measurements_are_kept_unless_a_rule_says_otherwise() {
    let mut run = prometheus(&json!({"interval": "1s", "count": 30}));
    let (mut trial, place) = played(run.clone(), &["[0.01]"]);
    trial.pass(60);
    let kept = |trial: &Trial, place: &Place| {
        status(trial, place)["metricResults"][0]["measurements"].as_array().unwrap().len()
    };
    assert_eq!(kept(&trial, &place), 10);
    assert_eq!(status(&trial, &place)["metricResults"][0]["count"], 30);
    run["spec"]["measurementRetention"] = json!([{"metricName": ".*", "limit": 15}]);
    let (mut trial, place) = played(run, &["[0.01]"]);
    trial.pass(60);
    assert_eq!(kept(&trial, &place), 15);
}

#[test]
fn a_spec_that_makes_no_sense_is_an_error_at_once() {
    for (run, message) in [
        (json!({"metrics": []}), "Analysis spec invalid: no metrics specified"),
        (
            json!({"metrics": [{"name": "a", "count": 3, "provider": {"prometheus": {}}}]}),
            "Analysis spec invalid: metrics[0]: interval must be specified when count > 1",
        ),
        (
            json!({"metrics": [{"name": "a", "provider": {}}]}),
            "Analysis spec invalid: metrics[0]: no provider specified",
        ),
        (
            json!({"metrics": [{"name": "a", "provider": {"prometheus": {}, "wavefront": {}}}]}),
            "Analysis spec invalid: metrics[0]: multiple providers specified",
        ),
        (
            json!({"metrics": [{"name": "{{args.x}}", "provider": {"prometheus": {}}}], "args": [{"name": "x"}]}),
            "Unable to resolve metric arguments: argument \"x\" was not supplied",
        ),
        (
            // With nothing but successes to end it (`consecutiveSuccessLimit`) a limit of failures may be left out so.
            json!({"metrics": [{"name": "a", "failureLimit": -1, "provider": {"prometheus": {}}}]}),
            "Analysis spec invalid: metrics[0]: failureLimit and consecutiveSuccessLimit cannot both be disabled",
        ),
        (
            json!({"metrics": [{"name": "a", "failureLimit": -2, "provider": {"prometheus": {}}}]}),
            "Analysis spec invalid: metrics[0]: failureLimit must be >= 0, or -1 to be disabled",
        ),
        (
            json!({"metrics": [{"name": "a", "interval": "soon", "provider": {"prometheus": {}}}]}),
            "Analysis spec invalid: metrics[0]: invalid interval string: time: invalid duration \"soon\"",
        ),
        (
            json!({"metrics": [{"name": "a", "provider": {"prometheus": {}}}], "dryRun": [{"metricName": "b"}]}),
            "Analysis spec invalid: dryRun[0]: Rule didn't match any metric name(s)",
        ),
    ] {
        let (mut trial, place) = played(json!({"metadata": {"name": "web-2"}, "spec": run}), &["1"]);
        trial.pass(1);
        let status = status(&trial, &place);
        assert_eq!((&status["phase"], &status["message"]), (&json!("Error"), &json!(message)));
        assert_eq!(told(&trial), [("AnalysisRunError", true, "Analysis Completed. Result: Error")]);
    }
}

#[test]
fn a_web_answer_is_judged_where_its_path_leads() {
    let run = |path: &str| {
        json!({"metadata": {"name": "web-2"}, "spec": {"metrics": [{
            "name": "health", "successCondition": "result.ok && result.rate >= 0.9",
            "provider": {"web": {"url": "http://web/health", "jsonPath": path}},
        }]}})
    };
    let body = r#"{"data": [{"ok": true, "rate": 0.97}]}"#;
    let (mut trial, place) = played(run("{$.data[0]}"), &[body]);
    trial.pass(1);
    assert_eq!(status(&trial, &place)["phase"], "Successful");
    let value = status(&trial, &place)["metricResults"][0]["measurements"][0]["value"].clone();
    assert_eq!(value, r#"{"ok":true,"rate":0.97}"#);
    let (mut trial, place) = played(run("{$.status}"), &[body]);
    trial.pass(1);
    let message = status(&trial, &place)["metricResults"][0]["measurements"][0]["message"].clone();
    assert_eq!(message, "Could not find JSONPath in body: status is not found");
}

#[test]
fn a_source_may_answer_a_web_metric_with_the_value_alone() {
    let run = json!({"metadata": {"name": "web-2"}, "spec": {"metrics": [{
        "name": "errors", "successCondition": "result < 0.05",
        "provider": {"web": {"url": "http://web/errors", "jsonPath": "{$.value}"}},
    }]}});
    let (mut trial, place) = played(run, &["0.01"]);
    trial.pass(1);
    let status = status(&trial, &place);
    assert_eq!(status["phase"], "Successful");
    assert_eq!(status["metricResults"][0]["measurements"][0]["value"], "0.01");
}

#[test]
fn an_initial_delay_is_waited_for() {
    let (mut trial, place) = played(prometheus(&json!({"initialDelay": "45s"})), &["[0.01]"]);
    trial.pass(44);
    assert_eq!(status(&trial, &place).get("metricResults"), None);
    assert_eq!(status(&trial, &place)["phase"], "Running");
    trial.pass(1);
    assert_eq!(status(&trial, &place)["phase"], "Successful");
}

#[test]
fn prometheus_without_an_address_is_an_error_in_argos_words() {
    let rules = json!({"provider": {"prometheus": {"query": "up"}}, "consecutiveErrorLimit": 0});
    let (mut trial, place) = played(prometheus(&rules), &["[0.01]"]);
    trial.pass(1);
    assert_eq!(
        status(&trial, &place)["message"],
        "Metric \"errors\" assessed Error due to consecutiveErrors (1) > consecutiveErrorLimit (0): \
         \"Error Message: prometheus address is not configured\""
    );
}
