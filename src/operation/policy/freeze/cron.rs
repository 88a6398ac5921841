//! Owns the five fields of cron: minute, hour, day of the month, month, day of the week.
//!
//! It reads and matches; it never waits or runs anything. Source: crontab(5) of Vixie cron, without its nicknames:
//! lists, ranges, steps, English names of three letters, 0 and 7 for Sunday; where day of the month and day of the
//! week are both restricted, either is enough. Invariant: it begins somewhere, and at most [`Cron::MOST`] times a day.

use std::fmt;

use jiff::civil::{Date, Time, Weekday};

/// Beginnings by the clock on the wall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cron {
    written: String,
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Whether a day is found by day of the month or day of the week, instead of by both.
    either: bool,
}

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
/// The longest that each month can be.
const LENGTHS: [u64; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// One field: its name, its bounds, and the words for its numbers, the first for the lowest.
struct Field {
    name: &'static str,
    from: u64,
    to: u64,
    words: &'static [&'static str],
}

const FIELDS: [Field; 5] = [
    Field { name: "minute", from: 0, to: 59, words: &[] },
    Field { name: "hour", from: 0, to: 23, words: &[] },
    Field { name: "day of the month", from: 1, to: 31, words: &[] },
    Field { name: "month", from: 1, to: 12, words: &MONTHS },
    Field { name: "day of the week", from: 0, to: 7, words: &WEEKDAYS },
];

impl Cron {
    /// How often it may begin in a day.
    pub const MOST: u32 = 24;

    /// Reads the five fields, separated by blanks.
    ///
    /// # Errors
    /// Says which field is wrong, in one sentence.
    pub fn parse(written: &str) -> Result<Self, String> {
        let fields: Vec<&str> = written.split_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = fields.as_slice() else {
            return Err(format!(
                "`{written}` has {} fields, not five: minute, hour, day of the month, month, day of the week",
                fields.len()
            ));
        };
        let [minute, hour, day, month, weekday] = &FIELDS;
        let on = weekday.read(weekdays)?;
        let cron = Self {
            written: fields.join(" "),
            minutes: minute.read(minutes)?,
            hours: hour.read(hours)?,
            days: day.read(days)?,
            months: month.read(months)?,
            // Sunday is 0 and 7.
            weekdays: (on | on >> 7) & 0x7f,
            either: !days.starts_with('*') && !weekdays.starts_with('*'),
        };
        cron.check(written)?;
        Ok(cron)
    }

    fn check(&self, written: &str) -> Result<(), String> {
        if self.minutes.count_ones() * self.hours.count_ones() > Self::MOST {
            return Err(format!("`{written}` begins more than {} times a day", Self::MOST));
        }
        let longest =
            (1..).zip(LENGTHS).filter(|(month, _)| has(self.months, *month)).map(|(_, days)| days).max();
        let never = longest.is_none_or(|longest| u64::from(self.days.trailing_zeros()) > longest);
        if never && !self.either {
            return Err(format!("`{written}` names a day that no month has"));
        }
        Ok(())
    }

    /// Tells whether it begins on that day.
    pub fn falls_on(&self, date: Date) -> bool {
        let number = |value: i8| u64::try_from(value).unwrap_or_default();
        let by_date = has(self.days, number(date.day()));
        let by_week = has(self.weekdays, number(Weekday::to_sunday_zero_offset(date.weekday())));
        let day = if self.either { by_date || by_week } else { by_date && by_week };
        day && has(self.months, number(date.month()))
    }

    /// Lists the times at which it begins on such a day.
    pub fn times(&self) -> impl Iterator<Item = Time> + '_ {
        let hours = (0..24_i8).filter(|hour| has(self.hours, u64::try_from(*hour).unwrap_or_default()));
        hours.flat_map(|hour| {
            let minutes =
                (0..60_i8).filter(|minute| has(self.minutes, u64::try_from(*minute).unwrap_or_default()));
            minutes.filter_map(move |minute| Time::new(hour, minute, 0, 0).ok())
        })
    }
}

impl fmt::Display for Cron {
    /// Writes the five fields as they were written.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

impl Field {
    /// Reads a list of `*`, numbers and ranges, each with a step or without, into a set of bits.
    fn read(&self, written: &str) -> Result<u64, String> {
        written.split(',').try_fold(0, |set, part| Ok(set | self.part(part)?))
    }

    fn part(&self, written: &str) -> Result<u64, String> {
        let wrong = || format!("`{written}` is no {} (from {} to {})", self.name, self.from, self.to);
        let (range, step) = match written.split_once('/') {
            None => (written, None),
            Some((range, step)) => (
                range,
                Some(step.parse::<u64>().ok().filter(|step| (1..=60).contains(step)).ok_or_else(wrong)?),
            ),
        };
        let (from, to) = match (range, range.split_once('-')) {
            ("*", _) => (self.from, self.to),
            (_, Some((from, to))) => {
                let from = self.number(from).ok_or_else(wrong)?;
                // A range of weekdays may end with Sunday, whose name stands for 0.
                let to = self.number(to).map(|to| if to == 0 && self.to == 7 { 7 } else { to });
                (from, to.filter(|to| *to <= self.to).ok_or_else(wrong)?)
            }
            (_, None) => {
                let one = self.number(range).ok_or_else(wrong)?;
                (one, if step.is_some() { self.to } else { one })
            }
        };
        if from > to {
            return Err(wrong());
        }
        let step = usize::try_from(step.unwrap_or(1)).unwrap_or(1);
        Ok((from..=to).step_by(step).fold(0, |set, number| set | 1 << number))
    }

    fn number(&self, written: &str) -> Option<u64> {
        if let Some(at) = self.words.iter().position(|word| word.eq_ignore_ascii_case(written)) {
            return u64::try_from(at).ok().map(|at| at + self.from);
        }
        let digits = !written.is_empty() && written.bytes().all(|byte| byte.is_ascii_digit());
        let number = written.parse().ok().filter(|_| digits)?;
        (self.from..=self.to).contains(&number).then_some(number)
    }
}

fn has(set: u64, number: u64) -> bool {
    set >> number & 1 == 1
}
