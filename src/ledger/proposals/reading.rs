//! Owns what is read of proposals: how they stand, and what became of the operations that were staged from them.
//!
//! The chain has the last word: a proposal whose operation was acknowledged is approved, whoever ended before writing so.
//! It changes nothing. Invariant: where there is no table, there are no proposals, and that is no failure.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::super::{LedgerError, Reader};
use super::{Held, table};
use crate::operation;
use crate::proposal::{Id, Kept, State};
use crate::text::Printable;

/// What became of a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The proposal, and how it stands.
    pub kept: Kept,
    /// What is recorded of its operation, oldest first: word of the state, and when.
    pub operation: Vec<(Printable, Printable)>,
}

/// A number that changes whenever another connection has written to the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pulse(i64);

/// Brings a proposal up to date: what the chain says of its operation, then what time did.
pub(super) fn settled(connection: &Connection, kept: Kept, now: Timestamp) -> Kept {
    if let State::Taken { operation, .. } = &kept.state
        && let Ok(Some((at, by))) = acknowledged(connection, operation)
    {
        let state = State::Approved { at, by, operation: operation.clone() };
        return Kept { state, ..kept };
    }
    kept.at(now)
}

fn acknowledged(
    connection: &Connection,
    id: &operation::Id,
) -> rusqlite::Result<Option<(Timestamp, Printable)>> {
    let sql = "SELECT at, api_user FROM record WHERE operation = ?1 AND event = 'acknowledged'";
    let found: Option<(String, String)> = connection
        .prepare_cached(sql)?
        .query_row(params![&*id.0], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(found.and_then(|(at, by)| Some((at.parse().ok()?, Printable::from(by)))))
}

pub(super) fn outcome(connection: &Connection, id: &Id, now: Timestamp) -> rusqlite::Result<Option<Outcome>> {
    if !table::is_there(connection)? {
        return Ok(None);
    }
    let Some(kept) = table::one(connection, id)? else { return Ok(None) };
    let kept = settled(connection, kept, now);
    let operation = match &kept.state {
        State::Approved { operation, .. } => records(connection, operation)?,
        _ => Vec::new(),
    };
    Ok(Some(Outcome { kept, operation }))
}

fn records(connection: &Connection, id: &operation::Id) -> rusqlite::Result<Vec<(Printable, Printable)>> {
    let sql = "SELECT event, at FROM record WHERE operation = ?1 ORDER BY entry";
    let mut statement = connection.prepare_cached(sql)?;
    let text = |row: &rusqlite::Row<'_>, index| row.get::<_, String>(index).map(Printable::from);
    statement.query_map(params![&*id.0], |row| Ok((text(row, 0)?, text(row, 1)?)))?.collect()
}

pub(super) fn list(connection: &Connection, limit: usize, now: Timestamp) -> rusqlite::Result<Vec<Kept>> {
    if !table::is_there(connection)? {
        return Ok(Vec::new());
    }
    let found = table::newest(connection, limit)?;
    Ok(found.into_iter().map(|kept| settled(connection, kept, now)).collect())
}

impl Reader {
    /// Lists the newest `limit` proposals of agents, newest first; none where nothing was ever proposed.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn proposals(&self, limit: usize, now: Timestamp) -> Result<Vec<Kept>, LedgerError> {
        list(&self.connection, limit, now).map_err(|error| self.failure(&error))
    }

    /// Returns what became of a proposal; `None` where there is none of that identity.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn proposal(&self, id: &Id, now: Timestamp) -> Result<Option<Outcome>, LedgerError> {
        outcome(&self.connection, id, now).map_err(|error| self.failure(&error))
    }

    /// Lists the proposals that are taken up, by which run of the program.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn held(&self) -> Result<Vec<Held>, LedgerError> {
        table::held(&self.connection).map_err(|error| self.failure(&error))
    }

    /// Tells by a number whether somebody else has written since; it touches no disk.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn pulse(&self) -> Result<Pulse, LedgerError> {
        let read = self.connection.query_row("PRAGMA data_version", [], |row| row.get(0));
        read.map(Pulse).map_err(|error| self.failure(&error))
    }
}
