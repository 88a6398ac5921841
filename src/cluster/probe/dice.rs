//! Owns chance: a small generator with a seed, so that tests have the same luck each time.
//!
//! After Steele, Lea and Flood's SplitMix64 (2014). It never makes a secret. Invariant: one seed, one sequence.

use std::time::Duration;

/// A sequence of numbers that look like chance.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Shortens a span by up to a tenth.
    pub(super) fn shortened(&mut self, span: Duration) -> Duration {
        let permille = u32::try_from(self.throw() % 101).unwrap_or_default();
        span - span.saturating_mul(permille) / 1000
    }
}
