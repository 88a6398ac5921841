//! One measurement: what a provider is asked, what its answer is worth.
//!
//! It owns the forms that answers have (Argo: metricproviders/) and the counters that follow from them. It never says
//! what a metric comes to. Invariant: a measurement that ends has the time at which it did.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::args::Args;
use super::condition::{self, Item};
use super::facts::Facts;
use super::wire::{Measurement, Metric, Outcome, Phase};
use super::{job, path};
use crate::sim::model::{Asked, Measured, Metrics, Write, moment};
use crate::sim::objects::{Objects, Stored};

/// What a measurement is taken with.
pub struct Bench<'a> {
    /// Who measures.
    pub source: &'a dyn Metrics,
    /// The run's arguments.
    pub args: &'a Args,
    /// What is known about the update.
    pub facts: &'a Facts,
    /// The metric, its arguments filled in.
    pub value: &'a Value,
}

/// When and for whom a measurement is taken.
#[derive(Clone, Copy)]
pub struct Moment<'a> {
    /// All objects.
    pub objects: &'a Objects,
    /// The run.
    pub run: &'a Stored,
    /// The time.
    pub now: Timestamp,
    /// Whether the run is on its way to its end.
    pub ending: bool,
}

impl Bench<'_> {
    /// Takes a measurement, or carries on with one that is under way; tells what is to be written for it.
    pub fn measure(
        &self,
        metric: &Metric,
        result: &Outcome,
        under_way: Option<Measurement>,
        at: Moment<'_>,
    ) -> (Measurement, Vec<Write>) {
        let spec = metric.provider.get("job");
        if let (Some(spec), None) = (spec, &under_way) {
            return job::begin(metric, spec, result, at);
        }
        match (under_way, spec.is_some()) {
            (Some(measurement), true) if at.ending => job::end(measurement, at),
            (Some(measurement), true) => (job::resume(measurement, at), Vec::new()),
            // No other provider leaves a measurement under way.
            (Some(measurement), false) => (measurement, Vec::new()),
            (None, _) => (self.ask(metric, result, at), Vec::new()),
        }
    }

    fn ask(&self, metric: &Metric, result: &Outcome, at: Moment<'_>) -> Measurement {
        let started = Some(moment::whole(at.now));
        let judged = unconfigured(metric).map_or(Ok(()), Err).and_then(|()| {
            let none = Value::Null;
            let asked = Asked {
                namespace: &at.run.place.namespace,
                run: &at.run.place.name,
                metric: &metric.name,
                provider: self.value.get("provider").unwrap_or(&none),
                args: &self.args.values,
                rollout: self.facts.rollout.as_deref(),
                weight: self.facts.weight,
                taken: usize::try_from(result.count + result.error).unwrap_or(0),
            };
            match self.source.measure(&asked, at.now) {
                Measured::Error(message) => Err(message),
                Measured::Value(text) => judge(metric, &text),
            }
        });
        match judged {
            Ok((value, phase)) => Measurement {
                phase,
                value,
                started_at: started,
                finished_at: started,
                ..Measurement::default()
            },
            Err(message) => Measurement {
                phase: Phase::Error,
                message,
                started_at: started,
                finished_at: started,
                ..Measurement::default()
            },
        }
    }
}

/// The sentence about a provider that cannot be reached for want of an address (Argo: NewPrometheusAPI).
fn unconfigured(metric: &Metric) -> Option<String> {
    let prometheus = metric.provider.get("prometheus")?;
    let address = prometheus.get("address").and_then(Value::as_str).unwrap_or_default();
    if address.is_empty() {
        return Some("prometheus address is not configured".to_owned());
    }
    let (scheme, host) = address.split_once("://").unwrap_or_default();
    (scheme.is_empty() || host.is_empty()).then(|| "prometheus address is not is url format".to_owned())
}

/// What the provider adds to a metric's result when it is first measured (Argo: GetMetadata).
pub fn metadata(metric: &Metric) -> BTreeMap<String, String> {
    let known = [("prometheus", "ResolvedPrometheusQuery"), ("newRelic", "ResolvedNewRelicQuery")];
    let query =
        |name: &str| metric.provider.get(name)?.get("query")?.as_str().filter(|query| !query.is_empty());
    known.iter().filter_map(|(name, key)| Some(((*key).to_owned(), query(name)?.to_owned()))).collect()
}

/// Judges an answer: its value as the measurement shows it, and its phase.
fn judge(metric: &Metric, text: &str) -> Result<(String, Phase), String> {
    let (success, failure) = (metric.success_condition.as_str(), metric.failure_condition.as_str());
    if let Some(web) = metric.provider.get("web") {
        let Ok(body) = serde_json::from_str::<Value>(text) else {
            // Argo takes a body that is no JSON for a success, whatever the conditions say.
            return Ok((text.to_owned(), Phase::Successful));
        };
        let asked = web.get("jsonPath").and_then(Value::as_str).unwrap_or_default();
        // A source may answer with a whole body, or with the value alone to which the path would lead.
        let value = if body.is_object() || body.is_array() { path::find(&body, asked)? } else { body };
        let phase = condition::judge(&Item::read(&value), success, failure)?;
        return Ok((value.to_string(), phase));
    }
    let item = match read(text) {
        // Datadog answers a question without points with an empty list, and Argo takes it for nil.
        Item::Numbers(numbers) if numbers.is_empty() && metric.provider.contains_key("datadog") => Item::Nil,
        item => item,
    };
    Ok((text.to_owned(), condition::judge(&item, success, failure)?))
}

/// Reads an answer: a number, a list of numbers, JSON, or else a text.
fn read(text: &str) -> Item {
    let trimmed = text.trim();
    if let Some(number) = number(trimmed) {
        return Item::Number(number);
    }
    if let Some(inner) = trimmed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        let listed = inner.split(',').map(str::trim).filter(|one| !one.is_empty());
        let numbers: Option<Vec<f64>> = listed.map(number).collect();
        if let Some(numbers) = numbers {
            return Item::Numbers(numbers);
        }
    }
    match serde_json::from_str::<Value>(trimmed) {
        Ok(value) => Item::read(&value),
        Err(_) if trimmed.is_empty() => Item::Nil,
        Err(_) => Item::Text(text.to_owned()),
    }
}

/// Reads a number as Prometheus writes it.
fn number(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "+Inf" | "Inf" => Some(f64::INFINITY),
        "-Inf" => Some(f64::NEG_INFINITY),
        _ if text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) => text.parse().ok(),
        _ => None,
    }
}

/// Counts a measurement that has ended into its metric's result.
pub fn tally(result: &mut Outcome, measurement: &mut Measurement, now: Timestamp) {
    if !measurement.phase.is_over() {
        return;
    }
    measurement.finished_at.get_or_insert(moment::whole(now));
    match measurement.phase {
        Phase::Successful => {
            result.successful += 1;
            result.consecutive_success += 1;
        }
        Phase::Failed => result.failed += 1,
        Phase::Inconclusive => result.inconclusive += 1,
        _ => {
            result.error += 1;
            result.consecutive_error += 1;
        }
    }
    if measurement.phase != Phase::Successful {
        result.consecutive_success = 0;
    }
    if measurement.phase != Phase::Error {
        result.count += 1;
        result.consecutive_error = 0;
    }
}
