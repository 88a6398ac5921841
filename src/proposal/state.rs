//! Owns how a proposal stands, and what may happen to it: one enum, one match.
//!
//! It decides nothing by itself but that time is over. Invariants: only [`Event::Approved`] of the very operation that was
//! staged from it makes it approved; what is decided stays decided.

use jiff::{SignedDuration, Timestamp};

use crate::operation;
use crate::text::Printable;

/// How long a proposal may be in a person's hands before it counts as left lying: longer than a confirmation stands.
pub const HELD: SignedDuration = SignedDuration::from_mins(5);

/// How a proposal stands; `at` is when it got there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It waits for a person.
    Open,
    /// A person staged the order from it and has not acknowledged it yet.
    Taken {
        /// When.
        at: Timestamp,
        /// Who.
        by: Printable,
        /// The operation that was staged.
        operation: operation::Id,
    },
    /// A person acknowledged what was staged from it. Final; what came of it is the operation's.
    Approved {
        /// When.
        at: Timestamp,
        /// Who.
        by: Printable,
        /// The operation.
        operation: operation::Id,
    },
    /// A person said no. Final.
    Denied {
        /// When.
        at: Timestamp,
        /// Who.
        by: Printable,
        /// Why, in the person's words.
        reason: Printable,
    },
    /// Nobody decided in its time. Final.
    Expired {
        /// When.
        at: Timestamp,
    },
    /// The agent took it back. Final.
    Withdrawn {
        /// When.
        at: Timestamp,
    },
}

/// What can happen to a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A person staged this operation from it.
    Taken {
        /// Who.
        by: Printable,
        /// The operation.
        operation: operation::Id,
    },
    /// The confirmation of this operation was closed without an acknowledgement.
    PutBack {
        /// The operation.
        operation: operation::Id,
    },
    /// This operation was acknowledged.
    Approved {
        /// Who.
        by: Printable,
        /// The operation.
        operation: operation::Id,
    },
    /// A person said no.
    Denied {
        /// Who.
        by: Printable,
        /// Why.
        reason: Printable,
    },
    /// The agent took it back.
    Withdrawn,
}

/// What cannot happen to a proposal that stands like this.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the proposal is {0}")]
pub struct Misfit(pub &'static str);

impl State {
    /// Returns the one word for it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Taken { .. } => "taken",
            Self::Approved { .. } => "approved",
            Self::Denied { .. } => "denied",
            Self::Expired { .. } => "expired",
            Self::Withdrawn { .. } => "withdrawn",
        }
    }

    /// Tells whether nothing can change it any more.
    pub fn is_final(&self) -> bool {
        !matches!(self, Self::Open | Self::Taken { .. })
    }

    /// Tells how it stands at `now`, where it stands until `expires_at`.
    #[must_use]
    pub fn at(self, now: Timestamp, expires_at: Timestamp) -> Self {
        match self {
            Self::Taken { at, by, operation } if now.duration_since(at) < HELD => {
                Self::Taken { at, by, operation }
            }
            Self::Open | Self::Taken { .. } if now >= expires_at => Self::Expired { at: expires_at },
            Self::Taken { .. } => Self::Open,
            other => other,
        }
    }

    /// Takes in what happened at `at`; it must be as of that time ([`Self::at`]).
    ///
    /// # Errors
    /// Says how it stands where that cannot happen.
    pub fn on(self, event: Event, at: Timestamp) -> Result<Self, Misfit> {
        match (self, event) {
            (Self::Open, Event::Taken { by, operation }) => Ok(Self::Taken { at, by, operation }),
            (Self::Taken { operation: held, .. }, Event::PutBack { operation }) if held == operation => {
                Ok(Self::Open)
            }
            (Self::Taken { operation: held, .. }, Event::Approved { by, operation }) if held == operation => {
                Ok(Self::Approved { at, by, operation })
            }
            // That it was taken up may not have been written: the acknowledgement counts.
            (Self::Open, Event::Approved { by, operation }) => Ok(Self::Approved { at, by, operation }),
            (Self::Open | Self::Taken { .. }, Event::Denied { by, reason }) => {
                Ok(Self::Denied { at, by, reason })
            }
            (Self::Open, Event::Withdrawn) => Ok(Self::Withdrawn { at }),
            (state, _) => Err(Misfit(state.word())),
        }
    }

    /// Says in a sentence how it stands, for the agent that asks.
    pub fn sentence(&self) -> Printable {
        Printable::from(match self {
            Self::Open => "It waits for a person at the terminal.".to_owned(),
            Self::Taken { by, .. } => format!("{by} is looking at it; nothing was sent."),
            Self::Approved { by, at, operation } => {
                format!("{by} acknowledged it at {at:.0} as operation {operation}.")
            }
            Self::Denied { by, at, reason } => {
                format!("{by} said no at {at:.0}: {reason}. Nothing was sent.")
            }
            Self::Expired { at } => format!("Nobody decided until {at:.0}: it expired. Nothing was sent."),
            Self::Withdrawn { at } => format!("It was taken back at {at:.0}. Nothing was sent."),
        })
    }
}
