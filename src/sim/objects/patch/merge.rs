//! Merge patches (RFC 7386), with the server's own reading of lists.
//!
//! It owns how a merge patch changes an object (evanphx/json-patch v4: merge.go). It never refuses one.

use serde_json::{Map, Value};

use crate::sim::objects::Refusal;

/// The object after a merge patch.
pub(super) fn applied(patch: Value, value: &Value) -> Result<Value, Refusal> {
    let mut value = value.clone();
    match (&mut value, patch) {
        (Value::Object(map), Value::Object(patch)) => merge(map, patch),
        _ => return Err(Refusal::bad_request("Invalid JSON Patch")),
    }
    Ok(value)
}

fn merge(map: &mut Map<String, Value>, patch: Map<String, Value>) {
    for (key, new) in patch {
        if new.is_null() {
            map.remove(&key);
            continue;
        }
        match (map.get_mut(&key), new) {
            (Some(Value::Object(old)), Value::Object(new)) => merge(old, new),
            (Some(old @ Value::Object(_)), new) => *old = new,
            (_, mut new) => {
                prune(&mut new);
                map.insert(key, new);
            }
        }
    }
}

/// Drops nulls from what is new, also inside of lists: the server does, although RFC 7386 takes lists as they are.
fn prune(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(prune);
        }
        Value::Array(list) => list.iter_mut().for_each(prune),
        _ => {}
    }
}
