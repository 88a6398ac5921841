//! Durations as Go reads them; times as objects carry them.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

#[test]
fn durations_are_read_as_go_reads_them() {
    for (text, millis) in [
        ("90s", 90_000),
        ("1h30m", 5_400_000),
        ("1.5m", 90_000),
        ("250ms", 250),
        ("-2s", -2000),
        ("+1s", 1000),
        ("0", 0),
        (".5s", 500),
    ] {
        assert_eq!(duration(text).unwrap(), SignedDuration::from_millis(millis), "{text}");
    }
}

#[test]
fn what_go_refuses_is_refused_in_its_words() {
    assert_eq!(duration("").unwrap_err(), "time: invalid duration \"\"");
    assert_eq!(duration("soon").unwrap_err(), "time: invalid duration \"soon\"");
    assert_eq!(duration("10").unwrap_err(), "time: missing unit in duration \"10\"");
    assert_eq!(duration("1d").unwrap_err(), "time: unknown unit \"d\" in duration \"1d\"");
}

#[test]
fn a_time_in_an_object_has_whole_seconds() {
    let time: Timestamp = "2026-11-21T09:00:00.75Z".parse().unwrap();
    assert_eq!(written(time), "2026-11-21T09:00:00Z");
}
