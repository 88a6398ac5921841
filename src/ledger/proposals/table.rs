//! Owns the table of proposals: its form, its rows, and what is forgotten.
//!
//! It decides nothing. The table is no part of the ledger's form, so that a program that does not know it leaves it alone; it
//! has a number of its own, by which a later program can change it. Invariant: a row that cannot be read is skipped, and
//! is forgotten in its time like any other.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Held, Holder, MOST, OLDEST};
use crate::operation;
use crate::proposal::{Id, Kept, Proposed, State};
use crate::text::Printable;

/// Newest form of the table that this program knows.
const FORM: i64 = 1;

const TABLE: &str = "CREATE TABLE IF NOT EXISTS proposal_form (form INTEGER NOT NULL);
INSERT INTO proposal_form SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM proposal_form);
CREATE TABLE IF NOT EXISTS proposal (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    made_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL,
    at INTEGER,
    by TEXT,
    why TEXT,
    operation TEXT,
    holder TEXT
);
CREATE INDEX IF NOT EXISTS proposal_open ON proposal (number) WHERE state IN ('open', 'taken');
CREATE INDEX IF NOT EXISTS proposal_made ON proposal (made_at);";

const COLUMNS: &str = "id, body, state, at, by, why, operation";

/// What a table that an earlier program made lacks; programs that do not know it leave it alone.
const ADDED: &str = "ALTER TABLE proposal ADD COLUMN holder TEXT";

/// Makes the table where it is missing.
///
/// # Errors
/// As SQLite says; a table of a newer form is not one that this program can use.
pub(super) fn make(connection: &Connection) -> rusqlite::Result<()> {
    let missing = match (is_there(connection)?, names_holders(connection)?) {
        (false, _) => TABLE,
        (true, false) => ADDED,
        (true, true) => return Ok(()),
    };
    connection.execute_batch(&format!("BEGIN IMMEDIATE;\n{missing};\nCOMMIT;")).or_else(|error| {
        let _ = connection.execute_batch("ROLLBACK");
        // Another program may have been quicker to add it.
        if names_holders(connection)? { Ok(()) } else { Err(error) }
    })
}

/// Tells whether the table is there, in a form that this program knows.
pub(super) fn is_there(connection: &Connection) -> rusqlite::Result<bool> {
    let sql =
        "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('proposal', 'proposal_form')";
    let tables: i64 = connection.query_row(sql, [], |row| row.get(0))?;
    if tables < 2 {
        return Ok(false);
    }
    let form: i64 =
        connection.query_row("SELECT coalesce(max(form), 1) FROM proposal_form", [], |row| row.get(0))?;
    if form > FORM {
        let why = format!(
            "its proposals have form {form}, this program knows forms up to {FORM}: use the newer rollgate"
        );
        return Err(rusqlite::Error::ToSqlConversionFailure(why.into()));
    }
    Ok(true)
}

fn names_holders(connection: &Connection) -> rusqlite::Result<bool> {
    let sql = "SELECT count(*) > 0 FROM pragma_table_info('proposal') WHERE name = 'holder'";
    connection.query_row(sql, [], |row| row.get(0))
}

/// Writes at which program the person sits who took a proposal up.
pub(super) fn hold(connection: &Connection, id: &Id, holder: Option<&Holder>) -> rusqlite::Result<()> {
    let holder = holder.and_then(|holder| serde_json::to_string(holder).ok());
    let sql = "UPDATE proposal SET holder = ?2 WHERE id = ?1";
    connection.prepare_cached(sql)?.execute(params![&*id.0, holder])?;
    Ok(())
}

/// Returns the proposals that are taken up, with the operation and the holder, where they name one.
pub(super) fn held(connection: &Connection) -> rusqlite::Result<Vec<Held>> {
    if !is_there(connection)? || !names_holders(connection)? {
        return Ok(Vec::new());
    }
    let sql = "SELECT id, operation, holder FROM proposal WHERE state = 'taken' AND holder IS NOT NULL";
    let mut statement = connection.prepare_cached(sql)?;
    let text = |row: &Row<'_>, index| row.get::<_, String>(index);
    let found = statement.query_map([], |row| Ok((text(row, 0)?, text(row, 1)?, text(row, 2)?)))?;
    let read = |(id, operation, holder): (String, String, String)| {
        let holder = serde_json::from_str(&holder).ok()?;
        Some(Held { id: Id(id.into()), operation: operation::Id(operation.into()), holder })
    };
    Ok(found.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().filter_map(read).collect())
}

/// Adds a proposal, which is open.
pub(super) fn insert(connection: &Connection, proposed: &Proposed) -> rusqlite::Result<()> {
    let sql = "INSERT INTO proposal (id, made_at, expires_at, body, state) VALUES (?1, ?2, ?3, ?4, 'open')";
    connection.prepare_cached(sql)?.execute(params![
        &*proposed.id.0,
        proposed.made_at.as_microsecond(),
        proposed.expires_at.as_microsecond(),
        proposed.to_json(),
    ])?;
    Ok(())
}

/// Writes how a proposal stands.
pub(super) fn update(connection: &Connection, kept: &Kept) -> rusqlite::Result<()> {
    let (at, by, why, operation) = match &kept.state {
        State::Open => (None, None, None, None),
        State::Taken { at, by, operation } | State::Approved { at, by, operation } => {
            (Some(at), Some(by), None, Some(operation))
        }
        State::Denied { at, by, reason } => (Some(at), Some(by), Some(reason), None),
        State::Expired { at } | State::Withdrawn { at } => (Some(at), None, None, None),
    };
    let sql = "UPDATE proposal SET state = ?2, at = ?3, by = ?4, why = ?5, operation = ?6 WHERE id = ?1";
    connection.prepare_cached(sql)?.execute(params![
        &*kept.proposed.id.0,
        kept.state.word(),
        at.map(|at| at.as_microsecond()),
        by.map(Printable::as_str),
        why.map(Printable::as_str),
        operation.map(|id| &*id.0),
    ])?;
    Ok(())
}

/// Returns the proposals that may be open, and those that were made since then.
pub(super) fn concerned(connection: &Connection, since: Timestamp) -> rusqlite::Result<Vec<Kept>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM proposal WHERE state IN ('open', 'taken') OR made_at > ?1 ORDER BY number"
    );
    rows(connection, &sql, params![since.as_microsecond()])
}

/// Returns the newest proposals, newest first.
pub(super) fn newest(connection: &Connection, limit: usize) -> rusqlite::Result<Vec<Kept>> {
    let sql = format!("SELECT {COLUMNS} FROM proposal ORDER BY number DESC LIMIT ?1");
    rows(connection, &sql, params![i64::try_from(limit).unwrap_or(i64::MAX)])
}

/// Returns one proposal.
pub(super) fn one(connection: &Connection, id: &Id) -> rusqlite::Result<Option<Kept>> {
    let sql = format!("SELECT {COLUMNS} FROM proposal WHERE id = ?1");
    let found = connection.prepare_cached(&sql)?.query_row(params![&*id.0], kept).optional()?;
    Ok(found.flatten())
}

fn rows(connection: &Connection, sql: &str, params: impl rusqlite::Params) -> rusqlite::Result<Vec<Kept>> {
    let mut statement = connection.prepare_cached(sql)?;
    let found = statement.query_map(params, kept)?.collect::<rusqlite::Result<Vec<Option<Kept>>>>()?;
    Ok(found.into_iter().flatten().collect())
}

/// Forgets those that are decided and old, and the oldest of what is too much.
pub(super) fn forget(connection: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    let old = now.checked_sub(OLDEST).unwrap_or(Timestamp::MIN).as_microsecond();
    let sql = "DELETE FROM proposal WHERE expires_at < ?1 AND made_at < ?1";
    connection.prepare_cached(sql)?.execute(params![old])?;
    let sql = "DELETE FROM proposal WHERE number <= (SELECT max(number) FROM proposal) - ?1";
    connection.prepare_cached(sql)?.execute(params![MOST])?;
    Ok(())
}

/// Reads a row of [`COLUMNS`]; nothing where it holds what this program does not know.
fn kept(row: &Row<'_>) -> rusqlite::Result<Option<Kept>> {
    let id = Id(row.get::<_, String>(0)?.into());
    let (body, word): (String, String) = (row.get(1)?, row.get(2)?);
    let at = row.get::<_, Option<i64>>(3)?.and_then(|at| Timestamp::from_microsecond(at).ok());
    let text =
        |index| row.get::<_, Option<String>>(index).map(|text| Printable::from(text.unwrap_or_default()));
    let (by, why) = (text(4)?, text(5)?);
    let operation = row.get::<_, Option<String>>(6)?.map(|id| operation::Id(id.into()));
    let state = match (word.as_str(), at, operation) {
        ("open", ..) => State::Open,
        ("taken", Some(at), Some(operation)) => State::Taken { at, by, operation },
        ("approved", Some(at), Some(operation)) => State::Approved { at, by, operation },
        ("denied", Some(at), _) => State::Denied { at, by, reason: why },
        ("expired", Some(at), _) => State::Expired { at },
        ("withdrawn", Some(at), _) => State::Withdrawn { at },
        _ => return Ok(None),
    };
    Ok(Proposed::from_json(id, &body).map(|proposed| Kept { proposed, state }))
}
