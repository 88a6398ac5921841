//! Owns what `rollgate timeline` says, as text and as JSON (schema `rollgate/v1`, described in `assets/schema/timeline.md`).
//!
//! Pure. Fields of the JSON are only ever added, and all are always present. Invariant: nothing but what is
//! [`crate::text::Printable`] reaches a terminal; the JSON is ASCII.

use std::fmt::Write;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::cli::json as as_json;
use crate::timeline::{Line, Order};

/// Writes lines, oldest first, an order with the facts that it rested on.
pub(super) fn text(lines: &[Line<'_>]) -> String {
    if lines.is_empty() {
        return "Nothing that was ordered or seen fits.\n".to_owned();
    }
    let names: Vec<String> = lines.iter().map(|line| name(*line)).collect();
    let width = names.iter().map(String::len).max().unwrap_or(0).max("ROLLOUT".len());
    let mut text = format!("{:<20} {:<7} {:<8} {:<width$} WHAT\n", "TIME", "CLOCK", "SOURCE", "ROLLOUT");
    for (line, name) in lines.iter().zip(names) {
        let (dial, source) = (line.dial().word(), line.source().word());
        let _ = writeln!(text, "{} {dial:<7} {source:<8} {name:<width$} {}", moment(line.at()), line.text());
        if let Line::Order(order) = line {
            for (name, value) in &order.facts {
                let _ = writeln!(text, "{:<36}  {:width$} on {name}: {value}", "", "");
            }
        }
    }
    text
}

fn name(line: Line<'_>) -> String {
    let key = line.key();
    if key.name.is_empty() {
        return "-".to_owned();
    }
    crate::text::Printable::from(format!("{}/{}", key.namespace, key.name)).to_string()
}

fn moment(at: Timestamp) -> String {
    format!("{at:.0}")
}

/// Writes lines, oldest first.
pub(super) fn json(lines: &[Line<'_>]) -> String {
    let lines: Vec<Value> = lines.iter().map(|line| entry(*line)).collect();
    let value = json!({"schema": as_json::SCHEMA, "timeline": lines});
    as_json::write(&value)
}

/// Tells one line.
pub(super) fn entry(line: Line<'_>) -> Value {
    let (key, scene) = (line.key(), line.scene());
    let seen_at = match line {
        Line::Order(order) => order.at,
        Line::Seen(sighting) => sighting.seen_at,
    };
    json!({
        "at": line.at().to_string(),
        "clock": line.dial().word(),
        "seen_at": seen_at.to_string(),
        "source": line.source().word(),
        "context": scene.context.as_str(),
        "server": scene.server.as_str(),
        "namespace": &*key.namespace,
        "name": &*key.name,
        "text": line.text().as_str(),
        "count": match line {
            Line::Order(_) => 1,
            Line::Seen(sighting) => sighting.count,
        },
        "order": match line {
            Line::Order(it) => order(it),
            Line::Seen(_) => Value::Null,
        },
    })
}

fn order(order: &Order) -> Value {
    let said = |text: &crate::text::Printable| match text.as_str() {
        "" => Value::Null,
        text => Value::from(text),
    };
    let facts = order.facts.iter().map(|(name, value)| (name.to_string(), Value::from(value.as_str())));
    let stages = order.stages.iter().map(
        |stage| json!({"at": stage.at.to_string(), "state": stage.word.as_str(), "note": said(&stage.note)}),
    );
    json!({
        "id": order.id.as_str(),
        "kind": order.kind.as_str(),
        "user": order.user.as_str(),
        "actor": said(&order.actor),
        "role": said(&order.role),
        "reason": said(&order.reason),
        "override": said(&order.override_),
        "consequence": said(&order.consequence),
        "facts": facts.collect::<serde_json::Map<_, _>>(),
        "outcome": order.outcome().as_str(),
        "states": stages.collect::<Vec<_>>(),
    })
}
