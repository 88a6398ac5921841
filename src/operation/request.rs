//! Owns the exact HTTP request of an operation: a JSON Patch whose `test` operations name the approved state.
//!
//! The API server applies all of it or nothing, on the object as stored, so a patch is refused (422) where the state
//! moved, and a second copy of it is refused because the first destroyed what it tests. It never sends. Invariant:
//! the same facts give the same bytes.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::value::RawValue;

use super::facts::Facts;
use super::{Course, Id, Request, SiteKind, Target};

mod digest;
mod kubectl;
pub(super) mod writes;

pub use digest::Digest;
pub use kubectl::{abort_by_hand, kubectl, look, wake};

/// How long the API server may work on the request, as sent in its query; it answers 504 after that.
pub const SERVER_TIMEOUT_SECONDS: u32 = 10;

#[derive(Serialize)]
struct Op {
    op: &'static str,
    path: Cow<'static, str>,
    value: Box<RawValue>,
}

impl Op {
    fn new(op: &'static str, path: Cow<'static, str>, json: String) -> Result<Self, serde_json::Error> {
        Ok(Self { op, path, value: RawValue::from_string(json)? })
    }
}

/// Builds the request of `course` on `target` under the guard of `facts`.
///
/// # Errors
/// When a stored value is not JSON, which an API server never sends.
pub(super) fn build(
    id: &Id,
    target: &Target,
    course: &Course,
    facts: &Facts,
) -> Result<Request, serde_json::Error> {
    let mut ops = Vec::new();
    for guard in course.guards() {
        ops.push(Op::new("test", guard.pointer(facts), guard.json(facts))?);
    }
    for write in writes::of(course, facts) {
        // `replace` wants the member to be there; the guards have just tested whether it is.
        ops.push(Op::new(if write.present { "replace" } else { "add" }, write.path, write.json)?);
    }
    Ok(Request {
        method: "PATCH",
        path: path(id, target, course),
        content_type: "application/json-patch+json",
        body: spelled(&serde_json::to_string(&ops)?),
    })
}

/// Spells the letters that Go's encoder escapes as Go does: the API server compares a text that is tested with the
/// stored one as it would write it (measured with 1.34.1). In JSON they occur within texts only.
fn spelled(json: &str) -> String {
    let mut spelled = String::with_capacity(json.len());
    for letter in json.chars() {
        match letter {
            '<' => spelled.push_str("\\u003c"),
            '>' => spelled.push_str("\\u003e"),
            '&' => spelled.push_str("\\u0026"),
            '\u{2028}' => spelled.push_str("\\u2028"),
            '\u{2029}' => spelled.push_str("\\u2029"),
            other => spelled.push(other),
        }
    }
    spelled
}

fn path(id: &Id, target: &Target, course: &Course) -> String {
    let (kind, name) = match course.site() {
        Some(site) => (site.kind, &site.name),
        None => (SiteKind::Rollout, &target.key.name),
    };
    let object = kind.path(&target.key.namespace, name);
    let sub = if course.on_status() { "/status" } else { "" };
    format!("{object}{sub}?fieldManager={}&timeout={SERVER_TIMEOUT_SECONDS}s", signature(id))
}

/// Names the writer: `rollgate-` and the random end of the id, within the API's limit of 128 characters.
pub(super) fn signature(id: &Id) -> String {
    let plain: String = id.0.chars().filter(char::is_ascii_alphanumeric).collect();
    format!("rollgate-{}", plain.get(plain.len().saturating_sub(12)..).unwrap_or_default())
}
