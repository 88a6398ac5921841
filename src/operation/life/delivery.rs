//! Owns the tries of an order that surely did not reach the API server: when the next one is due, and when no more is.
//!
//! The same bytes go out again under the same id, and the API server tests the guards anew. It has no dice: by how much
//! a try is moved comes in. Invariants: a try follows only when the ledger has the failure of the one before it; none
//! begins so late that a byte could leave after the approval's time, whatever the clock on the wall says.

use jiff::{SignedDuration, Timestamp};

use super::{Command, Event, Operation, SEND_LIMIT, State};
use crate::operation::{Answer, Undelivered};
use crate::text::Printable;

// A connection is a matter of machines: of the machine's seconds, both.
const FIRST_WAIT: SignedDuration = SignedDuration::from_secs(1);
const LONGEST_WAIT: SignedDuration = SignedDuration::from_secs(16);

/// What is known of the tries.
#[derive(Default)]
pub(super) struct Delivery {
    /// How many did not get there.
    tries: u32,
    /// Whether the ledger has the failure of the last one.
    recorded: bool,
}

/// Says how long to wait after the `tries`-th try that failed: twice as long each time, of which the upper half is left
/// to chance, and no less than the server asked for.
fn wait(tries: u32, asked: Option<SignedDuration>, dice: u32) -> SignedDuration {
    let doubled = 1_i32.checked_shl(tries.saturating_sub(1).min(16)).unwrap_or(i32::MAX);
    let longest = FIRST_WAIT.saturating_mul(doubled).min(LONGEST_WAIT);
    let half = longest / 2;
    let millis = half.as_millis().saturating_mul(i128::from(dice)) / i128::from(u32::MAX);
    let moved = SignedDuration::from_millis(i64::try_from(millis).unwrap_or_default());
    match asked {
        Some(asked) => asked.saturating_add(moved),
        None => half.saturating_add(moved),
    }
}

impl Operation {
    /// Returns the time from which on no try begins: what begins before it has left, or never will, before the approval's
    /// time is over.
    pub(super) fn last_try(&self) -> Timestamp {
        self.expires_at().checked_sub(self.of_machine(SEND_LIMIT)).unwrap_or(Timestamp::MIN)
    }

    /// Returns when a delayed order next wants to be told the time.
    pub(super) fn next_try(&self, again: Timestamp) -> Timestamp {
        if self.delivery.recorded { again.min(self.last_try()) } else { self.last_try() }
    }

    /// Takes a try that did not reach the API server.
    pub(super) fn undelivered(&mut self, what: Undelivered, dice: u32, now: Timestamp) -> Vec<Command> {
        let Undelivered { why, wait: asked } = what;
        self.delivery.tries = self.delivery.tries.saturating_add(1);
        self.delivery.recorded = false;
        let tries = self.delivery.tries;
        let again = now.checked_add(self.of_machine(wait(tries, asked, dice))).unwrap_or(Timestamp::MAX);
        if again >= self.last_try() {
            return self.enter(State::NotDelivered { at: now, tries, why });
        }
        let mut commands = self.enter(State::Delayed { at: now, again, tries, why });
        commands.extend(self.judge_what_was_seen(now));
        commands
    }

    /// Takes an event while the next try is waited for.
    pub(super) fn delayed(&mut self, event: Event, now: Timestamp) -> Vec<Command> {
        let State::Delayed { again, tries, .. } = &self.state else { return Vec::new() };
        let (again, tries) = (*again, *tries);
        match event {
            Event::Recorded { entry } if entry == self.entries => {
                self.delivery.recorded = true;
                Vec::new()
            }
            Event::RecordFailed { entry, why } if entry == self.entries => {
                let why = Printable::from(format!("the ledger did not record the failed try: {why}"));
                self.enter(State::NotDelivered { at: now, tries, why })
            }
            Event::Tick if self.delivery.recorded && now >= again => self.send(now),
            Event::Lapsed => self.given_up(now).map(|state| self.enter(state)).unwrap_or_default(),
            _ => Vec::new(),
        }
    }

    /// Returns the state of an order whose time is over before it could be delivered.
    pub(super) fn given_up(&self, now: Timestamp) -> Option<State> {
        let State::Delayed { tries, why, .. } = &self.state else { return None };
        Some(State::NotDelivered { at: now, tries: *tries, why: why.clone() })
    }

    /// Takes a late word that the try did not get there, while the outcome is in doubt.
    pub(super) fn undelivered_after_all(&mut self, why: Printable, now: Timestamp) -> Vec<Command> {
        let tries = self.delivery.tries.saturating_add(1);
        self.enter(State::NotDelivered { at: now, tries, why })
    }

    /// Returns how often it was tried in vain.
    pub fn tries(&self) -> u32 {
        self.delivery.tries
    }

    /// Returns the state's answer, if there is one.
    pub(super) fn answer(&self) -> Option<&Answer> {
        match &self.state {
            State::Answered { answer, .. } => Some(answer),
            _ => None,
        }
    }
}
