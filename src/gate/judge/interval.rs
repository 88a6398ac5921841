//! Owns by how much one sample lies above another: estimate and confidence interval of the shift.
//!
//! The interval is the set of shifts that the test of Mann and Whitney would not rule out (Hodges and Lehmann 1963; Bauer
//! 1972), found by search with an absolute tolerance, as Kayenta's judge and R's `wilcox.test` find it.

use super::normal;
use super::rank::Sample;
use super::{root, whitney};

/// How near the search comes to the true bounds, in the metric's own unit (Kayenta: `MannWhitney`, R: `tol.root`).
pub const TOLERANCE: f64 = 1e-4;

/// A shift between two samples, in the metric's unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shift {
    /// Lower bound.
    pub lower: f64,
    /// Best guess.
    pub estimate: f64,
    /// Upper bound.
    pub upper: f64,
}

/// Returns by how much `x` lies above `y`, with bounds that hold with `confidence`; `None` where that cannot be computed.
pub fn shift(x: &Sample, y: &Sample, confidence: f64) -> Option<Shift> {
    let (x_least, x_most) = x.range()?;
    let (y_least, y_most) = y.range()?;
    let (least, most) = (x_least - y_most, x_most - y_least);
    let z = -normal::quantile((1.0 - confidence) / 2.0);
    let at_least = distance(x, y, least);
    let at_most = distance(x, y, most);
    let bound = |z: f64| {
        let (first, last) = (at_least? - z, at_most? - z);
        if first <= 0.0 {
            return Some(least);
        }
        if last >= 0.0 {
            return Some(most);
        }
        let f = |shift: f64| distance(x, y, shift).unwrap_or(f64::NAN) - z;
        root::zero(f, (least, first), (most, last), TOLERANCE)
    };
    Some(Shift { lower: bound(z)?, estimate: bound(0.0)?, upper: bound(-z)? })
}

/// Returns how many standard deviations U is from its middle when `x` is moved down by `shift`; falls as that grows.
fn distance(x: &Sample, y: &Sample, shift: f64) -> Option<f64> {
    let among = x.among(y, shift);
    let off = among.above - (x.len() * y.len()) as f64 / 2.0;
    let correction = if off == 0.0 { 0.0 } else { 0.5_f64.copysign(off) };
    let deviation = whitney::deviation(among.ties, x.len(), y.len());
    (deviation > 0.0).then(|| (off - correction) / deviation)
}
