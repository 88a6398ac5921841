//! Which metric is to be measured now, and when to look again.
//!
//! It owns intervals and delays (Argo: analysis/analysis.go, generateMetricTasks and calculateNextReconcileTime). It
//! never measures. Invariant: a time that a look is asked for is a time at which something is due; Argo, whose clock
//! never stands still, asks for "after" where this asks for "from".

use jiff::{SignedDuration, Timestamp};

use super::wire::{Measurement, Metric, Outcome, Phase, Spec, Status};
use crate::sim::model::moment;

/// Time after which a measurement in error is repeated (Argo: DefaultErrorRetryInterval).
const AFTER_ERROR: SignedDuration = SignedDuration::from_secs(10);

/// What is to be done about a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// A new measurement.
    Begin,
    /// The last measurement is under way and is to be looked at, or ended.
    Resume,
}

/// Tells whether a run is on its way to its end (Argo: IsTerminating).
pub fn ending(spec: &Spec, status: &Status) -> bool {
    let decisive = |phase| matches!(phase, Phase::Failed | Phase::Error | Phase::Inconclusive);
    spec.terminate || status.metric_results.iter().any(|result| !result.dry_run && decisive(result.phase))
}

/// Tells what is to be done about a metric now, if anything.
pub fn due(metric: &Metric, status: &Status, ending: bool, now: Timestamp) -> Option<Task> {
    let result = status.of(&metric.name);
    if result.is_some_and(|result| result.phase.is_over()) {
        return None;
    }
    let Some((result, last)) = latest(result) else {
        return (!ending && first(metric, status).is_some_and(|time| time <= now)).then_some(Task::Begin);
    };
    if last.finished_at.is_none() {
        return last.resume_at.is_none_or(|time| time <= now).then_some(Task::Resume);
    }
    let again = again(metric, result, last);
    (!ending && again.is_some_and(|time| time <= now)).then_some(Task::Begin)
}

/// Finds the next time at which something is due.
pub fn next(metrics: &[Metric], status: &Status, now: Timestamp) -> Option<Timestamp> {
    let times = metrics.iter().filter_map(|metric| {
        let result = status.of(&metric.name);
        if result.is_some_and(|result| result.phase.is_over()) {
            return None;
        }
        let Some((result, last)) = latest(result) else {
            return (!metric.initial_delay.is_empty()).then(|| first(metric, status)).flatten();
        };
        if last.finished_at.is_none() { last.resume_at } else { again(metric, result, last) }
    });
    times.min().map(|time| time.max(now))
}

fn latest(result: Option<&Outcome>) -> Option<(&Outcome, &Measurement)> {
    let result = result?;
    Some((result, result.measurements.last()?))
}

/// When the first measurement is due; none where a delay counts from a start that has not been written yet.
fn first(metric: &Metric, status: &Status) -> Option<Timestamp> {
    if metric.initial_delay.is_empty() {
        return Some(Timestamp::MIN);
    }
    Some(moment::after(status.started_at?, moment::duration(&metric.initial_delay).ok()?))
}

/// When another measurement is due after one that has finished.
fn again(metric: &Metric, result: &Outcome, last: &Measurement) -> Option<Timestamp> {
    if metric.measurements().is_some_and(|count| result.count >= count) {
        return None;
    }
    let interval = if last.phase == Phase::Error || metric.interval.is_empty() {
        AFTER_ERROR
    } else {
        moment::duration(&metric.interval).ok()?
    };
    Some(moment::after(last.finished_at?, interval))
}

#[cfg(test)]
mod tests;
