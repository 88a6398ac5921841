//! What the policy service answered: kept in order, numbered, capped, and apart from the chain; what may be missing shows.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::fixture::*;
use crate::gate::answered::Row;
use crate::ledger::seen::{MOST_ANSWERS, OLDEST, Waiting};
use crate::ledger::{Ledger, Reader, Verdict};
use crate::rollout::Key;
use crate::timeline::{Answer, Unkept};

fn now() -> Timestamp {
    "2026-11-21T08:00:00Z".parse().unwrap()
}

fn web() -> Key {
    Key { namespace: "shop".into(), name: "web".into() }
}

fn answer(nth: i64) -> Answer {
    Answer {
        key: web(),
        uid: "u-1".into(),
        version: "6c9f".into(),
        at: now() + SignedDuration::from_secs(nth),
        body: format!("answer {nth}"),
        breaks: false,
    }
}

/// Keeps answers one after the other, as they come minutes apart.
fn keep(ledger: Ledger, answers: Vec<Answer>) {
    let keeper = ledger.keeper();
    let wait =
        || append(&ledger, entry(&format!("o-{:?}", std::time::Instant::now()), 1, "observed")).unwrap();
    for answer in answers {
        keeper.keep(Unkept { answers: vec![answer], ..Unkept::default() });
        // Twice: what waits is written after the entry before which it was handed over.
        wait();
        wait();
    }
    drop(keeper);
    assert!(ledger.close(Duration::from_secs(60)));
}

fn numbers(rows: &[Row]) -> Vec<(i64, String)> {
    rows.iter().map(|row| (row.number, row.body.clone())).collect()
}

#[test]
fn answers_are_there_after_a_restart_one_behind_the_other_and_the_chain_knows_nothing_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    keep(open(&path), vec![Answer { breaks: true, ..answer(1) }, answer(2)]);
    assert!(
        Reader::open(&path)
            .unwrap()
            .answers(&Key { namespace: "shop".into(), name: "api".into() })
            .unwrap()
            .is_empty()
    );
    let other = Answer { uid: "u-2".into(), version: "5b8e".into(), ..answer(3) };
    keep(open(&path), vec![Answer { breaks: true, ..answer(3) }, other, answer(4)]);
    let reader = Reader::open(&path).unwrap();
    let rows = reader.answers(&web()).unwrap();
    let told = |number, nth: i64| (number, format!("answer {nth}"));
    // A session leaves a number out before its first answer: what was answered before it nobody heard.
    assert_eq!(numbers(&rows), [told(2, 1), told(3, 2), told(5, 3), told(6, 4), told(1, 3)]);
    let Row { uid, canary, at, .. } = &rows[0];
    assert_eq!((&**uid, &**canary, *at), ("u-1", "6c9f", answer(1).at));
    assert!(matches!(reader.verify(&[]).unwrap(), Verdict::Whole(_)));
}

#[test]
fn a_ledger_of_before_has_no_answers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    keep(open(&path), Vec::new());
    assert!(Reader::open(&path).unwrap().answers(&web()).unwrap().is_empty());
}

#[test]
fn no_answer_has_an_earlier_time_than_the_one_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    keep(open(&path), vec![answer(50), answer(20), answer(60)]);
    let rows = Reader::open(&path).unwrap().answers(&web()).unwrap();
    let times: Vec<Timestamp> = rows.iter().map(|row| row.at).collect();
    assert_eq!(times, [answer(50).at, answer(50).at, answer(60).at]);
}

#[test]
fn what_is_too_old_or_too_much_is_forgotten_from_the_oldest_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let old = Answer { at: now() - OLDEST - SignedDuration::from_hours(1), ..answer(0) };
    keep(open(&path), vec![old, answer(1)]);
    assert_eq!(numbers(&Reader::open(&path).unwrap().answers(&web()).unwrap()), [(2, "answer 1".to_owned())]);
    // One about each of many Rollouts, since a newer one takes the place of one that waits.
    let ledger = open(&path);
    let each = |nth: i64| Answer {
        key: Key { namespace: "shop".into(), name: format!("r-{nth}").into() },
        ..answer(nth)
    };
    ledger.keeper().keep(Unkept { answers: (2..=MOST_ANSWERS + 1).map(each).collect(), ..Unkept::default() });
    assert!(ledger.close(Duration::from_secs(60)));
    let reader = Reader::open(&path).unwrap();
    let rows = |nth: i64| reader.answers(&each(nth).key).unwrap().len();
    assert_eq!((reader.answers(&web()).unwrap().len(), rows(2), rows(MOST_ANSWERS + 1)), (0, 1, 1));
}

#[test]
fn one_that_never_reached_the_disk_leaves_a_number_out() {
    let waiting = Waiting::default();
    let unkept = |nth| Unkept { answers: vec![answer(nth)], ..Unkept::default() };
    waiting.add(unkept(1));
    waiting.add(unkept(2));
    let batch = waiting.take().unwrap();
    let told: Vec<_> = batch.answers.iter().map(|it| (it.body.as_str(), it.breaks)).collect();
    assert_eq!(told, [("answer 2", true)]);
    // What could not be written waits again, unless a newer one came.
    waiting.take_back(batch);
    let again = waiting.take().unwrap();
    assert_eq!(again.answers[0], Answer { breaks: true, ..answer(2) });
    waiting.add(unkept(3));
    waiting.take_back(again);
    assert_eq!(waiting.take().unwrap().answers, [Answer { breaks: true, ..answer(3) }]);
    assert!(waiting.take().is_none());
}
