//! Some thousand schedules of orders, crashes and faults, each from a seed of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "simulation/schedule.rs"]
mod schedule;

use schedule::Tally;

/// Schedules that are played here; `cargo bench --bench figures -- --only schedules` plays more.
const SCHEDULES: u64 = 4_000;

#[test]
fn whatever_fails_an_order_has_one_effect_at_most_and_ends_in_a_state_that_has_a_name() {
    let tally = schedule::play(0..SCHEDULES).unwrap_or_else(|broken| panic!("{broken}"));
    // The schedules are worth their time only if they come to all of this.
    let Tally { crashes, effects, doubts, overtaken, tried_again, announced, .. } = &tally;
    for (what, count) in [
        ("crashes", crashes),
        ("effects", effects),
        ("doubts", doubts),
        ("overtaken", overtaken),
        ("tried again", tried_again),
        ("announced", announced),
    ] {
        assert!(*count > 50, "only {count} {what}: {tally:?}");
    }
    for word in [
        "observed",
        "not-applied",
        "not-delivered",
        "refused",
        "denied",
        "expired",
        "applied",
        "unresolved",
        "withdrawn",
    ] {
        assert!(tally.ends.get(word).is_some_and(|count| *count > 5), "hardly any ended {word}: {tally:?}");
    }
}

#[test]
fn a_seed_plays_the_same_schedule_again() {
    let twice = [schedule::play(7..107).unwrap(), schedule::play(7..107).unwrap()];
    assert_eq!(twice[0], twice[1]);
}
