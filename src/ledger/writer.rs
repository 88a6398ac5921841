//! Owns the one thread that writes: entries come in by a bounded channel, each is answered after its COMMIT.
//!
//! Nobody waits for it: a full channel refuses at once. Invariants: an answer `Ok` means that the row is on disk; an
//! acknowledgement is not written after its deadline; after a failure of the disk itself nothing is written any more.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::{BACKLOG, LedgerError};
use crate::operation::Entry;

pub(super) type Answer = Box<dyn FnOnce(Result<i64, LedgerError>) + Send>;

struct Job {
    entry: Entry,
    deadline: Instant,
    answer: Answer,
}

pub(super) struct Writer {
    path: PathBuf,
    jobs: SyncSender<Job>,
    ended: Receiver<()>,
}

impl Writer {
    pub(super) fn start(connection: Connection, path: &Path) -> Result<Self, LedgerError> {
        let (jobs, queue) = sync_channel::<Job>(BACKLOG);
        let (end, ended) = sync_channel::<()>(1);
        let mut desk = Desk { connection, path: path.to_owned(), closed: None };
        let thread = move || {
            for job in queue {
                let result = desk.write(&job.entry, job.deadline);
                (job.answer)(result);
            }
            // Closing folds the log into the file; only then is it done. Nobody may be waiting any more.
            drop(desk);
            let _ = end.send(());
        };
        std::thread::Builder::new()
            .name("ledger".into())
            .spawn(thread)
            .map_err(|error| LedgerError::place(path, error))?;
        Ok(Self { path: path.to_owned(), jobs, ended })
    }

    pub(super) fn append(&self, entry: Entry, deadline: Instant, answer: Answer) {
        match self.jobs.try_send(Job { entry, deadline, answer }) {
            Ok(()) => {}
            Err(TrySendError::Full(job)) => (job.answer)(Err(LedgerError::Backlog(self.path.clone()))),
            Err(TrySendError::Disconnected(job)) => (job.answer)(Err(LedgerError::Closed {
                path: self.path.clone(),
                why: "its writer ended".into(),
            })),
        }
    }

    pub(super) fn close(self, limit: Duration) -> bool {
        drop(self.jobs);
        self.ended.recv_timeout(limit).is_ok()
    }
}

/// What the thread works with.
struct Desk {
    connection: Connection,
    path: PathBuf,
    closed: Option<String>,
}

impl Desk {
    fn write(&mut self, entry: &Entry, deadline: Instant) -> Result<i64, LedgerError> {
        if let Some(why) = &self.closed {
            return Err(LedgerError::Closed { path: self.path.clone(), why: why.clone() });
        }
        let binding = entry.is_acknowledgement();
        if binding && Instant::now() >= deadline {
            return Err(LedgerError::TooLate(self.path.clone()));
        }
        let seq = insert(&mut self.connection, entry).map_err(|error| {
            let error = LedgerError::sqlite(&self.path, &error);
            if error.ends_writing() {
                self.closed = Some(error.to_string());
            }
            error
        })?;
        if binding && Instant::now() >= deadline {
            return Err(LedgerError::TooLate(self.path.clone()));
        }
        Ok(seq)
    }
}

fn insert(connection: &mut Connection, entry: &Entry) -> rusqlite::Result<i64> {
    let transaction = Transaction::new(connection, TransactionBehavior::Immediate)?;
    let seq: i64 =
        transaction.query_row("SELECT coalesce(max(seq), 0) + 1 FROM record", [], |row| row.get(0))?;
    let actor = entry.actor.as_ref().map(serde_json::to_string).transpose();
    let actor = actor.map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    transaction.execute(
        "INSERT INTO record (seq, at, operation, entry, event, actor, api_user, body) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            seq,
            entry.at.to_string(),
            &*entry.operation.0,
            entry.number,
            &*entry.event,
            actor,
            entry.user.as_str(),
            entry.body,
        ],
    )?;
    transaction.commit()?;
    Ok(seq)
}
