//! What a cell says of a number is what comparing it with every value says.

use proptest::prelude::*;

use super::{Cells, met};
use crate::gate::judge::rank::{Sample, Tied};

fn doubled(cells: &Cells<'_>, number: f64) -> usize {
    let place = cells.place(number);
    let rank = cells.doubled(place) as usize;
    let own = if rank % 2 == 1 { cells.compared(number, place, &mut Tied::default()) } else { 0 };
    (rank & !1) + own
}

fn compared(values: &[f64], number: f64) -> usize {
    let count = |meets: fn(&f64, &f64) -> bool| values.iter().filter(|value| meets(value, &number)).count();
    2 * count(|value, number| value < number) + count(|value, number| value == number)
}

#[test]
fn numbers_far_outside_lie_below_or_above_all() {
    let values = [1.0, 2.0, 2.0, 1_000.0];
    let cells = Cells::of(&values);
    for (number, expected) in [(f64::NEG_INFINITY, 0), (-1e300, 0), (2.0, 4), (1e300, 8), (f64::INFINITY, 8)]
    {
        assert_eq!(doubled(&cells, number), expected, "{number}");
    }
}

#[test]
fn a_range_too_wide_or_too_narrow_to_be_cut_is_one_cell() {
    for values in
        [vec![-f64::MAX, 0.0, f64::MAX], vec![0.0, 5e-324], vec![7.0; 20], vec![-1e308, 1e-300, 1e308]]
    {
        let cells = Cells::of(&values);
        for number in values.iter().chain(&[-1.0, 0.5, 8.0, 1e308, -1e308]) {
            assert_eq!(doubled(&cells, *number), compared(&values, *number), "{number} among {values:?}");
        }
    }
}

#[test]
fn those_within_bounds_include_both_ends() {
    assert_eq!(met(&[1.0, 2.0, 2.0, 3.0, 4.0], (2.0, 3.0)), (1, [2.0, 2.0, 3.0].as_slice()));
    assert_eq!(met(&[1.0, 4.0], (2.0, 3.0)), (1, [].as_slice()));
}

proptest! {
    #[test]
    fn a_number_and_its_neighbours_are_where_comparing_with_all_puts_them(
        values in prop::collection::vec(prop_oneof![-9.0..9.0_f64, (-9_i32..9).prop_map(f64::from)], 1..120),
        wide in prop_oneof![Just(1.0), Just(1e-9), Just(1e12)],
        far in prop_oneof![Just(0.0), Just(1e6), Just(-1e15)],
    ) {
        let values = Sample::of(values.iter().map(|value| value * wide + far));
        let cells = Cells::of(values.values());
        for value in values.values() {
            for number in [value.next_down(), *value, value.next_up(), value + wide / 7.0] {
                prop_assert_eq!(doubled(&cells, number), compared(values.values(), number), "{}", number);
            }
        }
    }
}
