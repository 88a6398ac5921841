//! Owns the verification of a ledger: the file's own form, every record from the genesis on, and heads kept outside.
//!
//! It changes nothing and repairs nothing. Several threads walk along pieces of the chain, each from the stored hash
//! of the record before its piece; that hash is itself checked by the piece before. Invariant: "whole" is said only
//! if all pieces hold, from record 0 to the last, and each remembered head is one of them.

use std::ops::RangeInclusive;
use std::path::Path;

use rusqlite::{Connection, params};

use super::chain::{BEFORE_ALL, Walk};
use super::head::{Head, Remembered};
use super::read::{self, Reader};
use super::row::{COLUMNS, Raw};
use super::verdict::{Broken, Fault, Genesis, Verdict, Whole};
use super::{LedgerError, adopt, schema, tables};

/// Fewest records for which another thread is worth its start.
const PIECE: u64 = 4_096;
/// Most threads.
const THREADS: usize = 8;

/// What a part of a verification comes to: it holds, or is broken, or cannot be told.
type Checked<T> = Result<Result<T, Broken>, LedgerError>;

impl Reader {
    /// Verifies the chain as it stands now, and that `remembered` heads are among its records.
    ///
    /// # Errors
    /// Says in one sentence why it cannot be told: the file cannot be read, or keeps no chain yet.
    pub fn verify(&self, remembered: &[Remembered]) -> Result<Verdict, LedgerError> {
        if self.is_unchained() {
            return Err(LedgerError::Unchained(self.path.clone()));
        }
        let checked = self.chain(remembered)?;
        Ok(match checked {
            Ok(whole) => Verdict::Whole(whole),
            Err(broken) => Verdict::Broken(broken),
        })
    }

    fn chain(&self, remembered: &[Remembered]) -> Checked<Whole> {
        // What others append from now on is not looked at: all is read at this moment.
        let moment = self.connection.unchecked_transaction().map_err(|error| self.failure(&error))?;
        let last = match last(&moment) {
            Ok(last) => last,
            Err(error) => return damaged(&Walk::from(0, BEFORE_ALL), &self.path, &error),
        };
        let threads = pieces(last).into_iter().map(|piece| self.begun(piece)).collect();
        let head = match joined(threads, &self.path)? {
            Ok(head) => head,
            Err(broken) => return Ok(Err(broken)),
        };
        if let Err(broken) = guards(&moment).map_err(|error| self.failure(&error))? {
            return Ok(Err(broken));
        }
        let genesis = match self.genesis()? {
            Some(genesis) => genesis,
            None => return Ok(Err(Broken { sequence: 0, fault: Fault::NoGenesis })),
        };
        if let Err(broken) = self.among(remembered, head)? {
            return Ok(Err(broken));
        }
        let anchored = remembered.iter().map(|head| head.sequence).max();
        Ok(Ok(Whole { records: head.sequence.saturating_add(1), head, genesis, anchored }))
    }

    fn genesis(&self) -> Result<Option<Genesis>, LedgerError> {
        let row = self.record(0)?;
        Ok(row.and_then(|row| adopt::read(&row.at, &row.operation, &row.event, &row.body)))
    }

    /// Compares heads kept outside with the records of a chain that holds.
    fn among(&self, remembered: &[Remembered], head: Head) -> Checked<()> {
        let mut all: Vec<&Remembered> = remembered.iter().collect();
        all.sort_by_key(|head| head.sequence);
        for kept in all {
            let broken = |sequence, fault| Ok(Err(Broken { sequence, fault }));
            if kept.sequence > head.sequence {
                let fault = Fault::CutOff { remembered: kept.clone() };
                return broken(head.sequence.saturating_add(1), fault);
            }
            let hash =
                read::hash_of(&self.connection, kept.sequence).map_err(|error| self.failure(&error))?;
            let hash = hash.unwrap_or_default();
            if !kept.is(&hash) {
                let found = Head { sequence: kept.sequence, hash };
                return broken(kept.sequence, Fault::Forgotten { remembered: kept.clone(), found });
            }
        }
        Ok(Ok(()))
    }

    /// Begins to walk along a piece, on a thread of its own.
    fn begun(&self, piece: RangeInclusive<u64>) -> std::thread::JoinHandle<Checked<Head>> {
        let path = self.path.clone();
        std::thread::spawn(move || {
            let (connection, _) = schema::open_to_read(&path)?;
            walk(&connection, &path, piece)
        })
    }
}

/// Returns the number of the last record.
fn last(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("SELECT coalesce(max(seq), -1) FROM record NOT INDEXED", [], |row| row.get(0))
}

/// Parts the numbers up to `last` into pieces, as many as there are processors.
fn pieces(last: i64) -> Vec<RangeInclusive<u64>> {
    let last = u64::try_from(last).unwrap_or(0);
    let processors = std::thread::available_parallelism().map_or(1, |count| count.get().min(THREADS));
    let count = (last / PIECE).clamp(1, processors as u64);
    let size = last / count + 1;
    (0..count).map(|nth| nth * size..=((nth + 1) * size - 1).min(last)).collect()
}

/// Waits for all pieces and returns the first that does not hold, or the head of the last.
fn joined(threads: Vec<std::thread::JoinHandle<Checked<Head>>>, path: &Path) -> Checked<Head> {
    let mut head = None;
    for thread in threads {
        let piece = thread.join().unwrap_or_else(|_| {
            Err(LedgerError::Failed { path: path.to_owned(), why: "a thread ended".into() })
        });
        match piece? {
            Ok(last) => head = Some(last),
            Err(broken) => return Ok(Err(broken)),
        }
    }
    Ok(head.ok_or(Broken { sequence: 0, fault: Fault::NoGenesis }))
}

/// Walks along one piece of the chain.
fn walk(connection: &Connection, path: &Path, piece: RangeInclusive<u64>) -> Checked<Head> {
    let (first, last) = (*piece.start(), *piece.end());
    let before = match first {
        0 => BEFORE_ALL,
        // Where it has none, the piece before says so; what is found here counts for nothing then.
        _ => read::hash_of(connection, first - 1).ok().flatten().unwrap_or(BEFORE_ALL),
    };
    let mut walk = Walk::from(first, before);
    match steps(connection, &mut walk, (first, last)) {
        Ok(Ok(())) if walk.next() > last => Ok(Ok(Head { sequence: last, hash: walk.before() })),
        Ok(Ok(())) => missing(connection, &walk).map_err(|error| LedgerError::sqlite(path, &error)),
        Ok(Err(broken)) => Ok(Err(broken)),
        Err(error) => damaged(&walk, path, &error),
    }
}

fn steps(
    connection: &Connection,
    walk: &mut Walk,
    (first, last): (u64, u64),
) -> rusqlite::Result<Result<(), Broken>> {
    // In the order of the table itself, whatever an index says; below 0 there must be nothing.
    let sql = format!("SELECT {COLUMNS} FROM record NOT INDEXED WHERE seq >= ?1 AND seq <= ?2 ORDER BY seq");
    let from = if first == 0 { i64::MIN } else { i64::try_from(first).unwrap_or(i64::MAX) };
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query(params![from, i64::try_from(last).unwrap_or(i64::MAX)])?;
    while let Some(row) = rows.next()? {
        let step = match Raw::of(row) {
            Ok(raw) => walk.step(raw.sequence, &raw.fields, raw.hash),
            Err(column) => {
                let why = format!("its column `{column}` holds another kind of value");
                Err(walk.broken(Fault::Unreadable { why }))
            }
        };
        if let Err(broken) = step {
            return Ok(Err(broken));
        }
    }
    Ok(Ok(()))
}

/// Says that the record that comes next is missing, and which one follows instead.
fn missing<T>(connection: &Connection, walk: &Walk) -> rusqlite::Result<Result<T, Broken>> {
    let next = i64::try_from(walk.next()).unwrap_or(i64::MAX);
    let found: Option<i64> =
        connection
            .query_row("SELECT min(seq) FROM record NOT INDEXED WHERE seq > ?1", [next], |row| row.get(0))?;
    let found = found.and_then(|found| u64::try_from(found).ok());
    Ok(Err(walk.broken(found.map_or(Fault::NoGenesis, |found| Fault::Missing { found }))))
}

/// Tells a damage of the file, which is a verdict, from what stands in the way of one.
fn damaged<T>(walk: &Walk, path: &Path, error: &rusqlite::Error) -> Checked<T> {
    match LedgerError::sqlite(path, error) {
        LedgerError::Corrupt(_) => Ok(Err(walk.broken(Fault::Damaged { why: error.to_string() }))),
        other => Err(other),
    }
}

/// Compares what stands around the records (columns, triggers, indices) with what this program makes.
fn guards(connection: &Connection) -> rusqlite::Result<Result<(), Broken>> {
    let fresh = Connection::open_in_memory()?;
    fresh.execute_batch(tables::FORM_2)?;
    let (ours, theirs) = (things(&fresh)?, things(connection)?);
    let odd = ours.iter().find(|thing| !theirs.contains(thing)).map(|thing| (thing, "is missing or changed"));
    let odd =
        odd.or_else(|| theirs.iter().find(|thing| !ours.contains(thing)).map(|thing| (thing, "was added")));
    Ok(match odd {
        None => Ok(()),
        Some(((kind, name, _), what)) => {
            let fault = Fault::Guards { what: format!("the {kind} `{name}` {what}") };
            Err(Broken { sequence: 0, fault })
        }
    })
}

type Thing = (String, String, Option<String>);

fn things(connection: &Connection) -> rusqlite::Result<Vec<Thing>> {
    let sql = "SELECT type, name, sql FROM sqlite_schema WHERE tbl_name = 'record' ORDER BY type, name";
    let mut statement = connection.prepare(sql)?;
    statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect()
}
