//! Orders to the policy service: the runs to choose from, their steps, the confirmation, and how one stands.

use rollgate::app::orders::Told;
use rollgate::app::session::Service;
use rollgate::app::{Event, Gates};
use rollgate::gate::Shelf;
use rollgate::gate::policy::file;
use rollgate::keymap::Spelling;
use rollgate::operation::errand::{self, Reply, Run};
use rollgate::operation::policy::{Pattern, Rule, Scope, Terms};
use rollgate::operation::unsettled::{Ordered, Owner, Standing, Unsettled};
use rollgate::operation::{Id, Policy};
use rollgate::rollout::Key;
use rollgate::rollout::delta::{Delta, Kind, Object};
use rollgate::theme::{Charset, Depth};
use serde_json::json;

use crate::world::{World, looks, text};

const GATES: &str = "\
rollout_gates: {min_data_points_per_metric: 50}
metrics: [{name: errors, query: 'errors{hash=\"{{canary}}\"}', direction: increase, groups: [errors]}]
policy_service: {workflow: refund-canary}
";

fn run(id: &str, status: &str, more: serde_json::Value) -> Run {
    let mut value = json!({"id": id, "workflow_id": "refund-canary", "status": status, "steps": {
        "check-limits": {"status": "succeeded"}, "notify": {"status": "pending"}, "pay-out": {"status": "failed"}}});
    json_patch::merge(&mut value, &more);
    Run::read(&value).unwrap()
}

fn runs() -> Vec<Run> {
    let again = json!({"rerun_of": "5b0c9c9e-6a52-4f0a-9d0e-1f6f0c6d1a11", "rerun_step": "pay-out"});
    vec![
        run("c1d8a3f4-0f7e-4a38-8f50-2f8a3a9f7e44", "running", json!({"created_at": "2026-11-21T08:57:30Z"})),
        run("9e4f7c52-7d3b-4d0f-b0a8-6a1c2e5d8b33", "failed", again),
        run(
            "5b0c9c9e-6a52-4f0a-9d0e-1f6f0c6d1a11",
            "timed_out",
            json!({"created_at": "2026-11-20T08:49:00Z"}),
        ),
        run("run\u{1b}[31m\u{202e}-of-a-name-that-is-longer-than-any-column-is-wide", "succeeded", json!({})),
    ]
}

/// A fleet whose gate policy names a workflow, with a service and a rule for its runs.
fn world(terms: Terms) -> World {
    let mut world = World::fixture();
    let operations = ["run", "rerun"].into_iter().map(Pattern::new).collect();
    let scope = Scope { operations, ..Scope::default() };
    let rule = Rule { scope, terms: Some(terms), line: Some(31) };
    world.app.session.policy = Policy::new(vec!["prod-eu/demo".parse().unwrap(), rule], Vec::new()).into();
    let url = "https://cordum.example.com:443".into();
    world.app.session.service = Some(Service { url, tenant: "payments".into() });
    world.app.gates = Gates::by(Shelf::of(vec![file::read(GATES, "refunds").unwrap()]));
    world
}

/// The list of the runs of the workflow of an aborted Rollout.
fn listed(terms: Terms) -> World {
    let mut world = world(terms);
    world.open("aborted");
    world.press("o W");
    let key = world.app.choosing.as_ref().unwrap().key().clone();
    world.event(Event::Runs { key, workflow: "refund-canary".into(), read: Ok(runs()) });
    world
}

fn begun(terms: Terms) -> World {
    let mut world = listed(terms);
    world.press("up up o");
    assert!(world.app.modal.is_some());
    world
}

fn taken_up() -> World {
    let mut world = listed(Terms::default());
    world.press("o o");
    assert!(world.app.modal.is_some());
    world
}

fn tell(world: &mut World, event: errand::Event) {
    let id = world.app.modal.as_ref().unwrap().id().clone();
    world.event(Event::Errand(id, event));
}

/// Acknowledges it and lets the ledger answer, so that it is sent.
fn sent(mut world: World) -> World {
    world.shown((80, 24));
    world.rest(500);
    world.press("y");
    world.rest(40);
    tell(&mut world, errand::Event::Recorded { entry: 1 });
    world
}

fn lost(world: World) -> World {
    let mut world = sent(world);
    let why = "the connection was cut after the request had left".into();
    tell(&mut world, errand::Event::Answered(Reply::Unknown { why }));
    world
}

#[test]
fn the_list_of_orders_has_a_row_for_the_workflow_where_one_is_set_up() {
    let mut world = world(Terms::default());
    world.open("aborted");
    world.press("o");
    insta::assert_snapshot!("orders", world.text((80, 24)));
    world.app.session.service = None;
    let drawn = world.text((80, 24));
    assert!(drawn.contains("No policy service is set up here."), "{drawn}");
    world.app.gates = Gates::default();
    let drawn = world.text((80, 24));
    assert!(!drawn.contains("workflow"), "nothing of it is set up: {drawn}");
}

#[test]
fn what_is_missing_is_said_with_what_to_do() {
    let mut world = world(Terms::default());
    world.app.session.service = None;
    world.open("aborted");
    world.press("o W");
    insta::assert_snapshot!("refused", world.text((80, 24)));
}

#[test]
fn while_the_runs_are_read() {
    let mut world = world(Terms::default());
    world.open("aborted");
    world.press("o W");
    insta::assert_snapshot!("reading", world.text((80, 24)));
}

#[test]
fn which_run_is_begun_or_taken_up() {
    let mut world = listed(Terms::default());
    insta::assert_snapshot!("runs", world.text((80, 24)));
    insta::assert_snapshot!("runs_at_160_by_50", world.text((160, 50)));
    world.press("up");
    insta::assert_snapshot!("a_run_that_is_not_over", world.text((80, 24)));
    world.press("up");
    let drawn = world.text((160, 50));
    let beside = "without input; c1d8a3f4-0f7e-4a38-8f50-2f8a3a9f7e44 is still running.";
    assert!(drawn.contains(beside), "who begins another one is told: {drawn}");
    let drawn = text(&world.drawn((80, 24), &looks(Depth::Mono, Charset::Ascii), Spelling::Ascii));
    assert!(drawn.is_ascii() && drawn.contains("timed_out"), "{drawn}");
}

#[test]
fn from_which_step_a_run_is_taken_up() {
    let mut world = listed(Terms::default());
    world.press("o");
    insta::assert_snapshot!("steps", world.text((80, 24)));
    insta::assert_snapshot!("steps_at_160_by_50", world.text((160, 50)));
}

#[test]
fn a_new_run_to_be_acknowledged() {
    let mut world = begun(Terms::default());
    insta::assert_snapshot!("begin", world.shown((80, 24)));
    insta::assert_snapshot!("begin_at_160_by_50", world.shown((160, 50)));
}

#[test]
fn what_the_evidence_says_of_the_canary_stands_beside() {
    let mut world = world(Terms::default());
    world.open("paused-at-step");
    let key = world.app.subject().cloned().unwrap();
    let mut again = (**world.app.store.rollout(&key).unwrap()).clone();
    again.meta.resource_version = "99999".into();
    world.tell(Delta::Seen(World::source(Kind::Rollouts), Object::Rollout(Box::new(again))));
    world.press("o W");
    world.event(Event::Runs { key, workflow: "refund-canary".into(), read: Ok(Vec::new()) });
    world.press("o");
    let drawn = world.shown((80, 24));
    assert!(drawn.contains(" evidence gate cannot tell: there is no fresh judgement"), "{drawn}");
}

#[test]
fn a_run_to_be_taken_up_says_that_a_lost_answer_stays_a_doubt() {
    let mut world = taken_up();
    insta::assert_snapshot!("rerun", world.shown((80, 24)));
    insta::assert_snapshot!("rerun_at_160_by_50", world.shown((160, 50)));
    let drawn = text(&world.drawn((160, 50), &looks(Depth::Mono, Charset::Ascii), Spelling::Ascii));
    assert!(drawn.is_ascii() && drawn.contains("stays a doubt"), "{drawn}");
}

#[test]
fn a_run_that_wants_name_and_reason() {
    let mut world = begun(Terms { name: true, reason: true, ..Terms::default() });
    world.press("a b");
    insta::assert_snapshot!("typing", world.text((80, 24)));
}

#[test]
fn a_run_in_doubt_is_not_called_failed() {
    let mut world = lost(begun(Terms::default()));
    insta::assert_snapshot!("in_doubt", world.text((80, 24)));
    insta::assert_snapshot!("in_doubt_at_160_by_50", world.text((160, 50)));
}

#[test]
fn a_rerun_that_nobody_can_tell_of_says_what_to_look_at_and_stays_in_the_list() {
    let mut world = lost(taken_up());
    let of = json!({"rerun_of": "9e4f7c52-7d3b-4d0f-b0a8-6a1c2e5d8b33", "rerun_step": "pay-out"});
    tell(&mut world, errand::Event::Listed(vec![run("77aa", "running", of)]));
    insta::assert_snapshot!("unclear", world.text((80, 24)));
    world.press("esc");
    insta::assert_snapshot!("unclear_on_its_own_screen", world.text((80, 24)));
    world.press("esc");
    let drawn = world.text((160, 50));
    assert!(drawn.contains("rerun: unclear"), "{drawn}");
}

#[test]
fn a_run_that_was_seen_is_done() {
    let mut world = sent(begun(Terms::default()));
    tell(&mut world, errand::Event::Answered(Reply::Named { run: "77aa".into() }));
    insta::assert_snapshot!("accepted", world.text((80, 24)));
    tell(&mut world, errand::Event::Seen(Box::new(run("77aa", "running", json!({})))));
    insta::assert_snapshot!("observed", world.text((80, 24)));
    insta::assert_snapshot!("observed_at_160_by_50", world.text((160, 50)));
}

#[test]
fn a_refusal_is_told_in_the_services_words() {
    let mut world = sent(begun(Terms::default()));
    let why = "max concurrent workflow runs exceeded".into();
    tell(&mut world, errand::Event::Answered(Reply::Refused { code: 429, why }));
    let drawn = world.text((160, 50));
    assert!(drawn.contains("refused by the policy service (429), nothing was begun"), "{drawn}");
    assert!(drawn.contains("max concurrent workflow runs exceeded"), "{drawn}");
}

#[test]
fn one_that_was_left_in_doubt_says_where_to_look() {
    let mut world = world(Terms::default());
    let order = Unsettled {
        id: Id("0-1".into()),
        standing: Standing::InDoubt,
        owner: Owner::Ended,
        known: "sent; the answer was lost".into(),
        order: Ok(Ordered {
            word: "rerun".into(),
            kind: None,
            context: "prod-eu".into(),
            server: "https://10.1.2.3:6443".into(),
            key: Key { namespace: "demo".into(), name: "aborted".into() },
            uid: "u-1".into(),
            consequence: "The policy service takes up the run 77aa of the workflow refund-canary again, from its step pay-out."
                .into(),
            facts: Vec::new(),
            request: vec![
                "POST https://cordum.example.com:443/api/v1/workflow-runs/77aa/rerun".into(),
                "application/json".into(),
                "X-Tenant-ID: payments".into(),
                r#"{"dry_run":false,"from_step":"pay-out"}"#.into(),
            ],
            digest: "ab".repeat(32).as_str().into(),
        }),
        user: "ada@example.org".into(),
        person: "ada at desk".into(),
        at: Some("2026-11-21T08:50:00Z".parse().unwrap()),
        records: Vec::new(),
    };
    world.press("d");
    world.event(Event::Orders(Told::Listed(Ok(vec![order]))));
    insta::assert_snapshot!("left_in_doubt", world.text((80, 24)));
    world.press("enter");
    insta::assert_snapshot!("left_in_doubt_whole_at_160_by_50", world.text((160, 50)));
}
