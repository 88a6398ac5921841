//! Times and durations as Kubernetes and Go write them.
//!
//! It owns the cut to whole seconds that every time in an object has, and Go's way of writing durations. It never asks
//! what time it is. Invariant: what it reads it would read the same from the real cluster.

use jiff::{SignedDuration, Timestamp};

/// Nanoseconds of each of Go's units, longest names first so that `ms` is not read as `m`.
const UNITS: &[(&str, i128)] = &[
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// Cuts a time to whole seconds, as an object that went through the API server has it.
pub fn whole(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

/// Writes a time as objects carry it: RFC 3339, UTC, whole seconds.
pub fn written(time: Timestamp) -> String {
    whole(time).to_string()
}

/// Adds a duration, and stays at the end of time where there is no more of it.
pub fn after(time: Timestamp, duration: SignedDuration) -> Timestamp {
    time.checked_add(duration).unwrap_or(Timestamp::MAX)
}

/// Reads a duration as Go writes it: `90s`, `1h30m`, `-1.5h` (Go: time.ParseDuration).
///
/// # Errors
/// Go's own sentence about what is wrong.
pub fn duration(text: &str) -> Result<SignedDuration, String> {
    let wrong = |what: &str| format!("time: {what} {text:?}");
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(SignedDuration::ZERO);
    }
    if rest.is_empty() {
        return Err(wrong("invalid duration"));
    }
    let mut nanos: i128 = 0;
    while !rest.is_empty() {
        let (number, tail) = split(rest, |c| c.is_ascii_digit() || c == '.');
        let (unit, tail) = split(tail, |c| !c.is_ascii_digit() && c != '.');
        let amount = decimal(number).ok_or_else(|| wrong("invalid duration"))?;
        if unit.is_empty() {
            return Err(wrong("missing unit in duration"));
        }
        let known = UNITS.iter().find(|(name, _)| *name == unit);
        let (_, scale) = known.ok_or_else(|| wrong(&format!("unknown unit {unit:?} in duration")))?;
        nanos = nanos.saturating_add(amount.saturating_mul(*scale) / 1_000_000_000);
        rest = tail;
    }
    if nanos > i128::from(i64::MAX) {
        return Err(wrong("invalid duration"));
    }
    Ok(SignedDuration::from_nanos(i64::try_from(nanos * sign).unwrap_or(i64::MAX)))
}

fn split(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    let end = text.find(|c| !belongs(c)).unwrap_or(text.len());
    text.split_at(end)
}

/// Reads a decimal number in billionths.
fn decimal(text: &str) -> Option<i128> {
    let (before, behind) = text.split_once('.').unwrap_or((text, ""));
    if (before.is_empty() && behind.is_empty()) || behind.contains('.') {
        return None;
    }
    let whole: i128 = if before.is_empty() { 0 } else { before.parse().ok()? };
    let digits: String = behind.chars().chain("000000000".chars()).take(9).collect();
    Some(whole.saturating_mul(1_000_000_000).saturating_add(digits.parse().ok()?))
}

#[cfg(test)]
mod tests;
