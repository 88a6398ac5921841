//! Owns what is said of one verdict without a screen: text, JSON, a page and a picture for the document about an incident.
//!
//! It judges nothing: the word, the score and each metric's part are [`crate::gate`]'s. Invariant: what cannot be told is said as such,
//! never left out and never drawn as good.

use std::fmt::Write;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{Answer, table};
use crate::gate::judge::score::Word;
use crate::gate::policy::lint::Finding;
use crate::gate::stage::Outcome;
use crate::gate::trigger::Reading;
use crate::gate::verdict::{Part, Verdict};
use crate::gate::{Gate, record};
use crate::rollout::{Key, age};
use crate::text::Printable;

pub mod backtested;
mod chart;
pub mod explained;
mod markup;
pub mod page;
pub mod picture;
#[cfg(test)]
mod tests;

/// Cells of the score's bar.
const BAR: usize = 20;

/// One verdict, and what it is of.
#[derive(Clone, Debug)]
pub struct Judged<'a> {
    /// The Rollout.
    pub key: &'a Key,
    /// Hash of the stable version's pods.
    pub stable: &'a str,
    /// What judged, with its evidence.
    pub gate: &'a Gate,
    /// Kubeconfig context and server, or the file that the Rollout was read from.
    pub cluster: Printable,
    /// The ledger's head when it was judged, or why there is none.
    pub ledger: Printable,
    /// What is to be known of the evidence.
    pub notes: &'a [Finding],
    /// As of when it was judged.
    pub now: Timestamp,
}

/// Returns the exit code of a word: 0 pass, 1 hold, 2 fail, 3 cannot tell.
pub fn exit_code(word: Word) -> u8 {
    match word {
        Word::Pass => 0,
        Word::Hold => 1,
        Word::Fail => 2,
        Word::CannotTell => UNTOLD,
    }
}

/// Exit code where it cannot be told.
pub const UNTOLD: u8 = 3;

/// Writes it as text.
pub fn text(judged: &Judged<'_>) -> Answer {
    let word = judged.gate.word(judged.now);
    let mut out = headline(judged);
    out.push_str(&requirements(judged.gate));
    if let Some(verdict) = &judged.gate.verdict {
        out.push_str(&score(judged.gate, verdict));
        let _ = write!(out, "\n{}", metrics(verdict));
    }
    let _ = write!(out, "\n{}", triggers(judged.gate));
    let earliest = judged.gate.verdict.as_ref().and_then(|verdict| verdict.earliest);
    if let Some(at) = earliest.filter(|_| matches!(word, Word::Hold | Word::CannotTell)) {
        let _ = writeln!(out, "\nit could pass from {at} on, if nothing gets worse");
    }
    for note in judged.notes {
        let _ = writeln!(out, "\n{}: {}", note.grade.word(), note.what);
    }
    Answer { code: exit_code(word), ..Answer::told(out) }
}

/// Returns it as JSON: the record of the verdict ([`record::of`]), and what it is of.
pub fn json(judged: &Judged<'_>) -> Value {
    let mut value = record::of(judged.gate, judged.now);
    if let Value::Object(fields) = &mut value {
        fields.insert("schema".to_owned(), json!("rollgate/v1"));
        fields.insert("namespace".to_owned(), json!(&*judged.key.namespace));
        fields.insert("name".to_owned(), json!(&*judged.key.name));
        fields.insert("stable".to_owned(), json!(judged.stable));
        fields.insert("observed_at".to_owned(), json!(judged.now.to_string()));
        let notes = judged.notes.iter().map(|note| json!({"grade": note.grade.word(), "what": note.what}));
        fields.insert("notes".to_owned(), notes.collect());
    }
    value
}

fn headline(judged: &Judged<'_>) -> String {
    let gate = judged.gate;
    let (namespace, name) = (Printable::from(&*judged.key.namespace), Printable::from(&*judged.key.name));
    let mut out = format!(
        "{namespace}/{name}: canary {} beside {}, policy {}, {}, judged as of {}\n",
        Printable::from(&*gate.canary),
        Printable::from(judged.stable),
        Printable::from(&*gate.policy.name),
        judged.cluster,
        judged.now
    );
    let _ = writeln!(out, "{}: {}\n", record::word(gate.word(judged.now)), gate.why(judged.now));
    out
}

/// Says in which stage it is, and how each thing that the stage asks for stands.
fn requirements(gate: &Gate) -> String {
    let Some(standing) = &gate.standing else { return "stage: not known\n".to_owned() };
    let mut out = format!("stage: {}\n", record::stage(standing.stage));
    for (requirement, outcome) in &standing.requirements {
        let why = match outcome {
            Outcome::Met => String::new(),
            Outcome::Held(why) | Outcome::Untold(why) | Outcome::Failed(why) => format!(": {why}"),
        };
        let word = record::word(outcome.word());
        let _ = writeln!(out, "  {}: {word}{why}", record::requirement(*requirement));
    }
    out
}

fn score(gate: &Gate, verdict: &Verdict) -> String {
    let thresholds = gate.policy.thresholds;
    let said = verdict.score.map_or_else(|| "cannot be told".to_owned(), number);
    let mut out = format!(
        "score: {said}  [{}]  passes from {}, a person decides from {}\n",
        bar(verdict.score),
        number(thresholds.pass),
        number(thresholds.marginal)
    );
    for (name, weight, score) in &verdict.groups {
        let score = score.map_or_else(|| "cannot be told".to_owned(), number);
        let _ = writeln!(out, "  {}: {score}, weight {} %", Printable::from(name.as_str()), number(*weight));
    }
    out
}

fn bar(score: Option<f64>) -> String {
    let Some(score) = score else { return "?".repeat(BAR) };
    let full = ((score / 100.0 * BAR as f64).floor().max(0.0) as usize).min(BAR);
    format!("{}{}", "#".repeat(full), "-".repeat(BAR - full))
}

fn metrics(verdict: &Verdict) -> String {
    let header = ["METRIC", "CLASS", "POINTS", "DIFFERENCE", "RATIO", "AGE", "WHY"].map(str::to_owned);
    let rows = verdict.parts.iter().map(row);
    table::lay(&std::iter::once(header).chain(rows).collect::<Vec<_>>())
}

fn row(part: &Part) -> [String; 7] {
    let absent = || "-".to_owned();
    [
        part.name.to_string(),
        class(part),
        format!("{}/{}", part.points.0, part.points.1),
        part.difference.map_or_else(absent, |(lower, _, upper)| between(lower, upper)),
        part.ratio.map_or_else(absent, |ratio| format!("{ratio:.2}")),
        part.age.map_or_else(absent, age::human),
        part.why.to_string(),
    ]
}

/// Names a metric's class; that it alone fails the whole is said with it.
fn class(part: &Part) -> String {
    let class = record::class(part.class);
    if part.critical { format!("{class}, critical") } else { class.to_owned() }
}

fn between(lower: f64, upper: f64) -> String {
    format!("{} to {}", signed(lower), signed(upper))
}

fn triggers(gate: &Gate) -> String {
    let mut out = String::new();
    for (cause, reading) in &gate.triggers {
        let _ = writeln!(out, "trigger {}: {}", record::cause(*cause), trigger(reading));
    }
    out
}

fn trigger(reading: &Reading) -> String {
    match reading {
        Reading::Fires(why) => format!("FIRES: {why}; an abort is proposed"),
        Reading::Rests { headroom } => format!("rests, {:.0} % of its limit is left", headroom * 100.0),
        Reading::Untold(why) => format!("cannot tell: {why}"),
        Reading::Unused => "not used".to_owned(),
    }
}

/// Writes a number in as few digits as tell it, at most four that count.
pub fn number(value: f64) -> String {
    let size = value.abs();
    let text = match size {
        _ if !value.is_finite() => return "not a number".to_owned(),
        _ if size == 0.0 => return "0".to_owned(),
        _ if size >= 1e7 || size < 1e-4 => return format!("{value:.2e}"),
        _ if size >= 1000.0 => format!("{value:.0}"),
        _ if size >= 100.0 => format!("{value:.1}"),
        _ if size >= 10.0 => format!("{value:.2}"),
        _ if size >= 1.0 => format!("{value:.3}"),
        _ if size >= 0.1 => format!("{value:.4}"),
        _ if size >= 0.01 => format!("{value:.5}"),
        _ => format!("{value:.6}"),
    };
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// Writes a number with its sign.
pub fn signed(value: f64) -> String {
    if value > 0.0 { format!("+{}", number(value)) } else { number(value) }
}

/// Writes a time that is not short in words that are: `50m`, `1h 30m`.
pub fn span(time: SignedDuration) -> String {
    format!("{time:#}")
}
