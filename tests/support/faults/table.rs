//! What a campaign came to, in counts: runs, faults, ends by name, effects, and every broken promise in words.
//!
//! It judges nothing but that nothing came after the judgement. Invariant: a run is counted once, in one row.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::judge::Told;
use super::run::Played;
use super::witness::Write;

/// The counts.
#[derive(Default)]
pub struct Table {
    pub runs: u64,
    pub not_played: Vec<String>,
    pub orders: u64,
    pub effects: u64,
    pub double_effects: u64,
    pub starts: u64,
    pub kills: u64,
    pub broken: Vec<String>,
    pub known: u64,
    pub weather: BTreeMap<&'static str, u64>,
    pub took: Duration,
    rows: BTreeMap<String, Row>,
    ends: BTreeMap<String, u64>,
    judged: Vec<(String, Told, usize, bool)>,
}

#[derive(Default)]
struct Row {
    runs: u64,
    met: u64,
    effects: u64,
    ends: BTreeMap<String, u64>,
}

impl Table {
    /// Counts a run.
    pub fn takes(&mut self, run: Played) {
        self.runs += 1;
        self.starts += run.starts;
        self.kills += u64::from(run.killed);
        self.known += run.known;
        if let Some(why) = run.not_played {
            self.not_played.push(format!("run {}: {why}", run.number));
        }
        let row = self.rows.entry(run.fault).or_default();
        row.runs += 1;
        row.met += u64::from(run.met);
        if run.orders.is_empty() {
            *row.ends.entry("never recorded".into()).or_default() += 1;
            *self.ends.entry("never recorded".into()).or_default() += 1;
        }
        for (told, effects, witnessed) in run.orders {
            self.orders += 1;
            self.effects += effects as u64;
            row.effects += effects as u64;
            *row.ends.entry(told.end.clone()).or_default() += 1;
            *self.ends.entry(told.end.clone()).or_default() += 1;
            self.judged.push((run.namespace.clone(), told, effects, witnessed));
        }
        self.broken.extend(run.broken);
    }

    /// Looks once more for effects, when everything is over: none may have come since.
    ///
    /// # Errors
    /// When the witness cannot be asked.
    pub fn judge_again(&mut self, writes: impl Fn(&str) -> Result<Vec<Write>, String>) -> Result<(), String> {
        for (namespace, told, effects, witnessed) in &self.judged {
            let writes = writes(namespace)?;
            let now = writes.iter().filter(|write| write.order == told.order && write.took_effect()).count();
            self.double_effects += u64::from(now > 1);
            if now != *effects && *witnessed {
                let order = &told.order;
                self.broken
                    .push(format!("order {order}: {effects} effects when it had ended, {now} at the end"));
            }
        }
        Ok(())
    }

    /// How often a fault was really met.
    pub fn met(&self) -> u64 {
        self.rows.iter().filter(|(name, _)| *name != "none").map(|(_, row)| row.met).sum()
    }

    /// Returns the faults that were never met.
    pub fn unmet(&self) -> Vec<&str> {
        self.rows.iter().filter(|(_, row)| row.met == 0).map(|(name, _)| name.as_str()).collect()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = |ends: &BTreeMap<String, u64>| {
            ends.iter().map(|(end, count)| format!("{end} {count}")).collect::<Vec<_>>().join(", ")
        };
        writeln!(f, "| fault at the acknowledgement | runs | met | effects | ends |")?;
        writeln!(f, "|---|---:|---:|---:|---|")?;
        for (name, row) in &self.rows {
            let Row { runs, met, effects, ends } = row;
            writeln!(f, "| {name} | {runs} | {met} | {effects} | {} |", told(ends))?;
        }
        let weather: Vec<String> =
            self.weather.iter().map(|(name, count)| format!("{name}: {count}")).collect();
        writeln!(f, "\nover all of them: {}", weather.join("; "))?;
        writeln!(
            f,
            "{} runs in {:.0} s; {} starts of the program, {} kills of it; {} faults met; {} not played",
            self.runs,
            self.took.as_secs_f64(),
            self.starts,
            self.kills,
            self.met(),
            self.not_played.len(),
        )?;
        writeln!(f, "orders: {}; effects: {}; ends: {}", self.orders, self.effects, told(&self.ends))?;
        writeln!(f, "double effects: {}; broken promises: {}", self.double_effects, self.broken.len())?;
        writeln!(f, "called refused although a copy that came first took effect (known): {}", self.known)?;
        self.not_played.iter().try_for_each(|why| writeln!(f, "not played: {why}"))?;
        self.broken.iter().try_for_each(|why| writeln!(f, "BROKEN: {why}"))
    }
}
