//! Owns what was seen of the cluster, kept beside the records and apart from their chain: a table that forgets.
//!
//! It is for looking back, not for proof: nothing vouches for it. It never grows beyond [`MOST`] rows of bounded length
//! or [`OLDEST`], and never stands in an order's way: the writer takes orders first, and what comes faster than the disk
//! is counted, not waited for.

use std::collections::BTreeSet;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::writer::Task;
use super::{LedgerError, Reader, schema};
use crate::rollout::Key;
use crate::text::Printable;
use crate::timeline::{Dial, Record, Scene, Sighting, Source, Unkept};

mod answers;
mod sights;
mod waiting;

pub(super) use waiting::{Batch, Waiting};

#[cfg(test)]
pub(super) use answers::MOST as MOST_ANSWERS;

/// How many rows are kept.
pub const MOST: i64 = 20_000;
/// How many rows of them are Events of one Rollout, at most.
pub const MOST_SAID: i64 = 500;
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
    text TEXT NOT NULL,
    mark TEXT,
    count INTEGER NOT NULL DEFAULT 1
)";
/// Two programs that see the same keep it once. A table of before has no marks yet.
const MARKS: &str = "ALTER TABLE seen ADD COLUMN mark TEXT;
ALTER TABLE seen ADD COLUMN count INTEGER NOT NULL DEFAULT 1;";
const INDICES: &str = "CREATE UNIQUE INDEX IF NOT EXISTS seen_mark ON seen (server, context, mark);
CREATE INDEX IF NOT EXISTS seen_said ON seen (namespace, name, id) WHERE source = 'event';";

/// How long another process's write is waited for: orders may be waiting for this one.
const PATIENCE: Duration = Duration::from_millis(50);

/// Hands what was seen to the ledger's writer, which takes orders first.
pub struct Keeper {
    pub(super) bell: SyncSender<Task>,
    pub(super) waiting: Arc<Waiting>,
    pub(super) failure: Arc<OnceLock<LedgerError>>,
}

impl Keeper {
    /// Hands over what was seen and returns at once; it is kept when the disk has time for it, after orders, and nobody is
    /// told whether it was.
    pub fn keep(&self, unkept: Unkept) {
        if self.waiting.add(unkept) && self.bell.try_send(Task::Seen).is_err() {
            self.waiting.unring();
        }
    }

    /// Returns the failure after which nothing is kept any more, if there was one.
    pub fn failure(&self) -> Option<&LedgerError> {
        self.failure.get()
    }
}

/// Keeps what was seen, and forgets what is too much or too old, in one transaction.
pub(super) fn keep(connection: &mut Connection, batch: &Batch) -> rusqlite::Result<()> {
    connection.busy_timeout(PATIENCE)?;
    let kept = commit(connection, batch);
    connection.busy_timeout(schema::PATIENCE)?;
    kept
}

fn commit(connection: &mut Connection, batch: &Batch) -> rusqlite::Result<()> {
    let transaction = Transaction::new(connection, TransactionBehavior::Immediate)?;
    transaction.execute_batch(TABLE)?;
    if !has_marks(&transaction)? {
        transaction.execute_batch(MARKS)?;
    }
    transaction.execute_batch(INDICES)?;
    for sighting in &batch.seen {
        insert(&transaction, sighting)?;
    }
    thin(&transaction, &batch.seen)?;
    transaction.execute("DELETE FROM seen WHERE id <= (SELECT max(id) FROM seen) - ?1", params![MOST])?;
    if let Some(newest) = batch.seen.iter().map(|sighting| sighting.seen_at).max() {
        forget(&transaction, newest)?;
    }
    sights::keep(&transaction, &batch.sights)?;
    answers::keep(&transaction, &batch.answers)?;
    transaction.commit()
}

/// Keeps a line, unless it is kept already; one that was said more often since takes the place of the one before.
fn insert(connection: &Connection, sighting: &Sighting) -> rusqlite::Result<()> {
    let scene = &sighting.scene;
    let mark = (!sighting.mark.is_empty()).then_some(&*sighting.mark);
    let known = "DELETE FROM seen WHERE server = ?1 AND context = ?2 AND mark = ?3 AND count < ?4";
    connection.prepare_cached(known)?.execute(params![
        scene.server.as_str(),
        scene.context.as_str(),
        mark,
        sighting.count
    ])?;
    let mut statement = connection.prepare_cached(
        "INSERT OR IGNORE INTO seen \
         (at, dial, seen_at, context, server, namespace, name, source, text, mark, count) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?;
    statement.execute(params![
        sighting.at.as_microsecond(),
        sighting.dial.word(),
        sighting.seen_at.as_microsecond(),
        scene.context.as_str(),
        scene.server.as_str(),
        &*sighting.key.namespace,
        &*sighting.key.name,
        sighting.source.word(),
        sighting.text.as_str(),
        mark,
        sighting.count,
    ])?;
    Ok(())
}

/// Leaves of each Rollout that was just told of only the newest Events, so that one that is told of without end does not
/// push out all others.
fn thin(connection: &Connection, seen: &[Sighting]) -> rusqlite::Result<()> {
    let told: BTreeSet<&Key> =
        seen.iter().filter(|one| one.source == Source::Event).map(|one| &one.key).collect();
    let mut statement = connection.prepare_cached(
        "DELETE FROM seen WHERE id IN (SELECT id FROM seen WHERE source = 'event' \
         AND namespace = ?1 AND name = ?2 ORDER BY id DESC LIMIT -1 OFFSET ?3)",
    )?;
    for key in told {
        statement.execute(params![&*key.namespace, &*key.name, MOST_SAID])?;
    }
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
        if !is_there(&self.connection, "seen").map_err(failed)? {
            return Ok(Vec::new());
        }
        let read = || {
            let marks = if has_marks(&self.connection)? { "mark, count" } else { "NULL, 1" };
            let mut statement = self.connection.prepare(&format!(
                "SELECT at, dial, seen_at, context, server, namespace, name, source, text, {marks} FROM seen \
                 ORDER BY id DESC LIMIT ?1",
            ))?;
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

fn is_there(connection: &Connection, table: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1)";
    connection.query_row(sql, [table], |row| row.get(0))
}

fn has_marks(connection: &Connection) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM pragma_table_info('seen') WHERE name = 'mark')";
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
    let mark = row.get::<_, Option<String>>(9)?.unwrap_or_default().into();
    let count = row.get(10)?;
    Ok(times.zip(words).map(|((at, seen_at), (dial, source))| Sighting {
        at,
        dial,
        seen_at,
        scene,
        key,
        source,
        text,
        mark,
        count,
    }))
}
