//! Owns what an assistant is told of a proposal: JSON, and a sentence.
//!
//! It decides nothing. Invariant: "done" is told only of what the ledger says was observed.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::ledger::proposals::Outcome;
use crate::proposal::{Kept, State};
use crate::text::Printable;

/// Tells of a proposal that was just made, or was open already.
pub(super) fn proposed(outcome: &Outcome, new: bool, now: Timestamp) -> Value {
    let id = &outcome.kept.proposed.id;
    json!({
        "proposal": one(&outcome.kept, now),
        "new": new,
        "next": format!(
            "Proposed; nothing was sent. A person decides at rollgate's terminal. Ask proposal_outcome for {id} to learn what was decided."
        ),
    })
}

/// Tells what became of a proposal.
pub(super) fn outcome(outcome: &Outcome, now: Timestamp) -> Value {
    let operation = match &outcome.kept.state {
        State::Approved { operation, .. } => operated(&operation.0, &outcome.operation),
        _ => Value::Null,
    };
    json!({"proposal": one(&outcome.kept, now), "operation": operation})
}

fn operated(id: &str, records: &[(Printable, Printable)]) -> Value {
    let has = |words: &[&str]| records.iter().any(|(word, _)| words.contains(&word.as_str()));
    let told: Vec<Value> =
        records.iter().map(|(word, at)| json!({"state": word.as_str(), "at": at.as_str()})).collect();
    let stands = records.iter().rev().find(|(word, _)| word.as_str() != crate::operation::entry::ANNOUNCED);
    json!({
        "id": id,
        "stands": stands.map(|(word, _)| word.as_str()),
        "sent": has(&["sent", "accepted", "refused", "in-doubt", "observed", "unobserved", "not-applied", "unclear"]),
        "observed": has(&["observed"]),
        "records": told,
    })
}

/// Tells of one proposal.
pub(super) fn one(kept: &Kept, now: Timestamp) -> Value {
    let proposed = &kept.proposed;
    let (by, reason, operation) = match &kept.state {
        State::Taken { by, operation, .. } | State::Approved { by, operation, .. } => {
            (Some(by), None, Some(operation))
        }
        State::Denied { by, reason, .. } => (Some(by), Some(reason), None),
        State::Open | State::Expired { .. } | State::Withdrawn { .. } => (None, None, None),
    };
    let facts: Vec<Value> = proposed
        .saw
        .facts
        .iter()
        .map(|fact| json!({"name": fact.name.as_str(), "value": fact.value.as_str()}))
        .collect();
    json!({
        "id": &*proposed.id.0,
        "state": kept.state.word(),
        "says": kept.state.sentence().as_str(),
        "order": proposed.intent.words().as_str(),
        "destructive": proposed.intent.kind().is_destructive(),
        "namespace": &*proposed.target.key.namespace,
        "name": &*proposed.target.key.name,
        "uid": &*proposed.target.uid,
        "made_at": proposed.made_at.to_string(),
        "expires_at": proposed.expires_at.to_string(),
        "expires_in_seconds": if kept.is_open() { proposed.expires_at.duration_since(now).as_secs().max(0) } else { 0 },
        "decided_by": by.map(Printable::as_str),
        "reason_of_person": reason.map(Printable::as_str),
        "operation": operation.map(|id| &*id.0),
        "facts": facts,
    })
}
