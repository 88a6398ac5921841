//! Owns what the policy service said of a canary in the past, as the ledger keeps it, and what is to be said of that.
//!
//! It never asks the service: what it says now is no answer of then. Invariant: what no session recorded is not known, and passes nothing.

use jiff::{SignedDuration, Timestamp};

use super::past;
use crate::config::Config;
use crate::gate::answered::{Answers, Then};
use crate::gate::policy::lint::{Finding, Grade};
use crate::gate::wish::Canary;
use crate::ledger::{self, LedgerError, Reader};
use crate::text::Printable;

/// Returns what is known as of a time, and what is to be said of that; nothing where the policy does not ask the service.
pub(super) fn then(canary: &Canary, at: Timestamp, config: &Config) -> (Then, Option<Finding>) {
    if canary.policy.simulation.is_none() {
        return (Then::default(), None);
    }
    let (answers, unread) = answers(canary, config);
    let then = answers.as_of(&canary.policy, at);
    let (grade, what) = match then.age {
        Some(age) => {
            let age = SignedDuration::from_secs(age.as_secs());
            let what = "what the policy service says is from the ledger, as a session heard it";
            (Grade::Note, format!("{what} {age:#} before"))
        }
        None => {
            let why = unread.map(|why| format!(" ({why})")).unwrap_or_default();
            let what = "no session recorded its answer to what this policy asks";
            (Grade::Warning, format!("what the policy service said at {at} is not known, since {what}{why}"))
        }
    };
    (then, Some(Finding { grade, about: "policy service", what: Printable::from(what) }))
}

/// Returns what was answered about a canary in sessions before, and why that is not known where it could not be read.
pub(super) fn answers(canary: &Canary, config: &Config) -> (Answers, Option<String>) {
    let Some(path) = config.ledger.clone().or_else(ledger::default_path) else {
        return (Answers::default(), None);
    };
    match Reader::open(&path).and_then(|reader| reader.answers(&canary.key)) {
        Ok(mut rows) => {
            rows.retain(|row| row.canary == canary.hash && past::is_it(canary, &row.uid));
            (Answers::of(rows), None)
        }
        Err(LedgerError::Absent(_)) => (Answers::default(), None),
        Err(error) => (Answers::default(), Some(error.to_string())),
    }
}
