//! Gates in a person's hands: what a promotion takes, what voids it, what is gathered, proposed and told.

use jiff::SignedDuration;
use proptest::prelude::*;
use serde_json::json;

use super::approval::{body, type_text};
use super::*;
use crate::gate::Shelf;
use crate::gate::evidence::{Evidence, Provenance, Series};
use crate::gate::judge::score::Word;
use crate::gate::past::Entered;
use crate::gate::policy::{Policy, file};
use crate::gate::stage::Stage;
use crate::operation::{Bar, Kind};
use crate::rollout::delta::{Object, Source};
use crate::rollout::parse::{self, Interner};
use crate::timeline;

mod bars;
mod course;
mod heard;
mod wishes;
mod worse;

const POLICY: &str = "\
rollout_gates:
  min_data_points_per_metric: 50
  score: {pass: 95, marginal: 75}
  rollback_triggers:
    max_error_rate_delta: 2.0
    error_rate_metric: errors
metrics:
  - name: errors
    query: errors{hash=\"{{canary}}\"}
    direction: increase
    groups: [errors]
    critical: true
    tolerance: 0.1
  - name: latency
    query: latency{hash=\"{{canary}}\"}
    direction: increase
    groups: [latency]
";

pub(super) fn web() -> Key {
    Key { namespace: "shop".into(), name: "web".into() }
}

fn policy() -> Policy {
    file::read(POLICY, "frontend").unwrap()
}

/// A canary whose router gives it a weight, waiting in a pause, changed by `patch`.
fn routed(version: u64, weight: i64, patch: serde_json::Value) -> Object {
    let mut value = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
        "metadata": {"name": "web", "namespace": "shop", "uid": "uid-web", "generation": 2,
            "resourceVersion": version.to_string(), "creationTimestamp": "2026-11-20T08:00:00Z",
            "annotations": {"rollout.argoproj.io/revision": "2"}},
        "spec": {"replicas": 5, "template": {"spec": {"containers": [{"name": "app", "image": "app:2"}]}},
            "strategy": {"canary": {"trafficRouting": {"nginx": {}},
                "steps": [{"setWeight": 10}, {"pause": {}}, {"setWeight": 40}, {"pause": {}}]}}},
        "status": {"phase": "Paused", "message": "CanaryPauseStep", "observedGeneration": "2",
            "currentPodHash": "new", "stableRS": "old", "currentStepIndex": 1, "controllerPause": true,
            "pauseConditions": [{"reason": "CanaryPauseStep", "startTime": "2026-11-21T08:00:00Z"}],
            "replicas": 5, "updatedReplicas": 1, "readyReplicas": 5, "availableReplicas": 5,
            "canary": {"weights": {"canary": {"weight": weight}, "stable": {"weight": 100 - weight}}}},
    });
    json_patch::merge(&mut value, &patch);
    parse::from_value(value, &mut Interner::default()).unwrap()
}

/// A fleet of one canary at 10 %, and a policy that means it.
fn gated() -> World {
    gated_by(vec![policy()], json!({}))
}

fn gated_by(policies: Vec<Policy>, patch: serde_json::Value) -> World {
    let mut world = World::unheard(&["prod/shop"]);
    world.app.gates = Gates::by(Shelf::of(policies));
    world.tell(Delta::Begin(source()));
    world.tell(Delta::Seen(source(), routed(10, 10, patch)));
    world.tell(Delta::Done(source()));
    let at = world.now().wall;
    world.tell(Delta::Contact(source(), Contact::Live, at));
    world.draw();
    world
}

/// A value each minute up to a time, around a mean.
fn around(until: Timestamp, mean: f64, points: i64) -> Series {
    let at = |point: i64| until - SignedDuration::from_mins(points - 1 - point);
    let wobble = |point: i64| 1.0 + 0.01 * ((point * 37 % 20) as f64 - 9.5);
    Series { points: (0..points).map(|point| (at(point), mean * wobble(point))).collect() }
}

fn of(at: Timestamp) -> Provenance {
    Provenance {
        source: "prometheus".into(),
        query: "errors".into(),
        window: (at - SignedDuration::from_hours(1), at),
        asked: at,
    }
}

/// Tells of errors of the canary, in times of the stable version's, and of the same latency, with so many points.
fn gather(world: &mut World, errors: f64, points: i64) -> Vec<Effect> {
    let at = world.now().wall;
    let beside = |ours: f64, theirs: f64| Evidence::Series {
        canary: around(at, ours, points),
        stable: around(at, theirs, points),
        of: of(at),
    };
    bring(world, vec![beside(errors, 1.0), beside(120.0, 120.0)])
}

fn bring(world: &mut World, evidence: Vec<Evidence>) -> Vec<Effect> {
    let gathered = gathered(world, evidence);
    world.event(Event::Gathered(Box::new(gathered)))
}

/// What was gathered now, without a word of a policy service.
fn gathered(world: &World, evidence: Vec<Evidence>) -> Gathered {
    Gathered {
        key: web(),
        hash: "new".into(),
        policy: world.app.gates.shelf().policies()[0].clone(),
        at: world.now().wall,
        evidence,
        simulation: None,
        reasons: None,
        approvals: None,
    }
}

fn word(world: &World) -> Word {
    world.app.gates.of(&web()).unwrap().word(world.now().wall)
}

/// Draws, waits, confirms; tells what was recorded.
fn confirms(world: &mut World) -> Vec<Effect> {
    world.draw();
    world.wait(500);
    world.press("y");
    world.wait(40)
}

fn bar(world: &World) -> Bar {
    world.app.operations.on(&web()).unwrap().judged().unwrap().bar
}

fn obstacle(world: &World) -> String {
    world.app.obstacle().map(ToString::to_string).unwrap_or_default()
}

/// What was wished since this was last asked.
fn wishes(world: &mut World) -> Vec<Wished> {
    let effects = std::mem::take(&mut world.aside);
    let wishes = effects.into_iter().filter_map(|effect| match effect {
        Effect::Gather(wish) => Some(Wished {
            who: wish.canaries.iter().map(|canary| canary.key.name.to_string()).collect(),
            close: wish.close,
            attended: wish.attended,
        }),
        _ => None,
    });
    wishes.collect()
}

#[derive(Debug, PartialEq)]
struct Wished {
    who: Vec<String>,
    close: bool,
    attended: bool,
}
