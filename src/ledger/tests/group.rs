//! Owns what is committed together: one that cannot be stored takes no other with it, and the chain goes on.

use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use super::fixture::*;
use crate::ledger::writer::Writer;
use crate::ledger::{Head, Ledger, LedgerError, Verdict, schema};
use crate::operation::Entry;

/// Appends all while somebody holds the file, so that all but the first wait and are committed together.
fn together(ledger: &Ledger, entries: Vec<Entry>) -> Vec<Result<Head, LedgerError>> {
    let holder = raw(ledger.path());
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let answers: Vec<_> = entries
        .into_iter()
        .map(|entry| {
            let (answer, answered) = channel();
            ledger.append(entry, move |result| answer.send(result).unwrap());
            answered
        })
        .collect();
    holder.execute_batch("ROLLBACK").unwrap();
    answers.into_iter().map(|answer| answer.recv_timeout(Duration::from_secs(60)).unwrap()).collect()
}

fn records(ledger: &Ledger) -> u64 {
    match ledger.reader().unwrap().verify(&[]).unwrap() {
        Verdict::Whole(whole) => whole.records,
        Verdict::Broken(broken) => panic!("{broken}"),
    }
}

fn small(operation: &str) -> Entry {
    entry(operation, 1, "observed")
}

#[test]
fn one_that_the_table_refuses_is_left_out_of_its_group() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(&folder.path().join("l"));
    let all = ["a", "b", "b", "a", "c"].map(small).to_vec();
    let answers = together(&ledger, all);
    let numbers: Vec<Option<u64>> =
        answers.iter().map(|answer| answer.as_ref().ok().map(|head| head.sequence)).collect();
    assert_eq!(numbers, [Some(1), Some(2), None, None, Some(3)]);
    assert_eq!(records(&ledger), 4);
    assert_eq!(ledger.failure(), None);
}

#[test]
fn one_that_is_too_large_for_the_disk_takes_no_other_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l");
    drop(open(&path));
    let connection = schema::open(&path).unwrap();
    connection.query_row("PRAGMA max_page_count=30", [], |_| Ok(())).unwrap();
    let ledger = Ledger { path: path.clone(), writer: Writer::start(connection, &path).unwrap() };
    let large = Entry { body: "x".repeat(1 << 20), ..small("large") };
    let answers = together(&ledger, vec![small("a"), small("b"), large, small("c")]);
    assert!(matches!(answers[2], Err(LedgerError::Full(_))), "{answers:?}");
    assert!(answers.iter().filter(|answer| answer.is_ok()).count() == 3, "{answers:?}");
    assert_eq!(records(&ledger), 4);
}

#[test]
fn what_waits_is_committed_in_fewer_steps_than_one_each() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l");
    let ledger = open(&path);
    let count = 200;
    let before = frames(&path);
    let answers = together(&ledger, (0..count).map(|nth| small(&format!("op{nth}"))).collect());
    assert!(answers.iter().all(Result::is_ok));
    // One by one, each record would write its pages to the log anew.
    let written = frames(&path) - before;
    assert!(written < count, "{written} pages for {count} records");
    assert_eq!(records(&ledger), count + 1);
}

/// Pages in the write-ahead log.
fn frames(path: &std::path::Path) -> u64 {
    let log = path.with_file_name("l-wal");
    log.metadata().map_or(0, |file| file.len() / 4096)
}

#[test]
fn an_acknowledgement_that_waited_too_long_is_left_out_of_its_group() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(&folder.path().join("l"));
    let (answer, answered) = channel();
    let late = answer.clone();
    let binding = Entry { event: "acknowledged".into(), ..small("late") };
    ledger.writer.append(binding, Instant::now(), Box::new(move |result| late.send(result).unwrap()));
    ledger.append(small("a"), move |result| answer.send(result).unwrap());
    let mut all: Vec<bool> = answered.iter().map(|result| result.is_ok()).collect();
    all.sort_unstable();
    assert_eq!(all, [false, true]);
    assert_eq!(records(&ledger), 2);
}
