//! Owns by how much one sample lies above another: estimate and confidence interval of the shift.
//!
//! The interval is the set of shifts that the test of Mann and Whitney would not rule out (Hodges and Lehmann 1963; Bauer
//! 1972), found by search with an absolute tolerance, as Kayenta's judge and R's `wilcox.test` find it.

use std::sync::LazyLock;

use super::normal;
use super::rank::{Among, Sample};
use super::shifts::{Shifts, Side};
use super::{root, whitney};

/// Confidence of the interval (Kayenta: 0.98).
pub const CONFIDENCE: f64 = 0.98;
/// How near the search comes to the true bounds, in the metric's own unit (Kayenta: `MannWhitney`, R: `tol.root`).
pub const TOLERANCE: f64 = 1e-4;

/// What the judge's own confidence reaches to, computed once.
static USUAL: LazyLock<f64> = LazyLock::new(|| reach(CONFIDENCE));

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
    let z = if confidence == CONFIDENCE { *USUAL } else { reach(confidence) };
    let distances = Distances::of(x, y);
    let mut shifts = Shifts::of(x, y);
    let ends = [least, most].map(|shift| (shift, shifts.among(shift)));
    let [at_least, at_most] = ends.map(|(_, among)| distances.to(among));
    let mut bound = |z: f64| {
        let (first, last) = (at_least? - z, at_most? - z);
        if first <= 0.0 {
            return Some(least);
        }
        if last >= 0.0 {
            return Some(most);
        }
        shifts.begin(ends.map(|(shift, among)| (shift, among.above)));
        let f = |shift: f64| {
            let off = distances.to(shifts.among(shift)).unwrap_or(f64::NAN) - z;
            shifts.close_in(if off > 0.0 { Side::Greater } else { Side::Smaller });
            off
        };
        root::zero(f, (least, first), (most, last), TOLERANCE)
    };
    Some(Shift { lower: bound(z)?, estimate: bound(0.0)?, upper: bound(-z)? })
}

/// Returns how many standard deviations from its middle a U with this confidence may be.
fn reach(confidence: f64) -> f64 {
    -normal::quantile((1.0 - confidence) / 2.0)
}

/// From U to how many standard deviations it is from its middle.
struct Distances {
    sizes: (usize, usize),
    /// Ties inside of each sample, and the deviation where there are no others: nearly always.
    usual: (f64, f64),
}

impl Distances {
    fn of(x: &Sample, y: &Sample) -> Self {
        let ties = x.ties() + y.ties();
        Self { sizes: (x.len(), y.len()), usual: (ties, whitney::deviation(ties, x.len(), y.len())) }
    }

    /// Returns how many standard deviations U is from its middle; falls as the first sample is moved down.
    fn to(&self, among: Among) -> Option<f64> {
        let (m, n) = self.sizes;
        let off = among.above - (m * n) as f64 / 2.0;
        let correction = if off == 0.0 { 0.0 } else { 0.5_f64.copysign(off) };
        let (ties, usual) = self.usual;
        let deviation = if among.ties == ties { usual } else { whitney::deviation(among.ties, m, n) };
        (deviation > 0.0).then(|| (off - correction) / deviation)
    }
}
