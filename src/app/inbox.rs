//! Owns how proposals of agents are looked through: which is selected, whether it is shown whole, the reason that is being
//! typed to deny one, and which operation was staged from which.
//!
//! It reads and stores nothing: it asks by effects, and takes in what is told. Invariants: a proposal stages nothing by
//! itself, arms nothing and acknowledges nothing; what a person takes up is staged anew, from the state as it is now,
//! through the same confirmation as everywhere; there is no way to take up more than one at a time.

use std::sync::Arc;

use jiff::Timestamp;
use tui_input::{Input, InputRequest};

use super::{App, Effect, Notice, Now, Page, choosing::Templates, session::Origin, typing};
use crate::keymap::{Action, Key as KeyPress};
use crate::operation::{self, Channel, Order, Reason, State as Stands};
use crate::proposal::{Event, Id, Intent, Kept, Proposed, State};
use crate::rollout::{Key, Rollout};
use crate::text::Printable;

mod staging;

/// What the one who reads proposals tells.
#[derive(Debug)]
pub enum Told {
    /// Those that wait for a person, the newest first; or why they cannot be read.
    Listed(Result<Vec<Kept>, Printable>),
    /// A decision was kept, and how the proposal stands then; or why not.
    Decided(Id, Result<State, Printable>),
}

/// How proposals are looked through.
#[derive(Debug, Default)]
pub struct Inbox {
    listed: Option<Result<Vec<Kept>, Printable>>,
    chosen: Option<Id>,
    whole: bool,
    denying: Option<(Id, Input)>,
    came_from: Page,
    /// What is being read for the order of a proposal.
    reading: Option<Proposed>,
    staged: Option<Staged>,
}

/// An operation that was staged from a proposal.
#[derive(Debug)]
struct Staged {
    operation: operation::Id,
    proposed: Proposed,
    /// Whether what became of the proposal was told on.
    settled: bool,
}

impl Inbox {
    /// Returns why proposals cannot be read, if they cannot.
    pub fn trouble(&self) -> Option<&Printable> {
        self.listed.as_ref().and_then(|listed| listed.as_ref().err())
    }

    /// Tells whether the selected proposal is shown whole.
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// Returns what is being typed to deny a proposal, and where the cursor stands in it.
    pub fn typed(&self) -> Option<(&str, usize)> {
        self.denying.as_ref().map(|(_, input)| (input.value(), input.visual_cursor()))
    }

    /// Returns the proposal from which an operation was staged, if it was from one.
    pub fn behind(&self, id: &operation::Id) -> Option<&Proposed> {
        self.staged.as_ref().filter(|staged| staged.operation == *id).map(|staged| &staged.proposed)
    }

    /// Returns by which channel an operation was ordered, and the identity of the proposal behind it.
    pub(super) fn channel(&self, id: &operation::Id) -> (Channel, Option<Printable>) {
        match self.behind(id) {
            Some(proposed) => (Channel::Proposal, Some(Printable::from(&*proposed.id.0))),
            None => (Channel::Keyboard, None),
        }
    }

    fn all(&self) -> &[Kept] {
        self.listed.as_ref().and_then(|listed| listed.as_ref().ok()).map_or(&[], Vec::as_slice)
    }
}

impl App {
    /// Lists the proposals on this cluster that wait for a person, the newest first.
    pub fn proposed(&self) -> Vec<&Kept> {
        let here = |kept: &&Kept| {
            let target = &kept.proposed.target;
            target.context.as_str() == Printable::from_cluster(&self.session.context).as_str()
                && target.server == self.session.server
        };
        self.inbox.all().iter().filter(here).collect()
    }

    /// Counts the proposals on other clusters.
    pub fn proposed_elsewhere(&self) -> usize {
        self.inbox.all().len() - self.proposed().len()
    }

    /// Returns the index of the selected proposal: the newest, unless another was chosen.
    pub fn selected_proposal(&self) -> usize {
        let chosen = self.inbox.chosen.as_ref();
        self.proposed().iter().position(|kept| Some(&kept.proposed.id) == chosen).unwrap_or(0)
    }

    /// Returns the selected proposal.
    pub fn chosen_proposal(&self) -> Option<&Kept> {
        self.proposed().get(self.selected_proposal()).copied()
    }

    /// Returns the Rollout of a proposal as observed; `None` where it is gone, or another has its name.
    pub fn proposed_for(&self, proposed: &Proposed) -> Option<&Arc<Rollout>> {
        self.store.rollout(&proposed.target.key).filter(|rollout| rollout.meta.uid == proposed.target.uid)
    }

    pub(super) fn proposed_on(&self) -> Option<&Key> {
        self.chosen_proposal().map(|kept| &kept.proposed.target.key)
    }

    pub(super) fn is_at_inbox(&self) -> bool {
        self.page == Page::Proposals
    }

    pub(super) fn is_denying(&self) -> bool {
        self.is_at_inbox() && self.inbox.denying.is_some() && !self.help
    }

    pub(super) fn is_listing_proposals(&self) -> bool {
        self.is_at_inbox() && !self.inbox.whole && !self.help
    }

    /// Opens the list.
    pub(super) fn look_at_proposals(&mut self) -> Vec<Effect> {
        if self.session.origin != Origin::Cluster {
            self.notice = Some(Notice::bad("This is a dump: nothing is proposed on it."));
            return Vec::new();
        }
        self.browse.pin();
        self.inbox.came_from = std::mem::replace(&mut self.page, Page::Proposals);
        (self.inbox.chosen, self.inbox.whole, self.scroll) = (None, false, 0);
        Vec::new()
    }

    /// Goes back from a proposal to the list, and from that to where one came from.
    pub(super) fn leave_inbox(&mut self) -> Vec<Effect> {
        if !std::mem::take(&mut self.inbox.whole) {
            self.page = std::mem::take(&mut self.inbox.came_from);
            self.browse.touch();
        }
        Vec::new()
    }

    /// Shows the selected proposal whole.
    pub(super) fn inspect_proposal(&mut self) -> Vec<Effect> {
        let chosen = self.chosen_proposal().map(|kept| kept.proposed.id.clone());
        if chosen.is_some() {
            (self.inbox.chosen, self.inbox.whole, self.scroll) = (chosen, true, 0);
        }
        Vec::new()
    }

    pub(super) fn step_proposal(&mut self, by: isize) {
        let all = self.proposed();
        let index = self.selected_proposal().saturating_add_signed(by).min(all.len().saturating_sub(1));
        // Held on to, the newest too: a proposal that comes must not slip under a key that was meant for another.
        self.inbox.chosen = all.get(index).map(|kept| kept.proposed.id.clone());
    }

    /// Begins the line of the reason by which the selected proposal is denied.
    pub(super) fn begin_denying(&mut self) -> Vec<Effect> {
        match self.chosen_proposal().map(|kept| kept.proposed.id.clone()) {
            Some(id) => {
                self.inbox.chosen = Some(id.clone());
                self.inbox.denying = Some((id, Input::default()));
            }
            None => self.notice = Some(Notice::bad("There is no proposal here to deny.")),
        }
        Vec::new()
    }

    /// Takes an action while a reason is typed.
    pub(super) fn denying_action(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::Accept => return self.deny(),
            Action::Cancel | Action::Back | Action::Leave => {
                self.inbox.denying = None;
                self.notice = Some(Notice::good("Nothing was denied."));
            }
            _ => {}
        }
        Vec::new()
    }

    fn deny(&mut self) -> Vec<Effect> {
        let Some((id, input)) = self.inbox.denying.take() else { return Vec::new() };
        match Reason::new(input.value()) {
            Some(reason) => {
                let by = self.session.user.clone();
                vec![Effect::Decide(id, Event::Denied { by, reason: reason.text().clone() })]
            }
            None => {
                self.inbox.denying = Some((id, input));
                let text = format!(
                    "Say why, in 1 to {} characters: the agent reads it. Or leave with esc.",
                    Reason::LONGEST
                );
                self.notice = Some(Notice::bad(text));
                Vec::new()
            }
        }
    }

    pub(super) fn type_denial(&mut self, key: KeyPress) -> Vec<Effect> {
        if let Some((_, input)) = &mut self.inbox.denying
            && (key.text().is_none() || input.value().chars().count() < Reason::LONGEST)
        {
            typing::edit(input, key);
        }
        Vec::new()
    }

    pub(super) fn paste_denial(&mut self, text: &str) {
        let Some((_, input)) = &mut self.inbox.denying else { return };
        let room = Reason::LONGEST.saturating_sub(input.value().chars().count());
        for character in text.chars().filter(|character| !character.is_control()).take(room) {
            input.handle(InputRequest::InsertChar(character));
        }
    }

    /// Takes in what is told of proposals.
    pub(super) fn told_of_proposals(&mut self, told: Told, now: Now) -> Vec<Effect> {
        match told {
            Told::Listed(listed) => {
                // What is selected stays so, whatever comes before it.
                let held = self.chosen_proposal().map(|kept| kept.proposed.id.clone());
                if self.is_at_inbox() && self.inbox.chosen.is_none() {
                    self.inbox.chosen = held;
                }
                self.dirty |= self.inbox.listed.as_ref() != Some(&listed);
                self.inbox.listed = Some(listed);
                self.lapse_proposals(now.wall);
                self.drop_gone();
            }
            Told::Decided(id, decided) => self.decided(&id, decided),
        }
        Vec::new()
    }

    fn decided(&mut self, id: &Id, decided: Result<State, Printable>) {
        self.dirty = true;
        match decided {
            Ok(state @ State::Denied { .. }) => {
                self.remove_proposal(id);
                self.notice =
                    Some(Notice::good(format!("Denied, with the reason recorded: {}.", state.word())));
            }
            Ok(State::Approved { .. }) => self.remove_proposal(id),
            Ok(_) => {}
            Err(why) => {
                self.notice = Some(Notice::bad(format!("That was not recorded of the proposal: {why}.")))
            }
        }
    }

    fn remove_proposal(&mut self, id: &Id) {
        if let Some(Ok(listed)) = &mut self.inbox.listed {
            listed.retain(|kept| kept.proposed.id != *id);
        }
        self.drop_gone();
    }

    /// Leaves out what has expired, and says so where one looks at it.
    pub(super) fn lapse_proposals(&mut self, now: Timestamp) {
        let Some(Ok(listed)) = &mut self.inbox.listed else { return };
        let before = std::mem::take(listed);
        let (open, over): (Vec<Kept>, Vec<Kept>) =
            before.into_iter().map(|kept| kept.at(now)).partition(Kept::is_open);
        *listed = open;
        if let Some(expired) = over.iter().find(|kept| matches!(kept.state, State::Expired { .. })) {
            self.dirty = true;
            if self.is_at_inbox() && self.modal.is_none() {
                let key = &expired.proposed.target.key;
                let words = expired.proposed.intent.words();
                let text = format!(
                    "The proposal to {words} {}/{} expired: nobody decided in its time.",
                    key.namespace, key.name
                );
                self.notice = Some(Notice::good(text));
            }
            self.drop_gone();
        }
    }

    /// Returns when the next proposal expires.
    pub(super) fn proposals_due(&self) -> Option<Timestamp> {
        self.inbox.all().iter().map(|kept| kept.proposed.expires_at).min()
    }

    /// Leaves what is shown or denied where the proposal is gone.
    fn drop_gone(&mut self) {
        let chosen = self.inbox.chosen.as_ref();
        let gone = chosen.is_some() && !self.proposed().iter().any(|kept| Some(&kept.proposed.id) == chosen);
        if !gone {
            return;
        }
        self.inbox.chosen = None;
        if std::mem::take(&mut self.inbox.whole) {
            self.scroll = 0;
        }
        if self.inbox.denying.take().is_some() {
            self.notice = Some(Notice::bad("That proposal is decided or expired: there is nothing to deny."));
        }
    }
}
