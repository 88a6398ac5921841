//! Owns how time is written on a screen, and when what is written will next change.
//!
//! Ages step by one unit (`7s`, `4m`, `3h`, `2d`), so that a quiet screen stays quiet: a program that draws may sleep
//! until [`Ages::next_change`]. It reads no clock. Invariant: an age is never negative.

use jiff::{SignedDuration, Timestamp};

use crate::text::Printable;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Writes ages as of one moment and remembers when the first of them changes.
#[derive(Debug)]
pub struct Ages {
    now: Timestamp,
    next: Option<i64>,
}

impl Ages {
    /// Begins at a moment.
    pub fn at(now: Timestamp) -> Self {
        Self { now, next: None }
    }

    /// Returns the moment.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Writes the time gone by since `since`.
    pub fn since(&mut self, since: Timestamp) -> Printable {
        let seconds = self.now.duration_since(since).as_secs().max(0);
        let unit = unit(seconds);
        self.step(unit - seconds % unit);
        Printable::from(written(seconds))
    }

    /// Writes the time left until `until`; nothing is left after it.
    pub fn until(&mut self, until: Timestamp) -> Printable {
        self.until_at_speed(until, 1)
    }

    /// Writes the time left until `until` in a person's seconds, in each of which `speed` of these pass.
    pub fn until_at_speed(&mut self, until: Timestamp, speed: u32) -> Printable {
        let speed = i32::try_from(speed.max(1)).unwrap_or(i32::MAX);
        let left = until.duration_since(self.now) / speed;
        let seconds = (left.as_secs() + i64::from(left.subsec_nanos() > 0)).max(0);
        let unit = unit(seconds);
        if seconds > 0 {
            self.step((seconds % unit + 1).saturating_mul(speed.into()));
        }
        Printable::from(written(seconds))
    }

    /// Returns how long what was written stays true; `None` where nothing ages.
    pub fn next_change(&self) -> Option<SignedDuration> {
        self.next.map(SignedDuration::from_secs)
    }

    /// Notes that something shown changes at `when`.
    pub fn changes_at(&mut self, when: Timestamp) {
        let seconds = when.duration_since(self.now).as_secs();
        if seconds >= 0 {
            self.step(seconds + 1);
        }
    }

    fn step(&mut self, seconds: i64) {
        self.next = Some(self.next.map_or(seconds, |next| next.min(seconds)).max(1));
    }
}

fn unit(seconds: i64) -> i64 {
    match seconds {
        ..MINUTE => 1,
        MINUTE..HOUR => MINUTE,
        HOUR..DAY => HOUR,
        _ => DAY,
    }
}

fn written(seconds: i64) -> String {
    match seconds {
        ..MINUTE => format!("{seconds}s"),
        MINUTE..HOUR => format!("{}m", seconds / MINUTE),
        HOUR..DAY => format!("{}h", seconds / HOUR),
        _ => format!("{}d", seconds / DAY),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[test]
    fn ages_step_by_one_unit() {
        let mut ages = Ages::at(at(0));
        let all: Vec<String> = [0, 59, 60, 3599, 3600, 86_399, 86_400, 9 * 86_400]
            .into_iter()
            .map(|age| ages.since(at(-age)).to_string())
            .collect();
        assert_eq!(all, ["0s", "59s", "1m", "59m", "1h", "23h", "1d", "9d"]);
    }

    #[test]
    fn the_next_change_is_that_of_the_first_age_to_step() {
        let mut ages = Ages::at(at(0));
        assert_eq!(ages.next_change(), None);
        ages.since(at(-3_700));
        assert_eq!(ages.next_change(), Some(SignedDuration::from_secs(3_500)));
        ages.since(at(-130));
        assert_eq!(ages.next_change(), Some(SignedDuration::from_secs(50)));
        ages.since(at(-3));
        assert_eq!(ages.next_change(), Some(SignedDuration::from_secs(1)));
    }

    #[test]
    fn the_future_is_no_negative_age() {
        assert_eq!(Ages::at(at(0)).since(at(5)).as_str(), "0s");
    }

    #[test]
    fn time_left_runs_down_to_nothing() {
        let mut ages = Ages::at(at(0));
        assert_eq!(ages.until(at(61)).as_str(), "1m");
        assert_eq!(ages.until(at(0)).as_str(), "0s");
        assert_eq!(ages.until(at(-9)).as_str(), "0s");
    }

    #[test]
    fn a_persons_time_left_runs_down_as_slowly_as_their_clock() {
        let mut ages = Ages::at(at(0));
        assert_eq!(ages.until_at_speed(at(120 * 60), 60).as_str(), "2m");
        assert_eq!(Ages::at(at(90 * 60)).until_at_speed(at(120 * 60), 60).as_str(), "30s");
        let mut ages = Ages::at(at(90 * 60));
        ages.until_at_speed(at(120 * 60), 60);
        assert_eq!(ages.next_change(), Some(SignedDuration::from_secs(60)));
    }

    #[test]
    fn time_left_in_minutes_changes_when_the_minute_is_gone() {
        let mut ages = Ages::at(at(0));
        ages.until(at(125));
        assert_eq!(ages.next_change(), Some(SignedDuration::from_secs(6)));
    }
}
