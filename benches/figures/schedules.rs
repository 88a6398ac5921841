//! How many schedules of orders, crashes and faults are played in which time, and what they came to.
//!
//! The schedules are those of `cargo test --test simulation`, from more seeds. A promise that one of them breaks is told
//! with its seed, and is a failure; what they came to is printed.

use std::time::Instant;

use super::measured::Series;
use super::schedule;
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
    super::say(&format!("{took:.1} s for {tally:?}"));
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
