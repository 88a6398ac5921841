//! Owns what a gate wants: metrics and their rules, thresholds, stages, triggers, and which Rollouts it is for.
//!
//! Read from YAML by [`file`], examined by [`lint`]. It never asks for evidence. Invariant: a policy that exists was read whole;
//! a setting that is not known was refused, with its line.

use std::sync::Arc;

use jiff::{SignedDuration, civil::Time, tz::TimeZone};

use super::judge::metric::{Measure, Rule};
use super::judge::score::Thresholds;

pub mod file;
pub mod lint;

/// How metrics are judged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Method {
    /// By an interval that stays valid at every look; the share is how sure it is.
    Sequential {
        /// Between 0 and 1.
        confidence: f64,
    },
    /// As Kayenta does, at the end of each interval.
    Kayenta,
}

/// Which Rollouts a policy is for; a pattern may hold `*`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector {
    /// Patterns of namespaces; empty for all.
    pub namespaces: Vec<String>,
    /// Patterns of names; empty for all.
    pub names: Vec<String>,
}

/// Where a metric's values come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A query of a provider for each of the two.
    Query {
        /// For the canary; may hold `{{canary}}`, `{{stable}}`, `{{namespace}}`, `{{name}}` and arguments.
        canary: String,
        /// For the stable version.
        stable: String,
    },
    /// The measurements of a metric of the Rollout's own AnalysisRuns, by name.
    Analysis,
}

/// A metric, and how it is judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// Name.
    pub name: String,
    /// Where its values come from.
    pub origin: Origin,
    /// Groups in which it counts.
    pub groups: Vec<String>,
    /// How it is judged.
    pub rule: Rule,
    /// Difference, in the metric's unit, that is always allowed: what counts where the stable version lies near zero.
    pub tolerance: f64,
}

impl Metric {
    /// Returns by how much a canary may lie above a stable version with that mean, in the metric's unit.
    pub fn allowed_rise(&self, stable: f64) -> f64 {
        let share = match self.rule.effects.measure {
            Measure::MeanRatio => (self.rule.effects.allowed_increase - 1.0).max(0.0),
            Measure::CommonLanguage => 0.0,
        };
        (share * stable.abs()).max(self.tolerance)
    }
}

/// From when on a canary is proposed for abort.
#[derive(Clone, Debug, PartialEq)]
pub struct Triggers {
    /// Error rate of the canary over that of the stable version.
    pub error_ratio: f64,
    /// Name of the metric that is the error rate.
    pub error_metric: Option<String>,
    /// What the stable version's error rate counts as where it is lower, in the metric's unit.
    pub error_floor: f64,
    /// Share of requests that a policy denies, from 0 to 1.
    pub deny_rate: f64,
    /// Name of the metric that is the deny rate.
    pub deny_metric: Option<String>,
    /// Overload that lasts.
    pub overload: Overload,
    /// Name of the metric that counts parser failures; more than in the stable version is a trigger.
    pub parser_metric: Option<String>,
    /// Approvals that wait.
    pub backlog: Backlog,
}

/// Which backlog of approvals is too much; without a limit none is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Most that may wait.
    pub most: Option<usize>,
    /// Longest that one may wait.
    pub longest: Option<SignedDuration>,
}

impl Backlog {
    /// Tells whether there is a limit, so that the policy service has to be asked.
    pub fn is_watched(&self) -> bool {
        self.most.is_some() || self.longest.is_some()
    }
}

/// What overload that lasts is.
#[derive(Clone, Debug, PartialEq)]
pub struct Overload {
    /// Reason codes that speak of overload.
    pub reasons: Vec<String>,
    /// How often they have to be seen.
    pub at_least: usize,
    /// Within this time.
    pub within: SignedDuration,
}

/// A business cycle: how long the full stage is watched.
#[derive(Clone, Debug, PartialEq)]
pub struct Cycle {
    /// How long.
    pub lasts: SignedDuration,
    /// The time of day at which it may begin; at once where there is none.
    pub from: Option<Time>,
    /// Where that is meant.
    pub zone: TimeZone,
}

/// The ladder of stages, by the observed weight in per cent.
#[derive(Clone, Debug, PartialEq)]
pub struct Ladder {
    /// Up to this weight it is the first canary stage.
    pub first_up_to: i64,
    /// Up to this weight it is the second; above, and below 100, too.
    pub second_up_to: i64,
    /// Metrics (by group) that have to be stable in the second stage.
    pub latency_groups: Vec<String>,
    /// How long the full stage is watched.
    pub cycle: Cycle,
}

/// What the policy service is asked about a canary; at least one of topic and workflow is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Simulation {
    /// The topic whose jobs are to be allowed.
    pub topic: Option<String>,
    /// The bundle of rules that is asked about it, in place of all that hold.
    pub bundle: Option<String>,
    /// The workflow whose every step is to be allowed.
    pub workflow: Option<String>,
}

/// A policy.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Name, by which an annotation may call it.
    pub name: Arc<str>,
    /// Which Rollouts it is for.
    pub applies_to: Selector,
    /// Fewest points of each metric, in either series.
    pub least_points: usize,
    /// How long a canary is looked at.
    pub lifetime: SignedDuration,
    /// How far apart Kayenta's judgements are meant to be; nothing but lint and words minds it.
    pub interval: SignedDuration,
    /// How far apart points are.
    pub resolution: SignedDuration,
    /// From which score on it passes, and from which a person decides.
    pub thresholds: Thresholds,
    /// How metrics are judged.
    pub method: Method,
    /// Metrics.
    pub metrics: Vec<Metric>,
    /// Groups and their weights in per cent.
    pub groups: Vec<(String, f64)>,
    /// When an abort is proposed.
    pub triggers: Triggers,
    /// Stages.
    pub ladder: Ladder,
    /// Name of the provider that is asked; the only one where there is none.
    pub provider: Option<String>,
    /// What the policy service is asked.
    pub simulation: Option<Simulation>,
}

impl Selector {
    /// Tells whether a Rollout is meant.
    pub fn selects(&self, namespace: &str, name: &str) -> bool {
        let any = |patterns: &[String], text: &str| {
            patterns.is_empty() || patterns.iter().any(|pattern| matches(pattern, text))
        };
        any(&self.namespaces, namespace) && any(&self.names, name)
    }
}

/// Tells whether a text is what a pattern means, in which `*` stands for anything.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    if !pattern.contains('*') {
        return rest.is_empty();
    }
    let mut parts: Vec<&str> = parts.collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}
