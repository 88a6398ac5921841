//! JSON Patches (RFC 6902) as the API server reads them, which is not quite the RFC.
//!
//! It owns how each operation finds its place and what makes it fail (evanphx/json-patch v4: patch.go): `replace` of a
//! missing key sets it, `test` for null passes on a missing key, negative indices count from the end, and scalars are
//! compared as they are spelled. It never tells more about a failure than the server does.

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::sim::objects::Refusal;

/// What the server calls an operation when it cannot read one.
const OPERATION: &str = "handlers.jsonPatchOp";

/// Operations that one patch may hold.
const LIMIT: usize = 10_000;

#[derive(Deserialize)]
struct Operation<'a> {
    op: Option<String>,
    path: Option<String>,
    from: Option<String>,
    #[serde(borrow)]
    value: Option<&'a RawValue>,
}

/// An operation that does not fit the object; the server tells no more.
struct Misfit;

type Fit<T> = Result<T, Misfit>;

/// The object after a JSON Patch.
pub(super) fn applied(body: &[u8], value: &Value) -> Result<Value, Refusal> {
    let read = serde_json::from_slice::<Option<Vec<Operation<'_>>>>(body);
    let operations = read.map_err(|error| unreadable(&error, body))?.unwrap_or_default();
    if operations.len() > LIMIT {
        let count = operations.len();
        let why = format!("The allowed maximum operations in a JSON patch is {LIMIT}, got {count}");
        return Err(Refusal::too_large(&why));
    }
    let mut value = value.clone();
    for operation in &operations {
        perform(operation, &mut value).map_err(|Misfit| Refusal::patch_failed())?;
    }
    Ok(value)
}

fn unreadable(error: &serde_json::Error, body: &[u8]) -> Refusal {
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        return super::malformed(error, body, super::DECODING);
    };
    let (wrong, into) = match &value {
        Value::Array(list) => list.iter().find_map(misread).unwrap_or(("null", String::new())),
        other => (super::kind_of(other), format!("value of type []{OPERATION}")),
    };
    Refusal::bad_request(format!("{}json: cannot unmarshal {wrong} into Go {into}", super::DECODING))
}

/// What is there instead of an operation or of one of its texts, and what Go would have made of it.
fn misread(operation: &Value) -> Option<(&'static str, String)> {
    let Some(map) = operation.as_object() else {
        return Some((super::kind_of(operation), format!("value of type {OPERATION}")));
    };
    ["op", "path", "from"].iter().find_map(|key| {
        let wrong = map.get(*key).filter(|there| !there.is_string() && !there.is_null())?;
        Some((super::kind_of(wrong), format!("struct field jsonPatchOp.{key} of type string")))
    })
}

fn perform(operation: &Operation<'_>, value: &mut Value) -> Fit<()> {
    let path = operation.path.as_deref().ok_or(Misfit)?;
    let from = || operation.from.as_deref().ok_or(Misfit);
    match operation.op.as_deref() {
        Some("add") => add(value, path, given(operation)?),
        Some("remove") => remove(value, path).map(|_| ()),
        Some("replace") => replace(value, path, given(operation)?),
        Some("move") => {
            let moved = remove(value, from()?)?;
            add(value, path, moved)
        }
        Some("copy") => {
            let copied = found(value, from()?)?.cloned().unwrap_or(Value::Null);
            add(value, path, copied)
        }
        Some("test") => test(value, path, operation.value),
        _ => Err(Misfit),
    }
}

/// The value of an operation; a missing one is null.
fn given(operation: &Operation<'_>) -> Fit<Value> {
    let Some(raw) = operation.value else { return Ok(Value::Null) };
    serde_json::from_str(raw.get()).map_err(|_| Misfit)
}

/// The parent of a path's last step, and that step.
fn parent<'a>(value: &'a mut Value, path: &str) -> Fit<(&'a mut Value, String)> {
    let (way, key) = split(path)?;
    let mut here = value;
    for step in way {
        here = match here {
            Value::Object(map) => map.get_mut(&step).ok_or(Misfit)?,
            Value::Array(list) => {
                let index = index(&step, list.len())?;
                list.get_mut(index).ok_or(Misfit)?
            }
            _ => return Err(Misfit),
        };
    }
    Ok((here, key))
}

/// The value at a path: `None` where its parent is an object without the key.
fn found<'a>(value: &'a Value, path: &str) -> Fit<Option<&'a Value>> {
    let (way, key) = split(path)?;
    let mut here = value;
    for step in way {
        here = stepped(here, &step)?.ok_or(Misfit)?;
    }
    stepped(here, &key)
}

fn stepped<'a>(here: &'a Value, step: &str) -> Fit<Option<&'a Value>> {
    match here {
        Value::Object(map) => Ok(map.get(step)),
        Value::Array(list) => Ok(list.get(index(step, list.len())?)),
        _ => Err(Misfit),
    }
}

fn split(path: &str) -> Fit<(Vec<String>, String)> {
    let mut steps = path.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~"));
    let mut way: Vec<String> = steps.by_ref().collect();
    let key = way.pop().ok_or(Misfit)?;
    Ok((way, key))
}

/// The index that a step names in a list of this length; `-1` is the last.
fn index(step: &str, length: usize) -> Fit<usize> {
    let number: i64 = step.parse().map_err(|_| Misfit)?;
    let length = i64::try_from(length).map_err(|_| Misfit)?;
    let number = if number < 0 { number + length } else { number };
    if (0..length).contains(&number) { usize::try_from(number).map_err(|_| Misfit) } else { Err(Misfit) }
}

fn add(value: &mut Value, path: &str, new: Value) -> Fit<()> {
    let (parent, key) = parent(value, path)?;
    match parent {
        Value::Object(map) => {
            map.insert(key, new);
        }
        Value::Array(list) if key == "-" => list.push(new),
        Value::Array(list) => {
            let index = index(&key, list.len() + 1)?;
            list.insert(index, new);
        }
        _ => return Err(Misfit),
    }
    Ok(())
}

fn remove(value: &mut Value, path: &str) -> Fit<Value> {
    let (parent, key) = parent(value, path)?;
    match parent {
        Value::Object(map) => map.remove(&key).ok_or(Misfit),
        Value::Array(list) => {
            let index = index(&key, list.len())?;
            Ok(list.remove(index))
        }
        _ => Err(Misfit),
    }
}

fn replace(value: &mut Value, path: &str, new: Value) -> Fit<()> {
    if path.is_empty() {
        *value = if new.is_object() { new } else { return Err(Misfit) };
        return Ok(());
    }
    let (parent, key) = parent(value, path)?;
    match parent {
        Value::Object(map) => {
            map.insert(key, new);
        }
        Value::Array(list) => {
            let index = index(&key, list.len())?;
            *list.get_mut(index).ok_or(Misfit)? = new;
        }
        _ => return Err(Misfit),
    }
    Ok(())
}

fn test(value: &Value, path: &str, wanted: Option<&RawValue>) -> Fit<()> {
    let there = if path.is_empty() { Some(value) } else { found(value, path)? };
    let spelled = wanted.map_or("null", RawValue::get);
    let same = match there {
        None | Some(Value::Null) => spelled == "null",
        Some(there) => same(there, spelled),
    };
    if same { Ok(()) } else { Err(Misfit) }
}

/// Compares a value with the spelling of another: objects and lists by content, scalars by their letters.
fn same(there: &Value, spelled: &str) -> bool {
    match there {
        Value::Object(map) => {
            let Ok(wanted) = serde_json::from_str::<Map<String, Value>>(spelled) else { return false };
            let Ok(raw) = serde_json::from_str::<std::collections::BTreeMap<String, &RawValue>>(spelled)
            else {
                return false;
            };
            wanted.len() == map.len()
                && raw.iter().all(|(key, raw)| map.get(key).is_some_and(|one| same(one, raw.get())))
        }
        Value::Array(list) => {
            let Ok(wanted) = serde_json::from_str::<Vec<&RawValue>>(spelled) else { return false };
            wanted.len() == list.len() && list.iter().zip(wanted).all(|(one, raw)| same(one, raw.get()))
        }
        Value::String(text) => go_text(text) == spelled,
        scalar => {
            let text = scalar.to_string();
            text == spelled
        }
    }
}

/// A text as Go's encoder writes it, with the letters escaped that HTML would mind.
fn go_text(text: &str) -> String {
    let plain = Value::from(text).to_string();
    let escaped = [
        ('<', "\\u003c"),
        ('>', "\\u003e"),
        ('&', "\\u0026"),
        ('\u{2028}', "\\u2028"),
        ('\u{2029}', "\\u2029"),
    ];
    escaped.iter().fold(plain, |text, (letter, code)| text.replace(*letter, code))
}
