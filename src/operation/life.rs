//! Owns the life of an operation: its states, and every transition in one match ([`Operation::on`]).
//!
//! It returns commands as data and never runs them; the time is a parameter. Invariants: a [`Dispatch`] is made only
//! when the ledger has answered for the acknowledgement, and once in a life; what is final stays; "it cannot be told"
//! is never shown as failed nor sent again, but resolved by reading.

use jiff::{SignedDuration, Timestamp};

use super::{
    Acknowledgement, Answer, Bar, Change, Course, Digest, Entry, Facts, Id, Judged, Kind, Leave, Request,
    Shown, Site, SiteKind, Target, entry, request,
};
use crate::rollout::Writers;
use crate::text::Printable;

mod announce;
mod delivery;
mod message;
mod pursue;
mod sight;
mod state;
mod wait;

pub use announce::{Announced, Announcement};
pub use message::{Command, Dispatch, Event, Mark, Origin, Reading, SiteReading};
pub use state::State;

use announce::Telling;
use delivery::Delivery;
use pursue::Pursuit;

// A person, a disk and a connection live in the machine's time, whatever time the cluster lives in: their limits are
// stretched by [`Operation::at_speed`]. The controller's and the API server's own bounds are the cluster's.

/// How long an operation may wait for its acknowledgement, unless the rule that allows it says otherwise; of a
/// person's seconds.
pub const TTL: SignedDuration = SignedDuration::from_secs(120);
/// How long the ledger may take to record an acknowledgement; later answers send nothing. Of the machine's seconds.
pub const LEDGER_LIMIT: SignedDuration = SignedDuration::from_secs(10);
/// How long after the hand-over a request may still begin to leave; a sender that is later must not send. Of the
/// machine's seconds.
pub const SEND_LIMIT: SignedDuration = SignedDuration::from_secs(10);
/// How long the sender may stay silent before the outcome counts as unknown; of the machine's seconds.
pub const ANSWER_LIMIT: SignedDuration = SignedDuration::from_secs(20);
/// How long the controller may take before "accepted, controller has not acted" is said; of the cluster's seconds.
pub const CONTROLLER_LIMIT: SignedDuration = SignedDuration::from_secs(30);
/// After this long a request that was cut off no longer takes effect: twice the API server's own bound of 34 s. Of the
/// cluster's seconds.
pub const SETTLED: SignedDuration = SignedDuration::from_secs(68);

/// What staging puts together.
pub(super) struct Staged {
    pub(super) id: Id,
    pub(super) target: Target,
    pub(super) leave: Leave,
    pub(super) course: Course,
    pub(super) facts: Facts,
    pub(super) request: Request,
    /// What numeric gates say of it, where any are meant for the Rollout.
    pub(super) judged: Option<Judged>,
    /// What it takes to go on beside what they said when it was staged.
    pub(super) bar: Bar,
    pub(super) consequence: Printable,
    pub(super) weighty: bool,
    /// Whether a Kubernetes Event is to tell of it.
    pub(super) announces: bool,
    pub(super) at: Timestamp,
}

/// One order on its way; made by [`mod@super::stage`] alone.
pub struct Operation {
    staged: Staged,
    /// How many seconds of the times that it is told pass in one of the machine's.
    speed: u32,
    state: State,
    actor: Option<entry::Actor>,
    said: Option<Acknowledgement>,
    /// Number of the last entry that was handed to the ledger.
    entries: u32,
    /// What the ledger failed to record after the dispatch, if anything.
    gap: Option<Printable>,
    delivery: Delivery,
    pursuit: Pursuit,
    telling: Telling,
}

impl Operation {
    pub(super) fn new(staged: Staged) -> Self {
        let (state, delivery, pursuit) = (State::Staged, Delivery::default(), Pursuit::default());
        let (actor, said, gap) = (None, None, None);
        Self {
            staged,
            speed: 1,
            state,
            actor,
            said,
            entries: 0,
            gap,
            delivery,
            pursuit,
            telling: Telling::Unasked,
        }
    }

    /// Has it live where time runs `speed` times as fast as the machine's: a person still has [`TTL`] of their own.
    #[must_use]
    pub fn at_speed(self, speed: u32) -> Self {
        Self { speed: speed.max(1), ..self }
    }

    /// Tells how many seconds of the times that it is told pass in one of the machine's.
    pub fn speed(&self) -> u32 {
        self.speed
    }

    /// Returns the identity.
    pub fn id(&self) -> &Id {
        &self.staged.id
    }

    /// Returns what was ordered.
    pub fn kind(&self) -> Kind {
        self.staged.course.kind()
    }

    /// Returns what exactly is done.
    pub fn course(&self) -> &Course {
        &self.staged.course
    }

    /// Returns on what it acts, and as whom.
    pub fn target(&self) -> &Target {
        &self.staged.target
    }

    /// Returns the leave by which it was staged: the rule, and what that wants.
    pub fn leave(&self) -> &Leave {
        &self.staged.leave
    }

    /// Returns what numeric gates say of it, as it was shown; `None` where none are meant for the Rollout.
    pub fn judged(&self) -> Option<&Judged> {
        self.staged.judged.as_ref()
    }

    /// Takes what the gates say by now in place of what they said, for as long as nobody acknowledged it; tells whether it did.
    /// What would take more to go on than when it was staged is not taken: nobody was asked for that.
    pub fn rejudge(&mut self, judged: Judged) -> bool {
        let waits = matches!(self.state, State::Staged | State::Armed { .. });
        let takes = waits && self.staged.judged.is_some() && judged.bar <= self.staged.bar;
        if takes {
            self.staged.judged = Some(judged);
        }
        takes
    }

    /// Returns what was said with the acknowledgement.
    pub fn said(&self) -> Option<&Acknowledgement> {
        self.said.as_ref()
    }

    /// Returns the exact request, as shown and as sent.
    pub fn request(&self) -> &Request {
        &self.staged.request
    }

    /// Returns what it will bring about, in one or two sentences.
    pub fn consequence(&self) -> &Printable {
        &self.staged.consequence
    }

    /// Tells whether it is so weighty that the Rollout's name is to be typed, whatever the rule says.
    pub fn weighty(&self) -> bool {
        self.staged.weighty
    }

    /// Returns when it was staged.
    pub fn staged_at(&self) -> Timestamp {
        self.staged.at
    }

    /// Returns when it lapses unless it is acknowledged before.
    pub fn expires_at(&self) -> Timestamp {
        self.staged.at.checked_add(self.of_machine(self.leave().expires_after())).unwrap_or(Timestamp::MAX)
    }

    /// Returns the state.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Returns who acknowledged it.
    pub fn actor(&self) -> Option<&entry::Actor> {
        self.actor.as_ref()
    }

    /// Returns the facts on which it was staged.
    pub fn facts(&self) -> &Facts {
        &self.staged.facts
    }

    /// Lists the facts that guard it, as they were at staging: those that the API server tests, then those of the
    /// Rollout that are watched because the request goes to another object.
    pub fn guards(&self) -> Vec<Shown> {
        self.staged.facts.shown(&self.staged.course.facts())
    }

    /// Lists what has changed since staging, of the facts that guard it.
    pub fn changes(&self, now: &Facts) -> Vec<Change> {
        self.staged.facts.changes(now, &self.staged.course.facts())
    }

    /// Returns the object that the request changes: the Rollout, what holds its template, or a run.
    pub fn site(&self) -> Site {
        let target = self.target();
        self.course().site().cloned().unwrap_or_else(|| Site {
            kind: SiteKind::Rollout,
            name: target.key.name.clone(),
            uid: target.uid.clone(),
        })
    }

    /// Returns the `kubectl` line that does the same without guards.
    pub fn kubectl(&self) -> Printable {
        request::kubectl(self.course(), self.target())
    }

    /// Tells whether the outcome was learnt by reading, because the answer was lost.
    pub fn found_by_reading(&self) -> bool {
        self.pursuit.found
    }

    /// Returns what the ledger failed to record after the dispatch, if anything.
    pub fn gap(&self) -> Option<&Printable> {
        self.gap.as_ref()
    }

    /// Takes an event at `now` and returns what is to be done: the only way in which the state changes.
    pub fn on(&mut self, event: Event, now: Timestamp) -> Vec<Command> {
        if let Event::RecordFailed { why, .. } = &event
            && !matches!(self.state, State::Acknowledged { .. })
        {
            self.gap = Some(why.clone());
        }
        let event = match event {
            Event::Announced(announced) => return self.note_announced(&announced, now),
            event => event,
        };
        if self.state.is_final() {
            return Vec::new();
        }
        match (self.lapsed(now), event) {
            (Some(lapsed), _) => self.enter(lapsed),
            (None, Event::SeenSite(reading)) => match self.with_site(*reading) {
                Some(reading) => {
                    let reading = Box::new(self.recognized(reading));
                    self.transition(Event::Seen(reading), now)
                }
                None => Vec::new(),
            },
            (None, Event::Seen(reading)) => {
                let reading = Box::new(self.recognized(*reading));
                self.transition(Event::Seen(reading), now)
            }
            (None, event) => self.transition(event, now),
        }
    }

    /// Makes a reading of what was seen of the other object, all else being as it was at staging; `None` where the
    /// order changes no other object.
    fn with_site(&self, seen: SiteReading) -> Option<Reading> {
        let site = self.course().site()?;
        let staged = self.staged.facts.site.as_ref()?;
        let facts =
            Facts { site: Some(seen.facts.clone().at(staged, site.kind)), ..self.staged.facts.clone() };
        let SiteReading { resource_version, origin, mark, .. } = seen;
        Some(Reading { facts, resource_version, origin, mark, writers: Writers::default() })
    }

    fn transition(&mut self, event: Event, now: Timestamp) -> Vec<Command> {
        use State::{
            Acknowledged, Answered, Armed, Delayed, Denied, Expired, Overtaken, Sent, Staged, Unclear,
            Unobserved, Withdrawn,
        };
        let gone = || vec![Change::deleted()];
        let site_gone = || vec![Change::gone(format!("the {}", self.site().kind.word()))];
        match (&self.state, event) {
            (Staged, Event::Armed) => self.quietly(Armed { at: now }),
            (Armed { .. }, Event::Disarmed) => self.quietly(Staged),
            (Armed { .. }, Event::Acknowledged { digest, actor, said }) => {
                self.acknowledge((digest, actor, said), now)
            }
            (Acknowledged { .. }, Event::Recorded { entry }) if entry == self.entries => self.send(now),
            (Acknowledged { .. }, Event::RecordFailed { entry, why }) if entry == self.entries => {
                self.enter(Denied { at: now, why })
            }
            (unsent, Event::Withdrawn) if unsent.can_be_withdrawn() => self.enter(Withdrawn { at: now }),
            (Staged | Armed { .. }, Event::Lapsed) => self.enter(Expired { at: now }),
            (Acknowledged { .. }, Event::Lapsed) => self.enter(Denied { at: now, why: wait::unrecorded() }),
            (unsent, Event::Seen(reading)) if unsent.can_be_withdrawn() => self.compare(&reading, now),
            (unsent, Event::Deleted) if unsent.can_be_withdrawn() => {
                self.enter(Overtaken { at: now, changes: gone() })
            }
            (_, Event::SiteGone) if self.course().site().is_none() => Vec::new(),
            (unsent, Event::SiteGone) if unsent.can_be_withdrawn() => {
                let changes = site_gone();
                self.enter(Overtaken { at: now, changes })
            }
            (Answered { .. } | Unobserved { .. }, Event::SiteGone) => {
                let changes = site_gone();
                self.enter(Unclear { at: now, changes })
            }
            (Delayed { .. }, event) => self.delayed(event, now),
            (Sent { at }, event) => {
                let at = *at;
                self.in_flight(event, at, now)
            }
            (Answered { answer: Answer::Unknown { .. }, .. }, event) => self.in_doubt(event, now),
            (Answered { .. } | Unobserved { .. }, Event::Seen(reading)) => self.follow(&reading, now),
            (Answered { .. } | Unobserved { .. }, Event::Deleted) => {
                self.enter(Unclear { at: now, changes: gone() })
            }
            (Answered { at, .. }, Event::Tick) if now.duration_since(*at) >= CONTROLLER_LIMIT => {
                let after = now.duration_since(*at);
                self.enter(Unobserved { at: now, after })
            }
            _ => Vec::new(),
        }
    }

    /// Takes an event while the sender has the request, since `at`.
    fn in_flight(&mut self, event: Event, at: Timestamp, now: Timestamp) -> Vec<Command> {
        match event {
            Event::Sending => self.leaving(now),
            Event::Undelivered(what, dice) => self.undelivered(what, dice, now),
            Event::Answered(answer) => self.answered_at_last(answer, now),
            event if self.is_refusal_checked() => self.check(event, now),
            Event::Seen(reading) => self.remember(reading),
            Event::Deleted => self.remember_gone(),
            Event::Tick if now.duration_since(at) >= self.of_machine(ANSWER_LIMIT) => {
                self.answered(Answer::Unknown { why: Printable::ours("no answer came") }, now)
            }
            _ => Vec::new(),
        }
    }

    fn quietly(&mut self, state: State) -> Vec<Command> {
        self.state = state;
        Vec::new()
    }

    /// Enters a state that belongs into the ledger.
    fn enter(&mut self, state: State) -> Vec<Command> {
        self.state = state;
        self.entries = self.entries.saturating_add(1);
        vec![Command::Record(Box::new(Entry::of(self, self.entries)))]
    }

    fn acknowledge(
        &mut self,
        (shown, actor, said): (Digest, entry::Actor, Acknowledgement),
        now: Timestamp,
    ) -> Vec<Command> {
        if shown != self.digest() {
            let why = Printable::ours("what was shown is not what would be sent");
            return self.enter(State::Denied { at: now, why });
        }
        if let Some(need) = said.lacks(self.leave().needs()) {
            let why = format!("the rule {} wants {need} with it", self.leave().rule()).into();
            return self.enter(State::Denied { at: now, why });
        }
        self.actor = Some(actor);
        self.said = Some(said);
        self.enter(State::Acknowledged { at: now })
    }

    fn send(&mut self, now: Timestamp) -> Vec<Command> {
        self.state = State::Sent { at: now };
        vec![Command::Send(Box::new(Dispatch::of(self, now)))]
    }

    fn leaving(&mut self, now: Timestamp) -> Vec<Command> {
        self.quietly(State::Sent { at: now })
    }

    fn compare(&mut self, reading: &Reading, now: Timestamp) -> Vec<Command> {
        let changes = self.changes(&reading.facts);
        if changes.is_empty() {
            return Vec::new();
        }
        self.enter(State::Overtaken { at: now, changes })
    }
}
