//! A Rollout's spec as the controller reads it: fields, their defaults, and nothing derived from status.
//!
//! It never reads `crate::rollout`: this is a second reading of the same bytes. Unknown fields are left alone. Invariant:
//! what a person left out has Argo's default here (Argo: utils/defaults/defaults.go), so no other file repeats one.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

mod defaults;
mod step;

pub use step::{Analysis, Argument, Experiment, ExperimentTemplate, SetCanaryScale, Step};

/// `spec` of a Rollout.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Spec {
    /// How many pods are wanted; absent only before the controller has written the default.
    pub replicas: Option<i64>,
    /// Which pods belong to the Rollout.
    pub selector: Option<Selector>,
    /// The pod template, as written.
    pub template: Value,
    /// The workload that holds the template instead.
    pub workload_ref: Option<WorkloadRef>,
    /// Seconds that a pod has to be ready before it is available.
    pub min_ready_seconds: i64,
    /// How many old ReplicaSets are kept.
    pub revision_history_limit: Option<i64>,
    /// Whether a person has paused the Rollout.
    pub paused: bool,
    /// Seconds without progress after which the update counts as failed.
    pub progress_deadline_seconds: Option<i64>,
    /// Whether a passed deadline aborts the update.
    pub progress_deadline_abort: bool,
    /// Pods older than this are to be replaced.
    pub restart_at: Option<Timestamp>,
    /// How far a rollback may go without repeating the steps.
    pub rollback_window: Option<RollbackWindow>,
    /// How many finished AnalysisRuns are kept.
    pub analysis: Option<RunLimits>,
    /// How an update proceeds.
    pub strategy: Strategy,
}

/// `spec.selector`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Selector {
    /// Labels that a pod must have.
    pub match_labels: BTreeMap<String, String>,
    /// Expressions that a pod's labels must satisfy.
    pub match_expressions: Vec<Value>,
}

/// `spec.workloadRef`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct WorkloadRef {
    /// The kind of the workload.
    pub kind: String,
    /// Its name, in the Rollout's namespace.
    pub name: String,
}

/// `spec.rollbackWindow`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RollbackWindow {
    /// How many revisions may lie between.
    pub revisions: i64,
}

/// `spec.analysis`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RunLimits {
    /// How many successful runs are kept.
    pub successful_run_history_limit: Option<usize>,
    /// How many other finished runs are kept.
    pub unsuccessful_run_history_limit: Option<usize>,
}

/// `spec.strategy`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Strategy {
    /// Step by step.
    pub canary: Option<Canary>,
    /// Two whole versions side by side.
    pub blue_green: Option<BlueGreen>,
}

/// `spec.strategy.canary`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Canary {
    /// The Service of the new version.
    pub canary_service: String,
    /// The Service of the stable version.
    pub stable_service: String,
    /// The steps in order.
    pub steps: Vec<Step>,
    /// The router, where one shifts the traffic.
    pub traffic_routing: Option<TrafficRouting>,
    /// Pods allowed above the wanted number.
    pub max_surge: Option<Amount>,
    /// Pods allowed to be missing.
    pub max_unavailable: Option<Amount>,
    /// The background analysis.
    pub analysis: Option<Background>,
    /// Seconds that an old ReplicaSet stays after promotion.
    pub scale_down_delay_seconds: Option<i64>,
    /// How many old ReplicaSets may stay at once.
    pub scale_down_delay_revision_limit: Option<usize>,
    /// Seconds that the canary stays after an abort; 0 for ever.
    pub abort_scale_down_delay_seconds: Option<i64>,
    /// Whether the stable version shrinks as traffic leaves it.
    pub dynamic_stable_scale: bool,
    /// The least pods of a version that has any.
    pub min_pods_per_replica_set: Option<i64>,
    /// Labels and annotations of the new version's pods.
    pub canary_metadata: Option<Value>,
    /// Labels and annotations of the stable version's pods.
    pub stable_metadata: Option<Value>,
    /// How many new pods are enough to go on.
    pub replica_progress_threshold: Option<Threshold>,
}

/// `spec.strategy.canary.analysis`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Background {
    /// What is measured.
    #[serde(flatten)]
    pub analysis: Analysis,
    /// The step from which on it runs.
    pub starting_step: Option<i64>,
}

/// `spec.strategy.canary.trafficRouting`: which router, as written, and the greatest weight.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TrafficRouting {
    /// The weight that stands for all traffic.
    pub max_traffic_weight: Option<i64>,
    /// Routes that steps may set.
    pub managed_routes: Option<Vec<Value>>,
    /// The routers by name.
    #[serde(flatten)]
    pub routers: BTreeMap<String, Value>,
}

/// `spec.strategy.canary.replicaProgressThreshold`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Threshold {
    /// `Percent` or `Pods`.
    #[serde(rename = "type")]
    pub unit: String,
    /// How many.
    pub value: i64,
}

/// `spec.strategy.blueGreen`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct BlueGreen {
    /// The Service that users reach.
    pub active_service: String,
    /// The Service of the version to come.
    pub preview_service: String,
    /// Pods of the preview before promotion.
    pub preview_replica_count: Option<i64>,
    /// Whether promotion needs no person.
    pub auto_promotion_enabled: Option<bool>,
    /// Seconds after which promotion happens by itself.
    pub auto_promotion_seconds: i64,
    /// Pods allowed to be missing.
    pub max_unavailable: Option<Amount>,
    /// Seconds that the old version stays after promotion.
    pub scale_down_delay_seconds: Option<i64>,
    /// How many old ReplicaSets may stay at once.
    pub scale_down_delay_revision_limit: Option<usize>,
    /// Seconds that the preview stays after an abort; 0 for ever.
    pub abort_scale_down_delay_seconds: Option<i64>,
    /// Measured before promotion.
    pub pre_promotion_analysis: Option<Analysis>,
    /// Measured after promotion.
    pub post_promotion_analysis: Option<Analysis>,
    /// Labels and annotations of the preview's pods.
    pub preview_metadata: Option<Value>,
    /// Labels and annotations of the active version's pods.
    pub active_metadata: Option<Value>,
}

/// A number or a text: `3`, `"25%"`, `"10m"`.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Amount {
    /// A plain number.
    Number(i64),
    /// A text.
    Text(String),
}

impl Amount {
    /// Gives the amount of a whole; a text counts as per cent with or without its sign.
    pub fn of(&self, whole: i64, round_up: bool) -> i64 {
        match self {
            Self::Number(number) => *number,
            Self::Text(text) => {
                let percent: i64 = text.replace('%', "").parse().unwrap_or(0);
                let exact = percent.saturating_mul(whole);
                if round_up {
                    exact.div_euclid(100) + i64::from(exact % 100 > 0)
                } else {
                    exact.div_euclid(100)
                }
            }
        }
    }

    /// Gives the number as written, per cent or not.
    pub fn number(&self) -> i64 {
        match self {
            Self::Number(number) => *number,
            Self::Text(text) => text.trim_end_matches('%').parse().unwrap_or(0),
        }
    }
}

impl std::fmt::Display for Amount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// Writes labels as a selector: `a=1,b=2`.
pub fn labels_text(labels: &BTreeMap<String, String>) -> String {
    labels.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",")
}
