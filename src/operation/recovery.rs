//! Owns what reading shows of an order whose program ended before the order's end was recorded.
//!
//! It judges by the recorded bytes alone: what they test, what they write, and under which name. It never reads and
//! never sends, least of all again. Invariants: "applied" is said only where the object bears the order's own mark;
//! "not applied" only where all that the order tests still holds and cannot have left and come back; all else is a
//! doubt, which a person ends.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use super::life::{LEDGER_LIMIT, SEND_LIMIT, SETTLED};
use super::{Site, SiteKind};
use crate::text::Printable;

/// After this long an order that was acknowledged can take effect no more, if its program has ended: the ledger's and
/// the sender's limits, and twice the API server's own bound.
pub const OVER_AFTER: SignedDuration =
    SignedDuration::from_secs(LEDGER_LIMIT.as_secs() + SEND_LIMIT.as_secs() + SETTLED.as_secs());

/// How far the API server's clock may be from the one by which an acknowledgement was dated.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// What became of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The API server made the change.
    Applied,
    /// It did not, and will not.
    NotApplied,
    /// It cannot be told from the cluster.
    InDoubt,
}

impl Outcome {
    /// Returns the one word for it in the ledger.
    pub fn word(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::NotApplied => "not-applied",
            Self::InDoubt => "in-doubt",
        }
    }
}

/// What reading came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What became of the order.
    pub outcome: Outcome,
    /// By what that is known, or why it is not, in one sentence.
    pub why: Printable,
}

impl Found {
    pub(super) fn new(outcome: Outcome, why: impl Into<Printable>) -> Self {
        Self { outcome, why: why.into() }
    }
}

/// A recorded request, as far as its effect can be looked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Sought {
    /// Namespace of the object.
    pub namespace: Arc<str>,
    site: Site,
    signature: String,
    acknowledged_at: Timestamp,
    tried_until: Option<Timestamp>,
    tests: Vec<Member>,
    writes: Vec<Member>,
    on_main: bool,
}

#[derive(Clone, Debug, PartialEq)]
struct Member {
    pointer: String,
    value: Value,
}

#[derive(Deserialize)]
struct Op {
    op: String,
    path: String,
    #[serde(default)]
    value: Value,
}

impl Sought {
    /// Reads a recorded request to an object of `namespace`; `None` where it is none that this program writes.
    pub fn read(namespace: &str, path: &str, body: &str, acknowledged_at: Timestamp) -> Option<Self> {
        let (path, query) = path.split_once('?')?;
        let signature = query.split('&').find_map(|pair| pair.strip_prefix("fieldManager="))?;
        let object = path.strip_suffix("/status").unwrap_or(path);
        let (kind, name) = SiteKind::ALL.into_iter().find_map(|kind| {
            let name = object.strip_prefix(&kind.path(namespace, ""))?;
            (!name.is_empty() && !name.contains('/')).then_some((kind, name))
        })?;
        let ops: Vec<Op> = serde_json::from_str(body).ok()?;
        let (tests, writes): (Vec<Op>, Vec<Op>) = ops.into_iter().partition(|op| op.op == "test");
        let members = |ops: Vec<Op>| {
            ops.into_iter().map(|op| Member { pointer: op.path, value: op.value }).collect::<Vec<_>>()
        };
        let (tests, writes) = (members(tests), members(writes));
        let uid = tests.iter().find(|test| test.pointer == "/metadata/uid")?.value.as_str()?;
        let site = Site { kind, name: name.into(), uid: Arc::from(uid) };
        let on_main = object == path;
        let (namespace, signature) = (namespace.into(), signature.to_owned());
        Some(Self { namespace, site, signature, acknowledged_at, tried_until: None, tests, writes, on_main })
    }

    /// Takes into account until when it may have been tried again, where it was.
    #[must_use]
    pub fn tried_until(self, tried_until: Option<Timestamp>) -> Self {
        Self { tried_until, ..self }
    }

    /// Returns the object that shows what became of the order.
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// Returns when the order can take effect no more.
    pub fn over_at(&self) -> Timestamp {
        let once = self.acknowledged_at.checked_add(OVER_AFTER).unwrap_or(Timestamp::MAX);
        let again = self.tried_until.map(|until| until.checked_add(SETTLED).unwrap_or(Timestamp::MAX));
        again.map_or(once, |again| again.max(once))
    }

    /// Judges by the object as stored, read with quorum; `None` where there is none of that name. That it is not
    /// applied may be believed only of a read that was asked for after [`Self::over_at`].
    pub fn judge(&self, object: Option<&Value>) -> Found {
        let kind = self.site.kind.word();
        let Some(object) = object else {
            return Found::new(Outcome::InDoubt, format!("the {kind} is gone"));
        };
        if object.pointer("/metadata/uid").and_then(Value::as_str) != Some(&*self.site.uid) {
            let why = format!("the {kind} was deleted, and another of its name made");
            return Found::new(Outcome::InDoubt, why);
        }
        if let Some(mark) = mark(object, &self.signature) {
            let at = text(mark, "time").unwrap_or("an unknown time");
            let why = format!("the {kind} bears the order's mark {}, of {at}", self.signature);
            return Found::new(Outcome::Applied, why);
        }
        let changed: Vec<&str> =
            self.tests.iter().filter(|test| !test.holds_in(object)).map(|test| &*test.pointer).collect();
        if !changed.is_empty() {
            let why = format!(
                "the {kind} bears no mark of the order, and is no longer as it was: {}",
                changed.join(", ")
            );
            return Found::new(Outcome::InDoubt, why);
        }
        if self.cannot_come_back() || self.is_untouched(object) {
            return Found::new(
                Outcome::NotApplied,
                format!("the {kind} is as it was when this was acknowledged"),
            );
        }
        let why = format!(
            "the {kind} is as it was when this was acknowledged, but was changed since: it may have been changed back"
        );
        Found::new(Outcome::InDoubt, why)
    }

    /// Tells whether something that it tests is changed by its own effect for good: the counter of spec changes, or the
    /// time at which a pause or an abort began.
    fn cannot_come_back(&self) -> bool {
        let tests =
            |pointer: &str| self.tests.iter().any(|test| test.pointer == pointer && !is_nothing(&test.value));
        let writes = |pointer: &str| self.writes.iter().any(|write| write.pointer == pointer);
        let pauses = "/status/pauseConditions";
        (self.on_main && self.writes_spec() && tests("/metadata/generation"))
            || (writes(pauses) && tests(pauses))
            || (writes("/status/abort") && tests("/status/abortedAt"))
    }

    fn writes_spec(&self) -> bool {
        self.writes.iter().any(|write| write.pointer.starts_with("/spec"))
    }

    /// Tells whether nobody has changed the object since long before the acknowledgement.
    fn is_untouched(&self, object: &Value) -> bool {
        let before = self.acknowledged_at.checked_sub(SKEW).unwrap_or(Timestamp::MIN);
        let mut all = writers(object).peekable();
        let old = |one: &Value| {
            text(one, "time").and_then(|time| time.parse::<Timestamp>().ok()).is_some_and(|at| at < before)
        };
        all.peek().is_some() && all.all(old)
    }
}

impl Member {
    fn holds_in(&self, object: &Value) -> bool {
        object.pointer(&self.pointer).unwrap_or(&Value::Null) == &self.value
    }
}

/// Tells whether an object as stored names this writer.
pub(super) fn bears(object: &Value, signature: &str) -> bool {
    mark(object, signature).is_some()
}

fn mark<'a>(object: &'a Value, signature: &str) -> Option<&'a Value> {
    writers(object).find(|one| text(one, "manager") == Some(signature))
}

fn writers(object: &Value) -> impl Iterator<Item = &Value> {
    object.pointer("/metadata/managedFields").and_then(Value::as_array).into_iter().flatten()
}

fn text<'a>(object: &'a Value, member: &str) -> Option<&'a str> {
    object.get(member)?.as_str()
}

fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}
