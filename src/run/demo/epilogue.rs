//! Owns what is said when a demo is over: what happened, what the ledger holds, what was done and what was not.
//!
//! It judges nothing itself: the scenario does. It says nothing that is not in the history or in the ledger. Invariant:
//! no line is wider than [`WIDTH`], but for words that are.

use std::path::Path;

use serde_json::Value;

use crate::ledger::{Ledger, Row};
use crate::operation::errand::Wanted;
use crate::sim::scenario::Scenario;
use crate::sim::world::World;
use crate::text::Printable;

/// Columns of a line: it fits the narrowest terminal.
const WIDTH: usize = 78;
/// How many rows of the ledger are told at most.
const ROWS: usize = 40;

/// Says what came of a demo.
pub(super) fn words(scenario: &Scenario, world: &World, ledger: &Path) -> String {
    let mut text = format!("\nrollgate demo: {}, {}\n", scenario.name, scenario.title);
    section(&mut text, "What happened, in the demo's time", &scenario.account(world));
    section(&mut text, "What stood in the ledger", &recorded(ledger));
    let findings = scenario.judge(world).into_iter().map(|finding| {
        let sign = if finding.done { "done:" } else { "not done:" };
        format!("{sign:<10}{}", finding.words)
    });
    section(&mut text, "What was done", &findings.collect::<Vec<_>>());
    text.push_str("\nWhat a good operator would have done:\n");
    wrap(&mut text, &Printable::from(&*scenario.good), "  ");
    if let Some(fault) = world.history().fault() {
        section(&mut text, "The embedded cluster failed", &[fault.to_owned()]);
    }
    text
}

fn section(text: &mut String, title: &str, lines: &[String]) {
    text.push_str(&format!("\n{title}:\n"));
    if lines.is_empty() {
        text.push_str("  nothing\n");
    }
    for line in lines {
        wrap(text, &Printable::from(line.as_str()), "            ");
    }
}

/// Adds a line to a text, broken between words; what goes on stands under `further`.
fn wrap(text: &mut String, line: &Printable, further: &str) {
    let mut used = 0;
    // Blanks that align what follows stay.
    for word in line.as_str().split_inclusive(' ') {
        let width = word.trim_end().chars().count();
        if used == 0 || used + width > WIDTH {
            if used > 0 {
                trim(text);
                text.push('\n');
            }
            let indent = if used == 0 { "  " } else { further };
            text.push_str(indent);
            used = indent.len();
        }
        text.push_str(word);
        used += word.chars().count();
    }
    trim(text);
    text.push('\n');
}

fn trim(text: &mut String) {
    text.truncate(text.trim_end_matches(' ').len());
}

/// Tells the rows of a ledger, the oldest first.
fn recorded(path: &Path) -> Vec<String> {
    if !path.exists() {
        return Vec::new();
    }
    let rows = Ledger::open(path).and_then(|ledger| ledger.entries(ROWS));
    match rows {
        Ok(mut rows) => {
            rows.reverse();
            rows.iter().map(told).collect()
        }
        Err(error) => vec![error.to_string()],
    }
}

fn told(row: &Row) -> String {
    let body: Value = serde_json::from_str(&row.body).unwrap_or_default();
    let text = |path: &str| body.pointer(path).and_then(Value::as_str).unwrap_or_default();
    let time = row.at.get(11..19).unwrap_or(&row.at);
    let kind = text("/kind");
    let (namespace, name) = (text("/target/key/namespace"), text("/target/key/name"));
    format!("{time}  {kind} {namespace}/{name}: {}", outcome(row, &body))
}

fn outcome(row: &Row, body: &Value) -> String {
    let text = |path: &str| body.pointer(path).and_then(Value::as_str).unwrap_or_default();
    let is_errand = Wanted::WORDS.contains(&text("/kind"));
    match row.event.as_str() {
        "acknowledged" => format!("acknowledged by {}: {}", who(row), text("/consequence")),
        "accepted" if body.pointer("/found_by_reading") == Some(&Value::Bool(true)) => {
            "found in effect by reading; the answer had been lost".to_owned()
        }
        "accepted" if is_errand => format!("accepted by the policy service as the run {}", text("/run")),
        "accepted" => "accepted by the API server".to_owned(),
        "refused" if is_errand => format!("refused by the policy service: {}", text("/why")),
        "refused" => format!("refused: {}", text("/answer/refused/why")),
        "in-doubt" if is_errand => format!("in doubt: {}", text("/why")),
        "in-doubt" => format!("in doubt: {}", text("/answer/unknown/why")),
        "observed" if is_errand => format!("done: the run {} was seen, {}", text("/run"), text("/status")),
        "observed" => "done: the controller was seen to act on it".to_owned(),
        "unobserved" => {
            let seconds = body.pointer("/after_seconds").and_then(Value::as_i64).unwrap_or(0);
            format!("the controller had not acted for {seconds} s")
        }
        "denied" | "unclear" if is_errand => format!("{}: {}", row.event, text("/why")),
        "denied" => format!("not sent: {}", text("/why")),
        event => event.to_owned(),
    }
}

/// Names who acknowledged, as the operating system knows them.
fn who(row: &Row) -> String {
    let actor: Value =
        row.actor.as_deref().and_then(|actor| serde_json::from_str(actor).ok()).unwrap_or_default();
    match (actor.pointer("/login").and_then(Value::as_str), actor.pointer("/uid").and_then(Value::as_u64)) {
        (Some(login), _) => login.to_owned(),
        (None, Some(uid)) => format!("user {uid}"),
        (None, None) => "somebody".to_owned(),
    }
}
