//! Owns the Rollouts and operations that the tests begin with.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use serde_json::{Value, json};

use crate::operation::order::{Run, SetImage, Undo};
use crate::operation::policy::{Policy, Rule};
use crate::operation::template::{Holder, Revision};
use crate::operation::{
    Acknowledgement, Actor, Answer, Command, Dispatch, Event, Facts, Goal, Id, Kind, Mark, Operation, Order,
    Origin, Proposal, Reading, Refusal, Target, Undelivered, stage,
};
use crate::rollout::{
    AnalysisRun, BlueGreen, Canary, Container, Key, Meta, Pause, Pauses, ReplicaSet, Rollout, Spec, Status,
    Step, StepDuration, Strategy,
};
use crate::text::Printable;

pub const ID: &str = "019a0b1c-2d3e-7f40-8a5b-6c7d8e9f0a1b";
pub const SINCE: &str = "2026-11-21T08:00:00Z";

pub fn at(seconds: i64) -> Timestamp {
    let start: Timestamp = "2026-11-21T08:10:00Z".parse().unwrap();
    start + SignedDuration::from_secs(seconds)
}

pub fn key() -> Key {
    Key { namespace: "shop".into(), name: "web".into() }
}

pub fn meta() -> Meta {
    Meta {
        key: key(),
        uid: "u-1".into(),
        resource_version: "100".into(),
        generation: 7,
        created: None,
        deleted: None,
        owners: Vec::new(),
        revision: Some(2),
    }
}

/// A canary that waits at its second step (of five), 20 % of the traffic on the new version.
pub fn waiting_canary() -> Rollout {
    let steps: Arc<[Step]> = vec![
        Step::SetWeight(20),
        Step::Pause(None),
        Step::SetWeight(50),
        Step::Pause(Some(StepDuration { written: "5m".into(), seconds: Some(300) })),
        Step::SetWeight(80),
    ]
    .into();
    Rollout {
        meta: meta(),
        tracked_by: None,
        gate_policy: None,
        workload_generation: None,
        writers: Default::default(),
        spec: Spec {
            replicas: Some(5),
            containers: vec![Container { name: "web".into(), image: "web:2".into() }],
            strategy: Strategy::Canary(Canary { steps, max_weight: 100, ..Canary::default() }),
            ..Spec::default()
        },
        status: Status {
            observed_generation: Some("7".into()),
            current_pod_hash: Some("new".into()),
            stable_hash: Some("old".into()),
            step_index: Some(1),
            pauses: pauses("CanaryPauseStep"),
            controller_pause: Some(true),
            ..Status::default()
        },
    }
}

/// A blue-green Rollout that waits before the switch.
pub fn waiting_blue_green() -> Rollout {
    let mut rollout = waiting_canary();
    rollout.spec.strategy = Strategy::BlueGreen(BlueGreen::default());
    rollout.status.step_index = None;
    rollout.status.pauses = pauses("BlueGreenPause");
    rollout.status.active_selector = Some("old".into());
    rollout.status.preview_selector = Some("new".into());
    rollout
}

/// A canary whose first step is in progress.
pub fn moving_canary() -> Rollout {
    let mut rollout = waiting_canary();
    rollout.status.step_index = Some(0);
    rollout.status.pauses = Pauses::default();
    rollout.status.controller_pause = None;
    rollout
}

/// A canary whose newest version is the stable one.
pub fn healthy_canary() -> Rollout {
    let mut rollout = moving_canary();
    rollout.status.step_index = Some(5);
    rollout.status.stable_hash = Some("new".into());
    rollout
}

/// A canary that a person paused while a step was in progress.
pub fn held_canary() -> Rollout {
    let mut rollout = moving_canary();
    rollout.spec.paused = Some(true);
    rollout
}

pub fn pauses(reason: &str) -> Pauses {
    Pauses {
        list: vec![Pause { reason: reason.into(), since: Some(SINCE.parse().unwrap()) }],
        stored: Some(format!(r#"[{{"reason":"{reason}","startTime":"{SINCE}"}}]"#).into()),
    }
}

pub fn replica_set(hash: &str, image: &str) -> ReplicaSet {
    ReplicaSet {
        meta: Meta { owners: vec!["u-1".into()], uid: hash.into(), ..meta() },
        hash: hash.into(),
        desired: 1,
        current: 1,
        ready: 1,
        available: 1,
        observed_generation: 1,
        failing: false,
        scale_down_deadline: None,
        experiment_template: None,
        containers: vec![Container { name: "web".into(), image: image.into() }],
    }
}

pub fn target() -> Target {
    Target {
        context: "prod".into(),
        server: "https://api.example:6443".into(),
        user: "ada".into(),
        key: key(),
        uid: "u-1".into(),
    }
}

/// A policy of rules in their shortest form.
pub fn policy(rules: &[&str]) -> Policy {
    Policy::new(rules.iter().map(|rule| rule.parse::<Rule>().unwrap()).collect(), Vec::new())
}

pub fn proposal(order: impl Into<Order>) -> Proposal {
    let policy = Arc::new(policy(&["prod/shop"]));
    let order = order.into();
    Proposal {
        order,
        id: Id(ID.into()),
        target: target(),
        policy,
        role: None,
        last_promotion: None,
        judged: None,
    }
}

pub fn try_stage(order: impl Into<Order>, rollout: &Rollout) -> Result<Operation, Refusal> {
    stage(proposal(order), rollout, at(0))
}

/// The same as [`staged`], with an Event to tell of it.
pub fn announcing(order: impl Into<Order>, rollout: &Rollout) -> Operation {
    let proposal = proposal(order);
    let policy = Arc::new(Policy::clone(&proposal.policy).announcing(true));
    stage(Proposal { policy, ..proposal }, rollout, at(0)).unwrap_or_else(|refusal| panic!("{refusal}"))
}

pub fn staged(order: impl Into<Order>, rollout: &Rollout) -> Operation {
    try_stage(order, rollout).unwrap_or_else(|refusal| panic!("{refusal}"))
}

/// An order of each kind, with arguments that fit the Rollouts here.
impl From<Kind> for Order {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Promote => Self::Promote,
            Kind::PromoteTo => Self::PromoteTo(Goal::Step(3)),
            Kind::PromoteFull => Self::PromoteFull,
            Kind::Pause => Self::Pause,
            Kind::Resume => Self::Resume,
            Kind::Abort => Self::Abort,
            Kind::Cancel => Self::Cancel(Box::new(undo(7))),
            Kind::Retry => Self::Retry,
            Kind::Undo => Self::Undo(Box::new(undo(7))),
            Kind::SetImage => Self::SetImage(Box::new(set_image(7, "web:3"))),
            Kind::Restart => Self::Restart,
            Kind::Terminate => Self::Terminate(Box::new(Run::analysis(&running()))),
        }
    }
}

pub fn undo(generation: i64) -> Undo {
    Undo { holder: holder(generation), revision: revision(), stable: None }
}

pub fn set_image(generation: i64, image: &str) -> SetImage {
    SetImage { holder: holder(generation), container: "web".into(), image: image.into() }
}

/// The Rollout itself, as it holds its template at `generation`.
pub fn holder(generation: i64) -> Holder {
    Holder::read(&json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
        "metadata": {"name": "web", "namespace": "shop", "uid": "u-1", "generation": generation},
        "spec": {"template": pod_template("web:2")},
    }))
    .unwrap()
}

/// The stable version, revision 1, as its ReplicaSet holds it.
pub fn revision() -> Revision {
    Revision::read(&stored_set("old", "web:1", 1)).unwrap()
}

pub fn pod_template(image: &str) -> Value {
    json!({
        "metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [{"name": "web", "image": image}]},
    })
}

/// A ReplicaSet of the Rollout as stored: with the controller's label in its template.
pub fn stored_set(hash: &str, image: &str, revision: i64) -> Value {
    let mut template = pod_template(image);
    template["metadata"]["labels"]["rollouts-pod-template-hash"] = hash.into();
    json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": {
            "name": format!("web-{hash}"), "namespace": "shop", "uid": format!("u-{hash}"), "generation": 3,
            "annotations": {"rollout.argoproj.io/revision": revision.to_string()},
            "labels": {"app": "web", "rollouts-pod-template-hash": hash},
            "ownerReferences": [{
                "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": "web", "uid": "u-1",
                "controller": true,
            }],
        },
        "spec": {"template": template},
    })
}

/// The AnalysisRun of the first step.
pub fn running() -> AnalysisRun {
    let name = "web-new-2-0";
    AnalysisRun {
        meta: Meta {
            key: Key { namespace: "shop".into(), name: name.into() },
            uid: "u-run".into(),
            owners: vec!["u-1".into()],
            ..meta()
        },
        phase: "Running".into(),
        message: "".into(),
        metrics: Vec::new(),
        terminate: None,
        hash: "new".into(),
    }
}

/// A canary whose update was aborted; the controller has acted on it.
pub fn aborted_canary() -> Rollout {
    let mut rollout = moving_canary();
    rollout.status.abort = Some(true);
    rollout.status.aborted_at = Some(SINCE.into());
    rollout
}

pub fn actor() -> Actor {
    Actor { uid: 1000, login: Some("ada".into()), ..Actor::default() }
}

pub fn acknowledged_event(operation: &Operation) -> Event {
    Event::Acknowledged { digest: operation.digest(), actor: actor(), said: Acknowledgement::default() }
}

/// Takes an operation through arming, acknowledgement and record at `at(0)`, and returns the leave to send it.
pub fn sent(order: impl Into<Order>, rollout: &Rollout) -> (Operation, Box<Dispatch>) {
    let mut operation = staged(order, rollout);
    operation.on(Event::Armed, at(0));
    let acknowledged = acknowledged_event(&operation);
    operation.on(acknowledged, at(0));
    let mut commands = operation.on(Event::Recorded { entry: 1 }, at(0));
    match commands.pop() {
        Some(Command::Send(dispatch)) => (operation, dispatch),
        other => panic!("no leave to send, but {other:?}"),
    }
}

pub fn accepted() -> Event {
    Event::Answered(Answer::Accepted { resource_version: "101".into() })
}

pub fn refused() -> Event {
    Event::Answered(Answer::Refused { code: 422, why: "invalid".into() })
}

pub fn unknown() -> Event {
    Event::Answered(Answer::Unknown { why: "connection reset".into() })
}

/// The Rollout as the watch tells of it at `version`.
pub fn watched(rollout: &Rollout, version: &str) -> Event {
    seen(rollout, version, (Origin::Watch, Mark::Unread))
}

/// The Rollout as a quorum read gives it at `version`.
pub fn read(rollout: &Rollout, version: &str) -> Event {
    seen(rollout, version, (Origin::Read, Mark::Missing))
}

/// The same, with the order's own mark on what it changed.
pub fn read_marked(rollout: &Rollout, version: &str) -> Event {
    seen(rollout, version, (Origin::Read, Mark::Borne))
}

fn seen(rollout: &Rollout, version: &str, (origin, mark): (Origin, Mark)) -> Event {
    let resource_version = version.into();
    Event::Seen(Box::new(Reading {
        facts: Facts::of(rollout),
        resource_version,
        origin,
        mark,
        writers: rollout.writers.clone(),
    }))
}

/// A try that did not get there; the next follows after half of the longest wait, or after what the server asked for.
pub fn undelivered(wait: Option<i64>) -> Event {
    let wait = wait.map(SignedDuration::from_secs);
    Event::Undelivered(Undelivered { why: "connection refused".into(), wait }, 0)
}

/// Lets a doubt go on, each read showing `same`, until it ends or `until` is reached; returns the time.
pub fn keep_reading(operation: &mut Operation, from: Timestamp, until: Timestamp, same: &Event) -> Timestamp {
    let mut now = from;
    while operation.state().is_in_doubt() && now < until {
        now = operation.wake_at().unwrap().max(now);
        operation.on(Event::Tick, now);
        operation.on(same.clone(), now);
    }
    now
}

/// `rollout` as the API server stores it after a promotion, before the controller acts.
pub fn cleared(rollout: &Rollout) -> Rollout {
    let mut rollout = rollout.clone();
    rollout.status.pauses = Pauses { list: Vec::new(), stored: Some("[]".into()) };
    rollout
}

/// `rollout` as the controller leaves it after a promotion past a pause step: one step on.
pub fn advanced(rollout: &Rollout) -> Rollout {
    let mut rollout = cleared(rollout);
    rollout.status.controller_pause = None;
    rollout.status.step_index = rollout.status.step_index.map(|index| index + 1);
    rollout
}

pub fn words(operation: &Operation) -> String {
    crate::operation::words::describe(operation).to_string()
}

pub fn text(printable: &Printable) -> &str {
    printable.as_str()
}
