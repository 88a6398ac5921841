//! Strategic merge patches, for kinds of Kubernetes itself, as far as kubectl and Argo's plugin send them.
//!
//! It owns which lists are merged and by which key (k8s.io/api: `patchStrategy`, `patchMergeKey`) and the directives
//! `$patch`, `$retainKeys`, `$deleteFromPrimitiveList`; `$setElementOrder` only orders, and is left out.
//! It never refuses a patch.

use serde_json::{Map, Value};

/// Lists that are merged, by the key of their field: the key of an element.
const MERGED: &[(&str, &str)] = &[
    ("containers", "name"),
    ("initContainers", "name"),
    ("ephemeralContainers", "name"),
    ("env", "name"),
    ("volumes", "name"),
    ("volumeMounts", "mountPath"),
    ("imagePullSecrets", "name"),
    ("hostAliases", "ip"),
    ("conditions", "type"),
    ("ownerReferences", "uid"),
    ("podIPs", "ip"),
    ("topologySpreadConstraints", "topologyKey"),
];

/// Lists of scalars that are merged.
const SETS: &[&str] = &["finalizers"];

/// The object after a strategic merge patch.
pub(super) fn applied(patch: Value, value: &Value) -> Value {
    let mut value = value.clone();
    if let (Value::Object(map), Value::Object(patch)) = (&mut value, patch) {
        merge(map, patch);
    }
    value
}

fn merge(map: &mut Map<String, Value>, mut patch: Map<String, Value>) {
    if patch.remove("$patch").as_ref().and_then(Value::as_str) == Some("replace") {
        *map = patch;
        return;
    }
    if let Some(Value::Array(kept)) = patch.remove("$retainKeys") {
        map.retain(|key, _| kept.iter().any(|one| one.as_str() == Some(key)));
    }
    for (key, new) in patch {
        if let Some(list) = key.strip_prefix("$deleteFromPrimitiveList/") {
            let unwanted = new.as_array().cloned().unwrap_or_default();
            if let Some(Value::Array(old)) = map.get_mut(list) {
                old.retain(|one| !unwanted.contains(one));
            }
        } else if key.starts_with("$setElementOrder/") {
            continue;
        } else if new.is_null() {
            map.remove(&key);
        } else {
            let old = map.remove(&key);
            let merged = combined(&key, old, new);
            map.insert(key, merged);
        }
    }
}

fn combined(key: &str, old: Option<Value>, new: Value) -> Value {
    match (old, new) {
        (Some(Value::Object(mut old)), Value::Object(new)) => {
            merge(&mut old, new);
            Value::Object(old)
        }
        (None, Value::Object(new)) => {
            let mut fresh = Map::new();
            merge(&mut fresh, new);
            Value::Object(fresh)
        }
        (old, Value::Array(new)) => Value::Array(list(key, old, new)),
        (_, new) => new,
    }
}

fn list(key: &str, old: Option<Value>, new: Vec<Value>) -> Vec<Value> {
    let old = match old {
        Some(Value::Array(old)) => old,
        _ => Vec::new(),
    };
    if SETS.contains(&key) {
        let fresh: Vec<Value> = new.into_iter().filter(|one| !old.contains(one)).collect();
        return old.into_iter().chain(fresh).collect();
    }
    match element_key(key, &new, &old) {
        Some(by) => by_key(by, old, new),
        None => new,
    }
}

/// The key by which a list is merged; `ports` have another in containers than in Services.
fn element_key(key: &str, new: &[Value], old: &[Value]) -> Option<&'static str> {
    if key == "ports" {
        let inside = |list: &[Value]| list.iter().any(|one| one.get("containerPort").is_some());
        return Some(if inside(new) || inside(old) { "containerPort" } else { "port" });
    }
    MERGED.iter().find(|(field, _)| *field == key).map(|(_, by)| *by)
}

fn by_key(by: &str, mut old: Vec<Value>, new: Vec<Value>) -> Vec<Value> {
    if new.iter().any(|one| directive(one) == Some("replace")) {
        return new.into_iter().filter(|one| directive(one).is_none()).collect();
    }
    for one in new {
        let at = old.iter().position(|there| there.get(by).is_some() && there.get(by) == one.get(by));
        match (at, directive(&one)) {
            (Some(at), Some("delete")) => {
                old.remove(at);
            }
            (Some(at), _) => {
                if let (Some(Value::Object(there)), Value::Object(one)) = (old.get_mut(at), one) {
                    merge(there, one);
                }
            }
            (None, Some("delete")) => {}
            (None, _) => old.push(combined("", None, one)),
        }
    }
    old
}

fn directive(value: &Value) -> Option<&str> {
    value.get("$patch").and_then(Value::as_str)
}
