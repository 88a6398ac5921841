//! Owns what keys do in each place.
//!
//! It turns keys into actions by the keymap and actions into changes and effects. Invariants: a key in a place where
//! it means nothing does nothing; where an operation cannot be staged, the reason is said.

use std::sync::Arc;

use jiff::Timestamp;

use super::{App, Effect, Modal, Notice, Now, Page, typing};
use crate::keymap::{Action, Key as KeyPress, Place};
use crate::operation::{self, Kind, Operation, Order, Proposal, State, words};
use crate::rollout::delta::Kind as Watched;
use crate::rollout::{Key, Rollout};
use crate::text::Printable;

impl App {
    /// Returns the place in which keys are meant.
    pub fn place(&self) -> Place {
        if let Some(modal) = &self.modal {
            return if self.is_asked(modal.id()) && modal.wants_text() {
                Place::Typing
            } else {
                Place::Modal
            };
        }
        if let Some(choosing) = &self.choosing {
            return choosing.place();
        }
        match (&self.page, self.help) {
            _ if self.telling => Place::Story,
            (_, true) => Place::Help,
            (Page::Fleet, _) if self.browse.typing => Place::Typing,
            (Page::Fleet, _) => Place::Fleet,
            (Page::Rollout(_) | Page::Gate(_), _) => Place::Rollout,
            (Page::Timeline(_), _) if self.lookback.typing => Place::Typing,
            (Page::Timeline(_), _) => Place::Timeline,
            (Page::Health, _) => Place::Health,
            (Page::Unsettled, _) if self.is_closing() => Place::Typing,
            (Page::Unsettled, _) => Place::Unsettled,
            (Page::Proposals, _) if self.is_denying() => Place::Typing,
            (Page::Proposals, _) => Place::Proposals,
        }
    }

    pub(super) fn key(&mut self, key: KeyPress, now: Now) -> Vec<Effect> {
        self.dirty = true;
        let place = self.place();
        let action = self.keymap.resolve(place, key);
        match action {
            Some(Action::Suspend) => return self.suspend(now),
            Some(Action::Redraw) => {
                let mut effects = self.disarm(now);
                effects.push(Effect::Redraw);
                return effects;
            }
            _ => {}
        }
        if self.modal.is_some() {
            return self.modal_key(action, key, now);
        }
        self.notice = None;
        self.stop_reading_for_proposal();
        if self.choosing.is_some() {
            return self.choosing_key(action, key, now);
        }
        match action {
            Some(action) if self.is_closing() => self.closing_action(action),
            Some(action) if self.is_denying() => self.denying_action(action),
            Some(action) => self.act(action, now),
            None if self.is_denying() => self.type_denial(key),
            None if self.is_closing() => {
                self.type_reason(key);
                Vec::new()
            }
            None if place == Place::Typing && self.is_looking_back() => {
                if typing::edit(&mut self.lookback.filter, key) {
                    self.lookback.restart();
                }
                Vec::new()
            }
            None if place == Place::Typing => {
                if typing::edit(&mut self.browse.filter, key) {
                    self.browse.restart();
                }
                Vec::new()
            }
            None => Vec::new(),
        }
    }

    /// Takes a key that did not come alone: it does what it does, but whatever it may have confirmed is void.
    pub(super) fn crowded_key(&mut self, key: KeyPress, now: Now) -> Vec<Effect> {
        let mut effects = self.key(key, now);
        if let Some(modal) = &mut self.modal {
            modal.other(now.mono);
            let id = modal.id().clone();
            effects.extend(self.arm(&id, false, now.wall));
        }
        effects
    }

    pub(super) fn paste(&mut self, text: &str, now: Now) -> Vec<Effect> {
        self.dirty = true;
        if let Some(modal) = &mut self.modal {
            modal.pasted(text, now.mono);
            let id = modal.id().clone();
            return self.arm(&id, false, now.wall);
        }
        if self.paste_into_choice(text) {
            return Vec::new();
        }
        if self.is_closing() {
            self.paste_reason(text);
        } else if self.is_denying() {
            self.paste_denial(text);
        } else if self.place() == Place::Typing && self.is_looking_back() {
            self.lookback.paste(text);
        } else if self.place() == Place::Typing {
            for character in text.chars().filter(|character| !character.is_control()).take(256) {
                self.browse.filter.handle(tui_input::InputRequest::InsertChar(character));
            }
            self.browse.restart();
        } else {
            self.notice = Some(Notice::bad("Pasted text was ignored: nothing is being typed here."));
        }
        Vec::new()
    }

    fn suspend(&mut self, now: Now) -> Vec<Effect> {
        let mut effects = self.disarm(now);
        effects.push(Effect::Suspend);
        effects
    }

    fn act(&mut self, action: Action, now: Now) -> Vec<Effect> {
        match action {
            Action::Quit | Action::Leave => vec![Effect::Quit],
            Action::Help => {
                self.help = !self.help;
                self.scroll = 0;
                Vec::new()
            }
            Action::Story => self.tell_story(!self.telling),
            Action::Close => self.tell_story(false),
            Action::Back => self.back(),
            Action::Open if self.is_checking() => self.open_row(),
            Action::Open => self.open(),
            Action::Gate => self.look_at_gate(),
            Action::Health => self.look_at_health(),
            Action::NextNamespace if self.is_checking() => self.next_visited(),
            Action::CopyRequest => self.copy_remedy(),
            Action::Timeline => self.look_back(false),
            Action::TimelineOfAll => self.look_back(true),
            Action::Follow => self.follow(),
            Action::Unsettled => self.look_at_orders(now),
            Action::Proposals => self.look_at_proposals(),
            Action::Deny => self.begin_denying(),
            Action::Inspect if self.is_at_inbox() => self.inspect_proposal(),
            Action::Inspect => self.inspect(),
            Action::StageAnew if self.is_at_inbox() => self.take_up(now),
            Action::StageAnew => self.stage_anew(now),
            Action::CloseOrder => self.begin_closing(),
            Action::Refresh => self.refresh(),
            Action::Promote => self.stage(Order::Promote, now),
            Action::Pause => self.stage(Order::Pause, now),
            Action::Resume => self.stage(Order::Resume, now),
            Action::Abort => self.stage(Order::Abort, now),
            Action::AbortProposed => self.abort_proposed(now),
            Action::Orders => self.open_orders(),
            Action::Up => self.travel(-1),
            Action::Down => self.travel(1),
            Action::PageUp => self.travel_page(false),
            Action::PageDown => self.travel_page(true),
            Action::Top => self.travel_end(false),
            Action::Bottom => self.travel_end(true),
            other if self.is_looking_back() => self.filter_past(other),
            other => self.filter_by(other),
        }
    }

    fn filter_by(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::Filter => self.browse.typing = true,
            Action::Accept => self.browse.typing = false,
            Action::Cancel if self.browse.typing => {
                self.browse.typing = false;
                self.browse.filter.reset();
                self.browse.restart();
            }
            Action::ClearFilter => self.browse.show_all(),
            Action::NextPhase => self.browse.next_phase(),
            Action::NextNamespace => self.browse.next_namespace(&self.store.fleet),
            _ => {}
        }
        Vec::new()
    }

    fn tell_story(&mut self, wanted: bool) -> Vec<Effect> {
        self.telling = wanted && self.session.story.is_some();
        self.scroll = 0;
        let read = self.session.story.is_some() && !self.telling;
        if read { vec![Effect::Begin] } else { Vec::new() }
    }

    fn back(&mut self) -> Vec<Effect> {
        self.scroll = 0;
        if std::mem::take(&mut self.help) || self.page == Page::Fleet {
            return Vec::new();
        }
        if self.is_looking_back() {
            return self.look_forward();
        }
        if self.is_checking() {
            return self.look_away();
        }
        if self.is_at_desk() {
            return self.leave_desk();
        }
        if self.is_at_inbox() {
            return self.leave_inbox();
        }
        if let Page::Gate(key) = &self.page {
            self.page = Page::Rollout(key.clone());
            return Vec::new();
        }
        self.page = Page::Fleet;
        self.browse.touch();
        vec![Effect::Close]
    }

    /// Opens what the evidence says of the Rollout's canary, from the list too; pressed again, goes back to the Rollout.
    fn look_at_gate(&mut self) -> Vec<Effect> {
        let effects = match self.page {
            Page::Gate(_) => return self.back(),
            Page::Fleet => self.open(),
            _ => Vec::new(),
        };
        if let Page::Rollout(key) = &self.page {
            self.page = Page::Gate(key.clone());
        }
        self.scroll = 0;
        effects
    }

    fn open(&mut self) -> Vec<Effect> {
        let Some(key) = self.browse.selected().cloned() else { return Vec::new() };
        self.browse.pin();
        self.page = Page::Rollout(key.clone());
        self.scroll = 0;
        vec![Effect::Open(key)]
    }

    fn is_listing(&self) -> bool {
        self.page == Page::Fleet && !self.help && !self.telling
    }

    fn travel(&mut self, by: isize) -> Vec<Effect> {
        if self.is_listing() {
            self.browse.step(by);
        } else if self.is_looking_back() && !self.help {
            self.step_past(by);
        } else if self.is_checking() && !self.help {
            self.step_row(by);
        } else if self.is_listing_orders() {
            self.step_order(by);
        } else if self.is_listing_proposals() {
            self.step_proposal(by);
        } else {
            self.scroll = self.scroll.saturating_add_signed(by).min(self.scrollable);
        }
        Vec::new()
    }

    fn travel_page(&mut self, down: bool) -> Vec<Effect> {
        let lines = isize::try_from(self.size.1.saturating_sub(super::FLEET_CHROME)).unwrap_or(1);
        if self.is_listing() {
            self.browse.page(down);
            return Vec::new();
        }
        self.travel(if down { lines } else { -lines })
    }

    fn travel_end(&mut self, last: bool) -> Vec<Effect> {
        if self.is_listing() {
            self.browse.select(if last { usize::MAX } else { 0 });
        } else if self.is_listing_orders() {
            self.step_order(if last { isize::MAX } else { isize::MIN });
        } else if self.is_listing_proposals() {
            self.step_proposal(if last { isize::MAX } else { isize::MIN });
        } else if self.is_looking_back() && !self.help {
            self.step_past(if last { isize::MAX } else { isize::MIN });
        } else if self.is_checking() && !self.help {
            self.step_row(if last { isize::MAX } else { isize::MIN });
        } else {
            self.scroll = if last { self.scrollable } else { 0 };
        }
        Vec::new()
    }

    pub(super) fn stage(&mut self, order: Order, now: Now) -> Vec<Effect> {
        // The abort key takes back what nothing of has reached the API server yet; pressed again, it stages an abort.
        if let (Order::Abort, Some(key)) = (&order, self.subject().cloned())
            && let Some(change) = self.operations.take_back(&key, now.wall)
        {
            return self.operations_change(|_| change);
        }
        let staged = match self.subject().cloned() {
            Some(key) => self.try_stage(&key, order, now),
            None => Err(Printable::ours("There is no Rollout here to act on.")),
        };
        if let Err(why) = staged {
            self.notice = Some(Notice::bad(why));
        }
        Vec::new()
    }

    /// Returns the Rollout as observed, unless something stands in the way of any order of this kind on it.
    pub(super) fn orderable(&self, key: &Key, kind: Kind, now: Now) -> Result<Arc<Rollout>, Printable> {
        let gone = || Printable::ours("This Rollout is gone: there is nothing left to order.");
        let rollout = self.store.rollout(key).cloned().ok_or_else(gone)?;
        if matches!(self.session.origin, super::session::Origin::Dump { .. }) {
            return Err(Printable::ours("This is a dump, not a cluster: nothing can be sent from it."));
        }
        let terms = self.session.policy.terms(&self.session.context, key, kind);
        terms.map_err(|refusal| Printable::from(refusal.to_string()))?;
        // An abort is told how it is done by hand.
        if let Some(why) = self.unrecorded.as_ref().filter(|_| kind != Kind::Abort) {
            return Err(why.clone());
        }
        match self.hindrance(key, now.wall) {
            Some(why) => Err(why),
            None => Ok(rollout),
        }
    }

    /// Says what stands in the way of every order on a Rollout: one that is under way, or facts that are not current.
    pub fn hindrance(&self, key: &Key, now: Timestamp) -> Option<Printable> {
        if let Some(running) = self.operations.under_way(key) {
            let sentence = words::describe(running);
            return Some(Printable::from(format!(
                "{} is still under way here: {sentence}",
                running.kind().word()
            )));
        }
        let freshness = self.store.freshness_in(Watched::Rollouts, &key.namespace, now);
        (!freshness.is_live()).then(|| {
            let word = freshness.word();
            Printable::from(format!(
                "What is shown is {word}, not live: an operation is staged only on current facts. Wait until the header says live."
            ))
        })
    }

    pub(super) fn try_stage(&mut self, key: &Key, order: Order, now: Now) -> Result<(), Printable> {
        let rollout = self.orderable(key, order.kind(), now)?;
        let id = self.session.mint(self.operations.next_number(), now.wall);
        let proposal = Proposal {
            judged: self.judged(order.kind(), &rollout, now.wall),
            order,
            id,
            target: self.session.target(&rollout),
            policy: self.session.policy.clone(),
            role: self.session.role.clone(),
            last_promotion: self.operations.last_promotion(key),
        };
        let staged = operation::stage(proposal, &rollout, now.wall)
            .map_err(|refusal| Printable::from(refusal.to_string()))?;
        let staged = staged.at_speed(self.session.speed());
        self.ask_over_gates(&staged, &rollout, now.wall);
        self.modal = Some(match self.unrecorded {
            None => Modal::new(&staged, now.mono),
            Some(_) => Modal::held(&staged, now.mono),
        });
        self.operations.stage(staged, now);
        self.browse.pin();
        Ok(())
    }

    fn modal_key(&mut self, action: Option<Action>, key: KeyPress, now: Now) -> Vec<Effect> {
        let Some(modal) = &mut self.modal else { return Vec::new() };
        if matches!(action, Some(Action::Cancel | Action::Leave | Action::Back)) {
            return self.close_modal(now);
        }
        let id = modal.id().clone();
        let was_armed = modal.is_armed();
        if modal.skips(now.mono) {
            return self.arm(&id, false, now.wall);
        }
        let mut effects = Vec::new();
        match action {
            Some(Action::Confirm) => modal.confirm(now.mono),
            Some(Action::Up) => modal.scroll_by(-1, now.mono),
            Some(Action::Down) => modal.scroll_by(1, now.mono),
            Some(Action::PageUp) => modal.scroll_by(-8, now.mono),
            Some(Action::PageDown) => modal.scroll_by(8, now.mono),
            Some(Action::CopyRequest) => {
                modal.other(now.mono);
                effects.extend(self.copied(&id));
            }
            Some(Action::Accept) => modal.next(now.mono),
            Some(_) => modal.other(now.mono),
            None if modal.wants_text() => modal.type_key(key, now.mono),
            None => modal.other(now.mono),
        }
        let armed = self.modal.as_ref().is_some_and(Modal::is_armed);
        if was_armed && !armed {
            effects.extend(self.arm(&id, false, now.wall));
        }
        effects
    }

    /// Returns the lines that do by hand what this session cannot send: of an abort that the ledger does not take.
    pub fn by_hand(&self, operation: &Operation) -> Option<[Printable; 2]> {
        let held = self.modal.as_ref().is_some_and(|modal| modal.is_held() && modal.id() == operation.id());
        let unsent = held || matches!(operation.state(), State::Denied { .. });
        let fully = operation.facts().promote_full == Some(true);
        (unsent && operation.kind() == Kind::Abort)
            .then(|| operation::request::abort_by_hand(operation.target(), fully))
    }
}
