//! A Rollout's status as the controller reads and writes it.
//!
//! It owns the fields, what the wire leaves out, and the difference between two statuses as a merge patch. It never
//! decides what a field should be. Invariant: a status that is read and written again differs in nothing that Argo's own
//! type would keep (Argo: pkg/apis/rollouts/v1alpha1/types.go `RolloutStatus`).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// `status` of a Rollout.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Status {
    /// Whether the update is aborted.
    #[serde(skip_serializing_if = "is_absent")]
    pub abort: bool,
    /// Why the Rollout waits.
    #[serde(skip_serializing_if = "is_absent")]
    pub pause_conditions: Vec<PauseCondition>,
    /// Whether it was the controller that paused.
    #[serde(skip_serializing_if = "is_absent")]
    pub controller_pause: bool,
    /// When it was aborted.
    #[serde(skip_serializing_if = "is_absent")]
    pub aborted_at: Option<Timestamp>,
    /// The hash of the wanted version.
    #[serde(skip_serializing_if = "is_absent")]
    pub current_pod_hash: String,
    /// The hash of the steps.
    #[serde(skip_serializing_if = "is_absent")]
    pub current_step_hash: String,
    /// Pods of all versions.
    #[serde(skip_serializing_if = "is_absent")]
    pub replicas: i64,
    /// Pods of the wanted version.
    #[serde(skip_serializing_if = "is_absent")]
    pub updated_replicas: i64,
    /// Pods that are ready.
    #[serde(skip_serializing_if = "is_absent")]
    pub ready_replicas: i64,
    /// Pods that are available.
    #[serde(skip_serializing_if = "is_absent")]
    pub available_replicas: i64,
    /// The step in progress, or the number of steps when all are done.
    #[serde(skip_serializing_if = "is_absent")]
    pub current_step_index: Option<i64>,
    /// How often a hash met another template.
    #[serde(skip_serializing_if = "is_absent")]
    pub collision_count: Option<i64>,
    /// The generation that the controller has seen, as text.
    #[serde(skip_serializing_if = "is_absent")]
    pub observed_generation: String,
    /// Conditions, the last changed last.
    #[serde(skip_serializing_if = "is_absent")]
    pub conditions: Vec<Condition>,
    /// What only a canary has.
    pub canary: CanaryStatus,
    /// What only blue-green has.
    pub blue_green: BlueGreenStatus,
    /// Pods as an autoscaler counts them.
    #[serde(rename = "HPAReplicas", skip_serializing_if = "is_absent")]
    pub hpa_replicas: i64,
    /// The selector as an autoscaler reads it.
    #[serde(skip_serializing_if = "is_absent")]
    pub selector: String,
    /// The hash of the stable version.
    #[serde(rename = "stableRS", skip_serializing_if = "is_absent")]
    pub stable_rs: String,
    /// Which restart is done.
    #[serde(skip_serializing_if = "is_absent")]
    pub restarted_at: Option<Timestamp>,
    /// Whether a person asked for full promotion.
    #[serde(skip_serializing_if = "is_absent")]
    pub promote_full: bool,
    /// `Healthy`, `Degraded`, `Progressing` or `Paused`.
    #[serde(skip_serializing_if = "is_absent")]
    pub phase: String,
    /// Why it is in that phase.
    #[serde(skip_serializing_if = "is_absent")]
    pub message: String,
    /// The generation of the workload that the controller has seen, as text.
    #[serde(skip_serializing_if = "is_absent")]
    pub workload_observed_generation: String,
}

/// `status.canary`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CanaryStatus {
    /// The run of the step in progress.
    #[serde(skip_serializing_if = "is_absent")]
    pub current_step_analysis_run_status: Option<RunStatus>,
    /// The run beside the steps.
    #[serde(skip_serializing_if = "is_absent")]
    pub current_background_analysis_run_status: Option<RunStatus>,
    /// The Experiment in progress.
    #[serde(skip_serializing_if = "is_absent")]
    pub current_experiment: String,
    /// How the traffic is shared.
    #[serde(skip_serializing_if = "is_absent")]
    pub weights: Option<Weights>,
    /// Kept as it is: ping-pong is not modelled.
    #[serde(skip_serializing_if = "is_absent")]
    pub stable_ping_pong: String,
}

/// `status.canary.weights`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Weights {
    /// The new version's share.
    pub canary: Destination,
    /// The stable version's share.
    pub stable: Destination,
    /// Shares of an Experiment's versions.
    #[serde(skip_serializing_if = "is_absent")]
    pub additional: Vec<Destination>,
    /// Whether the router was asked and agrees.
    #[serde(skip_serializing_if = "is_absent")]
    pub verified: Option<bool>,
}

/// A share of the traffic.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Destination {
    /// How much.
    pub weight: i64,
    /// Which Service.
    #[serde(skip_serializing_if = "is_absent")]
    pub service_name: String,
    /// Which version.
    #[serde(skip_serializing_if = "is_absent")]
    pub pod_template_hash: String,
}

/// `status.blueGreen`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct BlueGreenStatus {
    /// The version behind the preview Service.
    #[serde(skip_serializing_if = "is_absent")]
    pub preview_selector: String,
    /// The version behind the active Service.
    #[serde(skip_serializing_if = "is_absent")]
    pub active_selector: String,
    /// Whether the small preview has done its work.
    #[serde(skip_serializing_if = "is_absent")]
    pub scale_up_preview_check_point: bool,
    /// The run before promotion.
    #[serde(skip_serializing_if = "is_absent")]
    pub pre_promotion_analysis_run_status: Option<RunStatus>,
    /// The run after promotion.
    #[serde(skip_serializing_if = "is_absent")]
    pub post_promotion_analysis_run_status: Option<RunStatus>,
}

/// How an AnalysisRun stands, as a Rollout notes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunStatus {
    /// The run.
    pub name: String,
    /// Its phase; empty before its controller has seen it.
    pub status: String,
    /// Its message.
    #[serde(skip_serializing_if = "is_absent")]
    pub message: String,
}

/// One of `status.pauseConditions`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PauseCondition {
    /// Why.
    pub reason: String,
    /// Since when.
    pub start_time: Timestamp,
}

/// One of `status.conditions`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// What it speaks of.
    #[serde(rename = "type")]
    pub kind: String,
    /// `True`, `False` or `Unknown`.
    pub status: String,
    /// When it was last looked at anew.
    pub last_update_time: Timestamp,
    /// When its status last changed.
    pub last_transition_time: Timestamp,
    /// Why, in one word.
    pub reason: String,
    /// Why, for people.
    pub message: String,
}

impl Status {
    /// Tells whether the wanted version is the stable one.
    pub fn is_promoted(&self) -> bool {
        self.stable_rs == self.current_pod_hash
    }

    /// Gives the pause of a reason.
    pub fn pause(&self, reason: &str) -> Option<&PauseCondition> {
        self.pause_conditions.iter().find(|pause| pause.reason == reason)
    }

    /// Writes the status as the wire has it.
    pub fn to_value(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// Gives the merge patch that makes the one value of the other; `None` where they are equal.
pub fn difference(old: &Value, new: &Value) -> Option<Value> {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            let mut patch = Map::new();
            for (key, value) in new {
                match old.get(key) {
                    None => drop(patch.insert(key.clone(), value.clone())),
                    Some(before) => {
                        if let Some(inner) = difference(before, value) {
                            patch.insert(key.clone(), inner);
                        }
                    }
                }
            }
            let gone = old.keys().filter(|key| !new.contains_key(*key));
            patch.extend(gone.map(|key| (key.clone(), Value::Null)));
            (!patch.is_empty()).then_some(Value::Object(patch))
        }
        (old, new) => (old != new).then(|| new.clone()),
    }
}

fn is_absent<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
