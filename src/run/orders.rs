//! Owns the reading of orders that need a person, and the closing of one: in the background, on a thread of its own.
//!
//! It opens the ledger's file for each look and never holds it, sends nothing and asks no cluster. Invariants: nobody in
//! the loop waits for it; an order that a running program is about is not closed, by whomever it was looked at; what did
//! not change is not read again.

use std::path::{Path, PathBuf};
use std::sync::mpsc as std_mpsc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc;

use crate::app::orders::Told;
use crate::clock::Clock;
use crate::ledger::{APPEND_LIMIT, Head, Ledger, LedgerError, Open, Reader, Row};
use crate::operation::unsettled::Unsettled;
use crate::operation::{Entry, Id, Reason};
use crate::run::live::actor;
use crate::run::recovery::owner;
use crate::text::Printable;

mod read;
#[cfg(test)]
mod tests;

/// How many answers may wait for the loop.
const ANSWERS: usize = 16;
/// How long closing the ledger may take.
const LAST_ROWS: Duration = Duration::from_secs(5);
/// How many orders are told of at most, the newest.
const MOST: usize = 500;

/// What the thread is asked to do.
enum Wish {
    Look,
    Close { id: Id, reason: Reason, user: Printable },
}

/// Reads and closes orders in the background.
pub struct Clerk {
    wishes: std_mpsc::Sender<Wish>,
    told: mpsc::Receiver<Told>,
}

impl Clerk {
    /// Starts on the ledger at this path, in this time.
    ///
    /// # Errors
    /// Returns the system's reason for not starting a thread.
    pub fn start(path: PathBuf, clock: Clock) -> std::io::Result<Self> {
        let (wishes, wished) = std_mpsc::channel();
        let (answers, told) = mpsc::channel(ANSWERS);
        let work = move || Desk { path, clock, known: None }.serve(&wished, &answers);
        std::thread::Builder::new().name("orders".into()).spawn(work)?;
        Ok(Self { wishes, told })
    }

    /// Has it look again; what has not changed is told all the same, since programs end.
    pub fn look(&self) {
        let _ = self.wishes.send(Wish::Look);
    }

    /// Has it close an order with a reason, as the user whom the API server names.
    pub fn close(&self, id: Id, reason: Reason, user: Printable) {
        let _ = self.wishes.send(Wish::Close { id, reason, user });
    }

    /// Waits for what it has to tell; for ever once it has ended.
    pub async fn next(&mut self) -> Told {
        match self.told.recv().await {
            Some(told) => told,
            None => std::future::pending().await,
        }
    }
}

/// What the thread works on.
struct Desk {
    path: PathBuf,
    clock: Clock,
    /// What was read, up to which record.
    known: Option<(Head, Vec<Open>)>,
}

impl Desk {
    /// Does what is wished until nobody wishes or listens any more.
    fn serve(mut self, wished: &std_mpsc::Receiver<Wish>, answers: &mpsc::Sender<Told>) {
        while let Ok(first) = wished.recv() {
            let mut look = false;
            // However many wishes wait, one look answers them all.
            for wish in std::iter::once(first).chain(wished.try_iter()) {
                look = true;
                if let Wish::Close { id, reason, user } = wish {
                    let closed = self.close(&id, &reason, user).map_err(Printable::from);
                    if answers.blocking_send(Told::Closed(id, closed)).is_err() {
                        return;
                    }
                }
            }
            let listed = self.look().map_err(|error| Printable::from(error.to_string()));
            if look && answers.blocking_send(Told::Listed(listed)).is_err() {
                return;
            }
        }
    }

    fn look(&mut self) -> Result<Vec<Unsettled>, LedgerError> {
        let reader = match Reader::open(&self.path) {
            Ok(reader) => reader,
            // Where nothing was ever ordered, nothing is open.
            Err(LedgerError::Absent(_)) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let head = reader.head()?;
        let unchanged = head.is_some() && self.known.as_ref().map(|(known, _)| *known) == head;
        if !unchanged {
            let mut open = open_or_dead(&reader)?;
            open.drain(..open.len().saturating_sub(MOST));
            match head {
                Some(head) => self.known = Some((head, open)),
                None => return Ok(open.iter().rev().map(read::unsettled).collect()),
            }
        }
        let known = self.known.iter().flat_map(|(_, open)| open.iter().rev());
        Ok(known.map(read::unsettled).collect())
    }

    fn close(&self, id: &Id, reason: &Reason, user: Printable) -> Result<u64, String> {
        let rows = Reader::open(&self.path).and_then(|reader| reader.operation(&id.0));
        let open = closable(&rows.map_err(|error| error.to_string())?)?;
        let entry = open.closing(self.clock.now(), actor::observed(), user, reason.text());
        record(&self.path, entry).map_err(|error| error.to_string())
    }
}

/// Lists the orders without an end and those that were given up undelivered, oldest first.
///
/// # Errors
/// As [`Reader::open`].
pub fn open_or_dead(reader: &Reader) -> Result<Vec<Open>, LedgerError> {
    let mut all = reader.open_operations()?;
    all.extend(reader.dead_letters()?);
    all.sort_by_key(Open::since);
    Ok(all)
}

/// Takes the rows of an order that a person may close.
///
/// # Errors
/// Says why it is not to be closed, in part of a sentence.
pub fn closable(rows: &[Row]) -> Result<Open, String> {
    if let Some(dead) = Open::dead(rows) {
        return Ok(dead);
    }
    let open = Open::of(rows).ok_or("there is no such order without an end, or more than one")?;
    if owner::of(&open) == crate::ledger::open::Owner::Alive {
        return Err("the program in which it was given is still about it".to_owned());
    }
    Ok(open)
}

/// Records an entry in the ledger at this path, as a program of its own would, and returns the number of its record.
///
/// # Errors
/// As [`Ledger::open`], and where the entry cannot be stored.
pub fn record(path: &Path, entry: Entry) -> Result<u64, LedgerError> {
    let ledger = Ledger::open(path)?;
    let (answer, answered) = std_mpsc::channel();
    ledger.append(entry, move |result| {
        let _ = answer.send(result);
    });
    let result = answered.recv_timeout(APPEND_LIMIT);
    let head = result.unwrap_or_else(|_| Err(LedgerError::TooLate(ledger.path().to_owned())))?;
    ledger.close(LAST_ROWS);
    Ok(head.sequence)
}

/// Reads a time as it is recorded.
fn time(recorded: &str) -> Option<Timestamp> {
    recorded.parse().ok()
}
