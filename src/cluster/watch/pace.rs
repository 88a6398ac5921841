//! Owns how long things are waited for, and how waits grow.
//!
//! It waits in the machine's time and stamps in the program's; chance comes from the standard library's seeds. Invariant: a wait is never longer than
//! [`Pace::longest`], so that a cluster that is back is noticed within it.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

use crate::clock::Clock;
use crate::rollout::delta::Kind;

/// How long things are waited for.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Which time what is told is stamped with.
    pub clock: Clock,
    /// The first wait after a fault.
    pub first: Duration,
    /// The longest wait after a fault.
    pub longest: Duration,
    /// The wait after the server refused the right or did not know the kind.
    pub refused: Duration,
    /// How long a request, or a list between two of its pieces, may be silent.
    pub silent: Duration,
    /// How long a followed stream may be silent (bookmarks come about once a minute) before it is opened anew.
    pub idle: Duration,
    /// The same for a kind that has no bookmarks: API servers keep no watch cache of Events.
    pub idle_without_bookmarks: Duration,
    /// How long a stream must have lasted to count as good.
    pub settled: Duration,
    /// How long the streams may be silent before a sign of life is asked for.
    pub quiet: Duration,
    /// How long the answer to that may take.
    pub answer: Duration,
    /// How often, at most, it is told that bytes arrive.
    pub heard: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            clock: Clock::Machine,
            first: Duration::from_millis(800),
            longest: seconds(30),
            refused: seconds(30),
            silent: seconds(30),
            idle: seconds(130),
            idle_without_bookmarks: seconds(60),
            settled: seconds(10),
            quiet: seconds(10),
            answer: seconds(5),
            heard: seconds(1),
        }
    }
}

impl Pace {
    /// Returns the pace for a program that lives in this time: where that runs faster, silence is noticed sooner, so that it
    /// is as long as ever in the program's own time.
    pub fn by(clock: Clock) -> Self {
        let (usual, speed) = (Self::default(), clock.speed());
        Self { clock, quiet: usual.quiet / speed, heard: usual.heard / speed, ..usual }
    }

    /// Returns how long a followed stream of a kind may be silent.
    pub(super) fn idle_of(&self, kind: Kind) -> Duration {
        if kind == Kind::Events { self.idle.min(self.idle_without_bookmarks) } else { self.idle }
    }

    /// Returns how long the server is asked to keep a watch open, in seconds: 120 to 290, by chance, so that the
    /// streams of many programs do not end together.
    pub(super) fn watch_seconds() -> u32 {
        120 + u32::try_from(chance() % 171).unwrap_or_default()
    }
}

/// Waits that double from [`Pace::first`] to [`Pace::longest`], each shortened by chance by up to a half.
pub(super) struct Backoff {
    pace: Pace,
    next: Duration,
}

impl Backoff {
    pub(super) fn new(pace: Pace) -> Self {
        Self { pace, next: pace.first }
    }

    /// Starts from the first wait again.
    pub(super) fn reset(&mut self) {
        self.next = self.pace.first;
    }

    /// Returns the next wait.
    pub(super) fn next(&mut self) -> Duration {
        let wait = self.next;
        self.next = (wait * 2).min(self.pace.longest);
        shortened(wait)
    }
}

/// Shortens a wait by chance by up to a half.
pub(super) fn shortened(wait: Duration) -> Duration {
    let permille = u32::try_from(chance() % 501).unwrap_or_default();
    wait - wait * permille / 1000
}

fn chance() -> u64 {
    RandomState::new().build_hasher().finish()
}
