//! What goes wrong on the wire when a script says so.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::embedded::{Embedded, NOW, ROLLOUTS, place};
use rollgate::sim::objects::Place;
use rollgate::sim::world::{Meets, Mishap, What};

const WEB: &str = "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/web";

async fn meeting(meets: Meets, count: u32, mishap: Mishap) -> Embedded {
    let embedded = Embedded::start().await;
    embedded.make("web");
    embedded.turn(|world| world.wire().expect(meets, count, mishap));
    embedded
}

#[tokio::test]
async fn a_lost_answer_is_a_504_after_the_write_was_carried_out() {
    let embedded = meeting(Meets::Writes, 1, Mishap::LostAnswer).await;
    // A dry run and a read meet nothing.
    assert_eq!(
        embedded.patch(&format!("{WEB}?dryRun=All"), "merge", &json!({"spec": {"paused": true}})).await.code,
        200
    );
    assert_eq!(embedded.get(WEB).await.code, 200);
    let (code, reason, _) = embedded.patch(WEB, "merge", &json!({"spec": {"paused": true}})).await.status();
    assert_eq!((code, reason.as_str()), (504, "Timeout"));
    assert_eq!(embedded.get(WEB).await.json()["spec"]["paused"], true);
    assert_eq!(embedded.patch(WEB, "merge", &json!({"spec": {"paused": false}})).await.code, 200);
}

#[tokio::test]
async fn the_next_requests_are_refused_and_the_one_after_is_not() {
    for (code, reason) in [(429, "TooManyRequests"), (500, "InternalError"), (503, "ServiceUnavailable")] {
        let embedded = meeting(Meets::All, 2, Mishap::Refused(code)).await;
        let before = embedded.version();
        let refused = embedded.patch(WEB, "merge", &json!({"spec": {"paused": true}})).await;
        let (seen, word, _) = refused.status();
        assert_eq!((seen, word.as_str()), (code, reason));
        assert_eq!(refused.headers.get("retry-after").is_some(), code != 500);
        assert_eq!(embedded.get(ROLLOUTS).await.code, code);
        assert_eq!(embedded.get(ROLLOUTS).await.code, 200);
        assert_eq!(embedded.version(), before);
    }
}

#[tokio::test]
async fn an_answer_that_is_later_than_the_request_allows_is_a_504_too() {
    let embedded = meeting(Meets::Writes, 1, Mishap::Late(3_600_000)).await;
    let path = format!("{WEB}?timeout=20ms");
    let reply = embedded.patch(&path, "merge", &json!({"spec": {"paused": true}})).await;
    assert_eq!(reply.code, 504);
    assert_eq!(embedded.get(WEB).await.json()["spec"]["paused"], true);
}

#[tokio::test]
async fn cut_watches_break_off_and_new_ones_live() {
    let embedded = Embedded::start().await;
    let version = embedded.make("web").version;
    let path = format!("{ROLLOUTS}?watch=true&resourceVersion={version}");
    let mut watch = embedded.watch(&path).await;
    embedded.turn(|world| world.wire().cut());
    assert!(watch.next().await.is_err(), "no clean end");
    let mut watch = embedded.watch(&path).await;
    let changed = embedded.change("web", &json!({"spec": {"replicas": 5}})).version;
    assert_eq!(watch.word().await, format!("MODIFIED web@{changed}"));
}

#[tokio::test]
async fn in_silence_nothing_arrives_and_afterwards_everything() {
    let embedded = Embedded::start().await;
    let version = embedded.make("web").version;
    let mut watch = embedded.watch(&format!("{ROLLOUTS}?watch=true&resourceVersion={version}")).await;
    let now: Timestamp = NOW.parse().unwrap();
    let end = now + SignedDuration::from_secs(60);
    embedded.turn(|world| world.wire().silence(end));
    let changed = embedded.change("web", &json!({"spec": {"replicas": 5}})).version;
    let quiet = Duration::from_millis(100);
    assert!(tokio::time::timeout(quiet, watch.event()).await.is_err(), "an event in silence");
    assert!(tokio::time::timeout(quiet, embedded.get(WEB)).await.is_err(), "an answer in silence");
    embedded.turn(|world| world.advance(end));
    assert_eq!(watch.word().await, format!("MODIFIED web@{changed}"));
    assert_eq!(embedded.get(WEB).await.code, 200);
}

#[tokio::test]
async fn the_world_is_told_which_rollout_a_client_opens() {
    let embedded = Embedded::start().await;
    embedded.make("web");
    embedded.make("api");
    embedded.get(ROLLOUTS).await;
    let pods = "/api/v1/namespaces/shop/pods?labelSelector=";
    embedded.get(&format!("{pods}rollouts-pod-template-hash")).await;
    assert_eq!(looked(&embedded), []);
    embedded.get(&format!("{pods}app%3Dweb")).await;
    assert_eq!(looked(&embedded), [place("web")]);
    embedded.get(&format!("{ROLLOUTS}/api")).await;
    assert_eq!(looked(&embedded), [place("web"), place("api")]);
}

fn looked(embedded: &Embedded) -> Vec<Place> {
    let world = embedded.world();
    let looks = world.history().moments().iter().filter_map(|moment| match &moment.what {
        What::Looked(place) => Some(place.clone()),
        _ => None,
    });
    looks.collect()
}
