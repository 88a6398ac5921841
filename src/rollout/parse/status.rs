//! Owns the wire type of a Rollout's status.
//!
//! It never computes what the controller left out. Invariant: pause conditions keep the exact JSON as stored beside
//! their parsed form, because guards compare what is stored.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::intern::Interner;
use super::lenient::{Maybe, lenient_structs};
use crate::rollout::{AnalysisStatus, Condition, Pause, Pauses, Replicas, Status, Weights};
use crate::text::Printable;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct StatusWire {
    phase: Maybe<Printable>,
    message: Maybe<Printable>,
    observed_generation: Maybe<Arc<str>>,
    workload_observed_generation: Maybe<Arc<str>>,
    current_pod_hash: Maybe<Arc<str>>,
    #[serde(rename = "stableRS")]
    stable_hash: Maybe<Arc<str>>,
    current_step_index: Maybe<i64>,
    pause_conditions: Value,
    controller_pause: Maybe<bool>,
    abort: Maybe<bool>,
    aborted_at: Maybe<Arc<str>>,
    promote_full: Maybe<bool>,
    restarted_at: Maybe<Arc<str>>,
    replicas: Maybe<i64>,
    updated_replicas: Maybe<i64>,
    ready_replicas: Maybe<i64>,
    available_replicas: Maybe<i64>,
    conditions: Maybe<Vec<ConditionWire>>,
    canary: Maybe<CanaryStatusWire>,
    blue_green: Maybe<BlueGreenStatusWire>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ConditionWire {
    #[serde(rename = "type")]
    pub kind: Maybe<Printable>,
    pub status: Maybe<Printable>,
    reason: Maybe<Printable>,
    message: Maybe<Printable>,
    last_transition_time: Maybe<Timestamp>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct CanaryStatusWire {
    weights: Maybe<WeightsWire>,
    stable_ping_pong: Maybe<Printable>,
    current_step_analysis_run_status: Maybe<AnalysisStatusWire>,
    current_background_analysis_run_status: Maybe<AnalysisStatusWire>,
    current_experiment: Maybe<Printable>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct BlueGreenStatusWire {
    active_selector: Maybe<Arc<str>>,
    preview_selector: Maybe<Arc<str>>,
    pre_promotion_analysis_run_status: Maybe<AnalysisStatusWire>,
    post_promotion_analysis_run_status: Maybe<AnalysisStatusWire>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct AnalysisStatusWire {
    name: Maybe<Printable>,
    status: Maybe<Printable>,
    message: Maybe<Printable>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct WeightsWire {
    canary: Maybe<DestinationWire>,
    stable: Maybe<DestinationWire>,
    verified: Maybe<bool>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct DestinationWire {
    weight: Maybe<i64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct PauseConditionWire {
    reason: Maybe<Printable>,
    start_time: Maybe<Timestamp>,
}

lenient_structs!(
    StatusWire,
    ConditionWire,
    CanaryStatusWire,
    BlueGreenStatusWire,
    AnalysisStatusWire,
    WeightsWire,
    DestinationWire,
    PauseConditionWire
);

impl StatusWire {
    pub fn into_status(self, interner: &mut Interner) -> Status {
        let canary = self.canary.or_default();
        let blue_green = self.blue_green.or_default();
        let current_pod_hash = self.current_pod_hash.0;
        let same = |hash: Maybe<Arc<str>>| share(hash.0, current_pod_hash.as_ref());
        Status {
            stable_hash: same(self.stable_hash),
            active_selector: same(blue_green.active_selector),
            preview_selector: same(blue_green.preview_selector),
            phase: self.phase.0.map(|phase| interner.text(phase)),
            message: self.message.0.map(|message| interner.text(message)),
            observed_generation: self.observed_generation.0,
            workload_observed_generation: self.workload_observed_generation.0,
            current_pod_hash,
            step_index: self.current_step_index.0,
            pauses: pauses(&self.pause_conditions),
            controller_pause: self.controller_pause.0,
            abort: self.abort.0,
            aborted_at: self.aborted_at.0,
            promote_full: self.promote_full.0,
            restarted_at: self.restarted_at.0,
            replicas: Replicas {
                current: self.replicas.or_default(),
                updated: self.updated_replicas.or_default(),
                ready: self.ready_replicas.or_default(),
                available: self.available_replicas.or_default(),
            },
            conditions: self
                .conditions
                .or_default()
                .into_iter()
                .map(|c| c.into_condition(interner))
                .collect(),
            weights: canary.weights.0.map(WeightsWire::into_weights),
            stable_ping_pong: canary.stable_ping_pong.0.map(|word| interner.text(word)),
            step_analysis: canary.current_step_analysis_run_status.0.map(|a| a.into_status(interner)),
            background_analysis: canary
                .current_background_analysis_run_status
                .0
                .map(|a| a.into_status(interner)),
            experiment: canary.current_experiment.0,
            pre_promotion: blue_green.pre_promotion_analysis_run_status.0.map(|a| a.into_status(interner)),
            post_promotion: blue_green.post_promotion_analysis_run_status.0.map(|a| a.into_status(interner)),
        }
    }
}

/// A Rollout at rest names one hash up to four times; one allocation serves them all.
fn share(hash: Option<Arc<str>>, known: Option<&Arc<str>>) -> Option<Arc<str>> {
    hash.map(|hash| known.filter(|known| **known == hash).cloned().unwrap_or(hash))
}

fn pauses(stored: &Value) -> Pauses {
    let list = Maybe::<Vec<PauseConditionWire>>::deserialize(stored).unwrap_or_default().or_default();
    Pauses {
        list: list
            .into_iter()
            .map(|pause| Pause { reason: pause.reason.or_default(), since: pause.start_time.0 })
            .collect(),
        stored: (!stored.is_null()).then(|| stored.to_string().into()),
    }
}

impl ConditionWire {
    fn into_condition(self, interner: &mut Interner) -> Condition {
        Condition {
            kind: interner.text(self.kind.or_default()),
            status: interner.text(self.status.or_default()),
            reason: interner.text(self.reason.or_default()),
            message: interner.text(self.message.or_default()),
            since: self.last_transition_time.0,
        }
    }
}

impl WeightsWire {
    fn into_weights(self) -> Weights {
        let weight = |to: Maybe<DestinationWire>| to.or_default().weight.or_default();
        Weights { canary: weight(self.canary), stable: weight(self.stable), verified: self.verified.0 }
    }
}

impl AnalysisStatusWire {
    fn into_status(self, interner: &mut Interner) -> AnalysisStatus {
        AnalysisStatus {
            name: self.name.or_default(),
            status: interner.text(self.status.or_default()),
            message: self.message.or_default(),
        }
    }
}
