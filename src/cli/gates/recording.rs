//! Owns the file in which gathered evidence is kept: JSON, for each metric the points of both versions.
//!
//! It never judges. Invariant: what is written and read again has the same points; a metric that the file does not hold is missing, and
//! says so.

use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{file, shown};
use crate::gate::evidence::{Evidence, Provenance, Series};
use crate::gate::policy::Policy;
use crate::gate::wish::Canary;
use crate::text::Printable;

/// Largest file that is read, in bytes.
const LARGEST: u64 = 64 << 20;

/// The file.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Written {
    /// `rollgate/gates-recording/v1`.
    schema: String,
    canary: String,
    stable: String,
    metrics: Vec<Metric>,
}

/// A metric: time and value; `null` for what is no number.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Metric {
    metric: String,
    canary: Vec<(Timestamp, Option<f64>)>,
    stable: Vec<(Timestamp, Option<f64>)>,
}

const SCHEMA: &str = "rollgate/gates-recording/v1";

/// What a file holds.
pub(super) struct Recording {
    pub(super) canary: String,
    pub(super) stable: String,
    metrics: Vec<(String, Series, Series)>,
    source: Printable,
}

/// Writes evidence.
///
/// # Errors
/// Why the file cannot be written.
pub(super) fn write(
    path: &Path,
    policy: &Policy,
    (canary, stable): (&str, &str),
    evidence: &[Evidence],
) -> Result<(), String> {
    let points = |series: &Series| {
        series.points.iter().map(|(at, value)| (*at, value.is_finite().then_some(*value))).collect()
    };
    let metrics = policy.metrics.iter().zip(evidence).filter_map(|(metric, evidence)| match evidence {
        Evidence::Series { canary, stable, .. } => {
            Some(Metric { metric: metric.name.clone(), canary: points(canary), stable: points(stable) })
        }
        _ => None,
    });
    let written = Written {
        schema: SCHEMA.to_owned(),
        canary: canary.to_owned(),
        stable: stable.to_owned(),
        metrics: metrics.collect(),
    };
    let text = serde_json::to_string(&written).map_err(|error| error.to_string())?;
    file::write(path, &(text + "\n"))
}

/// Reads evidence.
///
/// # Errors
/// Why the file cannot be read, or what is wrong in it.
pub(super) fn read(path: &Path) -> Result<Recording, String> {
    use std::io::Read;
    let unreadable = |why: &dyn std::fmt::Display| format!("cannot read {}: {why}", shown(path));
    let opened = std::fs::File::open(path).map_err(|error| unreadable(&error))?;
    let mut text = String::new();
    opened.take(LARGEST).read_to_string(&mut text).map_err(|error| unreadable(&error))?;
    let written: Written = serde_json::from_str(&text).map_err(|error| unreadable(&error))?;
    if written.schema != SCHEMA {
        return Err(unreadable(&format!("it is not of the form {SCHEMA}")));
    }
    let series = |points: Vec<(Timestamp, Option<f64>)>| {
        let mut points: Vec<_> =
            points.into_iter().map(|(at, value)| (at, value.unwrap_or(f64::NAN))).collect();
        points.sort_by_key(|(at, _)| *at);
        points.dedup_by_key(|(at, _)| *at);
        Series { points }
    };
    let metrics = written.metrics.into_iter();
    Ok(Recording {
        canary: written.canary,
        stable: written.stable,
        metrics: metrics.map(|it| (it.metric, series(it.canary), series(it.stable))).collect(),
        source: Printable::from(format!("recorded in {}", path.display())),
    })
}

impl Recording {
    /// Returns the evidence on a canary; what was recorded of other versions is none.
    pub(super) fn evidence_on(
        &self,
        canary: &Canary,
        window: (Timestamp, Timestamp),
        asked: Timestamp,
    ) -> Vec<Evidence> {
        let evidence = self.evidence(&canary.policy, window, asked);
        if *self.canary == *canary.hash && *self.stable == *canary.stable {
            return evidence;
        }
        let why = Printable::from(format!("the recording is of {} beside {}", self.canary, self.stable));
        let missing = |of: &Evidence| Evidence::Missing { why: why.clone(), of: of.provenance().clone() };
        evidence.iter().map(missing).collect()
    }

    /// Returns the evidence for a policy from one time to another, both included.
    pub(super) fn evidence(
        &self,
        policy: &Policy,
        window: (Timestamp, Timestamp),
        asked: Timestamp,
    ) -> Vec<Evidence> {
        let cut = |series: &Series| series.within(window.0..=window.1);
        let each = policy.metrics.iter().map(|metric| {
            let of = Provenance {
                source: self.source.clone(),
                query: Printable::from(&*metric.name),
                window,
                asked,
            };
            match self.metrics.iter().find(|(name, ..)| *name == metric.name) {
                Some((_, canary, stable)) => {
                    Evidence::Series { canary: cut(canary), stable: cut(stable), of }
                }
                None => Evidence::Missing { why: Printable::ours("the recording does not hold it"), of },
            }
        });
        each.collect()
    }
}
