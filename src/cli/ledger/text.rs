//! Owns what the commands about the ledger say as text.
//!
//! Pure. Invariants: everything recorded is made printable before it is said; "whole" is never said without what it
//! cannot show.

use std::fmt::Write;
use std::path::Path;

use serde_json::Value;

use crate::ledger::{Broken, Fault, Head, Open, Row, Verdict, Whole};
use crate::text::Printable;

const HEADER: [&str; 7] = ["RECORD", "AT", "ORDER", "EVENT", "OPERATION", "ROLLOUT", "USER"];

/// Lists records, one a line.
pub(super) fn list(rows: &[Row]) -> String {
    if rows.is_empty() {
        return "No record is there.\n".to_owned();
    }
    lay(HEADER, rows.iter().map(cells))
}

fn cells(row: &Row) -> [String; 7] {
    let body: Value = serde_json::from_str(&row.body).unwrap_or_default();
    [
        row.seq.to_string(),
        moment(&row.at),
        short(&row.operation),
        event(&row.event, &body),
        printable(said(&body, "/kind")),
        rollout(&body),
        printable(&row.api_user),
    ]
}

/// Says what happened, and whether it was done against what the gates said.
fn event(word: &str, body: &Value) -> String {
    match said(body, "/overrides") {
        "" => printable(word),
        _ => format!("{}, against the gates", Printable::from(word)),
    }
}

fn rollout(body: &Value) -> String {
    match (said(body, "/target/key/namespace"), said(body, "/target/key/name")) {
        ("", "") => "-".to_owned(),
        (namespace, name) => format!("{}/{}", Printable::from(namespace), Printable::from(name)),
    }
}

/// Lists orders of which no end is recorded.
pub(super) fn open(open: &[Open]) -> String {
    if open.is_empty() {
        return "Every recorded order has its end.\n".to_owned();
    }
    let header = ["RECORD", "AT", "ORDER", "OPERATION", "ROLLOUT", "CONTEXT", "KNOWN SO FAR"];
    lay(header, open.iter().map(open_cells))
}

fn open_cells(open: &Open) -> [String; 7] {
    let first = open.entries.first();
    let (kind, rollout, context) = match &open.order {
        Ok(order) => {
            let key = &order.target.key;
            let rollout = format!("{}/{}", Printable::from(&*key.namespace), Printable::from(&*key.name));
            (order.kind.to_string(), rollout, printable(&order.target.context))
        }
        Err(why) => (why.to_string(), "-".to_owned(), "-".to_owned()),
    };
    [
        open.since().to_string(),
        first.map_or_else(String::new, |row| moment(&row.at)),
        short(&open.id.0),
        kind,
        rollout,
        context,
        open.reach_words().to_owned(),
    ]
}

/// Shows all records of one order.
pub(super) fn show(rows: &[Row]) -> String {
    let mut text = String::new();
    if let Some(row) = rows.first() {
        let _ = writeln!(text, "order {}", printable(&row.operation));
    }
    for row in rows {
        let body = serde_json::from_str::<Value>(&row.body);
        let event = event(&row.event, body.as_ref().unwrap_or(&Value::Null));
        let _ = writeln!(text, "\nrecord {}: {event} at {}", row.seq, printable(&row.at));
        let mut line = |name: &str, value: &str| {
            let _ = writeln!(text, "  {name:<24} {}", Printable::from(value));
        };
        line("user", &row.api_user);
        if let Some(actor) = &row.actor {
            leaves(
                &mut line,
                "actor",
                &serde_json::from_str(actor).unwrap_or_else(|_| Value::from(actor.as_str())),
            );
        }
        if let Some(against) =
            body.as_ref().ok().map(|body| said(body, "/overrides")).filter(|it| !it.is_empty())
        {
            line("against the gates", against);
        }
        match &body {
            Ok(body) => leaves(&mut line, "", body),
            Err(_) => line("body", &row.body),
        }
        match (u64::try_from(row.seq), row.hash) {
            (Ok(sequence), Some(hash)) => line("head", &Head { sequence, hash }.to_string()),
            _ => line("head", "none: the file keeps no chain yet"),
        }
    }
    text
}

/// Tells each plain value with the way to it.
fn leaves(line: &mut impl FnMut(&str, &str), way: &str, value: &Value) {
    let under = |name: &str| if way.is_empty() { name.to_owned() } else { format!("{way}.{name}") };
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                leaves(line, &under(&Printable::from(name.as_str()).to_string()), value);
            }
        }
        Value::Array(items) => {
            for (nth, value) in items.iter().enumerate() {
                leaves(line, &under(&nth.to_string()), value);
            }
        }
        Value::Null => {}
        Value::String(text) => line(way, text),
        plain => line(way, &plain.to_string()),
    }
}

/// Says what verifying came to, and what it cannot show.
pub(super) fn verdict(path: &Path, verdict: &Verdict) -> String {
    let path = Printable::from(path.display().to_string());
    match verdict {
        Verdict::Whole(found) => whole(&path, found),
        Verdict::Broken(broken) => format!("broken: {path}\n{}\n", broken_words(broken)),
    }
}

fn broken_words(broken: &Broken) -> String {
    let words = Printable::from(broken.to_string());
    match (&broken.fault, broken.sequence) {
        (Fault::Guards { .. }, _) | (_, 0) => words.to_string(),
        (_, sequence) => {
            format!("{words}\nThe records before it, 0 to {}, follow from one another.", sequence - 1)
        }
    }
}

fn whole(path: &Printable, found: &Whole) -> String {
    let last = found.head.sequence;
    let mut text = format!(
        "whole: {path}\n{} records, 0 to {last}: each follows from the one before it, since {}\nhead: {}\n",
        found.records, found.genesis.at, found.head
    );
    if found.genesis.adopted > 0 {
        let _ = writeln!(
            text,
            "Records 1 to {} are older than the chain: it vouches for them only from then on.",
            found.genesis.adopted
        );
    }
    let cannot = match found.anchored {
        Some(anchor) if anchor == last => "Whether records after it were cut off.".to_owned(),
        Some(anchor) => format!(
            "Whether the records after {anchor}, the newest head that you gave, were rewritten, or others cut off behind them."
        ),
        None => {
            "Whether whoever can write the file has rewritten all of it, or cut off its end: that shows only \
                 beside a head that was kept elsewhere (--head)."
                .to_owned()
        }
    };
    let _ = writeln!(text, "This cannot show:\n  {cannot}\n  Whether what was recorded was true.");
    text
}

pub(in crate::cli) fn lay(header: [&str; 7], rows: impl Iterator<Item = [String; 7]>) -> String {
    let rows: Vec<[String; 7]> = std::iter::once(header.map(str::to_owned)).chain(rows).collect();
    let mut widths = [0; 7];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = Printable::from(cell.as_str()).width().max(*width);
        }
    }
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths) {
            let blanks = width.saturating_sub(Printable::from(cell.as_str()).width()) + 2;
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', blanks));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn said<'a>(body: &'a Value, pointer: &str) -> &'a str {
    body.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn printable(text: &str) -> String {
    Printable::from(text).to_string()
}

/// The end of an id, by which the field manager names the order too.
pub(in crate::cli) fn short(id: &str) -> String {
    let end = id.char_indices().rev().nth(11).map_or(0, |(at, _)| at);
    printable(id.get(end..).unwrap_or(id))
}

/// A time to the second.
pub(in crate::cli) fn moment(at: &str) -> String {
    match at.split_once('.') {
        Some((seconds, _)) => printable(&format!("{seconds}Z")),
        None => printable(at),
    }
}
