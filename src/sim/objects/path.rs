//! Reading and writing inside a JSON value by a path of keys.
//!
//! It owns no rule of the API. It never fails: what is not there, or not of the type asked for, is `None`.

use serde_json::{Map, Value};

/// The value at a path of keys.
pub(super) fn at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, key| value.get(key))
}

/// The text at a path of keys; an empty one counts as none.
pub(super) fn text_at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a str> {
    at(value, path)?.as_str().filter(|text| !text.is_empty())
}

/// The texts of a list at a path of keys.
pub(super) fn texts_at<'a>(value: &'a Value, path: &[&str]) -> impl Iterator<Item = &'a str> {
    at(value, path).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// The object at a key, made where it is missing; `None` where something else stands there.
pub(super) fn child<'a>(value: &'a mut Value, key: &str) -> Option<&'a mut Map<String, Value>> {
    let map = value.as_object_mut()?;
    let entry = map.entry(key.to_owned()).or_insert(Value::Null);
    if entry.is_null() {
        *entry = Value::Object(Map::new());
    }
    entry.as_object_mut()
}

/// Sets a key of an object, or takes it away.
pub(super) fn set(map: &mut Map<String, Value>, key: &str, value: Option<Value>) {
    match value {
        Some(value) => map.insert(key.to_owned(), value),
        None => map.remove(key),
    };
}
