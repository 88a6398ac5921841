//! Owns what an order does not rest on, and a person still wants to know before giving it.
//!
//! It never stands in an order's way and never voids a confirmation. Invariant: only what was seen is told: a row that nobody
//! looked at, or that may not be looked at, is the health screen's.

use crate::app::App;
use crate::capability::sight::Answer;
use crate::capability::{Capability, Dated, Health, State};
use crate::gate::shelf::Choice;
use crate::operation::{Kind, Operation};
use crate::rollout::Rollout;
use crate::rollout::delta::Kind as Watched;

/// One thing to know beside what an order rests on.
#[derive(Clone, Debug, PartialEq)]
pub enum Aside<'a> {
    /// A row that is not well.
    Row(&'a Health),
    /// A row that is not well, and that this order has little to do with.
    Quiet(&'a Health),
    /// The order leads to where there is nothing to go back to.
    NoWayBack(Lost),
}

/// Why there is no revision to go back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// No older ReplicaSet is there.
    None,
    /// None is kept (`spec.revisionHistoryLimit: 0`).
    Unkept,
}

/// From which severity on a row is not well.
const UNWELL: u8 = 3;

impl App {
    /// Lists what is to be said beside the rows that an order rests on.
    pub fn asides(&self, operation: &Operation) -> Vec<Aside<'_>> {
        let version = self.aside(Capability::ControllerVersion, operation).filter(|_| self.saw_controllers());
        let policy = self
            .aside(Capability::PolicyService, operation)
            .filter(|account| account.state.severity() >= UNWELL && self.is_simulated(operation));
        let waiting = self
            .aside(Capability::Outbox, operation)
            .filter(|account| self.saw_ledger() && matches!(account.state, State::Degraded { .. }));
        let notifying = self
            .aside(Capability::Notifications, operation)
            .filter(|account| matches!(account.state, State::ConfigurationDependent { .. }));
        let loud = version.into_iter().chain(policy).chain(waiting).map(Aside::Row);
        loud.chain(self.way_back(operation)).chain(notifying.map(Aside::Quiet)).collect()
    }

    /// Returns the account of a row, where that is not well or not known.
    fn aside(&self, row: Capability, operation: &Operation) -> Option<&Health> {
        let account = self.health.account(row, &operation.target().key.namespace)?;
        (account.state.severity() >= 2).then_some(account)
    }

    /// A version that cannot be told because nobody may look is no news in each confirmation.
    fn saw_controllers(&self) -> bool {
        saw(self.health.board.controllers.as_ref()).is_some_and(|found| !found.is_empty())
    }

    /// A ledger that is gone is told as that.
    fn saw_ledger(&self) -> bool {
        saw(self.health.board.recording.as_ref()).is_some()
    }

    /// Tells whether the policy service is asked about the canary that the order lets go on.
    fn is_simulated(&self, operation: &Operation) -> bool {
        let judged = operation.kind().promotes() && operation.kind() != Kind::SetImage;
        let rollout = self.store.rollout(&operation.target().key).filter(|_| judged);
        let choice = rollout.map(|rollout| self.gates.shelf().choose(rollout));
        matches!(choice, Some(Choice::By(policy)) if policy.simulation.is_some())
    }

    /// Says where a promotion leaves nothing to go back to, or nobody can see whether it does.
    fn way_back(&self, operation: &Operation) -> Option<Aside<'_>> {
        if !matches!(operation.kind(), Kind::Promote | Kind::PromoteTo | Kind::PromoteFull) {
            return None;
        }
        let key = &operation.target().key;
        let rollout = self.store.rollout(key)?;
        if rollout.spec.history_limit.is_some_and(|kept| kept <= 0) {
            return Some(Aside::NoWayBack(Lost::Unkept));
        }
        if self.store.is_known(Watched::ReplicaSets, &key.namespace) {
            return (!self.has_older(rollout)).then_some(Aside::NoWayBack(Lost::None));
        }
        let account = self.aside(Capability::RollbackVisibility, operation);
        // What is wrong with all that is read is told as that.
        let lacks = |account: &&Health| matches!(account.state, State::ConfigurationDependent { .. });
        account.filter(lacks).map(Aside::Row)
    }

    fn has_older(&self, rollout: &Rollout) -> bool {
        let current = rollout.status.current_pod_hash.as_deref();
        let mut sets = self.store.replica_sets.owned_by(&rollout.meta.uid);
        sets.any(|set| set.meta.revision.is_some() && Some(&*set.hash) != current)
    }
}

fn saw<T>(dated: Option<&Dated<T>>) -> Option<&T> {
    match &dated?.answer {
        Answer::Seen(seen) => Some(seen),
        _ => None,
    }
}
