//! From a request to what the service answers (Cordum: gateway API, docs/api-reference.md).
//!
//! It owns which pages there are, who may read them, and how often an order is told. It keeps nothing itself. Invariant: without the key
//! and the tenant nothing but its health is said.

use http::{Method, StatusCode};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::answer::{error, good};
use super::decision::simulated;
use super::desk::{Desk, Refused};
use super::workflow::{TENANT, Workflow};
use crate::sim::loopback::{Answer, Question};

/// What it says of itself.
const VERSION: &str = "1.0.0-demo";

/// Whether a canary of the Rollout that a workflow is about gets traffic, and when it is now.
pub(super) type Now<'a> = (&'a dyn Fn(&Workflow) -> bool, Timestamp);

/// Answers a request; where it was an order that was carried out, tells it in words.
pub(super) fn answer(desk: &mut Desk, asked: &Question, now: Now<'_>) -> (Answer, Option<String>) {
    if asked.path == "/health" {
        return (good("ok".into()), None);
    }
    if asked.header("x-api-key") != Some(&desk.key) {
        return (error(StatusCode::UNAUTHORIZED, "unauthorized"), None);
    }
    if asked.header("x-tenant-id") != Some(TENANT) {
        return (error(StatusCode::FORBIDDEN, "tenant access denied"), None);
    }
    let decoded = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
    let path = asked.path.strip_prefix("/api/v1/").unwrap_or_default();
    let parts: Vec<String> = path.split('/').map(decoded).collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match asked.method {
        Method::GET => (read(desk, &parts, now.1), None),
        Method::POST => posted(desk, &parts, asked, now),
        _ => (error(StatusCode::METHOD_NOT_ALLOWED, "method not allowed"), None),
    }
}

fn read(desk: &Desk, parts: &[&str], now: Timestamp) -> Answer {
    match parts {
        ["status"] => good(json!({
            "time": now.to_string(), "build": {"version": VERSION, "commit": "demo", "date": ""},
            "nats": {"connected": true, "status": "CONNECTED"}, "redis": {"ok": true},
            "workers": {"count": 1}, "license": {"plan": "demo"},
        })),
        ["workflows", name, "runs"] => match desk.workflow(name) {
            Some(_) => good(desk.runs(name).map(|(of, run)| run.shown(of, now)).collect::<Vec<_>>().into()),
            None => error(StatusCode::NOT_FOUND, "workflow not found"),
        },
        ["workflow-runs", id] => match desk.run(id) {
            Some((of, run)) => good(run.shown(of, now)),
            None => error(StatusCode::NOT_FOUND, "workflow run not found"),
        },
        ["approvals"] => {
            let mut items: Vec<(i64, Value)> = desk.workflows.iter().flat_map(Workflow::approvals).collect();
            items.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
            page(items)
        }
        ["dlq", "page"] => {
            let failed = desk.workflows.iter().flat_map(Workflow::failed_jobs);
            let mut items: Vec<_> = failed.filter(|(at, _)| *at <= now).collect();
            items.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
            page(items)
        }
        _ => error(StatusCode::NOT_FOUND, "not found"),
    }
}

/// A page that is the last.
fn page<T>(items: Vec<(T, Value)>) -> Answer {
    let items: Vec<Value> = items.into_iter().map(|(_, item)| item).collect();
    good(json!({"items": items, "next_cursor": null}))
}

fn posted(desk: &mut Desk, parts: &[&str], asked: &Question, now: Now<'_>) -> (Answer, Option<String>) {
    let body = match asked.body.trim() {
        "" => Some(json!({})),
        text => serde_json::from_str::<Value>(text).ok().filter(Value::is_object),
    };
    let Some(body) = body else { return (error(StatusCode::BAD_REQUEST, "invalid json"), None) };
    match parts {
        ["policy", "simulate"] => (simulate(desk, &body), None),
        ["policy", "bundles", _, "simulate"] => {
            (simulate(desk, body.get("request").unwrap_or(&Value::Null)), None)
        }
        ["workflows", name, "dry-run"] => match desk.workflow(name) {
            Some(workflow) => (good(workflow.dry_run()), None),
            None => (error(StatusCode::NOT_FOUND, "workflow not found"), None),
        },
        ["workflows", name, "runs"] => begun(desk, name, asked.header("idempotency-key"), now),
        ["workflow-runs", id, "rerun"] => taken_up(desk, id, &body, now),
        _ => (error(StatusCode::NOT_FOUND, "not found"), None),
    }
}

fn simulate(desk: &Desk, asked: &Value) -> Answer {
    let topic = asked.get("topic").and_then(Value::as_str).unwrap_or_default();
    if topic.is_empty() {
        return error(StatusCode::BAD_REQUEST, "topic is required");
    }
    let ruled = desk.workflows.iter().find(|workflow| workflow.topic == topic);
    good(simulated(topic, ruled.map(|workflow| (workflow.decided.0, &*workflow.decided.1))))
}

fn begun(desk: &mut Desk, name: &str, key: Option<&str>, now: Now<'_>) -> (Answer, Option<String>) {
    let (is_out, at) = now;
    let canary_out = desk.workflow(name).is_some_and(is_out);
    match desk.begin(name, key, (canary_out, at)) {
        Some((id, new)) => {
            let ordered = new.then(|| format!("you: begin the run {id} of {name} at the policy service"));
            (good(json!({"run_id": id})), ordered)
        }
        None => (error(StatusCode::NOT_FOUND, "workflow not found"), None),
    }
}

fn taken_up(desk: &mut Desk, id: &str, body: &Value, now: Now<'_>) -> (Answer, Option<String>) {
    let (is_out, at) = now;
    let step = body.get("from_step").and_then(Value::as_str).unwrap_or_default();
    let canary_out = desk.run(id).is_some_and(|(workflow, _)| is_out(workflow));
    match desk.take_up(id, step, (canary_out, at)) {
        Ok(new) => {
            let ordered = format!("you: take up the run {id} from {step} at the policy service, as {new}");
            (good(json!({"run_id": new})), Some(ordered))
        }
        Err(Refused::Unknown) => (error(StatusCode::NOT_FOUND, "workflow run not found"), None),
        Err(Refused::Step) => (error(StatusCode::BAD_REQUEST, "rerun failed"), None),
    }
}
