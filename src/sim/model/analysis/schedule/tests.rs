//! Measurements are taken when they are due and not before.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_000_000 + second).unwrap()
}

fn status(phase: Phase, finished: i64, count: i64) -> Status {
    let measurement = Measurement { phase, finished_at: Some(at(finished)), ..Measurement::default() };
    let result = Outcome {
        name: "m".to_owned(),
        phase: Phase::Running,
        count,
        measurements: vec![measurement],
        ..Outcome::default()
    };
    Status { started_at: Some(at(0)), metric_results: vec![result], ..Status::default() }
}

fn metric(interval: &str, count: Option<i64>, delay: &str) -> Metric {
    Metric {
        name: "m".to_owned(),
        interval: interval.to_owned(),
        initial_delay: delay.to_owned(),
        count,
        ..Metric::default()
    }
}

#[test]
fn the_first_measurement_is_due_at_once() {
    assert_eq!(due(&metric("", None, ""), &Status::default(), false, at(0)), Some(Task::Begin));
}

#[test]
fn a_delay_counts_from_the_start_of_the_run() {
    let metric = metric("", None, "30s");
    assert_eq!(due(&metric, &Status::default(), false, at(0)), None);
    let begun = Status { started_at: Some(at(0)), ..Status::default() };
    assert_eq!(due(&metric, &begun, false, at(29)), None);
    assert_eq!(due(&metric, &begun, false, at(30)), Some(Task::Begin));
    assert_eq!(next(&[metric], &begun, at(0)), Some(at(30)));
}

#[test]
fn the_interval_counts_from_the_end_of_the_last_measurement() {
    let (metric, status) = (metric("1m", Some(3), ""), status(Phase::Successful, 5, 1));
    assert_eq!(due(&metric, &status, false, at(64)), None);
    assert_eq!(due(&metric, &status, false, at(65)), Some(Task::Begin));
    assert_eq!(next(&[metric], &status, at(6)), Some(at(65)));
}

#[test]
fn an_error_is_repeated_after_ten_seconds_whatever_the_interval() {
    for interval in ["", "1h"] {
        let (metric, status) = (metric(interval, None, ""), status(Phase::Error, 5, 0));
        assert_eq!(next(std::slice::from_ref(&metric), &status, at(6)), Some(at(15)), "{interval}");
        assert_eq!(due(&metric, &status, false, at(15)), Some(Task::Begin), "{interval}");
    }
}

#[test]
fn enough_measurements_are_enough() {
    let (metric, status) = (metric("1m", Some(1), ""), status(Phase::Successful, 5, 1));
    assert_eq!((due(&metric, &status, false, at(900)), next(&[metric], &status, at(6))), (None, None));
}

#[test]
fn a_run_on_its_way_to_its_end_begins_nothing_new() {
    assert_eq!(due(&metric("", None, ""), &Status::default(), true, at(0)), None);
    assert_eq!(due(&metric("1m", None, ""), &status(Phase::Successful, 0, 1), true, at(900)), None);
}

#[test]
fn only_metrics_that_count_can_end_a_run() {
    let mut failed = status(Phase::Failed, 0, 1);
    failed.metric_results.iter_mut().for_each(|result| result.phase = Phase::Failed);
    assert!(ending(&Spec::default(), &failed));
    failed.metric_results.iter_mut().for_each(|result| result.dry_run = true);
    assert!(!ending(&Spec::default(), &failed));
    assert!(ending(&Spec { terminate: true, ..Spec::default() }, &failed));
}
