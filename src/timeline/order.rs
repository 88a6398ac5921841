//! Owns an order as a timeline shows it: who ordered what, why, on which facts, and what came of it.
//!
//! It is put together from the ledger's records, one after the other, and never says more than they do. Invariant: a
//! record that cannot be read adds its word and nothing else; the outcome is the last recorded word.

use jiff::Timestamp;
use serde_json::Value;

use super::Scene;
use crate::operation::Entry;
use crate::operation::entry::ANNOUNCED;
use crate::operation::errand::Wanted;
use crate::rollout::Key;
use crate::text::Printable;

/// One record of the ledger, as far as a timeline needs it.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Identity of the order.
    pub order: String,
    /// When it was recorded.
    pub at: Timestamp,
    /// Word of the state that was entered.
    pub event: String,
    /// Who acknowledged, as JSON.
    pub actor: Option<String>,
    /// User as the API server names them.
    pub user: String,
    /// Particulars, as JSON.
    pub body: String,
}

impl Record {
    /// Reads what is being handed to the ledger.
    pub fn of(entry: &Entry) -> Self {
        Self {
            order: entry.operation.0.to_string(),
            at: entry.at,
            event: entry.event.to_string(),
            actor: entry.actor.as_ref().and_then(|actor| serde_json::to_string(actor).ok()),
            user: entry.user.to_string(),
            body: entry.body.clone(),
        }
    }
}

/// A state that an order entered.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// When.
    pub at: Timestamp,
    /// Its word.
    pub word: Printable,
    /// What is recorded with it: an answer, a reason, what changed; may be empty.
    pub note: Printable,
}

/// One order of ours.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// Identity.
    pub id: Printable,
    /// When it was acknowledged; before that, when it was first recorded.
    pub at: Timestamp,
    /// In which cluster.
    pub scene: Scene,
    /// On which Rollout.
    pub key: Key,
    /// Word of its kind.
    pub kind: Printable,
    /// User as the API server names them.
    pub user: Printable,
    /// Login and host, as the operating system knew them; empty where they are not recorded.
    pub actor: Printable,
    /// Role that was claimed; may be empty.
    pub role: Printable,
    /// Why, in the person's words; may be empty.
    pub reason: Printable,
    /// Phrase that was typed over a freeze; may be empty.
    pub override_: Printable,
    /// What numeric gates said against it, over which it went; may be empty.
    pub against: Printable,
    /// What it was to bring about.
    pub consequence: Printable,
    /// The facts that were shown and that guarded it, by name.
    pub facts: Vec<(Printable, Printable)>,
    /// The states that it entered, oldest first; never empty.
    pub stages: Vec<Stage>,
}

impl Order {
    /// Begins an order with its first record.
    pub(super) fn begin(record: &Record) -> Self {
        let body: Value = serde_json::from_str(&record.body).unwrap_or_default();
        let key = Key {
            namespace: said(&body, "/target/key/namespace").into(),
            name: said(&body, "/target/key/name").into(),
        };
        let scene = Scene { context: text(&body, "/target/context"), server: text(&body, "/target/server") };
        let mut order = Self {
            id: Printable::from(record.order.as_str()),
            at: record.at,
            scene,
            key,
            kind: text(&body, "/kind"),
            user: Printable::from(record.user.as_str()),
            actor: Printable::default(),
            role: Printable::default(),
            reason: Printable::default(),
            override_: Printable::default(),
            against: Printable::default(),
            consequence: Printable::default(),
            facts: Vec::new(),
            stages: Vec::new(),
        };
        order.go_on(record, &body);
        order
    }

    /// Takes in its next record.
    pub(super) fn enter(&mut self, record: &Record) {
        let body: Value = serde_json::from_str(&record.body).unwrap_or_default();
        self.go_on(record, &body);
    }

    fn go_on(&mut self, record: &Record, body: &Value) {
        if record.event == "acknowledged" {
            self.at = record.at;
            self.actor = record.actor.as_deref().map(actor).unwrap_or_default();
            self.role = text(body, "/role");
            self.reason = text(body, "/reason");
            self.override_ = text(body, "/override");
            self.against = text(body, "/overrides");
            self.consequence = text(body, "/consequence");
            let facts = body.get("facts").and_then(Value::as_object);
            self.facts = facts.into_iter().flatten().map(|(name, value)| fact(name, value)).collect();
        }
        let (word, note) = (Printable::from(record.event.as_str()), note(body));
        self.stages.push(Stage { at: record.at, word, note });
    }

    /// Returns the last recorded word.
    pub fn outcome(&self) -> Printable {
        self.standing().map(|stage| stage.word.clone()).unwrap_or_default()
    }

    /// Says who ordered what, what came of it, and why, in one line whose beginning says most.
    pub fn sentence(&self) -> Printable {
        let mut line = format!("{} by {}: {}", self.kind, self.user, self.ended());
        let said = [
            ("; at the keyboard ", &self.actor),
            ("; as ", &self.role),
            ("; because: ", &self.reason),
            ("; over a freeze: ", &self.override_),
            ("; against the gates: ", &self.against),
        ];
        for (words, text) in said.into_iter().filter(|(_, text)| !text.is_empty()) {
            line.push_str(words);
            line.push_str(text.as_str());
        }
        Printable::from(line)
    }

    /// Returns the last state that it entered; that an Event told of it is none.
    fn standing(&self) -> Option<&Stage> {
        self.stages.iter().rev().find(|stage| stage.word.as_str() != ANNOUNCED)
    }

    /// Says what came of it, and after how long.
    fn ended(&self) -> String {
        let Some(last) = self.standing() else { return "nothing is recorded".into() };
        let took = last.at.duration_since(self.at).as_secs();
        let after = if took > 0 { format!(" after {took} s") } else { String::new() };
        let note = if last.note.is_empty() { String::new() } else { format!(": {}", last.note) };
        let word = last.word.as_str();
        let plain = if self.is_errand() { plain_of_errand(word) } else { None };
        format!("{}{after}{note}", plain.unwrap_or_else(|| self::plain(word)))
    }

    /// Tells whether it went to the policy service, not to the cluster.
    fn is_errand(&self) -> bool {
        Wanted::WORDS.contains(&self.kind.as_str())
    }
}

/// Says a state's word of what went to the policy service, where no controller is there to act; `None` where it means the same.
fn plain_of_errand(word: &str) -> Option<&'static str> {
    match word {
        "accepted" => Some("accepted; its run was not seen yet"),
        "observed" => Some("done: its run is there"),
        _ => None,
    }
}

/// Says a state's word so that it is not taken for more than it is.
fn plain(word: &str) -> &str {
    match word {
        "acknowledged" => "acknowledged; whether it was sent is not recorded",
        "sent" => "sent; no answer is recorded",
        "accepted" => "accepted; the controller was not seen to act yet",
        "observed" => "done",
        "unobserved" => "accepted, but the controller was not seen to act",
        "in-doubt" => "in doubt: the answer was lost",
        "not-applied" => "not applied",
        "delayed" => "not delivered yet",
        "not-delivered" => "not delivered; nothing was sent",
        "closed" => "closed by a person",
        "withdrawn" | "expired" | "overtaken" | "denied" => match word {
            "withdrawn" => "withdrawn; nothing was sent",
            "expired" => "expired; nothing was sent",
            "overtaken" => "overtaken; nothing was sent",
            _ => "denied; nothing was sent",
        },
        other => other,
    }
}

fn fact(name: &str, value: &Value) -> (Printable, Printable) {
    let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    (Printable::from(name), Printable::from(value))
}

fn note(body: &Value) -> Printable {
    if let Some(answer) = body.get("answer").filter(|answer| !answer.is_null()) {
        let code = answer.pointer("/refused/code").and_then(Value::as_u64);
        let why = answer.pointer("/refused/why").or_else(|| answer.pointer("/unknown/why"));
        let why = why.and_then(Value::as_str);
        return match (code, why) {
            (Some(code), Some(why)) => Printable::from(format!("{code}, {why}")),
            (_, Some(why)) => Printable::from(why),
            _ => Printable::default(),
        };
    }
    if let Some(changes) = body.get("changes").and_then(Value::as_array) {
        let each = changes.iter().map(|change| {
            format!("{} was {}, is {}", said(change, "/fact"), said(change, "/was"), said(change, "/is"))
        });
        return Printable::from(each.collect::<Vec<_>>().join("; "));
    }
    if let Some(run) = body.get("run").and_then(Value::as_str) {
        let status = Some(said(body, "/status")).filter(|status| !status.is_empty());
        let status = status.map(|status| format!(", {status}")).unwrap_or_default();
        return Printable::from(format!("{run}{status}"));
    }
    // Code 0 means that it never left.
    match body.get("code").and_then(Value::as_u64).filter(|code| *code > 0) {
        Some(code) => Printable::from(format!("{code}, {}", said(body, "/why"))),
        None => text(body, "/why"),
    }
}

/// Names who sat at the keyboard: login (or uid), and host.
fn actor(json: &str) -> Printable {
    let Ok(actor) = serde_json::from_str::<Value>(json) else { return Printable::default() };
    let uid = actor.pointer("/uid").and_then(Value::as_u64).map(|uid| format!("uid {uid}"));
    let login = Some(said(&actor, "/login")).filter(|login| !login.is_empty()).map(str::to_owned);
    let who = login.or(uid).unwrap_or_default();
    match said(&actor, "/host") {
        "" => Printable::from(who),
        host => Printable::from(format!("{who} at {host}")),
    }
}

fn said<'a>(body: &'a Value, pointer: &str) -> &'a str {
    body.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn text(body: &Value, pointer: &str) -> Printable {
    Printable::from(said(body, pointer))
}
