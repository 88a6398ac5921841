//! Owns how measured values are written: short enough for a column, exact enough to compare.
//!
//! It never judges by what it wrote. Invariant: a score keeps the two decimals to which the judge rounds it before it compares, so that
//! what falls short of a threshold never reads as if it reached it.

use crate::text::Printable;

/// Writes a value in about three digits that count; nothing where it is no number.
pub(super) fn value(value: f64) -> Printable {
    let size = value.abs();
    Printable::from(match size {
        _ if !size.is_finite() => String::new(),
        _ if size == 0.0 => "0".to_owned(),
        _ if size >= 1e5 => format!("{value:.1e}"),
        _ if size >= 99.95 => format!("{value:.0}"),
        _ if size >= 9.995 => format!("{value:.1}"),
        _ if size >= 0.01 => format!("{value:.2}"),
        _ if size >= 1e-3 => format!("{value:.4}"),
        _ => format!("{value:.0e}"),
    })
}

/// Writes a difference with its sign.
pub(super) fn signed(difference: f64) -> String {
    let written = value(difference);
    if difference > 0.0 { format!("+{written}") } else { written.to_string() }
}

/// Writes a score, a weight or a share of one in at most two decimals.
pub(super) fn score(score: f64) -> String {
    let written = format!("{score:.2}");
    written.trim_end_matches('0').trim_end_matches('.').to_owned()
}
