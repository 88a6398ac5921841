//! Owns the states of an operation and which of them are final.
//!
//! It holds what a person is told, not the bookkeeping. Invariant: `Overtaken` means that nothing was sent,
//! `Unclear` that something was; of `Delayed` and `NotDelivered` nothing reached the API server.

use jiff::{SignedDuration, Timestamp};

use crate::operation::{Answer, Change};
use crate::text::Printable;

/// Where an operation stands; `at` is when it got there.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// Shown; cannot be acknowledged yet.
    Staged,
    /// Can be acknowledged: drawn, and the keyboard was quiet.
    Armed {
        /// When.
        at: Timestamp,
    },
    /// Acknowledged; the ledger has not answered yet, and nothing was sent.
    Acknowledged {
        /// When.
        at: Timestamp,
    },
    /// Recorded, and handed to the sender; it cannot be taken back.
    Sent {
        /// When, latest at the first byte.
        at: Timestamp,
    },
    /// The last try surely did not reach the API server; another follows. It can be taken back.
    Delayed {
        /// When that was known.
        at: Timestamp,
        /// When the next try is due.
        again: Timestamp,
        /// How many tries there were.
        tries: u32,
        /// Why the last one did not get there.
        why: Printable,
    },
    /// The approval's time is over, and no try reached the API server. Final; nothing was sent.
    NotDelivered {
        /// When.
        at: Timestamp,
        /// How many tries there were.
        tries: u32,
        /// Why the last one did not get there.
        why: Printable,
    },
    /// The API server answered, or it is known that no answer will come.
    Answered {
        /// When.
        at: Timestamp,
        /// How.
        answer: Answer,
    },
    /// The controller acted. Final.
    Observed {
        /// When it was seen.
        at: Timestamp,
    },
    /// Accepted, but the controller has not acted in its time; it still may.
    Unobserved {
        /// When the time was up.
        at: Timestamp,
        /// How long it was waited for.
        after: SignedDuration,
    },
    /// The answer was lost, and reading shows that the request had no effect, long after it could have. Final.
    NotApplied {
        /// When it was known.
        at: Timestamp,
    },
    /// Sent, and then the Rollout moved otherwise: whether by this cannot be told. Final.
    Unclear {
        /// When it was known.
        at: Timestamp,
        /// What is not as it was; empty where the effect came and went.
        changes: Vec<Change>,
    },
    /// Taken back by the person. Final; nothing was sent.
    Withdrawn {
        /// When.
        at: Timestamp,
    },
    /// Not allowed to go out. Final; nothing was sent.
    Denied {
        /// When.
        at: Timestamp,
        /// By what.
        why: Printable,
    },
    /// Not acknowledged in time. Final; nothing was sent.
    Expired {
        /// When.
        at: Timestamp,
    },
    /// A fact that it depends on changed. Final; nothing was sent.
    Overtaken {
        /// When.
        at: Timestamp,
        /// What changed.
        changes: Vec<Change>,
    },
}

impl State {
    /// Tells whether nothing can change it any more.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Staged | Self::Armed { .. } | Self::Acknowledged { .. } | Self::Sent { .. } => false,
            Self::Delayed { .. } => false,
            Self::NotDelivered { .. } => true,
            Self::Answered { answer, .. } => matches!(answer, Answer::Refused { .. }),
            Self::Unobserved { .. } => false,
            Self::Observed { .. } | Self::NotApplied { .. } | Self::Unclear { .. } => true,
            Self::Withdrawn { .. } | Self::Denied { .. } | Self::Expired { .. } | Self::Overtaken { .. } => {
                true
            }
        }
    }

    /// Tells whether it waits before the dispatch, so that it can still be taken back.
    pub fn is_unsent(&self) -> bool {
        matches!(self, Self::Staged | Self::Armed { .. } | Self::Acknowledged { .. })
    }

    /// Tells whether a person may still take it back: nothing of it reached the API server.
    pub fn can_be_withdrawn(&self) -> bool {
        self.is_unsent() || matches!(self, Self::Delayed { .. })
    }

    /// Tells whether the outcome is unknown.
    pub fn is_in_doubt(&self) -> bool {
        matches!(self, Self::Answered { answer: Answer::Unknown { .. }, .. })
    }

    /// Tells whether a person should look at it: it did not go as ordered, or it is not known how it went.
    pub fn is_trouble(&self) -> bool {
        match self {
            Self::Staged | Self::Armed { .. } | Self::Acknowledged { .. } | Self::Sent { .. } => false,
            Self::Answered { answer, .. } => !matches!(answer, Answer::Accepted { .. }),
            Self::Observed { .. } | Self::Withdrawn { .. } => false,
            Self::Delayed { .. } | Self::NotDelivered { .. } => true,
            Self::Unobserved { .. } | Self::NotApplied { .. } | Self::Unclear { .. } => true,
            Self::Denied { .. } | Self::Expired { .. } | Self::Overtaken { .. } => true,
        }
    }

    /// Returns since when it stands there; `None` for one that is only staged.
    pub fn since(&self) -> Option<Timestamp> {
        match self {
            Self::Staged => None,
            Self::Armed { at }
            | Self::Acknowledged { at }
            | Self::Sent { at }
            | Self::Delayed { at, .. }
            | Self::NotDelivered { at, .. }
            | Self::Answered { at, .. }
            | Self::Observed { at }
            | Self::Unobserved { at, .. }
            | Self::NotApplied { at }
            | Self::Unclear { at, .. }
            | Self::Withdrawn { at }
            | Self::Denied { at, .. }
            | Self::Expired { at }
            | Self::Overtaken { at, .. } => Some(*at),
        }
    }

    /// Returns the one word for it in the ledger.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Staged => "staged",
            Self::Armed { .. } => "armed",
            Self::Acknowledged { .. } => "acknowledged",
            Self::Sent { .. } => "sent",
            Self::Delayed { .. } => "delayed",
            Self::NotDelivered { .. } => "not-delivered",
            Self::Answered { answer: Answer::Accepted { .. }, .. } => "accepted",
            Self::Answered { answer: Answer::Refused { .. }, .. } => "refused",
            Self::Answered { answer: Answer::Unknown { .. }, .. } => "in-doubt",
            Self::Observed { .. } => "observed",
            Self::Unobserved { .. } => "unobserved",
            Self::NotApplied { .. } => "not-applied",
            Self::Unclear { .. } => "unclear",
            Self::Withdrawn { .. } => "withdrawn",
            Self::Denied { .. } => "denied",
            Self::Expired { .. } => "expired",
            Self::Overtaken { .. } => "overtaken",
        }
    }
}
