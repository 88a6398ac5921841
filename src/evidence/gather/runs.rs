//! Owns what the AnalysisRuns of a canary say of a metric.
//!
//! Who reads them is given: this room knows no cluster. Invariants: where several runs measure a metric the worst counts; what could not
//! be read makes every metric missing that may have stood in it.

use futures::future::{BoxFuture, join_all};

use super::window::Window;
use crate::evidence::Evidence;
use crate::gate::evidence::{Evidence as Proof, Measured, Provenance};
use crate::gate::policy::Origin;
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
}

/// A run by its name, and what came of reading it.
type Read = (Printable, Result<Option<AnalysisRun>, Printable>);

/// The runs of a canary, as far as they were read.
pub(super) struct Found {
    runs: Vec<Read>,
    namespace: String,
}

impl Evidence {
    /// Reads the runs that a Rollout names, where a metric is judged by them.
    pub(super) async fn measured(&self, canary: &Canary) -> Found {
        let wanted = canary.policy.metrics.iter().any(|metric| metric.origin == Origin::Analysis);
        let namespace = &canary.key.namespace;
        let each = canary.runs.iter().filter(|_| wanted).map(|name| async move {
            let read = match &self.runs {
                Some(runs) => runs.read(namespace, name.as_str()).await,
                None => Err(Printable::ours("nobody reads AnalysisRuns here")),
            };
            (name.clone(), read)
        });
        Found { runs: join_all(each).await, namespace: namespace.to_string() }
    }
}

impl Found {
    /// Returns what the runs say of a metric.
    pub(super) fn of(&self, metric: &str, window: &Window) -> Proof {
        let of = |run: &Printable| Provenance {
            source: Printable::from(format!("AnalysisRun in {}", self.namespace)),
            query: run.clone(),
            window: (window.from, window.to),
            asked: window.asked,
        };
        let nameless = Printable::default();
        let missing =
            |why: String, run: &Printable| Proof::Missing { why: Printable::from(why), of: of(run) };
        if let Some((run, Err(why))) = self.runs.iter().find(|(_, read)| read.is_err()) {
            return missing(format!("the AnalysisRun {run} cannot be read: {why}"), run);
        }
        let results = self.runs.iter().filter_map(|(run, read)| {
            let found = read.as_ref().ok()?.as_ref()?;
            let result = found.metrics.iter().find(|result| result.name.as_str() == metric)?;
            Some((run, result))
        });
        match results.max_by_key(|(_, result)| badness(result)) {
            Some((run, result)) => Proof::Measured { measured: measured(result), of: of(run) },
            None if self.runs.is_empty() => missing(
                "the Rollout names no AnalysisRun now, and the metric has no query".to_owned(),
                &nameless,
            ),
            None => missing(format!("no AnalysisRun of this canary measures `{metric}`"), &nameless),
        }
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

fn measured(result: &MetricResult) -> Measured {
    Measured {
        phase: result.phase.clone(),
        successful: result.successful,
        failed: result.failed,
        inconclusive: result.inconclusive,
        error: result.error,
        value: result.last_value.clone(),
        message: result.message.clone(),
    }
}

#[cfg(test)]
mod tests;
