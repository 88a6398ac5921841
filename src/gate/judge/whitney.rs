//! Owns the test of Mann and Whitney: U, its p-value, and how far U is from what chance would give.
//!
//! Small samples without ties are counted out, others approximated by the normal distribution with corrections for ties and
//! continuity (Mann and Whitney 1947; Lehmann 1975, 1.2). It never judges a metric.

use super::normal;
use super::rank::{Among, Sample};

/// Samples of up to this many values are counted out, unless values are tied.
pub const COUNTED: usize = 8;

/// What is held against "the same".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alternative {
    /// The first sample lies higher or lower.
    TwoSided,
    /// The first sample lies lower.
    Less,
    /// The first sample lies higher.
    Greater,
}

/// The outcome of a test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// Pairs in which the first sample's value is greater, a tie counting half.
    pub u: f64,
    /// Chance of a U this extreme or more, where both are samples of the same.
    pub p: f64,
    /// Whether `p` was counted out rather than approximated.
    pub exact: bool,
}

/// Tests two samples; `None` where one is empty.
pub fn test(x: &Sample, y: &Sample, alternative: Alternative) -> Option<Outcome> {
    if x.is_empty() || y.is_empty() {
        return None;
    }
    let among = x.among(y, 0.0);
    let exact = x.len().min(y.len()) <= COUNTED && among.ties == 0.0;
    let p = if exact {
        counted(among.above, x.len(), y.len(), alternative)
    } else {
        approximated(&among, x, y, alternative)
    };
    Some(Outcome { u: among.above, p, exact })
}

fn approximated(among: &Among, x: &Sample, y: &Sample, alternative: Alternative) -> f64 {
    let pairs = (x.len() * y.len()) as f64;
    let deviation = deviation(among.ties, x.len(), y.len());
    let tail = |u: f64| {
        let z = (u - pairs / 2.0 - 0.5) / deviation;
        if z.is_nan() { 1.0 } else { normal::above(z) }
    };
    match alternative {
        Alternative::TwoSided => (2.0 * tail(among.above.max(pairs - among.above))).clamp(0.0, 1.0),
        Alternative::Greater => tail(among.above),
        Alternative::Less => tail(pairs - among.above),
    }
}

/// Returns the standard deviation of U where both samples are of the same, lessened by ties.
pub fn deviation(ties: f64, m: usize, n: usize) -> f64 {
    let (m, n) = (m as f64, n as f64);
    let all = m + n;
    (m * n / 12.0 * (all + 1.0 - ties / (all * (all - 1.0)))).sqrt()
}

fn counted(u: f64, m: usize, n: usize, alternative: Alternative) -> f64 {
    let pairs = (m * n) as f64;
    let ways = ways(m, n);
    let all: f64 = ways.iter().sum();
    // From the nearer end: U's distribution is symmetric, and sums of few small numbers are exact.
    let at_least = |u: f64| ways.iter().take((pairs - u) as usize + 1).sum::<f64>() / all;
    match alternative {
        Alternative::TwoSided => (2.0 * at_least(u.max(pairs - u))).min(1.0),
        Alternative::Greater => at_least(u),
        Alternative::Less => at_least(pairs - u),
    }
}

/// Counts, for each U, the orders of m and n distinct values that give it: the coefficients of Gauss's binomial.
fn ways(m: usize, n: usize) -> Vec<f64> {
    let top = m * n;
    let mut ways = vec![0.0; top + 1];
    if let Some(none) = ways.first_mut() {
        *none = 1.0;
    }
    for k in 1..=m.min(n) {
        // Times (1 − q^(longer + k)), then divided by (1 − q^k), in place.
        let longer = m.max(n) + k;
        for at in (longer..=top).rev() {
            let taken = ways.get(at - longer).copied().unwrap_or_default();
            if let Some(here) = ways.get_mut(at) {
                *here -= taken;
            }
        }
        for at in k..=top {
            let carried = ways.get(at - k).copied().unwrap_or_default();
            if let Some(here) = ways.get_mut(at) {
                *here += carried;
            }
        }
    }
    ways
}
