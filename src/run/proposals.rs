//! Owns the looking for proposals of agents, and the keeping of what a person decided: on a thread of its own.
//!
//! It asks SQLite a few times a second whether somebody else wrote, which touches no disk, and reads only then. It sends
//! nothing, and decides nothing but that a proposal is open again whose holder has ended. Invariants: nobody in the loop
//! waits for it; what did not change is not told again.

use std::path::PathBuf;
use std::sync::mpsc as std_mpsc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::orders::Clerk;
use crate::app::{self, inbox::Told};
use crate::clock::Clock;
use crate::ledger::open::Owner;
use crate::ledger::proposals::{Decider, Held, Pulse};
use crate::ledger::{LedgerError, Proposals, Reader};
use crate::proposal::{Event, Id, Kept};
use crate::run::live::actor;
use crate::run::recovery::owner;
use crate::text::Printable;

#[cfg(test)]
mod tests;

/// How long is waited between two looks.
const BETWEEN: Duration = Duration::from_millis(300);
/// How many answers may wait for the loop.
const ANSWERS: usize = 16;
/// How many proposals are looked through, the newest; fewer may be open.
const MOST: usize = 200;

/// A decision to keep.
struct Decision {
    id: Id,
    event: Event,
    user: Printable,
}

/// Reads proposals, and keeps decisions, in the background; it ends when this is dropped.
pub struct Porter {
    decisions: std_mpsc::Sender<Decision>,
    told: mpsc::Receiver<Told>,
}

impl Porter {
    /// Starts on the ledger at this path, in this time.
    ///
    /// # Errors
    /// Returns the system's reason for not starting a thread.
    pub fn start(path: PathBuf, clock: Clock) -> std::io::Result<Self> {
        Self::every(BETWEEN, path, clock)
    }

    fn every(between: Duration, path: PathBuf, clock: Clock) -> std::io::Result<Self> {
        let (decisions, decided) = std_mpsc::channel();
        let (answers, told) = mpsc::channel(ANSWERS);
        let lodge = Lodge { path, clock, reader: None, held: Vec::new(), listed: None };
        std::thread::Builder::new()
            .name("proposals".into())
            .spawn(move || lodge.serve(between, &decided, &answers))?;
        Ok(Self { decisions, told })
    }

    /// Has a decision kept, as the user whom the API server names.
    pub fn decide(&self, id: Id, event: Event, user: Printable) {
        let _ = self.decisions.send(Decision { id, event, user });
    }

    /// Waits for what it has to tell; for ever once it has ended.
    pub async fn next(&mut self) -> Told {
        match self.told.recv().await {
            Some(told) => told,
            None => std::future::pending().await,
        }
    }
}

/// Waits for what those who read the ledger tell; for ever where there is nobody.
pub(super) async fn told_by(clerk: &mut Option<Clerk>, porter: &mut Option<Porter>) -> app::Event {
    tokio::select! {
        Some(told) = async { Some(clerk.as_mut()?.next().await) } => app::Event::Orders(told),
        Some(told) = async { Some(porter.as_mut()?.next().await) } => app::Event::Proposals(told),
        else => std::future::pending().await,
    }
}

/// What the thread works on.
struct Lodge {
    path: PathBuf,
    clock: Clock,
    /// Where it reads, and as of which write it has.
    reader: Option<(Reader, Option<Pulse>)>,
    /// What persons look at, here and in other programs.
    held: Vec<Held>,
    listed: Option<Result<Vec<Kept>, String>>,
}

impl Lodge {
    /// Looks and keeps until nobody asks or listens any more.
    fn serve(
        mut self,
        between: Duration,
        decided: &std_mpsc::Receiver<Decision>,
        answers: &mpsc::Sender<Told>,
    ) {
        loop {
            if let Some(told) = self.look()
                && answers.blocking_send(told).is_err()
            {
                return;
            }
            match decided.recv_timeout(between) {
                Ok(decision) => {
                    let id = decision.id.clone();
                    let kept = self.keep(decision).map_err(Printable::from);
                    if answers.blocking_send(Told::Decided(id, kept)).is_err() {
                        return;
                    }
                }
                Err(std_mpsc::RecvTimeoutError::Timeout) => {}
                Err(std_mpsc::RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Lists what waits for a person, where that is not what it was.
    fn look(&mut self) -> Option<Told> {
        let read = match self.read() {
            Ok(None) => return None,
            Ok(Some(listed)) => Ok(listed),
            Err(error) => {
                self.reader = None;
                Err(error.to_string())
            }
        };
        if self.listed.as_ref() == Some(&read) {
            return None;
        }
        self.listed = Some(read.clone());
        Some(Told::Listed(read.map_err(Printable::from)))
    }

    /// Reads what is open; `None` where nobody wrote since.
    fn read(&mut self) -> Result<Option<Vec<Kept>>, LedgerError> {
        if self.reader.is_none() {
            match Reader::open(&self.path) {
                Ok(reader) => self.reader = Some((reader, None)),
                // Where there is no file, nothing was ever proposed.
                Err(LedgerError::Absent(_)) => return Ok(Some(Vec::new())),
                Err(error) => return Err(error),
            }
        }
        let Some((reader, known)) = &self.reader else { return Ok(None) };
        let pulse = reader.pulse()?;
        let is_known = *known == Some(pulse);
        if !is_known {
            self.held = reader.held()?;
        }
        self.put_back();
        let Some((reader, known)) = &mut self.reader else { return Ok(None) };
        if is_known {
            return Ok(None);
        }
        let open = reader.proposals(MOST, self.clock.now())?.into_iter().filter(Kept::is_open).collect();
        *known = Some(pulse);
        Ok(Some(open))
    }

    /// Puts back what a program held that has ended. Whoever tries it second is told that it is open, which is no failure; one
    /// that cannot be put back is open again when its time is over.
    fn put_back(&mut self) {
        let ended = |held: &mut Held| owner::of_run(&held.holder.host, &held.holder.process) == Owner::Ended;
        for Held { id, operation, .. } in self.held.extract_if(.., ended).collect::<Vec<_>>() {
            let event = Event::PutBack { operation };
            let _ = self.keep(Decision { id, event, user: Printable::default() });
        }
    }

    fn keep(&self, decision: Decision) -> Result<crate::proposal::State, String> {
        let Decision { id, event, user } = decision;
        let who = Decider { actor: actor::observed(), user };
        let mut proposals = Proposals::open(&self.path).map_err(|error| error.to_string())?;
        let kept = proposals.decide(&id, event, &who, self.clock.now()).map_err(|error| error.to_string())?;
        Ok(kept.state)
    }
}
