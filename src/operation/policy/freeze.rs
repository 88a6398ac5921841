//! Owns the windows of time in which nothing is brought forward, and when one of them is open.
//!
//! It never reads a clock, nor the files of time zones: a [`TimeZone`] is handed in. Invariant: where the hands of a
//! clock are moved, a doubt is decided for the freeze: a beginning that is skipped counts from the jump, one that
//! comes twice counts twice.

use std::fmt;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Span, Timestamp, ToSpan, Zoned};

use super::pattern::Scope;
use crate::text::Printable;

pub mod cron;

pub use cron::Cron;

/// How far ahead the end of windows that follow each other without a gap is looked for.
const CHAINED: usize = 32;

/// Windows of time in which what [`Scope`] covers is frozen.
#[derive(Clone, Debug)]
pub struct Freeze {
    /// By which it is called, and overridden.
    pub name: Printable,
    /// What it freezes.
    pub scope: Scope,
    /// When its windows begin.
    pub begins: Begin,
    /// How long each lasts: days as the calendar counts them, hours as they pass; at most [`Freeze::LONGEST_DAYS`].
    pub lasts: Span,
    /// In which time zone.
    pub zone: TimeZone,
    /// Whether a person may override it by typing.
    pub grip: Grip,
}

/// When the windows of a freeze begin, by the clock on the wall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begin {
    /// Again and again.
    Each(Cron),
    /// Once.
    Once(DateTime),
}

/// How firmly a freeze holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Grip {
    /// A person may override it by typing its phrase, which is recorded.
    #[default]
    Yields,
    /// Nobody may.
    Holds,
}

impl Freeze {
    /// Longest time that a window may last, in days.
    pub const LONGEST_DAYS: i64 = 366;

    /// Returns when the freeze that is on at `now` ends, windows that touch or overlap taken as one; `None` where none
    /// is on.
    pub fn ends(&self, now: Timestamp) -> Option<Zoned> {
        let mut end = self.window(now)?;
        for _ in 0..CHAINED {
            match self.window(end.timestamp()) {
                Some(later) => end = later,
                None => break,
            }
        }
        Some(end)
    }

    /// Returns when it next begins after `now`, if that is within so long.
    pub fn begins_within(&self, now: Timestamp, within: SignedDuration) -> Option<Timestamp> {
        let until = now.checked_add(within).ok()?;
        let last = until.to_zoned(self.zone.clone()).date().tomorrow().ok()?;
        let first = now.to_zoned(self.zone.clone()).date().yesterday().ok()?;
        let begins = self.beginnings(first, last).map(|begin| begin.timestamp());
        begins.filter(|begin| now < *begin && *begin <= until).min()
    }

    /// Returns the latest end of the windows that hold `now`.
    fn window(&self, now: Timestamp) -> Option<Zoned> {
        let today = now.to_zoned(self.zone.clone()).date();
        // A day more on both sides, since hands that are moved back may cross midnight.
        let first = today.to_datetime(Time::midnight()).checked_sub(self.lasts).ok()?;
        let first = first.checked_sub(2.days()).ok()?.date();
        let begun = self.beginnings(first, today.tomorrow().ok()?).filter(|begin| begin.timestamp() <= now);
        let ends = begun.filter_map(|begin| begin.checked_add(self.lasts).ok());
        ends.filter(|end| end.timestamp() > now).max()
    }

    /// Lists the beginnings on the days from `first` to `last`, and the one beginning of a freeze that has no other.
    fn beginnings(&self, first: Date, last: Date) -> impl Iterator<Item = Zoned> + '_ {
        let (once, cron) = match &self.begins {
            Begin::Once(at) => (Some(*at), None),
            Begin::Each(cron) => (None, Some(cron)),
        };
        let each = cron.into_iter().flat_map(move |cron| {
            let days = first.series(1.day()).take_while(move |day| *day <= last);
            let days = days.filter(|day| cron.falls_on(*day));
            days.flat_map(|day| cron.times().map(move |time| day.to_datetime(time)))
        });
        once.into_iter().chain(each).flat_map(|at| self.moments(at).into_iter().flatten())
    }

    /// Returns the moments at which the clock shows `at`; the moment of the jump where it never does.
    fn moments(&self, at: DateTime) -> [Option<Zoned>; 2] {
        let found = self.zone.to_ambiguous_zoned(at);
        match found.offset() {
            AmbiguousOffset::Unambiguous { .. } => [found.compatible().ok(), None],
            AmbiguousOffset::Fold { .. } => [found.clone().earlier().ok(), found.later().ok()],
            AmbiguousOffset::Gap { .. } => {
                let before = found.clone().earlier().ok();
                let jump = before.and_then(|before| {
                    let jump = self.zone.following(before.timestamp()).next()?.timestamp();
                    Some(jump.to_zoned(self.zone.clone()))
                });
                [jump.or_else(|| found.later().ok()), None]
            }
        }
    }
}

impl fmt::Display for Begin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Each(cron) => cron.fmt(f),
            Self::Once(at) => at.strftime("%Y-%m-%d %H:%M").fmt(f),
        }
    }
}

impl PartialEq for Freeze {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
            && self.scope == other.scope
            && self.begins == other.begins
            && self.lasts.fieldwise() == other.lasts.fieldwise()
            && self.zone == other.zone
            && self.grip == other.grip
    }
}
