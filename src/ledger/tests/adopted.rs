//! Owns what becomes of a file from before the chain: all of it is kept, chained, and said to be older.

use std::path::Path;

use super::fixture::*;
use crate::ledger::{LedgerError, Reader, Row, Verdict, schema};

/// The form before the chain, as programs made it that knew no other.
const FORM_1: &str = "
CREATE TABLE record (
    seq INTEGER PRIMARY KEY, at TEXT NOT NULL, operation TEXT NOT NULL, entry INTEGER NOT NULL, event TEXT NOT NULL,
    actor TEXT, api_user TEXT NOT NULL, body TEXT NOT NULL, prev_hash TEXT, hash TEXT, UNIQUE (operation, entry)
);
CREATE TRIGGER record_keeps_rows BEFORE UPDATE ON record
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER record_loses_none BEFORE DELETE ON record
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER record_replaces_none BEFORE INSERT ON record
    WHEN EXISTS (SELECT 1 FROM record
                 WHERE seq = NEW.seq OR (operation = NEW.operation AND entry = NEW.entry))
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
PRAGMA application_id=0x524c4754; PRAGMA user_version=1; PRAGMA journal_mode=WAL;
";

fn old(path: &Path, records: usize) {
    let raw = raw(path);
    raw.query_row("PRAGMA journal_mode=WAL", [], |_| Ok(())).unwrap();
    raw.execute_batch(&FORM_1.replace("PRAGMA journal_mode=WAL;", "")).unwrap();
    for nth in 1..=records {
        raw.execute(
            "INSERT INTO record (seq, at, operation, entry, event, actor, api_user, body)
             VALUES (?1, '2026-11-01T00:00:00Z', 'op' || (?1 / 2), ?1 % 2, 'observed', ?2, 'ada', '{\"n\":' || ?1 || '}')",
            rusqlite::params![nth as i64, (nth % 3 == 0).then_some("{\"uid\":1000}")],
        )
        .unwrap();
    }
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
}

fn rows(path: &Path) -> Vec<Row> {
    let rows = Reader::open(path).unwrap().newest(1_000).unwrap();
    rows.into_iter().map(|row| Row { hash: None, ..row }).collect()
}

#[test]
fn an_old_file_is_chained_when_it_is_opened_for_writing_and_says_how_many_records_are_older() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l");
    old(&path, 25);
    let before = rows(&path);
    assert_eq!(before.len(), 25);
    let ledger = open(&path);
    assert_eq!(append(&ledger, entry("new", 1, "acknowledged")), Ok(26));
    let Verdict::Whole(whole) = ledger.reader().unwrap().verify(&[]).unwrap() else { panic!("broken") };
    assert_eq!((whole.records, whole.genesis.adopted), (27, 25));
    assert_eq!(rows(&path)[1..], before, "nothing that was recorded is changed");
}

#[test]
fn an_old_file_has_the_same_form_afterwards_as_a_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let things = |path: &Path| -> Vec<(String, Option<String>)> {
        drop(open(path));
        let raw = raw(path);
        let mut statement = raw.prepare("SELECT name, sql FROM sqlite_schema ORDER BY name").unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.map(Result::unwrap).collect()
    };
    old(&folder.path().join("old"), 3);
    assert_eq!(things(&folder.path().join("old")), things(&folder.path().join("new")));
}

#[test]
fn an_old_file_is_read_as_it_is_and_said_to_keep_no_chain() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l");
    old(&path, 3);
    let reader = Reader::open(&path).unwrap();
    assert_eq!(reader.newest(9).unwrap().len(), 3);
    assert_eq!(reader.open_operations().unwrap(), []);
    assert_eq!(reader.head().unwrap(), None);
    let refusal = reader.verify(&[]).unwrap_err();
    assert!(matches!(refusal, LedgerError::Unchained(_)) && refusal.to_string().contains("no chain yet"));
    assert!(reader.export(&mut Vec::new()).is_err());
}

#[test]
fn an_old_file_with_a_gap_is_refused_and_left_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l");
    old(&path, 9);
    raw(&path).execute_batch("DROP TRIGGER record_loses_none; DELETE FROM record WHERE seq = 4").unwrap();
    raw(&path)
        .execute_batch(
            "CREATE TRIGGER record_loses_none BEFORE DELETE ON record
             BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;",
        )
        .unwrap();
    assert!(refusal(&path).contains("is damaged"));
    let version: i64 = raw(&path).query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    assert_eq!((version, rows(&path).len()), (1, 8));
}

#[test]
fn several_programs_that_open_an_old_file_at_once_chain_it_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l");
    old(&path, 50);
    std::thread::scope(|scope| {
        for which in 0..6 {
            let path = &path;
            scope.spawn(move || append(&open(path), entry(&format!("new{which}"), 1, "observed")).unwrap());
        }
    });
    let Verdict::Whole(whole) = Reader::open(&path).unwrap().verify(&[]).unwrap() else { panic!("broken") };
    assert_eq!((whole.records, whole.genesis.adopted), (57, 50));
}

#[test]
fn a_program_that_knows_only_the_old_form_cannot_break_the_chain() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l");
    old(&path, 2);
    let older = raw(&path);
    let count: i64 = older.query_row("SELECT count(*) FROM record", [], |row| row.get(0)).unwrap();
    assert_eq!(count, 2);
    drop(schema::open(&path).unwrap());
    let refused = older.execute(
        "INSERT INTO record (seq, at, operation, entry, event, actor, api_user, body) VALUES (3,'','x',1,'',NULL,'','')",
        [],
    );
    assert!(refused.unwrap_err().to_string().contains("hash"));
    assert!(matches!(Reader::open(&path).unwrap().verify(&[]), Ok(Verdict::Whole(_))));
}
