//! Owns the entries and the waiting that the ledger's tests share.

use std::path::Path;
use std::sync::mpsc::channel;
use std::time::Duration;

use crate::ledger::{Head, Ledger, LedgerError};
use crate::operation::{Actor, Entry, Id};

pub fn entry(operation: &str, number: u32, event: &str) -> Entry {
    Entry {
        operation: Id(operation.into()),
        number,
        at: "2026-11-21T08:10:00Z".parse().unwrap(),
        event: event.into(),
        actor: (event == "acknowledged").then(|| Actor {
            uid: 1000,
            ssh: Some("10.0.0.1 5 10.0.0.2 22".into()),
            ..Actor::default()
        }),
        user: "ada".into(),
        body: format!(r#"{{"kind":"promote", "n":{number}}}"#),
    }
}

/// Appends, waits for the answer, and returns the record's number.
pub fn append(ledger: &Ledger, entry: Entry) -> Result<u64, LedgerError> {
    appended(ledger, entry).map(|head| head.sequence)
}

/// Appends and waits for the answer.
pub fn appended(ledger: &Ledger, entry: Entry) -> Result<Head, LedgerError> {
    let (answer, answered) = channel();
    ledger.append(entry, move |result| answer.send(result).unwrap());
    answered.recv_timeout(Duration::from_secs(60)).expect("the ledger answers")
}

pub fn open(path: &Path) -> Ledger {
    Ledger::open(path).unwrap_or_else(|error| panic!("{error}"))
}

/// A connection past the ledger, as an auditor or a vandal would have.
pub fn raw(path: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(path).unwrap()
}

pub fn refusal(path: &Path) -> String {
    match Ledger::open(path) {
        Ok(_) => panic!("opened {}", path.display()),
        Err(error) => {
            let sentence = error.to_string();
            assert!(!sentence.contains('\n'), "one sentence: {sentence}");
            sentence
        }
    }
}
