use super::*;
use crate::ledger::Ledger;

fn config(path: &Path) -> Config {
    Config { ledger: Some(path.to_owned()), ..Config::default() }
}

fn now() -> Timestamp {
    "2026-11-21T03:00:00Z".parse().unwrap()
}

#[test]
fn where_there_is_no_ledger_none_is_made_by_looking() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a").join("ledger.sqlite3");
    let nothing = Recording { head: None, verified: None, open: 0, waiting: 0 };
    assert_eq!(look(&config(&path), now()), Answer::Seen(nothing));
    assert!(!folder.path().join("a").exists());
}

#[test]
fn a_whole_ledger_is_told_with_its_head_and_up_to_where_it_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite3");
    drop(Ledger::open(&path).unwrap());
    let Answer::Seen(recording) = look(&config(&path), now()) else {
        panic!("{:?}", look(&config(&path), now()))
    };
    assert_eq!(recording.verified.map(|(at, _)| at), Some(now()));
    assert_eq!(recording.verified.map(|(_, until)| until), recording.head);
    assert_eq!((recording.open, recording.waiting), (0, 0));
}

#[test]
fn what_is_no_ledger_is_a_failure_in_words_that_name_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite3");
    std::fs::write(&path, "this is no database, however long it may be ".repeat(100)).unwrap();
    let Answer::Failed { why } = look(&config(&path), now()) else { panic!("it is none") };
    assert!(why.as_str().contains("ledger.sqlite3"), "{why}");
}
