//! What all requests share: the world, its time, who may do what, and the pulse that wakes watches.
//!
//! It owns the one lock on the world and letting time pass in it. It never speaks HTTP. Invariants: the lock is held
//! for pure work alone, never while a byte is written; whoever changed the world has told it when the lock is free.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;
use tokio::sync::{Notify, watch};

use super::rights::Rights;
use crate::clock::Clock;
use crate::sim::world::World;

/// How long the server waits for a version that has not come yet (apiserver: storage/cacher/watch_cache.go).
const FRESH: Duration = Duration::from_secs(3);

/// How far the world has come, as far as the wire is concerned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Pulse {
    /// The newest version.
    pub(super) version: u64,
    /// How often all watches were cut.
    pub(super) cuts: u64,
    /// Until when nothing reaches a client.
    pub(super) silent: Option<Timestamp>,
}

/// What all requests share.
pub(super) struct Core {
    world: Arc<Mutex<World>>,
    clock: Clock,
    pulse: watch::Sender<Pulse>,
    hurry: Notify,
    serial: AtomicU64,
    /// Who the token's bearer is.
    pub(super) user: String,
    /// What a caller must bear.
    pub(super) token: SecretString,
    /// What the user may do.
    pub(super) rights: RwLock<Rights>,
}

impl Core {
    /// Begins to share a world.
    pub(super) fn new(
        world: Arc<Mutex<World>>,
        clock: Clock,
        (user, token): (String, SecretString),
        rights: Rights,
    ) -> Self {
        let (pulse, hurry) = (watch::Sender::default(), Notify::new());
        let (serial, rights) = (AtomicU64::new(1), RwLock::new(rights));
        let core = Self { world, clock, pulse, hurry, serial, user, token, rights };
        core.turn(|_| ());
        core
    }

    /// Tells what time it is in the world.
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Lets time pass up to now, does something in the world, and wakes whom it concerns.
    pub(super) fn turn<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.advance(self.clock.now());
        let due = world.next();
        let done = act(&mut world);
        let (version, now) = (world.objects.version(), world.now());
        let wire = world.wire();
        let pulse = Pulse { version, cuts: wire.cuts(), silent: wire.silent_until(now) };
        // Told under the lock: nobody may tell an older state after a newer one.
        self.pulse.send_if_modified(|old| std::mem::replace(old, pulse) != pulse);
        if world.next() != due {
            self.hurry.notify_one();
        }
        done
    }

    /// Subscribes to the world's pulse.
    pub(super) fn pulse(&self) -> watch::Receiver<Pulse> {
        self.pulse.subscribe()
    }

    /// Lets time pass, without end: whatever is due by itself happens when it is due.
    pub(super) async fn keep_time(&self) {
        loop {
            let wait = self.turn(|world| world.next()).map_or(Duration::MAX, |at| self.clock.until(at));
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.hurry.notified() => {}
            }
        }
    }

    /// Waits until a version has come, for a short while; returns the newest version.
    pub(super) async fn fresh(&self, version: u64) -> u64 {
        let mut pulse = self.pulse();
        let come = pulse.wait_for(|pulse| pulse.version >= version);
        // Whether it came or not is seen in the newest version.
        let _ = tokio::time::timeout(FRESH, come).await;
        self.turn(|world| world.objects.version())
    }

    /// Waits until bytes may reach a client.
    pub(super) async fn audible(&self) {
        let mut pulse = self.pulse();
        loop {
            self.turn(|_| ());
            let Some(until) = pulse.borrow_and_update().silent else { return };
            self.until(until, &mut pulse).await;
        }
    }

    /// Waits for a time in the world, or for its pulse.
    pub(super) async fn until(&self, at: Timestamp, pulse: &mut watch::Receiver<Pulse>) {
        tokio::select! {
            () = tokio::time::sleep(self.clock.until(at)) => {}
            // The sender lives as long as this.
            _ = pulse.changed() => {}
        }
    }

    /// Returns how long a span of the world's time is in the machine's.
    pub(super) fn span(&self, milliseconds: u32) -> Duration {
        let span = jiff::SignedDuration::from_millis(i64::from(milliseconds));
        self.clock.now().checked_add(span).map_or(Duration::ZERO, |at| self.clock.until(at))
    }

    /// Makes an id for a request that brought none.
    pub(super) fn audit_id(&self) -> String {
        let serial = self.serial.fetch_add(1, Ordering::Relaxed);
        format!("00000000-0000-4000-8000-{serial:012x}")
    }
}
