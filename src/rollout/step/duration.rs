//! Owns the spelling of durations in Argo's specs: whole seconds, or Go's `1h30m`.
//!
//! It never guesses: what Go's `time.ParseDuration` refuses reads as nothing. Source: Argo
//! `pkg/apis/rollouts/v1alpha1/types.go`, `RolloutPause.DurationSeconds`. Invariant: no rounding but toward zero.

#[cfg(test)]
mod tests;

/// Reads a pause's duration in whole seconds: a number without unit is seconds, anything else a Go duration.
pub fn seconds(written: &str) -> Option<i64> {
    let whole = written.parse::<i32>().ok().map(i64::from);
    whole.or_else(|| go_nanoseconds(written).map(|nanoseconds| nanoseconds / 1_000_000_000))
}

/// Reads a duration as Go's `time.ParseDuration` does, in nanoseconds.
pub fn go_nanoseconds(written: &str) -> Option<i64> {
    let unsigned = written.strip_prefix(['-', '+']).unwrap_or(written);
    if unsigned == "0" {
        return Some(0);
    }
    let mut rest = unsigned;
    let mut total = 0_i128;
    while !rest.is_empty() {
        let (amount, after) = segment(rest)?;
        total = total.checked_add(amount)?;
        rest = after;
    }
    let signed = if written.starts_with('-') { -total } else { total };
    i64::try_from(signed).ok().filter(|_| !unsigned.is_empty())
}

/// Reads one `NUMBER UNIT`, for example the `1.5h` of `1.5h3m`, in nanoseconds.
fn segment(text: &str) -> Option<(i128, &str)> {
    let (whole, rest) = digits(text);
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(rest) => digits(rest),
        None => ("", rest),
    };
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let end = rest.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(rest.len());
    let (unit, rest) = rest.split_at_checked(end)?;
    let unit = unit_nanoseconds(unit)?;
    let whole = if whole.is_empty() { 0 } else { whole.parse::<i64>().ok()? };
    Some((i128::from(whole) * unit + fraction_of(fraction, unit), rest))
}

fn digits(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// Digits beyond the eighteenth are far below a nanosecond of any unit.
fn fraction_of(digits: &str, unit: i128) -> i128 {
    let places = digits.bytes().take(18);
    let (value, scale) =
        places.fold((0_i128, 1_i128), |(value, scale), b| (value * 10 + i128::from(b - b'0'), scale * 10));
    value * unit / scale
}

fn unit_nanoseconds(unit: &str) -> Option<i128> {
    Some(match unit {
        "ns" => 1,
        "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    })
}
