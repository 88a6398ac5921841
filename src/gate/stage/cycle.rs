//! Owns when a business cycle ends, in the policy's own time zone.
//!
//! Pure, and without a clock.

use jiff::{RoundMode, Timestamp, TimestampRound, Unit};

use crate::gate::policy::Cycle;

/// Returns when a business cycle that is watched from `since` on ends.
pub fn end(cycle: &Cycle, since: Timestamp) -> Timestamp {
    let begins = cycle.from.and_then(|from| {
        let local = since.to_zoned(cycle.zone.clone());
        let today = local.date().to_datetime(from).to_zoned(cycle.zone.clone()).ok()?.timestamp();
        if today >= since {
            return Some(today);
        }
        let tomorrow = local.date().tomorrow().ok()?;
        Some(tomorrow.to_datetime(from).to_zoned(cycle.zone.clone()).ok()?.timestamp())
    });
    begins.unwrap_or(since).checked_add(cycle.lasts).unwrap_or(Timestamp::MAX)
}

/// Writes a time to the minute, which is not over before it is.
pub(super) fn minute(time: Timestamp) -> String {
    let up = TimestampRound::new().smallest(Unit::Minute).mode(RoundMode::Ceil);
    let time = time.round(up).unwrap_or(time);
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}
