//! Owns what numeric gates say of an order, as far as an order minds it: what it takes to go on, in which words, and the record.
//!
//! Made by the app, which knows gates; an order never does. Invariants: only an order that brings the new version forward is
//! hindered; what is on record is never better than what was asked about ([`super::Operation::rejudge`]).

use serde_json::Value;

use crate::text::Printable;

/// What it takes to go on, beside what the rule wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bar {
    /// Nothing.
    Open,
    /// A reason: a person decides.
    Reason,
    /// The name and a reason: it goes against what the gates say, and is recorded as that.
    Override,
}

/// What the gates say of an order.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// What it takes to go on.
    pub bar: Bar,
    /// The word, and why, in one sentence.
    pub words: Printable,
    /// The verdict with its evidence, as the ledger keeps it.
    pub record: Value,
}

impl Judged {
    /// Leaves what is said as it is, and hinders nothing: for an order that stops or takes back.
    #[must_use]
    pub fn hindering_nothing(self) -> Self {
        Self { bar: Bar::Open, ..self }
    }
}
