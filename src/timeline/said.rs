//! Owns the Events that are held in memory: for each Rollout the newest, and of all no more than a fixed number.
//!
//! What one Rollout's Events push out is its own, whatever flood comes. Invariants: one line for each Event, however often
//! it was said; never more than [`EACH`] of a Rollout and [`SAID`] of all.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use super::Sighting;
use crate::rollout::Key;

/// How many Events of one Rollout are held.
pub const EACH: usize = 128;
/// How many Events are held of all.
pub const SAID: usize = 8192;

/// By time and, within one (clusters tell whole seconds), as it was heard.
type Place = (Timestamp, u64);

/// What was said.
#[derive(Clone, Debug)]
pub(super) struct Said {
    most: (usize, usize),
    lines: BTreeMap<Place, Sighting>,
    places: HashMap<Arc<str>, Place>,
    of_each: BTreeMap<Key, BTreeSet<Place>>,
    heard: u64,
}

impl Default for Said {
    /// Begins with nothing, and will hold [`EACH`] of a Rollout and [`SAID`] of all.
    fn default() -> Self {
        Self { most: (EACH, SAID), ..Self::unbounded() }
    }
}

impl Said {
    /// Begins with nothing, and will hold all that it is given.
    pub(super) fn unbounded() -> Self {
        let most = (usize::MAX, usize::MAX);
        Self { most, lines: BTreeMap::new(), places: HashMap::new(), of_each: BTreeMap::new(), heard: 0 }
    }

    /// Takes in an Event's line; tells whether it is news that is held.
    pub(super) fn take(&mut self, line: Sighting) -> bool {
        let mark = line.mark.clone();
        if let Some(place) = self.places.get(&mark).copied() {
            if self.lines.get(&place).is_some_and(|known| known.count >= line.count) {
                return false;
            }
            self.remove(&place);
        }
        self.heard += 1;
        let place = (line.at, self.heard);
        self.places.insert(mark.clone(), place);
        let own = self.of_each.entry(line.key.clone()).or_default();
        own.insert(place);
        let pushed_out = if own.len() > self.most.0 { own.first().copied() } else { None };
        self.lines.insert(place, line);
        pushed_out.into_iter().for_each(|place| self.remove(&place));
        while self.lines.len() > self.most.1
            && let Some((oldest, _)) = self.lines.first_key_value()
        {
            let oldest = *oldest;
            self.remove(&oldest);
        }
        self.places.contains_key(&mark)
    }

    /// Lists the lines, oldest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Sighting> {
        self.lines.values()
    }

    /// Lists the lines of one Rollout, oldest first.
    pub(super) fn of(&self, key: &Key) -> impl Iterator<Item = &Sighting> {
        self.of_each.get(key).into_iter().flatten().filter_map(|place| self.lines.get(place))
    }

    fn remove(&mut self, place: &Place) {
        let Some(line) = self.lines.remove(place) else { return };
        self.places.remove(&line.mark);
        if let Some(own) = self.of_each.get_mut(&line.key) {
            own.remove(place);
            if own.is_empty() {
                self.of_each.remove(&line.key);
            }
        }
    }
}
