//! Chance that can be had again: the same seed and run give the same fault at the same place.
//!
//! SplitMix64 (Steele, Lea, Flood 2014). What the machine adds of its own chance (who is faster) is not in it.

/// A stream of chance.
pub struct Dice(u64);

impl Dice {
    /// Begins the stream of one run of a campaign.
    pub fn of(seed: u64, run: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ run.wrapping_mul(0xd134_2543_de82_ef95))
    }

    /// Returns a number of `from..to`.
    pub fn between(&mut self, from: u64, to: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        from + (mixed ^ (mixed >> 31)) % (to - from).max(1)
    }

    /// Says yes in so many of a hundred cases.
    pub fn percent(&mut self, share: u64) -> bool {
        self.between(0, 100) < share
    }
}
