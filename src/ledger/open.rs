//! Owns what the ledger says of operations whose end it does not hold: what was ordered, and how far it got.
//!
//! Pure: it reads recorded rows and decides nothing; whether an order took effect is for whoever reads the cluster to
//! say. Invariants: an operation is left out only if its last entry, but for [`ANNOUNCED`], is a word of [`FINAL`], so that
//! a word of a newer program leaves it open; one whose particulars cannot be read is still told of.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::row::Row;
use crate::operation::entry::ANNOUNCED;
use crate::operation::errand::sought::Sought;
use crate::operation::recovery::{Found, Outcome};
use crate::operation::{Actor, Entry, Id, Process, Shown};
use crate::text::Printable;

/// Word of the entry by which a person closes an operation.
pub const CLOSED: &str = "closed";

/// Word of the entry by which a later program says what became of an operation.
pub const RESOLVED: &str = "resolved";

/// Word of the entry by which a later program says that this cannot be told; a person then closes the operation.
pub const UNRESOLVED: &str = "unresolved";

/// Words after which an operation is over ([`crate::operation::State::is_final`]).
pub const FINAL: [&str; 11] = [
    "refused",
    "observed",
    "not-applied",
    "not-delivered",
    "unclear",
    "withdrawn",
    "denied",
    "expired",
    "overtaken",
    CLOSED,
    RESOLVED,
];

/// An acknowledged operation whose end is not recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// Its identity.
    pub id: Id,
    /// Its entries, oldest first; never empty.
    pub entries: Vec<Row>,
    /// What was ordered; or why that cannot be read.
    pub order: Result<Order, Printable>,
}

/// What an acknowledgement says was ordered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Word of the kind ([`crate::operation::Kind::word`]).
    pub kind: Printable,
    /// On what, and as whom.
    pub target: Target,
    /// Digest of what was acknowledged, 64 hexadecimal digits.
    pub digest: String,
    /// The exact request.
    pub request: Request,
    /// The facts that guard it, in words, by name.
    pub facts: Vec<Shown>,
    /// What it was to bring about.
    pub consequence: Printable,
    /// When it was acknowledged.
    pub acknowledged_at: Timestamp,
}

/// On what an operation acts, and as whom, as recorded.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Target {
    /// Kubeconfig context.
    pub context: String,
    /// URL of the API server.
    pub server: String,
    /// User as the API server names them.
    pub user: String,
    /// Namespace and name.
    pub key: Key,
    /// Uid of the Rollout.
    pub uid: Arc<str>,
    /// The policy service to which it went; `None` for what went to the cluster.
    #[serde(flatten)]
    pub service: Option<Service>,
}

/// The policy service to which an order went, as recorded.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Service {
    /// Its URL.
    pub service: String,
    /// The tenant in whose name it was asked.
    pub tenant: String,
}

/// Namespace and name, as recorded.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Key {
    /// Namespace.
    pub namespace: Arc<str>,
    /// Name.
    pub name: Arc<str>,
}

/// The exact HTTP request, as recorded.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Request {
    /// Method.
    pub method: String,
    /// Absolute path with query, without host.
    pub path: String,
    /// Media type of the body.
    pub content_type: String,
    /// Body.
    pub body: String,
}

/// How far an open operation is known to have got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Acknowledged and on disk, or tried once more; it may have been sent or not.
    MaybeSent,
    /// Sent, and the answer was lost.
    InDoubt,
    /// Accepted by the API server; the controller had not been seen to act.
    Accepted,
    /// Looked for by a later program, which could not tell.
    Unresolved,
    /// A newer program's word.
    Unknown,
}

/// Whether the program in which an operation was acknowledged still runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// It runs, and follows the operation itself.
    Alive,
    /// It has ended.
    Ended,
    /// That cannot be told from here: another host, or nothing is recorded of it.
    Unknown,
}

/// How an operation without an end stands for whoever looks after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The program that sent it, or may have, is still about it, as far as can be told.
    Open,
    /// Its program has ended; nobody has looked yet for what became of it.
    Left,
    /// What became of it is not known, and its program is gone or was looked for in vain.
    InDoubt,
}

impl Open {
    /// Reads the rows of one operation, oldest first; nothing if they are over, or were never acknowledged.
    pub fn of(rows: &[Row]) -> Option<Self> {
        let last = standing(rows)?;
        let acknowledged = rows.iter().find(|row| row.event == "acknowledged")?;
        if FINAL.contains(&last.event.as_str()) {
            return None;
        }
        Some(Self {
            id: Id(acknowledged.operation.as_str().into()),
            entries: rows.to_vec(),
            order: Order::read(acknowledged).map_err(Printable::from),
        })
    }

    /// Returns how far it is known to have got.
    pub fn reach(&self) -> Reach {
        match standing(&self.entries).map(|row| row.event.as_str()) {
            Some("acknowledged" | "sent" | "delayed") => Reach::MaybeSent,
            Some("in-doubt") => Reach::InDoubt,
            Some("accepted" | "unobserved") => Reach::Accepted,
            Some(UNRESOLVED) => Reach::Unresolved,
            _ => Reach::Unknown,
        }
    }

    /// Returns how it stands, given what is known of its program.
    pub fn standing(&self, owner: Owner) -> Standing {
        match (self.reach(), owner) {
            (Reach::Unresolved, _) => Standing::InDoubt,
            (_, Owner::Alive) => Standing::Open,
            (Reach::InDoubt, _) => Standing::InDoubt,
            (_, Owner::Ended) => Standing::Left,
            (_, Owner::Unknown) => Standing::Open,
        }
    }

    /// Returns the host and the process in which it was acknowledged, as far as they are recorded.
    pub fn process(&self) -> Option<(String, Process)> {
        #[derive(Deserialize)]
        struct Recorded {
            host: String,
            process: Process,
        }
        let acknowledged = self.entries.iter().find(|row| row.event == "acknowledged")?;
        let recorded: Recorded = serde_json::from_str(acknowledged.actor.as_deref()?).ok()?;
        Some((recorded.host, recorded.process))
    }

    /// Returns until when it may have been tried again, if it is recorded that a try did not get there.
    pub fn tried_until(&self) -> Option<Timestamp> {
        let delayed = self.entries.iter().rev().find(|row| row.event == "delayed")?;
        let body: Value = serde_json::from_str(&delayed.body).ok()?;
        body.get("until")?.as_str()?.parse().ok()
    }

    /// Returns what came of it as far as the policy service can show, for what went there; `None` for all else.
    pub fn sought_run(&self) -> Option<Sought> {
        let order = self.order.as_ref().ok().filter(|order| order.target.service.is_some())?;
        let acknowledged = self.entries.iter().find(|row| row.event == "acknowledged")?;
        let named = self.entries.iter().rev().find(|row| row.event == "accepted").and_then(|row| {
            let body: Value = serde_json::from_str(&row.body).ok()?;
            body.get("run")?.as_str().map(Arc::from)
        });
        Sought::read(&acknowledged.body, named, order.acknowledged_at)
    }

    /// Says how far it is known to have got.
    pub fn reach_words(&self) -> &'static str {
        let errand = self.order.as_ref().is_ok_and(|order| order.target.service.is_some());
        match self.reach() {
            Reach::Accepted if errand => "accepted; the run that the policy service named was not seen",
            reach => reach.words(),
        }
    }

    /// Returns the entry that says how it stands.
    pub fn standing_entry(&self) -> Option<&Row> {
        standing(&self.entries)
    }

    /// Returns the number of its first record.
    pub fn since(&self) -> i64 {
        self.entries.first().map_or(0, |row| row.seq)
    }

    /// Writes the entry by which a person closes it, with the reason; it decides nothing in the cluster.
    pub fn closing(&self, at: Timestamp, actor: Actor, user: Printable, reason: &Printable) -> Entry {
        let entry = self.next_entry(CLOSED, at, user, vec![("why", reason.as_str().into())]);
        Entry { actor: Some(actor), ..entry }
    }

    /// Writes the entry that says what reading showed of it after its program had ended, with what was `seen` in the
    /// Rollout's Events since.
    pub fn resolution(&self, at: Timestamp, user: Printable, found: &Found, seen: &[Printable]) -> Entry {
        let event = if found.outcome == Outcome::InDoubt { UNRESOLVED } else { RESOLVED };
        let seen: Vec<Value> = seen.iter().map(|line| line.as_str().into()).collect();
        let said = vec![
            ("outcome", found.outcome.word().into()),
            ("why", found.why.as_str().into()),
            ("found_by_reading", true.into()),
            ("events", seen.into()),
        ];
        self.next_entry(event, at, user, said)
    }

    fn next_entry(
        &self,
        event: &str,
        at: Timestamp,
        user: Printable,
        said: Vec<(&'static str, Value)>,
    ) -> Entry {
        let last = self.entries.last().map_or(0, |row| row.entry);
        let mut body = serde_json::Map::new();
        body.insert("v".to_owned(), crate::operation::entry::BODY_VERSION.into());
        body.extend(said.into_iter().map(|(name, value)| (name.to_owned(), value)));
        let acknowledged = self.entries.iter().find(|row| row.event == "acknowledged");
        let ordered = acknowledged.and_then(|row| serde_json::from_str::<Value>(&row.body).ok());
        for name in ["kind", "target", "digest"] {
            let value = ordered.as_ref().and_then(|ordered| ordered.get(name));
            body.extend(value.map(|value| (name.to_owned(), value.clone())));
        }
        Entry {
            operation: self.id.clone(),
            number: u32::try_from(last).unwrap_or(0).saturating_add(1),
            at,
            event: event.into(),
            actor: None,
            user,
            body: Value::Object(body).to_string(),
        }
    }
}

/// The parts of an acknowledgement's body.
#[derive(Deserialize)]
struct Body {
    kind: String,
    target: Target,
    digest: String,
    request: Request,
    #[serde(default)]
    facts: serde_json::Map<String, Value>,
    #[serde(default)]
    consequence: String,
}

impl Order {
    fn read(row: &Row) -> Result<Self, String> {
        let body: Body = serde_json::from_str(&row.body)
            .map_err(|error| format!("record {} does not say what was ordered: {error}", row.seq))?;
        let at = row.at.parse().map_err(|error| format!("record {} has no time: {error}", row.seq))?;
        let fact = |(name, value): (String, Value)| Shown {
            name: Printable::from(name),
            value: Printable::from(value.as_str().map_or_else(|| value.to_string(), str::to_owned)),
        };
        Ok(Self {
            kind: Printable::from(body.kind),
            target: body.target,
            digest: body.digest,
            request: body.request,
            facts: body.facts.into_iter().map(fact).collect(),
            consequence: Printable::from(body.consequence),
            acknowledged_at: at,
        })
    }
}

/// Returns the last entry that says how an operation stands: not that an Event told of it.
fn standing(rows: &[Row]) -> Option<&Row> {
    rows.iter().rev().find(|row| row.event != ANNOUNCED)
}

/// Returns the statement that finds the operations of interest: acknowledged, and the last entry that says how
/// they stand not final.
pub(super) fn query() -> String {
    let words: Vec<String> = FINAL.iter().map(|word| format!("'{word}'")).collect();
    format!(
        "SELECT DISTINCT operation FROM record AS a WHERE event = 'acknowledged' AND \
         (SELECT event FROM record AS z WHERE z.operation = a.operation AND event <> '{ANNOUNCED}' ORDER BY entry DESC LIMIT 1) NOT IN ({})",
        words.join(", ")
    )
}
