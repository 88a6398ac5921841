//! Owns the JSON of one Rollout by itself: how it stands, what it waits for, its ladder, weights, pods and images.
//!
//! It never guesses: the actual weight of a canary that pods alone carry is `null` where ReplicaSets were not read.
//! Invariant: `phase` and `message` are those that the plugin shows.

use jiff::Timestamp;
use serde::Serialize;

use crate::rollout::phase::{self, Reader};
use crate::rollout::tree::{Family, Tree};
use crate::rollout::{AnalysisStatus, Container, Rollout, Strategy, step, weight};
use crate::text::Printable;

use super::under::{self, ImageOut};
use super::waits::WaitsFor;

/// How a Rollout stands: the fields of `status -o json`.
#[derive(Serialize)]
pub struct Standing {
    namespace: Printable,
    name: Printable,
    uid: Printable,
    phase: Printable,
    message: Printable,
    waits_for: WaitsFor,
}

/// A Rollout without what stands under it: the fields of `list -o json`.
#[derive(Serialize)]
pub struct Summary<'a> {
    #[serde(flatten)]
    standing: Standing,
    created_at: Option<Timestamp>,
    generation: i64,
    revision: Option<i64>,
    strategy: &'static str,
    step: Option<Position>,
    steps: Vec<Rung>,
    weight: Option<Weight>,
    replicas: Pods,
    images: Vec<ImageOut<'a>>,
    workload: Option<Workload<'a>>,
    pod_hashes: Hashes,
    paused_by_hand: bool,
    aborted: bool,
    promoting_fully: bool,
    pauses: Vec<PauseOut<'a>>,
    analyses: Analyses<'a>,
    conditions: Vec<ConditionOut<'a>>,
    tracked_by: Option<&'a Printable>,
}

/// A Rollout in short, for a page of many: what it has of a [`Summary`].
#[derive(Serialize)]
pub struct Brief<'a> {
    #[serde(flatten)]
    standing: Standing,
    created_at: Option<Timestamp>,
    revision: Option<i64>,
    strategy: &'static str,
    step: Option<Position>,
    weight: Option<Weight>,
    replicas: Pods,
    images: Vec<ImageOut<'a>>,
    paused_by_hand: bool,
    aborted: bool,
    promoting_fully: bool,
}

#[derive(Serialize)]
struct Position {
    done: usize,
    total: usize,
}

#[derive(Serialize)]
struct Rung {
    text: Printable,
    state: &'static str,
}

#[derive(Serialize)]
struct Weight {
    desired: Option<i64>,
    actual: Option<i64>,
    max: i64,
    carried_by: &'static str,
    verified: Option<bool>,
}

#[derive(Serialize)]
struct Pods {
    desired: i64,
    current: i64,
    updated: i64,
    ready: i64,
    available: i64,
}

#[derive(Serialize)]
struct Workload<'a> {
    kind: &'a Printable,
    name: &'a Printable,
}

#[derive(Serialize)]
struct Hashes {
    current: Option<Printable>,
    stable: Option<Printable>,
    active: Option<Printable>,
    preview: Option<Printable>,
}

#[derive(Serialize)]
struct PauseOut<'a> {
    reason: &'a Printable,
    since: Option<Timestamp>,
}

#[derive(Serialize)]
struct Analyses<'a> {
    step: Option<AnalysisOut<'a>>,
    background: Option<AnalysisOut<'a>>,
    pre_promotion: Option<AnalysisOut<'a>>,
    post_promotion: Option<AnalysisOut<'a>>,
}

#[derive(Serialize)]
struct AnalysisOut<'a> {
    name: &'a Printable,
    phase: &'a Printable,
    message: &'a Printable,
}

#[derive(Serialize)]
struct ConditionOut<'a> {
    #[serde(rename = "type")]
    kind: &'a Printable,
    status: &'a Printable,
    reason: &'a Printable,
    message: &'a Printable,
    since: Option<Timestamp>,
}

impl Standing {
    pub fn of(rollout: &Rollout, now: Timestamp) -> Self {
        let (_, message) = phase::phase(rollout, Reader::Plugin);
        Self {
            namespace: Printable::from_cluster(&rollout.meta.key.namespace),
            name: Printable::from_cluster(&rollout.meta.key.name),
            uid: Printable::from_cluster(&rollout.meta.uid),
            phase: phase::word(rollout, Reader::Plugin),
            message,
            waits_for: WaitsFor::of(rollout, now),
        }
    }
}

impl<'a> Summary<'a> {
    /// Summarises a Rollout; with its family, the actual weight and a referenced template's images are known too.
    pub fn of(rollout: &'a Rollout, family: Option<(&Family<'a>, &Tree<'a>)>, now: Timestamp) -> Self {
        let (spec, status) = (&rollout.spec, &rollout.status);
        Self {
            standing: Standing::of(rollout, now),
            created_at: rollout.meta.created,
            generation: rollout.meta.generation,
            revision: rollout.meta.revision,
            strategy: strategy(rollout),
            step: Position::of(rollout),
            steps: ladder(rollout),
            weight: weight_of(rollout, family.map(|(_, tree)| tree)),
            replicas: Pods::of(rollout),
            images: under::images(template(rollout, family.map(|(family, _)| family))),
            workload: spec.workload_ref.as_ref().map(|it| Workload { kind: &it.kind, name: &it.name }),
            pod_hashes: hashes(rollout),
            paused_by_hand: spec.paused == Some(true),
            aborted: status.abort == Some(true),
            promoting_fully: status.promote_full == Some(true),
            pauses: status
                .pauses
                .list
                .iter()
                .map(|it| PauseOut { reason: &it.reason, since: it.since })
                .collect(),
            analyses: analyses(rollout),
            conditions: conditions(rollout),
            tracked_by: rollout.tracked_by.as_ref(),
        }
    }
}

impl<'a> Brief<'a> {
    /// Tells a Rollout in short.
    pub fn of(rollout: &'a Rollout, now: Timestamp) -> Self {
        Self {
            standing: Standing::of(rollout, now),
            created_at: rollout.meta.created,
            revision: rollout.meta.revision,
            strategy: strategy(rollout),
            step: Position::of(rollout),
            weight: weight_of(rollout, None),
            replicas: Pods::of(rollout),
            images: under::images(template(rollout, None)),
            paused_by_hand: rollout.spec.paused == Some(true),
            aborted: rollout.status.abort == Some(true),
            promoting_fully: rollout.status.promote_full == Some(true),
        }
    }
}

impl Position {
    fn of(rollout: &Rollout) -> Option<Self> {
        step::position(rollout).map(|(done, total)| Self { done: done.min(total), total })
    }
}

impl Pods {
    fn of(rollout: &Rollout) -> Self {
        let replicas = &rollout.status.replicas;
        Self {
            desired: rollout.spec.replicas.unwrap_or(1),
            current: replicas.current,
            updated: replicas.updated,
            ready: replicas.ready,
            available: replicas.available,
        }
    }
}

fn strategy(rollout: &Rollout) -> &'static str {
    match &rollout.spec.strategy {
        Strategy::Canary(_) => "canary",
        Strategy::BlueGreen(_) => "blue_green",
        Strategy::Unknown => "unknown",
    }
}

fn template<'a>(rollout: &'a Rollout, family: Option<&Family<'a>>) -> &'a [Container] {
    match family.and_then(|family| family.deployment) {
        Some(deployment) => &deployment.containers,
        None => &rollout.spec.containers,
    }
}

fn ladder(rollout: &Rollout) -> Vec<Rung> {
    let current = step::current(rollout).map(|(index, _)| index);
    let state = |index: usize| match current {
        None => "done",
        Some(current) if index < current => "done",
        Some(current) if index == current => "current",
        Some(_) => "ahead",
    };
    let steps = step::ladder(rollout).iter().enumerate();
    steps.map(|(index, step)| Rung { text: step.text(), state: state(index) }).collect()
}

fn weight_of(rollout: &Rollout, tree: Option<&Tree<'_>>) -> Option<Weight> {
    let Strategy::Canary(canary) = &rollout.spec.strategy else { return None };
    let available = tree.map(|tree| weight::canary_available(rollout, tree.sets().map(|branch| branch.set)));
    Some(Weight {
        desired: weight::desired(rollout),
        actual: weight::actual(rollout, available),
        max: canary.max_weight,
        carried_by: if canary.traffic_routed { "routes" } else { "pods" },
        verified: rollout.status.weights.and_then(|it| it.verified),
    })
}

fn hashes(rollout: &Rollout) -> Hashes {
    let shown = |hash: Option<&str>| hash.filter(|it| !it.is_empty()).map(Printable::from_cluster);
    let status = &rollout.status;
    Hashes {
        current: shown(status.current_pod_hash.as_deref()),
        stable: shown(status.stable_hash.as_deref()),
        active: shown(status.active_selector.as_deref()),
        preview: shown(status.preview_selector.as_deref()),
    }
}

fn analyses(rollout: &Rollout) -> Analyses<'_> {
    fn one(status: Option<&AnalysisStatus>) -> Option<AnalysisOut<'_>> {
        status.map(|it| AnalysisOut { name: &it.name, phase: &it.status, message: &it.message })
    }
    let status = &rollout.status;
    Analyses {
        step: one(status.step_analysis.as_ref()),
        background: one(status.background_analysis.as_ref()),
        pre_promotion: one(status.pre_promotion.as_ref()),
        post_promotion: one(status.post_promotion.as_ref()),
    }
}

fn conditions(rollout: &Rollout) -> Vec<ConditionOut<'_>> {
    let conditions = rollout.status.conditions.iter().map(|it| ConditionOut {
        kind: &it.kind,
        status: &it.status,
        reason: &it.reason,
        message: &it.message,
        since: it.since,
    });
    conditions.collect()
}
