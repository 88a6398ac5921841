//! The changes of one kind, oldest first, as far back as they are kept.
//!
//! It owns how much is kept and what a version older than that is answered. It never looks into an object, and soon keeps
//! no more of it than its text.
//! Invariant: versions rise, and every change after `floor` is there.

use std::collections::VecDeque;
use std::sync::Arc;

use super::{Refusal, Stored};

/// How many changes of a kind are kept: some minutes of a busy cluster of 10,000 Rollouts.
const KEPT: usize = 32_768;

/// How many of them are kept with the values of their objects: about as many as are looked into once more.
const FRESH: usize = 256;

/// What happened to an object, as a watch says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// It was created.
    Added,
    /// It was written.
    Modified,
    /// It is gone.
    Deleted,
}

/// One change in the history that watches read.
#[derive(Clone, Debug)]
pub struct Change {
    /// The version that the change made.
    pub version: u64,
    /// What happened.
    pub event: EventKind,
    /// The object after it; of a deleted one its last state, with the version of the deletion.
    pub object: Arc<Stored>,
    /// The object before it: a watch with a selector says ADDED and DELETED when an object comes to match and ceases to.
    pub before: Option<Arc<Stored>>,
}

#[derive(Default)]
pub(super) struct History {
    changes: VecDeque<Change>,
    floor: u64,
}

impl History {
    pub(super) fn note(&mut self, change: Change) {
        if self.changes.len() >= KEPT
            && let Some(oldest) = self.changes.pop_front()
        {
            self.floor = oldest.version;
        }
        self.changes.push_back(change);
        let aged = self.changes.len().checked_sub(FRESH).and_then(|at| self.changes.get_mut(at));
        if let Some(change) = aged {
            change.object = change.object.folded();
            change.before = change.before.as_ref().map(|before| before.folded());
        }
    }

    pub(super) fn since(&self, version: u64) -> Result<impl Iterator<Item = &Change>, Refusal> {
        if version < self.floor {
            return Err(Refusal::expired(version, self.floor));
        }
        let start = self.changes.partition_point(|change| change.version <= version);
        Ok(self.changes.range(start..))
    }

    pub(super) fn forget(&mut self, version: u64) {
        self.changes.clear();
        self.floor = version;
    }
}
