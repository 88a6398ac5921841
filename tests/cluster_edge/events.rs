//! The controller's Events against a scripted server: when they are asked for, how, and what their want does not touch.

use rollgate::rollout::delta::{Contact, Delta, Kind, Object};
use serde_json::json;

use crate::fake_server::*;
use crate::watch::{ROLLOUTS, Watched};

const EVENTS: &str = "/api/v1/namespaces/shop/events";

fn said(count: u32, version: u32) -> String {
    json!({"apiVersion": "v1", "kind": "Event",
        "metadata": {"name": "web.1", "namespace": "shop", "uid": "e-1", "resourceVersion": version.to_string()},
        "involvedObject": {"kind": "Rollout", "namespace": "shop", "name": "web"},
        "type": "Normal", "reason": "RolloutPaused", "message": "Rollout is paused", "count": count,
        "lastTimestamp": "2026-11-21T08:00:00Z"})
    .to_string()
}

/// Waits for the next delta of Events that is not about bytes.
async fn next(watched: &mut Watched) -> Delta {
    loop {
        let delta = watched.deltas.recv().await.expect("the watch has ended");
        match &delta {
            Delta::Begin(source) | Delta::Done(source) | Delta::Seen(source, _) | Delta::Gone(source, _)
                if source.kind == Kind::Events =>
            {
                return delta;
            }
            Delta::Contact(source, _, _) if source.kind == Kind::Events => return delta,
            _ => {}
        }
    }
}

#[tokio::test]
async fn events_are_asked_for_by_their_source_once_all_rollouts_are_there() {
    let mut server = FakeServer::start(|seen, _| match seen.path.as_str() {
        _ if seen.asks("limit=1") => status(503, "NoCount"),
        ROLLOUTS => vec![
            Act::Head(200),
            Act::Piece(event("ADDED", rollout("web", 3)) + "\n"),
            Act::Hold,
            Act::Piece(end_of_list(9) + "\n"),
            Act::Silence,
        ],
        EVENTS => stream(&[event("ADDED", said(1, 5)), end_of_list(9), event("MODIFIED", said(2, 10))]),
        _ => stream(&[end_of_list(1)]),
    })
    .await;
    let mut watched = Watched::of(&server).await;
    watched.until("web@3").await;
    assert!(
        server.seen().iter().all(|seen| seen.path != EVENTS),
        "who waits for the list waits for it alone"
    );
    server.release();
    let mut counts = Vec::new();
    while counts.len() < 2 {
        if let Delta::Seen(_, Object::Event(said)) = next(&mut watched).await {
            assert_eq!((&*said.about.name, said.reason.as_str()), ("web", "RolloutPaused"));
            counts.push(said.count);
        }
    }
    assert_eq!(counts, [1, 2]);
    let seen = server.until(|seen| seen.iter().any(|seen| seen.path == EVENTS)).await;
    let asked = seen.iter().find(|seen| seen.path == EVENTS).unwrap();
    assert!(asked.asks("fieldSelector=source%3Drollouts-controller"), "{}", asked.query);
}

#[tokio::test]
async fn events_that_may_not_be_read_are_a_state_of_their_own_and_rollouts_go_on() {
    let server = FakeServer::start(|seen, _| match seen.path.as_str() {
        _ if seen.asks("limit=1") => status(503, "NoCount"),
        ROLLOUTS => stream(&[event("ADDED", rollout("web", 3)), end_of_list(9)]),
        EVENTS => status(403, "Forbidden"),
        _ => stream(&[end_of_list(1)]),
    })
    .await;
    let mut watched = Watched::of(&server).await;
    let passed = watched.until("live").await;
    assert!(!passed.contains(&"forbidden".to_owned()), "{passed:?}");
    loop {
        match next(&mut watched).await {
            Delta::Contact(_, Contact::Connecting, _) => {}
            Delta::Contact(_, Contact::Forbidden { .. }, _) => break,
            other => panic!("{other:?}"),
        }
    }
}
