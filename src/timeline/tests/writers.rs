//! Who wrote: a change names the program that the object names, with its time, and never the controller's own hand.

use serde_json::{Value, json};

use super::*;

const CONTROLLER: &str = "rollouts-controller";

fn entry(name: &str, time: &str, part: &str) -> Value {
    json!({"manager": name, "operation": "Update", "apiVersion": "argoproj.io/v1alpha1", "time": time,
        "fieldsType": "FieldsV1", "fieldsV1": {part: {"f:paused": {}}, "f:metadata": {}}})
}

/// A canary whose object says who wrote it.
fn written(entries: &[Value], more: Value) -> Rollout {
    let mut patch = json!({"metadata": {"managedFields": entries}});
    json_patch::merge(&mut patch, &more);
    canary(0, patch)
}

fn lines(before: &Rollout, after: &Rollout) -> Vec<Sighting> {
    changes(before, after, &scene(), at(NOW))
}

#[test]
fn another_persons_edit_is_named_with_its_time() {
    let made = entry("kubectl-create", "2026-11-21T07:00:00Z", "f:spec");
    let before = written(std::slice::from_ref(&made), json!({}));
    let edited = entry("kubectl-edit", "2026-11-21T08:09:58Z", "f:spec");
    let paused = json!({"metadata": {"generation": 4}, "spec": {"paused": true, "replicas": 9}});
    let all = lines(&before, &written(&[edited, made], paused));
    let words: Vec<&str> = all.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(words, ["paused by hand (by kubectl-edit)", "pods wanted: 5 -> 9 (by kubectl-edit)"]);
    for line in all {
        assert_eq!((line.at, line.dial), (at("2026-11-21T08:09:58Z"), Dial::Cluster));
    }
}

#[test]
fn an_order_of_rollgates_is_named_by_the_end_of_its_id() {
    let ours = entry("rollgate-6c7d8e9f0a1b", "2026-11-21T08:09:58Z", "f:spec");
    let after = written(&[ours], json!({"metadata": {"generation": 4}, "spec": {"paused": true}}));
    let all = lines(&canary(0, json!({})), &after);
    assert_eq!(all[0].text.as_str(), "paused by hand (by rollgate, order ...6c7d8e9f0a1b)");
}

#[test]
fn a_writer_who_wrote_before_is_not_named_for_what_changed_now() {
    let old = entry("kubectl-edit", "2026-11-21T08:00:00Z", "f:spec");
    let before = written(std::slice::from_ref(&old), json!({}));
    let all =
        lines(&before, &written(&[old], json!({"metadata": {"generation": 4}, "spec": {"paused": true}})));
    assert_eq!(all[0].text.as_str(), "paused by hand");
    assert_eq!(all[0].dial, Dial::Ours);
}

#[test]
fn an_abort_by_the_plugin_is_the_plugins_and_one_by_the_controller_nobodys() {
    let by = |name: &str| {
        let wrote = entry(name, "2026-11-21T08:09:58Z", "f:status");
        let after = written(&[wrote], json!({"status": {"abort": true, "phase": "Degraded"}}));
        lines(&canary(0, json!({})), &after)[0].text.to_string()
    };
    assert_eq!(by("kubectl-argo-rollouts"), "aborted (by kubectl-argo-rollouts)");
    assert_eq!(by(CONTROLLER), "aborted");
}

#[test]
fn a_pause_that_somebody_took_away_is_told() {
    let paused = json!({"status": {"pauseConditions": [{"reason": "CanaryPauseStep", "startTime": "2026-11-21T08:00:00Z"}]}});
    let before = canary(1, paused);
    let wrote = entry("kubectl-argo-rollouts", "2026-11-21T08:09:58Z", "f:status");
    let mut after = canary(1, json!({"metadata": {"managedFields": [wrote]}}));
    after.status.pauses = crate::rollout::Pauses::default();
    let words: Vec<String> = lines(&before, &after).iter().map(|line| line.text.to_string()).collect();
    assert!(words.contains(&"its pauses were taken away (by kubectl-argo-rollouts)".to_owned()), "{words:?}");
}

#[test]
fn entries_that_make_no_sense_name_nobody_and_break_nothing() {
    let wrong = json!({"manager": 7, "time": "yesterday", "fieldsV1": []});
    let nameless = json!({"time": "2026-11-21T08:09:58Z", "fieldsV1": {"f:spec": {}}});
    for entries in [json!([wrong, nameless, null, "x"]), json!("none"), json!({"a": 1}), Value::Null] {
        let after = canary(0, json!({"metadata": {"generation": 4, "managedFields": entries}}));
        assert_eq!(after.writers, crate::rollout::Writers::default());
        assert_eq!(lines(&canary(0, json!({})), &after)[0].text.as_str(), "spec changed (generation 3 -> 4)");
    }
}

#[test]
fn two_sessions_that_see_the_same_mark_it_the_same() {
    let mut after = canary(2, json!({"spec": {"paused": true}}));
    after.meta.resource_version = "12".into();
    let marks = |now: &str| -> Vec<String> {
        let all = changes(&canary(0, json!({})), &after, &scene(), at(now));
        all.iter().map(|line| line.mark.to_string()).collect()
    };
    assert_eq!(marks(NOW), ["u-1@12/paused", "u-1@12/step"]);
    assert_eq!(marks(NOW), marks("2026-11-21T08:10:03Z"));
}

#[test]
fn a_metric_is_told_with_run_phase_counts_and_newest_value_when_it_was_measured_again() {
    let run = |version: &str, metrics: Value| {
        let value = json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "AnalysisRun",
            "metadata": {"name": "web-bbb-2-1", "namespace": "shop", "uid": "a-1", "resourceVersion": version},
            "status": {"phase": "Running", "metricResults": metrics},
        });
        match parse::from_value(value, &mut Interner::default()).unwrap() {
            crate::rollout::delta::Object::AnalysisRun(run) => *run,
            other => panic!("{other:?}"),
        }
    };
    let metric = |phase: &str, good: i64, bad: i64, value: &str| {
        json!({"name": "errors", "phase": phase, "successful": good, "failed": bad,
            "measurements": [{"phase": "Successful", "value": value}]})
    };
    let before = run("5", json!([metric("Running", 1, 0, "0.01")]));
    let after = run("6", json!([metric("Failed", 1, 2, "[0.09]"), {"name": "latency", "phase": "Pending"}]));
    let all = measured(&before, &after, &web(), &scene(), at(NOW));
    let words: Vec<&str> = all.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(
        words,
        [
            "web-bbb-2-1 errors Failed: 1 good, 2 bad, newest value [0.09]",
            "web-bbb-2-1 latency Pending: not measured yet"
        ]
    );
    assert_eq!((all[0].source, &all[0].key), (Source::Analysis, &web()));
    assert_eq!(measured(&after, &after, &web(), &scene(), at(NOW)), []);
}
