//! Owns the interval that stays valid however often it is looked at.
//!
//! A confidence sequence for the mean of the differences between canary and stable version in the same minute (Waudby-Smith, Arbour,
//! Sinha, Kennedy, Ramdas: Time-uniform central limit theory and asymptotic confidence sequences, 2021, theorem 2.2): with the stated
//! confidence the truth lies inside at every look, not only at one. It never forgets a pair. Pairs take out what moves both.

/// Pairs from which on the interval may be relied upon: below, the approximation by the central limit is too coarse.
pub const LEAST: usize = 20;

/// Where the mean difference lies, at this look and all others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Lower bound, in the metric's unit.
    pub lower: f64,
    /// Mean difference.
    pub estimate: f64,
    /// Upper bound.
    pub upper: f64,
    /// Pairs.
    pub pairs: usize,
}

/// Differences, as far as the interval needs them (Welford 1962).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sequence {
    pairs: usize,
    mean: f64,
    squares: f64,
    /// Sum of products of neighbours, and of what centring them needs.
    products: f64,
    first: f64,
    last: f64,
}

impl Sequence {
    /// Takes in one pair; what is no number is left out.
    pub fn take(&mut self, canary: f64, stable: f64) {
        let difference = canary - stable;
        if !difference.is_finite() {
            return;
        }
        self.pairs += 1;
        match self.pairs {
            1 => self.first = difference,
            _ => self.products += (difference - self.first) * (self.last - self.first),
        }
        self.last = difference;
        let off = difference - self.mean;
        self.mean += off / self.pairs as f64;
        self.squares += off * (difference - self.mean);
    }

    /// Returns where the truth lies with `confidence`, tightest where there are `tuned` pairs; `None` below [`LEAST`].
    pub fn bounds(&self, confidence: f64, tuned: usize) -> Option<Bounds> {
        if self.pairs < LEAST {
            return None;
        }
        let n = self.pairs as f64;
        let wrong = 1.0 - confidence;
        let spread = (self.squares / n * self.memory()).sqrt();
        let once = -2.0 * wrong.ln();
        let mixing = (once + once.ln() + 1.0) / tuned.max(1) as f64;
        let grown = n * mixing + 1.0;
        let half = spread * (2.0 * grown / (n * n * mixing) * (grown.sqrt() / wrong).ln()).sqrt();
        Some(Bounds {
            lower: self.mean - half,
            estimate: self.mean,
            upper: self.mean + half,
            pairs: self.pairs,
        })
    }

    /// Returns by how much the variance of the mean is more than that of independent pairs: neighbours that resemble each other say
    /// less. Estimated from the first lag alone, (1 + r) / (1 − r), and never below 1.
    fn memory(&self) -> f64 {
        let n = self.pairs as f64;
        // Sums about `first`, moved to the mean: Σ(a−m)(b−m) = Σab − m(Σa + Σb) + (n−1)m².
        let mean = self.mean - self.first;
        let all = mean * n;
        let (without_last, without_first) = (all - (self.last - self.first), all);
        let together = self.products - mean * (without_last + without_first) + (n - 1.0) * mean * mean;
        let r = if self.squares > 0.0 { (together / self.squares).clamp(0.0, 0.9) } else { 0.0 };
        (1.0 + r) / (1.0 - r)
    }
}
