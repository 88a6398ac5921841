//! Owns what an errand has the ledger record.
//!
//! It never stores. Invariant: the entry of an acknowledgement alone is enough to know what was sent, to whom, with which key, and by
//! whose order.

use serde_json::{Map, Value, json};

use super::{Errand, State, Wanted, words};
use crate::operation::entry::BODY_VERSION;
use crate::operation::{Acknowledgement, Entry};

impl Entry {
    /// Writes the entry for the state that an errand has just entered.
    pub(super) fn of_errand(errand: &Errand, number: u32) -> Self {
        let state = errand.state();
        let at = state.since().unwrap_or_else(|| errand.staged_at());
        let mut body = Map::new();
        let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
        put("v", BODY_VERSION.into());
        put("kind", errand.wanted().word().into());
        put("target", json!(errand.whither()));
        put("digest", errand.digest().to_string().into());
        for (name, value) in particulars(errand) {
            put(name, value);
        }
        Self {
            operation: errand.id().clone(),
            number,
            at,
            event: state.word().into(),
            actor: errand.actor().cloned(),
            user: errand.whither().user.clone(),
            body: Value::Object(body).to_string(),
        }
    }
}

fn particulars(errand: &Errand) -> Vec<(&'static str, Value)> {
    let why = |why: &crate::text::Printable| ("why", Value::from(why.as_str()));
    match errand.state() {
        State::Acknowledged { .. } => acknowledged(errand),
        State::Accepted { run, .. } => vec![("run", run.as_ref().into())],
        State::Observed { run, status, .. } => {
            vec![("run", run.as_ref().into()), ("status", status.word().into())]
        }
        State::Refused { code, why: words, .. } => vec![("code", (*code).into()), why(words)],
        State::InDoubt { why: words, .. }
        | State::Unclear { why: words, .. }
        | State::Unsent { why: words, .. } => vec![why(words)],
        State::Staged | State::Armed | State::Sent { .. } => Vec::new(),
    }
}

/// What was said with the acknowledgement, what was ordered, and by what it is looked for: `idempotency_key` where the service takes one,
/// else `rerun_of`, `rerun_step` and `known`, the runs that looked like its own before it.
fn acknowledged(errand: &Errand) -> Vec<(&'static str, Value)> {
    let said = errand.said().cloned().unwrap_or_default();
    let Acknowledgement { reason, role, channel, .. } = said;
    let texts = [("reason", reason.map(|reason| reason.text().clone())), ("role", role)];
    let texts = texts.into_iter().filter_map(|(name, text)| Some((name, Value::from(text?.as_str()))));
    let sought = match errand.wanted() {
        Wanted::Begin { .. } => vec![("idempotency_key", json!(errand.key()))],
        Wanted::Again { run, step } => {
            let known: Vec<&str> = errand.known_alike().iter().map(|id| &**id).collect();
            vec![("rerun_of", (*run.id).into()), ("rerun_step", (**step).into()), ("known", known.into())]
        }
    };
    let ordered = [
        ("channel", json!(channel)),
        ("grant", errand.leave().rule().into()),
        ("staged_at", errand.staged_at().to_string().into()),
        ("consequence", words::consequence(errand).as_str().into()),
        ("workflow", errand.wanted().workflow().as_ref().into()),
        ("request", json!(errand.request())),
    ];
    texts.chain(ordered).chain(sought).collect()
}
