//! How many schedules of orders, crashes and faults are played in which time, and what they came to.
//!
//! The schedules are those of `cargo test --test simulation`, from more seeds. A promise that one of them breaks is told
//! with its seed, and is a failure: where there is a figure, no order took effect twice or was posted twice, and none is said to have
//! ended as it did not.

use std::collections::BTreeMap;
use std::time::Instant;

use super::measured::Series;
use super::schedule::{self, Posts, Tally};
use super::table::{Table, Target as Promise, Unit};

/// Schedules of one run.
const SCHEDULES: u64 = 100_000;

/// Plays all.
///
/// # Errors
/// The seed that breaks a promise, and which.
pub fn measure(table: &mut Table) -> Result<(), String> {
    super::say("schedules");
    let begun = Instant::now();
    let tally = schedule::play(0..SCHEDULES)?;
    let took = begun.elapsed().as_secs_f64();
    tell(&tally, took);
    let mut rate = Series::default();
    rate.add(100_000.0 / took);
    table.add(
        "orders under faults: schedules played, none broken",
        0,
        &rate,
        (Unit::PerSecond, Promise::None),
    );
    Ok(())
}

fn tell(tally: &Tally, took: f64) {
    super::say(&format!("{} schedules in {took:.1} s; none broke a promise", tally.schedules));
    for (what, count) in [
        ("programs killed", tally.crashes),
        ("clocks set, by up to a year", tally.jumps),
        ("records that the disk did not take", tally.unrecorded),
        ("tries that did not get there", tally.undelivered),
        ("requests lost on their way", tally.lost),
        ("requests that came twice", tally.doubled),
        ("changes by somebody else", tally.by_others),
        ("orders in doubt for a while", tally.doubts),
        ("orders tried again", tally.tried_again),
        ("orders that took effect", tally.effects),
        ("orders that an Event told of", tally.announced),
    ] {
        super::say(&format!("  {count:>7} {what}"));
    }
    say_ends(&tally.ends);
    super::say("  of the orders to the policy service");
    let Posts {
        posts,
        runs,
        held,
        unreached,
        lost,
        doubled,
        unanswered,
        found_by_key,
        lost_reruns,
        equal,
        ends,
    } = &tally.posts;
    for (what, count) in [
        ("posts left a program", posts),
        ("held back when they were to leave", held),
        ("met no connection", unreached),
        ("lost on their way", lost),
        ("came twice", doubled),
        ("answers that did not come, or left it open what was done", unanswered),
        ("runs that they began", runs),
        ("runs that their own key alone told of", found_by_key),
        ("reruns whose answer was lost, none said to be done or failed", lost_reruns),
        ("equal orders by somebody else", equal),
    ] {
        super::say(&format!("  {count:>7} {what}"));
    }
    say_ends(ends);
}

fn say_ends(ends: &BTreeMap<String, u64>) {
    let ends: Vec<String> = ends.iter().map(|(word, count)| format!("{word} {count}")).collect();
    super::say(&format!("  ended: {}", ends.join(", ")));
}
