//! What measurements come to: the phase of each metric, and of the run.
//!
//! It owns limits, summaries and the sentences about them (Argo: analysis/analysis.go, assessRunStatus and its
//! siblings). It never measures. Invariant: a metric that is over stays as it is.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::wire::{Metric, Outcome, Phase, Status, Summary};
use crate::sim::model::moment;

/// What is known about a run besides its metrics.
#[derive(Clone, Copy)]
pub struct Course<'a> {
    /// Whether somebody asked for its end.
    pub terminated: bool,
    /// Whether it is on its way to its end.
    pub ending: bool,
    /// Metrics that do not count.
    pub rehearsed: &'a BTreeSet<String>,
}

/// Assesses a run: writes phases and summaries into its status, and tells its phase, its message, and which metrics
/// have just ended.
pub fn run(
    status: &mut Status,
    metrics: &[Metric],
    course: Course<'_>,
    now: Timestamp,
) -> (Phase, String, Vec<(String, Phase)>) {
    status.started_at.get_or_insert(moment::whole(now));
    let mut worst = Worst { phase: Phase::Unset, message: String::new() };
    if course.terminated {
        worst.message = "Run Terminated".to_owned();
    }
    let (mut counted, mut rehearsed) = (Summary::default(), Summary::default());
    let (mut all_over, mut ended) = (true, Vec::new());
    for metric in metrics {
        let dry = course.rehearsed.contains(&metric.name);
        let summary = if dry { &mut rehearsed } else { &mut counted };
        summary.count += 1;
        let Some(mut result) = status.of(&metric.name).cloned() else {
            all_over = false;
            continue;
        };
        let phase = self::metric(metric, &result, course.ending);
        if result.phase != phase {
            if phase.is_over() {
                ended.push((metric.name.clone(), phase));
            }
            if let Some(last) = result.measurements.last() {
                result.message.clone_from(&last.message);
            }
            result.phase = phase;
        }
        if phase.is_over() {
            let (exceeded, why) = exceeded(metric, &result);
            count(summary, exceeded);
            if dry {
                worst.rehearse();
                if !why.is_empty() {
                    result.message = format!("Metric assessed {} due to {why}", phase.word());
                }
            } else {
                worst.take(metric, &result, &why);
            }
        } else {
            all_over = false;
        }
        status.keep(result);
    }
    status.run_summary = counted;
    status.dry_run_summary = Some(rehearsed);
    let (phase, message) = worst.verdict(course.ending, all_over);
    (phase, message, ended)
}

/// The worst that has been found so far.
struct Worst {
    phase: Phase,
    message: String,
}

impl Worst {
    fn take(&mut self, metric: &Metric, result: &Outcome, why: &str) {
        if self.phase != Phase::Unset && result.phase.badness() <= self.phase.badness() {
            return;
        }
        self.phase = result.phase;
        if !why.is_empty() {
            self.message =
                format!("Metric \"{}\" assessed {} due to {why}", metric.name, result.phase.word());
            if !result.message.is_empty() {
                self.message.push_str(&format!(": \"Error Message: {}\"", result.message));
            }
        }
    }

    /// A metric that does not count ended; a run of such metrics alone ends well.
    fn rehearse(&mut self) {
        if self.phase == Phase::Unset {
            self.phase = Phase::Successful;
        }
    }

    fn verdict(self, ending: bool, all_over: bool) -> (Phase, String) {
        let message = self.message.trim().to_owned();
        match (ending, self.phase) {
            (true, Phase::Unset) => (Phase::Successful, message),
            (true, phase) => (phase, message),
            (false, Phase::Unset) => (Phase::Running, String::new()),
            (false, _) if !all_over => (Phase::Running, String::new()),
            (false, phase) => (phase, message),
        }
    }
}

fn count(summary: &mut Summary, exceeded: Phase) {
    match exceeded {
        Phase::Error => summary.error += 1,
        Phase::Failed => summary.failed += 1,
        Phase::Inconclusive => summary.inconclusive += 1,
        _ => summary.successful += 1,
    }
}

/// Assesses one metric (Argo: assessMetricStatus).
pub fn metric(metric: &Metric, result: &Outcome, ending: bool) -> Phase {
    if result.phase.is_over() {
        return result.phase;
    }
    let Some(last) = result.measurements.last() else {
        return if ending { Phase::Successful } else { Phase::Pending };
    };
    if !last.phase.is_over() {
        return Phase::Running;
    }
    let (exceeded, _) = exceeded(metric, result);
    if exceeded != Phase::Unset {
        return exceeded;
    }
    let successes = metric.consecutive_success_limit.filter(|limit| *limit > 0);
    if successes.is_some_and(|limit| result.consecutive_success >= limit) {
        return Phase::Successful;
    }
    if metric.measurements().is_some_and(|count| result.count >= count) {
        let failures_matter = metric.failure_limit.is_none_or(|limit| limit >= 0);
        return match (failures_matter, successes) {
            (true, Some(_)) => Phase::Inconclusive,
            (false, Some(_)) => Phase::Failed,
            _ => Phase::Successful,
        };
    }
    if ending { Phase::Successful } else { Phase::Running }
}

/// Which limit is exceeded, the last of several, and the words for it (Argo: assessMetricFailureInconclusiveOrError).
fn exceeded(metric: &Metric, result: &Outcome) -> (Phase, String) {
    let failures = metric.failure_limit.unwrap_or(0);
    let doubts = metric.inconclusive_limit.unwrap_or(0);
    let errors = metric.errors_allowed();
    if result.consecutive_error > errors {
        let counted = result.consecutive_error;
        return (Phase::Error, format!("consecutiveErrors ({counted}) > consecutiveErrorLimit ({errors})"));
    }
    if result.inconclusive > doubts {
        let counted = result.inconclusive;
        return (Phase::Inconclusive, format!("inconclusive ({counted}) > inconclusiveLimit ({doubts})"));
    }
    if failures >= 0 && result.failed > failures {
        return (Phase::Failed, format!("failed ({}) > failureLimit ({failures})", result.failed));
    }
    (Phase::Unset, String::new())
}

#[cfg(test)]
mod tests;
