//! Owns the exact HTTP request of an operation: a JSON Patch whose `test` operations name the approved state.
//!
//! The API server applies all of it or nothing, on the object as stored, so a patch is refused (422) where the state
//! moved, and a second copy of it is refused because the first destroyed what it tests. It never sends. Invariant:
//! the same facts give the same bytes.

use serde::Serialize;
use serde_json::value::RawValue;

use super::facts::{Fact, Facts};
use super::{Course, Id, Request, Target};
use crate::rollout::Key;

mod digest;
mod kubectl;

pub use digest::Digest;
pub use kubectl::{kubectl, look, wake};

/// How long the API server may work on the request, as sent in its query; it answers 504 after that.
pub const SERVER_TIMEOUT_SECONDS: u32 = 10;

#[derive(Serialize)]
struct Op {
    op: &'static str,
    path: &'static str,
    value: Box<RawValue>,
}

impl Op {
    fn new(op: &'static str, path: &'static str, json: String) -> Result<Self, serde_json::Error> {
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
        ops.push(Op::new("test", guard.pointer(), guard.json(facts))?);
    }
    for (path, json) in writes(course, facts) {
        ops.push(Op::new(verb(path, facts), path, json)?);
    }
    Ok(Request {
        method: "PATCH",
        path: path(id, &target.key, course),
        content_type: "application/json-patch+json",
        body: serde_json::to_string(&ops)?,
    })
}

fn writes(course: &Course, facts: &Facts) -> Vec<(&'static str, String)> {
    let pauses = (Fact::Pauses.pointer(), "[]".to_owned());
    match course {
        // An empty list instead of `remove` leaves our field manager as the list's owner: a trace of who did it.
        Course::EndPause { .. } => vec![pauses],
        Course::SkipInconclusive { next } => vec![
            pauses,
            (Fact::ControllerPause.pointer(), "false".to_owned()),
            (Fact::Step.pointer(), next.to_string()),
        ],
        Course::Pause => vec![(Fact::ManualPause.pointer(), "true".to_owned())],
        Course::Resume => vec![(Fact::ManualPause.pointer(), "false".to_owned())],
        Course::Abort => {
            let abort = (Fact::Abort.pointer(), "true".to_owned());
            if facts.promote_full == Some(true) {
                // The controller discards an abort while a full promotion is asked for (argo-rollouts#4461).
                return vec![(Fact::FullPromotion.pointer(), "false".to_owned()), abort];
            }
            vec![abort]
        }
    }
}

/// `replace` wants the member to be there; the guard has just tested whether it is.
fn verb(path: &str, facts: &Facts) -> &'static str {
    let absent = match path {
        "/spec/paused" => facts.paused.is_none(),
        "/status/abort" => facts.abort.is_none(),
        _ => false,
    };
    if absent { "add" } else { "replace" }
}

fn path(id: &Id, key: &Key, course: &Course) -> String {
    let sub = if course.on_spec() { "" } else { "/status" };
    format!(
        "/apis/argoproj.io/v1alpha1/namespaces/{}/rollouts/{}{sub}?fieldManager={}&timeout={SERVER_TIMEOUT_SECONDS}s",
        key.namespace,
        key.name,
        signature(id),
    )
}

/// Names the writer: `rollgate-` and the random end of the id, within the API's limit of 128 characters.
fn signature(id: &Id) -> String {
    let plain: String = id.0.chars().filter(char::is_ascii_alphanumeric).collect();
    format!("rollgate-{}", plain.get(plain.len().saturating_sub(12)..).unwrap_or_default())
}
