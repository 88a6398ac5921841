//! Owns looking at the record on this machine: whether it can be written, is whole, and what in it waits for a person.
//!
//! It blocks on the disk on a thread of its own, reads through connections of its own, and writes no record. Invariant: what
//! cannot be written or read is told as failed in the ledger's words, never left out.

use std::path::{Path, PathBuf};
use std::sync::Weak;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{mpsc, watch};

use super::recovery::owner;
use crate::capability::Sight;
use crate::capability::sight::{Answer, Recording};
use crate::capability::wish::{Attention, Wish};
use crate::clock::Clock;
use crate::ledger::open::Standing;
use crate::ledger::{Ledger, LedgerError, Reader, Verdict};
use crate::text::Printable;

/// How often it is looked at.
const EVERY: Duration = Duration::from_secs(30);
/// How often the whole chain is verified.
const VERIFIED_EVERY: SignedDuration = SignedDuration::from_mins(10);

/// When the chain was last found whole, and up to which record.
type Verified = Option<(Timestamp, u64)>;

/// The record of a session.
pub struct Record {
    /// Its file; `None` where the session keeps none.
    pub path: Option<PathBuf>,
    /// Who writes it.
    pub ledger: Weak<Ledger>,
    /// Why it could not be opened, where the session wants one.
    pub unrecorded: Option<Printable>,
}

/// Looks again and again, as long as somebody looks at the terminal, until nobody takes the sights any more.
pub async fn follow(
    record: Record,
    mut wishes: watch::Receiver<Wish>,
    sights: mpsc::Sender<(Sight, Timestamp)>,
    clock: Clock,
) {
    let mut verified: Verified = None;
    let every = (EVERY / clock.speed().max(1)).max(Duration::from_secs(1));
    loop {
        let (looks, urged) = {
            let wish = wishes.borrow_and_update();
            (wish.attention != Attention::None, wish.urged)
        };
        if looks {
            let answer;
            (answer, verified) = look_beside(&record, verified, clock.now()).await;
            if sights.send((Sight::Recording(answer), clock.now())).await.is_err() {
                return;
            }
            // A wish that does not urge is taken in at the next look.
            let pressed = wishes.wait_for(|wish| wish.urged != urged);
            if let Ok(Err(_)) = tokio::time::timeout(every, pressed).await {
                return;
            }
        } else if wishes.changed().await.is_err() {
            return;
        }
    }
}

async fn look_beside(record: &Record, verified: Verified, now: Timestamp) -> (Answer<Recording>, Verified) {
    if let Some(why) = record.unrecorded.clone() {
        return (Answer::Failed { why }, None);
    }
    let Some(path) = record.path.clone() else {
        return (
            Answer::Missing { why: Printable::ours("this session may only read: it keeps no ledger") },
            None,
        );
    };
    if let Some(why) = record.ledger.upgrade().and_then(|ledger| ledger.failure()) {
        return (Answer::Failed { why: Printable::from(why.to_string()) }, verified);
    }
    let looked = tokio::task::spawn_blocking(move || {
        let mut verified = verified;
        (look(&path, &mut verified, now), verified)
    });
    let ended = || (Answer::Failed { why: Printable::ours("looking at it ended early") }, None);
    looked.await.unwrap_or_else(|_| ended())
}

/// Looks once at the ledger's file; blocks on the disk. `verified` says when it was last found whole, and is renewed.
pub fn look(path: &Path, verified: &mut Option<(Timestamp, u64)>, now: Timestamp) -> Answer<Recording> {
    match looked(path, verified, now) {
        Ok(recording) => Answer::Seen(recording),
        Err(why) => Answer::Failed { why },
    }
}

fn looked(path: &Path, verified: &mut Verified, now: Timestamp) -> Result<Recording, Printable> {
    let said = |error: LedgerError| Printable::from(error.to_string());
    Ledger::try_write(path).map_err(said)?;
    let reader = Reader::open(path).map_err(said)?;
    let old = verified.is_none_or(|(at, _)| now.duration_since(at) >= VERIFIED_EVERY);
    if old {
        match reader.verify(&[]).map_err(said)? {
            Verdict::Whole(whole) => *verified = Some((now, whole.head.sequence)),
            Verdict::Broken(broken) => {
                *verified = None;
                return Err(Printable::from(format!("its chain is broken: {broken}")));
            }
        }
    }
    let head = reader.head().map_err(said)?.map(|head| head.sequence);
    let orders = reader.open_operations().map_err(said)?;
    let waiting = orders.iter().filter(|order| order.standing(owner::of(order)) != Standing::Open).count();
    Ok(Recording { head, verified: *verified, open: orders.len(), waiting })
}
