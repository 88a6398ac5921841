//! Whether the fields that `/scale` reads of a Rollout can be read.
//!
//! It owns the sentences about those that cannot (apiextensions: registry/customresource/validator.go; apimachinery:
//! apis/meta/v1/unstructured). It never judges other fields.

use serde_json::Value;

use crate::sim::objects::Part;
use crate::sim::objects::fault::Fault;

/// What is wrong with those fields; a write of the status is not asked about `spec`.
pub(super) fn faults(part: Part, value: &Value) -> Vec<Fault> {
    let mut faults = Vec::new();
    if part != Part::Status {
        faults.extend(number_fault(value, &["spec", "replicas"]));
    }
    faults.extend(number_fault(value, &["status", "HPAReplicas"]));
    let selector = ["status", "selector"];
    if let Err(why) = found(value, &selector).and_then(|there| there.map_or(Ok(()), text)) {
        faults.push(Fault::invalid(".status.selector", &"".into(), &accessor(&selector, &why)));
    }
    faults
}

fn number_fault(value: &Value, path: &[&str]) -> Option<Fault> {
    let field = format!(".{}", path.join("."));
    let there = match found(value, path) {
        Ok(there) => there?,
        Err(why) => return Some(Fault::invalid(field, &0.into(), &accessor(path, &why))),
    };
    let why = match there.as_i64() {
        None => return Some(Fault::invalid(field, &0.into(), &accessor(path, &unlike(there, "int64")))),
        Some(number) if number < 0 => "should be a non-negative integer",
        Some(number) if number > i64::from(i32::MAX) => "should be less than or equal to 2147483647",
        Some(_) => return None,
    };
    Some(Fault::invalid(field, there, why))
}

/// The value at a path, or why the way there ends.
fn found<'a>(value: &'a Value, path: &[&str]) -> Result<Option<&'a Value>, String> {
    let mut here = value;
    for key in path {
        let Some(map) = here.as_object() else { return Err(unlike(here, "map[string]interface{}")) };
        let Some(next) = map.get(*key) else { return Ok(None) };
        here = next;
    }
    Ok(Some(here))
}

fn text(there: &Value) -> Result<(), String> {
    if there.is_string() { Ok(()) } else { Err(unlike(there, "string")) }
}

fn accessor(path: &[&str], why: &str) -> String {
    format!(".{} accessor error: {why}", path.join("."))
}

fn unlike(there: &Value, wanted: &str) -> String {
    let is = match there {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_i64() => "int64",
        Value::Number(_) => "float64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    };
    let shown = match (there.as_str(), there.as_f64()) {
        (Some(text), _) => text.to_owned(),
        (None, Some(number)) if number.fract() == 0.0 => format!("{number:.0}"),
        _ => there.to_string(),
    };
    format!("{shown} is of the type {is}, expected {wanted}")
}
