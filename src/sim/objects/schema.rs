//! What the objects of a kind may contain: unknown fields dropped, wrong ones refused in the server's words.
//!
//! It owns the schemas of Argo's kinds, as their definitions have them, and the few rules of built-in kinds that people
//! meet. It never judges metadata, nor what a controller makes of a field. Invariant: what a write leaves as it was is
//! not judged again (apiextensions: ratcheting).

mod built_in;
mod check;
mod openapi;
mod scale;
mod shape;

use std::sync::LazyLock;

use serde_json::Value;

use super::fault::Fault;
use super::kind::{ANALYSIS_RUN, ANALYSIS_TEMPLATE, CLUSTER_ANALYSIS_TEMPLATE, EXPERIMENT, Nature, ROLLOUT};
use super::path::at;
use super::{Kind, Part, Refusal};

use check::Judge;
use shape::Shape;

static SHAPES: LazyLock<[(&'static Kind, Shape); 5]> = LazyLock::new(|| {
    let template = include_str!("schema/analysis_template.txt");
    [
        (&ROLLOUT, Shape::read(include_str!("schema/rollout.txt"))),
        (&ANALYSIS_RUN, Shape::read(include_str!("schema/analysis_run.txt"))),
        (&ANALYSIS_TEMPLATE, Shape::read(template)),
        (&CLUSTER_ANALYSIS_TEMPLATE, Shape::read(template)),
        (&EXPERIMENT, Shape::read(include_str!("schema/experiment.txt"))),
    ]
});

fn shape_of(kind: &Kind) -> Option<&'static Shape> {
    SHAPES.iter().find(|(one, _)| *one == kind).map(|(_, shape)| shape)
}

/// Describes the fields of a kind in the words of OpenAPI v3; of built-in kinds the fields are not known here.
pub fn openapi(kind: &Kind) -> Option<Value> {
    let mut described = shape_of(kind)?.openapi();
    let text = || serde_json::json!({"type": "string"});
    if let Some(named) = described.get_mut("properties").and_then(Value::as_object_mut) {
        named.insert("apiVersion".to_owned(), text());
        named.insert("kind".to_owned(), text());
    }
    Some(described)
}

/// Drops the fields that the kind does not know, where it says so; null in a built-in object is as good as nothing.
pub(super) fn prune(kind: &Kind, value: &mut Value) {
    match shape_of(kind) {
        Some(shape) => shape.prune(value),
        None if kind.nature == Nature::BuiltIn => built_in::prune(value),
        None => {}
    }
}

/// Fields of metadata.
const METADATA: [&str; 15] = [
    "annotations",
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "finalizers",
    "generateName",
    "generation",
    "labels",
    "managedFields",
    "name",
    "namespace",
    "ownerReferences",
    "resourceVersion",
    "selfLink",
    "uid",
];

/// The paths of fields that the kind does not know, in order; of built-in kinds the fields are not known here.
pub fn unknown_fields(kind: &Kind, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let Some(shape) = shape_of(kind) else { return found };
    let metadata = value.get("metadata").and_then(Value::as_object).into_iter().flatten();
    let unknown = metadata.map(|(key, _)| key).filter(|key| !METADATA.contains(&key.as_str()));
    found.extend(unknown.map(|key| format!("metadata.{key}")));
    shape.unknown("", value, &mut found);
    found
}

/// Refuses an object with unknown fields, as POST and PUT do where the client asks for `fieldValidation=Strict`.
///
/// # Errors
/// `BadRequest` in the server's words, which names every such field.
pub fn check_strictly(kind: &Kind, value: &Value) -> Result<(), Refusal> {
    let unknown = unknown_fields(kind, value);
    if unknown.is_empty() {
        return Ok(());
    }
    let list: Vec<String> = unknown.iter().map(|path| format!("unknown field {path:?}")).collect();
    Err(Refusal::bad_request(format!(
        "{} in version {:?} cannot be handled as a {}: strict decoding error: {}",
        kind.kind,
        kind.version,
        kind.kind,
        list.join(", ")
    )))
}

/// Judges an object that is created (`before` is `None`) or written in this part; adds to the faults found before.
pub(super) fn judge(
    kind: &'static Kind,
    part: Part,
    (before, value): (Option<&Value>, &Value),
    faults: &mut Vec<Fault>,
) {
    if kind.nature == Nature::BuiltIn {
        return built_in::judge(kind, before, value, faults);
    }
    let Some(shape) = shape_of(kind) else { return };
    let mut judge = Judge::default();
    match part {
        Part::Status => judge_status(shape, before, value, &mut judge),
        Part::Whole | Part::Scale => judge.judge(shape, "", before, value),
    }
    faults.append(&mut judge.faults);
    if kind == &ROLLOUT {
        faults.extend(scale::faults(part, value));
        faults.extend(rule_faults(before, value, faults));
    }
}

/// A status is judged alone: paths in the sentences begin behind `status` (apiextensions:
/// registry/customresource/validator.go).
fn judge_status(shape: &Shape, before: Option<&Value>, value: &Value, judge: &mut Judge) {
    let (Some(shape), Some(status)) = (shape.field("status"), value.get("status")) else { return };
    judge.prefix = "status";
    judge.judge(shape, "", before.and_then(|before| before.get("status")), status);
}

/// The one rule of Rollouts that compares old and new; rules are left unchecked where types are wrong.
fn rule_faults(before: Option<&Value>, value: &Value, faults: &[Fault]) -> Option<Fault> {
    if faults.iter().any(Fault::blocks) {
        let why = "some validation rules were not checked because the object was invalid; correct the existing errors \
                   to complete validation";
        return Some(Fault::invalid("<nil>", &Value::Null, why));
    }
    let selector = |value| at(value, &["spec", "selector"]);
    match (before.and_then(selector), selector(value)) {
        (Some(old), Some(new)) if old != new => {
            Some(Fault::invalid("spec.selector", &"object".into(), ".spec.selector is immutable"))
        }
        _ => None,
    }
}
