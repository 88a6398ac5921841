//! Owns looking at the ledger: whether it can be written, whether its chain is whole, and what in it waits for a person.
//!
//! It writes nothing, makes no file, and blocks on the disk. Invariant: a ledger that is there and cannot be read, or could
//! not be made, is never told as seen.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rustix::fs::{Access, access};

use crate::capability::sight::{Answer, Recording};
use crate::config::Config;
use crate::ledger::open::Standing;
use crate::ledger::{LedgerError, Reader, Verdict};
use crate::text::Printable;

use crate::run::recovery::owner;

/// Looks at the ledger that a configuration means.
pub(super) fn look(config: &Config, now: Timestamp) -> Answer<Recording> {
    let Some(path) = config.ledger.clone().or_else(crate::ledger::default_path) else {
        let why = Printable::ours("there is no home folder for the ledger: name a file with --ledger");
        return Answer::Failed { why };
    };
    match writable(&path) {
        Err(why) => Answer::Failed { why: why.into() },
        // The first session that may order something makes it.
        Ok(Found::Nothing) => Answer::Seen(Recording { head: None, verified: None, open: 0, waiting: 0 }),
        Ok(Found::File) => {
            read(&path, now).unwrap_or_else(|error| Answer::Failed { why: error.to_string().into() })
        }
    }
}

enum Found {
    File,
    Nothing,
}

/// Tells whether the file could be written, or made.
fn writable(path: &Path) -> Result<Found, String> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let try_to_write = |what: &Path| {
        let allowed = access(what, Access::WRITE_OK);
        allowed.map_err(|error| format!("{} cannot be written: {error}", what.display()))
    };
    if path.exists() {
        // SQLite writes beside the file, too.
        return try_to_write(path).and_then(|()| try_to_write(folder)).map(|()| Found::File);
    }
    let mut there: PathBuf = folder.to_owned();
    while !there.exists() && there.pop() {}
    let there = if there.as_os_str().is_empty() { Path::new(".") } else { &there };
    try_to_write(there).map(|()| Found::Nothing)
}

fn read(path: &Path, now: Timestamp) -> Result<Answer<Recording>, LedgerError> {
    let reader = Reader::open(path)?;
    let verified = match reader.verify(&[]) {
        Ok(Verdict::Whole(whole)) => Some((now, whole.head.sequence)),
        Ok(Verdict::Broken(broken)) => return Ok(Answer::Failed { why: broken.to_string().into() }),
        // From before there was a chain; the next session that may order begins one.
        Err(LedgerError::Unchained(_)) => None,
        Err(error) => return Err(error),
    };
    let open = reader.open_operations()?;
    let standings = open.iter().map(|open| open.standing(owner::of(open)));
    let waiting = standings.filter(|standing| *standing != Standing::Open).count();
    let head = reader.head()?.map(|head| head.sequence);
    Ok(Answer::Seen(Recording { head, verified, open: open.len(), waiting }))
}

#[cfg(test)]
mod tests;
