//! What a start does about orders to the policy service that another run left: it lists and reads runs, records, and posts nothing.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rollgate::config::services::{Endpoint, PolicyService};
use rollgate::evidence::Errands;
use rollgate::ledger::{Ledger, Reader, Row};
use rollgate::operation::errand::{Command, Errand, Event, Proposal, Reply, Run, Wanted, Whither, stage};
use rollgate::operation::policy::{Pattern, Rule, Scope, Terms};
use rollgate::operation::{Acknowledgement, Actor, Entry, Id, Policy};
use rollgate::rollout::delta::Object;
use rollgate::rollout::parse::{self, Interner};
use rollgate::run::live::actor;
use rollgate::run::orders;
use rollgate::run::recovery::Recovery;
use serde_json::{Value, json};

use crate::dispatch::{ID, dispatcher, stored, target};
use crate::fake_server::{FakeServer, json as body, status};

/// The cluster, of which nothing may be read but what no case asks for.
async fn cluster() -> FakeServer {
    FakeServer::start(|_, _| status(403, "Forbidden")).await
}

/// A policy service with these runs.
async fn service(runs: Vec<Value>) -> FakeServer {
    FakeServer::start(move |seen, _| {
        let one = runs.iter().find(|run| seen.path.ends_with(&format!("/{}", run["id"].as_str().unwrap())));
        match (seen.path.as_str(), one) {
            ("/api/v1/workflows/refunds/runs", _) => body(200, Value::from(runs.clone()).to_string()),
            (_, Some(run)) => body(200, run.to_string()),
            _ => body(404, r#"{"error":"run not found","status":404}"#),
        }
    })
    .await
}

fn run(id: &str, more: Value) -> Value {
    let mut run = json!({"id": id, "workflow_id": "refunds", "status": "running", "steps": {"pay": {}}});
    run.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    run
}

fn rerun(id: &str) -> Value {
    run(id, json!({"rerun_of": "run-1", "rerun_step": "pay"}))
}

fn begin() -> Wanted {
    Wanted::Begin { workflow: "refunds".into() }
}

fn again() -> Wanted {
    let run = run("run-1", json!({"status": "failed"}));
    Wanted::Again { run: Run::read(&run).unwrap(), step: "pay".into() }
}

/// Allows both.
fn policy() -> Policy {
    let operations = Wanted::WORDS.iter().map(|word| Pattern::new(*word)).collect();
    let scope = Scope { operations, ..Scope::default() };
    Policy::new(vec![Rule { scope, terms: Some(Terms::default()), line: None }], Vec::new())
}

fn staged(wanted: Wanted, cluster: &FakeServer, service: &FakeServer, at: Timestamp) -> Errand {
    let target = target(cluster);
    let mut object = stored(&target);
    object["status"]["abort"] = true.into();
    let Some(Object::Rollout(rollout)) = parse::from_value(object, &mut Interner::default()) else {
        panic!()
    };
    let policy = policy();
    let whither = Whither {
        context: target.context,
        server: target.server,
        key: target.key,
        uid: target.uid,
        user: target.user,
        service: service.url.as_str().into(),
        tenant: "shop".into(),
    };
    let listed = [Run::read(&rerun("run-2")).unwrap()];
    let proposal =
        Proposal { wanted, id: Id(ID.into()), whither, listed: &listed, policy: &policy, role: None };
    stage(proposal, &rollout, at).unwrap_or_else(|refusal| panic!("{refusal}"))
}

fn entry(commands: Vec<Command>) -> Entry {
    match commands.into_iter().next() {
        Some(Command::Record(entry)) => *entry,
        other => panic!("{other:?}"),
    }
}

/// The ledger of a program that acknowledged an errand and ended; `named` is the run that it heard of before.
struct Left {
    folder: tempfile::TempDir,
}

impl Left {
    fn by(actor: Actor, mut errand: Errand, named: Option<&str>) -> Self {
        let at = errand.staged_at();
        errand.on(Event::Armed, at);
        let (digest, said) = (errand.digest(), Acknowledgement::default());
        let acknowledged = Event::Acknowledged { digest, actor: Box::new(actor), said };
        let left = Self { folder: tempfile::tempdir().unwrap() };
        orders::record(&left.path(), entry(errand.on(acknowledged, at))).unwrap();
        errand.on(Event::Recorded { entry: 1 }, at);
        if let Some(run) = named {
            let answered = Event::Answered(Reply::Named { run: run.into() });
            orders::record(&left.path(), entry(errand.on(answered, at))).unwrap();
        }
        left
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("ledger")
    }

    /// Starts once, and returns how many ends were recorded; without a policy service where none is there.
    async fn recover(&self, cluster: &FakeServer, service: Option<&FakeServer>) -> usize {
        let ledger = Arc::new(Ledger::open(&self.path()).unwrap());
        let errands = service.map(|service| Arc::new(self.errands(service)));
        let recovery = Recovery::new(Arc::new(dispatcher(cluster).await), ledger, "ann".into());
        recovery.settled_after(Duration::ZERO).asking(errands).run().await
    }

    fn errands(&self, service: &FakeServer) -> Errands {
        let api_key = self.folder.path().join("key");
        std::fs::write(&api_key, "key-sekret").unwrap();
        let (host, port) = service.url.trim_start_matches("http://").split_once(':').unwrap();
        let (host, port) = (host.to_owned(), port.parse().unwrap());
        let reach = Endpoint { secure: false, host, port, prefix: String::new(), authority: None };
        let service = PolicyService { reach, tenant: "shop".into(), api_key, simulate: false };
        Errands::new(service, Arc::new(policy()))
    }

    fn rows(&self) -> Vec<Row> {
        Reader::open(&self.path()).unwrap().operation(ID).unwrap()
    }

    /// What was recorded last.
    fn last(&self) -> (String, Value) {
        let row = self.rows().pop().unwrap();
        (row.event, serde_json::from_str(&row.body).unwrap())
    }
}

/// Somebody at this host, before it last began.
fn gone() -> Actor {
    let mut actor = actor::observed();
    actor.process.as_mut().unwrap().boot = "an earlier one".into();
    actor
}

fn ago() -> Timestamp {
    Timestamp::now() - SignedDuration::from_mins(10)
}

#[tokio::test]
async fn a_run_that_bears_the_key_of_a_left_order_ends_it_and_nothing_is_posted() {
    let cluster = cluster().await;
    let service = service(vec![run("run-9", json!({"idempotency_key": ID})), run("run-8", json!({}))]).await;
    let left = Left::by(gone(), staged(begin(), &cluster, &service, ago()), None);
    assert_eq!(left.recover(&cluster, Some(&service)).await, 1);
    let (word, said) = left.last();
    assert_eq!(
        (word.as_str(), &said["outcome"], &said["kind"]),
        ("resolved", &json!("applied"), &json!("run"))
    );
    assert_eq!(said["why"], "the run run-9 (running) bears the order's own key");
    assert_eq!(said["target"]["service"], service.url);
    assert!(service.seen().iter().all(|seen| seen.method == "GET"));
    assert_eq!(left.recover(&cluster, Some(&service)).await, 0);
}

#[tokio::test]
async fn a_run_that_was_named_before_the_program_ended_is_read_itself() {
    let cluster = cluster().await;
    let service = service(vec![rerun("run-7")]).await;
    let left = Left::by(gone(), staged(again(), &cluster, &service, ago()), Some("run-7"));
    assert_eq!(left.recover(&cluster, Some(&service)).await, 1);
    let (word, said) = left.last();
    assert_eq!((word.as_str(), &said["outcome"]), ("resolved", &json!("applied")));
    assert_eq!(service.seen()[0].path, "/api/v1/workflow-runs/run-7");
    let lost = Left::by(gone(), staged(again(), &cluster, &service, ago()), Some("run-6"));
    assert_eq!(lost.recover(&cluster, Some(&service)).await, 1);
    let (word, said) = lost.last();
    assert_eq!(word, "unresolved");
    assert!(said["why"].as_str().unwrap().contains("does not show it"), "{said}");
}

#[tokio::test]
async fn a_left_rerun_stays_a_doubt_that_is_recorded_once_and_a_person_closes() {
    let cluster = cluster().await;
    for (runs, words) in [
        (vec![rerun("run-3"), rerun("run-2")], "the run run-3 (running) takes up the same step"),
        (vec![rerun("run-2")], "no new run takes up the same step"),
    ] {
        let service = service(runs).await;
        let left = Left::by(gone(), staged(again(), &cluster, &service, ago()), None);
        assert_eq!(left.recover(&cluster, Some(&service)).await, 1);
        let (word, said) = left.last();
        assert_eq!((word.as_str(), &said["outcome"]), ("unresolved", &json!("in-doubt")));
        assert!(said["why"].as_str().unwrap().contains(words), "{said}");
        assert_eq!(left.recover(&cluster, Some(&service)).await, 0);
        let closable = orders::closable(&left.rows()).unwrap();
        let closing = closable.closing(Timestamp::now(), gone(), "ann".into(), &"seen there".into());
        orders::record(&left.path(), closing).unwrap();
        assert_eq!(Reader::open(&left.path()).unwrap().open_operations().unwrap(), []);
        assert!(service.seen().iter().all(|seen| seen.method == "GET"));
    }
}

#[tokio::test]
async fn an_order_of_another_service_or_of_a_program_that_runs_is_left_alone() {
    let cluster = cluster().await;
    let (service, other) = (service(vec![]).await, service(vec![]).await);
    let left = Left::by(gone(), staged(begin(), &cluster, &service, ago()), None);
    assert_eq!(left.recover(&cluster, None).await, 0);
    assert_eq!(left.recover(&cluster, Some(&other)).await, 0);
    let living = Left::by(actor::observed(), staged(begin(), &cluster, &service, ago()), None);
    assert_eq!(living.recover(&cluster, Some(&service)).await, 0);
    assert_eq!((left.rows().len(), living.rows().len()), (1, 1));
    assert_eq!((service.seen().len(), other.seen().len()), (0, 0));
}

#[tokio::test]
async fn a_run_that_shows_only_after_a_doubt_was_recorded_ends_it_at_a_later_start() {
    let cluster = cluster().await;
    let service = FakeServer::start(|_, before| {
        let runs = if before < 2 { json!([]) } else { json!([run("run-9", json!({"idempotency_key": ID}))]) };
        body(200, runs.to_string())
    })
    .await;
    let left = Left::by(gone(), staged(begin(), &cluster, &service, ago()), None);
    assert_eq!(left.recover(&cluster, Some(&service)).await, 1);
    let (word, said) = left.last();
    assert_eq!(word, "unresolved");
    assert!(said["why"].as_str().unwrap().starts_with("no run bears the order's own key"), "{said}");
    assert_eq!(left.recover(&cluster, Some(&service)).await, 1);
    assert_eq!((left.last().0.as_str(), left.rows().len()), ("resolved", 3));
    assert!(service.seen().iter().all(|seen| seen.method == "GET"));
}
