//! Whole lives of orders against a server that is not there at first, or asks for time: what is tried again, how often
//! the server gets it, and what tells of it afterwards.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::authority::Authority;
use crate::dispatch::{ID, acknowledged, dispatcher, target};
use crate::fake_server::{Act, FakeServer, json as body, rollout, status, status_object};
use rollgate::cluster::dispatch::Dispatcher;
use rollgate::operation::life::TTL;
use rollgate::operation::{Actor, Command, Event, Operation};

/// A life that is driven by its own commands; its time passes at once.
struct Driven {
    operation: Operation,
    dispatcher: Arc<Dispatcher>,
    begun: Timestamp,
    now: Timestamp,
    recorded: Vec<(String, Value)>,
}

impl Driven {
    async fn begin(server: &FakeServer, announces: bool) -> Self {
        let now = Timestamp::now();
        let (operation, entry) = acknowledged(target(server), Actor::default(), announces, now);
        let dispatcher = Arc::new(dispatcher(server).await);
        let body = serde_json::from_str(&entry.body).unwrap();
        let recorded = vec![(entry.event.to_string(), body)];
        Self { operation, dispatcher, begun: now, now, recorded }
    }

    /// Tells it something, and does what it wants until it waits.
    async fn tell(&mut self, event: Event) {
        let mut waiting = vec![event];
        while let Some(event) = waiting.pop() {
            for command in self.operation.on(event, self.now) {
                waiting.push(match command {
                    Command::Record(entry) => {
                        let body = serde_json::from_str(&entry.body).unwrap();
                        self.recorded.push((entry.event.to_string(), body));
                        Event::Recorded { entry: entry.number }
                    }
                    Command::Send(dispatch) => {
                        match self.dispatcher.send(*dispatch, self.now, Some("7:ab")).await {
                            Ok(answer) => Event::Answered(answer),
                            Err(undelivered) => Event::Undelivered(undelivered, 0),
                        }
                    }
                    Command::Announce(announcement) => {
                        Event::Announced(self.dispatcher.announce(&announcement, Some("8:cd")).await)
                    }
                    Command::Read { .. } => Event::ReadFailed { why: "nobody reads here".into() },
                });
            }
        }
    }

    /// Lets time pass until it wants to be told.
    async fn wait(&mut self) {
        self.now = self.operation.wake_at().unwrap();
        self.tell(Event::Tick).await;
    }

    fn events(&self) -> Vec<&str> {
        self.recorded.iter().map(|(event, _)| event.as_str()).collect()
    }
}

#[tokio::test]
async fn an_order_whose_server_comes_up_after_the_first_refusal_gets_there_once() {
    let mut server = FakeServer::start(|_, _| body(200, rollout("web", 8))).await;
    let mut driven = Driven::begin(&server, false).await;
    server.stop().await;
    driven.tell(Event::Recorded { entry: 1 }).await;
    assert_eq!(driven.events(), ["acknowledged", "delayed"]);
    driven.wait().await;
    assert_eq!(driven.events(), ["acknowledged", "delayed", "delayed"]);
    assert!(driven.recorded[2].1["why"].as_str().unwrap().contains("refused"), "{:?}", driven.recorded);
    let again = server.start_again(|_, _| body(200, rollout("web", 8))).await;
    driven.wait().await;
    assert_eq!(driven.events(), ["acknowledged", "delayed", "delayed", "accepted"]);
    let seen = again.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!((seen[0].header("audit-id"), &seen[0].body), (Some(ID), &driven.operation.request().body));
}

#[tokio::test]
async fn a_server_that_asks_for_time_in_its_own_words_gets_it_and_then_the_order_once_more() {
    let server = FakeServer::start(|_, before| match before {
        0 => vec![
            Act::HeadWith(429, "Retry-After: 7"),
            Act::Piece(status_object(429, "TooManyRequests")),
            Act::End,
        ],
        _ => body(200, rollout("web", 8)),
    })
    .await;
    let mut driven = Driven::begin(&server, false).await;
    driven.tell(Event::Recorded { entry: 1 }).await;
    assert_eq!(driven.events(), ["acknowledged", "delayed"]);
    assert_eq!(driven.operation.wake_at(), Some(driven.now + SignedDuration::from_secs(7)));
    driven.wait().await;
    assert_eq!(driven.events(), ["acknowledged", "delayed", "accepted"]);
    let seen = server.seen();
    assert_eq!((seen.len(), &seen[0].body), (2, &seen[1].body));
}

#[tokio::test]
async fn a_429_that_is_not_the_api_servers_own_is_a_doubt() {
    let server = FakeServer::start(|_, _| {
        vec![Act::HeadWith(429, "Retry-After: 7"), Act::Piece("slow down".into()), Act::End]
    })
    .await;
    let mut driven = Driven::begin(&server, false).await;
    driven.tell(Event::Recorded { entry: 1 }).await;
    assert_eq!(driven.events(), ["acknowledged", "in-doubt"]);
    driven.wait().await;
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn an_order_whose_time_passes_without_a_server_is_a_dead_letter_and_never_sent() {
    let mut server = FakeServer::start(|_, _| body(200, rollout("web", 8))).await;
    let mut driven = Driven::begin(&server, false).await;
    server.stop().await;
    driven.tell(Event::Recorded { entry: 1 }).await;
    while driven.operation.wake_at().is_some() {
        driven.wait().await;
    }
    assert_eq!(*driven.events().last().unwrap(), "not-delivered");
    assert!(driven.events().len() > 5, "{:?}", driven.events());
    assert!(driven.now <= driven.begun + TTL);
    let again = server.start_again(|_, _| body(200, rollout("web", 8))).await;
    driven.now += SignedDuration::from_hours(1);
    driven.tell(Event::Tick).await;
    assert_eq!(again.seen().len(), 0);
}

#[tokio::test]
async fn a_handshake_that_fails_before_any_request_is_tried_again() {
    // Its certificate is of an authority that nobody here knows.
    let pair = Authority::new("unknown").server(&["127.0.0.1"]);
    let secure = FakeServer::start_tls(pair.serves(), |_, _| body(200, rollout("web", 8))).await;
    let mut driven = Driven::begin(&secure, false).await;
    driven.tell(Event::Recorded { entry: 1 }).await;
    assert_eq!(driven.events(), ["acknowledged", "delayed"], "{:?}", driven.recorded);
    assert_eq!(secure.seen().len(), 0);
}

#[tokio::test]
async fn a_handshake_that_is_never_answered_ends_in_time_and_is_tried_again() {
    // It waits for a request's head, and the client for its part of the handshake.
    let mut server = FakeServer::start(|_, _| body(200, rollout("web", 8))).await;
    server.url = server.url.replace("http:", "https:");
    let mut driven = Driven::begin(&server, false).await;
    driven.tell(Event::Recorded { entry: 1 }).await;
    assert_eq!(driven.events(), ["acknowledged", "delayed"], "{:?}", driven.recorded);
    assert_eq!(server.seen().len(), 0);
}

#[tokio::test]
async fn an_accepted_order_is_told_of_by_one_event_with_who_what_and_the_ledgers_head() {
    let server = FakeServer::start(|seen, _| match seen.method.as_str() {
        "POST" => body(201, r#"{"kind":"Event","apiVersion":"v1"}"#),
        _ => body(200, rollout("web", 8)),
    })
    .await;
    let mut driven = Driven::begin(&server, true).await;
    driven.tell(Event::Recorded { entry: 1 }).await;
    assert_eq!(driven.events(), ["acknowledged", "accepted", "announced"]);
    assert_eq!(
        (&driven.recorded[0].1["announces"], &driven.recorded[2].1["announced"]),
        (&true.into(), &"made".into())
    );
    let seen = server.seen();
    assert_eq!(seen.iter().map(|seen| seen.method.as_str()).collect::<Vec<_>>(), ["PATCH", "POST"]);
    assert_eq!(seen[1].path, "/api/v1/namespaces/shop/events");
    let event: Value = serde_json::from_str(&seen[1].body).unwrap();
    assert_eq!(event["involvedObject"]["uid"], "uid-web");
    assert_eq!(event["reason"], "RollgatePromote");
    for part in ["ann", "promote", ID, "8:cd"] {
        assert!(event["message"].as_str().unwrap().contains(part), "{event}");
    }
}

#[tokio::test]
async fn a_missing_right_to_make_events_is_noted_and_harms_nothing() {
    let server = FakeServer::start(|seen, _| match seen.method.as_str() {
        "POST" => status(403, "Forbidden"),
        _ => body(200, rollout("web", 8)),
    })
    .await;
    let mut driven = Driven::begin(&server, true).await;
    driven.tell(Event::Recorded { entry: 1 }).await;
    assert_eq!(driven.events(), ["acknowledged", "accepted", "announced"]);
    assert_eq!(driven.recorded[2].1["announced"], "no right");
    assert_eq!(driven.operation.state().word(), "accepted");
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn nothing_tells_of_an_order_that_was_refused() {
    let server = FakeServer::start(|_, _| status(403, "Forbidden")).await;
    let mut driven = Driven::begin(&server, true).await;
    driven.tell(Event::Recorded { entry: 1 }).await;
    assert_eq!(driven.events(), ["acknowledged", "refused"]);
    assert_eq!(server.seen().len(), 1);
}
