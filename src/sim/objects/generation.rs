//! When `metadata.generation` rises.
//!
//! It owns the rule of each kind (Kubernetes: registry/*/strategy.go). It never compares metadata but for Deployments.

use serde_json::{Map, Value};

use super::kind::Generation;
use super::path::at;
use super::{Kind, Part, path};

/// Sets the generation of a new object.
pub(super) fn begin(kind: &Kind, value: &mut Value) {
    write(value, (kind.generation != Generation::Never).then_some(1));
}

/// Sets the generation of a changed object: the old one, or one more.
pub(super) fn carry(kind: &Kind, before: &Value, value: &mut Value) {
    let old = at(before, &["metadata", "generation"]).and_then(Value::as_i64);
    let raised = i64::from(has_risen(kind, before, value));
    write(value, old.map(|old| old + raised));
}

fn write(value: &mut Value, generation: Option<i64>) {
    if let Some(metadata) = path::child(value, "metadata") {
        path::set(metadata, "generation", generation.map(Value::from));
    }
}

fn has_risen(kind: &Kind, before: &Value, value: &Value) -> bool {
    let differs = |path: &[&str]| at(before, path) != at(value, path);
    match kind.generation {
        Generation::Never => false,
        Generation::Spec => differs(&["spec"]),
        Generation::SpecOrAnnotations => differs(&["spec"]) || differs(&["metadata", "annotations"]),
        Generation::Template => differs(&["template"]),
        Generation::Everything => {
            let unwatched = kind.has(Part::Status).then_some("status");
            !counted(before, unwatched).eq(counted(value, unwatched))
        }
    }
}

/// The fields of an object whose change counts.
fn counted<'a>(value: &'a Value, unwatched: Option<&str>) -> impl Iterator<Item = (&'a String, &'a Value)> {
    let fields = value.as_object().into_iter().flat_map(Map::iter);
    fields.filter(move |(key, _)| *key != "metadata" && Some(key.as_str()) != unwatched)
}
