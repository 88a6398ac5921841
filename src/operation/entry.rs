//! Owns what an operation has the ledger record: who, what, and how it went.
//!
//! It never stores. The body is written once, here, and kept byte for byte. Invariant: the entry of an
//! acknowledgement alone is enough to know what was sent, to whom, on which facts, and by whose order.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::life::Announced;
use super::{Acknowledgement, Bar, Change, Id, Judged, Operation, Shown, State};
use crate::text::Printable;

mod kept;

/// Word of the entry that says what came of the Event that tells of an order; it changes nothing in how the order stands.
pub const ANNOUNCED: &str = "announced";

/// Version of the body's form.
pub const BODY_VERSION: u32 = 1;

/// Who sits at the keyboard, as the operating system knows it; the API server's view is in [`super::Target::user`].
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize)]
pub struct Actor {
    /// Real user id.
    pub uid: u32,
    /// Name for that id, where it could be looked up; never `$USER`.
    pub login: Option<Printable>,
    /// The id that logged in (`loginuid`), where the kernel keeps it.
    pub login_uid: Option<u32>,
    /// `$SUDO_UID`, if under sudo.
    pub sudo_uid: Option<Printable>,
    /// `$SSH_CONNECTION`, if over SSH.
    pub ssh: Option<Printable>,
    /// Path of the terminal.
    pub terminal: Option<Printable>,
    /// Name of the host.
    pub host: Option<Printable>,
    /// The program at which they sit, where the system tells: whether it still runs can be asked later.
    pub process: Option<Box<Process>>,
}

/// One run of the program, which no other run is taken for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// Process id.
    pub pid: u32,
    /// When it began, in the kernel's ticks since the machine began.
    pub started: u64,
    /// The kernel's id for this run of the machine.
    pub boot: String,
    /// The space in which the process id is counted (Linux: `/proc/self/ns/pid`).
    pub space: String,
}

/// One record for the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Operation.
    pub operation: Id,
    /// Counts the operation's entries from 1; the answer of the ledger names it.
    pub number: u32,
    /// When it happened.
    pub at: Timestamp,
    /// Word of the state that was entered ([`State::word`]).
    pub event: Arc<str>,
    /// Who acknowledged, once somebody has.
    pub actor: Option<Actor>,
    /// User as the API server names them.
    pub user: Printable,
    /// JSON object, one line; these bytes are stored.
    pub body: String,
}

impl Entry {
    /// Tells whether it is the acknowledgement, on whose record the dispatch waits.
    pub fn is_acknowledgement(&self) -> bool {
        &*self.event == "acknowledged"
    }

    /// Writes the entry for the state that `operation` has just entered.
    pub(super) fn of(operation: &Operation, number: u32) -> Self {
        let at = operation.state().since().unwrap_or_else(|| operation.staged_at());
        Self::saying(operation, number, (operation.state().word(), at), particulars(operation))
    }

    /// Writes the entry for what came of the Event that tells of `operation`: its state is what it was.
    pub(super) fn of_announcement(
        operation: &Operation,
        number: u32,
        announced: &Announced,
        at: Timestamp,
    ) -> Self {
        let why = match announced {
            Announced::Failed { why } => Some(("why", Value::from(why.as_str()))),
            Announced::Made | Announced::NoRight => None,
        };
        let said = [("announced", Value::from(announced.words()))].into_iter().chain(why);
        Self::saying(operation, number, (ANNOUNCED, at), said.collect())
    }

    fn saying(
        operation: &Operation,
        number: u32,
        (event, at): (&str, Timestamp),
        said: Vec<(&'static str, Value)>,
    ) -> Self {
        let mut body = Map::new();
        let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
        put("v", BODY_VERSION.into());
        put("kind", operation.kind().word().into());
        put("target", json(operation.target()));
        put("digest", operation.digest().to_string().into());
        for (name, value) in said {
            put(name, value);
        }
        Self {
            operation: operation.id().clone(),
            number,
            at,
            event: event.into(),
            actor: operation.actor().cloned(),
            user: operation.target().user.clone(),
            body: Value::Object(body).to_string(),
        }
    }
}

fn particulars(operation: &Operation) -> Vec<(&'static str, Value)> {
    match operation.state() {
        State::Acknowledged { .. } => said(operation)
            .chain([
                ("grant", operation.leave().rule().into()),
                ("staged_at", operation.staged_at().to_string().into()),
                ("facts", facts(&operation.guards())),
                ("consequence", operation.consequence().as_str().into()),
                ("request", kept::request(operation.request())),
            ])
            .chain(operation.announces().then(|| ("announces", true.into())))
            .chain(operation.judged().into_iter().flat_map(judged))
            .collect(),
        State::Answered { answer, .. } => {
            vec![("answer", json(answer)), ("found_by_reading", operation.found_by_reading().into())]
        }
        State::Observed { .. } => vec![("found_by_reading", operation.found_by_reading().into())],
        State::Unobserved { after, .. } => vec![("after_seconds", after.as_secs().into())],
        State::Denied { why, .. } => vec![("why", why.as_str().into())],
        State::Delayed { again, tries, why, .. } => vec![
            ("why", why.as_str().into()),
            ("tries", (*tries).into()),
            ("again_at", again.to_string().into()),
            ("until", operation.expires_at().to_string().into()),
        ],
        State::NotDelivered { tries, why, .. } => {
            vec![("why", why.as_str().into()), ("tries", (*tries).into())]
        }
        State::Overtaken { changes: all, .. } | State::Unclear { changes: all, .. } => {
            vec![("changes", changes(all))]
        }
        _ => Vec::new(),
    }
}

/// What was said with the acknowledgement: `reason`, `role` and `override` where there are, and `channel`.
fn said(operation: &Operation) -> impl Iterator<Item = (&'static str, Value)> {
    let said = operation.said().cloned().unwrap_or_default();
    let Acknowledgement { reason, role, override_, channel } = said;
    let texts =
        [("reason", reason.map(|reason| reason.text().clone())), ("role", role), ("override", override_)];
    let texts = texts.into_iter().filter_map(|(name, text)| Some((name, Value::from(text?.as_str()))));
    texts.chain([("channel", json(&channel))])
}

/// What numeric gates said of it: `gates`, and `overrides` where it goes against them.
fn judged(judged: &Judged) -> impl Iterator<Item = (&'static str, Value)> {
    let overrides = (judged.bar == Bar::Override).then(|| ("overrides", judged.words.as_str().into()));
    [("gates", judged.record.clone())].into_iter().chain(overrides)
}

/// Plain data of ours always has a JSON form; should that ever fail, the record says so instead of being empty.
fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_else(|error| Value::from(format!("not recorded: {error}")))
}

fn facts(shown: &[Shown]) -> Value {
    let pairs = shown.iter().map(|fact| (fact.name.to_string(), Value::from(fact.value.as_str())));
    Value::Object(pairs.collect())
}

fn changes(all: &[Change]) -> Value {
    let each = all.iter().map(|change| {
        let part = |name: &str, text: &Printable| (name.to_owned(), Value::from(text.as_str()));
        let parts = [part("fact", &change.name), part("was", &change.was), part("is", &change.is)];
        Value::Object(parts.into_iter().collect())
    });
    Value::Array(each.collect())
}
