//! Tables: what `kubectl get` prints of each kind, column by column.
//!
//! It owns columns and cells: of custom kinds by their definitions' `additionalPrinterColumns`, of the others as
//! Kubernetes prints them (pkg/printers/internalversion/printers.go). It never reads a clock. Invariant: a row has as
//! many cells as its kind has columns.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::sim::objects::kind::{
    ANALYSIS_RUN, CONFIG_MAP, DEPLOYMENT, EVENT, EXPERIMENT, INGRESS, JOB, LEASE, NAMESPACE, POD,
    POD_TEMPLATE, REPLICA_SET, ROLLOUT, SECRET, SERVICE, SERVICE_ACCOUNT, VIRTUAL_SERVICE,
};
use crate::sim::objects::{Kind, Stored};

mod age;
mod core;
mod custom;
mod pods;
mod workloads;

/// A column of a Table.
struct Column {
    name: &'static str,
    /// `string`, `integer` or `date`.
    sort: &'static str,
    /// Whether it is shown by `-o wide` alone.
    wide: bool,
    description: &'static str,
}

const fn shown(name: &'static str, sort: &'static str) -> Column {
    Column { name, sort, wide: false, description: "" }
}

const fn wide(name: &'static str) -> Column {
    Column { name, sort: "string", wide: true, description: "" }
}

const AGE: Column = shown("Age", "string");

/// How a kind is printed: its columns after the name, and the cells for them.
struct Print {
    columns: &'static [Column],
    cells: fn(&Value, Timestamp) -> Vec<Value>,
    /// Where the name stands among the columns; first, but for Events.
    name_at: usize,
}

fn print(kind: &Kind) -> Print {
    let kinds: [(&Kind, Print); 17] = [
        (&ROLLOUT, custom::ROLLOUT),
        (&ANALYSIS_RUN, custom::ANALYSIS_RUN),
        (&EXPERIMENT, custom::EXPERIMENT),
        (&VIRTUAL_SERVICE, custom::VIRTUAL_SERVICE),
        (&POD, pods::POD),
        (&REPLICA_SET, workloads::REPLICA_SET),
        (&DEPLOYMENT, workloads::DEPLOYMENT),
        (&JOB, workloads::JOB),
        (&POD_TEMPLATE, workloads::POD_TEMPLATE),
        (&SERVICE, core::SERVICE),
        (&INGRESS, core::INGRESS),
        (&EVENT, core::EVENT),
        (&NAMESPACE, core::NAMESPACE),
        (&CONFIG_MAP, core::CONFIG_MAP),
        (&SECRET, core::SECRET),
        (&SERVICE_ACCOUNT, core::SERVICE_ACCOUNT),
        (&LEASE, core::LEASE),
    ];
    kinds.into_iter().find(|(one, _)| *one == kind).map_or(custom::OTHER, |(_, print)| print)
}

/// Returns the definitions of a kind's columns.
pub(super) fn columns(kind: &Kind) -> Value {
    let print = print(kind);
    let name = json!({
        "name": "Name", "type": "string", "format": "name",
        "description": "Name must be unique within a namespace.",
        "priority": i32::from(print.name_at > 0),
    });
    let mut columns: Vec<Value> = print.columns.iter().map(column).collect();
    columns.insert(print.name_at.min(columns.len()), name);
    Value::Array(columns)
}

fn column(column: &Column) -> Value {
    json!({
        "name": column.name, "type": column.sort, "format": "",
        "description": column.description, "priority": i32::from(column.wide),
    })
}

/// Returns an object's cells.
pub(super) fn cells(object: &Stored, now: Timestamp) -> Vec<Value> {
    let print = print(object.place.kind);
    let mut cells = (print.cells)(&object.value, now);
    cells.insert(print.name_at.min(cells.len()), Value::from(&*object.place.name));
    cells
}

/// The value at a path of keys; null where there is none.
fn at<'a>(value: &'a Value, path: &[&str]) -> &'a Value {
    path.iter().try_fold(value, |value, key| value.get(key)).unwrap_or(&Value::Null)
}

/// The text at a path of keys; empty where there is none.
fn text<'a>(value: &'a Value, path: &[&str]) -> &'a str {
    at(value, path).as_str().unwrap_or_default()
}

/// The whole number at a path of keys; 0 where there is none.
fn number(value: &Value, path: &[&str]) -> i64 {
    at(value, path).as_i64().unwrap_or_default()
}

/// The elements of the list at a path of keys.
fn each<'a>(value: &'a Value, path: &[&str]) -> impl Iterator<Item = &'a Value> + Clone {
    at(value, path).as_array().map(Vec::as_slice).unwrap_or_default().iter()
}

fn or<'a>(text: &'a str, otherwise: &'a str) -> &'a str {
    if text.is_empty() { otherwise } else { text }
}

/// Names and images of the containers at a path of keys, each joined by commas.
fn containers(value: &Value, path: &[&str]) -> [Value; 2] {
    let joined = |key: &str| {
        let all: Vec<&str> = each(value, path).map(|container| text(container, &[key])).collect();
        Value::from(all.join(","))
    };
    [joined("name"), joined("image")]
}

/// Labels as `a=b,c=d`, in order of their keys; `<none>` where there are none.
fn labels(value: &Value, path: &[&str]) -> Value {
    let labels = at(value, path).as_object();
    let mut pairs: Vec<String> = labels
        .into_iter()
        .flatten()
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
        .collect();
    pairs.sort();
    Value::from(if pairs.is_empty() { "<none>".to_owned() } else { pairs.join(",") })
}

#[cfg(test)]
mod tests;
