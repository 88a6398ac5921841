//! Owns what happens after the dispatch: following an accepted order to the controller's act, and resolving a doubt.
//!
//! It never sends anything again. Invariant: a doubt ends only by something that was read: the effect is there; or
//! the guards still hold after every bound of the server has passed; or they do not, so that it can have no effect.
//! What passed is added up from waits, each of which counts for no more than one should last: a clock that is set
//! forward passes no bound.

use std::cmp::Ordering;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::sight::{Sight, sight};
use super::{ANSWER_LIMIT, Command, Event, Mark, Operation, Origin, Reading, SETTLED, State};
use crate::operation::request::signature;
use crate::operation::{Answer, Change};

// How an API server is asked is a matter of connections and machines: of the machine's time, all four.
const FIRST_WAIT: SignedDuration = SignedDuration::from_millis(200);
const LONGEST_WAIT: SignedDuration = SignedDuration::from_secs(5);
/// How far apart two reads must be to show that nothing happens.
const APART: SignedDuration = SignedDuration::from_secs(2);
/// What one wait counts for at most, of the machine's seconds: a little more than the longest that is waited on purpose.
const MOST_OF_A_WAIT: SignedDuration = SignedDuration::from_secs(6);
/// How long a read may stay unanswered before it is asked again.
const READ_LIMIT: SignedDuration = SignedDuration::from_secs(15);

/// How far a watch that is alive is behind a read at most.
const WATCH_LAG: SignedDuration = SignedDuration::from_secs(5);
/// How many versions are remembered of which the watch told: a busy Rollout has some in a second.
const TOLD: usize = 64;

/// What is known of an order that was handed over.
#[derive(Default)]
pub(super) struct Pursuit {
    /// resourceVersion of the accepted write.
    accepted: Option<Arc<str>>,
    /// Whether the write itself was seen.
    visible: bool,
    /// Whether the outcome was learnt by reading.
    pub(super) found: bool,
    /// The version in which the order's own mark was first seen, even if others wrote over it since.
    marked: Option<Arc<str>>,
    /// The newest versions of the Rollout of which the watch told, at most [`TOLD`].
    told: Vec<Arc<str>>,
    /// The version that was read without the order's mark, before the watch told of it.
    unmarked: Option<Arc<str>>,
    /// The first version that was read with the effect but without the mark, and at which age of the doubt.
    unowned: Option<(Arc<str>, SignedDuration)>,
    /// A refusal that may be that of a second copy, until a read says whether the first took effect.
    refused: Option<Refused>,
    /// The newest reading while no answer was there.
    latest: Option<Latest>,
    inquiry: Inquiry,
}

struct Refused {
    answer: Answer,
    /// Of the doubt, when it came.
    age: SignedDuration,
}

/// Tells whether it is the refusal that a second copy of an order would get which took effect already: the state that it
/// tests is gone.
fn is_of_a_moved_state(answer: &Answer) -> bool {
    matches!(answer, Answer::Refused { code: 409 | 422, .. })
}

enum Latest {
    There(Box<Reading>),
    Gone,
}

/// Asking again and again, ever more slowly.
#[derive(Default)]
struct Inquiry {
    asked: Option<Asked>,
    next: Option<Timestamp>,
    wait: SignedDuration,
    /// When something was last heard, by the clock.
    heard: Option<Timestamp>,
    /// How long the doubt has surely lasted.
    age: SignedDuration,
    /// At which age a read first showed, after every bound, that nothing had happened.
    calm: Option<SignedDuration>,
}

/// A read that was asked for.
#[derive(Clone, Copy)]
struct Asked {
    at: Timestamp,
    /// At which age of the doubt.
    age: SignedDuration,
}

impl Inquiry {
    fn begin(now: Timestamp) -> Self {
        let asked = Some(Asked { at: now, age: SignedDuration::ZERO });
        Self { asked, wait: FIRST_WAIT, heard: Some(now), ..Self::default() }
    }

    /// Notes that a read is asked for.
    fn ask(&mut self, now: Timestamp) {
        self.next = None;
        self.asked = Some(Asked { at: now, age: self.age });
    }

    /// Ends the read that was asked for, and waits until the next at `next`; returns at which age it had been asked.
    fn ended(&mut self, next: Timestamp) -> Option<SignedDuration> {
        self.next = Some(next);
        self.wait = self.wait.saturating_mul(2).min(LONGEST_WAIT);
        self.asked.take().map(|asked| asked.age)
    }

    /// Lets the time that passed since something was heard count, up to `most`.
    fn pass(&mut self, now: Timestamp, most: SignedDuration) {
        let passed = self.heard.map_or(SignedDuration::ZERO, |heard| now.duration_since(heard));
        self.age = self.age.saturating_add(passed.clamp(SignedDuration::ZERO, most));
        self.heard = Some(now);
    }
}

impl Operation {
    /// Returns when the next read is due, while in doubt.
    pub(super) fn read_due(&self) -> Option<Timestamp> {
        let inquiry = &self.pursuit.inquiry;
        inquiry.next.or_else(|| inquiry.asked?.at.checked_add(self.of_machine(READ_LIMIT)).ok())
    }

    /// Notes that a read ended, and returns at which age of the doubt it had been asked.
    fn read_ended(&mut self, now: Timestamp) -> Option<SignedDuration> {
        let next = now.checked_add(self.of_machine(self.pursuit.inquiry.wait)).unwrap_or(now);
        self.pursuit.inquiry.ended(next)
    }

    /// Recognizes the order's own mark, also in what a watch tells, and also where it was seen before and is written over by now:
    /// the API server puts it there with the effect, and nobody else does. A version from before the mark bears none, whenever
    /// it comes: a server that thaws may answer a read before the write, and tell of the write before that answer arrives.
    pub(super) fn recognized(&mut self, reading: Reading) -> Reading {
        let on_rollout = self.course().site().is_none();
        if self.course().is_elsewhere() && reading.facts.site.is_none() {
            return reading;
        }
        let own = signature(self.id());
        let writers = [&reading.writers.spec, &reading.writers.status];
        let named = writers.into_iter().flatten().any(|writer| writer.name.as_str() == own);
        if reading.mark == Mark::Borne || (named && on_rollout) {
            self.pursuit.marked.get_or_insert_with(|| reading.resource_version.clone());
        }
        if reading.origin == Origin::Watch && on_rollout {
            let told = &mut self.pursuit.told;
            told.drain(..(told.len() + 1).saturating_sub(TOLD));
            told.push(reading.resource_version.clone());
        }
        match &self.pursuit.marked {
            Some(first) if order(&reading.resource_version, first) != Some(Ordering::Less) => {
                Reading { mark: Mark::Borne, ..reading }
            }
            _ => reading,
        }
    }

    pub(super) fn remember(&mut self, reading: Box<Reading>) -> Vec<Command> {
        self.pursuit.latest = Some(Latest::There(reading));
        Vec::new()
    }

    pub(super) fn remember_gone(&mut self) -> Vec<Command> {
        self.pursuit.latest = Some(Latest::Gone);
        Vec::new()
    }

    /// Takes what the sender says. Something between may have doubled the request, so that a refusal because the state had
    /// moved is believed only of an object that does not bear the order's mark.
    pub(super) fn answered_at_last(&mut self, answer: Answer, now: Timestamp) -> Vec<Command> {
        if !is_of_a_moved_state(&answer) {
            return self.answered(answer, now);
        }
        if !self.is_refusal_checked() {
            self.pursuit.refused = Some(Refused { answer, age: SignedDuration::ZERO });
            self.pursuit.inquiry = Inquiry::begin(now);
            return vec![self.read()];
        }
        Vec::new()
    }

    /// Tells whether a refusal came that is not believed yet.
    pub(super) fn is_refusal_checked(&self) -> bool {
        self.pursuit.refused.is_some()
    }

    /// Takes an event between a refusal and the read that is to confirm it.
    pub(super) fn check(&mut self, event: Event, now: Timestamp) -> Vec<Command> {
        match event {
            Event::Seen(reading) if reading.mark == Mark::Borne => self.found(&reading, now),
            Event::Seen(reading) if self.is_unmarked_for_good(&reading) => self.refused_for_good(now),
            Event::Seen(reading) => self.remember(reading),
            Event::Deleted | Event::SiteGone => self.refused_for_good(now),
            Event::ReadFailed { .. } => {
                let why = "it was refused, and whether a copy of it took effect could not be read";
                self.answered(Answer::Unknown { why: why.into() }, now)
            }
            Event::Tick
                if now.duration_since(self.state.since().unwrap_or(now)) >= self.of_machine(ANSWER_LIMIT) =>
            {
                let why = "it was refused, and whether a copy of it took effect was not read in time";
                self.answered(Answer::Unknown { why: why.into() }, now)
            }
            _ => Vec::new(),
        }
    }

    /// Tells whether nothing that happened so far bears the order's mark: it was read without, and of all up to that version the
    /// watch has told, so that none was missed in which the mark stood before others wrote over it.
    fn is_unmarked_for_good(&mut self, reading: &Reading) -> bool {
        if reading.mark == Mark::Missing {
            self.pursuit.unmarked = Some(reading.resource_version.clone());
        }
        let Some(unmarked) = &self.pursuit.unmarked else { return false };
        self.pursuit.marked.is_none()
            && (self.pursuit.told.contains(unmarked) || self.course().site().is_some())
    }

    fn refused_for_good(&mut self, now: Timestamp) -> Vec<Command> {
        match self.pursuit.refused.take() {
            Some(refused) => self.answered(refused.answer, now),
            None => Vec::new(),
        }
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
            self.pursuit.refused.iter_mut().for_each(|refused| refused.age = SignedDuration::ZERO);
            commands.push(self.read());
        }
        commands.extend(self.announce(now));
        if follows {
            commands.extend(self.judge_what_was_seen(now));
        }
        commands
    }

    /// Takes what was seen while no answer was there.
    pub(super) fn judge_what_was_seen(&mut self, now: Timestamp) -> Vec<Command> {
        match self.pursuit.latest.take() {
            Some(Latest::There(reading)) => self.on(Event::Seen(reading), now),
            Some(Latest::Gone) => self.on(Event::Deleted, now),
            None => Vec::new(),
        }
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
        let most = self.of_machine(MOST_OF_A_WAIT);
        self.pursuit.inquiry.pass(now, most);
        match event {
            Event::Undelivered(what, _) => self.undelivered_after_all(what.why, now),
            Event::Answered(answer) if is_of_a_moved_state(&answer) => {
                let age = self.pursuit.inquiry.age;
                self.pursuit.refused.get_or_insert(Refused { answer, age });
                self.look_closer(now)
            }
            Event::Answered(answer) if !matches!(answer, Answer::Unknown { .. }) => {
                self.answered(answer, now)
            }
            Event::Seen(reading) => self.resolve(&reading, now),
            Event::Deleted => self.enter(State::Unclear { at: now, changes: vec![Change::deleted()] }),
            Event::ReadFailed { .. } => {
                self.read_ended(now);
                Vec::new()
            }
            Event::Tick if self.read_due().is_some_and(|due| now >= due) => self.ask(now),
            _ => Vec::new(),
        }
    }

    fn ask(&mut self, now: Timestamp) -> Vec<Command> {
        self.pursuit.inquiry.ask(now);
        vec![self.read()]
    }

    /// Takes a reading of the watch by which the order's effect may be there. A watch does not show whose it is.
    fn look_closer(&mut self, now: Timestamp) -> Vec<Command> {
        if self.pursuit.inquiry.asked.is_some() { Vec::new() } else { self.ask(now) }
    }

    fn resolve(&mut self, reading: &Reading, now: Timestamp) -> Vec<Command> {
        let asked = match reading.origin {
            Origin::Read => self.read_ended(now),
            Origin::Watch => None,
        };
        let changes = self.changes(&reading.facts);
        let seen = sight(self.course(), self.facts(), &reading.facts);
        match seen {
            _ if reading.mark == Mark::Borne => self.found(reading, now),
            Sight::Done | Sight::Visible if reading.origin == Origin::Watch => self.look_closer(now),
            // A watch may lag; only a quorum read ends a doubt.
            _ if reading.origin == Origin::Watch || self.is_blind(reading) => Vec::new(),
            _ if self.was_refused_before(asked) && self.is_unmarked_for_good(reading) => {
                self.refused_for_good(now)
            }
            // The watch will tell of that version too, if it is alive.
            _ if self.was_refused_before(asked) && self.may_be_told(asked) => Vec::new(),
            Sight::Done | Sight::Visible if self.may_be_owned(reading) => Vec::new(),
            // The effect is there and not the order's mark: it may be another's.
            Sight::Done | Sight::Visible => self.enter(State::Unclear { at: now, changes }),
            Sight::NotYet if changes.is_empty() => self.nothing_happened(asked, now),
            Sight::NotYet | Sight::Elsewhere => self.enter(State::Unclear { at: now, changes }),
        }
    }

    /// Tells whether the watch may yet tell of a version that bore the order's mark, before that which was first read with
    /// the effect and without it: it has not come that far, and may be alive.
    fn may_be_owned(&mut self, reading: &Reading) -> bool {
        let age = self.pursuit.inquiry.age;
        let (version, since) =
            self.pursuit.unowned.get_or_insert_with(|| (reading.resource_version.clone(), age));
        let reached =
            |told: &Arc<str>| matches!(order(told, version), Some(Ordering::Equal | Ordering::Greater));
        let watched = self.staged.course.site().is_none();
        watched && !self.pursuit.told.iter().any(reached) && age.saturating_sub(*since) < WATCH_LAG
    }

    /// Tells whether a read, asked at that age, is of a time after the refusal.
    fn was_refused_before(&self, asked: Option<SignedDuration>) -> bool {
        self.pursuit.refused.as_ref().zip(asked).is_some_and(|(refused, asked)| asked >= refused.age)
    }

    /// Tells whether a watch that is alive may still be behind a read, asked at that age of the doubt.
    fn may_be_told(&self, asked: Option<SignedDuration>) -> bool {
        let refused = self.pursuit.refused.as_ref().map_or(SignedDuration::ZERO, |refused| refused.age);
        asked.is_some_and(|asked| asked.saturating_sub(refused) < WATCH_LAG)
    }

    /// Takes a read, asked at age `asked`, by which all is as it was. Two such reads apart are wanted: an API server that
    /// was frozen works off what it holds in any order when it thaws (measured: within 0.1 s).
    fn nothing_happened(&mut self, asked: Option<SignedDuration>, now: Timestamp) -> Vec<Command> {
        let Some(asked) = asked else { return Vec::new() };
        if asked < SETTLED {
            return Vec::new();
        }
        match self.pursuit.inquiry.calm {
            Some(first) if asked.saturating_sub(first) >= self.of_machine(APART) => {
                self.enter(State::NotApplied { at: now })
            }
            Some(_) => Vec::new(),
            None => {
                self.pursuit.inquiry.calm = Some(self.pursuit.inquiry.age);
                Vec::new()
            }
        }
    }

    fn found(&mut self, reading: &Reading, now: Timestamp) -> Vec<Command> {
        self.pursuit.found = true;
        self.pursuit.accepted = Some(reading.resource_version.clone());
        let answer = Answer::Accepted { resource_version: reading.resource_version.clone() };
        let mut commands = self.enter(State::Answered { at: now, answer });
        commands.extend(self.announce(now));
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
