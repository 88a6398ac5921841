//! The merge patch that leads from one state of a part of an object to another, and putting a value into an object.
//!
//! It owns JSON's shapes alone; it knows no kind and writes nothing to the cluster. Invariant: an empty patch means that nothing is to be written, and a
//! patch merged into the old state gives the new one (RFC 7386, lists as wholes).

use serde_json::{Map, Value};

/// Makes the patch from `old` to `new`, if there is any difference.
pub fn patch(old: &Value, new: &Value) -> Option<Value> {
    let (Value::Object(old), Value::Object(new)) = (old, new) else {
        return (old != new).then(|| new.clone());
    };
    let mut changed = Map::new();
    for (key, value) in new {
        match old.get(key) {
            Some(known) => {
                if let Some(inner) = patch(known, value) {
                    changed.insert(key.clone(), inner);
                }
            }
            None => {
                changed.insert(key.clone(), value.clone());
            }
        }
    }
    for key in old.keys().filter(|key| !new.contains_key(*key)) {
        changed.insert(key.clone(), Value::Null);
    }
    (!changed.is_empty()).then_some(Value::Object(changed))
}

/// Puts a value into an object at a path, making the objects on the way to it.
pub fn put(object: &mut Value, path: &[&str], value: Value) {
    let Some((key, rest)) = path.split_first() else {
        *object = value;
        return;
    };
    if !object.is_object() {
        *object = Value::Object(Map::new());
    }
    if let Some(fields) = object.as_object_mut() {
        put(fields.entry(*key).or_insert(Value::Null), rest, value);
    }
}

#[cfg(test)]
mod tests;
