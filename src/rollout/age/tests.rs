use proptest::prelude::*;

use super::*;

fn written(seconds: i64) -> String {
    human(SignedDuration::from_secs(seconds))
}

#[test]
fn each_range_has_its_units_up_to_its_last_second() {
    let cases = [
        (-3, "<invalid>"),
        (-2, "<invalid>"),
        (-1, "0s"),
        (0, "0s"),
        (119, "119s"),
        (120, "2m"),
        (121, "2m1s"),
        (599, "9m59s"),
        (600, "10m"),
        (659, "10m"),
        (10_799, "179m"),
        (10_800, "3h"),
        (10_860, "3h1m"),
        (10_859, "3h"),
        (28_799, "7h59m"),
        (28_800, "8h"),
        (172_799, "47h"),
        (172_800, "2d"),
        (176_400, "2d1h"),
        (691_199, "7d23h"),
        (691_200, "8d"),
        (63_071_999, "729d"),
        (63_072_000, "2y"),
        (63_158_400, "2y1d"),
        (252_287_999, "7y364d"),
        (252_288_000, "8y"),
        (315_360_000, "10y"),
    ];
    for (seconds, expected) in cases {
        assert_eq!(written(seconds), expected, "{seconds} s");
    }
}

#[test]
fn fractions_of_a_second_are_cut_toward_zero() {
    assert_eq!(human(SignedDuration::from_millis(1_999)), "1s");
    assert_eq!(human(SignedDuration::from_millis(-1_999)), "0s");
    assert_eq!(human(SignedDuration::from_millis(-2_000)), "<invalid>");
    assert_eq!(human(SignedDuration::from_millis(599_999)), "9m59s");
}

#[test]
fn ages_count_from_a_moment_that_may_be_unknown() {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let now = at("2026-11-21T10:00:00Z");
    assert_eq!(since(Some(at("2026-11-21T09:57:30Z")), now), "2m30s");
    assert_eq!(since(Some(at("2026-11-21T10:00:01Z")), now), "0s");
    assert_eq!(since(None, now), "<unknown>");
}

/// Reads `2m3s` back, in seconds.
fn read(written: &str) -> i64 {
    let mut total = 0;
    let mut number = 0;
    for character in written.chars() {
        match character.to_digit(10) {
            Some(digit) => number = number * 10 + i64::from(digit),
            None => {
                let units = [('s', 1), ('m', MINUTE), ('h', HOUR), ('d', DAY), ('y', YEAR)];
                total += number * units.iter().find(|(sign, _)| *sign == character).unwrap().1;
                number = 0;
            }
        }
    }
    total
}

proptest! {
    #[test]
    fn nothing_is_rounded_up_and_little_is_lost(seconds in 0_i64..400_000_000) {
        let read = read(&written(seconds));
        prop_assert!(read <= seconds);
        prop_assert!(seconds - read <= seconds / 7, "{} reads {}", seconds, written(seconds));
    }
}
