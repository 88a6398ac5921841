//! Owns what was seen and waits for the writer's thread: a bounded heap that nobody waits for.
//!
//! It never blocks longer than moving a batch takes, and never grows beyond [`MOST_WAITING`]. Invariant: what does not
//! fit is counted, and the count is handed out with the next batch as a sighting of its own.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::timeline::Sighting;

/// How many sightings may wait for the disk.
const MOST_WAITING: usize = 8192;
/// How many are written in one transaction: an order that comes in between waits for no more than that.
const BATCH: usize = 128;

/// What waits.
#[derive(Default)]
pub(in crate::ledger) struct Waiting {
    heap: Mutex<Heap>,
    rung: AtomicBool,
}

#[derive(Default)]
struct Heap {
    seen: std::collections::VecDeque<Sighting>,
    lost: u64,
}

impl Waiting {
    /// Adds what was seen, and what was lost before it came here; tells whether the writer is to be woken.
    pub(in crate::ledger) fn add(&self, seen: Vec<Sighting>, lost: u64) -> bool {
        let mut heap = self.heap.lock().unwrap_or_else(PoisonError::into_inner);
        let room = MOST_WAITING.saturating_sub(heap.seen.len());
        let over = seen.len().saturating_sub(room);
        heap.lost = heap.lost.saturating_add(lost).saturating_add(u64::try_from(over).unwrap_or(u64::MAX));
        heap.seen.extend(seen.into_iter().take(room));
        !self.rung.swap(true, Ordering::AcqRel)
    }

    /// Notes that the writer could not be woken, since it has enough to do: it looks here by itself.
    pub(in crate::ledger) fn unring(&self) {
        self.rung.store(false, Ordering::Release);
    }

    /// Notes that so many could not be written.
    pub(in crate::ledger) fn lose(&self, count: usize) {
        let mut heap = self.heap.lock().unwrap_or_else(PoisonError::into_inner);
        heap.lost = heap.lost.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
    }

    /// Takes what is to be written next; nothing where nothing waits.
    pub(in crate::ledger) fn take(&self) -> Option<Vec<Sighting>> {
        self.unring();
        let mut heap = self.heap.lock().unwrap_or_else(PoisonError::into_inner);
        let some = heap.seen.len().min(BATCH);
        let mut batch: Vec<Sighting> = heap.seen.drain(..some).collect();
        let newest = batch.last().map(|last| (last.seen_at, last.scene.clone()));
        if let (true, Some((at, scene))) = (heap.lost > 0 && heap.seen.is_empty(), newest) {
            batch.push(Sighting::gap(std::mem::take(&mut heap.lost), at, scene));
        }
        (!batch.is_empty()).then_some(batch)
    }
}
