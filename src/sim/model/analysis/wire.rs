//! AnalysisRuns as they stand in the API: what the model reads of the spec, and the whole status.
//!
//! It owns names and absences: a zero counter or an empty text is left out, as Go leaves it out (Argo:
//! pkg/apis/rollouts/v1alpha1/analysis_types.go). It decides nothing. Invariant: a status that is read and written
//! again is the same.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

/// How a measurement, a metric or a run stands; from best to worst where that matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// Nothing was said yet.
    #[default]
    #[serde(rename = "")]
    Unset,
    /// It waits to begin.
    Pending,
    /// It is under way.
    Running,
    /// It ended well.
    Successful,
    /// It ended badly.
    Failed,
    /// It could not be carried out.
    Error,
    /// It ended, and says neither yes nor no.
    Inconclusive,
}

impl Phase {
    /// Tells whether nothing more will happen.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Successful | Self::Failed | Self::Error | Self::Inconclusive)
    }

    /// Place in the order from best to worst (Argo: analysisStatusOrder).
    pub fn badness(self) -> u8 {
        match self {
            Self::Unset | Self::Successful => 0,
            Self::Running => 1,
            Self::Pending => 2,
            Self::Inconclusive => 3,
            Self::Error => 4,
            Self::Failed => 5,
        }
    }

    /// The word that objects carry.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unset => "",
            Self::Pending => "Pending",
            Self::Running => "Running",
            Self::Successful => "Successful",
            Self::Failed => "Failed",
            Self::Error => "Error",
            Self::Inconclusive => "Inconclusive",
        }
    }
}

/// `spec` of an AnalysisRun.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Spec {
    /// The metrics, before their arguments are filled in.
    pub metrics: Vec<Value>,
    /// Arguments.
    pub args: Vec<Argument>,
    /// Whether the run shall end.
    pub terminate: bool,
    /// Which metrics do not count.
    pub dry_run: Vec<DryRun>,
    /// How many measurements are kept.
    pub measurement_retention: Vec<Retention>,
}

/// One argument.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Argument {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Option<String>,
    /// Where its value comes from instead.
    pub value_from: Option<Value>,
}

/// A rule about which metrics do not count.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DryRun {
    /// A pattern for names.
    pub metric_name: String,
}

/// A rule about how many measurements are kept.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Retention {
    /// A pattern for names.
    pub metric_name: String,
    /// How many.
    pub limit: i64,
}

/// One metric, its arguments filled in.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Metric {
    /// Its name.
    pub name: String,
    /// Time between measurements, as Go writes durations.
    pub interval: String,
    /// Time before the first one.
    pub initial_delay: String,
    /// How many measurements.
    #[serde(deserialize_with = "number")]
    pub count: Option<i64>,
    /// What a good result fulfils.
    pub success_condition: String,
    /// What a bad result fulfils.
    pub failure_condition: String,
    /// How many may fail.
    #[serde(deserialize_with = "number")]
    pub failure_limit: Option<i64>,
    /// How many may be inconclusive.
    #[serde(deserialize_with = "number")]
    pub inconclusive_limit: Option<i64>,
    /// How many errors may follow each other.
    #[serde(deserialize_with = "number")]
    pub consecutive_error_limit: Option<i64>,
    /// How many successes in a row are enough.
    #[serde(deserialize_with = "number")]
    pub consecutive_success_limit: Option<i64>,
    /// Who measures.
    pub provider: Map<String, Value>,
}

impl Metric {
    /// How many measurements are taken; none where there is no end (Argo: EffectiveCount).
    pub fn measurements(&self) -> Option<i64> {
        match self.count {
            None | Some(0) => self.interval.is_empty().then_some(1),
            count => count,
        }
    }

    /// How many errors may follow each other before the metric is in error.
    pub fn errors_allowed(&self) -> i64 {
        self.consecutive_error_limit.unwrap_or(4)
    }
}

/// Reads a number, or a text with one; a text without one is 0 (Kubernetes: IntOrString.IntValue).
fn number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => Some(text.parse().unwrap_or(0)),
        _ => None,
    })
}

/// `status` of an AnalysisRun.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Status {
    /// How the run stands.
    pub phase: Phase,
    /// Why.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// One entry for each metric that was measured.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub metric_results: Vec<Outcome>,
    /// When it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// How many metrics ended how.
    pub run_summary: Summary,
    /// The same for those that do not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dry_run_summary: Option<Summary>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Timestamp>,
}

impl Status {
    /// What came of a metric so far.
    pub fn of(&self, metric: &str) -> Option<&Outcome> {
        self.metric_results.iter().find(|result| result.name == metric)
    }

    /// Keeps what came of a metric.
    pub fn keep(&mut self, result: Outcome) {
        match self.metric_results.iter_mut().find(|known| known.name == result.name) {
            Some(known) => *known = result,
            None => self.metric_results.push(result),
        }
    }
}

/// How many metrics ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Summary {
    /// All of them.
    #[serde(skip_serializing_if = "zero")]
    pub count: i64,
    /// Those that ended well.
    #[serde(skip_serializing_if = "zero")]
    pub successful: i64,
    /// Those that failed.
    #[serde(skip_serializing_if = "zero")]
    pub failed: i64,
    /// Those that say neither.
    #[serde(skip_serializing_if = "zero")]
    pub inconclusive: i64,
    /// Those in error.
    #[serde(skip_serializing_if = "zero")]
    pub error: i64,
}

/// What came of one metric.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Outcome {
    /// The metric.
    pub name: String,
    /// How it stands.
    pub phase: Phase,
    /// The newest measurements, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub measurements: Vec<Measurement>,
    /// Why.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// Measurements that came to a value.
    #[serde(skip_serializing_if = "zero")]
    pub count: i64,
    /// Measurements that ended well.
    #[serde(skip_serializing_if = "zero")]
    pub successful: i64,
    /// Measurements that failed.
    #[serde(skip_serializing_if = "zero")]
    pub failed: i64,
    /// Measurements that say neither.
    #[serde(skip_serializing_if = "zero")]
    pub inconclusive: i64,
    /// Measurements in error.
    #[serde(skip_serializing_if = "zero")]
    pub error: i64,
    /// Errors since the last value.
    #[serde(skip_serializing_if = "zero")]
    pub consecutive_error: i64,
    /// Successes since the last anything else.
    #[serde(skip_serializing_if = "zero")]
    pub consecutive_success: i64,
    /// Whether it does not count.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
    /// What the provider adds, as the query it asked.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
}

/// One measurement.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Measurement {
    /// How it stands.
    pub phase: Phase,
    /// Why.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// When it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
    /// What was measured.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub value: String,
    /// What the provider adds, as the Job it started.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// When to look again at one that is under way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resume_at: Option<Timestamp>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn zero(number: &i64) -> bool {
    *number == 0
}
