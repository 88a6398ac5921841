//! Which part of an object a write can reach.
//!
//! It owns the split between the whole and `/status` (apiextensions: registry/customresource/{strategy,
//! status_strategy}.go; Kubernetes: registry/*/strategy.go). It never judges what is written.
//! Invariant: a write of the whole leaves `status` as it was where `/status` exists, and a write of `/status` leaves
//! everything else.

use serde_json::{Value, json};

use super::{Kind, Part};

/// Drops the status that a new object brings along, where `/status` exists, and writes the one that it is born with.
pub(super) fn begin(kind: &Kind, value: &mut Value) {
    let Some(map) = value.as_object_mut() else { return };
    if !kind.has(Part::Status) {
        return;
    }
    map.remove("status");
    let born = match kind.kind {
        "Pod" => json!({"phase": "Pending"}),
        "Namespace" => json!({"phase": "Active"}),
        "Service" => json!({"loadBalancer": {}}),
        _ => return,
    };
    map.insert("status".to_owned(), born);
}

/// The object after a write of `part` with `value`.
pub(super) fn merged(kind: &Kind, part: Part, before: &Value, mut value: Value) -> Value {
    if !kind.has(Part::Status) {
        return value;
    }
    let mut old = before.clone();
    let (kept, taken) = match part {
        Part::Status => (&mut old, value.get("status").cloned()),
        Part::Whole | Part::Scale => (&mut value, before.get("status").cloned()),
    };
    if let Some(map) = kept.as_object_mut() {
        super::path::set(map, "status", taken);
    }
    if part == Part::Status { old } else { value }
}
