//! Analysis templates: finding them, joining them, and giving them their arguments.
//!
//! It never creates a run. Invariant: what cannot be joined or resolved is told in Argo's words, which end up in the
//! Rollout's `InvalidSpec` (Argo: utils/analysis/helpers.go, factory.go).

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::pass::Rollout;
use super::put::put;
use super::spec::{Analysis, Argument};
use crate::sim::objects::kind::{ANALYSIS_TEMPLATE, CLUSTER_ANALYSIS_TEMPLATE};
use crate::sim::objects::{Objects, Place};

/// A template that was found.
pub struct Template<'a> {
    /// Its name.
    pub name: String,
    /// Whether it stands in the whole cluster.
    pub cluster: bool,
    /// Its spec.
    pub spec: &'a Value,
}

/// The hashes that arguments may name.
#[derive(Clone, Copy)]
pub struct Hashes<'a> {
    /// The wanted version's.
    pub latest: &'a str,
    /// The stable version's.
    pub stable: &'a str,
}

/// A template that is not there: its name, and what Argo says.
pub struct Missing {
    /// Its name.
    pub name: String,
    /// What is said.
    pub message: String,
}

/// Finds templates and those that they name in turn, each once: the namespace's first, then the cluster's.
///
/// # Errors
/// Where one is not there.
pub fn find<'a>(
    objects: &'a Objects,
    namespace: &str,
    analysis: &Analysis,
) -> Result<Vec<Template<'a>>, Missing> {
    let mut queue: Vec<(String, bool)> =
        analysis.templates.iter().rev().map(|it| (it.template_name.clone(), it.cluster_scope)).collect();
    let (mut seen, mut found) = (BTreeSet::new(), Vec::new());
    while let Some((name, cluster)) = queue.pop() {
        if !seen.insert((name.clone(), cluster)) {
            continue;
        }
        let kind = if cluster { &CLUSTER_ANALYSIS_TEMPLATE } else { &ANALYSIS_TEMPLATE };
        let Some(stored) = objects.get(&Place::new(kind, namespace, &name)) else {
            return Err(Missing { message: format!("{} '{name}' not found", kind.kind), name });
        };
        let spec = stored.value.get("spec").unwrap_or(&Value::Null);
        for inner in items(spec, "templates").rev() {
            let text = inner.get("templateName").and_then(Value::as_str).unwrap_or_default();
            queue
                .push((text.to_owned(), inner.get("clusterScope").and_then(Value::as_bool).unwrap_or(false)));
        }
        found.push(Template { name, cluster, spec });
    }
    found.sort_by_key(|template| template.cluster);
    Ok(found)
}

/// Joins templates and arguments into the spec of an AnalysisRun.
///
/// # Errors
/// Argo's words on two metrics of one name, two values of one argument, or an argument without a value.
pub fn run_spec(templates: &[Template<'_>], analysis: &Analysis, given: &[Value]) -> Result<Value, String> {
    let mut metrics: Vec<Value> = Vec::new();
    for metric in templates.iter().flat_map(|template| items(template.spec, "metrics")) {
        if metrics.iter().any(|known| known.get("name") == metric.get("name")) {
            return Err(format!("two metrics have the same name '{}'", text(metric, "name")));
        }
        metrics.push(metric.clone());
    }
    let joined = |key: &str, own: &[Value]| -> Vec<Value> {
        own.iter().chain(templates.iter().flat_map(|template| items(template.spec, key))).cloned().collect()
    };
    let args = merge(join_args(templates)?, given)?;
    let mut spec = Map::new();
    spec.insert("metrics".to_owned(), Value::Array(metrics));
    for (key, list) in [
        ("args", args),
        ("dryRun", joined("dryRun", &analysis.dry_run)),
        ("measurementRetention", joined("measurementRetention", &analysis.measurement_retention)),
    ] {
        if !list.is_empty() {
            spec.insert(key.to_owned(), Value::Array(list));
        }
    }
    Ok(Value::Object(spec))
}

fn join_args(templates: &[Template<'_>]) -> Result<Vec<Value>, String> {
    let mut joined: Vec<Value> = Vec::new();
    for arg in templates.iter().flat_map(|template| items(template.spec, "args")) {
        let Some(known) = joined.iter_mut().find(|known| known.get("name") == arg.get("name")) else {
            joined.push(arg.clone());
            continue;
        };
        match (known.get("value"), arg.get("value")) {
            (Some(one), Some(other)) if one != other => {
                let (name, one, other) = (text(arg, "name"), text(known, "value"), text(arg, "value"));
                return Err(format!(
                    "Argument `{name}` specified multiple times with different values: '{one}', '{other}'"
                ));
            }
            (None, _) => *known = arg.clone(),
            _ => {}
        }
    }
    Ok(joined)
}

fn merge(mut args: Vec<Value>, given: &[Value]) -> Result<Vec<Value>, String> {
    for one in given {
        if let Some(known) = args.iter_mut().find(|known| known.get("name") == one.get("name")) {
            put(known, &["value"], one.get("value").cloned().unwrap_or_default());
        }
    }
    match args.iter().find(|arg| arg.get("value").is_none() && arg.get("valueFrom").is_none()) {
        Some(arg) => Err(format!("args.{} was not resolved", text(arg, "name"))),
        None => Ok(args),
    }
}

/// Gives arguments their values (Argo: `BuildArgumentsForRolloutAnalysisRun`).
///
/// # Errors
/// Where a field of the Rollout cannot be read.
pub fn arguments(args: &[Argument], hashes: Hashes<'_>, rollout: &Rollout<'_>) -> Result<Vec<Value>, String> {
    let value = |arg: &Argument| -> Result<String, String> {
        let Some(from) = &arg.value_from else { return Ok(arg.value.clone()) };
        match (from.pod_template_hash_value.as_deref(), &from.field_ref) {
            (Some("Latest"), _) => Ok(hashes.latest.to_owned()),
            (Some("Stable"), _) => Ok(hashes.stable.to_owned()),
            (None, Some(field)) => field_of(&rollout.stored.value, &field.field_path),
            _ => Ok(arg.value.clone()),
        }
    };
    args.iter().map(|arg| Ok(json!({ "name": arg.name, "value": value(arg)? }))).collect()
}

/// Reads a field of an object by its path: `metadata.labels['app']`, `spec.template.spec.containers[0].image`.
///
/// # Errors
/// Argo's words where there is no such field, or it is no single value.
pub fn field_of(object: &Value, path: &str) -> Result<String, String> {
    let (plain, key) = match path.split_once("['") {
        Some((plain, rest)) => (plain, rest.strip_suffix("']")),
        None => (path, None),
    };
    let parts = plain.split(['.', '[', ']']).filter(|part| !part.is_empty()).chain(key);
    let mut at = object;
    for part in parts {
        at = match at {
            Value::Array(list) => {
                let index: usize = part.parse().map_err(|_| format!("invalid index '{part}'"))?;
                list.get(index).ok_or_else(|| format!("index {index} out of range"))?
            }
            Value::Object(map) => map.get(part).unwrap_or(&Value::Null),
            _ => return Err(format!("invalid path {path} in rollout")),
        };
    }
    match at {
        // A label or annotation that is not there is an empty text to Kubernetes.
        Value::Null if key.is_some() => Ok(String::new()),
        Value::Null => Err(format!("invalid path {path} in rollout")),
        Value::String(text) => Ok(text.clone()),
        Value::Array(_) | Value::Object(_) => {
            Err(format!("path {path} in rollout must terminate in a primitive value"))
        }
        other => Ok(other.to_string()),
    }
}

/// Gives a list in an object; nothing where there is none.
pub fn items<'v>(value: &'v Value, key: &str) -> std::slice::Iter<'v, Value> {
    value.get(key).and_then(Value::as_array).map_or(&[][..], Vec::as_slice).iter()
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}
