//! Owns the limits of waiting: when an unsent operation lapses, and when it next wants to be told the time.
//!
//! It never reads a clock. Invariant: an operation whose time is up, or whose clock went back, is never sent.

use jiff::{SignedDuration, Timestamp};

use super::{ANSWER_LIMIT, CONTROLLER_LIMIT, LEDGER_LIMIT, Operation, SEND_LIMIT, State};
use crate::operation::Answer;
use crate::text::Printable;

/// How far a clock may be set back before waiting times mean nothing.
const STEP_BACK: SignedDuration = SignedDuration::from_secs(-5);

pub(super) fn unrecorded() -> Printable {
    Printable::ours("the ledger did not record the acknowledgement within 10 s")
}

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
            State::Staged | State::Armed { .. }
                if over(self.staged.at, now, self.of_machine(self.leave().expires_after())) =>
            {
                Some(State::Expired { at: now })
            }
            State::Acknowledged { at } if over(*at, now, self.of_machine(LEDGER_LIMIT)) => {
                Some(State::Denied { at: now, why: unrecorded() })
            }
            State::Delayed { .. }
                if now >= self.last_try() || over(self.staged.at, now, SignedDuration::MAX) =>
            {
                self.given_up(now)
            }
            _ => None,
        }
    }

    /// Returns how long after its staging it may at the latest be handed to the sender, in the
    /// machine's seconds; `None` once it is.
    pub fn longest_unsent(&self) -> Option<SignedDuration> {
        let expires_after = self.leave().expires_after();
        match &self.state {
            State::Staged | State::Armed { .. } => Some(expires_after),
            State::Acknowledged { .. } => Some(expires_after.saturating_add(LEDGER_LIMIT)),
            State::Delayed { .. } => Some(expires_after.saturating_sub(SEND_LIMIT)),
            _ => None,
        }
    }

    /// Returns when an [`super::Event::Tick`] is next due; `None` where time changes nothing.
    pub fn wake_at(&self) -> Option<Timestamp> {
        let (since, limit) = match &self.state {
            State::Staged | State::Armed { .. } => return Some(self.expires_at()),
            State::Acknowledged { at } => (*at, self.of_machine(LEDGER_LIMIT)),
            State::Delayed { again, .. } => return Some(self.next_try(*again)),
            State::Sent { at } => (*at, self.of_machine(ANSWER_LIMIT)),
            State::Answered { answer: Answer::Unknown { .. }, .. } => return self.read_due(),
            State::Answered { at, answer: Answer::Accepted { .. } } => (*at, CONTROLLER_LIMIT),
            _ => return None,
        };
        since.checked_add(limit).ok()
    }
}
