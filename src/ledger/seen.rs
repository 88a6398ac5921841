//! Owns what was seen of the cluster, kept beside the records and apart from their chain: a table that forgets.
//!
//! It is for looking back, not for proof: nothing vouches for it. It never grows beyond [`MOST`] rows of bounded length
//! or [`OLDEST`], and never stands in an order's way: the writer takes orders first, and what comes faster than the disk
//! is counted, not waited for.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::{LedgerError, Reader, schema};
use crate::rollout::Key;
use crate::text::Printable;
use crate::timeline::{Dial, Record, Scene, Sighting, Source};

mod waiting;

pub(super) use waiting::Waiting;

/// How many rows are kept.
pub const MOST: i64 = 20_000;
/// How long a row is kept.
pub const OLDEST: SignedDuration = SignedDuration::from_hours(24 * 30);

/// The table is no part of the ledger's form: a program that does not know it leaves it alone.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS seen (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    dial TEXT NOT NULL,
    seen_at INTEGER NOT NULL,
    context TEXT NOT NULL,
    server TEXT NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    source TEXT NOT NULL,
    text TEXT NOT NULL
)";

/// How long another process's write is waited for: orders may be waiting for this one.
const PATIENCE: Duration = Duration::from_millis(50);

/// Keeps what was seen, and forgets what is too much or too old, in one transaction.
pub(super) fn keep(connection: &mut Connection, batch: &[Sighting]) -> rusqlite::Result<()> {
    connection.busy_timeout(PATIENCE)?;
    let kept = commit(connection, batch);
    connection.busy_timeout(schema::PATIENCE)?;
    kept
}

fn commit(connection: &mut Connection, batch: &[Sighting]) -> rusqlite::Result<()> {
    let transaction = Transaction::new(connection, TransactionBehavior::Immediate)?;
    transaction.execute_batch(TABLE)?;
    for sighting in batch {
        insert(&transaction, sighting)?;
    }
    transaction.execute("DELETE FROM seen WHERE id <= (SELECT max(id) FROM seen) - ?1", params![MOST])?;
    if let Some(newest) = batch.iter().map(|sighting| sighting.seen_at).max() {
        forget(&transaction, newest)?;
    }
    transaction.commit()
}

fn insert(connection: &Connection, sighting: &Sighting) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO seen (at, dial, seen_at, context, server, namespace, name, source, text) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    statement.execute(params![
        sighting.at.as_microsecond(),
        sighting.dial.word(),
        sighting.seen_at.as_microsecond(),
        sighting.scene.context.as_str(),
        sighting.scene.server.as_str(),
        &*sighting.key.namespace,
        &*sighting.key.name,
        sighting.source.word(),
        sighting.text.as_str(),
    ])?;
    Ok(())
}

/// Rows stand in the order in which they were seen, so that only the first must be looked at.
fn forget(connection: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    let Ok(limit) = now.checked_sub(OLDEST) else { return Ok(()) };
    let limit = limit.as_microsecond();
    let first: Option<i64> = connection
        .query_row("SELECT seen_at FROM seen ORDER BY id LIMIT 1", [], |row| row.get(0))
        .optional()?;
    if first.is_some_and(|first| first < limit) {
        connection.execute("DELETE FROM seen WHERE seen_at < ?1", params![limit])?;
    }
    Ok(())
}

impl Reader {
    /// Returns the newest `limit` sightings that are kept, oldest first; none where nothing was ever kept.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn seen(&self, limit: usize) -> Result<Vec<Sighting>, LedgerError> {
        let failed = |error: rusqlite::Error| LedgerError::sqlite(&self.path, &error);
        if !is_there(&self.connection).map_err(failed)? {
            return Ok(Vec::new());
        }
        let read = || {
            let mut statement = self.connection.prepare(
                "SELECT at, dial, seen_at, context, server, namespace, name, source, text FROM seen \
                 ORDER BY id DESC LIMIT ?1",
            )?;
            let rows = statement.query_map(params![i64::try_from(limit).unwrap_or(i64::MAX)], sighting)?;
            rows.collect::<rusqlite::Result<Vec<Option<Sighting>>>>()
        };
        let mut seen: Vec<Sighting> = read().map_err(failed)?.into_iter().flatten().collect();
        seen.reverse();
        Ok(seen)
    }

    /// Returns the newest `limit` records as a timeline takes them in, oldest first; without those that have no time.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn told(&self, limit: usize) -> Result<Vec<Record>, LedgerError> {
        let rows = self.newest(limit)?.into_iter().rev();
        let record = |row: super::Row| {
            let at = row.at.parse().ok()?;
            let (order, event, actor) = (row.operation, row.event, row.actor);
            Some(Record { order, at, event, actor, user: row.api_user, body: row.body })
        };
        Ok(rows.filter_map(record).collect())
    }
}

fn is_there(connection: &Connection) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'seen')";
    connection.query_row(sql, [], |row| row.get(0))
}

/// Reads a row; nothing where it holds a time or a word that this program does not know.
fn sighting(row: &rusqlite::Row<'_>) -> rusqlite::Result<Option<Sighting>> {
    let word = |index: usize| row.get::<_, String>(index);
    let (at, seen_at): (i64, i64) = (row.get(0)?, row.get(2)?);
    let times = Timestamp::from_microsecond(at).ok().zip(Timestamp::from_microsecond(seen_at).ok());
    let words = Dial::named(&word(1)?).zip(Source::named(&word(7)?));
    let scene = Scene { context: Printable::from(word(3)?), server: Printable::from(word(4)?) };
    let key = Key { namespace: word(5)?.into(), name: word(6)?.into() };
    let text = Printable::from(word(8)?);
    Ok(times.zip(words).map(|((at, seen_at), (dial, source))| Sighting {
        at,
        dial,
        seen_at,
        scene,
        key,
        source,
        text,
    }))
}
