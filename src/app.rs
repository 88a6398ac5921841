//! Owns where a person is and what they meant: screens, selection, modal, operations under way.
//!
//! One synchronous, total function, [`App::update`], takes an [`Event`] and returns [`Effect`]s as data; a driver
//! runs them. It never waits, reads a clock, talks to a cluster or draws. Invariants: a key acts on what was last
//! prepared for drawing; an operation is acknowledged only through the guard of [`arming`].

use jiff::Timestamp;

use crate::keymap::{Action, Key as KeyPress, Keymap, Place};
use crate::operation::Command;
use crate::rollout::Key;
use crate::rollout::delta::{Delta, Kind as Watched, Object};
use crate::store::{Store, Touched};
use crate::text::Printable;
use crate::timeline::{Record, Timeline};

pub mod arming;
mod asked;
pub mod browse;
pub mod choosing;
pub mod errands;
mod event;
pub mod gates;
pub mod health;
pub mod inbox;
mod keys;
pub mod lookback;
pub mod modal;
pub mod news;
mod notice;
mod now;
pub mod operations;
pub mod orders;
pub mod session;
#[cfg(test)]
mod tests;
mod typing;
mod witness;

pub use browse::Browse;
pub use choosing::Choosing;
pub use errands::Errands;
pub use event::{Effect, Event, Shown};
pub use gates::Gates;
pub use health::Checks;
pub use inbox::Inbox;
pub use lookback::Lookback;
pub use modal::{Look, Modal};
pub use notice::Notice;
pub use now::{Now, Wake};
pub use operations::Operations;
pub use orders::Desk;
pub use session::Session;

/// Which screen fills the terminal, below help and modal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Page {
    /// All Rollouts.
    #[default]
    Fleet,
    /// One Rollout.
    Rollout(Key),
    /// What the evidence says of a Rollout's canary.
    Gate(Key),
    /// What happened, on one Rollout or on all.
    Timeline(Option<Key>),
    /// What works, what does not, and how that is known.
    Health,
    /// The orders that need a person.
    Unsettled,
    /// What agents propose.
    Proposals,
}

/// Everything that is not the cluster: where the person is.
#[derive(Debug)]
pub struct App {
    /// What is known of the cluster.
    pub store: Store,
    /// As whom, where, and what may be written.
    pub session: Session,
    /// Keys and their meaning.
    pub keymap: Keymap,
    /// The screen.
    pub page: Page,
    /// Whether help lies over it.
    pub help: bool,
    /// Whether the story of a demo lies over it.
    pub telling: bool,
    /// How the fleet is browsed.
    pub browse: Browse,
    /// How the timeline is browsed.
    pub lookback: Lookback,
    /// What is known of each integration.
    pub health: Checks,
    /// What the evidence says of what is under way.
    pub gates: Gates,
    /// How the orders that need a person are looked through.
    pub desk: Desk,
    /// How proposals of agents are looked through.
    pub inbox: Inbox,
    /// Why nothing can be recorded, so that nothing can be sent either; `None` where it can.
    pub unrecorded: Option<Printable>,
    /// The order that is being chosen.
    pub choosing: Option<Choosing>,
    /// The confirmation that is open.
    pub modal: Option<Modal>,
    /// Operations of this session.
    pub operations: Operations,
    /// Errands of this session: orders that go to the policy service.
    pub errands: Errands,
    /// What happened, as far as it was ordered or seen here.
    pub timeline: Timeline,
    /// One sentence for the person, until the next key.
    pub notice: Option<Notice>,
    /// Lines scrolled down on the page (or in help).
    pub scroll: usize,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    scrollable: usize,
    dirty: bool,
    /// Since when that has been live without a break on which orders rest.
    live_since: Option<Timestamp>,
}

/// Rows of the fleet screen that are not Rollouts: header, counts, head, detail, footer.
pub const FLEET_CHROME: u16 = 6;

impl App {
    /// Begins at the fleet, knowing nothing; a demo begins by telling its story.
    pub fn new(session: Session, keymap: Keymap) -> Self {
        Self {
            telling: session.story.is_some(),
            store: Store::default(),
            session,
            keymap,
            page: Page::Fleet,
            help: false,
            browse: Browse::default(),
            lookback: Lookback::default(),
            health: Checks::default(),
            gates: Gates::default(),
            desk: Desk::default(),
            inbox: Inbox::default(),
            unrecorded: None,
            choosing: None,
            modal: None,
            operations: Operations::default(),
            errands: Errands::default(),
            timeline: Timeline::default(),
            notice: None,
            scroll: 0,
            size: (80, 24),
            scrollable: 0,
            dirty: true,
            live_since: None,
        }
    }

    /// Takes in one event and says what is to be done.
    pub fn update(&mut self, event: Event, now: Now) -> Vec<Effect> {
        let mut effects = self.operations_change(|ops| ops.lapse(now));
        effects.extend(self.errands_change(|errands| errands.lapse(now)));
        effects.extend(self.take(event, now));
        effects.extend(self.check(now));
        effects.extend(self.mind_gates(now));
        self.plan_wish(now);
        effects.extend(self.gates.chime());
        effects.extend(self.follow_proposal());
        effects
    }

    fn take(&mut self, event: Event, now: Now) -> Vec<Effect> {
        match event {
            Event::Key(key) => self.key(key, now),
            Event::CrowdedKey(key) => self.crowded_key(key, now),
            Event::Paste(text) => self.paste(&text, now),
            Event::Resize(columns, rows) => {
                self.size = (columns, rows);
                self.browse.touch();
                self.disarm(now)
            }
            Event::Focus(gained) => {
                self.attend(gained);
                if let Some(modal) = &mut self.modal {
                    modal.focus(gained, now.mono);
                    self.dirty = true;
                }
                Vec::new()
            }
            Event::Delta(delta) => self.delta(delta, now),
            Event::Drawn(shown) => self.drawn(&shown, now),
            Event::Operation(id, event) => {
                self.answered(&id, &event, now.wall);
                self.operations_change(|ops| ops.tell(&id, event, now.wall))
            }
            Event::Errand(id, event) => self.told_of_errand(&id, event, now.wall),
            Event::Runs { key, workflow, read } => self.heard_runs(&key, &workflow, read),
            Event::Sight(sight, at) => {
                self.sighted(sight, at);
                Vec::new()
            }
            Event::Gathered(gathered) => {
                self.gathered(*gathered, now);
                Vec::new()
            }
            Event::Studied(key, read) if self.reads_for_proposal(&key) => {
                self.studied_for_proposal(*read, now)
            }
            Event::Studied(key, read) => self.studied(&key, *read, now),
            Event::Orders(told) => self.told_of_orders(told),
            Event::Proposals(told) => self.told_of_proposals(told, now),
            Event::Tick => self.tick(now),
            Event::Continued => {
                self.dirty = true;
                self.disarm(now)
            }
        }
    }

    /// Lists the keys that count only when pressed alone: those that confirm, while there is something to confirm.
    pub fn solitary_keys(&self) -> &[KeyPress] {
        match self.place() {
            Place::Modal => self.keymap.keys(Action::Confirm),
            _ => &[],
        }
    }

    /// Tells whether what is to be drawn may differ from what was last prepared.
    pub fn is_dirty(&self) -> bool {
        self.dirty
    }

    /// Brings what depends on everything up to date for drawing; tells whether anything must be drawn.
    pub fn prepare(&mut self) -> bool {
        let page = usize::from(self.size.1.saturating_sub(self.chrome()));
        self.browse.prepare(&self.store.fleet, &(&self.operations, &self.errands), page);
        self.show_judged();
        std::mem::take(&mut self.dirty)
    }

    /// Tells whether what orders under way and the open confirmation rest on is current, as far as anyone can know.
    pub fn is_live(&self, now: Timestamp) -> bool {
        let mut concerned = self.operations.under_way_in().chain(self.errands.unsent_in());
        concerned.all(|namespace| self.store.freshness_in(Watched::Rollouts, namespace, now).is_live())
    }

    /// Names the confirmation that a frame made now would show.
    pub fn look(&self) -> Option<Look> {
        self.modal.as_ref().map(Modal::look)
    }

    /// Returns when [`Event::Tick`] is next needed, on either clock.
    pub fn wake(&self) -> Wake {
        let keys = self.modal.as_ref().filter(|_| self.may_arm()).and_then(Modal::wake);
        let keys = keys.into_iter().chain(self.orders_due()).min();
        let orders = self.operations.wake_at(self.live_since).into_iter().chain(self.errands.wake_at());
        let orders = orders.chain(self.gates_wake()).chain(self.proposals_due()).min();
        let health = self.checks_wake().into_iter().chain(self.wish_wake()).min();
        Wake { keys, orders, health }
    }

    /// Tells whether an order has left and is not yet decided, so that leaving now would lose its outcome.
    pub fn is_awaiting(&self) -> bool {
        self.operations.is_awaiting() || self.errands.is_awaiting()
    }

    /// Returns the Rollout that a key pressed now is about.
    pub fn subject(&self) -> Option<&Key> {
        match &self.page {
            Page::Fleet => self.browse.selected(),
            Page::Rollout(key) | Page::Gate(key) => Some(key),
            Page::Timeline(of) => of.as_ref(),
            Page::Health => None,
            Page::Unsettled => self.ordered_on(),
            Page::Proposals => self.proposed_on(),
        }
    }

    fn delta(&mut self, delta: Delta, now: Now) -> Vec<Effect> {
        let mut effects = self.operations_change(|ops| ops.site(&delta, now.wall));
        let before = self.about_to_change(&delta);
        let was_live = self.was_live(&delta, now.wall);
        self.unsettle(&delta);
        let weighed = self.weighed_by(&delta);
        let listed = match &delta {
            Delta::Done(source) => source.namespace.clone(),
            _ => None,
        };
        if let Delta::Seen(_, Object::Event(said)) = &delta {
            self.note_said(said, now.wall);
        }
        let touched = self.store.apply(delta);
        self.note_watch_in_passing(now.wall);
        effects.extend(self.look_at_freshness(now));
        match touched {
            Touched::Nothing => return effects,
            Touched::Rollout(key) => {
                self.trail(before.as_ref().filter(|_| was_live), &key, now.wall);
                self.note_changes(before.as_ref(), &key, now.wall);
                self.follow_gate(&key, now.wall);
                if let Some(rollout) = self.store.rollout(&key).cloned() {
                    effects.extend(self.operations_change(|ops| ops.seen(&rollout, now.wall)));
                    effects.extend(self.errands_change(|all| all.observed(&key, Some(&rollout), now.wall)));
                }
                self.browse.touch_row(key);
            }
            Touched::RolloutGone(key) => {
                self.note_gone(before.as_ref(), &key, now.wall);
                self.follow_gate(&key, now.wall);
                effects.extend(self.gone(&key, now.wall));
                self.browse.touch_row(key);
            }
            Touched::RolloutsSwept(keys) => {
                self.note_swept(&keys, listed.as_deref(), now.wall);
                for key in keys {
                    self.follow_gate(&key, now.wall);
                    effects.extend(self.gone(&key, now.wall));
                    self.browse.touch_row(key);
                }
            }
            Touched::Other => {
                self.note_measured(before.as_ref(), now.wall);
                weighed.iter().for_each(|key| self.follow_gate(key, now.wall));
            }
        }
        self.dirty = true;
        effects
    }

    /// Notes whether the Rollouts that matter are live. Where they no longer are, what a confirmation shows may not be true any
    /// more: it is void until they are again, and was drawn and quiet anew.
    fn look_at_freshness(&mut self, now: Now) -> Vec<Effect> {
        let live = self.is_live(now.wall);
        if live == self.live_since.is_some() {
            return Vec::new();
        }
        self.live_since = live.then_some(now.wall);
        self.disarm(now)
    }

    /// Tells whether an open confirmation may arm: what it shows is current, and nothing makes it pointless.
    fn may_arm(&self) -> bool {
        self.live_since.is_some() && self.obstacle().is_none()
    }

    fn drawn(&mut self, shown: &Shown, now: Now) -> Vec<Effect> {
        match &mut self.modal {
            Some(modal) if shown.look.as_ref() == Some(&modal.look()) => {
                modal.drawn(shown.scrollable, now.mono)
            }
            Some(_) => {}
            None => {
                self.scrollable = shown.scrollable;
                self.scroll = self.scroll.min(shown.scrollable);
            }
        }
        Vec::new()
    }

    fn tick(&mut self, now: Now) -> Vec<Effect> {
        let mut effects = self.look_at_freshness(now);
        effects.extend(self.look_if_due(now));
        self.lapse_proposals(now.wall);
        self.lapse_gates(now.wall);
        effects.extend(self.wish_evidence(now));
        // Evidence may have grown too old since the last event.
        effects.extend(self.mind_gates(now));
        let live_since = self.live_since;
        effects.extend(self.operations_change(|ops| ops.tick(now.wall, live_since)));
        effects.extend(self.errands_change(|errands| errands.tick(now.wall)));
        let may_arm = self.may_arm();
        let Some(modal) = self.modal.as_mut().filter(|_| may_arm) else { return effects };
        let (id, before) = (modal.id().clone(), modal.is_armed());
        let confirmed = modal.tick(now.mono);
        let (armed, said) = (modal.is_armed(), modal.said());
        if armed != before && !confirmed {
            self.dirty = true;
            effects.extend(self.arm(&id, armed, now.wall));
        }
        if confirmed {
            effects.extend(self.acknowledge(&id, said, now.wall));
        }
        effects
    }

    /// Voids a confirmation that is being given: what is shown may not be what was read.
    fn disarm(&mut self, now: Now) -> Vec<Effect> {
        self.dirty = true;
        let Some(modal) = &mut self.modal else { return Vec::new() };
        modal.disarm(now.mono);
        let id = modal.id().clone();
        self.arm(&id, false, now.wall)
    }

    fn operations_change(
        &mut self,
        change: impl FnOnce(&mut Operations) -> operations::Change,
    ) -> Vec<Effect> {
        let change = change(&mut self.operations);
        if change.moved {
            self.dirty = true;
            self.browse.touch();
        }
        if let Some(notice) = change.notice
            && self.modal.is_none()
        {
            self.notice = Some(notice);
        }
        for effect in &change.effects {
            if let Effect::Order(Command::Record(entry)) = effect {
                self.timeline.record(&Record::of(entry));
            }
        }
        change.effects
    }
}
