//! Owns the one thread that writes: entries come in by a bounded channel, each is answered after its COMMIT.
//! What was seen of the cluster is written between them, in small batches, when no entry waits.
//!
//! What waits is committed together. Nobody waits for it: a full channel refuses at once. Invariants: an answer `Ok`
//! means that the record is on disk and chained to the one before it, whoever wrote that; an acknowledgement is not
//! written after its deadline; after a failure of the disk itself nothing is written any more.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvError, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior, params};

use super::chain::{Fields, Sealer};
use super::head::Head;
use super::seen::{self, Keeper, Waiting};
use super::{BACKLOG, LedgerError, read};
use crate::operation::Entry;

pub(super) type Answer = Box<dyn FnOnce(Result<Head, LedgerError>) + Send>;

/// How many entries are committed together at most.
const GROUP: usize = 64;

/// What the thread is woken for.
pub(super) enum Task {
    /// An entry is to be written.
    #[expect(private_interfaces, reason = "only the bell is rung from elsewhere")]
    Entry(Box<Job>),
    /// Something that was seen waits.
    Seen,
}

struct Job {
    entry: Entry,
    deadline: Instant,
    answer: Answer,
}

impl Task {
    fn into_job(self) -> Option<Job> {
        match self {
            Self::Entry(job) => Some(*job),
            Self::Seen => None,
        }
    }
}

fn without_waiting(queue: &Receiver<Task>) -> Result<Option<Task>, RecvError> {
    match queue.try_recv() {
        Ok(task) => Ok(Some(task)),
        Err(TryRecvError::Empty) => Ok(None),
        Err(TryRecvError::Disconnected) => Err(RecvError),
    }
}

impl Job {
    /// Tells whether it is an acknowledgement that came too late.
    fn is_late(&self) -> bool {
        self.entry.is_acknowledgement() && Instant::now() >= self.deadline
    }
}

pub(super) struct Writer {
    path: PathBuf,
    jobs: SyncSender<Task>,
    seen: Arc<Waiting>,
    /// Waited on by the one that closes; a lock lets the writer be handed around meanwhile.
    ended: Mutex<Receiver<()>>,
    failure: Arc<OnceLock<LedgerError>>,
}

impl Writer {
    pub(super) fn start(connection: Connection, path: &Path) -> Result<Self, LedgerError> {
        let (jobs, queue) = sync_channel::<Task>(BACKLOG);
        let (end, ended) = sync_channel::<()>(1);
        let failure = Arc::new(OnceLock::new());
        let mut desk = Desk {
            connection,
            path: path.to_owned(),
            failure: Arc::clone(&failure),
            sealer: Sealer::default(),
        };
        let seen = Arc::<Waiting>::default();
        let waiting = Arc::clone(&seen);
        let thread = move || {
            let mut more = false;
            // While something that was seen waits, nothing is waited for; an entry still goes first.
            while let Ok(first) = if more { without_waiting(&queue) } else { queue.recv().map(Some) } {
                let tasks = first.into_iter().chain(queue.try_iter().take(GROUP - 1));
                let group: Vec<Job> = tasks.filter_map(Task::into_job).collect();
                if !group.is_empty() {
                    desk.take(group);
                }
                more = desk.keep_next(&waiting);
            }
            while desk.keep_next(&waiting) {}
            // Closing folds the log into the file; only then is it done. Nobody may be waiting any more.
            drop(desk);
            let _ = end.send(());
        };
        std::thread::Builder::new()
            .name("ledger".into())
            .spawn(thread)
            .map_err(|error| LedgerError::place(path, error))?;
        Ok(Self { path: path.to_owned(), jobs, seen, ended: Mutex::new(ended), failure })
    }

    pub(super) fn append(&self, entry: Entry, deadline: Instant, answer: Answer) {
        let (task, why) = match self.jobs.try_send(Task::Entry(Box::new(Job { entry, deadline, answer }))) {
            Ok(()) => return,
            Err(TrySendError::Full(task)) => (task, LedgerError::Backlog(self.path.clone())),
            Err(TrySendError::Disconnected(task)) => {
                (task, LedgerError::Closed { path: self.path.clone(), why: "its writer ended".into() })
            }
        };
        if let Some(job) = task.into_job() {
            (job.answer)(Err(why));
        }
    }

    pub(super) fn keeper(&self) -> Keeper {
        Keeper {
            bell: self.jobs.clone(),
            waiting: Arc::clone(&self.seen),
            failure: Arc::clone(&self.failure),
        }
    }

    pub(super) fn failure(&self) -> Option<LedgerError> {
        self.failure.get().cloned()
    }

    pub(super) fn close(self, limit: Duration) -> bool {
        drop(self.jobs);
        let ended = self.ended.into_inner().unwrap_or_else(PoisonError::into_inner);
        ended.recv_timeout(limit).is_ok()
    }
}

/// What the thread works with.
struct Desk {
    connection: Connection,
    path: PathBuf,
    failure: Arc<OnceLock<LedgerError>>,
    sealer: Sealer,
}

impl Desk {
    /// Writes what came together, and answers each.
    fn take(&mut self, group: Vec<Job>) {
        if let Some(why) = self.failure.get() {
            let closed = LedgerError::Closed { path: self.path.clone(), why: why.to_string() };
            return group.into_iter().for_each(|job| (job.answer)(Err(closed.clone())));
        }
        let (late, due): (Vec<Job>, Vec<Job>) = group.into_iter().partition(Job::is_late);
        for job in late {
            (job.answer)(Err(LedgerError::TooLate(self.path.clone())));
        }
        match self.commit(&due) {
            Ok(stored) => stored.into_iter().zip(due).for_each(|(stored, job)| self.answer(job, stored)),
            // One that is too large for the space that is left must not take the others with it.
            Err(LedgerError::Full(_)) if due.len() > 1 => {
                due.into_iter().for_each(|job| self.take(vec![job]));
            }
            Err(error) => {
                if error.ends_writing() {
                    let _ = self.failure.set(error.clone());
                }
                due.into_iter().for_each(|job| (job.answer)(Err(error.clone())));
            }
        }
    }

    /// Keeps the next of what was seen; what cannot be kept is gone, and counted. Returns whether more may wait.
    fn keep_next(&mut self, waiting: &Waiting) -> bool {
        let Some(batch) = waiting.take().filter(|_| self.failure.get().is_none()) else { return false };
        let Err(error) = seen::keep(&mut self.connection, &batch) else { return true };
        waiting.take_back(batch);
        let error = LedgerError::sqlite(&self.path, &error);
        if error.ends_writing() {
            let _ = self.failure.set(error);
        }
        false
    }

    fn answer(&self, job: Job, stored: Result<Head, LedgerError>) {
        let late = stored.is_ok() && job.is_late();
        (job.answer)(if late { Err(LedgerError::TooLate(self.path.clone())) } else { stored });
    }

    /// Commits all in one transaction; one that the table refuses is left out.
    fn commit(&mut self, jobs: &[Job]) -> Result<Vec<Result<Head, LedgerError>>, LedgerError> {
        if jobs.is_empty() {
            return Ok(Vec::new());
        }
        let path = self.path.clone();
        let entries = jobs.iter().map(|job| &job.entry);
        let stored = self.chained(entries).map_err(|error| LedgerError::sqlite(&path, &error))?;
        let each = stored.into_iter().map(|one| one.map_err(|error| LedgerError::sqlite(&path, &error)));
        Ok(each.collect())
    }

    fn chained<'a>(
        &mut self,
        entries: impl Iterator<Item = &'a Entry>,
    ) -> rusqlite::Result<Vec<rusqlite::Result<Head>>> {
        let transaction = Transaction::new(&mut self.connection, TransactionBehavior::Immediate)?;
        // Another process may have written since; from here until COMMIT none can.
        let mut head = read::head(&transaction)?;
        let mut stored = Vec::new();
        for entry in entries {
            match insert(&transaction, &mut self.sealer, head, entry) {
                Ok(next) => {
                    head = next;
                    stored.push(Ok(next));
                }
                Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
                    stored.push(Err(error));
                }
                Err(error) => return Err(error),
            }
        }
        transaction.commit()?;
        Ok(stored)
    }
}

/// Puts an entry behind `before` and returns the record that it became.
pub(super) fn insert(
    connection: &Connection,
    sealer: &mut Sealer,
    before: Head,
    entry: &Entry,
) -> rusqlite::Result<Head> {
    let actor = entry.actor.as_ref().map(serde_json::to_string).transpose();
    let actor = actor.map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    let (sequence, at) = (before.sequence.saturating_add(1), entry.at.to_string());
    let fields = Fields {
        at: at.as_bytes(),
        operation: entry.operation.0.as_bytes(),
        entry: entry.number.into(),
        event: entry.event.as_bytes(),
        actor: actor.as_deref().map(str::as_bytes),
        api_user: entry.user.as_str().as_bytes(),
        body: entry.body.as_bytes(),
    };
    let hash = sealer.seal(&before.hash, sequence, &fields);
    let mut statement = connection.prepare_cached(
        "INSERT INTO record (seq, at, operation, entry, event, actor, api_user, hash, body) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    let number = i64::try_from(sequence).unwrap_or(i64::MAX);
    statement.execute(params![
        number,
        at,
        &*entry.operation.0,
        entry.number,
        &*entry.event,
        actor,
        entry.user.as_str(),
        hash,
        entry.body,
    ])?;
    Ok(Head { sequence, hash })
}
