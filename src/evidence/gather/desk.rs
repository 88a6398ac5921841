//! Owns how much may be asked: a bucket of tokens, and how many questions are under way at once; and which policies are asked metric by
//! metric, because the question for all of them at once was refused.
//!
//! It never says what is asked. Invariant: in any span of time no more leave than [`BURST`] and one for each [`REFILL`].

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep_until};

use super::turns::Whose;
use crate::gate::stage::Outcome;

/// Questions that may leave at once after a rest.
pub(super) const BURST: u32 = 40;
/// The time in which one more may leave: 240 in a minute.
pub(super) const REFILL: Duration = Duration::from_millis(250);
/// Questions under way at a time.
pub(super) const AT_ONCE: usize = 4;
/// How long a policy is asked metric by metric before all of them are tried together again, and how long a simulation counts.
const APART: Duration = Duration::from_secs(600);

/// What limits asking; shared by all who ask.
pub(in crate::evidence) struct Desk {
    speed: u32,
    refill: Duration,
    /// Until when all that left is paid for: tokens are spans of time before now.
    paid: Mutex<Instant>,
    seats: Semaphore,
    apart: Mutex<HashMap<Arc<str>, Instant>>,
    simulated: Mutex<HashMap<Whose, (Instant, Outcome)>>,
}

impl Desk {
    /// Makes one for a program whose time runs `speed` times as fast as the machine's.
    pub(in crate::evidence) fn new(speed: u32) -> Self {
        let speed = speed.max(1);
        let refill = REFILL / speed;
        let paid = Instant::now().checked_sub(refill * BURST).unwrap_or_else(Instant::now);
        Self {
            speed,
            refill,
            paid: Mutex::new(paid),
            seats: Semaphore::new(AT_ONCE),
            apart: Mutex::default(),
            simulated: Mutex::default(),
        }
    }

    /// Waits until a question may leave; it is under way until what this returns is dropped.
    pub(super) async fn seat(&self) -> Option<SemaphorePermit<'_>> {
        let seat = self.seats.acquire().await.ok();
        sleep_until(self.pay(Instant::now())).await;
        seat
    }

    /// Takes a token, and returns when it is there.
    fn pay(&self, now: Instant) -> Instant {
        let mut paid = self.paid.lock().unwrap_or_else(PoisonError::into_inner);
        let full = now.checked_sub(self.refill * BURST).unwrap_or(now);
        *paid = (*paid).max(full) + self.refill;
        *paid
    }

    /// Tells whether the metrics of a policy are asked one by one.
    pub(super) fn is_apart(&self, policy: &str, now: Instant) -> bool {
        let apart = self.apart.lock().unwrap_or_else(PoisonError::into_inner);
        apart.get(policy).is_some_and(|since| now.saturating_duration_since(*since) < APART)
    }

    /// Has the metrics of a policy asked one by one for a while.
    pub(super) fn part(&self, policy: &Arc<str>, now: Instant) {
        let mut apart = self.apart.lock().unwrap_or_else(PoisonError::into_inner);
        apart.insert(policy.clone(), now);
    }

    /// Returns what the policy service said of a canary not long ago; it keeps an audit entry each time that it is asked.
    pub(super) fn simulated(&self, whose: &Whose, now: Instant) -> Option<Outcome> {
        let simulated = self.simulated.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, outcome) = simulated.get(whose)?;
        (now.saturating_duration_since(*since) < APART / self.speed).then(|| outcome.clone())
    }

    /// Notes what the policy service said of a canary; what it could not tell is asked again.
    pub(super) fn remember(&self, whose: Whose, outcome: &Outcome, now: Instant) {
        let mut simulated = self.simulated.lock().unwrap_or_else(PoisonError::into_inner);
        simulated.retain(|_, (since, _)| now.saturating_duration_since(*since) < APART);
        if !matches!(outcome, Outcome::Untold(_)) {
            simulated.insert(whose, (now, outcome.clone()));
        }
    }
}

#[cfg(test)]
mod tests;
