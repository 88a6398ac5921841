//! What is due, and when: one look at most for each object, and the steps of a script.
//!
//! It owns the order of things: by time, then in the order in which they were asked for. It never runs anything.
//! Invariant: an object waits for one look at a time, the earliest that was asked for; whoever looks says anew when to
//! look again.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use crate::sim::objects::Place;

/// What is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// A controller looks at an object.
    Look(Place),
    /// A step of the script happens.
    Step(usize),
}

type When = (Timestamp, u64);

/// What is due, and when.
#[derive(Debug, Default)]
pub(super) struct Queue {
    due: BTreeMap<When, Due>,
    looks: HashMap<Place, When>,
    serial: u64,
}

impl Queue {
    /// Asks for a look at an object, unless an earlier one is due anyway.
    pub(super) fn look(&mut self, place: Place, at: Timestamp) {
        if let Some(known) = self.looks.get(&place) {
            if known.0 <= at {
                return;
            }
            self.due.remove(known);
        }
        let when = self.at(at);
        self.looks.insert(place.clone(), when);
        self.due.insert(when, Due::Look(place));
    }

    /// Takes the look that an object waits for away.
    pub(super) fn forget(&mut self, place: &Place) {
        if let Some(when) = self.looks.remove(place) {
            self.due.remove(&when);
        }
    }

    /// Lists the looks that are due, by time.
    pub(super) fn looks(&self) -> impl Iterator<Item = (Timestamp, &Place)> {
        self.due.iter().filter_map(|(when, due)| match due {
            Due::Look(place) => Some((when.0, place)),
            Due::Step(_) => None,
        })
    }

    /// Asks for a step of the script.
    pub(super) fn step(&mut self, index: usize, at: Timestamp) {
        let when = self.at(at);
        self.due.insert(when, Due::Step(index));
    }

    /// Tells when something is next due.
    pub(super) fn next(&self) -> Option<Timestamp> {
        self.due.first_key_value().map(|(when, _)| when.0)
    }

    /// Takes what is due first, if that is no later than `to`.
    pub(super) fn take(&mut self, to: Timestamp) -> Option<(Timestamp, Due)> {
        let first = self.due.first_entry().filter(|first| first.key().0 <= to)?;
        let ((at, _), due) = first.remove_entry();
        if let Due::Look(place) = &due {
            self.looks.remove(place);
        }
        Some((at, due))
    }

    fn at(&mut self, at: Timestamp) -> When {
        self.serial += 1;
        (at, self.serial)
    }
}
