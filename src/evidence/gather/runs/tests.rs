use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::*;
use crate::gate::policy::file;
use crate::rollout::Key;
use crate::rollout::parse::{AnalysisRunObject, Interner};

fn window() -> Window {
    let at: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
    Window { from: at, to: at, step: SignedDuration::from_secs(60), asked: at }
}

fn object(name: &str, metrics: &[(&str, &str, i64)]) -> Value {
    let measurements = json!([
        {"value": "0.99", "startedAt": "2026-11-21T09:40:00Z", "finishedAt": "2026-11-21T09:40:01Z"},
        {"value": "0.93", "startedAt": "2026-11-21T09:41:00Z", "finishedAt": "2026-11-21T09:41:02Z"},
        {"phase": "Running", "startedAt": "2026-11-21T09:42:00Z"}
    ]);
    let metrics = metrics.iter().map(|(name, phase, failed)| {
        json!({"name": name, "phase": phase, "failed": failed, "successful": 3, "measurements": measurements})
    });
    json!({
        "metadata": {
            "name": name, "namespace": "shop", "uid": "u", "creationTimestamp": "2026-11-21T09:30:00Z",
            "labels": {"rollouts-pod-template-hash": "6c9f"},
            "ownerReferences": [{"kind": "Rollout", "name": "web", "uid": "u-web", "controller": true}],
        },
        "status": {"phase": "Running", "metricResults": metrics.collect::<Vec<_>>()}
    })
}

/// A run of the canary as the API server gives it: metrics by name, phase and failures.
fn run(name: &str, metrics: &[(&str, &str, i64)]) -> AnalysisRun {
    parsed(object(name, metrics))
}

fn parsed(object: Value) -> AnalysisRun {
    let wire: AnalysisRunObject = serde_json::from_value(object).unwrap();
    wire.into_analysis_run(&mut Interner::new())
}

/// The same with one value put elsewhere.
fn changed(name: &str, metrics: &[(&str, &str, i64)], pointer: &str, value: Value) -> AnalysisRun {
    let mut object = object(name, metrics);
    *object.pointer_mut(pointer).unwrap() = value;
    parsed(object)
}

fn found(named: Vec<(&str, Result<Option<AnalysisRun>, Printable>)>) -> Found {
    Found {
        named: named.into_iter().map(|(name, read)| (name.into(), read)).collect(),
        of_version: Ok(Vec::new()),
        canary: canary(),
    }
}

fn canary() -> Canary {
    let text = "rollout_gates: {}\nmetrics: [{name: success}]\n";
    Canary {
        key: Key { namespace: "shop".into(), name: "web".into() },
        uid: "u-web".into(),
        hash: "6c9f".into(),
        stable: "7d8c".into(),
        policy: Arc::new(file::read(text, "x").unwrap()),
        runs: Vec::new(),
    }
}

fn ended(runs: Vec<AnalysisRun>) -> Found {
    Found { of_version: Ok(runs), ..found(Vec::new()) }
}

fn why(proof: &Proof) -> String {
    match proof {
        Proof::Missing { why, .. } => why.to_string(),
        other => panic!("{other:?}"),
    }
}

/// The run that counts, and the phase in which it left a metric.
fn counted(found: &Found, metric: &str) -> (String, String) {
    match found.of(metric, &window()) {
        Proof::Measured { measured, of } => (of.query.to_string(), measured.phase.to_string()),
        other => panic!("{other:?}"),
    }
}

const GOOD: &[(&str, &str, i64)] = &[("success", "Successful", 0)];
const BAD: &[(&str, &str, i64)] = &[("success", "Failed", 2)];

#[test]
fn a_metric_is_what_the_run_measured_with_counts_value_time_and_where_it_stands() {
    let running = run("web-1", &[("success", "Running", 1)]);
    let proof = found(vec![("web-1", Ok(Some(running)))]).of("success", &window());
    let newest = proof.newest();
    let Proof::Measured { measured, of } = proof else { panic!("{proof:?}") };
    assert_eq!((measured.successful, measured.failed, measured.cut_short), (3, 1, false));
    assert_eq!(measured.value.as_ref().map(Printable::as_str), Some("0.93"));
    assert_eq!((of.source.as_str(), of.query.as_str()), ("AnalysisRun in shop", "web-1"));
    // The third is still being taken.
    assert_eq!(newest, Some("2026-11-21T09:41:02Z".parse().unwrap()));
}

#[test]
fn what_was_never_measured_is_as_old_as_its_run() {
    let none = changed("web-1", GOOD, "/status/metricResults/0/measurements", json!([]));
    let proof = ended(vec![none]).of("success", &window());
    assert_eq!(proof.newest(), Some("2026-11-21T09:30:00Z".parse().unwrap()));
}

#[test]
fn where_several_named_runs_measure_a_metric_the_worst_counts_in_whatever_order() {
    let (good, bad) = (run("a", GOOD), run("b", BAD));
    for runs in [
        vec![("a", Ok(Some(good.clone()))), ("b", Ok(Some(bad.clone())))],
        vec![("b", Ok(Some(bad))), ("a", Ok(Some(good)))],
    ] {
        assert_eq!(counted(&found(runs), "success").1, "Failed");
    }
}

#[test]
fn a_run_that_the_status_no_longer_names_is_still_evidence_and_the_newest_of_them_counts() {
    let at = |name: &str, metrics, created: &str| {
        changed(name, metrics, "/metadata/creationTimestamp", json!(created))
    };
    let (older, newer) =
        (at("web-2-1", BAD, "2026-11-21T09:10:00Z"), at("web-2-4", GOOD, "2026-11-21T09:20:00Z"));
    for runs in [vec![older.clone(), newer.clone()], vec![newer.clone(), older.clone()]] {
        assert_eq!(counted(&ended(runs), "success"), ("web-2-4".to_owned(), "Successful".to_owned()));
    }
    // Within a second nobody can tell which came later.
    let twin = at("web-2-5", BAD, "2026-11-21T09:20:00Z");
    assert_eq!(counted(&ended(vec![twin, newer]), "success").1, "Failed");
    let other = run("web-2-7", &[("latency", "Running", 0)]);
    let beside = Found { of_version: Ok(vec![older]), ..found(vec![("web-2-7", Ok(Some(other)))]) };
    assert_eq!(counted(&beside, "success").0, "web-2-1", "what the status names measures something else");
    assert_eq!(counted(&beside, "latency").0, "web-2-7");
}

#[test]
fn a_run_of_another_version_or_of_another_rollout_is_never_evidence_even_where_the_status_names_it() {
    for (pointer, value) in [
        ("/metadata/labels/rollouts-pod-template-hash", json!("7d8c")),
        ("/metadata/labels", json!({})),
        ("/metadata/ownerReferences/0/uid", json!("u-other")),
        ("/metadata/ownerReferences", json!([])),
    ] {
        let foreign = changed("web-1", GOOD, pointer, value);
        for found in [ended(vec![foreign.clone()]), found(vec![("web-1", Ok(Some(foreign)))])] {
            let why = why(&found.of("success", &window()));
            assert_eq!(why, "no AnalysisRun of this canary measures `success`", "{pointer}");
        }
    }
}

#[test]
fn a_named_run_that_has_measured_nothing_yet_is_not_answered_for_by_an_older_one() {
    let begun = Found { of_version: Ok(vec![run("a", GOOD)]), ..found(vec![("b", Ok(Some(run("b", &[]))))]) };
    assert_eq!(why(&begun.of("success", &window())), "the AnalysisRun b has measured nothing yet");
}

#[test]
fn a_run_that_was_told_to_end_says_so() {
    let mut object = object("web-1", GOOD);
    object["spec"] = json!({"terminate": true});
    let Proof::Measured { measured, .. } = ended(vec![parsed(object)]).of("success", &window()) else {
        panic!()
    };
    assert!(measured.cut_short);
}

#[test]
fn what_was_not_read_is_missing_in_the_servers_words_even_beside_a_good_run() {
    let good = run("a", GOOD);
    let proof =
        found(vec![("a", Ok(Some(good))), ("b", Err("403: may not get".into()))]).of("success", &window());
    assert_eq!(why(&proof), "the AnalysisRun b cannot be read: 403: may not get");
    let other = found(vec![("a", Ok(Some(run("a", &[("latency", "Successful", 0)])))), ("gone", Ok(None))]);
    assert_eq!(why(&other.of("success", &window())), "no AnalysisRun of this canary measures `success`");
    let unlisted = Found { of_version: Err("403: may not list".into()), ..found(Vec::new()) };
    assert_eq!(
        why(&unlisted.of("success", &window())),
        "the AnalysisRuns of this canary cannot be read: 403: may not list"
    );
}
