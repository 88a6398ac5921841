//! Owns reading: the newest rows, those of one operation, and the head.
//!
//! Each read has a connection of its own that cannot write. Invariant: a body is returned byte for byte as stored.

use std::path::{Path, PathBuf};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, params};

use super::head::{Hash, Head};
use super::open::{self, Open};
use super::row::{COLUMNS, Row};
use super::{LedgerError, place, schema};

/// A ledger that is only read; it may be written by others at the same time.
pub struct Reader {
    pub(super) path: PathBuf,
    pub(super) connection: Connection,
    form: i64,
}

impl Reader {
    /// Opens the ledger at `path`; blocks on the disk, and changes nothing.
    ///
    /// # Errors
    /// Says in one sentence why it cannot be read.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        place::check_readable(path)?;
        let (connection, form) = schema::open_to_read(path)?;
        if form == 0 {
            return Err(LedgerError::Absent(path.to_owned()));
        }
        Ok(Self { path: path.to_owned(), connection, form })
    }

    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the newest `limit` rows, newest first, without the genesis.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn newest(&self, limit: usize) -> Result<Vec<Row>, LedgerError> {
        self.newest_of(limit, |_| true)
    }

    /// Returns the newest `limit` rows that are `wanted`, newest first, without the genesis.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn newest_of(&self, limit: usize, wanted: impl Fn(&Row) -> bool) -> Result<Vec<Row>, LedgerError> {
        let sql = format!("SELECT {} FROM record WHERE seq > 0 ORDER BY seq DESC", self.columns());
        let read = || {
            let mut statement = self.connection.prepare(&sql)?;
            let rows = statement.query_map([], Row::of)?;
            let wanted = rows.filter(|row| row.as_ref().map_or(true, &wanted));
            wanted.take(limit).collect::<rusqlite::Result<Vec<Row>>>()
        };
        read().map_err(|error| self.failure(&error))
    }

    /// Returns the row with this number, if there is one.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn record(&self, sequence: u64) -> Result<Option<Row>, LedgerError> {
        let sql = format!("SELECT {} FROM record WHERE seq = ?1", self.columns());
        Ok(self.rows(&sql, params![i64::try_from(sequence).unwrap_or(i64::MAX)])?.pop())
    }

    /// Returns all rows of an operation, oldest first.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn operation(&self, id: &str) -> Result<Vec<Row>, LedgerError> {
        let sql = format!("SELECT {} FROM record WHERE operation = ?1 ORDER BY entry", self.columns());
        self.rows(&sql, params![id])
    }

    /// Returns the operations whose identity begins or ends with `part`, in no order, at most `limit`.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn named(&self, part: &str, limit: usize) -> Result<Vec<String>, LedgerError> {
        let sql = "SELECT DISTINCT operation FROM record WHERE seq > 0 AND \
                   (substr(operation, 1, length(?1)) = ?1 OR substr(operation, -length(?1)) = ?1) LIMIT ?2";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.words(sql, params![part, limit])
    }

    /// Returns the operations that were acknowledged and whose end is not recorded, oldest first.
    ///
    /// What this or another process is still about is among them.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn open_operations(&self) -> Result<Vec<Open>, LedgerError> {
        let mut found = Vec::new();
        for id in self.words(&open::query(), [])? {
            found.extend(Open::of(&self.operation(&id)?));
        }
        found.sort_by_key(Open::since);
        Ok(found)
    }

    /// Returns the last record; nothing where no chain is kept yet.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn head(&self) -> Result<Option<Head>, LedgerError> {
        if self.is_unchained() {
            return Ok(None);
        }
        head(&self.connection).map(Some).map_err(|error| self.failure(&error))
    }

    /// Tells whether the file has the form before the chain.
    pub(super) fn is_unchained(&self) -> bool {
        self.form == schema::UNCHAINED
    }

    pub(super) fn failure(&self, error: &rusqlite::Error) -> LedgerError {
        LedgerError::sqlite(&self.path, error)
    }

    fn columns(&self) -> String {
        if self.is_unchained() { COLUMNS.replace("hash", "NULL") } else { COLUMNS.to_owned() }
    }

    fn rows(&self, sql: &str, params: impl rusqlite::Params) -> Result<Vec<Row>, LedgerError> {
        let read = || {
            let mut statement = self.connection.prepare(sql)?;
            statement.query_map(params, Row::of)?.collect::<rusqlite::Result<Vec<Row>>>()
        };
        read().map_err(|error| self.failure(&error))
    }

    fn words(&self, sql: &str, params: impl rusqlite::Params) -> Result<Vec<String>, LedgerError> {
        let read = || {
            let mut statement = self.connection.prepare(sql)?;
            statement.query_map(params, |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()
        };
        read().map_err(|error| self.failure(&error))
    }
}

/// Returns the last record of a file that keeps a chain.
pub(super) fn head(connection: &Connection) -> rusqlite::Result<Head> {
    let mut last = connection.prepare_cached("SELECT seq, hash FROM record ORDER BY seq DESC LIMIT 1")?;
    last.query_row([], |row| {
        let sequence: i64 = row.get(0)?;
        let sequence =
            u64::try_from(sequence).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(0, sequence))?;
        Ok(Head { sequence, hash: row.get(1)? })
    })
}

/// Returns the hash of a record, if there is one with that number and it has one.
pub(super) fn hash_of(connection: &Connection, sequence: u64) -> rusqlite::Result<Option<Hash>> {
    let Ok(sequence) = i64::try_from(sequence) else { return Ok(None) };
    let found = connection.query_row("SELECT hash FROM record WHERE seq = ?1", params![sequence], |row| {
        Ok(match row.get_ref(0)? {
            ValueRef::Blob(hash) => Hash::try_from(hash).ok(),
            _ => None,
        })
    });
    found.optional().map(Option::flatten)
}
