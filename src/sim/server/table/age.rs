//! How long ago something was, as Kubernetes abbreviates it (apimachinery: pkg/util/duration/duration.go).
//!
//! It never reads a clock. Invariant: two units at most, and seconds for the first two minutes.

use jiff::Timestamp;
use serde_json::Value;

use super::at;

/// How long ago the time at a path of keys was; `<unknown>` where there is none.
pub(super) fn since(value: &Value, path: &[&str], now: Timestamp) -> String {
    match time(at(value, path)) {
        Some(time) => human(now.as_second().saturating_sub(time.as_second())),
        None => "<unknown>".to_owned(),
    }
}

/// How long ago an object was made.
pub(super) fn age(value: &Value, now: Timestamp) -> Value {
    Value::from(since(value, &["metadata", "creationTimestamp"], now))
}

/// Reads a time.
pub(super) fn time(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

/// Abbreviates a number of seconds.
pub(super) fn human(seconds: i64) -> String {
    const MINUTE: i64 = 60;
    const HOUR: i64 = 60 * MINUTE;
    const DAY: i64 = 24 * HOUR;
    const YEAR: i64 = 365 * DAY;
    let (minutes, hours, days) = (seconds / MINUTE, seconds / HOUR, seconds / DAY);
    match seconds {
        i64::MIN..-1 => "<invalid>".to_owned(),
        -1 => "0s".to_owned(),
        0..120 => format!("{seconds}s"),
        _ if minutes < 10 => two(minutes, "m", seconds % MINUTE, "s"),
        _ if minutes < 180 => format!("{minutes}m"),
        _ if hours < 8 => two(hours, "h", minutes % 60, "m"),
        _ if hours < 48 => format!("{hours}h"),
        _ if days < 8 => two(days, "d", hours % 24, "h"),
        _ if seconds < 2 * YEAR => format!("{days}d"),
        _ if seconds < 8 * YEAR => two(days / 365, "y", days % 365, "d"),
        _ => format!("{}y", days / 365),
    }
}

fn two(major: i64, unit: &str, minor: i64, minor_unit: &str) -> String {
    if minor == 0 { format!("{major}{unit}") } else { format!("{major}{unit}{minor}{minor_unit}") }
}
