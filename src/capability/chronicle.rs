//! Owns the memory of rows: since when each is in its state, and which changes are worth a line of the timeline.
//!
//! It never changes which state is shown. Invariants: a change is told once it has held ([`HOLD`], and two looks); not
//! knowing is no news, so what is told is always the last thing that was known.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::{Capability, Change, Health, Scope, State};

/// How long a row has to be in a state before that is told.
pub const HOLD: SignedDuration = SignedDuration::from_secs(3);

/// The severity from which on a state needs a person.
const BAD: u8 = 3;

/// What is remembered of the rows.
#[derive(Clone, Debug, Default)]
pub struct Chronicle {
    rows: BTreeMap<(Capability, Scope), Row>,
}

#[derive(Clone, Debug)]
struct Row {
    /// The state that is shown, in its word.
    word: &'static str,
    /// When it was first seen so, without a break.
    noticed: Timestamp,
    /// Since when it is so: for what is degraded, earlier than it was noticed.
    since: Timestamp,
    /// How often it was seen so, without a break.
    looks: u32,
    /// The newest state that was known and had held: its word, and whether it needed a person.
    told: Option<(&'static str, bool)>,
}

impl Chronicle {
    /// Takes in how rows stand now, says since when, and returns the changes that are to be told.
    pub fn settle(&mut self, healths: &mut [Health], now: Timestamp) -> Vec<Change> {
        healths.iter_mut().filter_map(|health| self.settle_one(health, now)).collect()
    }

    /// Forgets the rows of namespaces that are not among these.
    pub fn keep_only(&mut self, namespaces: &[Arc<str>]) {
        self.rows.retain(|(_, scope), _| match scope {
            Scope::Cluster => true,
            Scope::Namespace(name) => namespaces.contains(name),
        });
    }

    fn settle_one(&mut self, health: &mut Health, now: Timestamp) -> Option<Change> {
        let row = self
            .rows
            .entry((health.capability, health.scope.clone()))
            .or_insert_with(|| Row::new(health, now));
        row.look(health, now);
        health.since = Some(row.since);
        if let State::Degraded { since, .. } = &mut health.state {
            *since = row.since;
        }
        let from = row.told.map(|(word, _)| word);
        row.tell(&health.state, now).then(|| Change {
            capability: health.capability,
            scope: health.scope.clone(),
            from,
            to: health.state.clone(),
            at: now,
        })
    }
}

impl Row {
    fn new(health: &Health, now: Timestamp) -> Self {
        let word = health.state.word();
        Self { word, noticed: now, since: began(&health.state, now), looks: 0, told: None }
    }

    fn look(&mut self, health: &Health, now: Timestamp) {
        if self.word != health.state.word() {
            *self = Self { told: self.told, ..Self::new(health, now) };
        }
        self.looks = self.looks.saturating_add(1);
        self.since = self.since.min(began(&health.state, now));
    }

    /// Tells whether this is to be told now, and remembers that it was.
    fn tell(&mut self, state: &State, now: Timestamp) -> bool {
        let held = self.looks >= 2 && now.duration_since(self.noticed) >= HOLD;
        if !held || matches!(state, State::Unknown { .. } | State::NotByDesign) {
            return false;
        }
        let is = (self.word, state.severity() >= BAD);
        let was = self.told.replace(is);
        match was {
            Some((word, was_bad)) => word != is.0 && (is.1 || was_bad),
            None => is.1,
        }
    }
}

/// Since when it is so, as far as the state itself says.
fn began(state: &State, now: Timestamp) -> Timestamp {
    match state {
        State::Degraded { since, .. } => (*since).min(now),
        _ => now,
    }
}
