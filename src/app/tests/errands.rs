//! Orders to the policy service in a person's hands: what is offered, what stages one, what voids it, what goes out and how often.

use serde_json::json;

use super::approval::type_text;
use super::*;
use crate::app::choosing::Stage;
use crate::app::orders::Told;
use crate::app::session::Service;
use crate::gate::Shelf;
use crate::gate::policy::file;
use crate::operation::errand::{self, Reply, Run};
use crate::operation::policy::{Pattern, Policy, Rule, Scope, Terms};
use crate::operation::unsettled::{Ordered, Owner, Standing, Unsettled};
use crate::operation::{Id, Reason};
use crate::rollout::delta::Object;
use crate::rollout::parse::{self, Interner};

mod asked;
mod left;
mod offered;
mod sent;

const GATES: &str = "\
rollout_gates:
  min_data_points_per_metric: 50
  score: {pass: 95, marginal: 75}
metrics:
  - name: errors
    query: errors{hash=\"{{canary}}\"}
    direction: increase
    groups: [errors]
";

fn web() -> Key {
    Key { namespace: "shop".into(), name: "web".into() }
}

fn rule(operations: &[&str], terms: Terms) -> Rule {
    let operations = operations.iter().map(|word| Pattern::new(*word)).collect();
    Rule { scope: Scope { operations, ..Scope::default() }, terms: Some(terms), line: Some(9) }
}

/// The Rollout whose canary has pods of this hash.
fn rollout(version: u64, hash: &str, aborted: bool) -> Object {
    let value = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
        "metadata": {"name": "web", "namespace": "shop", "uid": "uid-web", "generation": 2,
            "resourceVersion": version.to_string(), "creationTimestamp": "2026-11-20T08:00:00Z"},
        "spec": {"replicas": 5, "template": {"spec": {"containers": [{"name": "app", "image": "app:2"}]}},
            "strategy": {"canary": {"steps": [{"setWeight": 20}, {"pause": {}}]}}},
        "status": {"phase": "Degraded", "observedGeneration": "2", "currentPodHash": hash, "stableRS": "old",
            "currentStepIndex": 0, "abort": aborted},
    });
    parse::from_value(value, &mut Interner::default()).unwrap()
}

fn run(id: &str, status: &str, more: serde_json::Value) -> Run {
    let mut value = json!({"id": id, "workflow_id": "refunds", "status": status,
        "steps": {"check": {"status": "succeeded"}, "pay": {"status": "failed"}}});
    json_patch::merge(&mut value, &more);
    Run::read(&value).unwrap()
}

fn runs() -> Vec<Run> {
    vec![
        run("run-3", "running", json!({})),
        run("run-2", "failed", json!({})),
        run("run-1", "succeeded", json!({})),
    ]
}

/// An aborted Rollout, a policy service, a gate policy that names a workflow, and a rule of those terms.
fn offered(terms: Terms) -> World {
    let mut world = World::unheard(&[]);
    world.app.session.policy = Policy::new(vec![rule(&["run", "rerun"], terms)], Vec::new()).into();
    world.app.session.service = Some(Service { url: "https://cordum.example".into(), tenant: "shop".into() });
    by_gates(&mut world, "policy_service: {workflow: refunds}\n");
    world.tell(Delta::Begin(source()));
    world.tell(Delta::Seen(source(), rollout(10, "new", true)));
    world.tell(Delta::Done(source()));
    let at = world.now().wall;
    world.tell(Delta::Contact(source(), Contact::Live, at));
    world.draw();
    world
}

fn by_gates(world: &mut World, more: &str) {
    let policy = file::read(&format!("{GATES}{more}"), "frontend").unwrap();
    world.app.gates = Gates::by(Shelf::of(vec![policy]));
}

fn told(read: Result<Vec<Run>, Printable>) -> Event {
    Event::Runs { key: web(), workflow: "refunds".into(), read }
}

/// Asks for the runs and lets them be read.
fn listed(terms: Terms) -> World {
    let mut world = offered(terms);
    world.press("o");
    assert_eq!(world.press("W"), [Effect::ReadRuns { key: web(), workflow: "refunds".into() }]);
    assert_eq!(world.event(told(Ok(runs()))), []);
    world.draw();
    world
}

/// Opens the confirmation of a new run.
fn begun(terms: Terms) -> World {
    let mut world = listed(terms);
    world.press("up");
    world.press("up");
    assert_eq!(world.press("o"), []);
    assert!(world.app.modal.is_some(), "{:?}", said(&world));
    world
}

/// Opens the confirmation of a run that is taken up again.
fn taken_up() -> World {
    let mut world = listed(Terms::default());
    world.press("o");
    world.press("o");
    assert!(world.app.modal.is_some(), "{:?}", said(&world));
    world
}

fn said(world: &World) -> String {
    let said = world.app.choosing.as_ref().and_then(|choosing| choosing.said().cloned());
    said.map(|said| said.to_string()).unwrap_or_default()
}

fn errand(world: &World) -> &errand::Errand {
    world.app.errands.on(&web()).unwrap()
}

fn word(world: &World) -> &'static str {
    errand(world).state().word()
}

fn of(effects: &[Effect], event: &str) -> Option<serde_json::Value> {
    effects.iter().find_map(|effect| match effect {
        Effect::Errand(_, errand::Command::Record(entry)) if &*entry.event == event => {
            serde_json::from_str(&entry.body).ok()
        }
        _ => None,
    })
}

fn posts(effects: &[Effect]) -> usize {
    effects.iter().filter(|effect| matches!(effect, Effect::Errand(_, errand::Command::Send(_)))).count()
}

fn tell(world: &mut World, event: errand::Event) -> Vec<Effect> {
    let id = errand(world).id().clone();
    world.event(Event::Errand(id, event))
}

/// Acknowledges what the confirmation shows.
fn acknowledge(world: &mut World) -> Vec<Effect> {
    world.wait(500);
    assert!(world.app.modal.as_ref().unwrap().is_armed());
    world.press("y");
    world.wait(40)
}

/// Acknowledges and has it recorded, so that it is sent.
fn sent(mut world: World) -> World {
    let effects = acknowledge(&mut world);
    assert!(of(&effects, "acknowledged").is_some() && posts(&effects) == 0, "{effects:?}");
    assert_eq!(posts(&tell(&mut world, errand::Event::Recorded { entry: 1 })), 1);
    world
}
