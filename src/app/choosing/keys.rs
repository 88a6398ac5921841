//! Owns what keys do while an order is being chosen.
//!
//! Invariant: only what would stage without a list leaves it; a key that is refused says why and changes nothing else.

use std::sync::Arc;

use tui_input::Input;

use super::{Choosing, Naming, ORDERS, Stage, Templates, goals};
use crate::app::{App, Effect, Notice, Now, typing};
use crate::keymap::{Action, Key as KeyPress};
use crate::operation::{Goal, Kind, Order};
use crate::rollout::{Key, Rollout};
use crate::text::Printable;

impl Choosing {
    fn finish_line(&mut self) {
        if let Stage::Image(naming) = &mut self.stage {
            naming.finished = !naming.input.value().trim().is_empty();
        }
    }

    fn type_key(&mut self, key: KeyPress) {
        if let Stage::Image(naming) = &mut self.stage
            && !naming.finished
        {
            typing::edit(&mut naming.input, key);
        }
    }
}

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

    /// Stages an order of a kind on a Rollout, or opens the list from which it takes what it needs; where it is refused, the
    /// list of orders says why.
    pub(in crate::app) fn choose_for(&mut self, key: Key, kind: Kind, now: Now) -> Vec<Effect> {
        self.choosing = Some(Choosing::new(key));
        self.choose_kind(kind, now).into_iter().collect()
    }

    /// Has the runs read of the workflow of a Rollout; where that is refused, the list of orders says why.
    pub(in crate::app) fn choose_run_for(&mut self, key: Key, now: Now) -> Vec<Effect> {
        self.choosing = Some(Choosing::new(key));
        self.ask_for_runs(now)
    }

    /// Takes a key while something is being chosen.
    pub(in crate::app) fn choosing_key(
        &mut self,
        action: Option<Action>,
        key: KeyPress,
        now: Now,
    ) -> Vec<Effect> {
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
            Some(Action::Accept) => choosing.finish_line(),
            Some(Action::Choose) => self.take_choice(now),
            Some(Action::Workflow) => return self.ask_for_runs(now),
            Some(action) => {
                if let Some((_, kind)) = ORDERS.iter().find(|(listed, _)| *listed == action) {
                    return self.choose_kind(*kind, now).into_iter().collect();
                }
            }
            None => choosing.type_key(key),
        }
        Vec::new()
    }

    /// Takes what was read for the order that is being chosen, unless something else is by now.
    pub(in crate::app) fn studied(
        &mut self,
        key: &Key,
        read: Result<Templates, Printable>,
        now: Now,
    ) -> Vec<Effect> {
        self.dirty = true;
        let Some(choosing) = self.choosing.as_ref().filter(|choosing| choosing.key == *key) else {
            return Vec::new();
        };
        let Stage::Reading(kind) = choosing.stage else { return Vec::new() };
        let stable = self.store.rollout(key).and_then(|rollout| rollout.status.stable_hash.clone());
        let read = read.map(Arc::new);
        match (kind, read) {
            (_, Err(why)) => self.refuse_reading(why),
            (Kind::SetImage, Ok(read)) => self.show(Ok(Stage::Containers(read))),
            (Kind::Cancel, Ok(read)) => match stable.and_then(|stable| read.cancel(&stable)) {
                Some(order) => {
                    self.refuse_reading(Printable::default());
                    self.stage_chosen(order, now);
                }
                None => {
                    self.refuse_reading(Printable::ours(
                        "The ReplicaSet of the stable version is not there.",
                    ));
                }
            },
            (_, Ok(read)) => self.show(Ok(Stage::Revisions(read))),
        }
        Vec::new()
    }

    /// Takes a paste into the image that is being named; tells whether it was one for it.
    pub(in crate::app) fn paste_into_choice(&mut self, text: &str) -> bool {
        let Some(choosing) = &mut self.choosing else { return false };
        let Stage::Image(naming) = &mut choosing.stage else { return false };
        if naming.finished {
            return false;
        }
        for character in text.chars().filter(|character| !character.is_control()).take(512) {
            naming.input.handle(tui_input::InputRequest::InsertChar(character));
        }
        true
    }

    pub(super) fn refuse_reading(&mut self, why: Printable) {
        let Some(choosing) = &mut self.choosing else { return };
        choosing.stage = Stage::Menu;
        choosing.said = Some(why).filter(|why| !why.is_empty());
    }

    /// Goes back one stage; from the first, to the screen.
    fn choose_again(&mut self) {
        let Some(choosing) = self.choosing.take() else { return };
        let Choosing { key, stage, .. } = choosing;
        let before = match stage {
            Stage::Menu => return,
            Stage::Image(naming) if naming.finished => Stage::Image(Naming { finished: false, ..naming }),
            Stage::Image(naming) => Stage::Containers(naming.templates),
            Stage::Steps(listed, row) => {
                let stage = Stage::Workflow(listed);
                self.choosing = Some(Choosing { stage, selected: row, ..Choosing::new(key) });
                return;
            }
            _ => Stage::Menu,
        };
        self.choosing = Some(Choosing { stage: before, ..Choosing::new(key) });
    }

    fn choose_kind(&mut self, kind: Kind, now: Now) -> Option<Effect> {
        let order = match kind {
            Kind::Promote => Order::Promote,
            Kind::PromoteFull => Order::PromoteFull,
            Kind::Pause => Order::Pause,
            Kind::Resume => Order::Resume,
            Kind::Abort => Order::Abort,
            Kind::Retry => Order::Retry,
            Kind::Restart => Order::Restart,
            Kind::PromoteTo | Kind::Terminate => {
                let listed = self.list_for(kind, now);
                self.show(listed);
                return None;
            }
            Kind::Cancel | Kind::Undo | Kind::SetImage => return self.read_for(kind, now),
        };
        self.stage_chosen(order, now);
        None
    }

    /// Has the templates read that an order of this kind needs.
    fn read_for(&mut self, kind: Kind, now: Now) -> Option<Effect> {
        let asked = self.sensible(kind, now).and_then(|rollout| self.study(&rollout));
        match asked {
            Ok(study) => {
                self.show(Ok(Stage::Reading(kind)));
                Some(Effect::Study(study))
            }
            Err(why) => {
                self.show(Err(why));
                None
            }
        }
    }

    fn sensible(&self, kind: Kind, now: Now) -> Result<Arc<Rollout>, Printable> {
        let key = self.choosing.as_ref().map(|choosing| choosing.key.clone());
        let key = key.ok_or_else(|| Printable::ours("Nothing is being chosen."))?;
        let rollout = self.orderable(&key, kind, now)?;
        match self.objection(&rollout, kind, now.wall) {
            Some(refusal) => Err(Printable::from(refusal.to_string())),
            None => Ok(rollout),
        }
    }

    /// Lists what an order of this kind can be about.
    fn list_for(&self, kind: Kind, now: Now) -> Result<Stage, Printable> {
        let rollout = self.sensible(kind, now)?;
        match kind {
            Kind::PromoteTo => Ok(Stage::Goals(goals(&rollout))),
            Kind::Terminate => Ok(Stage::Runs(self.runs_under_way(&rollout))),
            _ => Err(Printable::ours("This order takes nothing from a list.")),
        }
    }

    pub(super) fn show(&mut self, listed: Result<Stage, Printable>) {
        let Some(choosing) = &mut self.choosing else { return };
        match listed {
            Ok(stage) => {
                // The newest revision is the one that is wanted already: it is the one before that is asked for.
                let first = match &stage {
                    Stage::Revisions(read) => read.revisions.len().saturating_sub(1).min(1),
                    _ => 0,
                };
                (choosing.stage, choosing.selected) = (stage, first);
            }
            Err(why) => choosing.said = Some(why),
        }
    }

    fn take_choice(&mut self, now: Now) {
        let Some(choosing) = &self.choosing else { return };
        let selected = choosing.selected;
        match choosing.stage.clone() {
            Stage::Reading(_) | Stage::Asking(_) => return,
            Stage::Workflow(listed) => return self.take_run(&listed, selected, now),
            Stage::Steps(listed, row) => return self.take_step(&listed, (row, selected), now),
            _ => {}
        }
        let rollout = self.store.rollout(&choosing.key);
        let order = match &choosing.stage {
            Stage::Menu | Stage::Reading(_) | Stage::Asking(_) | Stage::Workflow(_) | Stage::Steps(..) => {
                None
            }
            Stage::Revisions(read) => {
                let stable = rollout.and_then(|rollout| rollout.status.stable_hash.as_deref());
                read.revisions.get(choosing.selected).map(|revision| read.undo(revision, stable))
            }
            Stage::Containers(_) => return self.name_image(),
            Stage::Image(naming) => Some(naming.templates.image(&naming.container, naming.input.value())),
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

    /// Goes on to the line of the selected container's image, which begins as it is now.
    fn name_image(&mut self) {
        let Some(choosing) = &mut self.choosing else { return };
        let Stage::Containers(read) = &choosing.stage else { return };
        let Some((container, image)) = read.containers().into_iter().nth(choosing.selected) else { return };
        let templates = read.clone();
        let input = Input::new(image.unwrap_or_default());
        choosing.stage = Stage::Image(Naming { templates, container, input, finished: false });
    }

    fn stage_chosen(&mut self, order: Order, now: Now) {
        let Some(key) = self.choosing.as_ref().map(|choosing| choosing.key.clone()) else { return };
        match self.try_stage(&key, order, now) {
            Ok(()) => self.choosing = None,
            Err(why) => self.show(Err(why)),
        }
    }
}
