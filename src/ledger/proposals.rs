//! Owns the proposals of agents, kept in the ledger's file beside the records and apart from their chain.
//!
//! The program that agents talk to writes them, the terminal reads and decides; either may start first, or end at any
//! moment. That a person said no is a record of the chain, too; that one said yes is what the acknowledged operation
//! records. Invariants: a proposal is answered for only when it is on disk; the table never holds more than [`MOST`] rows;
//! an acknowledgement in the chain counts, whatever the table says.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use serde::{Deserialize, Serialize};

use super::chain::Sealer;
use super::{LedgerError, place, read, schema, writer};
use crate::operation::{self, Actor, Entry, Process};
use crate::proposal::{Admitted, Event, Id, Kept, Misfit, Proposed, Refused, State, limits};
use crate::text::Printable;

mod reading;
mod table;

pub use reading::{Outcome, Pulse};

/// How many proposals are kept.
pub const MOST: i64 = 1_000;
/// How long one that is decided is kept.
pub const OLDEST: SignedDuration = SignedDuration::from_hours(24 * 7);
/// Word of the record that a person said no to a proposal.
pub const DENIED: &str = "proposal-denied";

/// How long another program's write is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// Why a proposal is not taken, or a decision not kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unkept {
    /// It breaks a limit.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// It stands otherwise by now.
    #[error(transparent)]
    Misfit(#[from] Misfit),
    /// There is none of that identity.
    #[error("there is no such proposal")]
    Unknown,
    /// The file does not take it.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// The proposals in one ledger's file, on a connection of its own; every call blocks on the disk.
pub struct Proposals {
    path: PathBuf,
    connection: Connection,
    sealer: Sealer,
}

/// Who decides.
#[derive(Clone, Debug)]
pub struct Decider {
    /// The person, as the operating system knows them.
    pub actor: Actor,
    /// User as the API server names them.
    pub user: Printable,
}

/// A run of the program at which a person took a proposal up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Name of the host.
    pub host: String,
    /// The program on it.
    pub process: Process,
}

/// A proposal that is taken up, and by which run of the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The proposal.
    pub id: Id,
    /// What was staged from it.
    pub operation: operation::Id,
    /// Where it is shown to a person.
    pub holder: Holder,
}

impl Holder {
    fn of(actor: &Actor) -> Option<Self> {
        let (host, process) = (actor.host.as_ref()?, actor.process.as_deref()?);
        Some(Self { host: host.as_str().to_owned(), process: process.clone() })
    }
}

impl Proposals {
    /// Opens the file at `path`, and makes it where it is missing, as [`super::Ledger::open`] does.
    ///
    /// # Errors
    /// As [`super::Ledger::open`].
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        let path = place::prepare(path)?;
        let connection = schema::open(&path)?;
        place::check(&path)?;
        let proposals = Self { path, connection, sealer: Sealer::default() };
        let made = proposals.connection.busy_timeout(PATIENCE);
        made.and_then(|()| table::make(&proposals.connection)).map_err(|error| proposals.failure(&error))?;
        Ok(proposals)
    }

    /// Keeps a proposal, and answers when it is on disk; where the same is open already, that one's identity.
    ///
    /// # Errors
    /// Says which limit is reached, or why the file does not take it.
    pub fn propose(&mut self, proposed: &Proposed, now: Timestamp) -> Result<Id, Unkept> {
        let path = self.path.clone();
        let failed = |error: rusqlite::Error| Unkept::Ledger(LedgerError::sqlite(&path, &error));
        let transaction = self.begin().map_err(failed)?;
        let span = now.checked_sub(limits::SPAN).unwrap_or(Timestamp::MIN);
        let kept = table::concerned(&transaction, span).map_err(failed)?;
        let kept: Vec<Kept> =
            kept.into_iter().map(|kept| reading::settled(&transaction, kept, now)).collect();
        if let Admitted::Known(id) = limits::admit(proposed, &kept, now)? {
            return Ok(id);
        }
        table::insert(&transaction, proposed).map_err(failed)?;
        table::forget(&transaction, now).map_err(failed)?;
        transaction.commit().map_err(failed)?;
        Ok(proposed.id.clone())
    }

    /// Keeps what a person, or the agent, decided; that a person said no is recorded in the chain with it.
    ///
    /// # Errors
    /// Says how the proposal stands where that cannot happen to it, or why the file does not take it.
    pub fn decide(&mut self, id: &Id, event: Event, who: &Decider, at: Timestamp) -> Result<Kept, Unkept> {
        let path = self.path.clone();
        let failed = |error: rusqlite::Error| Unkept::Ledger(LedgerError::sqlite(&path, &error));
        let transaction =
            Transaction::new(&mut self.connection, TransactionBehavior::Immediate).map_err(failed)?;
        let kept = table::one(&transaction, id).map_err(failed)?.ok_or(Unkept::Unknown)?;
        let kept = reading::settled(&transaction, kept, at);
        let state = kept.state.on(event, at)?;
        let kept = Kept { state, ..kept };
        if let Some(entry) = denial(&kept, who) {
            let head = read::head(&transaction).map_err(failed)?;
            writer::insert(&transaction, &mut self.sealer, head, &entry).map_err(failed)?;
        }
        table::update(&transaction, &kept).map_err(failed)?;
        let holder = matches!(kept.state, State::Taken { .. }).then(|| Holder::of(&who.actor)).flatten();
        table::hold(&transaction, id, holder.as_ref()).map_err(failed)?;
        transaction.commit().map_err(failed)?;
        Ok(kept)
    }

    /// Takes a proposal back, for the client that made it.
    ///
    /// # Errors
    /// As [`Self::decide`]; another client's is unknown.
    pub fn withdraw(&mut self, id: &Id, client: &str, at: Timestamp) -> Result<Kept, Unkept> {
        let known = table::one(&self.connection, id).map_err(|error| self.failure(&error))?;
        let mine = known.is_some_and(|kept| kept.proposed.client.name.text().as_str() == client);
        if !mine {
            return Err(Unkept::Unknown);
        }
        let nobody = Decider { actor: Actor::default(), user: Printable::default() };
        self.decide(id, Event::Withdrawn, &nobody, at)
    }

    /// Returns what became of a proposal; `None` where there is none of that identity.
    ///
    /// # Errors
    /// Why the file cannot be read.
    pub fn outcome(&self, id: &Id, now: Timestamp) -> Result<Option<Outcome>, LedgerError> {
        reading::outcome(&self.connection, id, now).map_err(|error| self.failure(&error))
    }

    /// Lists the newest `limit` proposals, newest first.
    ///
    /// # Errors
    /// Why the file cannot be read.
    pub fn list(&self, limit: usize, now: Timestamp) -> Result<Vec<Kept>, LedgerError> {
        reading::list(&self.connection, limit, now).map_err(|error| self.failure(&error))
    }

    /// Returns the path of the file, with the links in its folder resolved.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn begin(&mut self) -> rusqlite::Result<Transaction<'_>> {
        Transaction::new(&mut self.connection, TransactionBehavior::Immediate)
    }

    fn failure(&self, error: &rusqlite::Error) -> LedgerError {
        LedgerError::sqlite(&self.path, error)
    }
}

/// Writes the record that a person said no; `None` where that did not happen.
fn denial(kept: &Kept, who: &Decider) -> Option<Entry> {
    let State::Denied { at, reason, .. } = &kept.state else { return None };
    let proposed = &kept.proposed;
    let target = &proposed.target;
    let body = serde_json::json!({
        "v": operation::entry::BODY_VERSION,
        "kind": proposed.intent.kind().word(),
        "target": {
            "context": target.context.as_str(),
            "server": target.server.as_str(),
            "user": who.user.as_str(),
            "key": target.key,
            "uid": target.uid,
        },
        "proposed": proposed.intent.words().as_str(),
        "client": proposed.client.name.text().as_str(),
        "client_says": proposed.reason.text().as_str(),
        "why": reason.as_str(),
    });
    Some(Entry {
        operation: operation::Id(proposed.id.0.clone()),
        number: 1,
        at: *at,
        event: DENIED.into(),
        actor: Some(who.actor.clone()),
        user: who.user.clone(),
        body: body.to_string(),
    })
}
