//! Pods in Tables.
//!
//! It owns how a pod's containers become one word (Kubernetes: `printPod`). It never shows a phase where a container
//! gives a better reason.

use jiff::Timestamp;
use serde_json::Value;

use super::age::{age, human, time};
use super::{AGE, Print, at, each, number, or, shown, text, wide};

pub(super) const POD: Print = Print {
    columns: &[
        shown("Ready", "string"),
        shown("Status", "string"),
        shown("Restarts", "string"),
        AGE,
        wide("IP"),
        wide("Node"),
        wide("Nominated Node"),
        wide("Readiness Gates"),
    ],
    cells,
    name_at: 0,
};

/// What a pod's containers come to.
struct Tally {
    ready: usize,
    restarts: i64,
    last: Option<Timestamp>,
    reason: String,
}

fn cells(value: &Value, now: Timestamp) -> Vec<Value> {
    let tally = tally(value);
    let restarts = match tally.last {
        Some(last) if tally.restarts != 0 => {
            format!("{} ({} ago)", tally.restarts, human(now.as_second().saturating_sub(last.as_second())))
        }
        _ => tally.restarts.to_string(),
    };
    let none = "<none>";
    let address = each(value, &["status", "podIPs"]).next().map_or("", |one| text(one, &["ip"]));
    vec![
        format!("{}/{}", tally.ready, each(value, &["spec", "containers"]).count()).into(),
        status(value, tally.reason).into(),
        restarts.into(),
        age(value, now),
        or(address, or(text(value, &["status", "podIP"]), none)).into(),
        or(text(value, &["spec", "nodeName"]), none).into(),
        or(text(value, &["status", "nominatedNodeName"]), none).into(),
        gates(value).into(),
    ]
}

fn status(value: &Value, reason: String) -> String {
    let leaving = !at(value, &["metadata", "deletionTimestamp"]).is_null();
    let over = ["Succeeded", "Failed"].contains(&text(value, &["status", "phase"]));
    match text(value, &["status", "reason"]) {
        "NodeLost" if leaving => "Unknown".to_owned(),
        _ if leaving && !over => "Terminating".to_owned(),
        _ => reason,
    }
}

fn tally(value: &Value) -> Tally {
    let phase = or(text(value, &["status", "reason"]), text(value, &["status", "phase"]));
    let mut tally = Tally { ready: 0, restarts: 0, last: None, reason: phase.to_owned() };
    if let Some(reason) = initialising(value, &mut tally) {
        tally.reason = reason;
        return tally;
    }
    tally.restarts = 0;
    tally.last = None;
    let mut running = false;
    let containers: Vec<&Value> = each(value, &["status", "containerStatuses"]).collect();
    for container in containers.into_iter().rev() {
        count_restarts(container, &mut tally);
        match stopped(container) {
            Some(reason) => tally.reason = reason,
            None if at(container, &["ready"]) == &Value::Bool(true)
                && !at(container, &["state", "running"]).is_null() =>
            {
                running = true;
                tally.ready += 1;
            }
            None => {}
        }
    }
    if tally.reason == "Completed" && running {
        let ready = each(value, &["status", "conditions"])
            .any(|one| text(one, &["type"]) == "Ready" && text(one, &["status"]) == "True");
        tally.reason = if ready { "Running" } else { "NotReady" }.to_owned();
    }
    tally
}

/// The word for a pod whose init containers are not through.
fn initialising(value: &Value, tally: &mut Tally) -> Option<String> {
    let wanted = each(value, &["spec", "initContainers"]).count();
    for (at_container, container) in each(value, &["status", "initContainerStatuses"]).enumerate() {
        count_restarts(container, tally);
        let ended = at(container, &["state", "terminated"]);
        let waiting = text(container, &["state", "waiting", "reason"]);
        if !ended.is_null() && number(ended, &["exitCode"]) == 0 {
            continue;
        }
        return Some(match stopped(container) {
            Some(reason) if !ended.is_null() || waiting != "PodInitializing" => format!("Init:{reason}"),
            _ => format!("Init:{at_container}/{wanted}"),
        });
    }
    None
}

fn count_restarts(container: &Value, tally: &mut Tally) {
    tally.restarts += number(container, &["restartCount"]);
    let ended = time(at(container, &["lastState", "terminated", "finishedAt"]));
    tally.last = tally.last.max(ended);
}

/// Why a container waits or ended; `None` for one that does neither.
fn stopped(container: &Value) -> Option<String> {
    let waiting = text(container, &["state", "waiting", "reason"]);
    let ended = at(container, &["state", "terminated"]);
    match () {
        () if !waiting.is_empty() => Some(waiting.to_owned()),
        () if ended.is_null() => None,
        () if !text(ended, &["reason"]).is_empty() => Some(text(ended, &["reason"]).to_owned()),
        () if number(ended, &["signal"]) != 0 => Some(format!("Signal:{}", number(ended, &["signal"]))),
        () => Some(format!("ExitCode:{}", number(ended, &["exitCode"]))),
    }
}

fn gates(value: &Value) -> String {
    let gates = each(value, &["spec", "readinessGates"]);
    let total = gates.clone().count();
    if total == 0 {
        return "<none>".to_owned();
    }
    let holds = |gate: &&Value| {
        let kind = text(gate, &["conditionType"]);
        each(value, &["status", "conditions"])
            .any(|one| text(one, &["type"]) == kind && text(one, &["status"]) == "True")
    };
    format!("{}/{total}", gates.filter(holds).count())
}
