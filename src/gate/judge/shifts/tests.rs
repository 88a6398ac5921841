//! What is counted as a search closes in is what counting everything anew gives.

use proptest::prelude::*;

use super::{Shifts, Side};
use crate::gate::judge::rank::Sample;

/// Values with ties, and so large that moving them by little changes nothing.
fn values() -> impl Strategy<Value = Vec<f64>> {
    let value = prop_oneof![
        (-20_i32..20).prop_map(f64::from),
        (-20_i32..20).prop_map(|value| f64::from(value) / 8.0),
        (-3_i32..3).prop_map(|value| 1e15 + f64::from(value)),
    ];
    proptest::collection::vec(value, 1..40)
}

proptest! {
    #[test]
    fn a_search_counts_what_counting_all_would(x in values(), y in values(), turns in any::<u64>()) {
        let (x, y) = (Sample::of(x), Sample::of(y));
        let ((x_least, x_most), (y_least, y_most)) = (x.range().unwrap(), y.range().unwrap());
        let (mut begin, mut end) = (x_least - y_most, x_most - y_least);
        let range = [begin, end].map(|shift| (shift, x.among(&y, shift).above));
        let mut shifts = Shifts::of(&x, &y, range);
        for turn in 0..64 {
            let shift = match turn % 3 {
                0 => ((begin + end) / 2.0).round().clamp(begin, end),
                1 => (0.9 * begin + 0.1 * end).clamp(begin, end),
                _ => begin.midpoint(end),
            };
            prop_assert_eq!(shifts.among(shift), x.among(&y, shift), "at {}", shift);
            let greater = turns >> turn & 1 == 1;
            shifts.close_in(if greater { Side::Greater } else { Side::Smaller });
            if greater { begin = shift } else { end = shift }
        }
    }
}
