//! When the spec of a run makes sense.
//!
//! It owns the sentences about specs that make none (Argo: utils/analysis/factory.go, helpers.go). It never measures.
//! Invariant: the first fault found is the one that Argo finds first.

use std::collections::{BTreeMap, BTreeSet};

use super::wire::{Metric, Spec};
use crate::sim::model::{moment, pattern};

/// Providers that a metric may have one of; `plugin` holds its own names.
const PROVIDERS: &[&str] = &[
    "prometheus",
    "kayenta",
    "web",
    "datadog",
    "wavefront",
    "newRelic",
    "job",
    "cloudWatch",
    "graphite",
    "influxdb",
    "skywalking",
];

/// Validates all metrics of a run (Argo: ValidateMetrics).
///
/// # Errors
/// The sentence about the first fault.
pub fn validate(metrics: &[Metric]) -> Result<(), String> {
    if metrics.is_empty() {
        return Err("no metrics specified".to_owned());
    }
    let mut names = BTreeSet::new();
    for (index, metric) in metrics.iter().enumerate() {
        if !names.insert(metric.name.as_str()) {
            return Err(format!("metrics[{index}]: duplicate name '{}'", metric.name));
        }
        limits(metric)
            .and_then(|()| count(metric))
            .and_then(|()| times(metric))
            .and_then(|()| provider(metric))
            .map_err(|fault| format!("metrics[{index}]: {fault}"))?;
    }
    Ok(())
}

fn limits(metric: &Metric) -> Result<(), String> {
    let successes = metric.consecutive_success_limit.unwrap_or(0);
    let failures = metric.failure_limit.unwrap_or(0);
    let fault = if successes < 0 {
        "consecutiveSuccessLimit must be >= 0"
    } else if failures < -1 {
        "failureLimit must be >= 0, or -1 to be disabled"
    } else if successes == 0 && failures == -1 {
        "failureLimit and consecutiveSuccessLimit cannot both be disabled"
    } else if metric.inconclusive_limit.unwrap_or(0) < 0 {
        "inconclusiveLimit must be >= 0"
    } else if metric.consecutive_error_limit.is_some_and(|limit| limit < 0) {
        "consecutiveErrorLimit must be >= 0"
    } else {
        return Ok(());
    };
    Err(fault.to_owned())
}

fn count(metric: &Metric) -> Result<(), String> {
    let count = metric.count.unwrap_or(0);
    let successes = metric.consecutive_success_limit.unwrap_or(0);
    let failures = metric.failure_limit.unwrap_or(0);
    if count > 0 {
        if failures >= 0 && count < failures + successes {
            return Err(format!(
                "count ({count}) must be >= failureLimit + consecutiveSuccessLimit ({failures} + {successes}) if both >= 0"
            ));
        }
        if failures < 0 && count < successes {
            return Err("count must be >= consecutiveSuccessLimit".to_owned());
        }
        if count < metric.inconclusive_limit.unwrap_or(0) {
            return Err("count must be >= inconclusiveLimit".to_owned());
        }
    }
    if count > 1 && metric.interval.is_empty() {
        return Err("interval must be specified when count > 1".to_owned());
    }
    Ok(())
}

fn times(metric: &Metric) -> Result<(), String> {
    for (text, name) in [(&metric.interval, "interval"), (&metric.initial_delay, "startDelay")] {
        if !text.is_empty() {
            moment::duration(text).map_err(|fault| format!("invalid {name} string: {fault}"))?;
        }
    }
    Ok(())
}

fn provider(metric: &Metric) -> Result<(), String> {
    let named =
        PROVIDERS.iter().filter(|name| metric.provider.get(**name).is_some_and(|value| !value.is_null()));
    let plugins =
        metric.provider.get("plugin").and_then(|plugins| plugins.as_object()).map_or(0, |all| all.len());
    match named.count() + plugins {
        0 => Err("no provider specified".to_owned()),
        1 => Ok(()),
        _ => Err("multiple providers specified".to_owned()),
    }
}

/// Finds the metrics that do not count (Argo: GetDryRunMetrics).
///
/// # Errors
/// Names a rule that fits no metric.
pub fn rehearsed(spec: &Spec, metrics: &[Metric]) -> Result<BTreeSet<String>, String> {
    let mut found = BTreeSet::new();
    for (index, rule) in spec.dry_run.iter().enumerate() {
        let fitting: Vec<&Metric> = fitting(&rule.metric_name, metrics).collect();
        if fitting.is_empty() {
            return Err(format!("dryRun[{index}]: Rule didn't match any metric name(s)"));
        }
        found.extend(fitting.iter().map(|metric| metric.name.clone()));
    }
    Ok(found)
}

/// Finds how many measurements of a metric are kept, where a rule says so (Argo: GetMeasurementRetentionMetrics).
///
/// # Errors
/// Names a rule that fits no metric.
pub fn retained(spec: &Spec, metrics: &[Metric]) -> Result<BTreeMap<String, i64>, String> {
    let mut found = BTreeMap::new();
    for (index, rule) in spec.measurement_retention.iter().enumerate() {
        let fitting: Vec<&Metric> = fitting(&rule.metric_name, metrics).collect();
        if fitting.is_empty() {
            return Err(format!("measurementRetention[{index}]: Rule didn't match any metric name(s)"));
        }
        found.extend(fitting.iter().map(|metric| (metric.name.clone(), rule.limit)));
    }
    Ok(found)
}

fn fitting<'a>(rule: &'a str, metrics: &'a [Metric]) -> impl Iterator<Item = &'a Metric> {
    metrics.iter().filter(move |metric| pattern::matches(rule, &metric.name))
}
