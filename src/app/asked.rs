//! Owns what the open confirmation asks about: an operation or an errand, which is told the same in the same way.
//!
//! It decides nothing about either. Invariant: ids are unique, so that what is told by id reaches one of them or none.

use jiff::Timestamp;

use super::{App, Effect, Notice, Now, errands};
use crate::operation::{Acknowledgement, Errand, Id, words};
use crate::rollout::Key;

impl App {
    /// Tells whether an order waits for its acknowledgement, or for the record of it.
    pub(super) fn is_asked(&self, id: &Id) -> bool {
        let operation = self.operations.get(id).is_some_and(|operation| operation.state().is_unsent());
        operation || self.errands.get(id).is_some_and(|errand| errand.state().is_unsent())
    }

    /// Returns the errand that is asked about.
    pub(super) fn asked_errand(&self) -> Option<&Errand> {
        let errand = self.errands.get(self.modal.as_ref()?.id())?;
        errand.state().is_unsent().then_some(errand)
    }

    /// Returns the Rollout that the open confirmation is about.
    pub(super) fn asked_on(&self) -> Option<&Key> {
        let id = self.modal.as_ref()?.id();
        let errand = || self.errands.get(id).map(|errand| &errand.whither().key);
        self.operations.get(id).map(|operation| &operation.target().key).or_else(errand)
    }

    /// Arms or disarms what the confirmation asks about.
    pub(super) fn arm(&mut self, id: &Id, armed: bool, now: Timestamp) -> Vec<Effect> {
        let mut effects = self.operations_change(|ops| ops.arm(id, armed, now));
        effects.extend(self.errands_change(|errands| errands.arm(id, armed, now)));
        effects
    }

    /// Acknowledges what the confirmation shows.
    pub(super) fn acknowledge(&mut self, id: &Id, said: Acknowledgement, now: Timestamp) -> Vec<Effect> {
        let (channel, proposal) = self.inbox.channel(id);
        let said = Acknowledgement { role: self.session.role.clone(), channel, proposal, ..said };
        let (actor, same) = (self.session.actor(), (self.session.actor(), said.clone()));
        let mut effects = self.operations_change(|ops| ops.acknowledge(id, (actor, said), now));
        effects.extend(self.errands_change(|errands| errands.acknowledge(id, same, now)));
        effects
    }

    /// Tells on that a Rollout is gone.
    pub(super) fn gone(&mut self, key: &Key, now: Timestamp) -> Vec<Effect> {
        let mut effects = self.operations_change(|ops| ops.gone(key, now));
        effects.extend(self.errands_change(|errands| errands.observed(key, None, now)));
        effects
    }

    /// Closes the confirmation, and takes back what was not acknowledged.
    pub(super) fn close_modal(&mut self, now: Now) -> Vec<Effect> {
        let Some(modal) = self.modal.take() else { return Vec::new() };
        let id = modal.id().clone();
        let mut effects = self.operations_change(|ops| ops.withdraw(&id, now.wall));
        effects.extend(self.errands_change(|errands| errands.withdraw(&id, now.wall)));
        let operation = self.operations.get(&id).map(|operation| {
            let text = format!("{}: {}", operation.kind().word(), words::describe(operation));
            if operation.state().is_trouble() { Notice::bad(text) } else { Notice::good(text) }
        });
        self.notice = operation.or_else(|| self.errands.get(&id).map(errands::notice));
        effects
    }

    /// Copies the request; where the abort can only be done by hand, the line that does it.
    pub(super) fn copied(&mut self, id: &Id) -> Option<Effect> {
        if let Some(errand) = self.errands.get(id) {
            let (request, whither) = (errand.request(), errand.whither());
            let key = errand.key().map(|key| format!("\nIdempotency-Key: {key}")).unwrap_or_default();
            return Some(Effect::Copy(format!(
                "{} {}{}\nContent-Type: {}\nX-Tenant-ID: {}{key}\n\n{}\n",
                request.method,
                whither.service,
                request.path,
                request.content_type,
                whither.tenant,
                request.body
            )));
        }
        let operation = self.operations.get(id)?;
        if let Some([line, _]) = self.by_hand(operation) {
            return Some(Effect::Copy(line.to_string()));
        }
        let request = operation.request();
        let text = format!(
            "{} {}\nContent-Type: {}\n\n{}\n",
            request.method, request.path, request.content_type, request.body
        );
        Some(Effect::Copy(text))
    }
}
