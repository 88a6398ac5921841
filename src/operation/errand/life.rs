//! Owns the life of an errand: its states, and every transition in one match ([`Errand::on`]).
//!
//! It returns commands as data and never runs them; the time is a parameter. Invariants: a [`Dispatch`] is made only when the ledger has
//! answered for the acknowledgement, and once in a life; after it nothing but reading is asked for; a lost answer is a doubt, never a
//! failure; what cannot be told in time is said to be that.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::runs::{LISTED, Run};
use super::{Staged, Wanted, Whither};
use crate::operation::life::{ANSWER_LIMIT, LEDGER_LIMIT, SEND_LIMIT};
use crate::operation::{Acknowledgement, Actor, Digest, Entry, Id, Leave, Request};
use crate::rollout::Rollout;
use crate::text::Printable;

mod message;
mod state;

pub use message::{Command, Dispatch, Event, Reply};
pub use state::State;

/// How long it is looked for what came of an errand before it is said that this cannot be told.
pub const LOOK_LIMIT: SignedDuration = SignedDuration::from_mins(5);
/// How far apart looks are.
pub const BETWEEN_LOOKS: SignedDuration = SignedDuration::from_secs(5);

/// How far a clock may be set back before waiting times mean nothing.
const STEP_BACK: SignedDuration = SignedDuration::from_secs(-5);

/// One order to the policy service on its way; made by [`super::stage`] alone.
pub struct Errand {
    staged: Staged,
    state: State,
    actor: Option<Actor>,
    said: Option<Acknowledgement>,
    entries: u32,
    looked: Option<Timestamp>,
    gap: Option<Printable>,
}

impl Errand {
    pub(super) fn new(staged: Staged) -> Self {
        Self { staged, state: State::Staged, actor: None, said: None, entries: 0, looked: None, gap: None }
    }

    /// Returns the identity.
    pub fn id(&self) -> &Id {
        &self.staged.id
    }

    /// Returns what is ordered.
    pub fn wanted(&self) -> &Wanted {
        &self.staged.wanted
    }

    /// Returns where it goes, and for which Rollout.
    pub fn whither(&self) -> &Whither {
        &self.staged.whither
    }

    /// Returns the leave by which it was staged.
    pub fn leave(&self) -> &Leave {
        &self.staged.leave
    }

    /// Returns the exact request, as shown and as sent.
    pub fn request(&self) -> &Request {
        &self.staged.request
    }

    /// Returns the value of `Idempotency-Key`; a rerun has none, since the service looks for none there.
    pub fn key(&self) -> Option<&str> {
        matches!(self.wanted(), Wanted::Begin { .. }).then_some(&*self.staged.id.0)
    }

    /// Returns the runs that were there before it and look like its own.
    pub(super) fn known_alike(&self) -> &[Arc<str>] {
        &self.staged.alike
    }

    /// Returns the state.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Returns who acknowledged it.
    pub fn actor(&self) -> Option<&Actor> {
        self.actor.as_ref()
    }

    /// Returns what was said with the acknowledgement.
    pub fn said(&self) -> Option<&Acknowledgement> {
        self.said.as_ref()
    }

    /// Returns why the ledger lacks something of it.
    pub fn gap(&self) -> Option<&Printable> {
        self.gap.as_ref()
    }

    /// Returns when it was staged.
    pub fn staged_at(&self) -> Timestamp {
        self.staged.at
    }

    /// Returns when a [`Event::Tick`] is next due; `None` where time changes nothing.
    pub fn wake_at(&self) -> Option<Timestamp> {
        let (since, limit) = match &self.state {
            State::Staged | State::Armed => (self.staged.at, self.staged.leave.expires_after()),
            State::Acknowledged { at } => (*at, LEDGER_LIMIT),
            State::Sent { at } => (*at, ANSWER_LIMIT),
            State::Accepted { at, .. } | State::InDoubt { at, .. } => {
                (self.looked.unwrap_or(*at), BETWEEN_LOOKS)
            }
            _ => return None,
        };
        since.checked_add(limit).ok()
    }

    /// Takes an event at `now` and returns what is to be done: the only way in which the state changes.
    pub fn on(&mut self, event: Event, now: Timestamp) -> Vec<Command> {
        if let Event::RecordFailed { why, .. } = &event {
            self.gap = Some(why.clone());
        }
        if self.lapses(now) {
            return match self.state {
                State::Acknowledged { .. } => {
                    self.unsent("denied", "the ledger did not record it in time", now)
                }
                _ => self.unsent("expired", "it was not acknowledged in time", now),
            };
        }
        match (&self.state, event) {
            (State::Staged, Event::Armed) => self.quietly(State::Armed),
            (State::Armed, Event::Disarmed) => self.quietly(State::Staged),
            (State::Armed, Event::Acknowledged { digest, actor, said }) => {
                self.acknowledge(digest, *actor, said, now)
            }
            (State::Acknowledged { .. }, Event::Recorded { entry }) if entry == self.entries => {
                self.send(now)
            }
            (State::Acknowledged { .. }, Event::RecordFailed { entry, why }) if entry == self.entries => {
                self.unsent("denied", why, now)
            }
            (unsent, Event::Withdrawn) if unsent.is_unsent() => {
                self.unsent("withdrawn", "it was taken back", now)
            }
            (unsent, Event::Rollout(seen)) if unsent.is_unsent() => self.compare(seen.as_deref(), now),
            (State::Sent { .. } | State::InDoubt { .. }, Event::Answered(reply)) => self.answered(reply, now),
            (State::Sent { at }, Event::Tick) if over(*at, now, ANSWER_LIMIT) => {
                let why = Printable::ours("no answer came");
                self.answered(Reply::Unknown { why }, now)
            }
            (State::Accepted { run, .. }, Event::Seen(seen)) if seen.id == *run => self.seen(&seen, now),
            (State::InDoubt { .. }, Event::Listed(runs)) => self.resolve(&runs, now),
            (State::Accepted { .. } | State::InDoubt { .. }, Event::Tick) => self.look(now),
            _ => Vec::new(),
        }
    }

    /// Tells whether its time is up before anything was sent; a clock that is set back means that nobody knows how much of it is.
    fn lapses(&self, now: Timestamp) -> bool {
        let back = now.duration_since(self.staged.at) < STEP_BACK;
        self.state.is_unsent() && (back || self.wake_at().is_some_and(|due| now >= due))
    }

    fn quietly(&mut self, state: State) -> Vec<Command> {
        self.state = state;
        Vec::new()
    }

    /// Enters a state that belongs into the ledger.
    fn enter(&mut self, state: State) -> Vec<Command> {
        self.state = state;
        self.entries = self.entries.saturating_add(1);
        vec![Command::Record(Box::new(Entry::of_errand(self, self.entries)))]
    }

    fn unsent(&mut self, word: &'static str, why: impl Into<Printable>, now: Timestamp) -> Vec<Command> {
        self.enter(State::Unsent { at: now, word, why: why.into() })
    }

    fn acknowledge(
        &mut self,
        shown: Digest,
        actor: Actor,
        said: Acknowledgement,
        now: Timestamp,
    ) -> Vec<Command> {
        if shown != self.digest() {
            return self.unsent("denied", "what was shown is not what would be sent", now);
        }
        if let Some(need) = said.lacks(self.leave().needs()) {
            let why = format!("the rule {} wants {need} with it", self.leave().rule());
            return self.unsent("denied", why, now);
        }
        (self.actor, self.said) = (Some(actor), Some(said));
        self.enter(State::Acknowledged { at: now })
    }

    fn send(&mut self, now: Timestamp) -> Vec<Command> {
        self.state = State::Sent { at: now };
        vec![Command::Send(Box::new(Dispatch {
            whither: self.whither().clone(),
            request: self.request().clone(),
            key: self.key().map(Arc::from),
            word: self.wanted().word(),
            role: self.said().and_then(|said| said.role.clone()),
            not_after: now.checked_add(SEND_LIMIT).unwrap_or(now),
        }))]
    }

    /// Compares the Rollout with what the errand was staged on.
    fn compare(&mut self, seen: Option<&Rollout>, now: Timestamp) -> Vec<Command> {
        let is_same = |rollout: &&Rollout| {
            let aborted = rollout.status.abort == Some(true);
            rollout.meta.uid == self.whither().uid
                && rollout.status.current_pod_hash == self.staged.canary
                && (aborted || !matches!(self.wanted(), Wanted::Again { .. }))
        };
        match seen.filter(is_same) {
            Some(_) => Vec::new(),
            None => self.unsent("overtaken", "the Rollout is not as it was when this was staged", now),
        }
    }

    fn answered(&mut self, reply: Reply, now: Timestamp) -> Vec<Command> {
        let in_doubt = matches!(self.state, State::InDoubt { .. });
        let mut commands = match reply {
            Reply::Named { run } => self.enter(State::Accepted { at: now, run }),
            Reply::Refused { code, why } => return self.enter(State::Refused { at: now, code, why }),
            Reply::Unknown { .. } if in_doubt => return Vec::new(),
            Reply::Unknown { why } => self.enter(State::InDoubt { at: now, why }),
        };
        commands.extend(self.ask(now));
        commands
    }

    fn ask(&mut self, now: Timestamp) -> Option<Command> {
        self.looked = Some(now);
        match &self.state {
            State::Accepted { run, .. } => Some(Command::Read(run.clone())),
            State::InDoubt { .. } => Some(Command::List(self.wanted().workflow().clone())),
            _ => None,
        }
    }

    /// Looks again, until what came of it is not known in time.
    fn look(&mut self, now: Timestamp) -> Vec<Command> {
        match &self.state {
            State::Accepted { at, run } if over(*at, now, LOOK_LIMIT) => {
                let why =
                    format!("the service named the run {}, and it was not seen", Printable::from(&**run));
                self.enter(State::Unclear { at: now, why: why.into() })
            }
            State::InDoubt { at, .. } if over(*at, now, LOOK_LIMIT) => {
                let why = "no run was seen that it may have begun; whether one still comes cannot be told";
                self.enter(State::Unclear { at: now, why: why.into() })
            }
            _ if self.wake_at().is_some_and(|due| now >= due) => self.ask(now).into_iter().collect(),
            _ => Vec::new(),
        }
    }

    fn seen(&mut self, run: &Run, now: Timestamp) -> Vec<Command> {
        if run.is_as(self.wanted()) {
            let (run, status) = (run.id.clone(), run.status);
            return self.enter(State::Observed { at: now, run, status });
        }
        let why = format!(
            "the run {} that the service named is another than was ordered",
            Printable::from(&*run.id)
        );
        self.enter(State::Unclear { at: now, why: why.into() })
    }

    /// Looks for what a lost answer may have named. A run that bears the errand's key is its own; of a rerun that was not there
    /// before nobody can tell who ordered it.
    fn resolve(&mut self, runs: &[Run], now: Timestamp) -> Vec<Command> {
        let own = runs.iter().find(|run| self.key().is_some() && run.key.as_deref() == self.key());
        if let Some(run) = own {
            return self.seen(run, now);
        }
        let is_new = |run: &&Run| run.is_as(self.wanted()) && !self.staged.known.contains(&run.id);
        let alike = runs.iter().find(is_new).filter(|_| self.key().is_none());
        if let Some(run) = alike {
            let (id, status) = (Printable::from(&*run.id), run.status.word());
            let why = format!(
                "the run {id} ({status}) takes up the same step and was not there before: whether this order began it cannot be told"
            );
            return self.enter(State::Unclear { at: now, why: why.into() });
        }
        if runs.len() >= LISTED && !runs.iter().any(|run| self.staged.known.contains(&run.id)) {
            let why = "so many runs began since that the service does not list all of them";
            return self.enter(State::Unclear { at: now, why: why.into() });
        }
        Vec::new()
    }
}

fn over(since: Timestamp, now: Timestamp, limit: SignedDuration) -> bool {
    now.duration_since(since) >= limit
}
