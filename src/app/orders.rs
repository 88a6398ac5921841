//! Owns how the orders that need a person are looked through: which is selected, whether it is shown whole, and the reason
//! that is being typed to close one.
//!
//! It reads nothing and records nothing: it asks for both by effects, and takes in what is told. Invariants: a selected
//! order stays selected when others come and go; nothing is staged from here but through the same confirmation as
//! everywhere; nothing that a running program is about is closed.

use std::time::Duration;

use tui_input::{Input, InputRequest};

use super::{App, Effect, Notice, Now, Page, typing};
use crate::keymap::{Action, Key as KeyPress};
use crate::operation::errand::Wanted;
use crate::operation::unsettled::{Ordered, Standing, Unsettled};
use crate::operation::{Id, Kind, Reason};
use crate::rollout::Key;
use crate::text::Printable;

/// How often the ledger is looked at while the list is open.
const WHILE_OPEN: Duration = Duration::from_secs(3);
/// How often it is looked at while something is in it that may need a person.
const WHILE_KNOWN: Duration = Duration::from_secs(30);

/// What the one who reads the ledger tells.
#[derive(Debug)]
pub enum Told {
    /// The orders without an end and the dead letters, the newest first; or why they cannot be read.
    Listed(Result<Vec<Unsettled>, Printable>),
    /// An order was closed, in the record of this number; or why not.
    Closed(Id, Result<u64, Printable>),
}

/// How the orders that need a person are looked through.
#[derive(Debug, Default)]
pub struct Desk {
    listed: Option<Result<Vec<Unsettled>, Printable>>,
    chosen: Option<Id>,
    whole: bool,
    closing: Option<(Id, Input)>,
    came_from: Page,
    looked_at: Duration,
}

impl Desk {
    /// Returns why the orders cannot be read, if they cannot.
    pub fn trouble(&self) -> Option<&Printable> {
        self.listed.as_ref().and_then(|listed| listed.as_ref().err())
    }

    /// Tells whether the ledger was looked at.
    pub fn is_read(&self) -> bool {
        self.listed.is_some()
    }

    /// Tells whether the selected order is shown whole.
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// Returns what is being typed to close an order, and where the cursor stands in it.
    pub fn typed(&self) -> Option<(&str, usize)> {
        self.closing.as_ref().map(|(_, input)| (input.value(), input.visual_cursor()))
    }

    fn all(&self) -> &[Unsettled] {
        self.listed.as_ref().and_then(|listed| listed.as_ref().ok()).map_or(&[], Vec::as_slice)
    }

    /// When the ledger is to be looked at next; `open` while the list fills the screen.
    fn due(&self, open: bool) -> Option<Duration> {
        let after = if open { WHILE_OPEN } else { WHILE_KNOWN };
        (open || !self.all().is_empty()).then(|| self.looked_at.saturating_add(after))
    }
}

impl App {
    /// Tells whether this session itself reads what became of orders that were left.
    pub fn looks_after_orders(&self) -> bool {
        !self.session.policy.is_read_only() && self.unrecorded.is_none() && self.session.story.is_none()
    }

    /// Lists the orders of this cluster, and those of which cannot be told of which they are; the newest first.
    pub fn unsettled(&self) -> Vec<&Unsettled> {
        let here = |order: &&Unsettled| order.order.as_ref().map_or(true, |ordered| self.is_here(ordered));
        self.desk.all().iter().filter(here).collect()
    }

    /// Counts the orders of other clusters.
    pub fn unsettled_elsewhere(&self) -> usize {
        self.desk.all().len() - self.unsettled().len()
    }

    /// Counts the orders of this cluster that need a person.
    pub fn needing_person(&self) -> usize {
        let looked_after = self.looks_after_orders();
        self.unsettled().into_iter().filter(|order| order.needs_person(looked_after)).count()
    }

    /// Returns the index of the selected order: the newest, unless another was chosen.
    pub fn selected_order(&self) -> usize {
        let found = self.unsettled().iter().position(|order| Some(&order.id) == self.desk.chosen.as_ref());
        found.unwrap_or(0)
    }

    fn is_here(&self, ordered: &Ordered) -> bool {
        ordered.context.as_str() == &*self.session.context && ordered.server == self.session.server
    }

    /// Returns the selected order.
    pub fn selected_unsettled(&self) -> Option<&Unsettled> {
        self.unsettled().get(self.selected_order()).copied()
    }

    /// Returns the Rollout of the selected order.
    pub(super) fn ordered_on(&self) -> Option<&Key> {
        self.selected_unsettled()?.order.as_ref().ok().map(|ordered| &ordered.key)
    }

    pub(super) fn is_at_desk(&self) -> bool {
        self.page == Page::Unsettled
    }

    pub(super) fn is_closing(&self) -> bool {
        self.is_at_desk() && self.desk.closing.is_some() && !self.help
    }

    pub(super) fn is_listing_orders(&self) -> bool {
        self.is_at_desk() && !self.desk.whole && !self.help
    }

    /// Opens the list, and has the ledger looked at.
    pub(super) fn look_at_orders(&mut self, now: Now) -> Vec<Effect> {
        if self.session.origin != super::session::Origin::Cluster {
            self.notice = Some(Notice::bad("This is a dump: nothing was ordered from it."));
            return Vec::new();
        }
        self.browse.pin();
        let came_from = std::mem::replace(&mut self.page, Page::Unsettled);
        self.scroll = 0;
        let listed = self.desk.listed.take();
        self.desk = Desk { listed, came_from, looked_at: now.mono, ..Desk::default() };
        vec![Effect::LookAtOrders]
    }

    /// Goes back from an order to the list, and from that to where one came from.
    pub(super) fn leave_desk(&mut self) -> Vec<Effect> {
        if std::mem::take(&mut self.desk.whole) {
            return Vec::new();
        }
        self.page = std::mem::take(&mut self.desk.came_from);
        self.browse.touch();
        Vec::new()
    }

    /// Shows the selected order whole.
    pub(super) fn inspect(&mut self) -> Vec<Effect> {
        let chosen = self.selected_unsettled().map(|order| order.id.clone());
        if chosen.is_some() {
            self.desk.whole = true;
            self.desk.chosen = chosen;
            self.scroll = 0;
        }
        Vec::new()
    }

    pub(super) fn step_order(&mut self, by: isize) {
        let all = self.unsettled();
        let last = all.len().saturating_sub(1);
        let index = self.selected_order().saturating_add_signed(by).min(last);
        // The newest is not held on to: what comes next is selected in its turn.
        let chosen = all.get(index).filter(|_| index > 0).map(|order| order.id.clone());
        self.desk.chosen = chosen;
    }

    /// Stages an order of the same kind from the state as it is now, or says why that makes no sense.
    pub(super) fn stage_anew(&mut self, now: Now) -> Vec<Effect> {
        match self.anew() {
            Ok((key, Some(kind))) => self.choose_for(key, kind, now),
            Ok((key, None)) => self.choose_run_for(key, now),
            Err(why) => {
                self.notice = Some(Notice::bad(why));
                Vec::new()
            }
        }
    }

    /// Returns the Rollout of the selected order and the kind to stage, or none for an errand.
    fn anew(&self) -> Result<(Key, Option<Kind>), Printable> {
        let order = self.selected_unsettled().ok_or("There is no order here to stage anew.")?;
        if order.standing == Standing::Open {
            let advice = order.advice(self.looks_after_orders());
            return Err(Printable::from(format!("It may still be carried out. {advice}")));
        }
        let ordered = order.order.as_ref().map_err(Clone::clone)?;
        let unknown = || Printable::from(format!("This version knows no order called {}.", ordered.word));
        if ordered.kind.is_none() && !Wanted::WORDS.contains(&ordered.word.as_str()) {
            return Err(unknown());
        }
        let rollout = self.store.rollout(&ordered.key);
        if rollout.is_some_and(|rollout| rollout.meta.uid != ordered.uid) {
            return Err(
                "The Rollout of this order is gone; the one that has its name now was made after it.".into(),
            );
        }
        Ok((ordered.key.clone(), ordered.kind))
    }

    /// Begins the line of the reason by which the selected order is closed, or says why it is not to be.
    pub(super) fn begin_closing(&mut self) -> Vec<Effect> {
        let may = match self.selected_unsettled() {
            None => Err("There is no order here to close.".into()),
            Some(order) => order.may_close().map(|()| order.id.clone()),
        };
        match may {
            Ok(id) => {
                self.desk.chosen = Some(id.clone());
                self.desk.closing = Some((id, Input::default()));
            }
            Err(why) => self.notice = Some(Notice::bad(why)),
        }
        Vec::new()
    }

    /// Takes an action while a reason is typed.
    pub(super) fn closing_action(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::Accept => return self.close_order(),
            Action::Cancel | Action::Back | Action::Leave => {
                self.desk.closing = None;
                self.notice = Some(Notice::good("Nothing was closed."));
            }
            _ => {}
        }
        Vec::new()
    }

    fn close_order(&mut self) -> Vec<Effect> {
        let Some((id, input)) = self.desk.closing.take() else { return Vec::new() };
        match Reason::new(input.value()) {
            Some(reason) => vec![Effect::CloseOrder(id, reason)],
            None => {
                self.desk.closing = Some((id, input));
                let text = format!("Say why, in 1 to {} characters, or leave with esc.", Reason::LONGEST);
                self.notice = Some(Notice::bad(text));
                Vec::new()
            }
        }
    }

    pub(super) fn type_reason(&mut self, key: KeyPress) {
        let Some((_, input)) = &mut self.desk.closing else { return };
        if key.text().is_none() || input.value().chars().count() < Reason::LONGEST {
            typing::edit(input, key);
        }
    }

    pub(super) fn paste_reason(&mut self, text: &str) {
        let Some((_, input)) = &mut self.desk.closing else { return };
        let room = Reason::LONGEST.saturating_sub(input.value().chars().count());
        for character in text.chars().filter(|character| !character.is_control()).take(room) {
            input.handle(InputRequest::InsertChar(character));
        }
    }

    /// Takes in what the ledger says of orders.
    pub(super) fn told_of_orders(&mut self, told: Told) -> Vec<Effect> {
        match told {
            Told::Listed(listed) => {
                if self.desk.listed.as_ref() != Some(&listed) {
                    self.desk.listed = Some(listed);
                    self.dirty = true;
                }
                if self.desk.whole && self.chosen_is_gone() {
                    self.desk.whole = false;
                    self.scroll = 0;
                }
                if self.desk.closing.is_some() && self.chosen_is_gone() {
                    self.desk.closing = None;
                    self.notice = Some(Notice::bad("That order has its end now: there is nothing to close."));
                }
            }
            Told::Closed(_, closed) => {
                self.dirty = true;
                self.notice = Some(match closed {
                    Ok(number) => Notice::good(format!("Closed, in record {number} of the ledger.")),
                    Err(why) => Notice::bad(format!("It was not closed: {why}.")),
                });
            }
        }
        Vec::new()
    }

    fn chosen_is_gone(&self) -> bool {
        let chosen = self.desk.chosen.as_ref();
        !self.unsettled().iter().any(|order| Some(&order.id) == chosen)
    }

    /// Returns when the ledger is to be looked at next, on the monotonic clock.
    pub(super) fn orders_due(&self) -> Option<Duration> {
        self.desk.due(self.is_at_desk())
    }

    /// Has the ledger looked at, if it is time.
    pub(super) fn look_if_due(&mut self, now: Now) -> Option<Effect> {
        let due = self.orders_due().is_some_and(|due| due <= now.mono);
        due.then(|| {
            self.desk.looked_at = now.mono;
            Effect::LookAtOrders
        })
    }
}
