//! Owns how many requests looking may send: a bucket of tokens that fills at a steady rate.
//!
//! It never says what is sent. Invariant: in any span of time no more leave than the bucket holds plus what it was filled
//! with meanwhile, whoever asks and however many at once.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// Requests that may leave at once.
pub(super) const BURST: u32 = 10;
/// The time in which the bucket gains one: 120 in a minute.
pub(super) const REFILL: Duration = Duration::from_millis(500);

/// A bucket of tokens.
pub(super) struct Bucket {
    refill: Duration,
    /// When the bucket would be empty of debts: tokens are spans of time before now.
    paid: Mutex<Instant>,
}

impl Bucket {
    /// Makes a full bucket for a program whose time runs `speed` times as fast as the machine's.
    pub(super) fn new(speed: u32) -> Self {
        let refill = REFILL / speed.max(1);
        let full = Instant::now().checked_sub(refill * BURST).unwrap_or_else(Instant::now);
        Self { refill, paid: Mutex::new(full) }
    }

    /// Waits for a token and takes it.
    pub(super) async fn take(&self) {
        let at = {
            let mut paid = self.paid.lock().unwrap_or_else(PoisonError::into_inner);
            let now = Instant::now();
            let full = now.checked_sub(self.refill * BURST).unwrap_or(now);
            *paid = (*paid).max(full) + self.refill;
            *paid
        };
        sleep_until(at).await;
    }
}
