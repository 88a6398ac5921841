//! Owns what happens after the dispatch: following an accepted order to the controller's act, and resolving a doubt.
//!
//! It never sends anything again. Invariant: a doubt ends only by something that was read: the effect is there; or
//! the guards still hold after every bound of the server has passed; or they do not, so that it can have no effect.

use std::cmp::Ordering;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::sight::{Sight, sight};
use super::{Command, Event, Operation, Origin, Reading, SETTLED, State};
use crate::operation::{Answer, Change, Course};

// How an API server is asked is a matter of connections and machines: of the machine's time, all four.
const FIRST_WAIT: SignedDuration = SignedDuration::from_millis(200);
const LONGEST_WAIT: SignedDuration = SignedDuration::from_secs(5);
/// How far apart two reads must be to show that nothing happens.
const APART: SignedDuration = SignedDuration::from_secs(2);
/// How long a read may stay unanswered before it is asked again.
const READ_LIMIT: SignedDuration = SignedDuration::from_secs(15);

/// What is known of an order that was handed over.
#[derive(Default)]
pub(super) struct Pursuit {
    /// When the request was handed to the sender, or when its first byte left.
    pub(super) left: Option<Timestamp>,
    /// resourceVersion of the accepted write.
    accepted: Option<Arc<str>>,
    /// Whether the write itself was seen.
    visible: bool,
    /// Whether the outcome was learnt by reading.
    pub(super) found: bool,
    /// The newest reading while no answer was there.
    latest: Option<Latest>,
    inquiry: Inquiry,
}

enum Latest {
    There(Box<Reading>),
    Gone,
}

/// Asking again and again, ever more slowly.
#[derive(Default)]
struct Inquiry {
    asked: Option<Timestamp>,
    next: Option<Timestamp>,
    wait: SignedDuration,
    /// When a read first showed, after every bound, that nothing had happened.
    calm: Option<Timestamp>,
}

impl Inquiry {
    fn begin(now: Timestamp) -> Self {
        Self { asked: Some(now), next: None, wait: FIRST_WAIT, calm: None }
    }

    /// Ends the read that was asked for, and waits until the next at `next`; returns when it had been asked.
    fn ended(&mut self, next: Timestamp) -> Option<Timestamp> {
        self.next = Some(next);
        self.wait = self.wait.saturating_mul(2).min(LONGEST_WAIT);
        self.asked.take()
    }
}

impl Operation {
    /// Returns when the next read is due, while in doubt.
    pub(super) fn read_due(&self) -> Option<Timestamp> {
        let inquiry = &self.pursuit.inquiry;
        inquiry.next.or_else(|| inquiry.asked?.checked_add(self.of_machine(READ_LIMIT)).ok())
    }

    /// Notes that a read ended, and returns when it had been asked.
    fn read_ended(&mut self, now: Timestamp) -> Option<Timestamp> {
        let next = now.checked_add(self.of_machine(self.pursuit.inquiry.wait)).unwrap_or(now);
        self.pursuit.inquiry.ended(next)
    }

    pub(super) fn remember(&mut self, reading: Box<Reading>) -> Vec<Command> {
        self.pursuit.latest = Some(Latest::There(reading));
        Vec::new()
    }

    pub(super) fn remember_gone(&mut self) -> Vec<Command> {
        self.pursuit.latest = Some(Latest::Gone);
        Vec::new()
    }

    /// Takes the answer, and judges by it what was seen before it came.
    pub(super) fn answered(&mut self, answer: Answer, now: Timestamp) -> Vec<Command> {
        let follows = match &answer {
            Answer::Accepted { resource_version } => {
                self.pursuit.accepted = Some(resource_version.clone());
                true
            }
            Answer::Unknown { .. } => true,
            Answer::Refused { .. } => false,
        };
        let mut commands = self.enter(State::Answered { at: now, answer });
        if self.state.is_in_doubt() {
            self.pursuit.inquiry = Inquiry::begin(now);
            commands.push(self.read());
        }
        match self.pursuit.latest.take() {
            Some(Latest::There(reading)) if follows => {
                commands.extend(self.on(Event::Seen(reading), now));
            }
            Some(Latest::Gone) if follows => commands.extend(self.on(Event::Deleted, now)),
            _ => {}
        }
        commands
    }

    fn read(&self) -> Command {
        Command::Read {
            id: self.id().clone(),
            key: self.target().key.clone(),
            site: self.course().site().cloned(),
        }
    }

    /// Follows an accepted order until the controller has acted.
    pub(super) fn follow(&mut self, reading: &Reading, now: Timestamp) -> Vec<Command> {
        let own = self.pursuit.accepted.as_deref().filter(|_| self.is_of_what_changed(reading));
        let age = own.and_then(|own| order(&reading.resource_version, own));
        if age == Some(Ordering::Less) {
            return Vec::new();
        }
        match sight(self.course(), self.facts(), &reading.facts) {
            Sight::NotYet | Sight::Visible if self.is_blind(reading) => Vec::new(),
            Sight::Done => self.enter(State::Observed { at: now }),
            Sight::Visible => {
                self.pursuit.visible = true;
                Vec::new()
            }
            // From the write on its effect must be there; where it is not, somebody took it back.
            Sight::NotYet if !self.pursuit.visible && age.is_none() => Vec::new(),
            Sight::NotYet | Sight::Elsewhere => {
                let changes = self.changes(&reading.facts);
                self.enter(State::Unclear { at: now, changes })
            }
        }
    }

    /// Tells whether `reading` is of the object that the request changed, so that their versions can be compared.
    fn is_of_what_changed(&self, reading: &Reading) -> bool {
        reading.facts.site.is_some() == self.course().is_elsewhere()
    }

    /// Tells whether `reading` cannot show the write itself: it lies in a template or a run that was not looked at.
    fn is_blind(&self, reading: &Reading) -> bool {
        self.course().site().is_some() && reading.facts.site.is_none()
    }

    /// Takes an event while the outcome is unknown.
    pub(super) fn in_doubt(&mut self, event: Event, now: Timestamp) -> Vec<Command> {
        match event {
            Event::Answered(answer) if !matches!(answer, Answer::Unknown { .. }) => {
                self.answered(answer, now)
            }
            Event::Seen(reading) => self.resolve(&reading, now),
            Event::Deleted => self.enter(State::Unclear { at: now, changes: vec![Change::deleted()] }),
            Event::ReadFailed { .. } => {
                self.read_ended(now);
                Vec::new()
            }
            Event::Tick if self.read_due().is_some_and(|due| now >= due) => {
                self.pursuit.inquiry.next = None;
                self.pursuit.inquiry.asked = Some(now);
                vec![self.read()]
            }
            _ => Vec::new(),
        }
    }

    fn resolve(&mut self, reading: &Reading, now: Timestamp) -> Vec<Command> {
        let asked = match reading.origin {
            Origin::Read => self.read_ended(now),
            Origin::Watch => None,
        };
        let changes = self.changes(&reading.facts);
        let seen = sight(self.course(), self.facts(), &reading.facts);
        match seen {
            Sight::Done | Sight::Visible if self.may_end_by_itself(now) => {
                self.enter(State::Unclear { at: now, changes })
            }
            Sight::NotYet | Sight::Visible if self.is_blind(reading) => Vec::new(),
            Sight::Done | Sight::Visible => self.found(reading, now),
            // A watch may lag; only a quorum read ends a doubt with "no".
            _ if reading.origin == Origin::Watch => Vec::new(),
            Sight::NotYet if changes.is_empty() => self.nothing_happened(asked, now),
            Sight::NotYet | Sight::Elsewhere => self.enter(State::Unclear { at: now, changes }),
        }
    }

    /// Takes a read, asked at `asked`, by which all is as it was. Two such reads apart are wanted: an API server that
    /// was frozen works off what it holds in any order when it thaws (measured: within 0.1 s).
    fn nothing_happened(&mut self, asked: Option<Timestamp>, now: Timestamp) -> Vec<Command> {
        let (Some(asked), Some(left)) = (asked, self.pursuit.left) else { return Vec::new() };
        if asked.duration_since(left) < SETTLED {
            return Vec::new();
        }
        match self.pursuit.inquiry.calm {
            Some(first) if asked.duration_since(first) >= self.of_machine(APART) => {
                self.enter(State::NotApplied { at: now })
            }
            Some(_) => Vec::new(),
            None => {
                self.pursuit.inquiry.calm = Some(now);
                Vec::new()
            }
        }
    }

    /// A pause with a duration that is over may have ended without the order.
    fn may_end_by_itself(&self, now: Timestamp) -> bool {
        matches!(self.course(), Course::EndPause { ends: Some(ends) } if now >= *ends)
    }

    fn found(&mut self, reading: &Reading, now: Timestamp) -> Vec<Command> {
        self.pursuit.found = true;
        self.pursuit.accepted = Some(reading.resource_version.clone());
        let answer = Answer::Accepted { resource_version: reading.resource_version.clone() };
        let mut commands = self.enter(State::Answered { at: now, answer });
        commands.extend(self.follow(reading, now));
        commands
    }
}

/// Compares two resource versions of one object; `None` where they are not the numbers that etcd gives
/// (Kubernetes KEP-5504: versions of one resource are ordered as numbers).
fn order(left: &str, right: &str) -> Option<Ordering> {
    let number = |text: &str| text.parse::<u128>().ok();
    Some(number(left)?.cmp(&number(right)?))
}
