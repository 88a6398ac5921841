use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::gate::evidence::Series;
use crate::gate::trigger::{Cause, Reading};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

fn at(minute: usize) -> Timestamp {
    "2026-11-21T12:00:00Z".parse::<Timestamp>().unwrap() + MINUTE * i32::try_from(minute).unwrap()
}

fn series(values: &[f64]) -> Series {
    Series { points: values.iter().enumerate().map(|(minute, value)| (at(minute), *value)).collect() }
}

fn heights(canary: &[f64], stable: &[f64], least: f64) -> [Vec<u8>; 2] {
    let plot = plot::of(&series(canary), &series(stable), MINUTE, least);
    [plot.canary, plot.stable]
}

#[test]
fn both_series_stand_on_one_scale() {
    let [canary, stable] = heights(&[4.0; 60], &[1.0; 60], 0.0);
    assert!(canary.iter().all(|height| *height == plot::HIGHEST), "{canary:?}");
    assert!(stable.iter().all(|height| *height == 1), "{stable:?}");
}

#[test]
fn noise_of_a_tenth_stays_low() {
    let noisy: Vec<f64> = (0..60).map(|minute| 100.0 + f64::from(minute * 37 % 21) - 10.0).collect();
    let [canary, stable] = heights(&noisy, &[100.0; 60], 0.0);
    assert!(canary.iter().chain(&stable).all(|height| (1..=2).contains(height)), "{canary:?}");
}

#[test]
fn what_is_always_allowed_does_not_fill_the_scale() {
    let [canary, _] = heights(&[0.02; 60], &[0.0; 60], 0.1);
    assert!(canary.iter().all(|height| *height <= 2), "{canary:?}");
    let [canary, _] = heights(&[0.2; 60], &[0.0; 60], 0.1);
    assert!(canary.iter().all(|height| *height == plot::HIGHEST), "{canary:?}");
}

#[test]
fn what_was_not_measured_and_what_is_no_number_are_gaps_of_their_length() {
    let mut values = [1.0; 60];
    values[20..40].fill(f64::NAN);
    let [canary, stable] = heights(&values, &[1.0; 60], 0.0);
    let gap = canary.iter().filter(|height| **height == 0).count();
    // Twenty of sixty minutes of all samples, but for how long a value stands.
    assert!((24..=28).contains(&gap), "{gap}: {canary:?}");
    assert!(canary[0] > 0 && canary[plot::SAMPLES - 1] > 0, "{canary:?}");
    assert!(stable.iter().all(|height| *height > 0), "{stable:?}");
}

#[test]
fn a_late_begin_stands_where_it_was() {
    let canary = Series { points: series(&[1.0; 60]).points.split_off(30) };
    let plot = plot::of(&canary, &series(&[1.0; 60]), MINUTE, 0.0);
    let begin = plot.canary.iter().position(|height| *height > 0).unwrap();
    assert!((plot::SAMPLES / 2 - 2..=plot::SAMPLES / 2 + 2).contains(&begin), "{begin}");
}

#[test]
fn without_points_there_is_nothing() {
    let [canary, stable] = heights(&[], &[], 0.0);
    assert_eq!((canary, stable), (vec![0; plot::SAMPLES], vec![0; plot::SAMPLES]));
    let [canary, stable] = heights(&[3.0], &[], 0.0);
    assert!(canary.contains(&1) && stable.iter().all(|height| *height == 0), "{canary:?}");
}

#[test]
fn values_are_short_and_keep_what_counts() {
    for (value, written) in [
        (0.0, "0"),
        (0.004, "0.0040"),
        (0.41, "0.41"),
        (3.1, "3.10"),
        (12.34, "12.3"),
        (99.96, "100"),
        (121.4, "121"),
        (-121.4, "-121"),
        (250_000.0, "2.5e5"),
        (1e-9, "1e-9"),
        (f64::NAN, ""),
        (f64::INFINITY, ""),
    ] {
        assert_eq!(figures::value(value).as_str(), written, "{value}");
    }
    assert_eq!((figures::signed(0.5).as_str(), figures::signed(-0.5).as_str()), ("+0.50", "-0.50"));
}

#[test]
fn a_score_that_misses_a_threshold_by_the_least_does_not_read_as_if_it_reached_it() {
    let written = [94.99, 95.0, 66.67, 100.0, 0.0].map(figures::score);
    assert_eq!(written, ["94.99", "95", "66.67", "100", "0"]);
}

#[test]
fn a_limit_that_is_nearly_used_up_has_no_room_left() {
    let used = |headroom: f64| {
        let lines = trigger::lines(&[(Cause::DenyRate, Reading::Rests { headroom })], true);
        lines[0].plain().split_whitespace().nth(2).unwrap().to_owned()
    };
    assert_eq!([0.86, 0.5, 0.001, 0.0, 1.0].map(used), ["14", "50", "100", "100", "0"]);
}

#[test]
fn triggers_that_are_not_used_share_a_line_and_none_is_said_to_rest() {
    let unused = [(Cause::Overload, Reading::Unused), (Cause::ParserFailures, Reading::Unused)];
    let lines = trigger::lines(&unused, true);
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].plain(), "not watched by this policy: overload, parser failures");
}

#[test]
fn a_trigger_that_cannot_be_told_has_no_bar_and_says_why() {
    let why = Printable::ours("which approvals wait is not known: answered 403");
    let lines = trigger::lines(&[(Cause::Approvals, Reading::Untold(why))], true);
    let said = lines[0].plain();
    assert!(said.contains("approvals") && said.ends_with("not known: answered 403"), "{said}");
    assert!(said.contains("cannot tell") && !said.contains('%'), "{said}");
}

proptest! {
    #[test]
    fn whatever_comes_there_are_so_many_heights_and_none_is_too_high(
        canary in prop::collection::vec(any::<f64>(), 0..300),
        stable in prop::collection::vec(any::<f64>(), 0..300),
        least in 0.0..10.0_f64,
    ) {
        for heights in heights(&canary, &stable, least) {
            prop_assert_eq!(heights.len(), plot::SAMPLES);
            prop_assert!(heights.iter().all(|height| *height <= plot::HIGHEST));
        }
    }
}
