//! Owns the times by which the app lives: when an event is, and when it next wants to be told the time.
//!
//! It reads no clock: whoever drives the app does. Invariant: an age is by the wall clock, a key by one that nobody sets.

use std::time::Duration;

use jiff::Timestamp;

/// The time of an event, on each clock.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Now {
    /// Wall clock, for ages.
    pub wall: Timestamp,
    /// Monotonic clock since the program began, for keys.
    pub mono: Duration,
    /// Clock since the program began that nobody can set and that runs on while the machine sleeps, for what expires.
    pub steady: Duration,
}

/// When time alone next changes something; `None` where it does not.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Wake {
    /// On the monotonic clock: for keys, and for looks at the ledger.
    pub keys: Option<Duration>,
    /// On the wall clock: for orders, and for evidence that grows old.
    pub orders: Option<Timestamp>,
    /// On the monotonic clock: for health, and for what is to be gathered.
    pub health: Option<Duration>,
}
