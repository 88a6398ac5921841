//! Patches: what an object would be after one.
//!
//! It owns which patch is read how, and what the server says when one cannot be (apiserver:
//! endpoints/handlers/patch.go). It never stores anything and knows no rule of the object itself.

mod json;
mod merge;
mod strategic;

use serde_json::Value;
use serde_json::error::Category;

use super::kind::Nature;
use super::{Kind, Patch, PatchKind, Refusal};

/// The object after a patch.
pub(super) fn applied(kind: &Kind, patch: Patch<'_>, value: &Value) -> Result<Value, Refusal> {
    match patch.kind {
        PatchKind::Json => json::applied(patch.body, value),
        PatchKind::Merge => merge::applied(object(patch.body, DECODING)?, value),
        PatchKind::Strategic if kind.nature == Nature::Custom => {
            PatchKind::of("application/strategic-merge-patch+json", kind).and(Err(Refusal::patch_failed()))
        }
        PatchKind::Strategic => Ok(strategic::applied(object(patch.body, "")?, value)),
    }
}

/// How the sentences about unreadable patches begin, but for strategic ones.
const DECODING: &str = "error decoding patch: ";

/// The JSON object that a body holds.
fn object(body: &[u8], opening: &str) -> Result<Value, Refusal> {
    let read = serde_json::from_slice(body);
    let value: Value = read.map_err(|error| malformed(&error, body, opening))?;
    match kind_of(&value) {
        "object" => Ok(value),
        "null" => Err(Refusal::bad_request("Invalid JSON Patch")),
        other => Err(Refusal::bad_request(format!(
            "{opening}json: cannot unmarshal {other} into Go value of type map[string]interface {{}}"
        ))),
    }
}

/// What the server says about a body that is no JSON.
fn malformed(error: &serde_json::Error, body: &[u8], opening: &str) -> Refusal {
    if error.classify() == Category::Eof {
        return Refusal::bad_request(format!("{opening}unexpected end of JSON input"));
    }
    let line = body.split(|byte| *byte == b'\n').nth(error.line().saturating_sub(1));
    let letter = line.and_then(|line| line.get(error.column().saturating_sub(1))).copied().unwrap_or(b'?');
    let letter = char::from(letter);
    Refusal::bad_request(format!("{opening}invalid character '{letter}' looking for beginning of value"))
}

/// The type of a value, in the words of Go's decoder.
pub(super) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
