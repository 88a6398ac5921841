//! Strategic merge patches, for kinds of Kubernetes itself, as far as kubectl and Argo's plugin send them.
//!
//! It owns which lists are merged, by which key (k8s.io/api: `patchStrategy`, `patchMergeKey`) and in which order, and the
//! directives `$patch`, `$retainKeys`, `$deleteFromPrimitiveList`, `$setElementOrder` (apimachinery: strategicpatch).
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
    let order =
        |list: &str| patch.get(&format!("$setElementOrder/{list}")).and_then(Value::as_array).cloned();
    let orders: Vec<Option<Vec<Value>>> = patch.keys().map(|key| order(key)).collect();
    for ((key, new), order) in patch.into_iter().zip(orders) {
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
            let merged = combined(&key, old, new, order.as_deref());
            map.insert(key, merged);
        }
    }
}

fn combined(key: &str, old: Option<Value>, new: Value, order: Option<&[Value]>) -> Value {
    match (old, new) {
        (Some(Value::Object(mut old)), Value::Object(new)) => {
            merge(&mut old, new);
            Value::Object(old)
        }
        (_, Value::Object(new)) => {
            let mut fresh = Map::new();
            merge(&mut fresh, new);
            Value::Object(fresh)
        }
        (old, Value::Array(new)) => {
            let old = match old {
                Some(Value::Array(old)) => old,
                _ => Vec::new(),
            };
            Value::Array(list(key, old, new, order))
        }
        (_, new) => new,
    }
}

fn list(key: &str, old: Vec<Value>, new: Vec<Value>, order: Option<&[Value]>) -> Vec<Value> {
    if SETS.contains(&key) {
        return ordered(old, new, order, |one, other| one == other);
    }
    let Some(by) = element_key(key, &new, &old) else { return new };
    if new.iter().any(|one| directive(one) == Some("replace")) {
        return new.into_iter().filter(|one| directive(one).is_none()).collect();
    }
    let same = |one: &Value, other: &Value| one.get(by).is_some() && one.get(by) == other.get(by);
    let (gone, new): (Vec<Value>, Vec<Value>) =
        new.into_iter().partition(|one| directive(one) == Some("delete"));
    let old: Vec<Value> = old.into_iter().filter(|one| !gone.iter().any(|gone| same(one, gone))).collect();
    let merged = new.into_iter().map(|one| {
        let there = old.iter().find(|there| same(there, &one)).cloned();
        combined("", there, one, None)
    });
    let merged: Vec<Value> = merged.collect();
    ordered(old, merged, order, same)
}

/// The key by which a list is merged; `ports` have another in containers than in Services.
fn element_key(key: &str, new: &[Value], old: &[Value]) -> Option<&'static str> {
    if key == "ports" {
        let inside = |list: &[Value]| list.iter().any(|one| one.get("containerPort").is_some());
        return Some(if inside(new) || inside(old) { "containerPort" } else { "port" });
    }
    MERGED.iter().find(|(field, _)| *field == key).map(|(_, by)| *by)
}

/// Puts the elements that the patch has (`new`) and those that it leaves alone together as the server does: the patch's
/// in their own order, or that of `$setElementOrder`; the others where they stood, as far as that can be told.
fn ordered(
    old: Vec<Value>,
    new: Vec<Value>,
    order: Option<&[Value]>,
    same: impl Fn(&Value, &Value) -> bool,
) -> Vec<Value> {
    let place = |list: &[Value], one: &Value| list.iter().position(|other| same(one, other));
    let before = old.clone();
    let mut alone: Vec<Value> = old.into_iter().filter(|one| place(&new, one).is_none()).collect();
    let mut chosen = new;
    if let Some(order) = order {
        let (named, others): (Vec<Value>, Vec<Value>) =
            alone.into_iter().partition(|one| place(order, one).is_some());
        chosen.extend(named);
        chosen.sort_by_key(|one| place(order, one));
        alone = others;
    }
    let mut alone = alone.into_iter().peekable();
    let mut merged = Vec::new();
    for one in chosen {
        let here = place(&before, &one);
        while alone.peek().is_some_and(|other| here.is_some() && place(&before, other) < here) {
            merged.extend(alone.next());
        }
        merged.push(one);
    }
    merged.extend(alone);
    merged
}

fn directive(value: &Value) -> Option<&str> {
    value.get("$patch").and_then(Value::as_str)
}
