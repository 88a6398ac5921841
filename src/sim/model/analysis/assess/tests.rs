//! Limits, and the words for exceeding them.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::sim::model::analysis::wire::Measurement;

/// A metric that has just taken a measurement, its counters as given.
fn measured(last: Phase, change: impl Fn(&mut Outcome)) -> Outcome {
    let mut result = Outcome {
        name: "rate".to_owned(),
        phase: Phase::Running,
        measurements: vec![Measurement { phase: last, ..Measurement::default() }],
        ..Outcome::default()
    };
    change(&mut result);
    result
}

fn rule(change: impl Fn(&mut Metric)) -> Metric {
    let mut metric = Metric { name: "rate".to_owned(), interval: "1m".to_owned(), ..Metric::default() };
    change(&mut metric);
    metric
}

#[test]
fn a_failure_is_one_too_many_unless_a_limit_allows_it() {
    let failed = measured(Phase::Failed, |result| (result.failed, result.count) = (1, 1));
    assert_eq!(metric(&rule(|_| {}), &failed, false), Phase::Failed);
    assert_eq!(metric(&rule(|metric| metric.failure_limit = Some(1)), &failed, false), Phase::Running);
    assert_eq!(
        metric(
            &rule(|metric| (metric.failure_limit, metric.consecutive_success_limit) = (Some(-1), Some(3))),
            &failed,
            false
        ),
        Phase::Running
    );
}

#[test]
fn five_errors_in_a_row_are_one_too_many() {
    let broken = |times| {
        measured(Phase::Error, move |result| (result.error, result.consecutive_error) = (times, times))
    };
    assert_eq!(metric(&rule(|_| {}), &broken(4), false), Phase::Running);
    assert_eq!(metric(&rule(|_| {}), &broken(5), false), Phase::Error);
}

#[test]
fn successes_in_a_row_can_be_enough() {
    let limit = rule(|metric| (metric.consecutive_success_limit, metric.count) = (Some(3), Some(5)));
    let good = |row, count| {
        measured(Phase::Successful, move |result| (result.consecutive_success, result.count) = (row, count))
    };
    assert_eq!(metric(&limit, &good(2, 4), false), Phase::Running);
    assert_eq!(metric(&limit, &good(3, 4), false), Phase::Successful);
    assert_eq!(metric(&limit, &good(2, 5), false), Phase::Inconclusive);
    let only = rule(|metric| {
        (metric.consecutive_success_limit, metric.count, metric.failure_limit) = (Some(3), Some(5), Some(-1));
    });
    assert_eq!(metric(&only, &good(2, 5), false), Phase::Failed);
}

#[test]
fn ending_is_success_for_what_did_not_fail() {
    let good = measured(Phase::Successful, |result| result.count = 1);
    assert_eq!(metric(&rule(|_| {}), &good, true), Phase::Successful);
    assert_eq!(metric(&rule(|_| {}), &Outcome::default(), true), Phase::Successful);
    assert_eq!(metric(&rule(|_| {}), &Outcome::default(), false), Phase::Pending);
}

#[test]
fn the_words_name_counters_and_limits() {
    let words = |change: fn(&mut Outcome)| exceeded(&rule(|_| {}), &measured(Phase::Failed, change)).1;
    assert_eq!(words(|result| result.failed = 1), "failed (1) > failureLimit (0)");
    assert_eq!(words(|result| result.inconclusive = 2), "inconclusive (2) > inconclusiveLimit (0)");
    assert_eq!(
        words(|result| result.consecutive_error = 5),
        "consecutiveErrors (5) > consecutiveErrorLimit (4)"
    );
}
