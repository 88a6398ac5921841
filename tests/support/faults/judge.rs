//! The oracle: what a ledger says of each order beside what the API server's audit log and the object itself say.
//!
//! It plays nothing and forgives nothing. Invariant: an order is judged by its own rows and its own `Audit-ID` alone.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use rollgate::ledger::open::{FINAL, UNRESOLVED};
use rollgate::ledger::{Head, Reader, Row, Verdict};
use serde_json::Value;

use super::witness::Write;

/// The longest that a request may be under way to the server after its acknowledgement: the ledger's and the sender's
/// limits, what a campaign holds it back for at most, and some patience with a busy machine.
const LATEST: SignedDuration = SignedDuration::from_secs(10 + 10 + 15 + 10);

/// The same where tries did not arrive: the time of the approval, what a campaign holds back, and some patience.
const TRIED_AGAIN: SignedDuration = SignedDuration::from_secs(120 + 15 + 10);

/// One order as its ledger tells it.
#[derive(Clone, Debug)]
pub struct Told {
    /// Identity of the operation.
    pub order: String,
    /// The word of its last record, with the outcome where that says one.
    pub end: String,
    /// When it was acknowledged, if it was.
    pub acknowledged: Option<Timestamp>,
    rows: Vec<Row>,
}

/// Reads every order of a ledger; none where no ledger was ever made.
///
/// # Errors
/// When it cannot be read, or does not verify.
pub fn orders(ledger: &Path) -> Result<Vec<Told>, String> {
    if !ledger.exists() {
        return Ok(Vec::new());
    }
    let reader = Reader::open(ledger).map_err(|error| error.to_string())?;
    let mut rows = reader.newest(10_000).map_err(|error| error.to_string())?;
    rows.reverse();
    let mut all: Vec<Told> = Vec::new();
    for row in rows {
        let told = match all.iter_mut().find(|told| told.order == row.operation) {
            Some(told) => told,
            None => {
                let order = row.operation.clone();
                let fresh = Told { order, end: String::new(), acknowledged: None, rows: Vec::new() };
                all.push(fresh);
                let Some(last) = all.last_mut() else { continue };
                last
            }
        };
        if row.event == "acknowledged" {
            told.acknowledged = row.at.parse().ok();
        }
        // That others were told, or could not be, is no end.
        if row.event != "announced" {
            told.end = word(&row);
        }
        told.rows.push(row);
    }
    Ok(all)
}

/// Verifies the chain of a ledger.
///
/// # Errors
/// Where it breaks.
pub fn verify(ledger: &Path) -> Result<(), String> {
    if !ledger.exists() {
        return Ok(());
    }
    let reader = Reader::open(ledger).map_err(|error| error.to_string())?;
    match reader.verify(&[]).map_err(|error| error.to_string())? {
        Verdict::Whole(_) => Ok(()),
        Verdict::Broken(broken) => Err(format!("the ledger does not verify: {broken}")),
    }
}

fn word(row: &Row) -> String {
    let body: Value = serde_json::from_str(&row.body).unwrap_or_default();
    match body["outcome"].as_str() {
        Some(outcome) => format!("{}: {outcome}", row.event),
        None => row.event.clone(),
    }
}

impl Told {
    /// Tells whether a later start still has to say what became of it.
    pub fn is_open(&self) -> bool {
        let last = self.rows.iter().rev().find(|row| row.event != "announced");
        let last = last.map(|row| row.event.as_str()).unwrap_or_default();
        self.acknowledged.is_some() && !FINAL.contains(&last) && last != UNRESOLVED
    }

    /// Returns the name by which the object would bear its mark.
    pub fn mark(&self) -> Option<String> {
        let body: Value =
            serde_json::from_str(&self.rows.iter().find(|row| row.event == "acknowledged")?.body).ok()?;
        let query = body["request"]["path"].as_str()?.split_once('?')?.1;
        query.split('&').find_map(|pair| pair.strip_prefix("fieldManager=")).map(str::to_owned)
    }

    /// Judges it by the server's writes of its namespace; `marked` says whether the object bears its mark, and
    /// `unlogged` whether the server may have died between an effect and its line in the log. Returns how often it took
    /// effect.
    ///
    /// # Errors
    /// What promise is broken.
    pub fn judge(&self, writes: &[Write], marked: bool, unlogged: bool) -> Result<usize, String> {
        let own = || writes.iter().filter(|write| write.order == self.order);
        let logged = own().filter(|write| write.took_effect()).count();
        let effects = if logged == 0 && marked && unlogged { 1 } else { logged };
        let broken = |what: &str| {
            Err(format!("{what}: order {} ended as {:?}; the server: {:?}", self.order, self.end, {
                own().collect::<Vec<_>>()
            }))
        };
        if effects > 1 {
            return broken("MORE THAN ONE EFFECT");
        }
        if marked && effects == 0 {
            return broken("the object bears a mark of which the audit log knows nothing");
        }
        if self.acknowledged.is_none() && own().next().is_some() {
            return broken("a write without a recorded acknowledgement");
        }
        let heads = self.heads();
        if self.acknowledged.is_some()
            && own().any(|write| !write.tells && !heads.iter().any(|head| write.agent.ends_with(head)))
        {
            return broken("a write that does not name the record of its acknowledgement");
        }
        match (self.wants(), effects) {
            (Some(wanted), found) if wanted != found => broken("an end that the server contradicts"),
            _ if self.is_open() => broken("no end"),
            _ => Ok(effects),
        }
    }

    /// Tells whether a write came later than any acknowledgement allows.
    pub fn was_late(&self, writes: &[Write]) -> bool {
        let Some(at) = self.acknowledged else { return false };
        let latest = match self.rows.iter().any(|row| row.event == "delayed") {
            true => TRIED_AGAIN,
            false => LATEST,
        };
        let own = writes.iter().filter(|write| write.order == self.order && !write.tells);
        own.filter_map(|write| write.received).any(|received| received.duration_since(at) > latest)
    }

    /// Tells whether it is called refused by the answer to a copy that came second.
    pub fn is_refused(&self) -> bool {
        self.end == "refused"
    }

    /// How many effects the recorded end means; nothing where it means that this cannot be told.
    fn wants(&self) -> Option<usize> {
        match self.end.as_str() {
            "accepted" | "observed" | "unobserved" | "resolved: applied" => Some(1),
            "refused"
            | "not-applied"
            | "withdrawn"
            | "denied"
            | "expired"
            | "overtaken"
            | "not-delivered"
            | "resolved: not-applied" => Some(0),
            _ => None,
        }
    }

    /// The heads that a write of it may carry: of its acknowledgement, and of each try that did not arrive.
    fn heads(&self) -> Vec<String> {
        let tries = self.rows.iter().filter(|row| ["acknowledged", "delayed"].contains(&row.event.as_str()));
        let head = |row: &Row| Some(Head { sequence: row.seq.unsigned_abs(), hash: row.hash? });
        tries.filter_map(head).map(|head| format!("head={}", head.short())).collect()
    }
}
