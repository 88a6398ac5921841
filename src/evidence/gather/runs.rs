//! Owns what the AnalysisRuns of a canary say of a metric: those that the Rollout's status names, else the newest one of this version.
//!
//! Who reads them is given: this room knows no cluster. Invariants: a run of another version or of another Rollout says nothing; where
//! several named runs measure a metric the worst counts; what could not be read makes every metric missing that may have stood in it.

use futures::future::{BoxFuture, join_all};
use jiff::Timestamp;

use super::window::Window;
use crate::evidence::Evidence;
use crate::gate::evidence::{Evidence as Proof, Measured, Provenance};
use crate::gate::policy::{Metric, Origin};
use crate::gate::replay::Begun;
use crate::gate::verdict::AHEAD;
use crate::gate::wish::Canary;
use crate::rollout::{AnalysisRun, MetricResult};
use crate::text::Printable;

/// Who reads AnalysisRuns.
pub trait Runs: Send + Sync {
    /// Reads one; `None` where there is none of this name.
    ///
    /// # Errors
    /// Why it could not be read, in the server's words.
    fn read<'a>(
        &'a self,
        namespace: &'a str,
        name: &'a str,
    ) -> BoxFuture<'a, Result<Option<AnalysisRun>, Printable>>;

    /// Reads those that judge a version of pods, whoever owns them, in no order.
    ///
    /// # Errors
    /// Why they could not be read, in the server's words.
    fn of_version<'a>(
        &'a self,
        namespace: &'a str,
        hash: &'a str,
    ) -> BoxFuture<'a, Result<Vec<AnalysisRun>, Printable>>;
}

/// A run by its name, and what came of reading it.
type Read = (Printable, Result<Option<AnalysisRun>, Printable>);

/// The runs of a canary, as far as they were read.
pub(super) struct Found {
    /// Those that the status names.
    named: Vec<Read>,
    /// All of this version; read only where the named ones do not measure all.
    of_version: Result<Vec<AnalysisRun>, Printable>,
    canary: Canary,
}

impl Evidence {
    /// Reads the runs that a Rollout names, where a metric is judged by them; and where those do not measure it, the ones of this version
    /// that ended before: the status names a step's run only while the step lasts (Argo: rollout/analysis.go,
    /// `reconcileStepBasedAnalysisRun`).
    pub(super) async fn measured(&self, canary: &Canary) -> Found {
        let judged = |metric: &&Metric| metric.origin == Origin::Analysis;
        let metrics: Vec<&Metric> = canary.policy.metrics.iter().filter(judged).collect();
        let namespace = &canary.key.namespace;
        let each = canary.runs.iter().filter(|_| !metrics.is_empty()).map(|name| async move {
            let read = match &self.runs {
                Some(runs) => runs.read(namespace, name.as_str()).await,
                None => Err(nobody()),
            };
            (name.clone(), read)
        });
        let mut found =
            Found { named: join_all(each).await, of_version: Ok(Vec::new()), canary: canary.clone() };
        if metrics.iter().any(|metric| found.among_named(&metric.name).is_none()) {
            found.of_version = match &self.runs {
                Some(runs) => runs.of_version(namespace, &canary.hash).await,
                None => Err(nobody()),
            };
        }
        found
    }
}

impl Evidence {
    /// Reads the runs of a canary that are still in the cluster, for each metric of its policy those that measured it; for looking back.
    ///
    /// # Errors
    /// Why they could not be read.
    pub async fn begun(&self, canary: &Canary) -> Result<Vec<Vec<Begun>>, Printable> {
        let runs = match &self.runs {
            Some(runs) => runs.of_version(&canary.key.namespace, &canary.hash).await?,
            None => return Err(nobody()),
        };
        let asked = self.clock.now();
        let begun = |run: &AnalysisRun, metric: &Metric| {
            let began =
                run.meta.created.filter(|_| is_of(run, canary) && metric.origin == Origin::Analysis)?;
            let result = run.metrics.iter().find(|result| result.name.as_str() == metric.name)?;
            let of = provenance(&canary.key.namespace, &run.meta.key.name, (began, asked), asked);
            Some(Begun { began, measured: measured(run, result), of })
        };
        let metrics = canary.policy.metrics.iter();
        Ok(metrics.map(|metric| runs.iter().filter_map(|run| begun(run, metric)).collect()).collect())
    }
}

fn provenance(namespace: &str, run: &str, window: (Timestamp, Timestamp), asked: Timestamp) -> Provenance {
    let source = Printable::from(format!("AnalysisRun in {namespace}"));
    Provenance { source, query: Printable::from(run), window, asked }
}

/// Tells whether a run is one of this Rollout and of this version (Argo: utils/analysis/factory.go labels each run with the hash of the
/// pods that it judges).
fn is_of(run: &AnalysisRun, canary: &Canary) -> bool {
    run.meta.owners.contains(&canary.uid) && run.hash == canary.hash
}

fn nobody() -> Printable {
    Printable::ours("nobody reads AnalysisRuns here")
}

impl Found {
    /// Returns what the runs say of a metric.
    pub(super) fn of(&self, metric: &str, window: &Window) -> Proof {
        let namespace = &self.canary.key.namespace;
        let of = |run: &str| provenance(namespace, run, (window.from, window.to), window.asked);
        let missing = |why: String, run: &str| Proof::Missing { why: Printable::from(why), of: of(run) };
        if let Some((run, Err(why))) = self.named.iter().find(|(_, read)| read.is_err()) {
            return missing(format!("the AnalysisRun {run} cannot be read: {why}"), run.as_str());
        }
        let known = match (self.among_named(metric), &self.of_version) {
            (Some(known), _) => Some(known),
            // What it will measure is not known before it has: an older run must not answer in its place.
            (None, _) if let Some(run) = self.begun() => {
                return missing(format!("the AnalysisRun {run} has measured nothing yet"), run);
            }
            (None, Ok(runs)) => self.newest(runs, metric, window.asked),
            (None, Err(why)) => {
                return missing(format!("the AnalysisRuns of this canary cannot be read: {why}"), "");
            }
        };
        match known {
            Some((run, result)) => {
                Proof::Measured { measured: measured(run, result), of: of(&run.meta.key.name) }
            }
            None => missing(format!("no AnalysisRun of this canary measures `{metric}`"), ""),
        }
    }

    /// Names a run of the status that has no results yet.
    fn begun(&self) -> Option<&str> {
        let runs = self.named.iter().filter_map(|(_, read)| read.as_ref().ok()?.as_ref());
        let begun = runs.filter(|run| is_of(run, &self.canary) && run.metrics.is_empty());
        begun.map(|run| &*run.meta.key.name).next()
    }

    /// Returns the worst that named runs say of a metric.
    fn among_named(&self, metric: &str) -> Option<(&AnalysisRun, &MetricResult)> {
        let runs = self.named.iter().filter_map(|(_, read)| read.as_ref().ok()?.as_ref());
        let results = runs.filter_map(|run| self.result(run, metric));
        results.max_by_key(|(_, result)| badness(result))
    }

    /// Returns what the newest run says of a metric; of those of one second, which is all that the server tells, the worst.
    fn newest<'a>(
        &self,
        runs: &'a [AnalysisRun],
        metric: &str,
        asked: Timestamp,
    ) -> Option<(&'a AnalysisRun, &'a MetricResult)> {
        // As of a time in the past those that came later were not there; a cluster's clock may be a little ahead.
        let latest = asked.checked_add(AHEAD).unwrap_or(Timestamp::MAX);
        let there = runs.iter().filter(|run| run.meta.created.is_none_or(|created| created <= latest));
        let results = there.filter_map(|run| self.result(run, metric));
        results.max_by_key(|(run, result)| (run.meta.created, badness(result)))
    }

    fn result<'a>(&self, run: &'a AnalysisRun, metric: &str) -> Option<(&'a AnalysisRun, &'a MetricResult)> {
        if !is_of(run, &self.canary) {
            return None;
        }
        let result = run.metrics.iter().find(|result| result.name.as_str() == metric)?;
        Some((run, result))
    }
}

fn badness(result: &MetricResult) -> u8 {
    match result.phase.as_str() {
        "Failed" => 4,
        "Error" => 3,
        "Inconclusive" => 2,
        "Successful" => 0,
        _ => 1,
    }
}

fn measured(run: &AnalysisRun, result: &MetricResult) -> Measured {
    Measured {
        phase: result.phase.clone(),
        successful: result.successful,
        failed: result.failed,
        inconclusive: result.inconclusive,
        error: result.error,
        value: result.last_value.clone(),
        message: result.message.clone(),
        at: result.measured_at.or(run.meta.created),
        cut_short: run.terminate == Some(true),
    }
}

#[cfg(test)]
mod tests;
