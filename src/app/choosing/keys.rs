//! Owns what keys do while an order is being chosen.
//!
//! Invariant: only what would stage without a list leaves it; a key that is refused says why and changes nothing else.

use super::{Choosing, ORDERS, Stage, goals};
use crate::app::{App, Effect, Notice, Now};
use crate::keymap::Action;
use crate::operation::{Goal, Kind, Order};
use crate::text::Printable;

impl App {
    /// Opens the list of orders for the Rollout that a key pressed now is about.
    pub(in crate::app) fn open_orders(&mut self) -> Vec<Effect> {
        match self.subject().cloned() {
            Some(key) => {
                self.browse.pin();
                self.choosing = Some(Choosing::new(key));
            }
            None => self.notice = Some(Notice::bad("There is no Rollout here to act on.")),
        }
        Vec::new()
    }

    /// Takes a key while something is being chosen.
    pub(in crate::app) fn choosing_key(&mut self, action: Option<Action>, now: Now) -> Vec<Effect> {
        let Some(choosing) = &mut self.choosing else { return Vec::new() };
        choosing.said = None;
        let last = choosing.len().saturating_sub(1);
        match action {
            Some(Action::Leave) => self.choosing = None,
            Some(Action::Back | Action::Cancel) => self.choose_again(),
            Some(Action::Up) => choosing.selected = choosing.selected.saturating_sub(1),
            Some(Action::Down) => choosing.selected = (choosing.selected + 1).min(last),
            Some(Action::PageUp) => choosing.selected = 0,
            Some(Action::PageDown) => choosing.selected = last,
            Some(Action::Choose) => self.take_choice(now),
            Some(action) => {
                if let Some((_, kind)) = ORDERS.iter().find(|(listed, _)| *listed == action) {
                    self.choose_kind(*kind, now);
                }
            }
            None => {}
        }
        Vec::new()
    }

    /// Goes back one stage; from the first, to the screen.
    fn choose_again(&mut self) {
        let Some(choosing) = self.choosing.take() else { return };
        if choosing.stage != Stage::Menu {
            self.choosing = Some(Choosing::new(choosing.key));
        }
    }

    fn choose_kind(&mut self, kind: Kind, now: Now) {
        let order = match kind {
            Kind::Promote => Order::Promote,
            Kind::PromoteFull => Order::PromoteFull,
            Kind::Pause => Order::Pause,
            Kind::Resume => Order::Resume,
            Kind::Abort => Order::Abort,
            Kind::Retry => Order::Retry,
            Kind::Restart => Order::Restart,
            Kind::PromoteTo | Kind::Terminate | Kind::Cancel | Kind::Undo | Kind::SetImage => {
                let listed = self.list_for(kind, now);
                return self.show(listed);
            }
        };
        self.stage_chosen(order, now);
    }

    /// Lists what an order of this kind can be about.
    fn list_for(&self, kind: Kind, now: Now) -> Result<Stage, Printable> {
        let key = self.choosing.as_ref().map(|choosing| choosing.key.clone());
        let key = key.ok_or_else(|| Printable::ours("Nothing is being chosen."))?;
        let rollout = self.orderable(&key, kind, now)?;
        if let Some(refusal) = self.objection(&rollout, kind, now.wall) {
            return Err(Printable::from(refusal.to_string()));
        }
        match kind {
            Kind::PromoteTo => Ok(Stage::Goals(goals(&rollout))),
            Kind::Terminate => Ok(Stage::Runs(self.runs_under_way(&rollout))),
            _ => Err(Printable::ours("This order takes nothing from a list.")),
        }
    }

    fn show(&mut self, listed: Result<Stage, Printable>) {
        let Some(choosing) = &mut self.choosing else { return };
        match listed {
            Ok(stage) => (choosing.stage, choosing.selected) = (stage, 0),
            Err(why) => choosing.said = Some(why),
        }
    }

    fn take_choice(&mut self, now: Now) {
        let Some(choosing) = &self.choosing else { return };
        let rollout = self.store.rollout(&choosing.key);
        let order = match &choosing.stage {
            Stage::Menu => None,
            Stage::Goals(goals) => {
                goals.get(choosing.selected).map(|index| Order::PromoteTo(Goal::Step(*index)))
            }
            Stage::Runs(runs) => {
                let run = runs.get(choosing.selected).zip(rollout);
                let run = run.and_then(|((kind, name), rollout)| self.run_of(rollout, *kind, name));
                run.map(|run| Order::Terminate(Box::new(run)))
            }
        };
        match order {
            Some(order) => self.stage_chosen(order, now),
            None => self.show(Err(Printable::ours("What was selected is gone: go back and choose again."))),
        }
    }

    fn stage_chosen(&mut self, order: Order, now: Now) {
        let Some(key) = self.choosing.as_ref().map(|choosing| choosing.key.clone()) else { return };
        match self.try_stage(&key, order, now) {
            Ok(()) => self.choosing = None,
            Err(why) => self.show(Err(why)),
        }
    }
}
