//! Owns where an errand can stand.
//!
//! It moves nothing: every transition is [`super::Errand::on`]'s. Invariant: what is final stays, and what says that nothing was sent is
//! a state of its own.

use std::sync::Arc;

use jiff::Timestamp;

use crate::operation::errand::runs::Status;
use crate::text::Printable;

/// Where an errand stands; `at` is when it got there.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// Shown; cannot be acknowledged yet.
    Staged,
    /// Can be acknowledged.
    Armed,
    /// Acknowledged; the ledger has not answered yet, and nothing was sent.
    Acknowledged {
        /// When.
        at: Timestamp,
    },
    /// Recorded, and handed to the sender.
    Sent {
        /// When.
        at: Timestamp,
    },
    /// The service named the run; it was not seen yet.
    Accepted {
        /// When.
        at: Timestamp,
        /// The run.
        run: Arc<str>,
    },
    /// Whether the service did it is not known; it is looked for.
    InDoubt {
        /// When.
        at: Timestamp,
        /// Why.
        why: Printable,
    },
    /// The run was seen. Final.
    Observed {
        /// When.
        at: Timestamp,
        /// The run.
        run: Arc<str>,
        /// How it stood.
        status: Status,
    },
    /// A definite no of the service. Final; nothing was done.
    Refused {
        /// When.
        at: Timestamp,
        /// HTTP status; 0 where the request never left.
        code: u16,
        /// In the service's words.
        why: Printable,
    },
    /// Sent, and what came of it cannot be told. Final.
    Unclear {
        /// When.
        at: Timestamp,
        /// Why.
        why: Printable,
    },
    /// Taken back, refused, late or overtaken before anything was sent. Final; nothing was sent.
    Unsent {
        /// When.
        at: Timestamp,
        /// Which of them, by its word in the ledger.
        word: &'static str,
        /// Why.
        why: Printable,
    },
}

impl State {
    /// Tells whether nothing of it was sent yet, and it still may be.
    pub fn is_unsent(&self) -> bool {
        matches!(self, Self::Staged | Self::Armed | Self::Acknowledged { .. })
    }

    /// Tells whether nothing can change it any more.
    pub fn is_final(&self) -> bool {
        matches!(
            self,
            Self::Observed { .. } | Self::Refused { .. } | Self::Unclear { .. } | Self::Unsent { .. }
        )
    }
}
