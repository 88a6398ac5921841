//! What the metrics' provider of a scenario answers.
//!
//! It owns the values: a base that moves a little by chance, and what makes it another. It never judges them: that is
//! the analysis' part. Invariant: the same question at the same time has the same answer; chance follows from the seed
//! and the question alone.

use jiff::Timestamp;

use super::file::Metric;
use crate::sim::model::{Asked, Measured, Metrics, random};

/// A provider of metrics that are made up.
#[derive(Clone, Debug)]
pub struct Measures {
    seed: u64,
    begins: Timestamp,
    metrics: Vec<Metric>,
}

impl Measures {
    /// Makes a provider that answers by a scenario's metrics; their times count from `begins`.
    pub fn new(seed: u64, begins: Timestamp, metrics: &[Metric]) -> Self {
        Self { seed, begins, metrics: metrics.to_vec() }
    }

    fn value(&self, metric: &Metric, asked: &Asked<'_>, now: Timestamp) -> f64 {
        let passed = now.duration_since(self.begins);
        let weight = asked.weight.unwrap_or(0);
        let holds = metric.but.iter().rfind(|but| passed >= but.after.0 && weight >= but.from_weight);
        let base = holds.map_or(metric.value, |but| but.value);
        let when = now.as_second().to_string();
        let of = asked.rollout.unwrap_or(asked.run);
        let seed = self.seed.to_string();
        base + metric.wobble * random::wobble(&[&seed, asked.namespace, of, asked.metric, &when])
    }
}

impl Metrics for Measures {
    fn measure(&self, asked: &Asked<'_>, now: Timestamp) -> Measured {
        let concerns = |metric: &&Metric| match (
            metric.on.as_deref().and_then(|on| on.split_once('/')),
            asked.rollout,
        ) {
            (None, _) => metric.on.is_none(),
            (Some((namespace, name)), Some(rollout)) => namespace == asked.namespace && name == rollout,
            (Some(_), None) => false,
        };
        let mut known = self.metrics.iter().filter(|metric| metric.name == asked.metric).filter(concerns);
        // What is said of one Rollout counts before what is said of all.
        let found = known.clone().find(|metric| metric.on.is_some()).or_else(|| known.next());
        match found {
            // Prometheus answers with a list, the other providers with the one number.
            Some(metric) if asked.provider.get("prometheus").is_some() => {
                Measured::Value(format!("[{:.4}]", self.value(metric, asked, now)))
            }
            Some(metric) => Measured::Value(format!("{:.4}", self.value(metric, asked, now))),
            None => Measured::Error(format!("no series is called {:?}", asked.metric)),
        }
    }
}

#[cfg(test)]
mod tests;
