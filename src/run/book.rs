//! Owns who keeps what was seen: the ledger's file, also of a session that may order nothing, or nobody, and why.
//!
//! It never writes an order, and never waits for the disk while the loop turns. Invariant: where nothing is kept the
//! timeline knows it, and says so.

use std::time::Duration;

use crate::ledger::{Keeper, Ledger};
use crate::text::Printable;
use crate::timeline::Timeline;

/// How long the last of what was seen is waited for.
const LAST_ROWS: Duration = Duration::from_millis(500);

/// Who keeps what was seen.
#[derive(Default)]
pub struct Book {
    keeper: Option<Keeper>,
    /// The ledger's file, where nobody else has it open for orders.
    own: Option<Ledger>,
    why_not: Option<Printable>,
}

impl Book {
    /// Keeps in the ledger in which orders are recorded.
    pub fn beside_orders(ledger: &Ledger) -> Self {
        Self { keeper: Some(ledger.keeper()), own: None, why_not: None }
    }

    /// Keeps in a ledger's file in which this session records no order; or says why that cannot be.
    pub fn alone(ledger: Result<Ledger, String>) -> Self {
        match ledger {
            Ok(ledger) => Self { keeper: Some(ledger.keeper()), own: Some(ledger), why_not: None },
            Err(why) => Self { keeper: None, own: None, why_not: Some(Printable::from(why)) },
        }
    }

    /// Hands over what waits to be kept; what nobody keeps is forgotten when the program ends.
    pub(super) fn keep(&mut self, timeline: &mut Timeline) {
        let unkept = timeline.take_unkept();
        if let Some(failure) = self.keeper.as_ref().and_then(Keeper::failure) {
            self.why_not = Some(Printable::from(failure.to_string()));
            self.keeper = None;
        }
        if let Some(keeper) = self.keeper.as_ref().filter(|_| !unkept.is_empty()) {
            keeper.keep(unkept);
        }
        if let Some(why) = self.why_not.take() {
            timeline.is_not_kept(why);
        }
    }

    /// Lets go of the ledger, whose end waits for that, and ends it where nobody else does.
    pub(super) fn close(&mut self) {
        self.keeper = None;
        if let Some(ledger) = self.own.take() {
            ledger.close(LAST_ROWS);
        }
    }
}
