//! Owns what one row holds: as it is read, and as the raw bytes that were hashed.
//!
//! It opens nothing. Invariant: a row that holds what no ledger writes is never taken for one.

use rusqlite::types::ValueRef;

use super::chain::Fields;

/// One row of the ledger, as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Position, from 1 without gaps; 0 is the genesis.
    pub seq: i64,
    /// When it happened, RFC 3339.
    pub at: String,
    /// Identity of the operation.
    pub operation: String,
    /// Position among the operation's entries, from 1.
    pub entry: i64,
    /// Word of the state that was entered ([`crate::operation::State::word`]), or `closed`.
    pub event: String,
    /// Who acknowledged, as JSON ([`crate::operation::Actor`]).
    pub actor: Option<String>,
    /// User as the API server names them.
    pub api_user: String,
    /// SHA-256 of the record and of the one before it; absent in a file that keeps no chain yet.
    pub hash: Option<[u8; 32]>,
    /// Particulars, as JSON.
    pub body: String,
}

/// The columns in the order in which [`Raw`] and [`Row`] read them.
pub(super) const COLUMNS: &str = "seq, at, operation, entry, event, actor, api_user, hash, body";

impl Row {
    /// Reads a row of [`COLUMNS`].
    ///
    /// # Errors
    /// SQLite's, where a column holds another kind of value.
    pub(super) fn of(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            seq: row.get(0)?,
            at: row.get(1)?,
            operation: row.get(2)?,
            entry: row.get(3)?,
            event: row.get(4)?,
            actor: row.get(5)?,
            api_user: row.get(6)?,
            hash: row.get(7)?,
            body: row.get(8)?,
        })
    }
}

/// One row as the bytes that were hashed.
pub(super) struct Raw<'a> {
    pub(super) sequence: i64,
    pub(super) fields: Fields<'a>,
    pub(super) hash: &'a [u8],
}

impl<'a> Raw<'a> {
    /// Reads a row of [`COLUMNS`].
    ///
    /// # Errors
    /// The name of a column that holds another kind of value than a ledger writes.
    pub(super) fn of(row: &'a rusqlite::Row<'_>) -> Result<Self, &'static str> {
        let text = |index, name| match row.get_ref(index) {
            Ok(ValueRef::Text(bytes)) => Ok(bytes),
            _ => Err(name),
        };
        let number = |index, name| match row.get_ref(index) {
            Ok(ValueRef::Integer(number)) => Ok(number),
            _ => Err(name),
        };
        let actor = match row.get_ref(5) {
            Ok(ValueRef::Null) => None,
            _ => Some(text(5, "actor")?),
        };
        let Ok(ValueRef::Blob(hash)) = row.get_ref(7) else { return Err("hash") };
        Ok(Self {
            sequence: number(0, "seq")?,
            fields: Fields {
                at: text(1, "at")?,
                operation: text(2, "operation")?,
                entry: number(3, "entry")?,
                event: text(4, "event")?,
                actor,
                api_user: text(6, "api_user")?,
                body: text(8, "body")?,
            },
            hash,
        })
    }
}
