//! The dry run against a scripted server: exactly the staged bytes, nothing that could be stored, and what each answer
//! means.

use std::sync::Arc;

use jiff::Timestamp;

use crate::dispatch::{acknowledged, target};
use crate::fake_server::{Act, FakeServer, Seen, json as body, rollout, status};
use rollgate::capability::sight::{Answer, Trial};
use rollgate::capability::{Act as Order, Sight};
use rollgate::cluster::probe::try_run;
use rollgate::operation::{Actor, Policy};

fn policy(rule: &str) -> Arc<Policy> {
    Arc::new(Policy::new(vec![rule.parse().unwrap()], Vec::new()))
}

/// Tries a staged promotion at a server that answers so.
async fn tried(rule: &str, acts: Vec<Act>) -> (Answer<Trial>, Vec<Seen>) {
    let server = FakeServer::start(move |_, _| acts.clone()).await;
    let (operation, _) = acknowledged(target(&server), Actor::default(), false, Timestamp::now());
    let clients = server.clients().await;
    let sight = try_run(&clients, &policy(rule), &operation.rehearsal()).await;
    let Some(Sight::Trial(key, Order::Promote, answer)) = sight else { panic!("{sight:?}") };
    assert_eq!((&*key.namespace, &*key.name), ("shop", "web"));
    (answer, server.seen())
}

#[tokio::test]
async fn the_staged_bytes_are_tried_and_the_server_is_told_to_store_nothing() {
    let server = FakeServer::start(|_, _| body(200, rollout("web", 8))).await;
    let (operation, _) = acknowledged(target(&server), Actor::default(), false, Timestamp::now());
    let shown = operation.request().clone();
    try_run(&server.clients().await, &policy("fake/*"), &operation.rehearsal()).await.unwrap();
    let [sent] = server.seen().try_into().unwrap();
    assert!(sent.asks("dryRun=All"), "{sent:?}");
    assert_eq!(format!("{}?{}", sent.path, sent.query), format!("{}&dryRun=All", shown.path));
    assert_eq!((sent.method.as_str(), &sent.body), ("PATCH", &shown.body));
    assert_eq!(sent.header("content-type"), Some(shown.content_type));
    let program = concat!("rollgate/", env!("CARGO_PKG_VERSION"), " dry-run");
    assert_eq!(sent.header("user-agent"), Some(program));
    assert_eq!(sent.header("audit-id"), None, "the order's own id is for the order");
}

#[tokio::test]
async fn each_answer_means_one_thing() {
    const GUARD: &str = "the server rejected our request due to an error in our request";
    let told = |code: u16, reason: &str, message: &str| {
        let status = serde_json::json!({"kind": "Status", "status": "Failure", "reason": reason, "message": message, "code": code});
        body(code, status.to_string())
    };
    let refused = |why: &str| Answer::Seen(Trial::Refused { why: why.into() });
    let cases = [
        (body(200, rollout("web", 8)), Answer::Seen(Trial::Accepted)),
        (told(422, "Invalid", GUARD), Answer::Seen(Trial::Overtaken)),
        (told(409, "Conflict", "changed"), Answer::Seen(Trial::Overtaken)),
        (told(422, "Invalid", "policy says no"), refused("policy says no")),
        (told(403, "Forbidden", "User cannot patch"), refused("User cannot patch")),
        (told(400, "BadRequest", "webhook denied"), refused("webhook denied")),
        (told(404, "NotFound", "gone"), Answer::Missing { why: "gone".into() }),
    ];
    for (acts, expected) in cases {
        let (answer, seen) = tried("fake/*", acts.clone()).await;
        assert_eq!(answer, expected, "{acts:?}");
        assert_eq!(seen.len(), 1);
    }
}

#[tokio::test]
async fn what_says_nothing_of_the_order_is_a_failure_and_no_refusal() {
    let webhook = r#"{"kind":"Status","reason":"BadRequest","message":"admission webhook \"w\" does not support dry run","code":400}"#;
    let cases = [
        body(400, webhook),
        status(401, "Unauthorized"),
        status(429, "TooManyRequests"),
        status(500, "InternalError"),
        status(504, "Timeout"),
        body(200, "<html>"),
        body(200, rollout("other", 8)),
        vec![Act::Close],
        vec![Act::Reset],
    ];
    for acts in cases {
        let (answer, _) = tried("fake/*", acts.clone()).await;
        assert!(matches!(&answer, Answer::Failed { .. }), "{acts:?}: {answer:?}");
    }
    let (answer, _) = tried("fake/*", body(400, webhook)).await;
    let Answer::Failed { why } = answer else { panic!() };
    assert_eq!(why.as_str(), r#"it cannot be tried: admission webhook "w" does not support dry run"#);
}

#[tokio::test]
async fn a_server_that_hangs_is_waited_for_five_seconds() {
    let began = std::time::Instant::now();
    let (answer, _) = tried("fake/*", vec![Act::Silence]).await;
    assert_eq!(answer, Answer::Failed { why: "the server did not answer within 5 s".into() });
    assert!(began.elapsed().as_secs() < 10);
}

#[tokio::test]
async fn what_no_rule_allows_is_not_even_tried() {
    for rule in ["fake/other", "elsewhere/*"] {
        let (answer, seen) = tried(rule, body(200, rollout("web", 8))).await;
        assert!(
            matches!(&answer, Answer::Failed { why } if why.as_str().contains("no rule allows")),
            "{answer:?}"
        );
        assert!(seen.is_empty(), "{rule}: {seen:#?}");
    }
}

#[tokio::test]
async fn what_was_staged_for_another_cluster_is_not_tried_here() {
    let server = FakeServer::start(|_, _| body(200, rollout("web", 8))).await;
    let mut elsewhere = target(&server);
    elsewhere.server = "https://other".into();
    let (operation, _) = acknowledged(elsewhere, Actor::default(), false, Timestamp::now());
    let sight = try_run(&server.clients().await, &policy("fake/*"), &operation.rehearsal()).await;
    assert!(matches!(sight, Some(Sight::Trial(_, _, Answer::Failed { .. }))), "{sight:?}");
    assert!(server.seen().is_empty());
}
