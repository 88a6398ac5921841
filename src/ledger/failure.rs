//! Owns the sentences in which a ledger fails: what is wrong, and what to do.
//!
//! It never retries. Invariant: every failure names the file, so that a person can look at it.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why the ledger cannot be opened, written or read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// The folder or file is not fit to hold a ledger.
    #[error("the ledger cannot live at {path}: {why}")]
    Place {
        /// Where.
        path: PathBuf,
        /// What is wrong with it, and what to do.
        why: String,
    },
    /// No space is left.
    #[error(
        "the disk (or the quota) is full: nothing could be added to the ledger {0}; make space and try again"
    )]
    Full(PathBuf),
    /// Writing is not allowed.
    #[error("the ledger {0} cannot be written: the file, its folder or its disk is read-only")]
    ReadOnly(PathBuf),
    /// The file is damaged.
    #[error(
        "the ledger {0} is damaged; keep the file as it is for whoever examines it, and name another path"
    )]
    Corrupt(PathBuf),
    /// The file is something else.
    #[error("{0} is not a ledger of this program; name another path")]
    Foreign(PathBuf),
    /// The file was written by a newer program.
    #[error(
        "the ledger {path} has form {found}, this program knows forms up to {known}: use the newer rollgate"
    )]
    Newer {
        /// Where.
        path: PathBuf,
        /// Form of the file.
        found: i64,
        /// Newest form that this program knows.
        known: i64,
    },
    /// There is no file.
    #[error("there is no ledger {0} yet: it begins with the first session that may order something")]
    Absent(PathBuf),
    /// The file is there, and cannot be opened.
    #[error("the ledger {path} cannot be opened: {why}")]
    Unopened {
        /// Where.
        path: PathBuf,
        /// In the system's words.
        why: String,
    },
    /// The last writes stand in a log that cannot be read here.
    #[error(
        "the last records of the ledger {0} stand in a log beside it (-wal) that can be read only where its folder can \
         be written: copy both files to such a folder and name the copy"
    )]
    LogUnread(PathBuf),
    /// The file has no chain yet.
    #[error(
        "the ledger {0} keeps no chain yet: it gets one when a session that may order something opens it"
    )]
    Unchained(PathBuf),
    /// The file is no export of a ledger, or one of a newer program.
    #[error("{0} is no export of a ledger that this program knows")]
    NoExport(PathBuf),
    /// Another process holds the file.
    #[error("the ledger {0} is held by another process: end it, or wait")]
    Busy(PathBuf),
    /// The disk failed to read or to store.
    #[error("the disk failed under the ledger {path}: {why}")]
    Disk {
        /// Where.
        path: PathBuf,
        /// In the system's words.
        why: String,
    },
    /// SQLite refused for another reason.
    #[error("the ledger {path} refused: {why}")]
    Failed {
        /// Where.
        path: PathBuf,
        /// In the system's words.
        why: String,
    },
    /// The bundled library is too old for several processes on one file.
    #[error("SQLite {0} may damage a ledger that several processes write; 3.51.3 or newer is needed")]
    OldLibrary(&'static str),
    /// Too many entries wait for the disk.
    #[error("the ledger {0} does not keep up: too many entries wait for the disk")]
    Backlog(PathBuf),
    /// The entry came to the disk too late.
    #[error("the ledger {0} took too long: the entry does not count")]
    TooLate(PathBuf),
    /// An earlier failure ended writing.
    #[error("the ledger {path} takes nothing more since it failed ({why}); start again to read it anew")]
    Closed {
        /// Where.
        path: PathBuf,
        /// The failure that ended it.
        why: String,
    },
}

impl LedgerError {
    /// Says that the system refused a file operation at `path`.
    pub(super) fn place(path: &Path, why: impl ToString) -> Self {
        Self::Place { path: path.to_owned(), why: why.to_string() }
    }

    /// Translates a failure of SQLite at `path`.
    pub(super) fn sqlite(path: &Path, error: &rusqlite::Error) -> Self {
        let path = path.to_owned();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full(path),
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Self::ReadOnly(path),
            Some(ErrorCode::DatabaseCorrupt) => Self::Corrupt(path),
            Some(ErrorCode::NotADatabase) => Self::Foreign(path),
            Some(ErrorCode::CannotOpen) => Self::Unopened { path, why: error.to_string() },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy(path),
            // The memory that connections share is a file beside the ledger: what it lacks is space (SQLite: os_unix.c, unixShmMap).
            Some(ErrorCode::SystemIoFailure) if is_of_shared_memory(error) => Self::Full(path),
            Some(ErrorCode::SystemIoFailure) => Self::Disk { path, why: error.to_string() },
            _ => Self::Failed { path, why: error.to_string() },
        }
    }

    /// Tells whether nothing may be written after it: what an fsync failed to store, the next one may report as
    /// stored (PostgreSQL's wiki, Fsync_Errors).
    pub(super) fn ends_writing(&self) -> bool {
        matches!(self, Self::Corrupt(_) | Self::Foreign(_) | Self::Disk { .. })
    }
}

fn is_of_shared_memory(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|error| error.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE)
}
