//! Owns the Rollouts known, each with what follows from it alone, computed once per version.
//!
//! It never knows the screen's order or filter. Invariants: a [`Standing`] is always that of the stored Rollout; the
//! counts are those of the Rollouts known, kept as they come and go, since every frame tells them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use jiff::Timestamp;

use super::shelf::{is_older, within};
use super::tally::Tally;
use crate::rollout::attention::{self, Need};
use crate::rollout::phase::{self, Phase, Reader};
use crate::rollout::{Key, Rollout};
use crate::text::Printable;

/// A Rollout with what follows from it alone.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The object as observed.
    pub rollout: Arc<Rollout>,
    /// Its phase.
    pub phase: Phase,
    /// The phase's sentence.
    pub message: Printable,
    /// Whether it needs a person.
    pub need: Need,
    /// When it last changed its conditions, began a pause or was made.
    pub changed: Option<Timestamp>,
}

impl Standing {
    /// Computes what follows from a Rollout.
    pub fn of(rollout: Arc<Rollout>) -> Self {
        let (phase, message) = phase::phase(&rollout, Reader::Screen);
        let need = attention::need(&rollout);
        let changed = changed(&rollout);
        Self { rollout, phase, message, need, changed }
    }
}

fn changed(rollout: &Rollout) -> Option<Timestamp> {
    let conditions = rollout.status.conditions.iter().filter_map(|condition| condition.since);
    let pauses = rollout.status.pauses.list.iter().filter_map(|pause| pause.since);
    conditions.chain(pauses).chain(rollout.meta.created).max()
}

/// All Rollouts known, in the order of namespace and name.
#[derive(Debug, Default)]
pub struct Fleet {
    known: BTreeMap<Key, Standing>,
    unconfirmed: BTreeSet<Key>,
    tally: Tally,
}

impl Fleet {
    /// Returns one Rollout's standing.
    pub fn get(&self, key: &Key) -> Option<&Standing> {
        self.known.get(key)
    }

    /// Lists all standings.
    pub fn iter(&self) -> impl Iterator<Item = (&Key, &Standing)> {
        self.known.iter()
    }

    /// Lists the standings behind a key, whether it is known or not; all where there is none.
    pub fn after(&self, key: Option<&Key>) -> impl Iterator<Item = (&Key, &Standing)> {
        let from = key.map_or(Bound::Unbounded, Bound::Excluded);
        self.known.range::<Key, _>((from, Bound::Unbounded))
    }

    /// Counts the Rollouts.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Tells whether no Rollout is known.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Counts the Rollouts in a phase.
    pub fn in_phase(&self, phase: Phase) -> usize {
        self.tally.in_phase(phase)
    }

    /// Counts the Rollouts that need a person.
    pub fn wanting_person(&self) -> usize {
        self.tally.wanting_person()
    }

    pub(super) fn begin(&mut self, namespace: Option<&str>) {
        self.unconfirmed.extend(self.known.keys().filter(|key| within(key, namespace)).cloned());
    }

    /// Takes in one version; tells whether it was news.
    pub(super) fn seen(&mut self, rollout: Arc<Rollout>) -> bool {
        let key = rollout.meta.key.clone();
        let listed = self.unconfirmed.remove(&key);
        if let Some(known) = self.known.get(&key) {
            let (old, new) = (&known.rollout.meta, &rollout.meta);
            if old.uid == new.uid && old.resource_version == new.resource_version {
                return false;
            }
            if !listed && is_older(new, old) {
                return false;
            }
        }
        let standing = Standing::of(rollout);
        self.tally.add(standing.phase, standing.need);
        if let Some(before) = self.known.insert(key, standing) {
            self.tally.take(before.phase, before.need);
        }
        true
    }

    pub(super) fn done(&mut self, namespace: Option<&str>) -> Vec<Key> {
        let gone: Vec<Key> = self.unconfirmed.extract_if(.., |key| within(key, namespace)).collect();
        for key in &gone {
            self.remove(key);
        }
        gone
    }

    pub(super) fn gone(&mut self, key: &Key) {
        self.remove(key);
        self.unconfirmed.remove(key);
    }

    fn remove(&mut self, key: &Key) {
        if let Some(before) = self.known.remove(key) {
            self.tally.take(before.phase, before.need);
        }
    }
}
