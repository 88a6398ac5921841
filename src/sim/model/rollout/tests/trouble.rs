//! What goes wrong: pods that never come, deadlines, and specs that make no sense.

use serde_json::{Value, json};

use super::stage::{Stage, rollout};
use crate::sim::objects::kind::ROLLOUT;

/// The message of a Rollout that is refused, without what every such message begins with.
fn fault(value: Value) -> String {
    let mut stage = Stage::empty();
    stage.add(&ROLLOUT, value);
    stage.settle();
    let (phase, message) = stage.phase();
    assert_eq!(phase, "Degraded", "{message}");
    assert_eq!(stage.status()["observedGeneration"], "1");
    assert_eq!(stage.condition("InvalidSpec"), format!("True {message}"));
    message.strip_prefix("InvalidSpec: The Rollout \"web\" is invalid: ").unwrap().to_owned()
}

fn canary(more: Value) -> Value {
    rollout(json!({ "canary": more }), 5)
}

#[test]
fn a_passed_deadline_degrades_the_rollout_and_it_goes_on_trying() {
    let mut stage = Stage::canary(json!([{ "setWeight": 20 }, { "pause": {} }]));
    stage.spec(json!({ "progressDeadlineSeconds": 60 }));
    stage.tag("bad");
    stage.pass(60);
    assert_eq!(stage.phase().0, "Progressing");
    stage.pass(1);
    let name = format!("web-{}", stage.hash("bad"));
    let message = format!("ReplicaSet \"{name}\" has timed out progressing.");
    assert_eq!(stage.phase(), ("Degraded", &*format!("ProgressDeadlineExceeded: {message}")));
    assert_eq!(stage.condition("Progressing"), format!("False ProgressDeadlineExceeded: {message}"));
    assert_eq!(stage.pods()["bad"], 1);
    assert_eq!(stage.again, None);
}

#[test]
fn a_passed_deadline_aborts_where_that_was_asked_for() {
    let mut stage = Stage::canary(json!([{ "setWeight": 20 }, { "pause": {} }]));
    stage.spec(json!({ "progressDeadlineSeconds": 60, "progressDeadlineAbort": true }));
    stage.tag("bad");
    stage.pass(61);
    assert_eq!(stage.status()["abort"], true);
    assert_eq!(stage.phase(), ("Degraded", "RolloutAborted: Rollout aborted update to revision 2"));
    let first = format!("ReplicaSet \"web-{}\" has timed out progressing.", stage.hash("bad"));
    assert_eq!(stage.told_of("RolloutAborted"), [&*first, "Rollout aborted update to revision 2"]);
    assert_eq!(stage.pods()["bad"], 0);
}

#[test]
fn a_pause_is_no_lack_of_progress() {
    let mut stage = Stage::updating(json!([{ "setWeight": 20 }, { "pause": {} }]));
    stage.pass(3600);
    assert_eq!(stage.phase(), ("Paused", "CanaryPauseStep"));
}

#[test]
fn a_version_that_is_bad_from_the_start_never_gets_well() {
    let mut stage = Stage::empty();
    let mut value = canary(json!({}));
    value["spec"]["template"]["spec"]["containers"][0]["image"] = json!("example.test/web:bad");
    stage.add(&ROLLOUT, value);
    stage.settle();
    assert_eq!(stage.phase(), ("Progressing", "updated replicas are still becoming available"));
    assert_eq!(stage.status()["stableRS"], stage.hash("bad"), "the first version is stable at once");
    assert_eq!(
        stage.condition("Available"),
        "False AvailableReason: Rollout does not have minimum availability"
    );
}

#[test]
fn a_failing_replica_set_is_shown_as_a_condition() {
    let mut stage = Stage::updating(json!([{ "setWeight": 20 }, { "pause": {} }]));
    let place = stage
        .objects
        .list(&crate::sim::objects::kind::REPLICA_SET, Some("demo"))
        .next()
        .unwrap()
        .place
        .clone();
    let failure = json!([{
        "type": "ReplicaFailure", "status": "True", "lastTransitionTime": "2026-11-21T08:00:00Z",
        "reason": "FailedCreate", "message": "quota",
    }]);
    stage.patch(&place, crate::sim::objects::Part::Status, &json!({ "status": { "conditions": failure } }));
    stage.look();
    assert_eq!(stage.condition("ReplicaFailure"), "True FailedCreate: quota");
}

#[test]
fn a_service_that_is_not_there_is_named() {
    let value = canary(json!({ "stableService": "stable", "canaryService": "fresh" }));
    let field = "spec.strategy.canary.stableService";
    assert_eq!(fault(value), format!("{field}: Invalid value: \"stable\": service \"stable\" not found"));
}

#[test]
fn a_rollout_recovers_when_what_it_names_is_there() {
    let mut stage = Stage::empty();
    stage.add(&ROLLOUT, canary(json!({ "stableService": "stable", "canaryService": "fresh" })));
    stage.settle();
    assert_eq!(stage.again, Some("2026-11-21T08:00:10Z".parse().unwrap()));
    stage.service("stable");
    stage.service("fresh");
    stage.pass(10);
    assert_eq!(stage.phase(), ("Healthy", ""));
    assert_eq!(stage.condition("InvalidSpec"), "");
    assert_eq!(stage.leads_to("stable"), stage.hash("v1"));
}

#[test]
fn a_weight_beyond_the_whole_is_refused() {
    assert_eq!(
        fault(canary(json!({ "steps": [{ "setWeight": 120 }] }))),
        "spec.strategy.steps[0].setWeight: Invalid value: 120: SetWeight needs to be between 0 and 100"
    );
}

#[test]
fn a_pause_that_is_no_duration_is_refused() {
    assert_eq!(
        fault(canary(json!({ "steps": [{ "pause": { "duration": "soon" } }] }))),
        "spec.strategy.steps[0].pause.duration: Invalid value: -1: Duration needs to be greater than 0"
    );
}

#[test]
fn one_service_for_two_versions_is_refused() {
    assert_eq!(
        fault(rollout(json!({ "blueGreen": { "activeService": "one", "previewService": "one" } }), 5)),
        "spec.strategy.activeService: Invalid value: \"one\": This rollout uses the same service for the active and \
         preview services, but two different services are required."
    );
}

#[test]
fn neither_surge_nor_absence_is_refused() {
    assert_eq!(
        fault(canary(json!({ "maxSurge": 0, "maxUnavailable": 0 }))),
        "spec.strategy.maxSurge: Invalid value: 0: MaxSurge and MaxUnavailable both can not be zero"
    );
}

#[test]
fn a_scale_of_the_canary_without_a_router_is_refused() {
    assert_eq!(
        fault(canary(json!({ "steps": [{ "setCanaryScale": { "replicas": 1 } }] }))),
        "spec.strategy.trafficRouting: Required value: SetCanaryScale requires TrafficRouting to be set"
    );
}

#[test]
fn a_template_that_is_not_there_is_named() {
    let steps = json!([{ "analysis": { "templates": [{ "templateName": "smoke" }] } }]);
    assert_eq!(
        fault(canary(json!({ "steps": steps }))),
        "spec.strategy.canary.steps[0].analysis.templates: Invalid value: \"smoke\": AnalysisTemplate 'smoke' not found"
    );
}

#[test]
fn labels_that_the_selector_does_not_select_are_refused() {
    let mut value = canary(json!({}));
    value["spec"]["template"]["metadata"]["labels"] = json!({ "app": "other" });
    assert_eq!(
        fault(value),
        "spec.template.metadata.labels: Invalid value: {\"app\":\"other\"}: `selector` does not match template `labels`"
    );
}
