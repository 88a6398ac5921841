//! Owns what was seen and waits for the writer's thread: a bounded heap that nobody waits for.
//!
//! It never blocks longer than moving a batch takes, and never grows beyond [`MOST_WAITING`] lines and one sight and one
//! answer of each Rollout. Invariant: a line that does not fit is counted, and the count is handed out with the next batch as a line of
//! its own.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::rollout::Key;
use crate::timeline::{Answer, Sight, Sighting, Unkept};

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
    seen: VecDeque<Sighting>,
    sights: BTreeMap<Key, Sight>,
    answers: BTreeMap<Key, Answer>,
    lost: u64,
}

/// What is written in one transaction.
#[derive(Default)]
pub(in crate::ledger) struct Batch {
    /// Lines, oldest first.
    pub(in crate::ledger) seen: Vec<Sighting>,
    /// How Rollouts stand.
    pub(in crate::ledger) sights: Vec<Sight>,
    /// What services beside the cluster answered.
    pub(in crate::ledger) answers: Vec<Answer>,
}

impl Waiting {
    /// Adds what was seen; tells whether the writer is to be woken.
    pub(in crate::ledger) fn add(&self, unkept: Unkept) -> bool {
        let Unkept { seen, sights, answers, lost } = unkept;
        let mut heap = self.heap();
        let room = MOST_WAITING.saturating_sub(heap.seen.len());
        let over = seen.len().saturating_sub(room);
        heap.lost = heap.lost.saturating_add(lost).saturating_add(u64::try_from(over).unwrap_or(u64::MAX));
        heap.seen.extend(seen.into_iter().take(room));
        heap.sights.extend(sights.into_iter().map(|sight| (sight.key.clone(), sight)));
        for answer in answers {
            answer.queue(&mut heap.answers);
        }
        !self.rung.swap(true, Ordering::AcqRel)
    }

    fn heap(&self) -> MutexGuard<'_, Heap> {
        self.heap.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that the writer could not be woken, since it has enough to do: it looks here by itself.
    pub(in crate::ledger) fn unring(&self) {
        self.rung.store(false, Ordering::Release);
    }

    /// Takes back what could not be written: lines are lost and counted, sights and answers wait again unless there are newer ones; a
    /// newer answer notes that one before it is lost.
    pub(in crate::ledger) fn take_back(&self, batch: Batch) {
        let mut heap = self.heap();
        heap.lost = heap.lost.saturating_add(u64::try_from(batch.seen.len()).unwrap_or(u64::MAX));
        for sight in batch.sights {
            heap.sights.entry(sight.key.clone()).or_insert(sight);
        }
        for answer in batch.answers {
            let waits = heap.answers.entry(answer.key.clone());
            waits.and_modify(|newer| newer.breaks = true).or_insert(answer);
        }
    }

    /// Takes what is to be written next; nothing where nothing waits.
    pub(in crate::ledger) fn take(&self) -> Option<Batch> {
        self.unring();
        let mut heap = self.heap();
        let some = heap.seen.len().min(BATCH);
        let mut seen: Vec<Sighting> = heap.seen.drain(..some).collect();
        let newest = seen.last().map(|last| (last.seen_at, last.scene.clone()));
        if let (true, Some((at, scene))) = (heap.lost > 0 && heap.seen.is_empty(), newest) {
            seen.push(Sighting::gap(std::mem::take(&mut heap.lost), at, scene));
        }
        let mut sights = Vec::new();
        while sights.len() < BATCH
            && let Some((_, sight)) = heap.sights.pop_first()
        {
            sights.push(sight);
        }
        let mut answers = Vec::new();
        while answers.len() < BATCH
            && let Some((_, answer)) = heap.answers.pop_first()
        {
            answers.push(answer);
        }
        let some = !seen.is_empty() || !sights.is_empty() || !answers.is_empty();
        some.then_some(Batch { seen, sights, answers })
    }
}
