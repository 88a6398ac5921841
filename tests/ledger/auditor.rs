//! The second verifier: written from `assets/schema/ledger.md` alone, it shares no line with the program's.
//!
//! It is slow and plain on purpose: all columns as bytes, one list of parts, one hash.

use std::path::Path;

use rusqlite::Connection;
use rusqlite::types::Value;
use sha2::{Digest, Sha256};

/// A record as the file holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    pub seq: i64,
    pub at: Value,
    pub operation: Value,
    pub entry: i64,
    pub event: Value,
    pub actor: Value,
    pub api_user: Value,
    pub body: Value,
    pub hash: Vec<u8>,
}

pub fn records(connection: &Connection) -> Vec<Record> {
    let sql = "SELECT seq, at, operation, entry, event, actor, api_user, body, hash FROM record NOT INDEXED ORDER BY seq";
    let mut statement = connection.prepare(sql).unwrap();
    let record = |row: &rusqlite::Row<'_>| {
        Ok(Record {
            seq: row.get(0)?,
            at: row.get(1)?,
            operation: row.get(2)?,
            entry: row.get(3)?,
            event: row.get(4)?,
            actor: row.get(5)?,
            api_user: row.get(6)?,
            body: row.get(7)?,
            hash: row.get(8)?,
        })
    };
    statement.query_map([], record).unwrap().map(Result::unwrap).collect()
}

/// The hash of a record behind another; nothing where a text is none.
pub fn hash(before: &[u8], record: &Record) -> Option<Vec<u8>> {
    let text = |value: &Value| match value {
        Value::Text(text) => Some([&(text.len() as u64).to_be_bytes()[..], text.as_bytes()].concat()),
        _ => None,
    };
    let actor = if record.actor == Value::Null { vec![0xff; 8] } else { text(&record.actor)? };
    let parts = [
        b"rollgate ledger record v1".to_vec(),
        before.to_vec(),
        record.seq.to_be_bytes().to_vec(),
        text(&record.at)?,
        text(&record.operation)?,
        record.entry.to_be_bytes().to_vec(),
        text(&record.event)?,
        actor,
        text(&record.api_user)?,
        text(&record.body)?,
    ];
    Some(Sha256::digest(parts.concat()).to_vec())
}

/// Says the head of a chain, or the number of the first record that is not as it must be.
pub fn audit(records: &[Record]) -> Result<String, i64> {
    let mut before = vec![0; 32];
    for (expected, record) in records.iter().enumerate() {
        let expected = i64::try_from(expected).unwrap();
        if record.seq != expected || hash(&before, record).as_ref() != Some(&record.hash) {
            return Err(expected);
        }
        before.clone_from(&record.hash);
    }
    let digits: String = before.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("{}:{digits}", records.len() - 1))
}

pub fn audit_file(path: &Path) -> Result<String, i64> {
    audit(&records(&Connection::open(path).unwrap()))
}

/// Writes the hashes anew from record `first` on, as somebody would who hides a change.
pub fn forge(connection: &Connection, first: i64) {
    let mut before = vec![0; 32];
    for record in records(connection) {
        if record.seq >= first {
            let hash = hash(&before, &record).unwrap();
            connection
                .execute("UPDATE record SET hash = ?2 WHERE seq = ?1", rusqlite::params![record.seq, hash])
                .unwrap();
            before = hash;
        } else {
            before = record.hash;
        }
    }
}
