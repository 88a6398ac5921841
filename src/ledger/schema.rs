//! Owns the form of the file: one append-only table, its version, and the settings of every connection.
//!
//! Form 1 held the records without a chain; form 2 chains them, from a genesis (record 0) on. A file of form 1 that is
//! opened for writing gets form 2 in one transaction ([`super::adopt`]). Invariant: a file of a newer form, of another
//! program or of no program is never written to.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::{Duration, Instant};

use percent_encoding::{AsciiSet, CONTROLS, percent_encode};
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};

use super::{LedgerError, adopt};

/// Newest form that this program knows.
pub(super) const FORM: i64 = 2;
/// The form before the chain.
pub(super) const UNCHAINED: i64 = 1;
/// `RLGT`, by which the file says whose it is.
pub(super) const APPLICATION: i64 = 0x524c_4754;
/// First SQLite without the WAL-reset fault, which damages files that several processes write.
const OLDEST_LIBRARY: i32 = 3_051_003;
/// How long a connection waits for another process's write.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// How long is waited between two tries of what SQLite does not wait for itself.
const BETWEEN_TRIES: Duration = Duration::from_millis(10);

/// Opens the file for writing, and gives it its form if it is empty.
pub(super) fn open(path: &Path) -> Result<Connection, LedgerError> {
    if rusqlite::version_number() < OLDEST_LIBRARY {
        return Err(LedgerError::OldLibrary(rusqlite::version()));
    }
    let sqlite = |error: rusqlite::Error| LedgerError::sqlite(path, &error);
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let mut connection = Connection::open_with_flags(path, flags).map_err(sqlite)?;
    configure(&connection).map_err(sqlite)?;
    // Before anything is written, so that a foreign file is left as it is.
    form_now(&connection, path)?;
    write_ahead(&connection, path)?;
    connection.execute_batch("PRAGMA synchronous=FULL").map_err(sqlite)?;
    give_form(&mut connection, path)?;
    Ok(connection)
}

/// Switches to the write-ahead log. SQLite does not wait for others here, whatever its time-out says, so two programs
/// that open a new file at once would refuse each other: it is tried again for as long as any lock is waited for.
fn write_ahead(connection: &Connection, path: &Path) -> Result<(), LedgerError> {
    let begun = Instant::now();
    loop {
        let mode = connection.query_row("PRAGMA journal_mode=WAL", [], |row| row.get::<_, String>(0));
        let busy = match mode {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(_) => {
                return Err(LedgerError::place(
                    path,
                    "this file system does not allow SQLite's write-ahead log",
                ));
            }
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => error,
            Err(error) => return Err(LedgerError::sqlite(path, &error)),
        };
        if begun.elapsed() >= PATIENCE {
            return Err(LedgerError::sqlite(path, &busy));
        }
        std::thread::sleep(BETWEEN_TRIES);
    }
}

/// Opens the file for reading alone, and returns its form.
///
/// Where the folder or the disk is read-only, or the disk is full, SQLite cannot make the shared memory that readers of a
/// write-ahead log use; a file without such a log is then read as one that nobody changes.
pub(super) fn open_to_read(path: &Path) -> Result<(Connection, i64), LedgerError> {
    match read_only(path.as_os_str(), path) {
        Err(LedgerError::ReadOnly(_) | LedgerError::Unopened { .. }) if has_log(path) => {
            Err(LedgerError::LogUnread(path.to_owned()))
        }
        Err(full @ LedgerError::Full(_)) if has_log(path) => Err(full),
        Err(LedgerError::ReadOnly(_) | LedgerError::Unopened { .. } | LedgerError::Full(_)) => {
            let name = percent_encode(path.as_os_str().as_bytes(), PLAIN);
            read_only(OsStr::new(&format!("file:{name}?immutable=1")), path)
        }
        opened => opened,
    }
}

/// Characters that mean something in SQLite's URIs, or nothing in any.
const PLAIN: &AsciiSet = &CONTROLS.add(b' ').add(b'%').add(b'?').add(b'#');

fn read_only(name: &OsStr, path: &Path) -> Result<(Connection, i64), LedgerError> {
    let sqlite = |error: rusqlite::Error| LedgerError::sqlite(path, &error);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_NOFOLLOW
        | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(name, flags).map_err(sqlite)?;
    configure(&connection).map_err(sqlite)?;
    let form = form_now(&connection, path)?;
    Ok((connection, form))
}

fn has_log(path: &Path) -> bool {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    std::fs::metadata(Path::new(&log)).is_ok_and(|file| file.len() > 0)
}

fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(PATIENCE)?;
    connection.execute_batch("PRAGMA trusted_schema=OFF; PRAGMA foreign_keys=ON; PRAGMA cell_size_check=ON")
}

fn number(connection: &Connection, sql: &str, path: &Path) -> Result<i64, LedgerError> {
    connection.query_row(sql, [], |row| row.get(0)).map_err(|error| LedgerError::sqlite(path, &error))
}

/// Returns the form of the file: 0 where it is empty. All of it is read at one moment, since another program may be
/// giving the file its form.
fn form_now(connection: &Connection, path: &Path) -> Result<i64, LedgerError> {
    let moment = connection.unchecked_transaction().map_err(|error| LedgerError::sqlite(path, &error))?;
    form(&moment, path)
}

fn form(connection: &Connection, path: &Path) -> Result<i64, LedgerError> {
    let application = number(connection, "PRAGMA application_id", path)?;
    let found = number(connection, "PRAGMA user_version", path)?;
    let things = number(connection, "SELECT count(*) FROM sqlite_schema", path)?;
    match (application, found) {
        (0, 0) if things == 0 => Ok(0),
        (APPLICATION, 1..=FORM) => Ok(found),
        (APPLICATION, newer) if newer > FORM => {
            Err(LedgerError::Newer { path: path.to_owned(), found: newer, known: FORM })
        }
        _ => Err(LedgerError::Foreign(path.to_owned())),
    }
}

fn give_form(connection: &mut Connection, path: &Path) -> Result<(), LedgerError> {
    let sqlite = |error: rusqlite::Error| LedgerError::sqlite(path, &error);
    let transaction = Transaction::new(connection, TransactionBehavior::Immediate).map_err(sqlite)?;
    match form(&transaction, path)? {
        0 => adopt::begin(&transaction, path)?,
        UNCHAINED => adopt::chain(&transaction, path)?,
        _ => return transaction.commit().map_err(sqlite),
    }
    let versions = format!("PRAGMA application_id={APPLICATION}; PRAGMA user_version={FORM};");
    transaction.execute_batch(&versions).map_err(sqlite)?;
    transaction.commit().map_err(sqlite)
}
