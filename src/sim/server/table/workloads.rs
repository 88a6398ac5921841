//! ReplicaSets, Deployments, Jobs and PodTemplates in Tables.
//!
//! It owns their columns and cells. It never counts pods: the status says how many there are.

use jiff::Timestamp;
use serde_json::Value;

use super::age::{age, human, time};
use super::{AGE, Print, at, containers, each, labels, number, shown, text, wide};

const TEMPLATE: &[&str] = &["spec", "template", "spec", "containers"];

pub(super) const REPLICA_SET: Print = Print {
    columns: &[
        shown("Desired", "integer"),
        shown("Current", "integer"),
        shown("Ready", "integer"),
        AGE,
        wide("Containers"),
        wide("Images"),
        wide("Selector"),
    ],
    cells: |value, now| {
        let [names, images] = containers(value, TEMPLATE);
        vec![
            desired(value).into(),
            number(value, &["status", "replicas"]).into(),
            number(value, &["status", "readyReplicas"]).into(),
            age(value, now),
            names,
            images,
            selector(value),
        ]
    },
    name_at: 0,
};

pub(super) const DEPLOYMENT: Print = Print {
    columns: &[
        shown("Ready", "string"),
        shown("Up-to-date", "string"),
        shown("Available", "string"),
        AGE,
        wide("Containers"),
        wide("Images"),
        wide("Selector"),
    ],
    cells: |value, now| {
        let [names, images] = containers(value, TEMPLATE);
        vec![
            format!("{}/{}", number(value, &["status", "readyReplicas"]), desired(value)).into(),
            number(value, &["status", "updatedReplicas"]).into(),
            number(value, &["status", "availableReplicas"]).into(),
            age(value, now),
            names,
            images,
            selector(value),
        ]
    },
    name_at: 0,
};

pub(super) const JOB: Print = Print {
    columns: &[
        shown("Status", "string"),
        shown("Completions", "string"),
        shown("Duration", "string"),
        AGE,
        wide("Containers"),
        wide("Images"),
        wide("Selector"),
    ],
    cells: |value, now| {
        let [names, images] = containers(value, TEMPLATE);
        vec![
            job_status(value).into(),
            completions(value).into(),
            duration(value, now).into(),
            age(value, now),
            names,
            images,
            selector(value),
        ]
    },
    name_at: 0,
};

pub(super) const POD_TEMPLATE: Print = Print {
    columns: &[shown("Containers", "string"), shown("Images", "string"), shown("Pod Labels", "string")],
    cells: |value, _| {
        let [names, images] = containers(value, &["template", "spec", "containers"]);
        vec![names, images, labels(value, &["template", "metadata", "labels"])]
    },
    name_at: 0,
};

/// Replicas wanted; 1 where nothing is said.
fn desired(value: &Value) -> i64 {
    at(value, &["spec", "replicas"]).as_i64().unwrap_or(1)
}

fn selector(value: &Value) -> Value {
    labels(value, &["spec", "selector", "matchLabels"])
}

fn job_status(value: &Value) -> &'static str {
    let holds = |kind: &str| {
        each(value, &["status", "conditions"])
            .any(|one| text(one, &["type"]) == kind && text(one, &["status"]) == "True")
    };
    match () {
        () if holds("Complete") => "Complete",
        () if holds("Failed") => "Failed",
        () if !at(value, &["metadata", "deletionTimestamp"]).is_null() => "Terminating",
        () if holds("Suspended") => "Suspended",
        () if holds("FailureTarget") => "FailureTarget",
        () if holds("SuccessCriteriaMet") => "SuccessCriteriaMet",
        () => "Running",
    }
}

fn completions(value: &Value) -> String {
    let succeeded = number(value, &["status", "succeeded"]);
    let parallelism = number(value, &["spec", "parallelism"]);
    match at(value, &["spec", "completions"]).as_i64() {
        Some(wanted) => format!("{succeeded}/{wanted}"),
        None if parallelism > 1 => format!("{succeeded}/1 of {parallelism}"),
        None => format!("{succeeded}/1"),
    }
}

fn duration(value: &Value, now: Timestamp) -> String {
    let began = time(at(value, &["status", "startTime"]));
    let ended = time(at(value, &["status", "completionTime"])).unwrap_or(now);
    began.map(|began| human(ended.as_second().saturating_sub(began.as_second()))).unwrap_or_default()
}
