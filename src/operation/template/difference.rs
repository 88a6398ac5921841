//! Owns how two pod templates differ, as data: place, what was, what is.
//!
//! What the API server fills in by itself is no difference. Lists whose members have names are compared by name, others
//! by place. It never shortens. Invariant: no difference is listed exactly when both templates make the same pods.

use std::collections::BTreeSet;

use serde_json::Value;

use super::defaults::filled;
use crate::text::Printable;

/// One place at which two templates differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The place, for example `spec.containers[web].image`.
    pub path: Printable,
    /// What stands there now; `None` where nothing does.
    pub was: Option<Printable>,
    /// What will stand there; `None` where nothing will.
    pub is: Option<Printable>,
}

/// Lists where the template `now` differs from the template `then`, in the order of places.
pub fn differences(now: &Value, then: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare("", Some(&filled(now)), Some(&filled(then)), &mut found);
    found
}

fn compare(path: &str, was: Option<&Value>, is: Option<&Value>, found: &mut Vec<Difference>) {
    match (was, is) {
        (was, is) if was == is => {}
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            for key in keys {
                compare(&member(path, key), old.get(key), new.get(key), found);
            }
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) => lists(path, old, new, found),
        (was, is) => found.push(Difference { path: path.into(), was: was.map(shown), is: is.map(shown) }),
    }
}

fn lists(path: &str, old: &[Value], new: &[Value], found: &mut Vec<Difference>) {
    let (Some(before), Some(after)) = (names(old), names(new)) else {
        for index in 0..old.len().max(new.len()) {
            compare(&format!("{path}[{index}]"), old.get(index), new.get(index), found);
        }
        return;
    };
    let of = |list: &[Value], names: &[&str], name: &str| {
        names.iter().position(|other| *other == name).and_then(|index| list.get(index)).cloned()
    };
    let added = after.iter().filter(|name| !before.contains(name));
    for name in before.iter().chain(added) {
        let (was, is) = (of(old, &before, name), of(new, &after, name));
        compare(&format!("{path}[{name}]"), was.as_ref(), is.as_ref(), found);
    }
    let kept = |these: &[&str], others: &[&str]| -> Vec<String> {
        these.iter().filter(|name| others.contains(name)).map(|name| (*name).to_owned()).collect()
    };
    let (was, is) = (kept(&before, &after), kept(&after, &before));
    if was != is {
        let order = |names: Vec<String>| Some(Printable::from(names.join(", ")));
        found.push(Difference { path: format!("{path} order").into(), was: order(was), is: order(is) });
    }
}

/// Returns the names of a list's members; `None` where one has none, or two have the same.
fn names(list: &[Value]) -> Option<Vec<&str>> {
    let names: Option<Vec<&str>> = list.iter().map(|member| member.get("name")?.as_str()).collect();
    names.filter(|names| names.iter().collect::<BTreeSet<_>>().len() == names.len())
}

/// Writes a member's place; keys that hold more than a plain word stand in brackets.
fn member(path: &str, key: &str) -> String {
    let plain = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    match (path.is_empty(), plain) {
        (true, _) => key.to_owned(),
        (false, true) => format!("{path}.{key}"),
        (false, false) => format!("{path}[{key}]"),
    }
}

fn shown(value: &Value) -> Printable {
    match value {
        Value::String(text) => Printable::from_cluster(text),
        other => Printable::from(other.to_string()),
    }
}
