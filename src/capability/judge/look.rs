//! Owns how a look counts at a time: what it saw while that is young enough, else that nobody knows.
//!
//! It never says what that means for a row. Invariant: [`Look::Seen`] is never older than its limit.

use jiff::{SignedDuration, Timestamp};

use super::finding::Finding;
use crate::capability::{Answer, Dated};
use crate::text::Printable;

/// A look, as far as it counts now.
pub(super) enum Look<'a, T> {
    /// It was seen.
    Seen { what: &'a T, at: Timestamp },
    /// It was not there.
    Missing { why: &'a Printable, at: Timestamp },
    /// Looking was refused.
    Forbidden { why: &'a Printable, at: Timestamp },
    /// There was no answer; `since` when, and whether it had been `seen` before.
    Failed { why: &'a Printable, at: Timestamp, since: Timestamp, seen: Option<Timestamp> },
    /// The newest look is too old to count.
    Old { at: Timestamp },
    /// Nobody looked.
    Never,
}

/// Judges how the newest look at something counts.
pub(super) fn look<T>(dated: Option<&Dated<T>>, limit: SignedDuration, now: Timestamp) -> Look<'_, T> {
    let Some(dated) = dated else { return Look::Never };
    let at = dated.at;
    if !dated.is_within(limit, now) {
        return Look::Old { at };
    }
    match &dated.answer {
        Answer::Seen(what) => Look::Seen { what, at },
        Answer::Missing { why } => Look::Missing { why, at },
        Answer::Forbidden { why } => Look::Forbidden { why, at },
        Answer::Failed { why } => Look::Failed { why, at, since: dated.since, seen: dated.seen },
    }
}

/// Says that nobody looked, or not lately; `what` names what was to be looked at.
pub(super) fn unseen(how: &'static str, what: &str, at: Option<Timestamp>) -> Finding {
    match at {
        None => Finding::unknown(format!("{what}: not looked at yet")).because(crate::capability::Evidence {
            how,
            said: Printable::ours("nobody looked"),
            at: None,
        }),
        Some(at) => Finding::unknown(format!("{what}: not looked at lately")).seen(
            how,
            "the newest look is too old to count",
            at,
        ),
    }
}

/// Says that looking brought no answer, where that says nothing of the thing itself.
pub(super) fn unanswered(how: &'static str, what: &str, why: &Printable, at: Timestamp) -> Finding {
    Finding::unknown(format!("{what}: {why}")).seen(how, why.clone(), at)
}
