//! Custom kinds in Tables: the columns that their definitions name (argo-rollouts: manifests/crds/*.yaml).
//!
//! It owns those columns. It never shows what a definition does not name. Invariant: a value that is missing, or of
//! another type than its column's, is null (apiextensions: pkg/registry/customresource/tableconvertor).

use jiff::Timestamp;
use serde_json::Value;

use super::{Column, Print, age, at};

const fn column(name: &'static str, sort: &'static str, description: &'static str) -> Column {
    Column { name, sort, wide: false, description }
}

const CREATED: Column = column("Age", "date", "Time since resource was created");

pub(super) const ROLLOUT: Print = Print {
    columns: &[
        column("Desired", "integer", "Number of desired pods"),
        column("Current", "integer", "Total number of non-terminated pods targeted by this rollout"),
        column(
            "Up-to-date",
            "integer",
            "Total number of non-terminated pods targeted by this rollout that have the desired template spec",
        ),
        column(
            "Available",
            "integer",
            "Total number of available pods (ready for at least minReadySeconds) targeted by this rollout",
        ),
        CREATED,
    ],
    cells: |value, now| {
        let whole = |path: &[&str]| at(value, path).as_i64().map_or(Value::Null, Value::from);
        vec![
            whole(&["spec", "replicas"]),
            whole(&["status", "replicas"]),
            whole(&["status", "updatedReplicas"]),
            whole(&["status", "availableReplicas"]),
            date(value, now),
        ]
    },
    name_at: 0,
};

pub(super) const ANALYSIS_RUN: Print = Print {
    columns: &[column("Status", "string", "AnalysisRun status"), CREATED],
    cells: phase_and_age,
    name_at: 0,
};

pub(super) const EXPERIMENT: Print = Print {
    columns: &[column("Status", "string", "Experiment status"), CREATED],
    cells: phase_and_age,
    name_at: 0,
};

pub(super) const VIRTUAL_SERVICE: Print = Print {
    columns: &[
        column("Gateways", "string", "The names of gateways and sidecars that should apply these routes"),
        column("Hosts", "string", "The destination hosts to which traffic is being sent"),
        CREATED,
    ],
    cells: |value, now| {
        let list = |key: &str| match at(value, &["spec", key]) {
            Value::Null => Value::Null,
            list => Value::from(list.to_string()),
        };
        vec![list("gateways"), list("hosts"), date(value, now)]
    },
    name_at: 0,
};

/// Any other kind, Argo's templates among them: its age.
pub(super) const OTHER: Print =
    Print { columns: &[CREATED], cells: |value, now| vec![date(value, now)], name_at: 0 };

fn phase_and_age(value: &Value, now: Timestamp) -> Vec<Value> {
    let phase = at(value, &["status", "phase"]).as_str().map_or(Value::Null, Value::from);
    vec![phase, date(value, now)]
}

fn date(value: &Value, now: Timestamp) -> Value {
    match at(value, &["metadata", "creationTimestamp"]) {
        Value::Null => Value::Null,
        _ => age::age(value, now),
    }
}
