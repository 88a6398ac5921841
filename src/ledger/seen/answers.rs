//! Owns what the policy service answered about canaries, kept so that their past can be judged again.
//!
//! One row for each answer that was news, numbered for each Rollout: where one may be missing a number is left out, so that nobody takes
//! the one before it for the last word. It never holds more than [`MOST`] rows, none older than [`OLDEST`]. Invariant: the rows of a
//! Rollout have rising numbers, and no row an earlier time than the one before it.

use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::{OLDEST, is_there};
use crate::gate::answered::Row;
use crate::ledger::{LedgerError, Reader};
use crate::rollout::Key;
use crate::timeline::Answer;

/// How many rows are kept.
pub(in crate::ledger) const MOST: i64 = 20_000;

const TABLE: &str = "CREATE TABLE IF NOT EXISTS answer (
    id INTEGER PRIMARY KEY,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    uid TEXT NOT NULL,
    version TEXT NOT NULL,
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS answer_number ON answer (uid, number);
CREATE INDEX IF NOT EXISTS answer_name ON answer (namespace, name);";

/// Keeps answers, and forgets what is too much or too old.
pub(super) fn keep(connection: &Connection, answers: &[Answer]) -> rusqlite::Result<()> {
    let Some(newest) = answers.iter().map(|answer| answer.at).max() else { return Ok(()) };
    connection.execute_batch(TABLE)?;
    for answer in answers {
        insert(connection, answer)?;
    }
    connection.execute("DELETE FROM answer WHERE id <= (SELECT max(id) FROM answer) - ?1", params![MOST])?;
    // Rows stand in the order in which they came, so that the first tells whether there is anything to forget.
    let first: Option<i64> =
        connection.query_row("SELECT at FROM answer ORDER BY id LIMIT 1", [], |row| row.get(0)).optional()?;
    if let (Some(first), Ok(limit)) = (first, newest.checked_sub(OLDEST))
        && first < limit.as_microsecond()
    {
        connection.execute("DELETE FROM answer WHERE at < ?1", params![limit.as_microsecond()])?;
    }
    Ok(())
}

fn insert(connection: &Connection, answer: &Answer) -> rusqlite::Result<()> {
    let last = "SELECT number, at FROM answer WHERE uid = ?1 ORDER BY number DESC LIMIT 1";
    let last: Option<(i64, i64)> = connection
        .prepare_cached(last)?
        .query_row([&*answer.uid], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (number, at) = last.unwrap_or((0, i64::MIN));
    let number = number.saturating_add(if answer.breaks { 2 } else { 1 });
    let sql = "INSERT INTO answer (namespace, name, uid, version, number, at, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    connection.prepare_cached(sql)?.execute(params![
        &*answer.key.namespace,
        &*answer.key.name,
        &*answer.uid,
        &*answer.version,
        number,
        answer.at.as_microsecond().max(at),
        answer.body,
    ])?;
    Ok(())
}

impl Reader {
    /// Returns what was answered about a Rollout of this name, whichever cluster it is in, oldest first; none where nothing was ever kept.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn answers(&self, key: &Key) -> Result<Vec<Row>, LedgerError> {
        let failed = |error: rusqlite::Error| LedgerError::sqlite(&self.path, &error);
        if !is_there(&self.connection, "answer").map_err(failed)? {
            return Ok(Vec::new());
        }
        let read = || {
            let sql = "SELECT uid, version, number, at, body FROM answer WHERE namespace = ?1 AND name = ?2 \
                       ORDER BY uid, number";
            let mut statement = self.connection.prepare(sql)?;
            let word = |row: &rusqlite::Row<'_>, index| row.get::<_, String>(index).map(Arc::from);
            let rows = statement.query_map([&*key.namespace, &*key.name], |row| {
                let at = Timestamp::from_microsecond(row.get(3)?).ok();
                let (uid, canary) = (word(row, 0)?, word(row, 1)?);
                let (number, body) = (row.get(2)?, row.get(4)?);
                Ok(at.map(|at| Row { uid, canary, number, at, body }))
            })?;
            rows.collect::<rusqlite::Result<Vec<Option<Row>>>>()
        };
        Ok(read().map_err(failed)?.into_iter().flatten().collect())
    }
}
