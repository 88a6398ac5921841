//! What a vandal with the file in hand can do, judged by both verifiers.

use rollgate::ledger::{Fault, Reader, Remembered, Verdict};
use rusqlite::params;
use rusqlite::types::Value;

use crate::auditor::{self, audit, audit_file, records};
use crate::fixture::*;

const COLUMNS: [&str; 7] = ["at", "operation", "event", "actor", "api_user", "body", "hash"];

#[test]
fn both_verifiers_find_an_untouched_ledger_whole_and_name_the_same_head() {
    let book = Book::of(7);
    let found = whole(&book.path(), &[]);
    assert_eq!(found.records, 8);
    assert_eq!(found.head, *book.heads.last().unwrap());
    assert_eq!(audit_file(&book.path()).unwrap(), found.head.to_string());
    assert_eq!((found.genesis.adopted, found.anchored), (0, None));
}

#[test]
fn every_head_that_was_answered_is_the_record_in_the_file() {
    let book = Book::of(6);
    let all: Vec<Remembered> = book.heads.iter().map(|head| remembered(*head)).collect();
    assert_eq!(whole(&book.path(), &all).anchored, Some(6));
    let short: Remembered = book.heads[3].short().parse().unwrap();
    assert_eq!(whole(&book.path(), &[short]).anchored, Some(3));
    for (head, record) in book.heads.iter().zip(records(&book.raw().0)) {
        assert_eq!((head.sequence as i64, head.hash.to_vec()), (record.seq, record.hash));
    }
}

#[test]
fn one_changed_byte_in_any_column_of_any_record_is_found_there() {
    let book = Book::of(4);
    let vandal = book.raw();
    let reader = Reader::open(&book.path()).unwrap();
    let mut tried = 0;
    for record in records(&vandal.0) {
        for column in COLUMNS {
            let sql = format!("SELECT CAST({column} AS BLOB) FROM record WHERE seq = ?1");
            let original: Option<Vec<u8>> = vandal.0.query_row(&sql, [record.seq], |row| row.get(0)).unwrap();
            let kind = if column == "hash" { "BLOB" } else { "TEXT" };
            let put = |bytes: &[u8]| {
                vandal.change(|raw| {
                    let sql = format!("UPDATE record SET {column} = CAST(?2 AS {kind}) WHERE seq = ?1");
                    assert_eq!(raw.execute(&sql, params![record.seq, bytes]).unwrap(), 1);
                });
            };
            let Some(original) = original else { continue };
            for at in 0..original.len() {
                let mut changed = original.clone();
                changed[at] ^= 1;
                put(&changed);
                match reader.verify(&[]).unwrap() {
                    Verdict::Broken(broken) => {
                        assert_eq!(broken.sequence as i64, record.seq, "{column} at {at}: {broken}");
                        assert_eq!(broken.fault, Fault::Altered);
                    }
                    Verdict::Whole(_) => panic!("record {}, {column} at {at} may be changed", record.seq),
                }
                assert_eq!(audit(&records(&vandal.0)), Err(record.seq), "{column} at {at}");
                tried += 1;
            }
            put(&original);
        }
    }
    assert!(tried > 1_500, "{tried}");
    whole(&book.path(), &[]);
}

#[test]
fn numbers_and_kinds_of_values_are_covered_too() {
    for (sql, at) in [
        ("UPDATE record SET entry = entry + 10 WHERE seq = 3", 3),
        ("UPDATE record SET entry = -entry WHERE seq = 3", 3),
        ("UPDATE record SET actor = '' WHERE seq = 2", 2),
        ("UPDATE record SET actor = NULL WHERE seq = 3", 3),
        ("UPDATE record SET api_user = '' WHERE seq = 3", 3),
        ("UPDATE record SET api_user = at, at = api_user WHERE seq = 3", 3),
        (
            "UPDATE record SET event = event || substr(api_user, 1, 1), api_user = substr(api_user, 2) WHERE seq = 3",
            3,
        ),
        ("UPDATE record SET body = CAST(body AS BLOB) WHERE seq = 2", 2),
        ("UPDATE record SET at = CAST(at AS BLOB) WHERE seq = 0", 0),
        ("UPDATE record SET operation = x'ff' WHERE seq = 1", 1),
        ("UPDATE record SET body = CAST(x'fffe' AS TEXT) WHERE seq = 1", 1),
        ("UPDATE record SET body = body || char(0) WHERE seq = 1", 1),
        ("UPDATE record SET seq = 9 WHERE seq = 4", 4),
        ("UPDATE record SET seq = -1 WHERE seq = 0", 0),
        ("UPDATE record SET hash = zeroblob(32) WHERE seq = 4", 4),
        ("PRAGMA ignore_check_constraints = 1; UPDATE record SET hash = x'' WHERE seq = 4", 4),
        ("PRAGMA ignore_check_constraints = 1; UPDATE record SET hash = 'a' WHERE seq = 4", 4),
    ] {
        let book = Book::of(4);
        book.raw().run(sql);
        let found = broken(&book.path());
        assert_eq!(found.sequence, at, "{sql}: {found}");
    }
}

#[test]
fn dropped_swapped_doubled_and_inserted_records_are_found() {
    let last =
        "SELECT 6, at, operation || 'x', entry, event, actor, api_user, hash, body FROM record WHERE seq = 5";
    let open = "UPDATE record SET seq = seq + 100 WHERE seq >= 3; UPDATE record SET seq = seq - 99 WHERE seq >= 100;";
    for (sql, at) in [
        ("DELETE FROM record WHERE seq = 0".to_owned(), 0),
        ("DELETE FROM record WHERE seq = 2".to_owned(), 2),
        ("DELETE FROM record WHERE seq = 2; UPDATE record SET seq = seq - 1 WHERE seq > 2".to_owned(), 2),
        (
            "UPDATE record SET seq = 50 WHERE seq = 2; UPDATE record SET seq = 2 WHERE seq = 3;
             UPDATE record SET seq = 3 WHERE seq = 50"
                .to_owned(),
            2,
        ),
        (format!("INSERT INTO record (seq, at, operation, entry, event, actor, api_user, hash, body) {last}"), 6),
        (
            format!(
                "{open} INSERT INTO record (seq, at, operation, entry, event, actor, api_user, hash, body)
                 SELECT 3, at, operation || 'x', entry, event, actor, api_user, hash, body FROM record WHERE seq = 2"
            ),
            3,
        ),
        ("DELETE FROM record".to_owned(), 0),
    ] {
        let book = Book::of(5);
        book.raw().run(&sql);
        let found = broken(&book.path());
        assert_eq!(found.sequence, at, "{sql}: {found}");
        if sql != "DELETE FROM record" {
            assert_eq!(audit_file(&book.path()), Err(at as i64), "{sql}");
        }
    }
}

#[test]
fn a_change_with_its_own_hash_made_anew_is_found_at_the_record_after_it() {
    let book = Book::of(5);
    book.raw().change(|raw| {
        raw.execute("UPDATE record SET body = '{}' WHERE seq = 3", []).unwrap();
        let all = records(raw);
        let hash = auditor::hash(&all[2].hash, &all[3]).unwrap();
        raw.execute("UPDATE record SET hash = ?1 WHERE seq = 3", [hash]).unwrap();
    });
    assert_eq!((broken(&book.path()).sequence, broken(&book.path()).fault), (4, Fault::Altered));
    assert_eq!(audit_file(&book.path()), Err(4));
}

#[test]
fn an_end_that_was_cut_off_shows_only_beside_a_head_that_was_kept_elsewhere() {
    let book = Book::of(5);
    book.raw().run("DELETE FROM record WHERE seq > 3");
    // Without one it cannot show, and that is said: nothing is anchored.
    assert_eq!(whole(&book.path(), &[]).anchored, None);
    assert_eq!(whole(&book.path(), &[remembered(book.heads[3])]).anchored, Some(3));
    let kept = remembered(book.heads[5]);
    let Verdict::Broken(found) = verdict(&book.path(), std::slice::from_ref(&kept)) else {
        panic!("called whole")
    };
    assert_eq!((found.sequence, found.fault), (4, Fault::CutOff { remembered: kept }));
}

#[test]
fn a_chain_forged_from_a_record_on_shows_only_beside_a_head_that_was_kept_elsewhere() {
    let book = Book::of(5);
    book.raw().change(|raw| {
        raw.execute("UPDATE record SET api_user = 'eve' WHERE seq = 3", []).unwrap();
        auditor::forge(raw, 3);
    });
    // Both verifiers are deceived by a forger who has the whole file: that is what heads are for.
    assert_eq!(whole(&book.path(), &[]).head.to_string(), audit_file(&book.path()).unwrap());
    assert_eq!(whole(&book.path(), &[remembered(book.heads[2])]).anchored, Some(2));
    for at in 3..=5 {
        let kept: Remembered = book.heads[at].short().parse().unwrap();
        let heads = [remembered(book.heads[1]), kept.clone()];
        let Verdict::Broken(found) = verdict(&book.path(), &heads) else { panic!("called whole") };
        assert_eq!(found.sequence, at as u64);
        assert!(matches!(found.fault, Fault::Forgotten { remembered, .. } if remembered == kept));
    }
}

#[test]
fn another_ledger_in_its_place_is_not_the_one_remembered() {
    let (book, other) = (Book::of(3), Book::of(3));
    let kept = remembered(book.heads[0]);
    let Verdict::Broken(found) = verdict(&other.path(), &[kept]) else { panic!("called whole") };
    assert_eq!(found.sequence, 0);
}

#[test]
fn guards_that_were_taken_away_or_changed_are_missed() {
    for sql in [
        "DROP TRIGGER record_keeps_rows",
        "DROP TRIGGER record_loses_none",
        "DROP INDEX record_acknowledged",
        "ALTER TABLE record ADD COLUMN note TEXT",
        "CREATE TRIGGER quiet AFTER INSERT ON record BEGIN SELECT 1; END",
        "CREATE INDEX odd ON record (body)",
    ] {
        let book = Book::of(2);
        book.raw().0.execute_batch(sql).unwrap();
        let found = broken(&book.path());
        assert!(matches!(found.fault, Fault::Guards { .. }), "{sql}: {found}");
    }
}

#[test]
fn no_flipped_bit_of_the_file_makes_another_record_pass() {
    let book = Book::of(9);
    let original = std::fs::read(book.path()).unwrap();
    let truth = records(&book.raw().0);
    let kept = remembered(*book.heads.last().unwrap());
    let mut chance: u64 = 0x9e37_79b9_7f4a_7c15;
    let (mut caught, mut harmless) = (0, 0);
    for _ in 0..400 {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let bit = (chance >> 20) as usize % (original.len() * 8);
        let mut bytes = original.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("l");
        std::fs::write(&path, &bytes).unwrap();
        let judged = Reader::open(&path).and_then(|reader| reader.verify(std::slice::from_ref(&kept)));
        match judged {
            Ok(Verdict::Whole(_)) => {
                harmless += 1;
                let same: Vec<_> = records(&rusqlite::Connection::open(&path).unwrap());
                assert!(same == truth, "bit {bit} changes a record, and is not seen");
            }
            Ok(Verdict::Broken(_)) | Err(_) => caught += 1,
        }
    }
    assert!(caught > 50 && harmless > 10, "{caught} caught, {harmless} harmless");
}

#[test]
fn the_second_verifier_is_no_copy_that_always_agrees() {
    let book = Book::of(3);
    let mut all = records(&book.raw().0);
    assert!(audit(&all).is_ok());
    all[2].body = Value::Text("{}".to_owned());
    assert_eq!(audit(&all), Err(2));
    all.remove(1);
    assert_eq!(audit(&all), Err(1));
}
