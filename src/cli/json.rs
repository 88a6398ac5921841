//! Owns what the commands about ledger, orders and timeline say as JSON: schema `rollgate/v1`, described in
//! `assets/schema/ledger.md`.
//!
//! Pure; fields are only ever added, and every field is always present. A body stands as JSON here; its exact bytes are
//! in an export. Invariant: nothing but ASCII is written, so that recorded text is safe on a terminal.

use std::path::Path;

use serde_json::{Value, json};

use crate::ledger::open::Reach;
use crate::ledger::{Fault, Head, Open, Row, Verdict};

/// Name and version of the schema.
pub(super) const SCHEMA: &str = "rollgate/v1";

/// Writes records, in the order given.
pub(super) fn list(path: &Path, rows: &[Row]) -> String {
    let records: Vec<Value> = rows.iter().map(record).collect();
    write(&json!({"schema": SCHEMA, "ledger": path.display().to_string(), "records": records}))
}

pub(super) fn record(row: &Row) -> Value {
    let head = u64::try_from(row.seq).ok().zip(row.hash);
    json!({
        "record": row.seq,
        "at": row.at,
        "order": row.operation,
        "entry": row.entry,
        "event": row.event,
        "actor": row.actor.as_deref().map(parsed),
        "user": row.api_user,
        "body": parsed(&row.body),
        "head": head.map(|(sequence, hash)| Head { sequence, hash }.to_string()),
    })
}

/// JSON as it was recorded; what is none stands as a text.
fn parsed(recorded: &str) -> Value {
    serde_json::from_str(recorded).unwrap_or_else(|_| Value::from(recorded))
}

/// Writes orders of which no end is recorded.
pub(super) fn open(open: &[Open]) -> String {
    let each = open.iter().map(|open| {
        let records: Vec<Value> = open.entries.iter().map(record).collect();
        json!({"order": &*open.id.0, "reach": reach(open.reach()), "records": records})
    });
    write(&json!({"schema": SCHEMA, "open": each.collect::<Vec<_>>()}))
}

pub(super) fn reach(reach: Reach) -> &'static str {
    match reach {
        Reach::MaybeSent => "maybe_sent",
        Reach::InDoubt => "in_doubt",
        Reach::Accepted => "accepted",
        Reach::Unresolved => "unresolved",
        Reach::Unknown => "unknown",
    }
}

/// Writes what verifying came to.
pub(super) fn verdict(path: &Path, verdict: &Verdict) -> String {
    let file = path.display().to_string();
    write(&match verdict {
        Verdict::Whole(whole) => json!({
            "schema": SCHEMA,
            "file": file,
            "verdict": "whole",
            "records": whole.records,
            "head": whole.head.to_string(),
            "ledger": whole.genesis.ledger,
            "since": whole.genesis.at.to_string(),
            "adopted": whole.genesis.adopted,
            "anchored": whole.anchored,
            "broken_at": null,
            "why": null,
        }),
        Verdict::Broken(broken) => json!({
            "schema": SCHEMA,
            "file": file,
            "verdict": "broken",
            "records": null,
            "head": null,
            "ledger": null,
            "since": null,
            "adopted": null,
            "anchored": null,
            "broken_at": (!matches!(broken.fault, Fault::Guards { .. })).then_some(broken.sequence),
            "why": broken.to_string(),
        }),
    })
}

pub(super) fn write(value: &Value) -> String {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    let mut safe = String::with_capacity(text.len() + 1);
    let mut units = [0; 2];
    for c in text.chars() {
        if c == '\n' || (' '..='~').contains(&c) {
            safe.push(c);
        } else {
            // Outside of strings pretty JSON has nothing but ASCII, so that an escape is always within one.
            safe.extend(c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    safe.push('\n');
    safe
}
