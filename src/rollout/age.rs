//! Owns how long ago and how long until, in few characters.
//!
//! It never reads a clock. Source: Kubernetes apimachinery `pkg/util/duration/duration.go`, `HumanDuration`, so that
//! ages read as kubectl's. Invariant: nothing is rounded up.

use jiff::{SignedDuration, Timestamp};

#[cfg(test)]
mod tests;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const YEAR: i64 = 365 * DAY;

/// Tells the time since a moment; `<unknown>` where the moment is not known.
pub fn since(moment: Option<Timestamp>, now: Timestamp) -> String {
    moment.map_or_else(|| "<unknown>".to_owned(), |moment| human(now.duration_since(moment)))
}

/// Writes a duration with two or three significant figures, for example `45s`, `2m3s`, `3h`, `8d`, `2y3d`.
///
/// A second below zero counts as clock drift and reads `0s`; anything longer reads `<invalid>`.
pub fn human(duration: SignedDuration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        ..-1 => "<invalid>".to_owned(),
        -1 => "0s".to_owned(),
        0..120 => format!("{seconds}s"),
        120..600 => two(seconds, (MINUTE, "m"), (1, "s")),
        600..10_800 => format!("{}m", seconds / MINUTE),
        10_800..28_800 => two(seconds, (HOUR, "h"), (MINUTE, "m")),
        28_800..172_800 => format!("{}h", seconds / HOUR),
        172_800..691_200 => two(seconds, (DAY, "d"), (HOUR, "h")),
        691_200..63_072_000 => format!("{}d", seconds / DAY),
        63_072_000..252_288_000 => two(seconds, (YEAR, "y"), (DAY, "d")),
        _ => format!("{}y", seconds / YEAR),
    }
}

/// Writes a large unit and, unless it is zero, a small one.
fn two(seconds: i64, (large, large_sign): (i64, &str), (small, small_sign): (i64, &str)) -> String {
    match seconds % large / small {
        0 => format!("{}{large_sign}", seconds / large),
        rest => format!("{}{large_sign}{rest}{small_sign}", seconds / large),
    }
}
