//! A pod's status after each thing that the kubelet can do with it.
//!
//! It owns the words and fields, byte by byte those of the test cluster: kwok's fast stages and the project's own on
//! top of them, as the API server then stores them. It never decides what happens. Invariant: every time in a status
//! is the time of the look.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::sim::model::{moment, owner, random};

use super::Next;

/// Makes the status of a pod after what came next for it.
pub fn after(next: Next, pod: &Value, now: Timestamp) -> Value {
    let mut status = pod.get("status").and_then(Value::as_object).cloned().unwrap_or_default();
    let time = moment::written(now);
    match next {
        Next::Ready => run(&mut status, pod, &time),
        Next::Unready => {
            go_wrong(&mut status, pod, &time, ("Running", 0, &json!({"running": {"startedAt": time}})))
        }
        Next::Crash => {
            let waiting = json!({"waiting": {
                "reason": "CrashLoopBackOff",
                "message": "back-off 5m0s restarting failed container",
            }});
            go_wrong(&mut status, pod, &time, ("Running", 5, &waiting));
        }
        Next::Unpullable => {
            let waiting =
                json!({"waiting": {"reason": "ImagePullBackOff", "message": "Back-off pulling image"}});
            go_wrong(&mut status, pod, &time, ("Pending", 0, &waiting));
        }
        Next::Complete => {
            let ended = json!({"terminated": {
                "exitCode": 0, "reason": "Completed", "startedAt": time, "finishedAt": time,
            }});
            end(&mut status, pod, "Succeeded", &ended);
        }
        Next::Fail => {
            let ended = json!({"terminated": {
                "exitCode": 1, "reason": "Error", "startedAt": time, "finishedAt": time,
            }});
            end(&mut status, pod, "Failed", &ended);
        }
    }
    Value::Object(status)
}

fn run(status: &mut Map<String, Value>, pod: &Value, time: &str) {
    status.insert("phase".to_owned(), json!("Running"));
    status.insert("startTime".to_owned(), json!(time));
    status.insert("conditions".to_owned(), conditions("True", time));
    let running = |one: &Value| container(one, (true, None, 0), &json!({"running": {"startedAt": time}}));
    status.insert("containerStatuses".to_owned(), each(pod, "containers", running));
    if pod.pointer("/spec/initContainers").is_some() {
        let done = json!({"terminated": {
            "exitCode": 0, "reason": "Completed", "startedAt": time, "finishedAt": time,
        }});
        let init = |one: &Value| match owner::text(one, "/restartPolicy") {
            "Always" => container(one, (true, Some(true), 0), &json!({"running": {"startedAt": time}})),
            _ => container(one, (true, None, 0), &done),
        };
        status.insert("initContainerStatuses".to_owned(), each(pod, "initContainers", init));
    }
    let number = random::mix(&[owner::text(pod, "/metadata/uid"), "ip"]);
    let address = format!("10.0.{}.{}", (number >> 8) % 256, number % 254 + 1);
    status.insert("podIPs".to_owned(), json!([{"ip": address}]));
    status.insert("podIP".to_owned(), json!(address));
}

fn go_wrong(status: &mut Map<String, Value>, pod: &Value, time: &str, how: (&str, u32, &Value)) {
    let (phase, restarts, state) = how;
    status.insert("phase".to_owned(), json!(phase));
    status.insert("startTime".to_owned(), json!(time));
    status.insert("conditions".to_owned(), conditions("False", time));
    let each = each(pod, "containers", |one| container(one, (false, Some(false), restarts), state));
    status.insert("containerStatuses".to_owned(), each);
}

fn end(status: &mut Map<String, Value>, pod: &Value, phase: &str, state: &Value) {
    let started = (phase == "Succeeded").then_some(false);
    status.insert("phase".to_owned(), json!(phase));
    let each = each(pod, "containers", |one| container(one, (false, started, 0), state));
    status.insert("containerStatuses".to_owned(), each);
}

fn conditions(ready: &str, time: &str) -> Value {
    let rows = [("Initialized", "True"), ("Ready", ready), ("ContainersReady", ready)];
    rows.iter()
        .map(|(kind, status)| json!({"type": kind, "status": status, "lastProbeTime": null, "lastTransitionTime": time}))
        .collect()
}

fn each(pod: &Value, list: &str, status: impl Fn(&Value) -> Value) -> Value {
    let containers = pod.pointer(&format!("/spec/{list}")).and_then(Value::as_array);
    containers.into_iter().flatten().map(status).collect()
}

/// One container's status: whether it is ready, whether it started where that is said, how often it restarted.
fn container(spec: &Value, facts: (bool, Option<bool>, u32), state: &Value) -> Value {
    let (ready, started, restarts) = facts;
    let mut status = json!({
        "name": owner::text(spec, "/name"),
        "image": owner::text(spec, "/image"),
        "imageID": "",
        "ready": ready,
        "restartCount": restarts,
        "state": state,
        "lastState": {},
    });
    if let (Some(started), Some(fields)) = (started, status.as_object_mut()) {
        fields.insert("started".to_owned(), json!(started));
    }
    status
}
