//! What a start does about orders that another run left: it reads and records, and never writes to the cluster.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::dispatch::{ID, acknowledged, dispatcher, stored, target};
use crate::fake_server::{FakeServer, json as body, status};
use rollgate::ledger::{Ledger, Row};
use rollgate::operation::{Actor, Entry, Target};
use rollgate::run::live::actor;
use rollgate::run::recovery::Recovery;

/// The ledger of a program that acknowledged a promotion and ended.
struct Left {
    folder: tempfile::TempDir,
}

impl Left {
    fn by(actor: Actor, target: Target, ago: SignedDuration) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (_, entry) = acknowledged(target, actor, false, Timestamp::now() - ago);
        let left = Self { folder };
        let ledger = left.ledger();
        append(&ledger, entry);
        assert!(Arc::into_inner(ledger).unwrap().close(Duration::from_secs(60)));
        left
    }

    fn ledger(&self) -> Arc<Ledger> {
        Arc::new(Ledger::open(&self.path()).unwrap())
    }

    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("ledger")
    }

    async fn start(&self, server: &FakeServer) -> Recovery {
        let dispatcher = Arc::new(dispatcher(server).await);
        // That the API server's own time passes is a test of its own.
        Recovery::new(dispatcher, self.ledger(), "ann".into()).settled_after(Duration::ZERO)
    }

    /// Starts once, and returns how many ends were recorded.
    async fn recover(&self, server: &FakeServer) -> usize {
        self.start(server).await.run().await
    }

    fn rows(&self) -> Vec<Row> {
        rows(&self.path())
    }
}

fn rows(path: &Path) -> Vec<Row> {
    rollgate::ledger::Reader::open(path).unwrap().operation(ID).unwrap()
}

fn append(ledger: &Ledger, entry: Entry) {
    let (answer, answered) = channel();
    ledger.append(entry, move |result| answer.send(result).unwrap());
    answered.recv_timeout(Duration::from_secs(60)).unwrap().unwrap();
}

/// Somebody at this host, before it last began.
fn gone() -> Actor {
    let mut actor = actor::observed();
    actor.process.as_mut().unwrap().boot = "an earlier one".into();
    actor
}

fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

/// A server that has this object, and Events that may not be read.
async fn serving(how: impl Fn(Value) -> Value + Send + Sync + 'static) -> FakeServer {
    FakeServer::start(move |seen, _| {
        if seen.path.ends_with("/events") {
            return status(403, "Forbidden");
        }
        let (key, uid) = (rollgate::rollout::Key { namespace: "shop".into(), name: "web".into() }, "uid-web");
        let target = Target { context: "".into(), server: "".into(), user: "".into(), key, uid: uid.into() };
        body(200, how(stored(&target)).to_string())
    })
    .await
}

fn marked(mut object: Value) -> Value {
    object["metadata"]["managedFields"] = json!([
        {"manager": "rollgate-000000000001", "operation": "Update", "subresource": "status", "time": "2026-11-21T08:10:01Z"},
    ]);
    object["status"]["pauseConditions"] = json!([]);
    object
}

fn said(row: &Row) -> Value {
    serde_json::from_str(&row.body).unwrap()
}

#[tokio::test]
async fn an_order_whose_mark_stands_is_recorded_as_applied_at_once_and_nothing_is_sent() {
    let server = serving(marked).await;
    let left = Left::by(gone(), target(&server), SignedDuration::from_secs(5));
    assert_eq!(left.recover(&server).await, 1);
    let rows = left.rows();
    assert_eq!(rows.iter().map(|row| row.event.as_str()).collect::<Vec<_>>(), ["acknowledged", "resolved"]);
    let said = said(&rows[1]);
    assert_eq!((&said["outcome"], &said["kind"]), (&json!("applied"), &json!("promote")));
    assert!(said["why"].as_str().unwrap().contains("rollgate-000000000001"), "{said}");
    assert!(server.seen().iter().all(|seen| seen.method == "GET"));
    // Its end is known: the next start has nothing to look after.
    let asked = server.seen().len();
    assert_eq!(left.recover(&server).await, 0);
    assert_eq!(server.seen().len(), asked);
}

#[tokio::test]
async fn an_order_without_effect_is_recorded_as_not_applied_after_two_more_reads() {
    let server = serving(|object| object).await;
    let left = Left::by(gone(), target(&server), minutes(10));
    assert_eq!(left.recover(&server).await, 1);
    let rows = left.rows();
    assert_eq!((rows.len(), said(&rows[1])["outcome"].clone()), (2, json!("not-applied")));
    let reads = server.seen().iter().filter(|seen| seen.path.ends_with("/rollouts/web")).count();
    assert_eq!(reads, 3);
    assert!(server.seen().iter().all(|seen| seen.method == "GET"));
}

#[tokio::test]
async fn that_an_order_had_no_effect_is_not_believed_of_a_clock_that_may_have_been_set_forward() {
    let server = serving(|object| object).await;
    let left = Left::by(gone(), target(&server), minutes(60 * 24 * 365));
    let start = left.start(&server).await.settled_after(Duration::from_secs(3600));
    assert!(tokio::time::timeout(Duration::from_secs(3), start.run()).await.is_err());
    assert_eq!(left.rows().len(), 1);
    assert!(!server.seen().is_empty(), "it was looked for");
}

#[tokio::test]
async fn a_doubt_is_recorded_once_and_stays_until_a_person_closes_it() {
    let server = serving(|mut object| {
        object["status"]["currentStepIndex"] = json!(1);
        object
    })
    .await;
    let left = Left::by(gone(), target(&server), minutes(10));
    assert_eq!(left.recover(&server).await, 1);
    assert_eq!(left.recover(&server).await, 0);
    let rows = left.rows();
    assert_eq!(rows.iter().map(|row| row.event.as_str()).collect::<Vec<_>>(), ["acknowledged", "unresolved"]);
    assert!(said(&rows[1])["why"].as_str().unwrap().contains("/status/currentStepIndex"));
}

#[tokio::test]
async fn an_order_of_a_program_that_runs_or_of_another_cluster_is_left_alone() {
    let server = serving(marked).await;
    let living = Left::by(actor::observed(), target(&server), minutes(60));
    let elsewhere = Target { server: "https://elsewhere".into(), ..target(&server) };
    for left in [living, Left::by(gone(), elsewhere, minutes(60))] {
        assert_eq!(left.recover(&server).await, 0);
        assert_eq!(left.rows().len(), 1);
    }
    assert_eq!(server.seen().len(), 0);
}

#[tokio::test]
async fn an_order_of_an_unknown_program_is_looked_for_when_it_is_old() {
    let server = serving(marked).await;
    let left = Left::by(Actor::default(), target(&server), minutes(60));
    assert_eq!(left.recover(&server).await, 1);
    let left = Left::by(Actor::default(), target(&server), minutes(5));
    let patience = Duration::from_millis(500);
    assert!(tokio::time::timeout(patience, left.recover(&server)).await.is_err());
    assert_eq!(left.rows().len(), 1);
}

#[tokio::test]
async fn of_many_starts_at_once_one_records_the_end() {
    let server = serving(marked).await;
    let left = Left::by(gone(), target(&server), minutes(10));
    let mut starts = Vec::new();
    for _ in 0..8 {
        starts.push(left.start(&server).await);
    }
    let recorded: usize =
        futures::future::join_all(starts.into_iter().map(Recovery::run)).await.into_iter().sum();
    assert_eq!(recorded, 1);
    assert_eq!(left.rows().len(), 2);
}
