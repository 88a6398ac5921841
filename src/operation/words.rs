//! Owns the one-line words for where an operation stands, used in the row, the modal and reports alike.
//!
//! It decides nothing and knows no colour. Invariant: "done" is said only of what was observed, and whatever was
//! never sent says so.

use super::{Answer, Change, Kind, Operation, State, request};
use crate::text::Printable;

/// Describes where `operation` stands, in one line.
pub fn describe(operation: &Operation) -> Printable {
    let line = match operation.state() {
        State::Answered { answer, .. } => answered(operation, answer),
        State::Observed { .. } => observed(operation),
        state => elsewhere(operation, state),
    };
    Printable::from(match operation.gap() {
        Some(why) => format!("{line} (not in the ledger: {why})"),
        None => line,
    })
}

/// Says what a person can do about where `operation` stands; `None` where there is nothing to do but wait, or nothing.
pub fn advice(operation: &Operation) -> Option<Printable> {
    let target = operation.target();
    let again = "Look at what changed, and stage it anew if it is still wanted.";
    Some(match operation.state() {
        State::Unobserved { .. } => Printable::from(format!(
            "Check that the controller runs. Up to v1.9 it can miss a write that meets one of its own (argo-rollouts#4694); \
             any change makes it look again: {}",
            request::wake(target, operation.id())
        )),
        State::Answered { answer: Answer::Unknown { .. }, .. } | State::Unclear { .. } => {
            Printable::from(format!(
                "See for yourself before ordering anything else: {}",
                request::look(operation.course(), target)
            ))
        }
        State::Answered { answer: Answer::Refused { code: 409 | 422, .. }, .. } | State::Overtaken { .. } => {
            Printable::ours(again)
        }
        State::NotDelivered { .. } => Printable::ours(
            "Look whether the API server can be reached, and stage it anew if it is still wanted.",
        ),
        State::Delayed { .. } => {
            Printable::ours("Wait, or take it back with the abort key: nothing of it reached the API server.")
        }
        State::Expired { .. } | State::NotApplied { .. } => {
            Printable::ours("Stage it anew if it is still wanted.")
        }
        _ => return None,
    })
}

fn elsewhere(operation: &Operation, state: &State) -> String {
    match state {
        State::Staged => "staged; nothing was sent".into(),
        State::Armed { .. } => "ready to be acknowledged; nothing was sent".into(),
        State::Acknowledged { .. } => "acknowledged; being recorded, nothing was sent yet".into(),
        State::Sent { .. } => "sent; waiting for the API server".into(),
        State::Delayed { .. } | State::NotDelivered { .. } => undelivered(state),
        State::Unobserved { after, .. } => {
            format!("accepted, but the controller has not acted for {} s", after.as_secs())
        }
        State::NotApplied { .. } => {
            "not applied: the answer was lost, and reading shows that nothing was changed".into()
        }
        State::Unclear { changes, .. } => unclear(changes),
        State::Withdrawn { .. } => "withdrawn; nothing was sent".into(),
        State::Denied { why, .. } if operation.kind() == Kind::Abort => {
            format!("nothing was sent: {why}; by hand: {}", operation.kubectl())
        }
        State::Denied { why, .. } => format!("nothing was sent: {why}"),
        State::Expired { .. } => "expired before it was acknowledged; nothing was sent".into(),
        State::Overtaken { changes, .. } => format!("overtaken: {}; nothing was sent", listed(changes)),
        State::Answered { .. } | State::Observed { .. } => String::new(),
    }
}

fn undelivered(state: &State) -> String {
    let times = |tries: &u32| if *tries == 1 { "once".to_owned() } else { format!("{tries} times") };
    match state {
        State::Delayed { at, again, tries, why } => format!(
            "not delivered yet: {why}; tried {}, tries again after {} s; the abort key takes it back",
            times(tries),
            again.duration_since(*at).as_secs().max(1)
        ),
        State::NotDelivered { tries, why, .. } => {
            format!("not delivered, tried {}, nothing was sent: {why}", times(tries))
        }
        _ => String::new(),
    }
}

fn answered(operation: &Operation, answer: &Answer) -> String {
    match answer {
        Answer::Accepted { .. } if operation.found_by_reading() => {
            "in effect, found by reading (the answer was lost); waiting for the controller".into()
        }
        Answer::Accepted { .. } => "accepted by the API server; waiting for the controller".into(),
        Answer::Refused { code: 0, why } => format!("not sent: {why}"),
        Answer::Refused { code: code @ (409 | 422), why } => {
            format!("refused by the API server ({code}), nothing was changed: the state had moved ({why})")
        }
        Answer::Refused { code, why } => {
            format!("refused by the API server ({code}), nothing was changed: {why}")
        }
        Answer::Unknown { why } => format!("in doubt: {why}; reading the Rollout to find out"),
    }
}

fn observed(operation: &Operation) -> String {
    let done = match operation.kind() {
        Kind::Promote => "done: the controller went on",
        Kind::PromoteTo => "done: the controller went to the chosen step",
        Kind::PromoteFull => "done: the controller promotes the version past all that was left",
        Kind::Pause => "done: paused by hand",
        Kind::Resume => "done: no longer paused by hand",
        Kind::Abort => "done: the controller aborted the update",
        Kind::Cancel => "done: the stable version is the wanted one again",
        Kind::Retry => "done: the controller began the aborted update anew",
        Kind::Undo => "done: the chosen revision is the wanted one",
        Kind::SetImage => "done: the controller took the new image for a new version",
        Kind::Restart => "done: all pods were made anew",
        Kind::Terminate => "done: the run is over",
    };
    let found = if operation.found_by_reading() { " (found by reading; the answer was lost)" } else { "" };
    format!("{done}{found}")
}

fn unclear(changes: &[Change]) -> String {
    if changes.is_empty() {
        return "unclear: it took effect, and then all was as before again; who took it back cannot be told"
            .into();
    }
    format!("unclear: it was sent, and then {}; whether by this order cannot be told", listed(changes))
}

/// Names what changed: `step index was 3, is 4`.
fn listed(changes: &[Change]) -> String {
    let each = changes.iter().map(|change| format!("{} was {}, is {}", change.name, change.was, change.is));
    each.collect::<Vec<_>>().join("; ")
}
