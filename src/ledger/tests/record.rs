//! Owns what a ledger keeps: rows in order, byte for byte, never changed.

use std::sync::Arc;

use rusqlite::ErrorCode;

use super::fixture::*;
use crate::ledger::failure::LedgerError;
use crate::ledger::{Ledger, schema};

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn what_was_answered_is_there_after_opening_again_byte_for_byte() {
    let folder = folder();
    let path = folder.path().join("ledger.sqlite3");
    let ledger = open(&path);
    assert_eq!(append(&ledger, entry("a", 1, "acknowledged")).unwrap(), 1);
    assert_eq!(append(&ledger, entry("a", 2, "accepted")).unwrap(), 2);
    assert!(ledger.close(std::time::Duration::from_secs(60)));
    let rows = open(&path).entries(10).unwrap();
    assert_eq!(rows.iter().map(|row| row.seq).collect::<Vec<_>>(), [2, 1]);
    let first = &rows[1];
    assert_eq!((first.operation.as_str(), first.entry, first.event.as_str()), ("a", 1, "acknowledged"));
    assert_eq!(first.at, "2026-11-21T08:10:00Z");
    assert_eq!(first.api_user, "ada");
    assert_eq!(first.body, r#"{"kind":"promote", "n":1}"#);
    let actor: serde_json::Value = serde_json::from_str(first.actor.as_deref().unwrap()).unwrap();
    assert_eq!((&actor["uid"], &actor["ssh"]), (&1000.into(), &"10.0.0.1 5 10.0.0.2 22".into()));
    assert_eq!(rows[0].actor, None);
}

#[test]
fn only_as_many_rows_as_wanted_are_read() {
    let folder = folder();
    let ledger = open(&folder.path().join("l"));
    for number in 1..=5 {
        append(&ledger, entry("a", number, "acknowledged")).unwrap();
    }
    assert_eq!(ledger.entries(2).unwrap().len(), 2);
    assert_eq!(ledger.entries(0).unwrap().len(), 0);
}

#[test]
fn rows_can_be_neither_changed_nor_removed_nor_replaced() {
    let folder = folder();
    let path = folder.path().join("l");
    let ledger = open(&path);
    append(&ledger, entry("a", 1, "acknowledged")).unwrap();
    let raw = raw(&path);
    for sql in [
        "UPDATE record SET body = 'x'",
        "DELETE FROM record",
        "INSERT OR REPLACE INTO record (seq, at, operation, entry, event, api_user, body) VALUES (1,'','z',1,'','','')",
        "INSERT OR REPLACE INTO record (seq, at, operation, entry, event, api_user, body) VALUES (9,'','a',1,'','','')",
        "INSERT INTO record (seq, at, operation, entry, event, api_user, body) VALUES (9,'','b',1,'','','')",
        "INSERT INTO record (at, operation, entry, event, api_user, body) VALUES ('','b',1,'','','')",
        "REPLACE INTO record SELECT * FROM record",
    ] {
        let error = raw.execute(sql, []).unwrap_err().to_string();
        assert!(error.contains("append-only"), "{sql}: {error}");
    }
    assert_eq!(ledger.entries(9).unwrap().len(), 1);
}

#[test]
fn the_same_entry_twice_is_refused_and_the_next_one_taken() {
    let folder = folder();
    let ledger = open(&folder.path().join("l"));
    append(&ledger, entry("a", 1, "acknowledged")).unwrap();
    let twice = append(&ledger, entry("a", 1, "acknowledged")).unwrap_err();
    assert!(matches!(twice, LedgerError::Failed { .. }), "{twice}");
    assert_eq!(append(&ledger, entry("a", 2, "accepted")), Ok(2));
}

#[test]
fn an_acknowledgement_that_comes_too_late_to_the_disk_is_not_written_but_an_outcome_is() {
    let folder = folder();
    let ledger = open(&folder.path().join("l"));
    let late = |entry| {
        let (answer, answered) = std::sync::mpsc::channel();
        let answer = Box::new(move |result| answer.send(result).unwrap());
        ledger.writer.append(entry, std::time::Instant::now(), answer);
        answered.recv().unwrap()
    };
    assert!(matches!(late(entry("a", 1, "acknowledged")), Err(LedgerError::TooLate(_))));
    assert!(ledger.entries(9).unwrap().is_empty());
    assert_eq!(late(entry("b", 2, "observed")).map(|head| head.sequence), Ok(1));
}

#[test]
fn a_ledger_held_by_a_hanging_process_refuses_more_than_its_backlog_at_once() {
    let folder = folder();
    let path = folder.path().join("l");
    let ledger = open(&path);
    let holder = raw(&path);
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (answer, answered) = std::sync::mpsc::channel();
    let begun = std::time::Instant::now();
    for number in 0..400 {
        let answer = answer.clone();
        ledger.append(entry("a", number, "observed"), move |result| answer.send(result).unwrap());
    }
    assert!(matches!(answered.recv().unwrap(), Err(LedgerError::Backlog(_))));
    assert!(begun.elapsed() < std::time::Duration::from_secs(5), "appending waited for the disk");
    holder.execute_batch("ROLLBACK").unwrap();
    drop(answer);
    let stored = answered.iter().filter(Result::is_ok).count();
    assert_eq!(ledger.entries(999).unwrap().len(), stored);
    assert!(stored >= 256);
}

#[test]
fn several_ledgers_on_one_file_add_up_without_gaps() {
    let folder = folder();
    let path = Arc::new(folder.path().join("l"));
    let threads: Vec<_> = (0..4)
        .map(|which| {
            let path = path.clone();
            std::thread::spawn(move || {
                let ledger = open(&path);
                for number in 1..=50 {
                    append(&ledger, entry(&format!("op{which}"), number, "observed")).unwrap();
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    let rows = open(&path).entries(999).unwrap();
    let mut expected: Vec<i64> = (1..=200).collect();
    expected.reverse();
    assert_eq!(rows.iter().map(|row| row.seq).collect::<Vec<_>>(), expected);
}

#[test]
fn the_file_is_kept_as_a_ledger_needs_it() {
    let folder = folder();
    let path = folder.path().join("l");
    let connection = {
        let ledger = open(&path);
        append(&ledger, entry("a", 1, "acknowledged")).unwrap();
        schema::open(&path).unwrap()
    };
    let pragma = |name: &str| -> String {
        connection
            .query_row(&format!("PRAGMA {name}"), [], |row| {
                row.get::<_, rusqlite::types::Value>(0).map(|value| format!("{value:?}"))
            })
            .unwrap()
    };
    assert_eq!(pragma("journal_mode"), r#"Text("wal")"#);
    assert_eq!(pragma("synchronous"), "Integer(2)", "FULL");
    assert_eq!(pragma("busy_timeout"), "Integer(10000)");
    assert_eq!(pragma("trusted_schema"), "Integer(0)");
    assert_eq!(pragma("user_version"), "Integer(2)");
}

#[test]
fn a_newer_form_is_refused_in_one_sentence_and_left_alone() {
    let folder = folder();
    let path = folder.path().join("l");
    drop(open(&path));
    raw(&path).execute_batch("PRAGMA user_version=7").unwrap();
    let sentence = refusal(&path);
    assert!(sentence.contains("has form 7") && sentence.contains("use the newer rollgate"), "{sentence}");
}

#[test]
fn a_database_of_another_program_is_refused_and_left_alone() {
    let folder = folder();
    let path = folder.path().join("l");
    drop(open(&path));
    std::fs::remove_file(&path).unwrap();
    raw(&path).execute_batch("CREATE TABLE cookies (x)").unwrap();
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let before = std::fs::read(&path).unwrap();
    assert!(refusal(&path).contains("not a ledger of this program"));
    assert!(std::fs::read(&path).unwrap() == before, "it was written to");
}

#[test]
fn a_damaged_file_is_refused_and_kept() {
    let folder = folder();
    let path = folder.path().join("l");
    assert!(open(&path).close(std::time::Duration::from_secs(60)));
    let mut bytes = std::fs::read(&path).unwrap();
    // The schema's own page, past the header.
    bytes[100..4000].fill(0xa5);
    std::fs::write(&path, &bytes).unwrap();
    let sentence = refusal(&path);
    assert!(sentence.contains("is damaged") && sentence.contains("keep the file"), "{sentence}");
    assert!(std::fs::read(&path).unwrap() == bytes, "it was written to");
    std::fs::write(&path, "certainly no database, and long enough to be looked at as one".repeat(20))
        .unwrap();
    assert!(refusal(&path).contains("not a ledger of this program"));
}

#[test]
fn each_failure_of_the_disk_has_its_sentence_and_only_real_damage_ends_writing() {
    let path = std::path::Path::new("/state/l");
    let of = |code: i32| {
        LedgerError::sqlite(path, &rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None))
    };
    use rusqlite::ffi;
    for (code, words, ends) in [
        (ffi::SQLITE_FULL, "full", false),
        (ffi::SQLITE_READONLY, "read-only", false),
        (ffi::SQLITE_CORRUPT, "damaged", true),
        (ffi::SQLITE_NOTADB, "not a ledger", true),
        (ffi::SQLITE_BUSY, "another process", false),
        (ffi::SQLITE_IOERR_FSYNC, "disk failed", true),
        (ffi::SQLITE_CONSTRAINT, "refused", false),
    ] {
        let error = of(code);
        assert!(error.to_string().contains(words), "{error}");
        assert!(error.to_string().contains("/state/l"), "{error}");
        assert_eq!(error.ends_writing(), ends, "{error}");
    }
    assert_eq!(ffi::Error::new(ffi::SQLITE_IOERR_FSYNC).code, ErrorCode::SystemIoFailure);
}

#[test]
fn a_full_disk_is_said_and_the_ledger_goes_on_when_there_is_space_again() {
    let folder = folder();
    let path = folder.path().join("l");
    drop(open(&path));
    let connection = schema::open(&path).unwrap();
    let pages: i64 = connection.query_row("PRAGMA max_page_count=1", [], |row| row.get(0)).unwrap();
    assert!(pages < 20, "{pages}");
    let ledger = Ledger {
        path: path.clone(),
        writer: crate::ledger::writer::Writer::start(connection, &path).unwrap(),
    };
    let mut large = entry("a", 1, "acknowledged");
    large.body = "x".repeat(1 << 20);
    let full = append(&ledger, large).unwrap_err();
    assert!(full.to_string().contains("full") && full.to_string().contains("make space"), "{full}");
    assert!(ledger.entries(9).unwrap().is_empty(), "nothing half-written is left");
    assert_eq!(append(&ledger, entry("a", 2, "denied")), Ok(1));
}
