//! Owns which time the program lives in: the machine's, one that stands still, or one that runs faster.
//!
//! Pure modules never ask it: they are given the time. The edges ask it and not the machine, so that a dump can be
//! looked at as of its day, and a rehearsal can run an hour in a minute. Invariant: a clock never goes backwards,
//! except the machine's, which its keeper may set; what expires is therefore measured by [`steady`] too.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

/// Which time the program lives in.
#[derive(Clone, Copy, Debug, Default)]
pub enum Clock {
    /// The machine's time.
    #[default]
    Machine,
    /// A time that stands still.
    Still(Timestamp),
    /// A time that began at a given one and runs `speed` times as fast as the machine's.
    Running {
        /// The time at the beginning.
        begins: Timestamp,
        /// When that was.
        since: Instant,
        /// How many of its seconds pass in one of the machine's; at least 1.
        speed: u32,
    },
}

impl Clock {
    /// Starts a clock at a time, `speed` times as fast as the machine's.
    pub fn running(begins: Timestamp, speed: u32) -> Self {
        Self::Running { begins, since: Instant::now(), speed: speed.max(1) }
    }

    /// Tells the time.
    pub fn now(&self) -> Timestamp {
        match *self {
            Self::Machine => Timestamp::now(),
            Self::Still(at) => at,
            Self::Running { begins, since, speed } => after(begins, since.elapsed(), speed),
        }
    }

    /// Tells what time it will be here when the machine has waited so long.
    pub fn after(&self, wait: Duration) -> Timestamp {
        match *self {
            Self::Still(at) => at,
            Self::Machine => after(self.now(), wait, 1),
            Self::Running { speed, .. } => after(self.now(), wait, speed),
        }
    }

    /// Tells how many of its seconds pass in one of the machine's.
    pub fn speed(&self) -> u32 {
        match *self {
            Self::Machine | Self::Still(_) => 1,
            Self::Running { speed, .. } => speed,
        }
    }

    /// Tells how long the machine has to wait until it is that time here; nothing for a time that has passed, and
    /// without end where time stands still.
    pub fn until(&self, at: Timestamp) -> Duration {
        let left = Duration::try_from(at.duration_since(self.now())).unwrap_or(Duration::ZERO);
        match *self {
            Self::Machine => left,
            Self::Still(_) if left.is_zero() => left,
            Self::Still(_) => Duration::MAX,
            Self::Running { speed, .. } => left / speed.max(1),
        }
    }
}

/// Tells how long the machine has been up, the time that it slept counted: nobody can set it, and it never stands still.
pub fn steady() -> Duration {
    let now = rustix::time::clock_gettime(STEADY);
    Duration::try_from(now).unwrap_or_default()
}

/// Where the other clock of that kind stops while the machine sleeps, this one runs on.
#[cfg(any(target_os = "linux", target_os = "android"))]
const STEADY: rustix::time::ClockId = rustix::time::ClockId::Boottime;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const STEADY: rustix::time::ClockId = rustix::time::ClockId::Monotonic;

fn after(begins: Timestamp, elapsed: Duration, speed: u32) -> Timestamp {
    let passed = SignedDuration::try_from(elapsed.saturating_mul(speed)).unwrap_or(SignedDuration::MAX);
    begins.checked_add(passed).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests;
