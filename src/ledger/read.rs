//! Owns reading: the newest rows, and the operations whose outcome is not yet known.
//!
//! Each read has a connection of its own that cannot write. Invariant: a body is returned byte for byte as stored.

use std::path::Path;

use rusqlite::{Connection, params};

use super::{LedgerError, schema};
use crate::operation::State;

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
    /// Word of the state that was entered ([`State::word`]).
    pub event: String,
    /// Who acknowledged, as JSON ([`crate::operation::Actor`]).
    pub actor: Option<String>,
    /// User as the API server names them.
    pub api_user: String,
    /// Particulars, as JSON.
    pub body: String,
}

/// An operation whose last row is not a final state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenOperation {
    /// The acknowledgement: target, facts and request.
    pub acknowledged: Row,
    /// The newest row; the same where nothing followed.
    pub last: Row,
}

const COLUMNS: &str = "seq, at, operation, entry, event, actor, api_user, body";

pub(super) fn entries(path: &Path, limit: usize) -> Result<Vec<Row>, LedgerError> {
    let connection = schema::open_to_read(path)?;
    let sql = format!("SELECT {COLUMNS} FROM record ORDER BY seq DESC LIMIT ?1");
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    rows(&connection, &sql, params![limit]).map_err(|error| LedgerError::sqlite(path, &error))
}

pub(super) fn open_operations(path: &Path) -> Result<Vec<OpenOperation>, LedgerError> {
    let connection = schema::open_to_read(path)?;
    let finals = State::FINAL_WORDS.map(|word| format!("'{word}'")).join(", ");
    let of = |which: &str| {
        format!(
            "SELECT {COLUMNS} FROM record AS r WHERE {which} AND r.operation IN (
                 SELECT operation FROM record GROUP BY operation
                 HAVING sum(event = 'acknowledged') > 0 AND sum(event IN ({finals})) = 0
             ) ORDER BY r.operation, r.seq"
        )
    };
    let newest = "r.entry = (SELECT max(entry) FROM record WHERE operation = r.operation)";
    let read = || {
        // One transaction, so that both lists are of the same moment.
        let transaction = connection.unchecked_transaction()?;
        let acknowledged = rows(&transaction, &of("r.event = 'acknowledged'"), [])?;
        let last = rows(&transaction, &of(newest), [])?;
        Ok((acknowledged, last))
    };
    let (acknowledged, last) = read().map_err(|error| LedgerError::sqlite(path, &error))?;
    let paired = acknowledged.into_iter().filter_map(|acknowledged| {
        let last = last.iter().find(|row| row.operation == acknowledged.operation)?.clone();
        Some(OpenOperation { acknowledged, last })
    });
    let mut open: Vec<OpenOperation> = paired.collect();
    open.sort_by_key(|operation| operation.acknowledged.seq);
    Ok(open)
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
