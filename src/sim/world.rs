//! The embedded cluster in time: objects, what is due, the controllers that look, and the script of a scenario.
//!
//! It owns the order in which things happen and the record of them. It reads no clock: whoever turns it says how far.
//! A write wakes the controllers concerned a moment later, as informers do; how much later follows from the seed.
//! Invariant: the same seed, objects, script and requests at the same times make the same history, byte for byte; one
//! object that is written again and again without end is left alone after [`STORM`] looks, and that is on record.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::sim::model::{self, Metrics, random};
use crate::sim::objects::kind::{LEASE, ROLLOUT};
use crate::sim::objects::{Change, KINDS, Objects, Order, Part, Patch, Place, Refusal, Stored};

mod controllers;
pub mod deed;
pub mod gate;
pub mod history;
pub mod lease;
mod queue;
pub mod script;
pub mod standing;
#[cfg(test)]
mod tests;
mod wake;
pub mod wire;

pub use deed::Deed;
pub use history::{Author, History, Moment, What};
pub use standing::Standing;
pub use wire::{Meets, Mishap, Wire};

use gate::Gate;
use queue::{Due, Queue};
use script::Script;

/// How often one object may be written by its controller within [`STORM_TIME`] before it counts as a storm.
pub const STORM: u32 = 600;
/// The time over which writes are counted.
pub const STORM_TIME: SignedDuration = SignedDuration::from_secs(30);
/// The least time between a write and the look that it leads to, in milliseconds, and the width of the rest.
const WAKE: (i64, i64) = (20, 40);
/// How long a controller waits after a write of it was refused.
const AFTER_REFUSAL: SignedDuration = SignedDuration::from_millis(500);

/// One embedded cluster.
pub struct World {
    /// Everything that is stored; read it, and change it only through the world.
    pub objects: Objects,
    now: Timestamp,
    begins: Timestamp,
    seed: u64,
    queue: Queue,
    metrics: Box<dyn Metrics + Send>,
    script: Script,
    history: History,
    wire: Wire,
    gate: Gate,
    /// What Argo's controller would look at if it were up.
    parked: Option<BTreeSet<Place>>,
    pace: HashMap<Place, (Timestamp, u32)>,
    seen: u64,
}

impl World {
    /// An empty cluster at a time, with a source of measurements.
    pub fn new(seed: u64, begins: Timestamp, metrics: Box<dyn Metrics + Send>) -> Self {
        let objects = Objects::new(seed);
        let seen = objects.version();
        Self {
            objects,
            now: begins,
            begins,
            seed,
            queue: Queue::default(),
            metrics,
            script: Script::default(),
            history: History::default(),
            wire: Wire::default(),
            gate: Gate::default(),
            parked: None,
            pace: HashMap::new(),
            seen,
        }
    }

    /// Returns the time up to which all has happened.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Returns the time from which it follows its script; without one, that at which it was made.
    pub fn begins(&self) -> Timestamp {
        self.begins
    }

    /// Tells when something next happens by itself.
    pub fn next(&self) -> Option<Timestamp> {
        self.queue.next()
    }

    /// Returns what happened so far.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Returns what goes wrong on the wire.
    pub fn wire(&mut self) -> &mut Wire {
        &mut self.wire
    }

    /// Returns what stands between a person and the objects.
    pub fn gate(&mut self) -> &mut Gate {
        &mut self.gate
    }

    /// Gives it a script; its times count from now.
    pub fn follow(&mut self, script: Script) {
        self.begins = self.now;
        for (index, at) in script.timed(self.now) {
            self.queue.step(index, at);
        }
        self.script = script;
    }

    /// Lets time pass up to `to`: all that is due by then happens, in order of time, then of asking.
    pub fn advance(&mut self, to: Timestamp) {
        while let Some((at, due)) = self.queue.take(to) {
            self.now = self.now.max(at);
            match due {
                Due::Look(place) => self.look(&place),
                Due::Step(index) => self.step(index),
            }
        }
        self.now = self.now.max(to);
    }

    /// Carries out a client's order at the current time; the controllers concerned look a moment later.
    ///
    /// # Errors
    /// The API's refusal.
    pub fn apply(&mut self, order: Order<'_>) -> Result<Arc<Stored>, Refusal> {
        self.apply_as(Author::Client, None, order)
    }

    /// Carries out the order of a client that names itself (`fieldManager`).
    ///
    /// # Errors
    /// As for [`World::apply`].
    pub fn apply_by(&mut self, writer: Option<&str>, order: Order<'_>) -> Result<Arc<Stored>, Refusal> {
        self.apply_as(Author::Client, writer, order)
    }

    /// Carries out a client's patch.
    ///
    /// # Errors
    /// As for [`World::apply`].
    pub fn patch(&mut self, place: &Place, part: Part, patch: Patch<'_>) -> Result<Arc<Stored>, Refusal> {
        self.apply(Order::Patch { place, part, patch })
    }

    /// Answers an order as [`World::apply`] would, and changes nothing.
    ///
    /// # Errors
    /// As for [`World::apply`].
    pub fn rehearse(&self, order: Order<'_>) -> Result<Arc<Stored>, Refusal> {
        match self.gate.refusal(history::Asked::of(&order).place.as_ref()) {
            Some(refusal) => Err(refusal),
            None => self.objects.rehearse(order, self.now),
        }
    }

    /// Notes that a client looks at an object, or at what belongs to it: it opened a Rollout, or read one anew.
    pub fn looked_at(&mut self, place: &Place) {
        self.note(What::Looked(place.clone()));
    }

    /// Notes that what stands now is how it begins: none of it is in the history, nor for a watch to catch up with.
    pub fn open(&mut self) {
        self.objects.forget_history();
        self.seen = self.objects.version();
    }

    /// Has somebody order something on a Rollout now.
    ///
    /// # Errors
    /// The API's refusal.
    pub fn order_now(&mut self, place: &Place, wish: &script::act::Wish) -> Result<(), Refusal> {
        script::act::order(self, &"somebody".into(), place, wish)
    }

    /// Stops Argo's controller or brings it back; while it is down nobody renews its Lease.
    pub fn controller(&mut self, up: bool) {
        match (up, self.parked.take()) {
            (false, None) => {
                let due: Vec<Place> = self.queue.looks().map(|(_, place)| place.clone()).collect();
                let argos: BTreeSet<Place> = due.into_iter().filter(wake::is_argos).collect();
                argos.iter().for_each(|place| self.queue.forget(place));
                self.parked = Some(argos);
                self.note(What::Happened("the controller went down".into()));
            }
            (true, Some(parked)) => {
                self.note(What::Happened("the controller came back".into()));
                parked.into_iter().for_each(|place| self.wake(place));
            }
            (_, parked) => self.parked = parked,
        }
    }

    /// Notes that something happened beside the cluster, at a time to which this world may not have come yet.
    pub fn beside(&mut self, words: &str, at: Timestamp) {
        let what = What::Happened(words.into());
        self.history.push(Moment { at: at.max(self.now), what });
    }

    /// Has the controller of an object look at it at a time.
    pub fn look_at(&mut self, place: Place, at: Timestamp) {
        match &mut self.parked {
            Some(parked) if wake::is_argos(&place) => _ = parked.insert(place),
            _ => self.queue.look(place, at),
        }
    }

    /// Lists the looks that are due, by time.
    pub fn looks(&self) -> impl Iterator<Item = (Timestamp, &Place)> {
        self.queue.looks()
    }

    fn apply_as(
        &mut self,
        author: Author,
        writer: Option<&str>,
        order: Order<'_>,
    ) -> Result<Arc<Stored>, Refusal> {
        let asked = history::Asked::of(&order);
        let before = asked.place.as_ref().and_then(|place| self.objects.get(place)).cloned();
        let answered = match self.gate.refusal(asked.place.as_ref()) {
            Some(refusal) => Err(refusal),
            None => self.objects.apply_by(writer, order, self.now),
        };
        let deed = match &answered {
            Ok(after) if after.place.kind == &ROLLOUT => Deed::of(before.as_deref(), after, asked.verb),
            _ => None,
        };
        let code = answered.as_ref().map_or_else(|refusal| refusal.code, |_| asked.good());
        self.note(What::Asked { author, asked, code, deed });
        self.take_in();
        answered
    }

    /// Records what changed since last time, and wakes whom it concerns.
    fn take_in(&mut self) {
        let mut changes: Vec<Change> = Vec::new();
        for kind in KINDS {
            // A change of this very moment is never beyond the history that is kept.
            changes.extend(self.objects.since(kind, self.seen).into_iter().flatten().cloned());
        }
        changes.sort_by_key(|change| change.version);
        self.seen = self.objects.version();
        let mut tells = false;
        for change in changes {
            let mut woken = wake::concerned(&self.objects, &change.object);
            woken.extend(wake::left_alone(&self.objects, &change));
            woken.into_iter().for_each(|place| self.wake(place));
            tells |= self.tell_of_deletion(&change);
            if change.object.place.kind != &LEASE {
                self.note(What::changed(&change));
            }
        }
        if tells {
            self.take_in();
        }
    }

    fn wake(&mut self, place: Place) {
        let (least, width) = WAKE;
        let parts = [&self.seed.to_string(), &*place.namespace, &place.name, &self.seen.to_string()];
        let wait =
            SignedDuration::from_millis(least) + random::jitter(&parts, SignedDuration::from_millis(width));
        let at = self.now.checked_add(wait).unwrap_or(self.now);
        self.look_at(place, at);
    }

    fn note(&mut self, what: What) {
        let moment = Moment { at: self.now, what };
        for (index, at) in self.script.heed(&moment, &self.objects) {
            self.queue.step(index, at);
        }
        self.history.push(moment);
    }

    fn step(&mut self, index: usize) {
        let Some(step) = self.script.begin(index) else { return };
        self.note(What::Happened(step.words()));
        script::act::run(self, &step);
    }
}
