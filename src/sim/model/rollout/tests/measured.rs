//! Updates that are judged by AnalysisRuns and Experiments.

use serde_json::{Value, json};

use super::stage::{Stage, rollout};
use crate::sim::objects::kind::{ANALYSIS_RUN, ANALYSIS_TEMPLATE, EXPERIMENT, ROLLOUT};
use crate::sim::objects::{Kind, Part, Place};

fn template(name: &str, args: Value) -> Value {
    let metric =
        json!({ "name": "rate", "provider": { "web": { "url": "http://metrics.test/{{args.service}}" } } });
    json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "AnalysisTemplate",
        "metadata": { "name": name }, "spec": { "args": args, "metrics": [metric] },
    })
}

fn analysis() -> Value {
    json!({ "templates": [{ "templateName": "rate" }], "args": [{ "name": "service", "value": "web" }] })
}

/// A strategy's update from `v1` to `v2`, as far as it goes without an answer.
fn updating(strategy: Value) -> Stage {
    let mut stage = Stage::empty();
    stage.add(&ANALYSIS_TEMPLATE, template("rate", json!([{ "name": "service" }])));
    stage.service("active");
    stage.service("preview");
    stage.add(&ROLLOUT, rollout(strategy, 5));
    stage.settle();
    stage.events.clear();
    stage.tag("v2");
    stage
}

fn all(stage: &Stage, kind: &'static Kind) -> Vec<Value> {
    stage.objects.list(kind, Some("demo")).map(|stored| stored.value.clone()).collect()
}

/// Lets a run stand in a phase.
fn end(stage: &mut Stage, kind: &'static Kind, name: &str, phase: &str, message: &str) {
    let status = json!({ "phase": phase, "message": message });
    stage.patch(&Place::new(kind, "demo", name), Part::Whole, &json!({ "status": status }));
    stage.settle();
}

fn step_canary() -> Value {
    json!({ "canary": { "steps": [{ "setWeight": 20 }, { "analysis": analysis() }, { "pause": {} }] } })
}

#[test]
fn an_analysis_step_makes_a_run_and_waits_for_it() {
    let stage = updating(step_canary());
    let hash = stage.hash("v2");
    let runs = all(&stage, &ANALYSIS_RUN);
    assert_eq!(runs.len(), 1);
    let run = &runs[0];
    assert_eq!(run["metadata"]["name"], format!("web-{hash}-2-1"));
    assert_eq!(
        run["metadata"]["labels"],
        json!({
            "app": "web", "rollout-type": "Step", "rollouts-pod-template-hash": hash, "step-index": "1",
        })
    );
    assert_eq!(run["metadata"]["annotations"], json!({ "rollout.argoproj.io/revision": "2" }));
    assert_eq!(run["metadata"]["ownerReferences"][0]["kind"], "Rollout");
    assert_eq!(run["spec"]["args"], json!([{ "name": "service", "value": "web" }]));
    assert_eq!(run["spec"]["metrics"][0]["name"], "rate");
    let noted = &stage.status()["canary"]["currentStepAnalysisRunStatus"];
    assert_eq!(noted, &json!({ "name": run["metadata"]["name"], "status": "" }));
    assert_eq!((stage.step(), stage.phase().0), (Some(1), "Progressing"));
}

#[test]
fn a_successful_run_completes_the_step() {
    let mut stage = updating(step_canary());
    let name = format!("web-{}-2-1", stage.hash("v2"));
    end(&mut stage, &ANALYSIS_RUN, &name, "Successful", "");
    assert_eq!((stage.step(), stage.phase()), (Some(2), ("Paused", "CanaryPauseStep")));
    let told = format!("Step Analysis Run '{name}' Status New: 'Successful' Previous: ''");
    assert_eq!(stage.told_of("AnalysisRunSuccessful"), [told]);
    assert_eq!(stage.told_of("RolloutStepCompleted")[1], "Rollout step 2/3 completed (analysis)");
}

#[test]
fn a_failed_run_aborts_with_its_reason() {
    let mut stage = updating(step_canary());
    let name = format!("web-{}-2-1", stage.hash("v2"));
    let why = "Metric \"rate\" assessed Failed due to failed (1) > failureLimit (0)";
    end(&mut stage, &ANALYSIS_RUN, &name, "Failed", why);
    let message =
        format!("Rollout aborted update to revision 2: Step-based analysis phase error/failed: {why}");
    assert_eq!(stage.phase(), ("Degraded", &*format!("RolloutAborted: {message}")));
    assert_eq!(stage.told_of("RolloutAborted"), [message]);
    assert_eq!(stage.told_of("AnalysisRunFailed").len(), 1);
    assert_eq!(stage.pods()["v2"], 0);
    stage.write_status(json!({ "abort": false }));
    let names: Vec<_> =
        all(&stage, &ANALYSIS_RUN).iter().map(|run| run["metadata"]["name"].clone()).collect();
    assert_eq!(names, [json!(name), json!(format!("{name}.1"))], "a retry measures anew");
}

#[test]
fn a_run_that_cannot_tell_pauses_until_a_person_decides() {
    let mut stage = updating(step_canary());
    let name = format!("web-{}-2-1", stage.hash("v2"));
    end(&mut stage, &ANALYSIS_RUN, &name, "Inconclusive", "");
    assert_eq!(stage.phase(), ("Paused", "InconclusiveAnalysisRun"));
    assert_eq!(stage.step(), Some(1));
    let next = json!({ "pauseConditions": null, "controllerPause": false, "currentStepIndex": 2 });
    stage.write_status(next);
    assert_eq!((stage.step(), stage.phase()), (Some(2), ("Paused", "CanaryPauseStep")));
}

#[test]
fn an_abort_ends_the_runs() {
    let mut stage = updating(step_canary());
    stage.abort();
    assert_eq!(all(&stage, &ANALYSIS_RUN)[0]["spec"]["terminate"], true);
}

#[test]
fn arguments_come_from_versions_and_fields() {
    let args = json!([
        { "name": "service", "valueFrom": { "fieldRef": { "fieldPath": "metadata.labels['team']" } } },
        { "name": "new", "valueFrom": { "podTemplateHashValue": "Latest" } },
        { "name": "old", "valueFrom": { "podTemplateHashValue": "Stable" } },
        { "name": "image", "valueFrom": { "fieldRef": { "fieldPath": "spec.template.spec.containers[0].image" } } },
    ]);
    let asked: Vec<Value> =
        ["service", "new", "old", "image"].iter().map(|name| json!({ "name": name })).collect();
    let mut stage = Stage::empty();
    stage.add(&ANALYSIS_TEMPLATE, template("rate", json!(asked)));
    let step = json!({ "analysis": { "templates": [{ "templateName": "rate" }], "args": args } });
    let mut value = rollout(json!({ "canary": { "steps": [step] } }), 5);
    value["metadata"]["labels"] = json!({ "team": "blue" });
    stage.add(&ROLLOUT, value);
    stage.settle();
    stage.tag("v2");
    assert_eq!(
        all(&stage, &ANALYSIS_RUN)[0]["spec"]["args"],
        json!([
            { "name": "service", "value": "blue" },
            { "name": "new", "value": stage.hash("v2") },
            { "name": "old", "value": stage.hash("v1") },
            { "name": "image", "value": "example.test/web:v2" },
        ])
    );
}

#[test]
fn a_background_run_begins_with_its_step_and_ends_with_the_update() {
    let mut background = analysis();
    background["startingStep"] = json!(2);
    let steps = json!([{ "setWeight": 20 }, { "pause": {} }, { "setWeight": 40 }, { "pause": {} }]);
    let mut stage = updating(json!({ "canary": { "steps": steps, "analysis": background } }));
    assert!(all(&stage, &ANALYSIS_RUN).is_empty());
    stage.promote();
    let name = format!("web-{}-2", stage.hash("v2"));
    assert_eq!(stage.status()["canary"]["currentBackgroundAnalysisRunStatus"]["name"], name);
    end(&mut stage, &ANALYSIS_RUN, &name, "Running", "");
    assert_eq!(all(&stage, &ANALYSIS_RUN)[0]["metadata"]["labels"]["rollout-type"], "Background");
    stage.promote();
    assert_eq!(stage.phase(), ("Healthy", ""));
    assert_eq!(all(&stage, &ANALYSIS_RUN)[0]["spec"]["terminate"], true);
    assert_eq!(stage.status()["canary"], json!({}));
}

#[test]
fn a_background_run_that_fails_aborts_at_any_step() {
    let steps = json!([{ "setWeight": 20 }, { "pause": {} }]);
    let mut stage = updating(json!({ "canary": { "steps": steps, "analysis": analysis() } }));
    let name = format!("web-{}-2", stage.hash("v2"));
    end(&mut stage, &ANALYSIS_RUN, &name, "Error", "no answer");
    let message = "Rollout aborted update to revision 2: Background analysis phase error/failed: no answer";
    assert_eq!(stage.told_of("RolloutAborted"), [message]);
}

fn green(more: Value) -> Value {
    let mut strategy = json!({ "activeService": "active", "previewService": "preview" });
    for (key, value) in more.as_object().unwrap() {
        strategy[key] = value.clone();
    }
    json!({ "blueGreen": strategy })
}

#[test]
fn an_analysis_before_promotion_decides_about_the_switch() {
    let mut stage = updating(green(json!({ "prePromotionAnalysis": analysis() })));
    let name = format!("web-{}-2-pre", stage.hash("v2"));
    assert_eq!(stage.status()["blueGreen"]["prePromotionAnalysisRunStatus"]["name"], name);
    assert_eq!(stage.leads_to("active"), stage.hash("v1"));
    end(&mut stage, &ANALYSIS_RUN, &name, "Successful", "");
    assert_eq!(stage.phase(), ("Healthy", ""));
    assert_eq!(stage.leads_to("active"), stage.hash("v2"));
}

#[test]
fn an_analysis_after_promotion_can_lead_users_back() {
    let mut stage = updating(green(json!({ "postPromotionAnalysis": analysis() })));
    let name = format!("web-{}-2-post", stage.hash("v2"));
    assert_eq!(stage.phase(), ("Progressing", "waiting for analysis to complete"));
    assert_eq!(stage.leads_to("active"), stage.hash("v2"));
    end(&mut stage, &ANALYSIS_RUN, &name, "Failed", "bad");
    assert_eq!(stage.leads_to("active"), stage.hash("v1"));
    let message =
        "Rollout aborted update to revision 2: Blue/green post-promotion analysis phase error/failed: bad";
    assert_eq!(stage.phase(), ("Degraded", &*format!("RolloutAborted: {message}")));
    assert_eq!(stage.pods()["v1"], 5);
}

#[test]
fn an_experiment_step_makes_an_experiment_of_both_versions() {
    let templates = json!([{ "name": "baseline", "specRef": "stable" }, { "name": "candidate", "specRef": "canary", "replicas": 2 }]);
    let steps = json!([{ "experiment": { "templates": templates, "duration": "1m" } }, { "pause": {} }]);
    let mut stage = updating(json!({ "canary": { "steps": steps } }));
    let name = format!("web-{}-2-0", stage.hash("v2"));
    let made = all(&stage, &EXPERIMENT);
    assert_eq!(made[0]["metadata"]["name"], name);
    assert_eq!(made[0]["spec"]["duration"], "1m");
    assert_eq!(made[0]["spec"]["analysisRunMetadata"], json!({}));
    let [baseline, candidate] = [&made[0]["spec"]["templates"][0], &made[0]["spec"]["templates"][1]];
    assert_eq!(
        (&baseline["name"], &candidate["name"], &candidate["replicas"]),
        (&json!("baseline"), &json!("candidate"), &json!(2))
    );
    assert_eq!(baseline["template"]["spec"]["containers"][0]["image"], "example.test/web:v1");
    assert_eq!(candidate["selector"]["matchLabels"]["rollouts-pod-template-hash"], stage.hash("v2"));
    assert_eq!(stage.status()["canary"]["currentExperiment"], name);
    assert_eq!(stage.told_of("ExperimentCreated"), [format!("Created Experiment '{name}'")]);
    end(&mut stage, &EXPERIMENT, &name, "Running", "");
    end(&mut stage, &EXPERIMENT, &name, "Successful", "");
    assert_eq!((stage.step(), stage.phase()), (Some(1), ("Paused", "CanaryPauseStep")));
    assert_eq!(stage.status()["canary"].get("currentExperiment"), None);
}

#[test]
fn an_experiment_that_fails_aborts() {
    let templates = json!([{ "name": "candidate", "specRef": "canary" }]);
    let steps = json!([{ "experiment": { "templates": templates } }, { "pause": {} }]);
    let mut stage = updating(json!({ "canary": { "steps": steps } }));
    let name = format!("web-{}-2-0", stage.hash("v2"));
    end(&mut stage, &EXPERIMENT, &name, "Failed", "too slow");
    let message = "Rollout aborted update to revision 2: Experiment analysis phase is error/failed: too slow";
    assert_eq!(stage.phase(), ("Degraded", &*format!("RolloutAborted: {message}")));
}
