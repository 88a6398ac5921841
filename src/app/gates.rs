//! Owns the gates of what is under way: which Rollout is judged by what, what came of it, and what is to be gathered for that.
//!
//! It never gathers and never orders: edges are wished for, an abort is proposed. Invariants: a Rollout that does not change costs
//! nothing, however many there are; what was gathered is judged once, when it comes.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::gate::wish::Gathered;
use crate::gate::{Gate, Shelf};
use crate::rollout::Key;
use crate::text::Printable;

use super::{App, Now};

/// The gates of what is under way.
#[derive(Debug, Default)]
pub struct Gates {
    shelf: Shelf,
    gates: BTreeMap<Key, Gate>,
    proposals: Vec<Proposed>,
}

/// A Rollout whose abort is proposed.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposed {
    /// Namespace and name.
    pub key: Key,
    /// Why, in one sentence: the trigger that fires, or the score that fails.
    pub why: Printable,
    /// Since when.
    pub since: Timestamp,
}

impl Gates {
    /// Begins with policies, and with nothing under way.
    pub fn by(shelf: Shelf) -> Self {
        Self { shelf, ..Self::default() }
    }

    /// Returns the policies.
    pub fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    /// Returns the gate of a Rollout; `None` where nothing of it is judged.
    pub fn of(&self, key: &Key) -> Option<&Gate> {
        self.gates.get(key)
    }

    /// Lists the Rollouts whose abort is proposed, the one that is so for longest first.
    pub fn proposals(&self) -> &[Proposed] {
        &self.proposals
    }
}

impl App {
    /// Takes in what was gathered for a canary.
    pub(super) fn gathered(&mut self, gathered: &Gathered, _now: Now) {
        self.dirty |= self.gates.of(&gathered.key).is_some();
    }
}
