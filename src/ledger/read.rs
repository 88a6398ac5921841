//! Owns reading: the newest rows.
//!
//! Each read has a connection of its own that cannot write. Invariant: a body is returned byte for byte as stored.

use std::path::Path;

use rusqlite::{Connection, params};

use super::{LedgerError, schema};

/// One row of the ledger, as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Position, from 1 without gaps.
    pub seq: i64,
    /// When it happened, RFC 3339.
    pub at: String,
    /// Identity of the operation.
    pub operation: String,
    /// Position among the operation's entries, from 1.
    pub entry: i64,
    /// Word of the state that was entered ([`crate::operation::State::word`]).
    pub event: String,
    /// Who acknowledged, as JSON ([`crate::operation::Actor`]).
    pub actor: Option<String>,
    /// User as the API server names them.
    pub api_user: String,
    /// Particulars, as JSON.
    pub body: String,
}

const COLUMNS: &str = "seq, at, operation, entry, event, actor, api_user, body";

pub(super) fn entries(path: &Path, limit: usize) -> Result<Vec<Row>, LedgerError> {
    let connection = schema::open_to_read(path)?;
    let sql = format!("SELECT {COLUMNS} FROM record ORDER BY seq DESC LIMIT ?1");
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    rows(&connection, &sql, params![limit]).map_err(|error| LedgerError::sqlite(path, &error))
}

fn rows(connection: &Connection, sql: &str, params: impl rusqlite::Params) -> rusqlite::Result<Vec<Row>> {
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map(params, |row| {
        Ok(Row {
            seq: row.get(0)?,
            at: row.get(1)?,
            operation: row.get(2)?,
            entry: row.get(3)?,
            event: row.get(4)?,
            actor: row.get(5)?,
            api_user: row.get(6)?,
            body: row.get(7)?,
        })
    })?;
    rows.collect()
}
