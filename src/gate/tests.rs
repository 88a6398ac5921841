//! Policies as they are written; verdicts, stages and triggers as they follow.

use jiff::{SignedDuration, Timestamp};

use super::evidence::{Evidence, Measured, Provenance, Series};
use super::judge::metric::Class;
use super::judge::score::Word;
use super::policy::{Method, Origin, Policy, file, lint};
use super::{power, stage, trigger, verdict};
use crate::rollout::{Step, StepDuration};
use crate::text::Printable;

mod answers;
mod files;
mod pasts;
mod records;
mod replays;
mod shelves;
mod stages;
mod units;
mod verdicts;
mod watched;

/// The core, as people write it.
pub(super) const CORE: &str = "\
rollout_gates:
  min_data_points_per_metric: 50
  canary_lifetime_hours: 3
  metric_interval_hours: 1
  score:
    pass: 95
    marginal: 75
  rollback_triggers:
    max_error_rate_delta: 2.0
    max_policy_deny_rate: 0.03
";

/// Metrics for it.
pub(super) const METRICS: &str = "\
metrics:
  - name: errors
    query: sum(rate(http_errors_total{hash=\"{{canary}}\",namespace=\"{{namespace}}\"}[1m]))
    direction: increase
    groups: [errors]
    critical: true
    tolerance: 0.1
  - name: latency
    query: histogram_quantile(0.99, rate(http_seconds_bucket{hash=\"{{canary}}\"}[1m])) * 1000
    direction: increase
    groups: [latency]
";

pub(super) fn policy() -> Policy {
    file::read(&format!("{CORE}{METRICS}"), "frontend").unwrap()
}

pub(super) fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

pub(super) fn minutes_ago(minutes: i64) -> Timestamp {
    now() - SignedDuration::from_mins(minutes)
}

fn measured(phase: &'static str) -> Measured {
    Measured {
        phase: Printable::ours(phase),
        successful: 3,
        failed: 1,
        inconclusive: 0,
        error: 0,
        value: None,
        message: Printable::default(),
        at: Some(now()),
        cut_short: false,
    }
}

fn of() -> Provenance {
    Provenance {
        source: Printable::ours("prometheus"),
        query: Printable::ours("up"),
        window: (minutes_ago(60), now()),
        asked: now(),
    }
}

/// A value each minute up to now, around a mean, in an order that is not one.
pub(super) fn around(mean: f64, points: i64) -> Series {
    let wobble = |point: i64| 1.0 + 0.01 * ((point * 37 % 20) as f64 - 9.5);
    Series {
        points: (0..points).map(|point| (minutes_ago(points - 1 - point), mean * wobble(point))).collect(),
    }
}

pub(super) fn beside(canary: Series, stable: Series) -> Evidence {
    Evidence::Series { canary, stable, of: of() }
}
