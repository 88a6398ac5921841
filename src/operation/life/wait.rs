//! Owns the limits of waiting: when an unsent operation lapses, and when it next wants to be told the time.
//!
//! It never reads a clock. Invariant: an operation whose time is up, or whose clock went back, is never sent.

use jiff::{SignedDuration, Timestamp};

use super::{ANSWER_LIMIT, CONTROLLER_LIMIT, LEDGER_LIMIT, Operation, State, TTL};
use crate::operation::Answer;
use crate::text::Printable;

/// How far a clock may be set back before waiting times mean nothing.
const STEP_BACK: SignedDuration = SignedDuration::from_secs(-5);

fn over(since: Timestamp, now: Timestamp, limit: SignedDuration) -> bool {
    let waited = now.duration_since(since);
    waited >= limit || waited < STEP_BACK
}

impl Operation {
    /// Returns a span of the machine's time in the time that it is told.
    pub(super) fn of_machine(&self, span: SignedDuration) -> SignedDuration {
        let speed = i32::try_from(self.speed).unwrap_or(i32::MAX);
        span.checked_mul(speed).unwrap_or(SignedDuration::MAX)
    }

    /// Returns the state that an unsent operation falls into because its time is up.
    pub(super) fn lapsed(&self, now: Timestamp) -> Option<State> {
        match &self.state {
            State::Staged | State::Armed { .. } if over(self.staged.at, now, self.of_machine(TTL)) => {
                Some(State::Expired { at: now })
            }
            State::Acknowledged { at } if over(*at, now, self.of_machine(LEDGER_LIMIT)) => {
                Some(State::Denied {
                    at: now,
                    why: Printable::ours("the ledger did not record the acknowledgement within 10 s"),
                })
            }
            _ => None,
        }
    }

    /// Returns when an [`super::Event::Tick`] is next due; `None` where time changes nothing.
    pub fn wake_at(&self) -> Option<Timestamp> {
        let (since, limit) = match &self.state {
            State::Staged | State::Armed { .. } => return Some(self.expires_at()),
            State::Acknowledged { at } => (*at, self.of_machine(LEDGER_LIMIT)),
            State::Sent { at } => (*at, self.of_machine(ANSWER_LIMIT)),
            State::Answered { answer: Answer::Unknown { .. }, .. } => return self.read_due(),
            State::Answered { at, answer: Answer::Accepted { .. } } => (*at, CONTROLLER_LIMIT),
            _ => return None,
        };
        since.checked_add(limit).ok()
    }
}
