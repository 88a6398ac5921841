//! The record of a verdict: complete, and the same words everywhere.

use super::watched::{bring, errors, gate};
use super::*;
use crate::gate::record;
use crate::gate::stage::Seen;

const AT_TEN: Seen =
    Seen { under_way: true, aborted: false, weight: Some(10), full_since: None, since: None };

#[test]
fn a_record_names_each_metric_with_what_its_evidence_is_found_again_by() {
    let mut gate = gate();
    gate.take(bring(&gate, errors(5.0, 60)), &AT_TEN, now());
    let record = record::of(&gate, now());
    assert_eq!(
        (&record["v"], &record["policy"], &record["canary"]),
        (&1.into(), &"frontend".into(), &"new".into())
    );
    assert_eq!(
        (&record["word"], &record["score"], &record["stage"]),
        (&"fail".into(), &0.0.into(), &"canary 1".into())
    );
    assert_eq!(record["thresholds"], serde_json::json!({"pass": 95.0, "marginal": 75.0}));
    let metrics = record["metrics"].as_array().unwrap();
    assert_eq!(metrics.len(), 2);
    for (metric, evidence) in metrics.iter().zip(&gate.evidence) {
        assert_eq!(metric["points"], serde_json::json!({"canary": 60, "stable": 60}));
        assert_eq!((&metric["source"], &metric["query"]), (&"prometheus".into(), &"up".into()));
        assert_eq!(
            (&metric["age_seconds"], metric["window"][1].as_str()),
            (&0.into(), Some(now().to_string().as_str()))
        );
        assert_eq!(metric["digest"].as_str(), Some(&*evidence.digest()));
    }
    assert_eq!((&metrics[0]["class"], &metrics[0]["critical"]), (&"high".into(), &true.into()));
    assert_eq!(
        (&record["triggers"][0]["trigger"], &record["triggers"][0]["state"]),
        (&"error rate".into(), &"fires".into())
    );
    assert_eq!(record["requirements"][0]["word"], "fail");
}

#[test]
fn a_gate_that_knows_nothing_has_a_record_that_says_so() {
    let record = record::of(&gate(), now());
    assert_eq!((&record["word"], &record["why"]), (&"cannot tell".into(), &"its weight is not known".into()));
    assert!(record["at"].is_null() && record["score"].is_null() && record["stage"].is_null());
    assert_eq!(record["metrics"], serde_json::json!([]));
}

#[test]
fn a_record_of_old_evidence_is_not_one_of_a_pass() {
    let mut gate = gate();
    gate.take(bring(&gate, errors(1.0, 60)), &AT_TEN, now());
    assert_eq!(record::of(&gate, now())["word"], "pass");
    let late = now() + SignedDuration::from_hours(1);
    assert_eq!(record::of(&gate, late)["word"], "cannot tell");
}

#[test]
fn the_same_evidence_makes_the_same_record() {
    let made = || {
        let mut gate = gate();
        gate.take(bring(&gate, errors(1.2, 60)), &AT_TEN, now());
        record::of(&gate, now()).to_string()
    };
    assert_eq!(made(), made());
}
