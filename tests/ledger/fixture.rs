//! Ledgers with records, and the hand of a vandal.

use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use std::time::Duration;

use rollgate::ledger::{Broken, Head, Ledger, LedgerError, Reader, Remembered, Verdict, Whole};
use rollgate::operation::{Actor, Entry, Id};
use rusqlite::Connection;
use tempfile::TempDir;

pub const PATIENCE: Duration = Duration::from_secs(60);

/// The body of an acknowledgement, as operations write it.
pub fn acknowledgement(name: &str) -> String {
    serde_json::json!({
        "v": 1, "kind": "promote", "digest": "ab".repeat(32), "grant": "prod/*", "staged_at": "2026-11-21T08:09:50Z",
        "consequence": format!("{name} goes on to its next step."),
        "facts": {"uid": "u-1", "pause": "CanaryPauseStep since 2026-11-21T08:00:00Z"},
        "request": {
            "method": "PATCH", "content_type": "application/json-patch+json", "body": "[{\"op\":\"test\"}]",
            "path": format!("/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/{name}/status?fieldManager=rollgate-x"),
        },
        "target": {
            "context": "prod", "server": "https://127.0.0.1:6443", "user": "ada", "uid": "u-1",
            "key": {"namespace": "shop", "name": name},
        },
    })
    .to_string()
}

pub fn entry(operation: &str, number: u32, event: &str) -> Entry {
    let body = match event {
        "acknowledged" => acknowledgement("web"),
        _ => serde_json::json!({"v": 1, "kind": "promote", "note": "zwölf \u{202e} \u{1f600} \u{7f}"})
            .to_string(),
    };
    Entry {
        operation: Id(operation.into()),
        number,
        at: "2026-11-21T08:10:00.25Z".parse().unwrap(),
        event: event.into(),
        actor: (event == "acknowledged").then(|| Actor { uid: 1000, ..Actor::default() }),
        user: "ada".into(),
        body,
    }
}

pub fn append(ledger: &Ledger, entry: Entry) -> Result<Head, LedgerError> {
    let (answer, answered) = channel();
    ledger.append(entry, move |result| answer.send(result).unwrap());
    answered.recv_timeout(PATIENCE).expect("the ledger answers")
}

/// A ledger on disk, and its heads.
pub struct Book {
    pub folder: TempDir,
    pub heads: Vec<Head>,
}

impl Book {
    /// Writes so many records behind the genesis, and closes the ledger.
    pub fn of(records: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(&folder.path().join("ledger")).unwrap();
        let mut heads = vec![ledger.reader().unwrap().head().unwrap().unwrap()];
        for nth in 0..records {
            let event = if nth % 2 == 0 { "acknowledged" } else { "observed" };
            // Even numbers, so that no changed bit makes one order's id another's.
            let id = format!("0199a000-0000-7000-8000-{:012x}", nth / 2 * 2);
            heads.push(append(&ledger, entry(&id, nth % 2 + 1, event)).unwrap());
        }
        assert!(ledger.close(PATIENCE));
        Self { folder, heads }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("ledger")
    }

    pub fn raw(&self) -> Vandal {
        Vandal::of(&self.path())
    }
}

/// Somebody who can write the file.
pub struct Vandal(pub Connection);

impl Vandal {
    pub fn of(path: &Path) -> Self {
        Self(Connection::open(path).unwrap())
    }

    /// Changes what triggers forbid, and puts the triggers back, so that nothing but the records is changed.
    pub fn change(&self, how: impl FnOnce(&Connection)) {
        let sql = "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'";
        let mut statement = self.0.prepare(sql).unwrap();
        let triggers: Vec<(String, String)> = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        assert_eq!(triggers.len(), 3);
        self.0.execute_batch("BEGIN").unwrap();
        for (name, _) in &triggers {
            self.0.execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
        }
        how(&self.0);
        for (_, sql) in &triggers {
            self.0.execute_batch(sql).unwrap();
        }
        self.0.execute_batch("COMMIT").unwrap();
    }

    pub fn run(&self, sql: &str) {
        self.change(|raw| {
            raw.execute_batch(sql).unwrap();
        });
    }
}

pub fn verdict(path: &Path, remembered: &[Remembered]) -> Verdict {
    Reader::open(path).unwrap().verify(remembered).unwrap()
}

#[track_caller]
pub fn broken(path: &Path) -> Broken {
    match verdict(path, &[]) {
        Verdict::Broken(broken) => broken,
        Verdict::Whole(whole) => panic!("called whole: {whole:?}"),
    }
}

#[track_caller]
pub fn whole(path: &Path, remembered: &[Remembered]) -> Whole {
    match verdict(path, remembered) {
        Verdict::Whole(whole) => whole,
        Verdict::Broken(broken) => panic!("called broken: {broken}"),
    }
}

pub fn remembered(head: Head) -> Remembered {
    head.to_string().parse().unwrap()
}
