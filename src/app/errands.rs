//! Owns the errands of this session, orders that go to the policy service, and passes events on to them.
//!
//! It adds nothing to an errand's life: every transition is the errand's own. Invariants: at most one errand is under way for a Rollout,
//! and it stands in the way of no operation; what nobody can tell stays urgent until a newer errand replaces it.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::browse::Urgency;
use super::operations::{Change, NEWS, Operations};
use super::{App, Effect, Notice, Now};
use crate::capability::Sight;
use crate::capability::sight::Answer;
use crate::operation::errand::{Command, Errand, Event, State, words};
use crate::operation::life::LEDGER_LIMIT;
use crate::operation::{Acknowledgement, Actor, Id};
use crate::rollout::{Key, Rollout};
use crate::timeline::Record;

/// Errands of this session, the newest of each Rollout.
#[derive(Default)]
pub struct Errands {
    newest: BTreeMap<Key, Errand>,
    /// When the newest of each was staged, by [`Now::steady`].
    staged: BTreeMap<Key, Duration>,
}

impl fmt::Debug for Errands {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.newest.iter().map(|(key, errand)| (key, errand.state()))).finish()
    }
}

impl Errands {
    /// Takes in a newly staged errand; whatever is over for that Rollout gives way to it.
    pub fn stage(&mut self, errand: Errand, now: Now) {
        let key = errand.whither().key.clone();
        self.staged.insert(key.clone(), now.steady);
        self.newest.insert(key, errand);
    }

    /// Ends what was not sent in its time, by a clock that runs on while the machine sleeps and that nobody can set.
    pub fn lapse(&mut self, now: Now) -> Change {
        let late = |errand: &&mut Errand| {
            let staged = self.staged.get(&errand.whither().key)?;
            let passed = SignedDuration::try_from(now.steady.saturating_sub(*staged)).ok()?;
            let recording = match errand.state() {
                State::Staged | State::Armed => SignedDuration::ZERO,
                State::Acknowledged { .. } => LEDGER_LIMIT,
                _ => return None,
            };
            (passed >= errand.leave().expires_after() + recording).then_some(())
        };
        let late = self.newest.values_mut().find(|errand| late(errand).is_some());
        // The wall clock may have been set back; by it, this is when the errand's time is up.
        match late.and_then(|errand| Some((errand.wake_at()?, errand))) {
            Some((due, errand)) => tell(errand, Event::Tick, now.wall.max(due)),
            None => Change::default(),
        }
    }

    /// Returns the newest errand for a Rollout.
    pub fn on(&self, key: &Key) -> Option<&Errand> {
        self.newest.get(key)
    }

    /// Returns an errand by its id.
    pub fn get(&self, id: &Id) -> Option<&Errand> {
        self.newest.values().find(|errand| errand.id() == id)
    }

    /// Returns the newest errand for a Rollout that a person acknowledged, as long as it is news: until it is over, and [`NEWS`] after
    /// that; what nobody can tell stays.
    pub fn news(&self, key: &Key, now: Timestamp) -> Option<&Errand> {
        let errand = self.on(key).filter(|errand| errand.actor().is_some())?;
        let state = errand.state();
        let fresh = state.since().is_none_or(|since| now.duration_since(since) < NEWS);
        (!state.is_final() || fresh || needs_look(state)).then_some(errand)
    }

    /// Returns an errand for the Rollout that must be decided before another may be staged.
    pub fn under_way(&self, key: &Key) -> Option<&Errand> {
        self.on(key).filter(|errand| !errand.state().is_final())
    }

    /// Lists the namespaces of errands that are not sent yet, and rest on what is shown.
    pub fn unsent_in(&self) -> impl Iterator<Item = &str> {
        let open = self.newest.values().filter(|errand| errand.state().is_unsent());
        open.map(|errand| &*errand.whither().key.namespace)
    }

    /// Tells whether something was acknowledged and its answer is still out.
    pub fn is_awaiting(&self) -> bool {
        self.newest.values().any(|errand| {
            matches!(errand.state(), State::Acknowledged { .. } | State::Sent { .. } | State::InDoubt { .. })
        })
    }

    /// Lists the errands that a person acknowledged.
    pub fn acknowledged(&self) -> impl Iterator<Item = &Errand> {
        self.newest.values().filter(|errand| errand.actor().is_some())
    }

    /// Returns the earliest time at which an errand wants to be told the time.
    pub fn wake_at(&self) -> Option<Timestamp> {
        self.newest.values().filter_map(Errand::wake_at).min()
    }

    /// Passes an edge's answer on.
    pub fn tell(&mut self, id: &Id, event: Event, now: Timestamp) -> Change {
        match self.newest.values_mut().find(|errand| errand.id() == id) {
            Some(errand) => tell(errand, event, now),
            None => Change::default(),
        }
    }

    /// Arms or disarms an errand whose confirmation is (not) ready.
    pub fn arm(&mut self, id: &Id, armed: bool, now: Timestamp) -> Change {
        self.tell(id, if armed { Event::Armed } else { Event::Disarmed }, now)
    }

    /// Acknowledges what its confirmation shows.
    pub fn acknowledge(
        &mut self,
        id: &Id,
        (actor, said): (Actor, Acknowledgement),
        now: Timestamp,
    ) -> Change {
        let Some(digest) = self.get(id).map(Errand::digest) else { return Change::default() };
        self.tell(id, Event::Acknowledged { digest, actor: Box::new(actor), said }, now)
    }

    /// Withdraws an errand whose confirmation was closed before it was acknowledged.
    pub fn withdraw(&mut self, id: &Id, now: Timestamp) -> Change {
        match self.get(id).map(Errand::state) {
            Some(State::Staged | State::Armed) => self.tell(id, Event::Withdrawn, now),
            _ => Change::default(),
        }
    }

    /// Passes an observation of a Rollout on; `None` where it is gone.
    pub fn observed(&mut self, key: &Key, rollout: Option<&Rollout>, now: Timestamp) -> Change {
        match self.newest.get_mut(key).filter(|errand| errand.state().is_unsent()) {
            Some(errand) => tell(errand, Event::Rollout(rollout.cloned().map(Box::new)), now),
            None => Change::default(),
        }
    }

    /// Lets time pass.
    pub fn tick(&mut self, now: Timestamp) -> Change {
        let is_due = |errand: &&mut Errand| errand.wake_at().is_some_and(|at| at <= now);
        let due = self.newest.values_mut().filter(is_due);
        due.map(|errand| tell(errand, Event::Tick, now)).collect()
    }
}

impl Urgency for (&Operations, &Errands) {
    fn is_urgent(&self, key: &Key) -> bool {
        let (operations, errands) = *self;
        operations.is_urgent(key) || errands.on(key).is_some_and(|errand| needs_look(errand.state()))
    }
}

fn tell(errand: &mut Errand, event: Event, now: Timestamp) -> Change {
    let before = errand.state().word();
    let id = errand.id().clone();
    let commands = errand.on(event, now);
    let moved = errand.state().word() != before;
    let effects = commands.into_iter().map(|command: Command| Effect::Errand(id.clone(), command)).collect();
    let notice = (moved && errand.actor().is_some()).then(|| notice(errand));
    Change { effects, moved, notice }
}

/// Says in one sentence how an errand stands.
pub(super) fn notice(errand: &Errand) -> Notice {
    let key = &errand.whither().key;
    let word = errand.wanted().word();
    let text = format!("{word} {}/{}: {}", key.namespace, key.name, words::describe(errand));
    if errand.state().is_trouble() { Notice::bad(text) } else { Notice::good(text) }
}

fn needs_look(state: &State) -> bool {
    matches!(state, State::InDoubt { .. } | State::Unclear { .. })
}

impl App {
    pub(super) fn errands_change(&mut self, change: impl FnOnce(&mut Errands) -> Change) -> Vec<Effect> {
        let change = change(&mut self.errands);
        if change.moved {
            self.dirty = true;
            self.browse.touch();
        }
        if let Some(notice) = change.notice.filter(|_| self.modal.is_none()) {
            self.notice = Some(notice);
        }
        for effect in &change.effects {
            if let Effect::Errand(_, Command::Record(entry)) = effect {
                self.timeline.record(&Record::of(entry));
            }
        }
        change.effects
    }

    /// Takes in what an edge answered to an errand.
    pub(super) fn told_of_errand(&mut self, id: &Id, event: Event, now: Timestamp) -> Vec<Effect> {
        if let Event::RecordFailed { why, .. } = &event {
            self.sighted(Sight::Recording(Answer::Failed { why: why.clone() }), now);
        }
        self.errands_change(|errands| errands.tell(id, event, now))
    }
}
