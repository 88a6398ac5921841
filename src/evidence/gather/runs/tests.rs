use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::*;
use crate::rollout::parse::{AnalysisRunObject, Interner};

fn window() -> Window {
    let at: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
    Window { from: at, to: at, step: SignedDuration::from_secs(60), asked: at }
}

/// A run as the API server gives it: metrics by name, phase and failures.
fn run(metrics: &[(&str, &str, i64)]) -> AnalysisRun {
    let metrics = metrics.iter().map(|(name, phase, failed)| {
        json!({"name": name, "phase": phase, "failed": failed, "successful": 3, "measurements": [{"value": "0.93"}]})
    });
    let object = json!({
        "metadata": {"name": "web-1", "namespace": "shop", "uid": "u"},
        "status": {"phase": "Running", "metricResults": metrics.collect::<Vec<_>>()}
    });
    let wire: AnalysisRunObject = serde_json::from_value(object).unwrap();
    wire.into_analysis_run(&mut Interner::new())
}

fn found(runs: Vec<(&str, Result<Option<AnalysisRun>, Printable>)>) -> Found {
    Found {
        runs: runs.into_iter().map(|(name, read)| (name.into(), read)).collect(),
        namespace: "shop".to_owned(),
    }
}

fn why(proof: &Proof) -> String {
    match proof {
        Proof::Missing { why, .. } => why.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_metric_is_what_the_run_measured_with_counts_value_and_where_it_stands() {
    let proof = found(vec![("web-1", Ok(Some(run(&[("success", "Running", 1)]))))]).of("success", &window());
    let Proof::Measured { measured, of } = proof else { panic!("{proof:?}") };
    assert_eq!((measured.successful, measured.failed), (3, 1));
    assert_eq!(measured.value.as_ref().map(Printable::as_str), Some("0.93"));
    assert_eq!((of.source.as_str(), of.query.as_str()), ("AnalysisRun in shop", "web-1"));
}

#[test]
fn where_several_runs_measure_a_metric_the_worst_counts_in_whatever_order() {
    let (good, bad) = (run(&[("success", "Successful", 0)]), run(&[("success", "Failed", 2)]));
    for runs in [
        vec![("a", Ok(Some(good.clone()))), ("b", Ok(Some(bad.clone())))],
        vec![("b", Ok(Some(bad))), ("a", Ok(Some(good)))],
    ] {
        let Proof::Measured { measured, .. } = found(runs).of("success", &window()) else { panic!() };
        assert_eq!(measured.phase.as_str(), "Failed");
    }
}

#[test]
fn what_was_not_read_is_missing_in_the_servers_words_even_beside_a_good_run() {
    let good = run(&[("success", "Successful", 0)]);
    let proof =
        found(vec![("a", Ok(Some(good))), ("b", Err("403: may not get".into()))]).of("success", &window());
    assert_eq!(why(&proof), "the AnalysisRun b cannot be read: 403: may not get");
    assert_eq!(
        why(&found(Vec::new()).of("success", &window())),
        "the Rollout names no AnalysisRun now, and the metric has no query"
    );
    let other = found(vec![("a", Ok(Some(run(&[("latency", "Successful", 0)])))), ("gone", Ok(None))]);
    assert_eq!(why(&other.of("success", &window())), "no AnalysisRun of this canary measures `success`");
}
