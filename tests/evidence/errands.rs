//! Orders to the policy service on the wire: one post, whatever the service does, and what its answer means.

use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};
use rollgate::config::Services;
use rollgate::evidence::Errands;
use rollgate::operation::errand::{
    Command, Dispatch, Errand, Event, Proposal, Reply, Run, State, Status, Wanted, Whither, stage,
};
use rollgate::operation::policy::freeze::{Begin, Grip};
use rollgate::operation::policy::{Freeze, Pattern, Rule, Scope, Terms};
use rollgate::operation::{Acknowledgement, Id, Policy};
use rollgate::rollout::delta::Object;
use rollgate::rollout::parse::{Interner, from_value};
use rollgate::rollout::{Key, Rollout};
use serde_json::{Value, json as value};

use crate::fake_server::{Act, FakeServer, Seen, json};
use crate::gathering::desk;
use crate::{Named, Outcome, block};

pub fn trials() -> Vec<Named> {
    vec![
        ("a run is ordered by one post with its key, and done only when the run is seen", begun),
        ("a rerun is ordered by one post without a key", taken_up),
        ("what a policy service answers to an order is a yes, a definite no, or a doubt", answered),
        ("an order whose answer is lost is posted once, and found by its own key", lost),
        ("nothing is posted that is late, or was staged for another service or tenant", held),
        (
            "nothing is posted that the policy no longer allows when it is to leave, and that is recorded",
            forbidden,
        ),
    ]
}

const ID: &str = "019a0b1c-2d3e-7f40-8a5b-6c7d8e9f0a1b";

fn aborted() -> Rollout {
    let stored = value!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
        "metadata": {"name": "api", "namespace": "shop", "uid": "u-1", "generation": 3},
        "spec": {"replicas": 1, "strategy": {"canary": {"steps": [{"setWeight": 20}]}}},
        "status": {"observedGeneration": "3", "currentPodHash": "b", "stableRS": "a", "abort": true},
    });
    match from_value(stored, &mut Interner::new()) {
        Some(Object::Rollout(rollout)) => *rollout,
        _ => panic!("no Rollout"),
    }
}

fn run(id: &str, status: &str, more: &str) -> Value {
    let mut run: Value = serde_json::from_str(&format!("{{{more}}}")).unwrap();
    run["id"] = id.into();
    run["workflow_id"] = "refunds".into();
    run["status"] = status.into();
    run["steps"] = value!({"pay": {}});
    run
}

fn begin() -> Wanted {
    Wanted::Begin { workflow: "refunds".into() }
}

fn again() -> Wanted {
    Wanted::Again { run: Run::read(&run("run-1", "failed", "")).unwrap(), step: "pay".into() }
}

/// Rules that name both orders, and these freezes.
fn policy(freezes: Vec<Freeze>) -> Arc<Policy> {
    Arc::new(Policy::new(vec![rule(&Wanted::WORDS, Terms::default())], freezes))
}

fn rule(operations: &[&str], terms: Terms) -> Rule {
    let operations = operations.iter().map(|word| Pattern::new(*word)).collect();
    Rule { scope: Scope { operations, ..Scope::default() }, terms: Some(terms), line: None }
}

fn staged(wanted: Wanted, service: &str, tenant: &str) -> Errand {
    let policy = policy(Vec::new());
    let whither = Whither {
        context: "prod".into(),
        key: Key { namespace: "shop".into(), name: "api".into() },
        uid: "u-1".into(),
        server: "https://10.1.2.3:6443".into(),
        user: "ada".into(),
        service: service.into(),
        tenant: tenant.into(),
    };
    let proposal = Proposal { wanted, id: Id(ID.into()), whither, listed: &[], policy: &policy, role: None };
    stage(proposal, &aborted(), Timestamp::now()).unwrap_or_else(|refusal| panic!("{refusal}"))
}

/// Acknowledges and records, and returns the leave to send.
fn dispatch(errand: &mut Errand) -> Dispatch {
    let now = errand.staged_at();
    errand.on(Event::Armed, now);
    let (digest, actor, said) = (errand.digest(), Box::default(), Acknowledgement::default());
    let commands = errand.on(Event::Acknowledged { digest, actor, said }, now);
    assert!(matches!(commands.as_slice(), [Command::Record(_)]), "{commands:?}");
    match errand.on(Event::Recorded { entry: 1 }, now).pop() {
        Some(Command::Send(dispatch)) => *dispatch,
        other => panic!("{other:?}"),
    }
}

/// Carries out what an errand wants until it is over, or wants nothing more for now.
async fn play(errand: &mut Errand, errands: &Errands, mut commands: Vec<Command>) {
    while let Some(command) = commands.pop() {
        let event = match command {
            Command::Send(dispatch) => Event::Answered(errands.send(*dispatch, Timestamp::now()).await),
            Command::Read(run) => Event::Seen(Box::new(errands.run(&run).await.unwrap())),
            Command::List(workflow) => Event::Listed(errands.runs(&workflow).await.unwrap()),
            Command::Record(_) => continue,
        };
        commands.extend(errand.on(event, Timestamp::now()));
    }
}

fn reached(services: &Services, policy: Arc<Policy>) -> (Errands, String) {
    let service = services.policy_service.clone().unwrap();
    let url = service.reach.to_string();
    (Errands::new(service, policy), url)
}

fn posts(server: &FakeServer) -> Vec<Seen> {
    server.seen().into_iter().filter(|seen| seen.method == "POST").collect()
}

/// Has an order carried out by a service that names `run-2` and shows it as `after`; returns it, and the one post.
async fn carried_out(wanted: Wanted, path: &'static str, after: Value) -> (Errand, Seen) {
    let server = FakeServer::start(move |seen, _| match (seen.method.as_str(), seen.path.as_str()) {
        ("POST", to) if to == path => json(200, r#"{"run_id":"run-2"}"#),
        ("GET", "/api/v1/workflow-runs/run-2") => json(200, after.to_string()),
        _ => json(404, r#"{"error":"not found","status":404}"#),
    })
    .await;
    let (_folder, services) = desk(&server.url);
    let (errands, url) = reached(&services, policy(Vec::new()));
    let mut errand = staged(wanted, &url, "shop");
    let send = Command::Send(Box::new(dispatch(&mut errand)));
    play(&mut errand, &errands, vec![send]).await;
    let [post] = posts(&server).try_into().unwrap();
    (errand, post)
}

fn begun() -> Outcome {
    block(async {
        let after = run("run-2", "waiting", "");
        let (errand, post) = carried_out(begin(), "/api/v1/workflows/refunds/runs", after).await;
        let state = errand.state();
        assert!(matches!(state, State::Observed { status: Status::Waiting, .. }), "{state:?}");
        assert_eq!((post.header("idempotency-key"), post.body.as_str()), (Some(ID), "{}"));
        assert_eq!(
            (post.header("x-api-key"), post.header("x-tenant-id")),
            (Some("key-sekret"), Some("shop"))
        );
        assert_eq!(post.header("content-type"), Some("application/json"));
        Ok(())
    })
}

fn taken_up() -> Outcome {
    block(async {
        let after = run("run-2", "pending", r#""rerun_of": "run-1", "rerun_step": "pay""#);
        let (errand, post) = carried_out(again(), "/api/v1/workflow-runs/run-1/rerun", after).await;
        let state = errand.state();
        assert!(matches!(state, State::Observed { status: Status::Pending, .. }), "{state:?}");
        assert_eq!(post.header("idempotency-key"), None);
        let body: Value = serde_json::from_str(&post.body).unwrap();
        assert_eq!(body, value!({"from_step": "pay", "dry_run": false}));
        Ok(())
    })
}

/// Posts an order to a service that answers with this.
async fn posted(wanted: Wanted, script: Vec<Act>) -> Reply {
    let server = FakeServer::start(move |_, _| script.clone()).await;
    let (_folder, services) = desk(&server.url);
    let (errands, url) = reached(&services, policy(Vec::new()));
    let mut errand = staged(wanted, &url, "shop");
    let reply = errands.send(dispatch(&mut errand), Timestamp::now()).await;
    assert_eq!(server.seen().len(), 1, "{reply:?}");
    reply
}

fn answered() -> Outcome {
    block(async {
        let no = |code: u16, words: &str| json(code, format!(r#"{{"error":"{words}","status":{code}}}"#));
        let used = "idempotency key already used";
        assert_eq!(
            posted(begin(), json(200, r#"{"run_id":"r"}"#)).await,
            Reply::Named { run: Arc::from("r") }
        );
        for (script, code) in [
            (no(400, "rerun failed"), 400),
            (no(401, "unauthorized"), 401),
            (no(403, "tenant access denied"), 403),
            (no(404, "run not found"), 404),
            (no(429, "max concurrent workflow runs exceeded"), 429),
            (json(403, "<html>Sign in</html>"), 403),
            (json(200, r#"{"error":"conflict","status":409,"code":"approval_conflict"}"#), 409),
        ] {
            let reply = posted(again(), script).await;
            assert!(matches!(reply, Reply::Refused { code: said, .. } if said == code), "{code}: {reply:?}");
        }
        let cut = vec![Act::Head(200), Act::Piece(r#"{"run_id":"r"#.to_owned()), Act::Close];
        for script in [
            no(409, used),
            no(500, "new run not found"),
            no(503, "workflow concurrency gate unavailable"),
            json(502, "<html>bad gateway</html>"),
            json(429, "slow down"),
            json(200, "<html>Welcome</html>"),
            json(200, r#"{"run_id":""}"#),
            cut,
            vec![Act::Close],
            vec![Act::Reset],
        ] {
            let reply = posted(begin(), script.clone()).await;
            assert!(matches!(reply, Reply::Unknown { .. }), "{script:?}: {reply:?}");
        }
        Ok(())
    })
}

fn lost() -> Outcome {
    block(async {
        let server = FakeServer::start(|seen, _| match seen.method.as_str() {
            "POST" => vec![Act::Reset],
            _ => {
                let own = run("run-9", "running", &format!(r#""idempotency_key": "{ID}""#));
                json(200, value!([run("run-8", "failed", ""), own]).to_string())
            }
        })
        .await;
        let (_folder, services) = desk(&server.url);
        let (errands, url) = reached(&services, policy(Vec::new()));
        let mut errand = staged(begin(), &url, "shop");
        let send = Command::Send(Box::new(dispatch(&mut errand)));
        play(&mut errand, &errands, vec![send]).await;
        let State::Observed { run, .. } = errand.state() else { panic!("{:?}", errand.state()) };
        assert_eq!((&**run, posts(&server).len()), ("run-9", 1));
        assert_eq!(server.seen().last().unwrap().path, "/api/v1/workflows/refunds/runs");
        Ok(())
    })
}

fn held() -> Outcome {
    block(async {
        let server = FakeServer::start(|_, _| json(200, r#"{"run_id":"r"}"#)).await;
        let (_folder, services) = desk(&server.url);
        let (errands, url) = reached(&services, policy(Vec::new()));
        let late = Timestamp::now() + SignedDuration::try_from(Duration::from_secs(60)).unwrap();
        for (service, tenant, now) in [
            (url.as_str(), "shop", late),
            ("https://other.example:443", "shop", Timestamp::now()),
            (url.as_str(), "pay", Timestamp::now()),
        ] {
            let mut errand = staged(begin(), service, tenant);
            let reply = errands.send(dispatch(&mut errand), now).await;
            assert!(matches!(reply, Reply::Refused { code: 0, .. }), "{service} {tenant}: {reply:?}");
        }
        assert_eq!(server.seen().len(), 0);
        Ok(())
    })
}

fn forbidden() -> Outcome {
    block(async {
        let server = FakeServer::start(|_, _| json(200, r#"{"run_id":"r"}"#)).await;
        let (_folder, services) = desk(&server.url);
        let lead = Terms { roles: vec!["lead".to_owned()], ..Terms::default() };
        let denying = |rule: Vec<Rule>| Arc::new(Policy::new(rule, Vec::new()));
        let soon = |begins: Timestamp| Freeze {
            name: "fair".into(),
            scope: Scope::default(),
            begins: Begin::Once(begins.to_zoned(TimeZone::UTC).datetime()),
            lasts: Span::new().hours(1),
            zone: TimeZone::UTC,
            grip: Grip::Yields,
        };
        let later = SignedDuration::from_secs(5);
        for (policy, words) in [
            (denying(Vec::new()), "No rule allows run in prod/shop."),
            (denying(vec![rule(&["rerun"], Terms::default())]), "No rule allows run in prod/shop."),
            (denying(vec![rule(&["run"], lead)]), "wants the role lead"),
            (policy(vec![soon(Timestamp::now() + later)]), "The freeze fair is on."),
        ] {
            let (errands, url) = reached(&services, policy);
            let mut errand = staged(begin(), &url, "shop");
            let dispatch = dispatch(&mut errand);
            let now = errand.staged_at() + later + SignedDuration::from_secs(1);
            let reply = errands.send(dispatch, now).await;
            let [Command::Record(entry)] = &errand.on(Event::Answered(reply), now)[..] else {
                panic!("{words}")
            };
            let body: Value = serde_json::from_str(&entry.body).unwrap();
            assert_eq!((&*entry.event, &body["code"]), ("refused", &value!(0)), "{body}");
            assert!(body["why"].as_str().unwrap().contains(words), "{body}");
        }
        assert_eq!(server.seen().len(), 0);
        let before = Timestamp::now();
        let (errands, url) = reached(&services, policy(vec![soon(before + SignedDuration::from_mins(1))]));
        let mut errand = staged(begin(), &url, "shop");
        let reply = errands.send(dispatch(&mut errand), before).await;
        assert_eq!((reply, server.seen().len()), (Reply::Named { run: "r".into() }, 1), "it is not on yet");
        Ok(())
    })
}
