//! Owns an answer with its time: how old it is, since when looks end like it, and when the thing was last seen.
//!
//! It never looks and has no clock. Invariant: an older answer never replaces a newer one.

use jiff::{SignedDuration, Timestamp};

use super::limits;
use super::sight::Answer;

/// An answer, and when it was had.
#[derive(Clone, Debug, PartialEq)]
pub struct Dated<T> {
    /// What came of the newest look.
    pub answer: Answer<T>,
    /// When that was.
    pub at: Timestamp,
    /// Since when looks have been answered in the same way (seen, missing, forbidden, failed).
    pub since: Timestamp,
    /// When the thing was last seen, whatever came after.
    pub seen: Option<Timestamp>,
}

impl<T> Dated<T> {
    /// Puts an answer behind what was known; `None` where that is newer.
    pub(super) fn after(known: Option<&Self>, answer: Answer<T>, at: Timestamp) -> Option<Self> {
        if known.is_some_and(|known| known.at > at) {
            return None;
        }
        let seen = match answer {
            Answer::Seen(_) => Some(at),
            _ => known.and_then(|known| known.seen),
        };
        let alike = |known: &&Self| std::mem::discriminant(&known.answer) == std::mem::discriminant(&answer);
        let since = known.filter(alike).map_or(at, |known| known.since);
        Some(Self { answer, at, since, seen })
    }

    /// Returns what was seen, where the newest look saw it and is not older than `limit`.
    pub fn fresh(&self, limit: SignedDuration, now: Timestamp) -> Option<&T> {
        match &self.answer {
            Answer::Seen(seen) if self.is_within(limit, now) => Some(seen),
            _ => None,
        }
    }

    /// Tells whether the newest look is not older than `limit`, nor of a time that is yet to come.
    pub fn is_within(&self, limit: SignedDuration, now: Timestamp) -> bool {
        is_within(self.at, limit, now)
    }
}

/// Tells whether a time is not longer past than `limit`, nor yet to come.
pub(super) fn is_within(at: Timestamp, limit: SignedDuration, now: Timestamp) -> bool {
    let age = now.duration_since(at);
    age <= limit && age >= -limits::AHEAD
}
