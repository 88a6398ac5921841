//! Owns what each course writes, after its guards.
//!
//! It never tests and never sends. Invariant: only fields that the course names are written, each once.

use std::borrow::Cow;

use jiff::Timestamp;

use crate::operation::Course;
use crate::operation::facts::{Fact, Facts};

/// One field to write.
pub(super) struct Write {
    /// JSON pointer.
    pub(super) path: Cow<'static, str>,
    /// Value.
    pub(super) json: String,
    /// Whether the field is there already.
    pub(super) present: bool,
}

fn field(fact: Fact, facts: &Facts, json: impl Into<String>) -> Write {
    let present = fact == Fact::Pauses || fact.json(facts) != "null";
    Write { path: fact.pointer(facts), json: json.into(), present }
}

/// Lists what `course` writes, in order.
pub(super) fn of(course: &Course, facts: &Facts) -> Vec<Write> {
    // An empty list instead of `remove` leaves our field manager as the list's owner: a trace of who did it.
    let no_pauses = || field(Fact::Pauses, facts, "[]");
    match course {
        Course::EndPause { .. } => vec![no_pauses()],
        Course::SkipInconclusive { next } => vec![
            no_pauses(),
            field(Fact::ControllerPause, facts, "false"),
            field(Fact::Step, facts, next.to_string()),
        ],
        Course::GoTo { index, .. } => go_to(*index, facts),
        Course::PromoteFull { .. } => vec![field(Fact::FullPromotion, facts, "true")],
        Course::Pause => vec![field(Fact::ManualPause, facts, "true")],
        Course::Resume => vec![field(Fact::ManualPause, facts, "false")],
        Course::Abort => with_full_promotion_taken_back(field(Fact::Abort, facts, "true"), facts),
        Course::Retry => with_full_promotion_taken_back(field(Fact::Abort, facts, "false"), facts),
        Course::Rewrite(rewrite) => {
            let path = rewrite.site.kind.template().unwrap_or("/spec/template");
            vec![Write { path: path.into(), json: rewrite.template.to_string(), present: true }]
        }
        Course::SetImage(image) => {
            vec![field(Fact::Image, facts, serde_json::Value::from(&*image.is).to_string())]
        }
        Course::Restart { at } => vec![field(Fact::RestartAt, facts, format!("\"{}\"", whole_seconds(*at)))],
        Course::Terminate(_) => vec![field(Fact::SiteTerminate, facts, "true")],
    }
}

/// A flag of the controller's that is left set reads at the next pause step as "a person ended the pause" (Argo:
/// rollout/pause.go, `CompletedCanaryPauseStep`), so it is cleared with the pauses.
fn go_to(index: i64, facts: &Facts) -> Vec<Write> {
    let mut writes = Vec::new();
    if facts.waits() {
        writes.push(field(Fact::Pauses, facts, "[]"));
    }
    if facts.controller_pause == Some(true) {
        writes.push(field(Fact::ControllerPause, facts, "false"));
    }
    writes.push(field(Fact::Step, facts, index.to_string()));
    writes
}

/// The controller discards an abort while a full promotion is asked for (argo-rollouts#4461), and carries a leftover one
/// out once an abort is taken back.
fn with_full_promotion_taken_back(write: Write, facts: &Facts) -> Vec<Write> {
    if facts.promote_full == Some(true) {
        return vec![field(Fact::FullPromotion, facts, "false"), write];
    }
    vec![write]
}

/// Writes a time as the API does, without fractions of a second (Go: `metav1.Time`).
pub(in crate::operation) fn whole_seconds(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
