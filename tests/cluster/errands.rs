//! Orders to a policy service from the real program beside a real cluster: chosen, acknowledged and sent by a person at a terminal.
//!
//! What the service got is its own witness, and what the program says of it stands on the screen and in the ledger. Invariant of each
//! case: one post, whatever became of its answer.

use rollgate::ledger::{Reader, Row};
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::cluster::{CONTEXT, Cluster, Namespace, Scene, User};
use crate::harness::Case;
use crate::person::{Left, Person, Seat, events};
use crate::policy_service::{Manner, PolicyService, WORKFLOW, run};

type Outcome = Result<(), String>;

/// The cases of this file.
pub fn trials() -> Vec<Case> {
    vec![
        Case::new(
            "errands: a run is taken up again after an abort, by one post with the body that was shown",
            taken_up,
        ),
        Case::new("errands: a run whose answer is lost is found by its own key, and posted once", lost),
        Case::new(
            "errands: a program killed between a post and its answer is followed by one that sends nothing again",
            killed,
        ),
        Case::new(
            "errands: a program that leaves before the answer says so, and the next one finds the run",
            quit,
        ),
        Case::new("errands: without a rule that names it nothing is ordered of the policy service", unnamed),
    ]
}

const GATE: &str = "rollout_gates: {}\npolicy_service: {workflow: refunds}\n";

fn begun() -> Vec<Value> {
    vec![
        run("run-2", "failed", &[("check", "succeeded"), ("pay", "failed")]),
        run("run-1", "succeeded", &[("check", "succeeded"), ("pay", "succeeded")]),
    ]
}

/// Sits somebody down who may order of the service what these words name.
fn seat(seat: Seat, namespace: &Namespace<'_>, service: &PolicyService, words: &[&str]) -> Seat {
    let rule = format!(
        "[[rule]]\ncontext = '{CONTEXT}'\nnamespace = '{}'\noperation = {words:?}\nwith = 'reason'\neffect = 'allow'\n",
        namespace.name()
    );
    seat.configured(&format!("{}{rule}", service.configuration()))
}

fn sits_down<'c>(
    (cluster, hint): (&'c Cluster, &str),
    scene: Scene,
    service: &PolicyService,
) -> Result<(Namespace<'c>, Person), String> {
    let namespace = cluster.namespace(hint)?;
    scene.bring(&namespace, "web")?;
    let at = Seat::of(&namespace, User::Operator).gated(GATE);
    let mut person = seat(at, &namespace, service, &["run", "rerun"]).sit_down();
    person.sees_row(&["web"]);
    Ok((namespace, person))
}

/// Opens the list of runs.
fn lists_runs(person: &mut Person) {
    person.types("o");
    person.sees("Begins a run at the policy service");
    person.types("W");
    person.sees("begin a run of refunds");
}

/// Gives the reason that the rule wants and acknowledges.
fn confirms(person: &mut Person) {
    person.gives_reason("Say why", "the fix is out");
    person.waits_until_armed();
    person.acknowledges();
}

/// Asserts that the operator wrote nothing in the cluster.
fn assert_untouched(namespace: &Namespace<'_>) -> Outcome {
    let writes = namespace.writes(User::Operator)?;
    assert!(writes.is_empty(), "{writes:?}");
    Ok(())
}

fn body(row: &Row) -> Result<Value, String> {
    serde_json::from_str(&row.body).map_err(|error| error.to_string())
}

fn ended(left: &Left, words: &[&str]) -> Result<Vec<Value>, String> {
    let rows = left.ledger()?;
    assert_eq!(events(&rows), words);
    rows.iter().map(body).collect()
}

fn taken_up(cluster: &Cluster) -> Outcome {
    let service = PolicyService::start(begun())?;
    let (namespace, mut person) = sits_down((cluster, "errand-rerun"), Scene::Aborted, &service)?;
    lists_runs(&mut person);
    // The newest run that failed is selected, then the step that failed.
    person.types("o");
    person.sees("did not succeed");
    person.types("o");
    person.sees("POST /api/v1/workflow-runs/run-2/rerun");
    let shown = person.shown_body();
    assert!(service.posts().is_empty(), "nothing is sent that was not acknowledged");
    confirms(&mut person);
    person.sees("done: the run run-3 is there, running");
    person.closes();
    let left = person.leaves();
    let [post] = service.posts().try_into().map_err(|posts| format!("{posts:?}"))?;
    assert_eq!((post.path.as_str(), post.key), ("/api/v1/workflow-runs/run-2/rerun", None));
    assert_eq!(post.body, shown);
    let sent: Value = serde_json::from_str(&post.body).map_err(|error| error.to_string())?;
    assert_eq!(sent, json!({"from_step": "pay", "dry_run": false}));
    let said = ended(&left, &["acknowledged", "accepted", "observed"])?;
    assert_eq!((&said[0]["kind"], &said[0]["reason"]), (&json!("rerun"), &json!("the fix is out")));
    assert_eq!(
        (&said[0]["request"]["body"], &said[0]["request"]["path"]),
        (&json!(shown), &json!(post.path))
    );
    assert_eq!((&said[2]["run"], &said[2]["status"]), (&json!("run-3"), &json!("running")));
    assert!(left.farewell.contains("done: the run run-3 is there"), "{}", left.farewell);
    assert_untouched(&namespace)
}

fn lost(cluster: &Cluster) -> Outcome {
    let service = PolicyService::start(begun())?;
    let (namespace, mut person) = sits_down((cluster, "errand-lost"), Scene::Healthy, &service)?;
    lists_runs(&mut person);
    person.types("o");
    person.sees(&format!("POST /api/v1/workflows/{WORKFLOW}/runs"));
    service.be(Manner::KeepsAnswers);
    confirms(&mut person);
    person.sees("sent; waiting for the policy service");
    cluster.wait_for("the post is there", || Ok((!service.posts().is_empty()).then_some(())))?;
    service.hang_up();
    person.sees("done: the run run-3 is there, running");
    person.closes();
    let left = person.leaves();
    let said = ended(&left, &["acknowledged", "in-doubt", "observed"])?;
    let [post] = service.posts().try_into().map_err(|posts| format!("{posts:?}"))?;
    assert_eq!((said[0]["idempotency_key"].as_str(), post.body.as_str()), (post.key.as_deref(), "{}"));
    assert_eq!(service.runs()[0]["idempotency_key"], said[0]["idempotency_key"]);
    assert_untouched(&namespace)
}

fn killed(cluster: &Cluster) -> Outcome {
    followed((cluster, "errand-killed"), |mut person| {
        person.screen.signal(Signal::KILL);
        person.screen.wait_exit();
        person.left()
    })?;
    Ok(())
}

fn quit(cluster: &Cluster) -> Outcome {
    let farewell = followed((cluster, "errand-quit"), |mut person| {
        person.sees("sent; waiting for the policy service");
        person.closes();
        person.leaves()
    })?;
    for words in ["sent; waiting for the policy service", "nobody looks for its outcome any more"] {
        assert!(farewell.contains(words), "{farewell}");
    }
    Ok(())
}

/// Ends a program between its post and the answer, in this way, and has another one find what became of it; returns the last words of
/// the first.
fn followed(at: (&Cluster, &str), ends: impl FnOnce(Person) -> Left) -> Result<String, String> {
    let cluster = at.0;
    let service = PolicyService::start(begun())?;
    let (namespace, mut person) = sits_down(at, Scene::Healthy, &service)?;
    lists_runs(&mut person);
    person.types("o");
    person.sees(&format!("POST /api/v1/workflows/{WORKFLOW}/runs"));
    service.be(Manner::KeepsAnswers);
    confirms(&mut person);
    cluster.wait_for("the post is there", || Ok((!service.posts().is_empty()).then_some(())))?;
    let left = ends(person);
    service.be(Manner::Answers);
    service.hang_up();
    ended(&left, &["acknowledged"])?;
    let farewell = left.farewell.clone();
    let again = Seat::after(left, &cluster.kubeconfig(User::Operator)).arg("-n").arg(namespace.name());
    let mut person = seat(again, &namespace, &service, &["run", "rerun"]).sit_down();
    person.sees_row(&["web"]);
    cluster.wait_for("the order's end is recorded", || {
        let reader = Reader::open(&person.ledger()).map_err(|error| error.to_string())?;
        let rows = reader.newest(10).map_err(|error| error.to_string())?;
        Ok(rows.iter().any(|row| row.event == "resolved").then_some(()))
    })?;
    let said = ended(&person.leaves(), &["acknowledged", "resolved"])?;
    assert_eq!((&said[1]["outcome"], &said[1]["kind"]), (&json!("applied"), &json!("run")), "{}", said[1]);
    assert_eq!(said[1]["why"], "the run run-3 (running) bears the order's own key");
    assert_eq!(service.posts().len(), 1);
    assert_untouched(&namespace)?;
    Ok(farewell)
}

fn unnamed(cluster: &Cluster) -> Outcome {
    let service = PolicyService::start(begun())?;
    let namespace = cluster.namespace("errand-unnamed")?;
    Scene::Healthy.bring(&namespace, "web")?;
    let at = Seat::of(&namespace, User::Operator).gated(GATE).configured(&service.configuration());
    // Who may order all of the cluster may order nothing of the service.
    let mut person = at.allowed_in(namespace.name()).sit_down();
    person.sees_row(&["web"]);
    person.types("o");
    person.sees("No rule allows run in");
    person.types("W");
    person.sees("Write a rule there whose operation names run.");
    person.types("\x1b");
    person.sees("q quit");
    let left = person.leaves();
    assert!(service.posts().is_empty());
    left.assert_nothing_sent(&namespace, User::Operator)
}
