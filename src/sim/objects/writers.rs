//! Who wrote an object last (`metadata.managedFields`), as far as readers here make use of it.
//!
//! It owns one entry for each writer and part, with the parts that its newest write changed. It never tells single fields apart, and
//! takes nothing from a writer whose fields another overwrites: the API server does (apimachinery: util/managedfields).

use jiff::{Timestamp, Unit};
use serde_json::{Map, Value, json};

/// Entries that are kept; the oldest go first (managedfields: `DefaultMaxUpdateManagers`).
const MOST: usize = 10;

/// Notes that `writer` made `value` of `before`.
pub(super) fn note(writer: &str, before: &Value, value: &mut Value, now: Timestamp) {
    let changed = |part: &str| before.get(part) != value.get(part);
    let parts = ["spec", "status"].into_iter().filter(|part| changed(part));
    let fields: Map<String, Value> = parts.map(|part| (format!("f:{part}"), json!({}))).collect();
    let of_status = fields.contains_key("f:status") && fields.len() == 1;
    let version = value.get("apiVersion").cloned().unwrap_or_default();
    let mut entry = json!({
        "manager": writer,
        "operation": "Update",
        "apiVersion": version,
        "time": now.round(Unit::Second).unwrap_or(now).to_string(),
        "fieldsType": "FieldsV1",
        "fieldsV1": fields,
    });
    if let (true, Some(entry)) = (of_status, entry.as_object_mut()) {
        entry.insert("subresource".to_owned(), "status".into());
    }
    let same = |other: &Value| {
        other.get("manager") == entry.get("manager") && other.get("subresource") == entry.get("subresource")
    };
    let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    let known = metadata.get("managedFields").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut entries: Vec<Value> = known.into_iter().filter(|other| !same(other)).collect();
    entries.push(entry);
    entries.drain(..entries.len().saturating_sub(MOST));
    metadata.insert("managedFields".to_owned(), entries.into());
}
