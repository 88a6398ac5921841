//! Owns the way from a proposal to a confirmation, and back: an order is staged anew, and what became of it is told on.
//!
//! What an order takes of the cluster is read first, as when a person chooses it. Invariants: the Rollout is the one that
//! the agent saw, by its uid; any key pressed while templates are read gives the proposal up.

use super::{
    App, Effect, Event, Intent, Kept, Key, Notice, Now, Order, Printable, Proposed, Rollout, Staged, Stands,
    State, Templates,
};

impl App {
    /// Stages the order of the selected proposal from the state as it is now, or says why not.
    pub(in crate::app) fn take_up(&mut self, now: Now) -> Vec<Effect> {
        let taken = self.take_chosen(now);
        self.unless_refused(taken)
    }

    fn unless_refused(&mut self, taken: Result<Vec<Effect>, Printable>) -> Vec<Effect> {
        taken.unwrap_or_else(|why| {
            self.notice = Some(Notice::bad(why));
            Vec::new()
        })
    }

    fn take_chosen(&mut self, now: Now) -> Result<Vec<Effect>, Printable> {
        let kept = self.chosen_proposal().cloned().ok_or("There is no proposal here to take up.")?;
        let Kept { proposed, state } = kept.at(now.wall);
        match state {
            State::Open => {}
            State::Taken { by, .. } => {
                return Err(Printable::from(format!("{by} is looking at it, in another session.")));
            }
            other => return Err(Printable::from(format!("It is {}.", other.word()))),
        }
        self.inbox.chosen = Some(proposed.id.clone());
        let kind = proposed.intent.kind();
        let rollout = self.orderable(&proposed.target.key, kind, now)?;
        if rollout.meta.uid != proposed.target.uid {
            return Err(
                "The Rollout that the agent saw is gone; the one of its name was made after it.".into()
            );
        }
        if let Some(order) = proposed.intent.order() {
            return self.stage_proposed(proposed, order, now);
        }
        if let Some(refusal) = self.objection(&rollout, kind, now.wall) {
            return Err(Printable::from(refusal.to_string()));
        }
        if let Intent::Terminate { run, name } = &proposed.intent {
            let run = self.run_of(&rollout, (*run).into(), name);
            let run = run.ok_or("The run that is to be ended is not there, or not of this Rollout.")?;
            return self.stage_proposed(proposed, Order::Terminate(Box::new(run)), now);
        }
        let study = self.study(&rollout)?;
        self.notice = Some(Notice::good("What the order needs is being read; any key gives it up."));
        self.inbox.reading = Some(proposed);
        Ok(vec![Effect::Study(study)])
    }

    fn stage_proposed(
        &mut self,
        proposed: Proposed,
        order: Order,
        now: Now,
    ) -> Result<Vec<Effect>, Printable> {
        self.try_stage(&proposed.target.key, order, now)?;
        let Some(modal) = &self.modal else { return Ok(Vec::new()) };
        let operation = modal.id().clone();
        let by = self.session.user.clone();
        let taken = Effect::Decide(proposed.id.clone(), Event::Taken { by, operation: operation.clone() });
        self.inbox.staged = Some(Staged { operation, proposed, settled: false });
        Ok(vec![taken])
    }

    /// Gives up what is being read for a proposal.
    pub(in crate::app) fn stop_reading_for_proposal(&mut self) {
        self.inbox.reading = None;
    }

    /// Tells whether what is read of a Rollout is for a proposal.
    pub(in crate::app) fn reads_for_proposal(&self, key: &Key) -> bool {
        self.inbox.reading.as_ref().is_some_and(|proposed| proposed.target.key == *key)
    }

    /// Stages the order of a proposal with what was read for it.
    pub(in crate::app) fn studied_for_proposal(
        &mut self,
        read: Result<Templates, Printable>,
        now: Now,
    ) -> Vec<Effect> {
        self.dirty = true;
        let Some(proposed) = self.inbox.reading.take() else { return Vec::new() };
        if !self.is_at_inbox() || self.modal.is_some() {
            return Vec::new();
        }
        self.notice = None;
        let order = read.and_then(|read| {
            let gone = || Printable::ours("This Rollout is gone: there is nothing left to order.");
            let rollout = self.proposed_for(&proposed).ok_or_else(gone)?;
            of_templates(&proposed.intent, &read, rollout)
        });
        let staged = order.and_then(|order| self.stage_proposed(proposed, order, now));
        self.unless_refused(staged)
    }

    /// Tells on what became of the operation that was staged from a proposal, once that is known.
    pub(in crate::app) fn follow_proposal(&mut self) -> Option<Effect> {
        let staged = self.inbox.staged.as_mut().filter(|staged| !staged.settled)?;
        let operation = staged.operation.clone();
        let event = match self.operations.get(&operation) {
            None => Event::PutBack { operation },
            Some(ordered) => match ordered.state() {
                // Whether it could be recorded is not known yet.
                Stands::Staged | Stands::Armed { .. } | Stands::Acknowledged { .. } => return None,
                Stands::Denied { .. } => Event::PutBack { operation },
                _ if ordered.actor().is_none() => Event::PutBack { operation },
                _ => Event::Approved { by: self.session.user.clone(), operation },
            },
        };
        staged.settled = true;
        Some(Effect::Decide(staged.proposed.id.clone(), event))
    }
}

/// Makes the order that a proposal means with the templates as they were just read.
fn of_templates(intent: &Intent, read: &Templates, rollout: &Rollout) -> Result<Order, Printable> {
    let stable = rollout.status.stable_hash.as_deref();
    match intent {
        Intent::Cancel => stable
            .and_then(|stable| read.cancel(stable))
            .ok_or_else(|| Printable::ours("The ReplicaSet of the stable version is not there.")),
        Intent::Undo { revision: None } => {
            let before = read.revisions.get(1).ok_or("There is no revision before the newest one.")?;
            Ok(read.undo(before, stable))
        }
        Intent::Undo { revision: Some(number) } => {
            let found = read.revisions.iter().find(|revision| revision.number == *number);
            let found = found.ok_or_else(|| Printable::from(format!("There is no revision {number}.")))?;
            Ok(read.undo(found, stable))
        }
        Intent::SetImage { container: Some(container), image } => Ok(read.image(container, image)),
        Intent::SetImage { container: None, image } => match read.containers().as_slice() {
            [(only, _)] => Ok(read.image(only, image)),
            _ => Err("The template has more than one container, and the proposal names none.".into()),
        },
        _ => Err("This order takes nothing from a template.".into()),
    }
}
