//! Dispatch against a scripted server: one write attempt whatever happens, and what each outcome means.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::fake_server::{Act, FakeServer, Seen, json as body, rollout, status};
use rollgate::cluster::dispatch::Dispatcher;
use rollgate::operation::{
    Acknowledgement, Actor, Answer, Command, Dispatch, Entry, Event, Id, Operation, Order, Policy, Proposal,
    Target, stage,
};
use rollgate::rollout::Key;
use rollgate::rollout::delta::Object;
use rollgate::rollout::parse::{self, Interner};

pub const ID: &str = "018f0000-0000-7000-8000-000000000001";

fn key() -> Key {
    Key { namespace: "shop".into(), name: "web".into() }
}

pub fn target(server: &FakeServer) -> Target {
    Target {
        context: "fake".into(),
        server: server.url.as_str().into(),
        user: "ann".into(),
        key: key(),
        uid: "uid-web".into(),
    }
}

fn policy(rule: &str) -> Arc<Policy> {
    Arc::new(Policy::new(vec![rule.parse().unwrap()], Vec::new()))
}

/// The Rollout that is ordered on, as stored.
pub fn stored(target: &Target) -> Value {
    json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
        "metadata": {"name": &*target.key.name, "namespace": &*target.key.namespace, "uid": &*target.uid,
            "generation": 1, "resourceVersion": "7"},
        "spec": {"strategy": {"canary": {"steps": [{"pause": {}}]}}},
        "status": {"observedGeneration": "1", "currentPodHash": "new", "stableRS": "old", "currentStepIndex": 0,
            "controllerPause": true,
            "pauseConditions": [{"reason": "CanaryPauseStep", "startTime": "2026-11-21T08:00:00Z"}]},
    })
}

/// A promotion that was staged, armed and acknowledged, and what it wants recorded.
pub fn acknowledged(target: Target, actor: Actor, announces: bool, now: Timestamp) -> (Operation, Entry) {
    let stored = stored(&target);
    let Some(Object::Rollout(rollout)) = parse::from_value(stored, &mut Interner::default()) else {
        panic!()
    };
    let everywhere = policy(&format!("{}/*", target.context));
    let everywhere = Arc::new(Policy::clone(&everywhere).announcing(announces));
    let proposal = Proposal {
        order: Order::Promote,
        id: Id(ID.into()),
        target,
        policy: everywhere,
        role: None,
        last_promotion: None,
        judged: None,
    };
    let mut operation = stage(proposal, &rollout, now).unwrap();
    operation.on(Event::Armed, now);
    let digest = operation.digest();
    let acknowledged = Event::Acknowledged { digest, actor, said: Acknowledgement::default() };
    match operation.on(acknowledged, now).pop() {
        Some(Command::Record(entry)) => (operation, *entry),
        other => panic!("no record: {other:?}"),
    }
}

/// The one leave to send that a whole life gives: staged, armed, acknowledged, recorded.
fn leave(target: Target, now: Timestamp) -> Dispatch {
    let (mut operation, _) = acknowledged(target, Actor::default(), false, now);
    match operation.on(Event::Recorded { entry: 1 }, now).pop() {
        Some(Command::Send(dispatch)) => *dispatch,
        other => panic!("no leave: {other:?}"),
    }
}

pub async fn dispatcher(server: &FakeServer) -> Dispatcher {
    Dispatcher::new(&server.clients().await, &policy("fake/shop")).unwrap()
}

async fn send(server: &FakeServer) -> Answer {
    let dispatcher = dispatcher(server).await;
    dispatcher.send(leave(target(server), Timestamp::now()), Timestamp::now(), None).await.unwrap()
}

/// Answers every PATCH with these acts, and returns the answer and the PATCHes that came.
async fn answered(acts: Vec<Act>) -> (Answer, Vec<Seen>) {
    let server = FakeServer::start(move |_, _| acts.clone()).await;
    let answer = send(&server).await;
    (answer, server.seen())
}

#[tokio::test]
async fn the_ledgers_head_goes_out_with_the_programs_name() {
    let server = FakeServer::start(|_, _| body(200, rollout("web", 8))).await;
    let head = "12:9f86d081884c7d659a2feaa0c55ad015";
    for (nth, head) in [Some(head), None].into_iter().enumerate() {
        let leave = leave(target(&server), Timestamp::now());
        dispatcher(&server).await.send(leave, Timestamp::now(), head).await.unwrap();
        let program = concat!("rollgate/", env!("CARGO_PKG_VERSION")).to_owned();
        let wanted = head.map_or(program.clone(), |head| format!("{program} head={head}"));
        assert_eq!(server.seen()[nth].header("user-agent"), Some(wanted.as_str()));
    }
}

#[tokio::test]
async fn the_acknowledged_bytes_go_out_once_with_the_operations_name() {
    let server = FakeServer::start(|_, _| body(200, rollout("web", 8))).await;
    let leave = leave(target(&server), Timestamp::now());
    let shown = leave.request().clone();
    let answer = dispatcher(&server).await.send(leave, Timestamp::now(), None).await.unwrap();
    assert_eq!(answer, Answer::Accepted { resource_version: "8".into() });
    let seen = server.seen();
    assert_eq!(seen.len(), 1);
    let sent = &seen[0];
    assert_eq!(sent.method, "PATCH");
    assert_eq!(format!("{}?{}", sent.path, sent.query), shown.path);
    assert_eq!(sent.body, shown.body);
    assert_eq!(sent.header("content-type"), Some(shown.content_type));
    assert_eq!(sent.header("audit-id"), Some(ID));
    assert_eq!(sent.header("user-agent"), Some(concat!("rollgate/", env!("CARGO_PKG_VERSION"))));
    assert_eq!(sent.header("authorization"), Some("Bearer tok-sekret-1"));
}

#[tokio::test]
async fn no_answer_of_the_server_makes_a_second_attempt() {
    for (code, reason) in [
        (401, "Unauthorized"),
        (409, "Conflict"),
        (422, "Invalid"),
        (429, "TooManyRequests"),
        (500, "InternalError"),
        (502, "BadGateway"),
        (503, "ServiceUnavailable"),
        (504, "Timeout"),
    ] {
        let (answer, seen) = answered(status(code, reason)).await;
        assert_eq!(seen.len(), 1, "{code}: {seen:#?}");
        let refused = matches!(answer, Answer::Refused { code: told, .. } if told == code);
        let unknown = matches!(answer, Answer::Unknown { .. });
        assert!(if code < 500 { refused } else { unknown }, "{code}: {answer:?}");
    }
}

#[tokio::test]
async fn a_reset_or_a_cut_answer_is_a_doubt_and_makes_no_second_attempt() {
    let half = rollout("web", 8).split_at(40).0.to_owned();
    for acts in [
        vec![Act::Reset],
        vec![Act::Close],
        vec![Act::Head(200), Act::Reset],
        vec![Act::Head(200), Act::Piece(half.clone()), Act::Reset],
        vec![Act::Head(200), Act::Piece(half.clone()), Act::Close],
        vec![Act::Head(200), Act::Piece(half), Act::End],
        vec![Act::Head(403), Act::Piece("{".into()), Act::Reset],
    ] {
        let (answer, seen) = answered(acts.clone()).await;
        assert!(matches!(answer, Answer::Unknown { .. }), "{acts:?}: {answer:?}");
        assert_eq!(seen.len(), 1, "{acts:?}");
    }
}

#[tokio::test]
async fn a_server_that_never_answers_is_a_doubt() {
    for acts in [vec![Act::Silence], vec![Act::Head(200), Act::Piece("{".into()), Act::Silence]] {
        let server = FakeServer::start(move |_, _| acts.clone()).await;
        let dispatcher = dispatcher(&server).await.within(Duration::from_secs(2));
        let answer =
            dispatcher.send(leave(target(&server), Timestamp::now()), Timestamp::now(), None).await.unwrap();
        assert!(matches!(answer, Answer::Unknown { .. }), "{answer:?}");
        assert_eq!(server.seen().len(), 1);
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_did_not_get_it() {
    let mut server = FakeServer::start(|_, _| body(200, rollout("web", 8))).await;
    let dispatcher = dispatcher(&server).await;
    server.stop().await;
    let sent = dispatcher.send(leave(target(&server), Timestamp::now()), Timestamp::now(), None).await;
    assert!(matches!(&sent, Err(undelivered) if undelivered.why.as_str().contains("refused")), "{sent:?}");
}

#[tokio::test]
async fn credentials_that_cannot_be_had_are_a_definite_no() {
    let server = FakeServer::start(|_, _| body(200, rollout("web", 8))).await;
    let clients =
        server.clients_as("{exec: {command: 'false', apiVersion: client.authentication.k8s.io/v1}}").await;
    let dispatcher = Dispatcher::new(&clients, &policy("fake/shop")).unwrap();
    let answer =
        dispatcher.send(leave(target(&server), Timestamp::now()), Timestamp::now(), None).await.unwrap();
    assert!(
        matches!(&answer, Answer::Refused { code: 0, why } if why.as_str().contains("plugin `false` failed"))
    );
    assert_eq!(server.seen().len(), 0);
}

#[tokio::test]
async fn every_write_has_a_connection_of_its_own() {
    // A kept connection may have died unnoticed, which would turn a plain refusal into a doubt.
    let server = FakeServer::start(|_, _| body(200, rollout("web", 8))).await;
    let dispatcher = dispatcher(&server).await;
    dispatcher.read(&key()).await.unwrap();
    for _ in 0..3 {
        let answer =
            dispatcher.send(leave(target(&server), Timestamp::now()), Timestamp::now(), None).await.unwrap();
        assert!(matches!(answer, Answer::Accepted { .. }), "{answer:?}");
    }
    let connections: Vec<usize> = server.seen().iter().map(|seen| seen.connection).collect();
    assert_eq!(connections, [1, 2, 3, 4]);
}

#[tokio::test]
async fn nothing_is_sent_for_another_cluster_context_or_namespace_or_too_late() {
    let server = FakeServer::start(|_, _| body(200, rollout("web", 8))).await;
    let dispatcher = dispatcher(&server).await;
    let now = Timestamp::now();
    let other_server = Target { server: "https://other.example".into(), ..target(&server) };
    let other_context = Target { context: "prod".into(), ..target(&server) };
    let other_namespace = Target { key: Key { namespace: "bank".into(), ..key() }, ..target(&server) };
    for (target, late, said) in [
        (other_server, 0, "another cluster"),
        (other_context, 0, "another cluster"),
        (other_namespace, 0, "no rule allows"),
        (target(&server), 60, "too late"),
    ] {
        let answer =
            dispatcher.send(leave(target, now), now + SignedDuration::from_secs(late), None).await.unwrap();
        let told = matches!(&answer, Answer::Refused { code: 0, why } if why.as_str().contains(said));
        assert!(told, "{said}: {answer:?}");
    }
    assert_eq!(server.seen().len(), 0);
}

#[tokio::test]
async fn without_a_rule_there_is_no_dispatcher() {
    let server = FakeServer::start(|_, _| body(200, rollout("web", 8))).await;
    assert!(Dispatcher::new(&server.clients().await, &Arc::default()).is_none());
}

#[tokio::test]
async fn doubt_is_resolved_by_the_newest_stored_state() {
    let server = FakeServer::start(|_, before| match before {
        0 => body(200, rollout("web", 9)),
        1 => status(404, "NotFound"),
        2 => body(404, "404 page not found"),
        _ => status(503, "ServiceUnavailable"),
    })
    .await;
    let dispatcher = dispatcher(&server).await;
    let found = dispatcher.read(&key()).await.unwrap().unwrap();
    assert_eq!((&*found.0.meta.resource_version, &found.1["kind"]), ("9", &json!("Rollout")));
    assert_eq!(dispatcher.read(&key()).await, Ok(None));
    // A 404 that is not the API server's says nothing about the Rollout.
    assert_eq!(dispatcher.read(&key()).await.unwrap_err().code(), Some(404));
    assert_eq!(dispatcher.read(&key()).await.unwrap_err().code(), Some(503));
    let seen = server.seen();
    assert!(seen.iter().all(|seen| !seen.query.contains("resourceVersion")), "{seen:#?}");
    assert_eq!(seen.len(), 4, "reads are not repeated by the client either");
}
