//! Dispatch against a scripted server: one write attempt whatever happens, and what each outcome means.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests"
)]

#[path = "support/fake_server.rs"]
mod fake_server;

use std::time::Duration;

use fake_server::{Act, FakeServer, Seen, json, rollout, status};
use rollgate::cluster::dispatch::Dispatcher;
use rollgate::operation::grant::{Grant, Grants};
use rollgate::operation::{Answer, Id, Request, Target};
use rollgate::rollout::Key;

const BODY: &str = r#"[{"op":"test","path":"/metadata/uid","value":"uid-web"}]"#;
const PATH: &str =
    "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/web/status?fieldManager=rg-1&timeout=10s";

fn request() -> Request {
    Request {
        method: "PATCH",
        path: PATH.to_owned(),
        content_type: "application/json-patch+json",
        body: BODY.to_owned(),
    }
}

fn key() -> Key {
    Key { namespace: "shop".into(), name: "web".into() }
}

fn target(server: &FakeServer) -> Target {
    Target {
        context: "fake".into(),
        server: server.url.as_str().into(),
        user: "ann".into(),
        key: key(),
        uid: "uid-web".into(),
    }
}

fn grants() -> (Grants, Grant) {
    let grants = Grants::new(vec!["fake/shop".parse().unwrap()]);
    let grant = grants.covers("fake", &key()).unwrap();
    (grants, grant)
}

fn id() -> Id {
    Id("018f0000-0000-7000-8000-000000000001".into())
}

async fn dispatcher(server: &FakeServer) -> Dispatcher {
    Dispatcher::new(&server.clients().await, &grants().0).unwrap()
}

async fn send(server: &FakeServer) -> Answer {
    let dispatcher = dispatcher(server).await;
    dispatcher.send(&id(), &request(), &target(server), &grants().1).await
}

/// Answers every PATCH with these acts, and returns the answer and the PATCHes that came.
async fn answered(acts: Vec<Act>) -> (Answer, Vec<Seen>) {
    let server = FakeServer::start(move |_, _| acts.clone()).await;
    let answer = send(&server).await;
    (answer, server.seen())
}

#[tokio::test]
async fn the_acknowledged_bytes_go_out_once_with_the_operations_name() {
    let (answer, seen) = answered(json(200, rollout("web", 8))).await;
    assert_eq!(answer, Answer::Accepted { resource_version: "8".into() });
    assert_eq!(seen.len(), 1);
    let sent = &seen[0];
    assert_eq!(sent.method, "PATCH");
    assert_eq!(format!("{}?{}", sent.path, sent.query), PATH);
    assert_eq!(sent.body, BODY);
    assert_eq!(sent.header("content-type"), Some("application/json-patch+json"));
    assert_eq!(sent.header("audit-id"), Some("018f0000-0000-7000-8000-000000000001"));
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
        let dispatcher = dispatcher(&server).await.within(Duration::from_millis(300));
        let answer = dispatcher.send(&id(), &request(), &target(&server), &grants().1).await;
        assert!(matches!(answer, Answer::Unknown { .. }), "{answer:?}");
        assert_eq!(server.seen().len(), 1);
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_a_definite_no() {
    let mut server = FakeServer::start(|_, _| json(200, rollout("web", 8))).await;
    let dispatcher = dispatcher(&server).await;
    server.stop().await;
    let answer = dispatcher.send(&id(), &request(), &target(&server), &grants().1).await;
    assert!(
        matches!(&answer, Answer::Refused { code: 0, why } if why.as_str().contains("refused")),
        "{answer:?}"
    );
}

#[tokio::test]
async fn credentials_that_cannot_be_had_are_a_definite_no() {
    let server = FakeServer::start(|_, _| json(200, rollout("web", 8))).await;
    let clients =
        server.clients_as("{exec: {command: 'false', apiVersion: client.authentication.k8s.io/v1}}").await;
    let dispatcher = Dispatcher::new(&clients, &grants().0).unwrap();
    let answer = dispatcher.send(&id(), &request(), &target(&server), &grants().1).await;
    assert!(
        matches!(&answer, Answer::Refused { code: 0, why } if why.as_str().contains("plugin `false` failed"))
    );
    assert_eq!(server.seen().len(), 0);
}

#[tokio::test]
async fn every_write_has_a_connection_of_its_own() {
    // A kept connection may have died unnoticed, which would turn a plain refusal into a doubt.
    let server = FakeServer::start(|_, _| json(200, rollout("web", 8))).await;
    let dispatcher = dispatcher(&server).await;
    dispatcher.read(&key()).await.unwrap();
    for _ in 0..3 {
        let answer = dispatcher.send(&id(), &request(), &target(&server), &grants().1).await;
        assert!(matches!(answer, Answer::Accepted { .. }), "{answer:?}");
    }
    let connections: Vec<usize> = server.seen().iter().map(|seen| seen.connection).collect();
    assert_eq!(connections, [1, 2, 3, 4]);
}

#[tokio::test]
async fn nothing_is_sent_for_another_cluster_context_namespace_or_path() {
    let server = FakeServer::start(|_, _| json(200, rollout("web", 8))).await;
    let dispatcher = dispatcher(&server).await;
    let (_, grant) = grants();
    let everywhere = Grants::new(vec!["fake/*".parse().unwrap()]);
    let wide = everywhere.covers("fake", &key()).unwrap();
    let other_server = Target { server: "https://other.example".into(), ..target(&server) };
    let other_context = Target { context: "prod".into(), ..target(&server) };
    let other_key = Target { key: Key { name: "api".into(), ..key() }, ..target(&server) };
    for (target, grant, said) in [
        (other_server, &grant, "another cluster"),
        (other_context, &grant, "another cluster"),
        (other_key, &grant, "the path of the request"),
        (target(&server), &wide, "no grant covers"),
    ] {
        let answer = dispatcher.send(&id(), &request(), &target, grant).await;
        let told = matches!(&answer, Answer::Refused { code: 0, why } if why.as_str().contains(said));
        assert!(told, "{said}: {answer:?}");
    }
    assert_eq!(server.seen().len(), 0);
}

#[tokio::test]
async fn without_a_grant_there_is_no_dispatcher() {
    let server = FakeServer::start(|_, _| json(200, rollout("web", 8))).await;
    assert!(Dispatcher::new(&server.clients().await, &Grants::default()).is_none());
}

#[tokio::test]
async fn doubt_is_resolved_by_the_newest_stored_state() {
    let server = FakeServer::start(|_, before| match before {
        0 => json(200, rollout("web", 9)),
        1 => status(404, "NotFound"),
        2 => json(404, "404 page not found"),
        _ => status(503, "ServiceUnavailable"),
    })
    .await;
    let dispatcher = dispatcher(&server).await;
    let found = dispatcher.read(&key()).await.unwrap().unwrap();
    assert_eq!(&*found.meta.resource_version, "9");
    assert_eq!(dispatcher.read(&key()).await, Ok(None));
    // A 404 that is not the API server's says nothing about the Rollout.
    assert_eq!(dispatcher.read(&key()).await.unwrap_err().code(), Some(404));
    assert_eq!(dispatcher.read(&key()).await.unwrap_err().code(), Some(503));
    let seen = server.seen();
    assert!(seen.iter().all(|seen| !seen.query.contains("resourceVersion")), "{seen:#?}");
    assert_eq!(seen.len(), 4, "reads are not repeated by the client either");
}
