//! The table: each figure with its median, its range, its target, and whether that was met.
//!
//! It measures nothing. Invariant: a figure without a target is never called met.

use super::measured::Series;

/// How a figure is written.
#[derive(Clone, Copy)]
pub enum Unit {
    Seconds,
    Milliseconds,
    Megabytes,
    KilobytesPerSecond,
    Bytes,
    Percent,
    Times,
    PerSecond,
}

/// What is promised.
#[derive(Clone, Copy)]
pub enum Target {
    AtMost(f64),
    AtLeast(f64),
    None,
}

/// All figures in the order in which they were taken.
#[derive(Default)]
pub struct Table {
    rows: Vec<[String; 6]>,
}

const HEAD: [&str; 6] = ["figure", "Rollouts", "median", "range", "target", ""];

impl Table {
    /// Adds a figure, measured on a fleet of a size (0: on none).
    pub fn add(&mut self, name: &str, size: usize, series: &Series, (unit, target): (Unit, Target)) {
        let Some(median) = series.median() else { return };
        let (target, verdict) = match target {
            Target::AtMost(most) => (format!("≤ {}", unit.write(most)), word(median <= most)),
            Target::AtLeast(least) => (format!("≥ {}", unit.write(least)), word(median >= least)),
            Target::None => (String::new(), ""),
        };
        let (least, most) = series.range();
        let range = format!("{} … {}", unit.write(least), unit.write(most));
        let size = if size == 0 { String::new() } else { thousands(size) };
        let row = [name.to_owned(), size, unit.write(median), range, target, verdict.to_owned()];
        super::say(&row.join("  "));
        self.rows.push(row);
    }

    /// Lays it out as plain text.
    pub fn text(&self) -> String {
        let rows: Vec<_> =
            std::iter::once(HEAD.map(str::to_owned)).chain(self.rows.iter().cloned()).collect();
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: [usize; 6] = std::array::from_fn(width);
        let line = |row: &[String; 6]| {
            let [name, size, median, range, target, verdict] = row;
            let [a, b, c, d, e, _] = widths;
            format!("{name:<a$}  {size:>b$}  {median:>c$}  {range:>d$}  {target:>e$}  {verdict}")
                .trim_end()
                .to_owned()
        };
        rows.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    /// Lays it out as Markdown.
    pub fn markdown(&self) -> String {
        let line = |row: &[String; 6]| format!("| {} |", row.join(" | "));
        let head = [line(&HEAD.map(str::to_owned)), "|---|---:|---:|---:|---:|---|".to_owned()];
        head.into_iter().chain(self.rows.iter().map(line)).collect::<Vec<_>>().join("\n")
    }
}

fn word(met: bool) -> &'static str {
    if met { "met" } else { "missed" }
}

fn thousands(number: usize) -> String {
    if number < 1000 { number.to_string() } else { format!("{},{:03}", number / 1000, number % 1000) }
}

impl Unit {
    fn write(self, value: f64) -> String {
        match self {
            Self::Seconds => format!("{value:.2} s"),
            Self::Milliseconds if value < 100.0 => format!("{value:.1} ms"),
            Self::Milliseconds => format!("{value:.0} ms"),
            Self::Megabytes => format!("{value:.0} MB"),
            Self::KilobytesPerSecond => format!("{value:.1} KB/s"),
            Self::Bytes => format!("{value:.0} B"),
            Self::Percent => format!("{value:.2} %"),
            Self::Times => format!("{value:.2} ×"),
            Self::PerSecond if value < 100.0 => format!("{value:.1} /s"),
            Self::PerSecond => format!("{value:.0} /s"),
        }
    }
}
