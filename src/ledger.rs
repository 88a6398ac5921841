//! Owns the record of what was ordered, by whom, on which facts, and how it went: an append-only SQLite file, in which
//! each record is chained to the one before it by SHA-256; and, apart from the chain, what was [`seen`] of the cluster.
//!
//! It never decides and never sends. One thread writes; whoever appends is answered when the row is on disk
//! (`synchronous=FULL`, after COMMIT), or with one sentence on why it is not. Invariants: a row is never changed or
//! removed; an acknowledgement that could not be stored within [`APPEND_LIMIT`] is answered with a failure for good,
//! and an operation without that answer is never sent (`operation::life` denies it after the same time by itself,
//! so that a disk that hangs for ever ends in a sentence, not in a frozen screen).

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::operation::Entry;
use crate::timeline::{Sighting, Unkept};

mod adopt;
mod chain;
mod export;
mod failure;
mod head;
pub mod open;
mod place;
pub mod promotions;
pub mod proposals;
mod read;
mod row;
mod schema;
pub mod seen;
mod tables;
#[cfg(test)]
mod tests;
pub mod unsettled;
mod verdict;
mod verify;
mod writer;

pub use export::{ExportError, check_export};
pub use failure::LedgerError;
pub use head::{Head, Remembered};
pub use open::Open;
pub use proposals::Proposals;
pub use read::Reader;
pub use row::Row;
pub use seen::Keeper;
pub use verdict::{Broken, Fault, Genesis, Verdict, Whole};

/// How long an append may take before it counts as failed: the patience of `operation::life` with the ledger.
pub const APPEND_LIMIT: Duration = Duration::from_secs(10);

/// How many appends may wait for the disk; more are refused at once.
const BACKLOG: usize = 256;

/// Returns where the ledger is unless somebody names another place: `$XDG_STATE_HOME/rollgate/ledger.sqlite3`.
pub fn default_path() -> Option<PathBuf> {
    use etcetera::BaseStrategy;
    let base = etcetera::choose_base_strategy().ok()?;
    Some(base.state_dir()?.join("rollgate").join("ledger.sqlite3"))
}

/// An open ledger; the rows themselves outlive it.
pub struct Ledger {
    path: PathBuf,
    writer: writer::Writer,
}

impl Ledger {
    /// Opens the ledger at `path`, and makes its folder (0700) and file (0600) where they are missing.
    ///
    /// Blocks on the disk: call it off the thread that draws.
    ///
    /// # Errors
    /// Says in one sentence what is wrong with the place, the file, or its version.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        let path = place::prepare(path)?;
        let connection = schema::open(&path)?;
        place::check(&path)?;
        let writer = writer::Writer::start(connection, &path)?;
        Ok(Self { path, writer })
    }

    /// Tells whether the file at `path` would take a record now, and writes none; blocks on the disk.
    ///
    /// # Errors
    /// Says in one sentence why it would not.
    pub fn try_write(path: &Path) -> Result<(), LedgerError> {
        place::check(path)?;
        let mut connection = schema::open(path)?;
        let begun = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate);
        begun.and_then(rusqlite::Transaction::rollback).map_err(|error| LedgerError::sqlite(path, &error))
    }

    /// Returns the path of the file, with the links in its folder resolved.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Hands `entry` to the writer and returns at once; `answer` is called from the writer's thread with the record's
    /// number and hash once it is on disk, or with the reason why it is not.
    ///
    /// An acknowledgement is answered `Ok` only within [`APPEND_LIMIT`]; one that comes too late to the disk is not
    /// written. Every other entry is written however late.
    pub fn append(&self, entry: Entry, answer: impl FnOnce(Result<Head, LedgerError>) + Send + 'static) {
        self.writer.append(entry, Instant::now() + APPEND_LIMIT, Box::new(answer));
    }

    /// Hands what was seen to the writer and returns at once; `lost` changes could not be handed on before.
    ///
    /// It is kept when the disk has time for it, after orders; nobody is told whether it was.
    pub fn keep(&self, seen: Vec<Sighting>, lost: u64) {
        self.keeper().keep(Unkept { seen, lost, ..Unkept::default() });
    }

    /// Returns what hands over what was seen; the ledger is closed only after it is gone.
    pub fn keeper(&self) -> Keeper {
        self.writer.keeper()
    }

    /// Returns the failure that ended writing, if one did: until the ledger is opened anew, nothing is taken.
    pub fn failure(&self) -> Option<LedgerError> {
        self.writer.failure()
    }

    /// Opens the same file for reading, on a connection of its own; blocks on the disk.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn reader(&self) -> Result<Reader, LedgerError> {
        Reader::open(&self.path)
    }

    /// Returns the newest `limit` rows, newest first, without the genesis; blocks on the disk.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn entries(&self, limit: usize) -> Result<Vec<Row>, LedgerError> {
        self.reader()?.newest(limit)
    }

    /// Ends the writer when all that waits is answered, at most after `limit`; returns whether all was.
    pub fn close(self, limit: Duration) -> bool {
        self.writer.close(limit)
    }
}
