//! The few rules of built-in kinds that people meet.
//!
//! It owns what makes a Deployment, ReplicaSet, Pod or Service invalid most often (Kubernetes: apis/{apps,core}/
//! validation). It never validates as much as the real server does: what it lets pass may be refused there.

use serde_json::Value;

use crate::sim::objects::Kind;
use crate::sim::objects::fault::Fault;
use crate::sim::objects::kind::{DEPLOYMENT, POD, REPLICA_SET};
use crate::sim::objects::path::at;
use crate::sim::objects::selector::LabelSelector;

/// What is wrong with a built-in object.
pub(super) fn faults(kind: &'static Kind, before: Option<&Value>, value: &Value) -> Vec<Fault> {
    let mut faults = Vec::new();
    if kind == &DEPLOYMENT || kind == &REPLICA_SET {
        replicated(before, value, &mut faults);
    } else if kind == &POD && before.is_none() {
        containers("spec.containers", at(value, &["spec"]), &mut faults);
    }
    faults
}

fn replicated(before: Option<&Value>, value: &Value, faults: &mut Vec<Fault>) {
    if let Some(replicas) =
        at(value, &["spec", "replicas"]).filter(|count| count.as_i64().is_some_and(|n| n < 0))
    {
        faults.push(Fault::invalid("spec.replicas", replicas, "must be greater than or equal to 0"));
    }
    let selector = at(value, &["spec", "selector"]);
    let labels = at(value, &["spec", "template", "metadata", "labels"]);
    match selector {
        None => faults.push(Fault::required("spec.selector", "")),
        Some(selector) if !LabelSelector::of(selector).chooses(labels) => {
            let none = Value::Object(serde_json::Map::new());
            let why = "`selector` does not match template `labels`";
            faults.push(Fault::invalid("spec.template.metadata.labels", labels.unwrap_or(&none), why));
        }
        Some(_) => {}
    }
    if before.is_none() {
        let spec = at(value, &["spec", "template", "spec"]);
        containers("spec.template.spec.containers", spec, faults);
    }
    let old = before.and_then(|before| at(before, &["spec", "selector"]));
    if let (Some(old), Some(new)) = (old, selector)
        && old != new
    {
        faults.push(Fault::invalid("spec.selector", new, "field is immutable"));
    }
}

fn containers(field: &str, spec: Option<&Value>, faults: &mut Vec<Fault>) {
    let listed = spec.and_then(|spec| spec.get("containers")).and_then(Value::as_array);
    if listed.is_none_or(Vec::is_empty) {
        faults.push(Fault::required(field, ""));
    }
}
