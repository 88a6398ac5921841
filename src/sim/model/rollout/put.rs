//! Writing into a JSON value at a path.
//!
//! It owns no rule of Argo's. Invariant: whatever stands in the way of a path becomes an object.

use serde_json::{Map, Value};

/// Puts a value at a path, making objects on the way.
pub fn put(object: &mut Value, path: &[&str], value: Value) {
    let Some((key, rest)) = path.split_first() else {
        *object = value;
        return;
    };
    if !object.is_object() {
        *object = Value::Object(Map::new());
    }
    if let Some(map) = object.as_object_mut() {
        put(map.entry(*key).or_insert(Value::Null), rest, value);
    }
}

/// Puts a value at a key if there is one.
pub fn put_some<T: serde::Serialize>(object: &mut Value, key: &str, value: Option<T>) {
    if let Some(value) = value {
        put(object, &[key], serde_json::json!(value));
    }
}
