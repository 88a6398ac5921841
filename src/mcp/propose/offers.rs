//! Owns the way to the file in which proposals are kept: on a thread that may wait, never in the way of an answer.
//!
//! The file is made with the first proposal; asking alone makes none. Invariant: a proposal is told as made only when it is on
//! disk.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use crate::ledger::proposals::{Outcome, Proposals, Unkept};
use crate::ledger::{LedgerError, Reader};
use crate::proposal::{Id, Kept, Proposed};

/// How many proposals are listed.
const LISTED: usize = 50;

/// Where proposals are kept.
#[derive(Clone)]
pub struct Offers(Arc<Shelf>);

struct Shelf {
    path: Option<PathBuf>,
    proposals: Mutex<Option<Proposals>>,
}

impl Offers {
    /// Keeps them in the ledger's file at this path.
    pub fn kept_at(path: Option<PathBuf>) -> Self {
        Self(Arc::new(Shelf { path, proposals: Mutex::default() }))
    }

    /// Keeps a proposal; answers when it is on disk.
    pub(super) async fn propose(&self, proposed: Proposed, now: Timestamp) -> Result<Id, String> {
        self.apart(move |shelf| shelf.with(|kept| kept.propose(&proposed, now).map_err(unkept))).await
    }

    /// Takes a proposal of this client back.
    pub(super) async fn withdraw(&self, id: Id, client: String, now: Timestamp) -> Result<Kept, String> {
        self.apart(move |shelf| shelf.with(|kept| kept.withdraw(&id, &client, now).map_err(unkept))).await
    }

    /// Tells what became of a proposal.
    pub(super) async fn outcome(&self, id: Id, now: Timestamp) -> Result<Outcome, String> {
        let found = self.apart(move |shelf| shelf.read(|reader| reader.proposal(&id, now))).await?;
        found.flatten().ok_or_else(|| "there is no proposal of this id (any more)".to_owned())
    }

    /// Lists the newest.
    pub(super) async fn list(&self, now: Timestamp) -> Result<Vec<Kept>, String> {
        let listed = self.apart(move |shelf| shelf.read(|reader| reader.proposals(LISTED, now))).await?;
        Ok(listed.unwrap_or_default())
    }

    async fn apart<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Shelf) -> Result<T, String> + Send + 'static,
    ) -> Result<T, String> {
        let shelf = Arc::clone(&self.0);
        let done = tokio::task::spawn_blocking(move || work(&shelf)).await;
        done.unwrap_or_else(|_| Err("proposals could not be looked at".to_owned()))
    }
}

impl Shelf {
    fn path(&self) -> Result<&PathBuf, String> {
        self.path.as_ref().ok_or_else(|| "there is no place for proposals: start with --ledger".to_owned())
    }

    /// Works on the file, which is made where it is missing.
    fn with<T>(&self, work: impl FnOnce(&mut Proposals) -> Result<T, String>) -> Result<T, String> {
        let mut held = self.proposals.lock().unwrap_or_else(PoisonError::into_inner);
        let mut open = match held.take() {
            Some(open) => open,
            None => Proposals::open(self.path()?).map_err(|error| unkept(error.into()))?,
        };
        let done = work(&mut open);
        *held = Some(open);
        done
    }

    /// Reads the file; nothing where there is none.
    fn read<T>(&self, look: impl FnOnce(&Reader) -> Result<T, LedgerError>) -> Result<Option<T>, String> {
        match Reader::open(self.path()?) {
            Ok(reader) => look(&reader).map(Some).map_err(|error| error.to_string()),
            Err(LedgerError::Absent(_)) => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// Says why nothing was kept, and what to do, for whom the ledger's own words leave that open.
fn unkept(why: Unkept) -> String {
    let said = why.to_string();
    match why {
        Unkept::Ledger(
            LedgerError::ReadOnly(_)
            | LedgerError::Place { .. }
            | LedgerError::Unopened { .. }
            | LedgerError::Disk { .. }
            | LedgerError::Failed { .. },
        ) => format!(
            "{said}; nothing was kept: ask a person to mend that, or to name another file with --ledger, here and in the terminal"
        ),
        _ => said,
    }
}
