//! What the objects of a kind may contain: unknown fields dropped, wrong ones refused in the server's words.
//!
//! It owns the schemas of Argo's kinds, as their definitions have them, and the few rules of built-in kinds that people
//! meet. It never judges metadata, nor what a controller makes of a field. Invariant: what a write leaves as it was is
//! not judged again (apiextensions: ratcheting).

mod built_in;
mod check;
mod shape;

use std::sync::LazyLock;

use serde_json::Value;

use super::fault::Fault;
use super::kind::{ANALYSIS_RUN, ANALYSIS_TEMPLATE, CLUSTER_ANALYSIS_TEMPLATE, EXPERIMENT, Nature, ROLLOUT};
use super::path::at;
use super::{Kind, Part};

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

/// Drops the fields that the kind does not know, where it says so.
pub(super) fn prune(kind: &Kind, value: &mut Value) {
    if let Some(shape) = shape_of(kind) {
        shape.prune(value);
    }
}

/// The paths of fields that the kind does not know, in order: what `fieldValidation=Strict` refuses.
pub fn unknown_fields(kind: &Kind, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(shape) = shape_of(kind) {
        shape.unknown("", value, &mut found);
    }
    found
}

/// What is wrong with an object that is created (`before` is `None`) or written in this part.
pub(super) fn faults(kind: &'static Kind, part: Part, before: Option<&Value>, value: &Value) -> Vec<Fault> {
    if kind.nature == Nature::BuiltIn {
        return built_in::faults(kind, before, value);
    }
    let Some(shape) = shape_of(kind) else { return Vec::new() };
    let mut judge = Judge::default();
    match part {
        Part::Status => judge_status(shape, before, value, &mut judge),
        Part::Whole | Part::Scale => judge.judge(shape, "", before, value),
    }
    let mut faults = judge.faults;
    if kind == &ROLLOUT {
        faults.extend(scale_faults(part, value));
        faults.extend(rule_faults(before, value, &faults));
    }
    faults
}

/// A status is judged alone: paths in the sentences begin behind `status` (apiextensions:
/// registry/customresource/validator.go).
fn judge_status(shape: &Shape, before: Option<&Value>, value: &Value, judge: &mut Judge) {
    let (Some(shape), Some(status)) = (shape.field("status"), value.get("status")) else { return };
    judge.prefix = "status";
    judge.judge(shape, "", before.and_then(|before| before.get("status")), status);
}

/// The numbers that `/scale` reads must be numbers (apiextensions: registry/customresource/validator.go).
fn scale_faults(part: Part, value: &Value) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut judge = |path: &[&str]| {
        let field = format!(".{}", path.join("."));
        let Some(there) = at(value, path) else { return };
        let why = match there.as_i64() {
            None => {
                let why = format!(
                    "{field} accessor error: {} is of the type {}, expected int64",
                    plain(there),
                    go_type(there)
                );
                faults.push(Fault::invalid(field, &0.into(), &why));
                return;
            }
            Some(number) if number < 0 => "should be a non-negative integer",
            Some(number) if number > i64::from(i32::MAX) => "should be less than or equal to 2147483647",
            Some(_) => return,
        };
        faults.push(Fault::invalid(field, there, why));
    };
    if part != Part::Status {
        judge(&["spec", "replicas"]);
    }
    judge(&["status", "HPAReplicas"]);
    faults
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

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(_) => "float64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}
