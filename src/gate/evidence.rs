//! Owns what a verdict rests on: series of both versions, or measurements, each with where it came from.
//!
//! Gathered by edges, judged by [`super::verdict`]. It never judges. Invariant: what could not be had says why; it is never an empty
//! series.

use std::fmt::Write as _;
use std::ops::RangeBounds;
use std::sync::Arc;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::text::Printable;

/// Values by time, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// Time and value; a value may be NaN.
    pub points: Vec<(Timestamp, f64)>,
}

impl Series {
    /// Returns the points of these times.
    pub fn within(&self, times: impl RangeBounds<Timestamp>) -> Self {
        Self { points: self.points.iter().filter(|(at, _)| times.contains(at)).copied().collect() }
    }

    /// Tells whether a point lies behind a time.
    pub fn ends_after(&self, time: Timestamp) -> bool {
        self.points.last().is_some_and(|(at, _)| *at > time)
    }
}

/// Where values came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// Kind and address of the source, without credentials.
    pub source: Printable,
    /// The query as asked, or the name of the AnalysisRun.
    pub query: Printable,
    /// Begin and end of the window.
    pub window: (Timestamp, Timestamp),
    /// When it was asked.
    pub asked: Timestamp,
}

/// What was measured of one version by an AnalysisRun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measured {
    /// Phase of the metric.
    pub phase: Printable,
    /// Measurements that met the success condition.
    pub successful: i64,
    /// Measurements that met the failure condition.
    pub failed: i64,
    /// Measurements that met neither.
    pub inconclusive: i64,
    /// Measurements that could not be taken.
    pub error: i64,
    /// The newest value.
    pub value: Option<Printable>,
    /// Its sentence, with the condition where the run names it.
    pub message: Printable,
    /// When the newest measurement finished; when the run began where none has. `None` where neither is known.
    pub at: Option<Timestamp>,
    /// Whether the run was told to end before it was through: it calls itself successful then, whatever it saw (Argo:
    /// analysis/analysis.go, `assessMetricStatus`).
    pub cut_short: bool,
}

/// What a metric is judged by.
#[derive(Clone, Debug, PartialEq)]
pub enum Evidence {
    /// Series of both versions.
    Series {
        /// Of the canary.
        canary: Series,
        /// Of the stable version.
        stable: Series,
        /// Where they came from.
        of: Provenance,
    },
    /// Measurements of an AnalysisRun.
    Measured {
        /// What was measured.
        measured: Measured,
        /// Where it came from.
        of: Provenance,
    },
    /// It could not be had.
    Missing {
        /// Why, in the source's words.
        why: Printable,
        /// Where it was to come from.
        of: Provenance,
    },
}

impl Evidence {
    /// Returns where it came from.
    pub fn provenance(&self) -> &Provenance {
        match self {
            Self::Series { of, .. } | Self::Measured { of, .. } | Self::Missing { of, .. } => of,
        }
    }

    /// Returns the time of the newest value that both have; what is no number is none, however new.
    pub fn newest(&self) -> Option<Timestamp> {
        match self {
            Self::Series { canary, stable, .. } => {
                let last = |series: &Series| {
                    let mut numbers = series.points.iter().rev().filter(|(_, value)| value.is_finite());
                    numbers.next().map(|(at, _)| *at)
                };
                Some(last(canary)?.min(last(stable)?))
            }
            Self::Measured { measured, .. } => measured.at,
            Self::Missing { .. } => None,
        }
    }

    /// Returns what of it is not older than a time. What an AnalysisRun measured is one whole, and stays.
    pub fn since(&self, begin: Timestamp) -> Self {
        match self {
            Self::Series { canary, stable, of } => {
                let (from, to) = of.window;
                let of = Provenance { window: (from.max(begin).min(to), to), ..of.clone() };
                Self::Series { canary: canary.within(begin..), stable: stable.within(begin..), of }
            }
            Self::Measured { .. } | Self::Missing { .. } => self.clone(),
        }
    }

    /// Returns the digest of all of it (SHA-256, hexadecimal), by which a record names it.
    pub fn digest(&self) -> Arc<str> {
        let mut hash = Sha256::new();
        let of = self.provenance();
        hash.update(format!("{}\n{}\n{}\n{}\n", of.source, of.query, of.window.0, of.window.1));
        match self {
            Self::Series { canary, stable, .. } => {
                for series in [canary, stable] {
                    hash.update((series.points.len() as u64).to_be_bytes());
                    for (at, value) in &series.points {
                        hash.update(at.as_nanosecond().to_be_bytes());
                        hash.update(value.to_bits().to_be_bytes());
                    }
                }
            }
            Self::Measured { measured, .. } => hash.update(format!("{measured:?}")),
            Self::Missing { why, .. } => hash.update(why.as_str()),
        }
        let digest = hash.finalize();
        digest
            .iter()
            .fold(String::with_capacity(64), |mut text, byte| {
                // Writing to a string cannot fail.
                let _ = write!(text, "{byte:02x}");
                text
            })
            .into()
    }
}
