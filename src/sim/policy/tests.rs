//! What the policy service beside the cluster answers, without a wire: Cordum's pages, codes and quirks as far as they are asked for.

use http::{HeaderMap, Method};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::route::answer;
use super::*;
use crate::sim::loopback::Question;

const KEY: &str = "of the tests";

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn step(name: &str, seconds: i64, decision: Decision) -> Step {
    let takes = SignedDuration::from_secs(seconds);
    Step { name: name.into(), takes, decided: (decision, "said".into()), fails_with_canary: name == "pay" }
}

/// A workflow of three steps, with two runs behind it, of which the newer one broke off at `pay`.
fn desk() -> Desk {
    let workflow = Workflow {
        name: "refund flow".into(),
        namespace: "shop".into(),
        rollout: "web".into(),
        topic: "job.refunds".into(),
        decided: (Decision::Deny, "not today".into()),
        steps: vec![
            step("collect", 4, Decision::Allow),
            step("pay", 8, Decision::RequireApproval),
            step("report", 4, Decision::Throttle),
        ],
        past: vec![Past { at: at(-500), failed: Some("pay".into()) }, Past { at: at(-4_000), failed: None }],
        waiting: vec![Waiting { since: at(-90), step: "pay".into() }],
        failures: vec![Failure { at: at(-60), reason: "pool_overloaded".into() }],
    };
    Desk::new(vec![workflow], KEY.into(), 7)
}

struct Asking {
    method: Method,
    path: &'static str,
    headers: Vec<(&'static str, &'static str)>,
    body: Value,
}

fn with_key(method: Method, path: &'static str, body: Value) -> Asking {
    Asking { method, path, headers: vec![("x-api-key", KEY), ("x-tenant-id", TENANT)], body }
}

fn get(path: &'static str) -> Asking {
    with_key(Method::GET, path, Value::Null)
}

fn post(path: &'static str, body: Value) -> Asking {
    with_key(Method::POST, path, body)
}

/// Asks, while a canary is out or not, and returns code, body and the words for the history.
fn ask(
    desk: &mut Desk,
    asking: &Asking,
    path: &str,
    canary: bool,
    seconds: i64,
) -> (u16, Value, Option<String>) {
    let mut headers = HeaderMap::new();
    for (name, value) in &asking.headers {
        headers.insert(*name, value.parse().unwrap());
    }
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let body = if asking.body.is_null() { String::new() } else { asking.body.to_string() };
    let (path, query) = (path.to_owned(), query.to_owned());
    let question = Question { method: asking.method.clone(), path, query, headers, body };
    let (answer, ordered) = answer(desk, &question, (&|_| canary, at(seconds)));
    (answer.code.as_u16(), answer.body, ordered)
}

fn asked(desk: &mut Desk, asking: &Asking) -> (u16, Value) {
    let (code, body, _) = ask(desk, asking, asking.path, false, 0);
    (code, body)
}

fn runs(desk: &mut Desk, seconds: i64) -> Vec<Value> {
    let asking = get("/api/v1/workflows/refund%20flow/runs");
    let (code, body, _) = ask(desk, &asking, asking.path, false, seconds);
    assert_eq!(code, 200);
    body.as_array().unwrap().clone()
}

fn stood(run: &Value) -> [&str; 4] {
    let step = |name: &str| run["steps"][name]["status"].as_str().unwrap();
    [run["status"].as_str().unwrap(), step("collect"), step("pay"), step("report")]
}

const RUNS: &str = "/api/v1/workflows/refund%20flow/runs";

#[test]
fn only_its_health_is_said_without_the_key_and_the_tenant() {
    let mut desk = desk();
    let bare = |path| Asking { headers: Vec::new(), ..get(path) };
    assert_eq!(asked(&mut desk, &bare("/health")), (200, json!("ok")));
    assert_eq!(asked(&mut desk, &bare("/api/v1/status")).0, 401);
    let other =
        Asking { headers: vec![("x-api-key", KEY), ("x-tenant-id", "bank")], ..get("/api/v1/status") };
    assert_eq!(asked(&mut desk, &other), (403, json!({"error": "tenant access denied", "status": 403})));
    let (code, status) = asked(&mut desk, &get("/api/v1/status"));
    assert_eq!(
        (code, &status["nats"]["connected"], &status["redis"]["ok"]),
        (200, &json!(true), &json!(true))
    );
    assert!(status["build"]["version"].is_string());
}

#[test]
fn runs_are_listed_newest_first_with_their_steps() {
    let mut desk = desk();
    let runs = runs(&mut desk, 0);
    assert_eq!(stood(&runs[0]), ["failed", "succeeded", "failed", "pending"]);
    assert_eq!(stood(&runs[1]), ["succeeded"; 4]);
    assert_eq!(asked(&mut desk, &get("/api/v1/workflows/other/runs")).0, 404);
}

#[test]
fn a_run_goes_through_its_steps_in_their_time_and_stays_as_it_ended() {
    let mut desk = desk();
    assert_eq!(asked(&mut desk, &post(RUNS, json!({}))).0, 200);
    for (seconds, stands) in [
        (0, ["running", "running", "pending", "pending"]),
        (4, ["running", "succeeded", "running", "pending"]),
        (12, ["running", "succeeded", "succeeded", "running"]),
        (16, ["succeeded"; 4]),
        (9_000, ["succeeded"; 4]),
    ] {
        assert_eq!(stood(&runs(&mut desk, seconds)[0]), stands, "after {seconds} s");
    }
}

#[test]
fn a_run_that_begins_while_a_canary_is_out_breaks_off_where_that_matters() {
    let mut desk = desk();
    let asking = post(RUNS, json!({}));
    ask(&mut desk, &asking, RUNS, true, 0);
    assert_eq!(stood(&runs(&mut desk, 60)[0]), ["failed", "succeeded", "failed", "pending"]);
}

#[test]
fn the_same_key_begins_one_run_and_is_told_once() {
    let mut desk = desk();
    let keyed = |body| {
        let mut asking = post(RUNS, body);
        asking.headers.push(("idempotency-key", "one"));
        asking
    };
    let (code, first, told) = ask(&mut desk, &keyed(json!({})), RUNS, false, 0);
    assert_eq!((code, told.is_some()), (200, true));
    // The body is not compared (Cordum: handlers_workflows.go).
    let (code, again, told) = ask(&mut desk, &keyed(json!({"other": 1})), RUNS, false, 5);
    assert_eq!((code, &again, told), (200, &first, None));
    let runs = runs(&mut desk, 5);
    assert_eq!(
        (runs.len(), &runs[0]["idempotency_key"], &runs[0]["id"]),
        (3, &json!("one"), &first["run_id"])
    );
    assert_eq!(first["run_id"].as_str().unwrap().len(), 36);
}

#[test]
fn a_run_is_taken_up_from_a_step_whose_forerunners_succeeded_and_from_no_other() {
    let mut desk = desk();
    let failed = runs(&mut desk, 0)[0]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/workflow-runs/{failed}/rerun");
    for (step, code) in [("report", 400), ("nowhere", 400), ("", 400)] {
        let asking = post("", json!({"from_step": step, "dry_run": false}));
        let (answered, body, told) = ask(&mut desk, &asking, &path, false, 0);
        assert_eq!((answered, told), (code, None), "{step}: {body}");
        assert_eq!(body["error"], "rerun failed");
    }
    let asking = post("", json!({"from_step": "pay", "dry_run": false}));
    let (code, named, told) = ask(&mut desk, &asking, &path, false, 0);
    assert!(code == 200 && told.is_some(), "{named}");
    let newest = runs(&mut desk, 1).remove(0);
    assert_eq!(newest["id"], named["run_id"]);
    assert_eq!((&newest["rerun_of"], &newest["rerun_step"]), (&json!(failed), &json!("pay")));
    assert_eq!(stood(&newest), ["running", "succeeded", "running", "pending"], "what stood is taken over");
    assert_eq!(stood(&runs(&mut desk, 12)[0]), ["succeeded"; 4]);
    let (code, _, _) = ask(&mut desk, &asking, "/api/v1/workflow-runs/none/rerun", false, 0);
    assert_eq!(code, 404);
}

#[test]
fn a_simulation_decides_as_the_rules_say_and_by_the_built_in_ones_else() {
    let mut desk = desk();
    for (topic, decision, reason) in [
        ("job.refunds", "DECISION_TYPE_DENY", "not today"),
        ("job.other", "DECISION_TYPE_ALLOW", ""),
        ("mail", "DECISION_TYPE_DENY", "unsupported topic"),
    ] {
        let (code, body) = asked(&mut desk, &post("/api/v1/policy/simulate", json!({"topic": topic})));
        assert_eq!((code, &body["decision"], &body["reason"]), (200, &json!(decision), &json!(reason)));
        let bundled = post("/api/v1/policy/bundles/a~b/simulate", json!({"request": {"topic": topic}}));
        assert_eq!(asked(&mut desk, &bundled), (code, body));
    }
    let (code, body) = asked(&mut desk, &post("/api/v1/policy/simulate", json!({})));
    assert_eq!((code, body), (400, json!({"error": "topic is required", "status": 400})));
}

#[test]
fn a_dry_run_says_of_each_step_what_would_be_decided_in_the_short_words() {
    let mut desk = desk();
    let (code, body) = asked(&mut desk, &post("/api/v1/workflows/refund%20flow/dry-run", json!({})));
    let steps: Vec<_> = body["steps"].as_array().unwrap().iter().collect();
    let decisions: Vec<_> =
        steps.iter().map(|step| (step["step_id"].as_str(), step["decision"].as_str())).collect();
    assert_eq!(code, 200);
    assert_eq!(
        decisions,
        [("collect", "ALLOW"), ("pay", "REQUIRE_APPROVAL"), ("report", "THROTTLE")]
            .map(|(step, decision)| (Some(step), Some(decision)))
    );
}

#[test]
fn approvals_that_wait_and_jobs_that_failed_are_whole_pages() {
    let mut desk = desk();
    let (_, approvals) = asked(&mut desk, &get("/api/v1/approvals?limit=100&include_resolved=false"));
    let waiting = &approvals["items"][0];
    assert_eq!(
        (&waiting["approval_status"], &waiting["approval_actionability"]),
        (&json!("pending"), &json!("actionable"))
    );
    assert_eq!(waiting["job"]["updated_at"], at(-90).as_microsecond());
    let (_, failed) = asked(&mut desk, &get("/api/v1/dlq/page?limit=100"));
    assert_eq!(
        (&failed["items"][0]["reason"], &failed["items"][0]["topic"]),
        (&json!("pool_overloaded"), &json!("job.refunds"))
    );
    assert_eq!((&approvals["next_cursor"], &failed["next_cursor"]), (&Value::Null, &Value::Null));
}

#[test]
fn what_is_no_json_and_what_there_is_not_are_refused() {
    let mut desk = desk();
    assert_eq!(asked(&mut desk, &post(RUNS, json!("text"))).0, 400);
    assert_eq!(asked(&mut desk, &post("/api/v1/nowhere", json!({}))).0, 404);
    assert_eq!(asked(&mut desk, &with_key(Method::DELETE, RUNS, Value::Null)).0, 405);
    assert_eq!(runs(&mut desk, 0).len(), 2);
}
