//! What is counted as a search closes in is what counting everything anew gives.

use proptest::prelude::*;

use super::{Shifts, Side};
use crate::gate::judge::interval::{self, Shift, TOLERANCE};
use crate::gate::judge::rank::{Among, Sample};
use crate::gate::judge::{interval::CONFIDENCE, normal, root, whitney};

/// Values with ties, and so large that moving them by little changes nothing.
fn values() -> impl Strategy<Value = Vec<f64>> {
    let value = prop_oneof![
        (-20_i32..20).prop_map(f64::from),
        (-20_i32..20).prop_map(|value| f64::from(value) / 8.0),
        (-3_i32..3).prop_map(|value| 1e15 + f64::from(value)),
        -50.0..50.0_f64,
    ];
    let of_one_kind = prop_oneof![
        proptest::collection::vec(-50.0..50.0_f64, 1..90),
        // One far out, so that the others stand close in few cells.
        (proptest::collection::vec(0.0..1.0_f64, 1..60), Just(1e9)).prop_map(|(mut near, far)| {
            near.push(far);
            near
        }),
        proptest::collection::vec((-3_i32..3).prop_map(|value| 1e15 + f64::from(value)), 1..40),
        proptest::collection::vec((-3_i32..3).prop_map(|value| f64::from(value) * 2.5e307), 1..9),
        proptest::collection::vec((-3_i32..3).prop_map(|value| f64::from(value) * 5e-324), 1..9),
    ];
    prop_oneof![proptest::collection::vec(value, 1..40), of_one_kind]
}

/// Every pair compared, and all values of both grouped: what the fast ways have to be equal to, bit by bit.
fn plain(x: &Sample, y: &Sample, shift: f64) -> Among {
    let (mut above, mut more) = (0.0, 0.0);
    let cubed = |count: usize| (count as f64).powi(3) - count as f64;
    let moved: Vec<f64> = x.values().iter().map(|value| value - shift).collect();
    for ours in &moved {
        for theirs in y.values() {
            above += if theirs < ours {
                1.0
            } else if theirs == ours {
                0.5
            } else {
                0.0
            };
        }
    }
    for group in moved.chunk_by(|a, b| a == b) {
        let theirs = y.values().iter().filter(|value| **value == group[0]).count();
        if theirs > 0 {
            more += cubed(group.len() + theirs) - cubed(group.len()) - cubed(theirs);
        }
    }
    Among { above, ties: x.ties() + y.ties() + more }
}

/// The bounds as a search finds them that compares every pair at every step.
fn searched(x: &Sample, y: &Sample) -> Option<Shift> {
    let ((x_least, x_most), (y_least, y_most)) = (x.range()?, y.range()?);
    let z = -normal::quantile((1.0 - CONFIDENCE) / 2.0);
    let distance = |shift: f64| {
        let among = plain(x, y, shift);
        let off = among.above - (x.len() * y.len()) as f64 / 2.0;
        let correction = if off == 0.0 { 0.0 } else { 0.5_f64.copysign(off) };
        let deviation = whitney::deviation(among.ties, x.len(), y.len());
        (deviation > 0.0).then(|| (off - correction) / deviation)
    };
    let (least, most) = (x_least - y_most, x_most - y_least);
    let (at_least, at_most) = (distance(least), distance(most));
    let bound = |z: f64| match (at_least? - z, at_most? - z) {
        (first, _) if first <= 0.0 => Some(least),
        (_, last) if last >= 0.0 => Some(most),
        (first, last) => {
            let off = |shift: f64| distance(shift).unwrap_or(f64::NAN) - z;
            root::zero(off, (least, first), (most, last), TOLERANCE)
        }
    };
    Some(Shift { lower: bound(z)?, estimate: bound(0.0)?, upper: bound(-z)? })
}

fn bits(shift: Option<Shift>) -> Option<[u64; 3]> {
    shift.map(|shift| [shift.lower, shift.estimate, shift.upper].map(f64::to_bits))
}

proptest! {
    #[test]
    fn bounds_are_bit_by_bit_those_of_a_search_that_compares_every_pair(x in values(), y in values()) {
        let (x, y) = (Sample::of(x), Sample::of(y));
        prop_assert_eq!(bits(interval::shift(&x, &y, CONFIDENCE)), bits(searched(&x, &y)));
    }

    #[test]
    fn a_search_counts_what_counting_all_would(x in values(), y in values(), turns in any::<u64>()) {
        let (x, y) = (Sample::of(x), Sample::of(y));
        let ((x_least, x_most), (y_least, y_most)) = (x.range().unwrap(), y.range().unwrap());
        let (mut begin, mut end) = (x_least - y_most, x_most - y_least);
        let mut shifts = Shifts::of(&x, &y);
        let range = [begin, end].map(|shift| (shift, shifts.among(shift)));
        for (shift, among) in range {
            prop_assert_eq!(among, plain(&x, &y, shift), "at {}", shift);
        }
        shifts.begin(range.map(|(shift, among)| (shift, among.above)));
        for turn in 0..64 {
            let shift = match turn % 3 {
                0 => ((begin + end) / 2.0).round().clamp(begin, end),
                1 => (0.9 * begin + 0.1 * end).clamp(begin, end),
                _ => begin.midpoint(end),
            };
            prop_assert_eq!(shifts.among(shift), plain(&x, &y, shift), "at {}", shift);
            prop_assert_eq!(x.among(&y, shift), plain(&x, &y, shift), "at {}", shift);
            let greater = turns >> turn & 1 == 1;
            shifts.close_in(if greater { Side::Greater } else { Side::Smaller });
            if greater { begin = shift } else { end = shift }
        }
    }
}
