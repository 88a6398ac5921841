//! Some thousand schedules of orders, crashes and faults, each from a seed of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeMap;
use std::sync::OnceLock;

#[path = "simulation/schedule.rs"]
mod schedule;

use schedule::{Posts, Tally};

/// Schedules that are played here; `cargo bench --bench figures -- --only schedules` plays more.
const SCHEDULES: u64 = 4_000;

/// Plays them once for all that look at them.
fn played() -> &'static Tally {
    static PLAYED: OnceLock<Result<Tally, String>> = OnceLock::new();
    let played = PLAYED.get_or_init(|| schedule::play(0..SCHEDULES));
    played.as_ref().unwrap_or_else(|broken| panic!("{broken}"))
}

/// The schedules are worth their time only if they come to all of this.
fn assert_often(counts: &[(&str, u64)], (ends, words): (&BTreeMap<String, u64>, &[&str])) {
    for (what, count) in counts {
        assert!(*count > 50, "only {count} {what}: {:?}", played());
    }
    for word in words {
        assert!(ends.get(*word).is_some_and(|count| *count > 5), "hardly any ended {word}: {ends:?}");
    }
}

#[test]
fn whatever_fails_an_order_has_one_effect_at_most_and_ends_in_a_state_that_has_a_name() {
    let tally = played();
    let Tally { crashes, effects, doubts, overtaken, tried_again, announced, .. } = *tally;
    let counts = [
        ("crashes", crashes),
        ("effects", effects),
        ("doubts", doubts),
        ("overtaken", overtaken),
        ("tried again", tried_again),
        ("announced", announced),
    ];
    let words = [
        "observed",
        "not-applied",
        "not-delivered",
        "refused",
        "denied",
        "expired",
        "applied",
        "unresolved",
        "withdrawn",
    ];
    assert_often(&counts, (&tally.ends, &words));
}

#[test]
fn whatever_fails_an_order_to_the_policy_service_is_posted_once_at_most_and_no_end_is_said_that_nobody_saw() {
    let Posts { posts, runs, held, unreached, lost, doubled, unanswered, .. } = played().posts;
    let Posts { found_by_key, lost_reruns, equal, ref ends, .. } = played().posts;
    let counts = [
        ("posts", posts),
        ("runs", runs),
        ("held", held),
        ("unreached", unreached),
        ("lost", lost),
        ("doubled", doubled),
        ("unanswered", unanswered),
        ("found by key", found_by_key),
        ("lost reruns", lost_reruns),
        ("equal orders of others", equal),
    ];
    let words = ["observed", "applied", "refused", "unclear", "unresolved"];
    let unsent = ["denied", "expired", "overtaken", "withdrawn", "never recorded"];
    let words: Vec<String> = words
        .into_iter()
        .chain(unsent)
        .flat_map(|word| ["run", "rerun"].map(|order| format!("{order} {word}")))
        .collect();
    assert_often(&counts, (ends, &words.iter().map(String::as_str).collect::<Vec<_>>()));
}

#[test]
fn a_seed_plays_the_same_schedule_again() {
    let twice = [schedule::play(7..107).unwrap(), schedule::play(7..107).unwrap()];
    assert_eq!(twice[0], twice[1]);
}
