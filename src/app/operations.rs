//! Owns the operations of this session and passes events on to them.
//!
//! It adds nothing to an operation's life: every transition is the operation's own. Invariants: at most one operation
//! is under way on a Rollout; what needs a look (in doubt, not acted on) stays urgent until a newer one replaces it.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::browse::Urgency;
use super::{Effect, Notice, Now};
use crate::operation::life::CONTROLLER_LIMIT;
use crate::operation::{
    Acknowledgement, Actor, Answer, Command, Event, Id, Judged, Operation, Reading, Site, SiteKind,
    SiteReading, State, words,
};
use crate::rollout::delta::{Delta, Kind, Object};
use crate::rollout::{Key, Rollout};

/// How long an outcome is news after it was known; of a person's time.
pub const NEWS: SignedDuration = SignedDuration::from_mins(5);

/// Operations of this session, the newest of each Rollout.
#[derive(Default)]
pub struct Operations {
    newest: BTreeMap<Key, Operation>,
    /// When the newest of each was staged, by [`Now::steady`].
    staged: BTreeMap<Key, Duration>,
    /// When each was last promoted from here.
    promoted: BTreeMap<Key, Timestamp>,
    minted: u64,
}

impl fmt::Debug for Operations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.newest.iter().map(|(key, operation)| (key, operation.state()))).finish()
    }
}

/// What came of telling an operation something.
#[derive(Default)]
pub struct Change {
    /// What is to be done.
    pub effects: Vec<Effect>,
    /// Whether a state moved.
    pub moved: bool,
    /// One sentence, where a person should know.
    pub notice: Option<Notice>,
}

impl FromIterator<Change> for Change {
    /// Puts together what came of telling several; the last notice is the one that is said.
    fn from_iter<I: IntoIterator<Item = Self>>(changes: I) -> Self {
        changes.into_iter().fold(Self::default(), |mut all, change| {
            all.effects.extend(change.effects);
            Self { moved: all.moved | change.moved, notice: change.notice.or(all.notice), ..all }
        })
    }
}

impl Operations {
    /// Counts up the operations that were ever staged here, for their ids.
    pub fn next_number(&mut self) -> u64 {
        self.minted += 1;
        self.minted
    }

    /// Takes in a newly staged operation; whatever is over on that Rollout gives way to it.
    pub fn stage(&mut self, operation: Operation, now: Now) {
        let key = operation.target().key.clone();
        self.staged.insert(key.clone(), now.steady);
        self.newest.insert(key, operation);
    }

    /// Returns when a Rollout was last promoted, as far as this session knows.
    pub fn last_promotion(&self, key: &Key) -> Option<Timestamp> {
        self.promoted.get(key).copied()
    }

    /// Remembers a promotion that this session did not order itself; the latest one counts.
    pub fn remember_promotion(&mut self, key: Key, at: Timestamp) {
        let known = self.promoted.entry(key).or_insert(at);
        *known = at.max(*known);
    }

    /// Returns the newest operation on a Rollout.
    pub fn on(&self, key: &Key) -> Option<&Operation> {
        self.newest.get(key)
    }

    /// Returns the newest operation on a Rollout that a person acknowledged, as long as it is news: until it is over, and
    /// [`NEWS`] after that; what needs a look stays.
    pub fn news(&self, key: &Key, now: Timestamp) -> Option<&Operation> {
        let operation = self.on(key).filter(|operation| operation.actor().is_some())?;
        let state = operation.state();
        let news = NEWS * i32::try_from(operation.speed()).unwrap_or(i32::MAX);
        let fresh = state.since().is_none_or(|since| now.duration_since(since) < news);
        (!state.is_final() || fresh || needs_look(state)).then_some(operation)
    }

    /// Returns an operation by its id.
    pub fn get(&self, id: &Id) -> Option<&Operation> {
        self.newest.values().find(|operation| operation.id() == id)
    }

    /// Has an order that nobody acknowledged rest on what the gates say by now.
    pub fn rejudge(&mut self, id: &Id, judged: Judged) {
        if let Some(operation) = self.newest.values_mut().find(|operation| operation.id() == id) {
            operation.rejudge(judged);
        }
    }

    /// Returns an operation on the Rollout that must be decided before another may be staged.
    pub fn under_way(&self, key: &Key) -> Option<&Operation> {
        self.on(key).filter(|operation| {
            let state = operation.state();
            !state.is_final() && !matches!(state, State::Unobserved { .. })
        })
    }

    /// Lists the namespaces of operations that are not over.
    pub fn under_way_in(&self) -> impl Iterator<Item = &str> {
        let open = self.newest.values().filter(|operation| !operation.state().is_final());
        open.map(|operation| &*operation.target().key.namespace)
    }

    /// Tells whether something was acknowledged and its answer is still out.
    pub fn is_awaiting(&self) -> bool {
        self.newest.values().any(|operation| {
            let state = operation.state();
            matches!(state, State::Acknowledged { .. } | State::Sent { .. }) || state.is_in_doubt()
        })
    }

    /// Lists the operations that a person acknowledged.
    pub fn acknowledged(&self) -> impl Iterator<Item = &Operation> {
        self.newest.values().filter(|operation| operation.actor().is_some())
    }

    /// Returns the earliest time at which an operation wants to be told the time.
    ///
    /// `live_since` says since when what is watched has been live; `None` while it is not.
    pub fn wake_at(&self, live_since: Option<Timestamp>) -> Option<Timestamp> {
        self.newest.values().filter_map(|operation| due(operation, live_since)).min()
    }

    /// Passes an edge's answer on.
    pub fn tell(&mut self, id: &Id, event: Event, now: Timestamp) -> Change {
        let Some(operation) = self.newest.values_mut().find(|operation| operation.id() == id) else {
            return Change::default();
        };
        let change = tell(operation, event, now);
        let key = operation.target().key.clone();
        if change.moved && operation.kind().promotes() && has_effect(operation.state()) {
            self.remember_promotion(key, now);
        }
        change
    }

    /// Ends what was not sent in its time, by a clock that runs on while the machine sleeps and that nobody can set.
    pub fn lapse(&mut self, now: Now) -> Change {
        let late = |operation: &Operation| {
            let staged = self.staged.get(&operation.target().key)?;
            let passed = SignedDuration::try_from(now.steady.saturating_sub(*staged)).ok()?;
            (passed >= operation.longest_unsent()?).then(|| operation.id().clone())
        };
        match self.newest.values().find_map(late) {
            Some(id) => self.tell(&id, Event::Lapsed, now.wall),
            None => Change::default(),
        }
    }

    /// Arms or disarms an operation whose modal is (not) ready.
    pub fn arm(&mut self, id: &Id, armed: bool, now: Timestamp) -> Change {
        self.tell(id, if armed { Event::Armed } else { Event::Disarmed }, now)
    }

    /// Acknowledges what its modal shows.
    pub fn acknowledge(
        &mut self,
        id: &Id,
        (actor, said): (Actor, Acknowledgement),
        now: Timestamp,
    ) -> Change {
        let Some(digest) = self.get(id).map(Operation::digest) else { return Change::default() };
        self.tell(id, Event::Acknowledged { digest, actor, said }, now)
    }

    /// Takes back the order on a Rollout whose next try is waited for; `None` where there is none.
    pub fn take_back(&mut self, key: &Key, now: Timestamp) -> Option<Change> {
        let operation =
            self.on(key).filter(|operation| matches!(operation.state(), State::Delayed { .. }))?;
        let id = operation.id().clone();
        Some(self.tell(&id, Event::Withdrawn, now))
    }

    /// Lists the orders whose next try is waited for.
    pub fn delayed(&self) -> Vec<Id> {
        let delayed =
            self.newest.values().filter(|operation| matches!(operation.state(), State::Delayed { .. }));
        delayed.map(|operation| operation.id().clone()).collect()
    }

    /// Withdraws an operation whose modal was closed before it was acknowledged.
    pub fn withdraw(&mut self, id: &Id, now: Timestamp) -> Change {
        match self.get(id).map(Operation::state) {
            Some(State::Staged | State::Armed { .. }) => self.tell(id, Event::Withdrawn, now),
            _ => Change::default(),
        }
    }

    /// Passes an observation on.
    pub fn seen(&mut self, rollout: &Rollout, now: Timestamp) -> Change {
        match self.newest.get_mut(&rollout.meta.key) {
            Some(operation) if !operation.state().is_final() => {
                tell(operation, Event::Seen(Box::new(Reading::watched(rollout))), now)
            }
            _ => Change::default(),
        }
    }

    /// Passes on what a delta tells of a run on which an operation acts.
    pub fn site(&mut self, delta: &Delta, now: Timestamp) -> Change {
        let seen = |reading: SiteReading| Event::SeenSite(Box::new(reading));
        let (kind, key, event) = match delta {
            Delta::Seen(_, Object::AnalysisRun(run)) => {
                (SiteKind::AnalysisRun, &run.meta.key, seen(SiteReading::watched_analysis(run)))
            }
            Delta::Seen(_, Object::Experiment(run)) => {
                (SiteKind::Experiment, &run.meta.key, seen(SiteReading::watched_experiment(run)))
            }
            Delta::Gone(source, key) if source.kind == Kind::AnalysisRuns => {
                (SiteKind::AnalysisRun, key, Event::SiteGone)
            }
            Delta::Gone(source, key) if source.kind == Kind::Experiments => {
                (SiteKind::Experiment, key, Event::SiteGone)
            }
            _ => return Change::default(),
        };
        let acts_on_it = |operation: &&mut Operation| {
            let same = |site: &Site| site.kind == kind && site.name == key.name;
            operation.course().site().is_some_and(same) && operation.target().key.namespace == key.namespace
        };
        match self.newest.values_mut().find(acts_on_it) {
            Some(operation) => tell(operation, event, now),
            None => Change::default(),
        }
    }

    /// Passes a deletion on.
    pub fn gone(&mut self, key: &Key, now: Timestamp) -> Change {
        match self.newest.get_mut(key) {
            Some(operation) => tell(operation, Event::Deleted, now),
            None => Change::default(),
        }
    }

    /// Lets time pass; `live_since` as for [`Self::wake_at`].
    pub fn tick(&mut self, now: Timestamp, live_since: Option<Timestamp>) -> Change {
        let is_due = |operation: &&mut Operation| due(operation, live_since).is_some_and(|at| at <= now);
        let due = self.newest.values_mut().filter(is_due);
        due.map(|operation| tell(operation, Event::Tick, now)).collect()
    }
}

impl Urgency for Operations {
    fn is_urgent(&self, key: &Key) -> bool {
        self.on(key).is_some_and(|operation| needs_look(operation.state()))
    }
}

/// Returns when an operation wants to be told the time. That the controller has not acted can be said only of what was
/// seen, so its time runs while the watch is live.
fn due(operation: &Operation, live_since: Option<Timestamp>) -> Option<Timestamp> {
    let due = operation.wake_at()?;
    match operation.state() {
        State::Answered { answer: Answer::Accepted { .. }, .. } => {
            Some(due.max(live_since?.checked_add(CONTROLLER_LIMIT).ok()?))
        }
        _ => Some(due),
    }
}

fn tell(operation: &mut Operation, event: Event, now: Timestamp) -> Change {
    let before = operation.state().word();
    let commands = operation.on(event, now);
    let moved = operation.state().word() != before;
    let effects = commands.into_iter().map(|command: Command| Effect::Order(command)).collect();
    let notice = (moved && was_acknowledged(operation)).then(|| {
        let key = &operation.target().key;
        let text = format!(
            "{} {}/{}: {}",
            operation.kind().word(),
            key.namespace,
            key.name,
            words::describe(operation)
        );
        if operation.state().is_trouble() { Notice::bad(text) } else { Notice::good(text) }
    });
    Change { effects, moved, notice }
}

fn needs_look(state: &State) -> bool {
    state.is_in_doubt() || matches!(state, State::Unobserved { .. } | State::Unclear { .. })
}

/// Tells whether an order in that state counts as carried out: it was accepted, or it may have been.
fn has_effect(state: &State) -> bool {
    matches!(
        state,
        State::Answered { answer: Answer::Accepted { .. }, .. }
            | State::Observed { .. }
            | State::Unclear { .. }
    )
}

fn was_acknowledged(operation: &Operation) -> bool {
    operation.actor().is_some()
}
