//! Owns how a chain begins: with a genesis in a new file, and before the records that a file of form 1 holds already.
//!
//! It runs inside the caller's transaction, so that a file has either its old form or its new one. It never changes a
//! record's content. Invariant: the genesis says how many records it found, since for those the chain vouches only
//! from then on.

use std::path::Path;

use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde_json::json;

use super::chain::{self, Fields, Sealer};
use super::head::{Hash, Head};
use super::row::Raw;
use super::verdict::Genesis;
use super::{LedgerError, tables};

/// Word of the record that begins a chain.
pub(super) const GENESIS: &str = "genesis";

/// Version of the genesis' body.
const BODY_VERSION: u32 = 1;

/// Begins the chain of an empty file.
pub(super) fn begin(connection: &Connection, path: &Path) -> Result<(), LedgerError> {
    let sqlite = |error: rusqlite::Error| LedgerError::sqlite(path, &error);
    connection.execute_batch(tables::FORM_2).map_err(sqlite)?;
    genesis(connection, 0).map_err(sqlite)?;
    Ok(())
}

/// Chains the records of a file of form 1.
pub(super) fn chain(connection: &Connection, path: &Path) -> Result<(), LedgerError> {
    let sqlite = |error: rusqlite::Error| LedgerError::sqlite(path, &error);
    let aside =
        "DROP TRIGGER record_keeps_rows; DROP TRIGGER record_loses_none; DROP TRIGGER record_replaces_none;
                 ALTER TABLE record RENAME TO record_of_form_1;";
    connection.execute_batch(aside).map_err(sqlite)?;
    connection.execute_batch(tables::FORM_2).map_err(sqlite)?;
    let count: i64 = connection
        .query_row("SELECT count(*) FROM record_of_form_1", [], |row| row.get(0))
        .map_err(sqlite)?;
    let head = genesis(connection, count).map_err(sqlite)?;
    if !moved(connection, head).map_err(sqlite)? {
        return Err(LedgerError::Corrupt(path.to_owned()));
    }
    connection.execute_batch("DROP TABLE record_of_form_1").map_err(sqlite)
}

fn genesis(connection: &Connection, adopted: i64) -> rusqlite::Result<Head> {
    let body = json!({
        "v": BODY_VERSION,
        "chain": chain::FORM,
        "program": concat!("rollgate ", env!("CARGO_PKG_VERSION")),
        "adopted": adopted,
    })
    .to_string();
    let (at, ledger) = (Timestamp::now().to_string(), uuid::Uuid::now_v7().to_string());
    let fields = Fields {
        at: at.as_bytes(),
        operation: ledger.as_bytes(),
        entry: 0,
        event: GENESIS.as_bytes(),
        actor: None,
        api_user: b"",
        body: body.as_bytes(),
    };
    let hash = Sealer::default().seal(&chain::BEFORE_ALL, 0, &fields);
    connection.execute(
        "INSERT INTO record (seq, at, operation, entry, event, api_user, hash, body) VALUES (0, ?1, ?2, 0, ?3, '', ?4, ?5)",
        params![at, ledger, GENESIS, hash, body],
    )?;
    Ok(Head { sequence: 0, hash })
}

/// Copies the old records behind `head`, each with its hash; returns whether they were as a ledger leaves them.
fn moved(connection: &Connection, head: Head) -> rusqlite::Result<bool> {
    let columns = "seq, at, operation, entry, event, actor, api_user, zeroblob(32), body";
    let mut old = connection.prepare(&format!("SELECT {columns} FROM record_of_form_1 ORDER BY seq"))?;
    let mut new = connection.prepare(
        "INSERT INTO record (seq, at, operation, entry, event, actor, api_user, hash, body) \
         SELECT seq, at, operation, entry, event, actor, api_user, ?2, body FROM record_of_form_1 WHERE seq = ?1",
    )?;
    let (mut sealer, mut before, mut next): (Sealer, Hash, u64) = (Sealer::default(), head.hash, 1);
    let mut rows = old.query([])?;
    while let Some(row) = rows.next()? {
        let Ok(raw) = Raw::of(row) else { return Ok(false) };
        if u64::try_from(raw.sequence) != Ok(next) {
            return Ok(false);
        }
        before = sealer.seal(&before, next, &raw.fields);
        new.execute(params![raw.sequence, before])?;
        next += 1;
    }
    Ok(true)
}

/// Reads what a genesis says.
pub(super) fn read(at: &str, ledger: &str, event: &str, body: &str) -> Option<Genesis> {
    let body: serde_json::Value = serde_json::from_str(body).ok()?;
    let says = |name: &str| body.pointer(name);
    let known = event == GENESIS
        && says("/v")?.as_u64()? == u64::from(BODY_VERSION)
        && says("/chain")?.as_str()? == chain::FORM;
    let adopted = says("/adopted")?.as_u64()?;
    known.then_some(())?;
    Some(Genesis { ledger: ledger.to_owned(), at: at.parse().ok()?, adopted })
}
