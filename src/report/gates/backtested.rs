//! Owns what is said of a policy's past: when it would have passed, failed or fired, as text and as JSON.
//!
//! It judges nothing: the looks are [`crate::gate::replay`]'s. Invariant: every look at which something changed has a line.

use std::fmt::Write;

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{exit_code, number};
use crate::gate::judge::metric::Class;
use crate::gate::judge::score::Word;
use crate::gate::policy::Policy;
use crate::gate::record;
use crate::gate::replay::Look;
use crate::report::{Answer, table};
use crate::text::Printable;

/// Columns of a metric's strip.
const STRIP: usize = 60;

/// A policy's past.
#[derive(Clone, Debug)]
pub struct Past<'a> {
    /// The policy.
    pub policy: &'a Policy,
    /// Hashes of the canary's and of the stable version's pods.
    pub versions: (&'a str, &'a str),
    /// How far apart the looks are.
    pub every: SignedDuration,
    /// The looks, oldest first.
    pub looks: &'a [Look],
    /// What could not be had, and why: name of the metric, sentence.
    pub missing: &'a [(Printable, Printable)],
    /// What was not replayed, and why: a sentence each.
    pub unplayed: &'a [Printable],
}

/// Writes it as text; the exit code is that of the last look.
pub fn text(past: &Past<'_>) -> Answer {
    let (canary, stable) = (Printable::from(past.versions.0), Printable::from(past.versions.1));
    let mut out = format!(
        "policy {}, canary {canary} beside {stable}: {} looks, one every {:#}\n\n",
        Printable::from(&*past.policy.name),
        past.looks.len(),
        past.every
    );
    out.push_str(&changes(past));
    out.push_str(&strips(past));
    let _ = write!(out, "\n{}", firsts(past));
    for (metric, why) in past.missing {
        let _ = writeln!(out, "{metric} could not be had: {why}");
    }
    if let Some(heard) = heard(past) {
        let _ = writeln!(out, "{heard}");
    }
    for what in unreplayed(past) {
        let _ = writeln!(out, "not replayed: {what}");
    }
    Answer { code: code(past), ..Answer::told(out) }
}

/// Returns it as JSON, every look.
pub fn json(past: &Past<'_>) -> Value {
    let first =
        |is: &dyn Fn(&Look) -> bool| past.looks.iter().find(|look| is(look)).map(|look| look.at.to_string());
    let missing = past.missing.iter().map(|(metric, why)| json!({"metric": metric, "why": why}));
    json!({
        "schema": "rollgate/v1",
        "policy": &*past.policy.name,
        "canary": past.versions.0,
        "stable": past.versions.1,
        "every_seconds": past.every.as_secs_f64(),
        "first_pass": first(&|look| look.word == Word::Pass),
        "first_fail": first(&|look| look.word == Word::Fail),
        "first_fired": first(&|look| !look.firing.is_empty()),
        "looks": past.looks.iter().map(|look| written(past.policy, look)).collect::<Vec<_>>(),
        "missing": missing.collect::<Vec<_>>(),
        "not_replayed": unreplayed(past),
    })
}

/// Lists what was not replayed, and why.
fn unreplayed(past: &Past<'_>) -> Vec<Printable> {
    unstaged(past).into_iter().chain(unheard(past)).chain(past.unplayed.iter().cloned()).collect()
}

/// Says for how many looks it was recorded what the policy service said, and how old that was at most.
fn heard(past: &Past<'_>) -> Option<String> {
    let ages = || past.looks.iter().filter_map(|look| look.heard);
    let oldest = SignedDuration::from_secs(ages().max()?.as_secs());
    let (count, looks) = (ages().count(), past.looks.len());
    Some(format!(
        "the policy service at {count} of {looks} looks: from the ledger, as sessions heard it, at most {oldest:#} before"
    ))
}

/// Says for how many looks nobody recorded what the policy service said.
fn unheard(past: &Past<'_>) -> Option<Printable> {
    past.policy.simulation.as_ref()?;
    let unknown = past.looks.iter().filter(|look| look.heard.is_none()).count();
    let waits = if past.policy.triggers.backlog.is_watched() {
        ", triggers overload and approvals"
    } else {
        " and trigger overload"
    };
    (unknown > 0).then(|| {
        Printable::from(format!(
            "policy simulation{waits} at {unknown} of {} looks, since no session recorded what the policy service answered to that: they cannot pass",
            past.looks.len()
        ))
    })
}

/// Says for how many looks the stage is not known.
fn unstaged(past: &Past<'_>) -> Option<Printable> {
    let unknown = past.looks.iter().filter(|look| look.stage.is_none()).count();
    (unknown > 0).then(|| {
        Printable::from(format!(
            "the stage of {unknown} of {} looks, since nothing recorded it: their word is that of score and triggers alone",
            past.looks.len()
        ))
    })
}

/// Returns the exit code: that of the last look's word.
pub fn code(past: &Past<'_>) -> u8 {
    exit_code(past.looks.last().map_or(Word::CannotTell, |look| look.word))
}

fn written(policy: &Policy, look: &Look) -> Value {
    let metrics = policy.metrics.iter().zip(&look.classes);
    let metrics =
        metrics.map(|(metric, class)| json!({"metric": metric.name, "class": record::class(*class)}));
    json!({
        "at": look.at.to_string(),
        "word": record::word(look.word),
        "score": look.score,
        "stage": look.stage.map(record::stage),
        "metrics": metrics.collect::<Vec<_>>(),
        "triggers": look.firing.iter().map(|cause| record::cause(*cause)).collect::<Vec<_>>(),
        "service_age_seconds": look.heard.map(|age| age.as_secs_f64()),
    })
}

/// Lists the looks at which the word, the stage, a metric's class or a trigger changed.
fn changes(past: &Past<'_>) -> String {
    let header = ["FROM", "WORD", "STAGE", "SCORE", "METRICS", "FIRES"].map(str::to_owned);
    let mut rows = vec![header];
    let mut before: Option<&Look> = None;
    for look in past.looks {
        let same = before.is_some_and(|before| {
            let of = |look: &Look| (look.word, look.stage, look.classes.clone(), look.firing.clone());
            of(before) == of(look)
        });
        before = Some(look);
        if same {
            continue;
        }
        let metrics = past.policy.metrics.iter().zip(&look.classes);
        let metrics = metrics
            .map(|(metric, class)| format!("{} {}", Printable::from(&*metric.name), record::class(*class)));
        let firing: Vec<&str> = look.firing.iter().map(|cause| record::cause(*cause)).collect();
        rows.push([
            look.at.to_string(),
            record::word(look.word).to_owned(),
            look.stage.map_or("-", record::stage).to_owned(),
            look.score.map_or_else(|| "-".to_owned(), number),
            metrics.collect::<Vec<_>>().join(", "),
            if firing.is_empty() { "-".to_owned() } else { firing.join(", ") },
        ]);
    }
    table::lay(&rows)
}

/// Draws each metric's classes over time, in one line.
fn strips(past: &Past<'_>) -> String {
    let (count, columns) = (past.looks.len(), past.looks.len().min(STRIP));
    if columns == 0 {
        return String::new();
    }
    let mut rows = Vec::new();
    for (place, metric) in past.policy.metrics.iter().enumerate() {
        let at =
            |column: usize| past.looks.get((column + 1) * count / columns - 1)?.classes.get(place).copied();
        let strip = (0..columns).map(|column| at(column).map_or(' ', letter)).collect();
        rows.push([Printable::from(&*metric.name).to_string(), strip]);
    }
    let legend = "P pass, H high, L low, U unclear, f too few points, - no data, X no data and that fails, ? cannot be computed";
    format!("\n{}{legend}\n", table::lay(&rows))
}

fn letter(class: Class) -> char {
    match class {
        Class::Pass => 'P',
        Class::High => 'H',
        Class::Low => 'L',
        Class::Unclear => 'U',
        Class::TooFew => 'f',
        Class::NoData => '-',
        Class::NoDataFail => 'X',
        Class::Undecidable => '?',
    }
}

/// Says when it would first have passed, failed and fired.
fn firsts(past: &Past<'_>) -> String {
    let first = |word: Word| past.looks.iter().find(|look| look.word == word);
    let mut out = String::new();
    for (word, would) in [(Word::Pass, "passed"), (Word::Fail, "failed")] {
        let _ = match first(word) {
            Some(look) => writeln!(out, "it would first have {would} at {}", look.at),
            None => writeln!(out, "it would never have {would}"),
        };
    }
    if let Some(look) = past.looks.iter().find(|look| !look.firing.is_empty()) {
        let causes: Vec<&str> = look.firing.iter().map(|cause| record::cause(*cause)).collect();
        let _ =
            writeln!(out, "an abort would first have been proposed at {}: {}", look.at, causes.join(", "));
    }
    out
}
