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

/// Adds what is wrong with a built-in object.
pub(super) fn judge(kind: &'static Kind, before: Option<&Value>, value: &Value, faults: &mut Vec<Fault>) {
    if kind == &DEPLOYMENT || kind == &REPLICA_SET {
        replicated(before, value, faults);
    } else if kind == &POD && before.is_none() {
        containers("spec.containers", at(value, &["spec"]), faults);
    }
}

/// Drops fields that are null, at any depth.
pub(super) fn prune(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(prune);
        }
        Value::Array(list) => list.iter_mut().for_each(prune),
        _ => {}
    }
}

fn replicated(before: Option<&Value>, value: &Value, faults: &mut Vec<Fault>) {
    if let Some(replicas) =
        at(value, &["spec", "replicas"]).filter(|count| count.as_i64().is_some_and(|n| n < 0))
    {
        faults.push(Fault::invalid("spec.replicas", replicas, "must be greater than or equal to 0"));
    }
    let selector = at(value, &["spec", "selector"]);
    let labels = at(value, &["spec", "template", "metadata", "labels"]);
    if selector.is_none() {
        faults.push(Fault::required("spec.selector", ""));
    }
    if !selector.is_some_and(|selector| LabelSelector::of(selector).chooses(labels)) {
        let none = Value::Object(serde_json::Map::new());
        let why = "`selector` does not match template `labels`";
        faults.push(Fault::invalid("spec.template.metadata.labels", labels.unwrap_or(&none), why));
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
