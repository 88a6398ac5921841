//! Argo's AnalysisRun controller, v1.9.1, as one pure look at one run.
//!
//! It owns the order of a pass: arguments, rules, measurements, assessment, status (Argo: analysis/analysis.go,
//! reconcileAnalysisRun). It never asks a provider itself but through `Metrics`, and never touches the Rollout.
//! Invariant: a run that is over is left alone; `ttlStrategy` is ignored.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::sim::model::{Metrics, Outcome, Write, difference, owner};
use crate::sim::objects::{Objects, Part, Place, Stored};

mod args;
mod assess;
pub mod condition;
mod facts;
mod job;
mod measure;
mod path;
mod rules;
mod schedule;
pub mod wire;

use args::Args;
pub use args::substitute;
use wire::{Metric, Phase, Spec, Status};

/// Measurements of a metric that are kept where no rule says otherwise (Argo: DefaultMeasurementHistoryLimit).
const KEPT: usize = 10;

/// Looks at one AnalysisRun.
pub fn reconcile(objects: &Objects, place: &Place, metrics: &dyn Metrics, now: Timestamp) -> Outcome {
    let mut outcome = Outcome::default();
    let Some(run) = objects.get(place) else { return outcome };
    let old = run.value.get("status").cloned().unwrap_or(Value::Null);
    let status: Status = serde_json::from_value(old.clone()).unwrap_or_default();
    if owner::leaving(&run.value) || status.phase.is_over() {
        return outcome;
    }
    let spec = run.value.get("spec").cloned().unwrap_or_default();
    let spec: Spec = serde_json::from_value(spec).unwrap_or_default();
    let mut pass = Pass { objects, run, spec, status, now, outcome: &mut outcome };
    if let Err(message) = pass.go(metrics) {
        pass.status.phase = Phase::Error;
        pass.status.message = message;
        pass.complete();
    }
    let new = serde_json::to_value(&pass.status).unwrap_or_default();
    if let Some(patch) = difference::patch(&old, &new) {
        let patch = json!({ "status": patch });
        outcome.writes.push(Write::Merge { place: place.clone(), part: Part::Whole, patch });
    }
    outcome
}

/// One look at one run.
struct Pass<'a> {
    objects: &'a Objects,
    run: &'a Stored,
    spec: Spec,
    status: Status,
    now: Timestamp,
    outcome: &'a mut Outcome,
}

impl Pass<'_> {
    /// Measures what is due and assesses the run.
    ///
    /// # Errors
    /// The message with which the whole run is in error.
    fn go(&mut self, source: &dyn Metrics) -> Result<(), String> {
        let unresolved = |fault: String| format!("Unable to resolve metric arguments: {fault}");
        let invalid = |fault: String| format!("Analysis spec invalid: {fault}");
        let args =
            Args::resolve(self.objects, &self.run.place.namespace, &self.spec.args).map_err(unresolved)?;
        let filled: Result<Vec<Value>, String> =
            self.spec.metrics.iter().map(|metric| args.fill(metric)).collect();
        let filled = filled.map_err(unresolved)?;
        let metrics: Vec<Metric> =
            filled.iter().map(|metric| serde_json::from_value(metric.clone()).unwrap_or_default()).collect();
        rules::validate(&metrics).map_err(invalid)?;
        let rehearsed = rules::rehearsed(&self.spec, &metrics).map_err(invalid)?;
        let retained = rules::retained(&self.spec, &metrics).map_err(invalid)?;
        let ending = schedule::ending(&self.spec, &self.status);
        let facts = facts::Facts::of(self.objects, self.run);
        for (metric, value) in metrics.iter().zip(&filled) {
            if let Some(task) = schedule::due(metric, &self.status, ending, self.now) {
                let bench = measure::Bench { source, args: &args, facts: &facts, value };
                self.measure(metric, &bench, task, (ending, rehearsed.contains(&metric.name)));
            }
        }
        self.assess(&metrics, ending, &rehearsed);
        self.forget(&metrics, &retained);
        if let Some(time) = schedule::next(&metrics, &self.status, self.now) {
            self.outcome.look_again(time);
        }
        Ok(())
    }

    fn measure(
        &mut self,
        metric: &Metric,
        bench: &measure::Bench<'_>,
        task: schedule::Task,
        (ending, dry_run): (bool, bool),
    ) {
        let known = self.status.of(&metric.name).cloned();
        let mut result = known.unwrap_or_else(|| wire::Outcome {
            name: metric.name.clone(),
            phase: Phase::Running,
            dry_run,
            metadata: measure::metadata(metric),
            ..wire::Outcome::default()
        });
        let under_way = match task {
            schedule::Task::Begin => None,
            schedule::Task::Resume => result.measurements.pop(),
        };
        let moment = measure::Moment { objects: self.objects, run: self.run, now: self.now, ending };
        let (mut measurement, writes) = bench.measure(metric, &result, under_way, moment);
        self.outcome.writes.extend(writes);
        measure::tally(&mut result, &mut measurement, self.now);
        measurement.message = bench.args.redact(&measurement.message);
        result.measurements.push(measurement);
        self.status.keep(result);
    }

    fn assess(&mut self, metrics: &[Metric], ending: bool, rehearsed: &std::collections::BTreeSet<String>) {
        let course = assess::Course { terminated: self.spec.terminate, ending, rehearsed };
        let (phase, message, ended) = assess::run(&mut self.status, metrics, course, self.now);
        for (name, phase) in ended {
            let message = format!("Metric '{name}' Completed. Result: {}", phase.word());
            self.tell(
                phase,
                ["MetricSuccessful", "MetricFailed", "MetricError", "MetricInconclusive"],
                message,
            );
        }
        if phase != self.status.phase {
            self.status.phase = phase;
            self.status.message = message;
            if phase.is_over() {
                self.complete();
                self.status.completed_at.get_or_insert(crate::sim::model::moment::whole(self.now));
            }
        }
    }

    /// Keeps only the newest measurements, and the newest Jobs.
    fn forget(&mut self, metrics: &[Metric], retained: &BTreeMap<String, i64>) {
        for result in &mut self.status.metric_results {
            let rule = retained.get(&result.name).copied().filter(|limit| *limit > 0);
            let kept = rule.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(KEPT);
            let excess = result.measurements.len().saturating_sub(kept);
            if excess == 0 {
                continue;
            }
            result.measurements.drain(..excess);
            let by_job = metrics
                .iter()
                .any(|metric| metric.name == result.name && metric.provider.contains_key("job"));
            if by_job {
                self.outcome.writes.extend(job::forget(self.objects, self.run, kept));
            }
        }
    }

    fn complete(&mut self) {
        let phase = self.status.phase;
        let reasons =
            ["AnalysisRunSuccessful", "AnalysisRunFailed", "AnalysisRunError", "AnalysisRunInconclusive"];
        self.tell(phase, reasons, format!("Analysis Completed. Result: {}", phase.word()));
    }

    /// Tells an Event; the reasons are for Successful, Failed, Error and Inconclusive.
    fn tell(&mut self, phase: Phase, [good, failed, error, doubtful]: [&'static str; 4], message: String) {
        let (warning, reason) = match phase {
            Phase::Failed => (true, failed),
            Phase::Error => (true, error),
            Phase::Inconclusive => (false, doubtful),
            _ => (false, good),
        };
        self.outcome.writes.push(Write::Tell { about: self.run.place.clone(), warning, reason, message });
    }
}

#[cfg(test)]
mod tests;
