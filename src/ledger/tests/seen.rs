//! What was seen: it survives, it is capped, it forgets, and it never stands in an order's way or in the chain.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use super::fixture::*;
use crate::ledger::seen::{Batch, MOST, MOST_SAID, OLDEST};
use crate::ledger::{Ledger, Reader, Verdict};
use crate::rollout::Key;
use crate::timeline::{Dial, Scene, Sight, Sighting, Source, Unkept};

const PATIENCE: Duration = Duration::from_secs(60);

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

fn sighting(nth: usize, time: Timestamp) -> Sighting {
    Sighting {
        at: time,
        dial: Dial::Cluster,
        seen_at: time + SignedDuration::from_millis(300),
        scene: Scene { context: "prod".into(), server: "https://127.0.0.1:6443".into() },
        key: Key { namespace: "shop".into(), name: "web".into() },
        source: Source::Status,
        text: format!("step {nth} -> {} of 8", nth + 1).into(),
        mark: format!("u-1@{nth}/step").into(),
        count: 1,
    }
}

/// Waits until the writer has nothing left to do.
fn closed(ledger: Ledger) {
    assert!(ledger.close(PATIENCE));
}

#[test]
fn what_was_seen_is_there_after_a_restart_word_for_word_and_the_chain_knows_nothing_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let time = at("2026-11-21T08:00:00Z");
    let first = [sighting(1, time), sighting(2, time)];
    let ledger = open(&path);
    append(&ledger, entry("o-1", 1, "acknowledged")).unwrap();
    ledger.keep(first.to_vec(), 0);
    closed(ledger);

    let ledger = open(&path);
    ledger.keep(vec![sighting(3, time)], 0);
    append(&ledger, entry("o-1", 2, "observed")).unwrap();
    closed(ledger);

    let reader = Reader::open(&path).unwrap();
    assert_eq!(reader.seen(10).unwrap(), [first[0].clone(), first[1].clone(), sighting(3, time)]);
    assert_eq!(reader.seen(1).unwrap(), [sighting(3, time)], "the newest");
    let told = reader.told(10).unwrap();
    assert_eq!(told.iter().map(|record| &*record.event).collect::<Vec<_>>(), ["acknowledged", "observed"]);
    let Verdict::Whole(whole) = reader.verify(&[]).unwrap() else { panic!("the chain is broken") };
    assert_eq!(whole.records, 3, "the genesis and two records");
}

#[test]
fn a_ledger_that_never_kept_anything_tells_of_nothing_seen() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    closed(open(&path));
    assert_eq!(Reader::open(&path).unwrap().seen(10).unwrap(), []);
}

#[test]
fn what_is_too_old_is_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let now = at("2026-11-21T08:00:00Z");
    let ledger = open(&path);
    ledger.keep(vec![sighting(1, now - OLDEST - SignedDuration::from_hours(1)), sighting(2, now)], 0);
    closed(ledger);
    assert_eq!(Reader::open(&path).unwrap().seen(10).unwrap(), [sighting(2, now)]);
}

#[test]
fn what_was_lost_on_the_way_is_told_in_a_line_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let now = at("2026-11-21T08:00:00Z");
    let ledger = open(&path);
    ledger.keep(vec![sighting(1, now)], 5);
    closed(ledger);
    let seen = Reader::open(&path).unwrap().seen(10).unwrap();
    assert_eq!(seen[1].source, Source::Gap);
    assert_eq!(seen[1].text.as_str(), "5 changes came too fast to be kept");
}

#[test]
fn in_a_flood_every_order_is_recorded_nobody_waits_and_what_is_left_out_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let now = at("2026-11-21T08:00:00Z");
    let ledger = open(&path);
    // Many more than any disk takes, handed over as fast as that goes.
    let many = 3 * usize::try_from(MOST).unwrap();
    let (mut handed, mut longest, mut orders) = (0, Duration::ZERO, 0);
    while handed < many {
        let batch: Vec<Sighting> = (handed..handed + 500).map(|nth| sighting(nth, now)).collect();
        let begun = Instant::now();
        ledger.keep(batch, 0);
        longest = longest.max(begun.elapsed());
        handed += 500;
        if handed % 5_000 == 0 {
            // An order in the flood is recorded, and before it all that waited need not be written.
            append(&ledger, entry(&format!("o-{handed}"), 1, "acknowledged")).unwrap();
            orders += 1;
        }
    }
    append(&ledger, entry("last", 1, "acknowledged")).unwrap();
    closed(ledger);
    let reader = Reader::open(&path).unwrap();
    let seen = reader.seen(many).unwrap();
    let lost: u64 = seen
        .iter()
        .filter(|one| one.source == Source::Gap)
        .filter_map(|gap| gap.text.as_str().split(' ').next()?.parse::<u64>().ok())
        .sum();
    assert!(lost > 0, "the flood was slower than the disk: it shows nothing");
    assert_eq!(reader.told(1000).unwrap().len(), orders + 1, "every order was recorded");
    assert!(longest < Duration::from_secs(2), "handing over waited {longest:?}");
}

#[test]
fn the_file_stops_growing_at_the_cap_and_the_newest_stay() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    closed(open(&path));
    let now = at("2026-11-21T08:00:00Z");
    let most = usize::try_from(MOST).unwrap();
    let mut connection = raw(&path);
    let mut sizes = Vec::new();
    for round in 0..3 {
        for start in (round * most..(round + 1) * most).step_by(2_000) {
            let batch: Vec<Sighting> = (start..start + 2_000).map(|nth| sighting(nth, now)).collect();
            let batch = Batch { seen: batch, ..Batch::default() };
            crate::ledger::seen::keep(&mut connection, &batch).unwrap();
        }
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
        sizes.push(std::fs::metadata(&path).unwrap().len());
    }
    let seen = Reader::open(&path).unwrap().seen(2 * most).unwrap();
    assert_eq!(seen.len(), most);
    assert_eq!(seen.first(), Some(&sighting(2 * most, now)));
    assert_eq!(seen.last(), Some(&sighting(3 * most - 1, now)));
    assert!(sizes[2] <= sizes[1] && sizes[1] < sizes[0] + sizes[0] / 4, "{sizes:?}");
    assert!(sizes[2] < 16 << 20, "{sizes:?}");
}

#[test]
fn two_programs_that_see_the_same_keep_it_once_whoever_comes_first() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let now = at("2026-11-21T08:00:00Z");
    let (one, other) = (open(&path), open(&path));
    one.keep(vec![sighting(1, now), sighting(2, now)], 0);
    other.keep(vec![sighting(2, now), sighting(3, now)], 0);
    closed(one);
    closed(other);
    let reader = Reader::open(&path).unwrap();
    let mut seen = reader.seen(10).unwrap();
    seen.sort_by_key(|one| one.text.to_string());
    assert_eq!(seen, [sighting(1, now), sighting(2, now), sighting(3, now)]);
}

#[test]
fn the_same_cluster_under_another_context_keeps_its_own_lines() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let line = sighting(1, at("2026-11-21T08:00:00Z"));
    let scene = Scene { context: "prod-admin".into(), ..line.scene.clone() };
    let ledger = open(&path);
    ledger.keep(vec![line.clone(), Sighting { scene, ..line }], 0);
    closed(ledger);
    assert_eq!(Reader::open(&path).unwrap().seen(10).unwrap().len(), 2);
}

fn said(nth: usize, count: u32) -> Sighting {
    let line = sighting(nth, at("2026-11-21T08:00:00Z"));
    Sighting {
        source: Source::Event,
        text: format!("said {count}").into(),
        mark: format!("e-{nth}").into(),
        count,
        ..line
    }
}

#[test]
fn an_event_that_was_said_again_takes_the_place_of_its_line_and_an_older_word_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let ledger = open(&path);
    ledger.keep(vec![said(1, 1), said(2, 1), said(1, 4), said(1, 3)], 0);
    closed(ledger);
    assert_eq!(Reader::open(&path).unwrap().seen(10).unwrap(), [said(2, 1), said(1, 4)]);
}

#[test]
fn events_of_one_rollout_without_end_leave_what_others_have() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    closed(open(&path));
    let mut connection = raw(&path);
    let other = Sighting { key: Key { namespace: "shop".into(), name: "api".into() }, ..said(1, 1) };
    let mut keep = |seen: Vec<Sighting>| {
        crate::ledger::seen::keep(&mut connection, &Batch { seen, ..Batch::default() }).unwrap();
    };
    keep(vec![other.clone(), sighting(1, at("2026-11-21T08:00:00Z"))]);
    let many = usize::try_from(MOST_SAID).unwrap();
    for start in (10..10 + 4 * many).step_by(many) {
        keep((start..start + many).map(|nth| said(nth, 1)).collect());
    }
    let seen = Reader::open(&path).unwrap().seen(100_000).unwrap();
    assert_eq!(seen.len(), many + 2);
    assert!(seen.contains(&other) && seen.contains(&sighting(1, at("2026-11-21T08:00:00Z"))));
    assert_eq!(seen.last(), Some(&said(9 + 4 * many, 1)));
}

#[test]
fn a_table_from_before_the_marks_is_read_and_taken_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    closed(open(&path));
    let old = "CREATE TABLE seen (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, dial TEXT NOT NULL, \
        seen_at INTEGER NOT NULL, context TEXT NOT NULL, server TEXT NOT NULL, namespace TEXT NOT NULL, \
        name TEXT NOT NULL, source TEXT NOT NULL, text TEXT NOT NULL); \
        INSERT INTO seen VALUES (1, 0, 'here', 0, 'prod', 'https://127.0.0.1:6443', 'shop', 'web', 'spec', 'old')";
    raw(&path).execute_batch(old).unwrap();
    let reader = Reader::open(&path).unwrap();
    assert_eq!(reader.seen(10).unwrap()[0].text.as_str(), "old");
    let ledger = open(&path);
    let soon = sighting(1, at("1970-01-02T00:00:00Z"));
    ledger.keep(vec![soon.clone(), soon.clone()], 0);
    closed(ledger);
    let seen = Reader::open(&path).unwrap().seen(10).unwrap();
    assert_eq!((seen.len(), &seen[1]), (2, &soon));
}

fn sight(namespace: &str, name: &str, time: &str) -> Sight {
    let scene = sighting(1, at("2026-11-21T08:00:00Z")).scene;
    let key = Key { namespace: namespace.into(), name: name.into() };
    Sight { scene, key, at: at(time), facts: format!("{{\"phase\":\"at {time}\"}}") }
}

/// What is read back of what several sessions kept one after the other.
fn last_stood(sessions: &[Vec<Sight>]) -> Vec<Sight> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    for sights in sessions {
        let ledger = open(&path);
        let keeper = ledger.keeper();
        keeper.keep(Unkept { sights: sights.clone(), ..Unkept::default() });
        drop(keeper);
        closed(ledger);
    }
    let scene = sighting(1, at("2026-11-21T08:00:00Z")).scene;
    Reader::open(&path).unwrap().sights(&scene).unwrap()
}

#[test]
fn how_a_rollout_last_stood_is_there_after_a_restart_and_one_that_is_gone_is_not() {
    let old = sight("shop", "web", "2026-11-21T08:00:00Z");
    let new = sight("shop", "web", "2026-11-21T08:05:00Z");
    let api = sight("shop", "api", "2026-11-21T08:00:00Z");
    let gone = Sight { facts: String::new(), ..api.clone() };
    let found = last_stood(&[vec![old.clone(), api.clone()], vec![new.clone(), gone]]);
    assert_eq!(found, std::slice::from_ref(&new));
    // A session that is late with what it saw does not undo what was seen after it.
    assert_eq!(last_stood(&[vec![new.clone()], vec![old]]), [new]);
}

#[test]
fn a_rollout_that_stood_still_stood_so_until_its_namespace_was_last_watched() {
    let scene = sighting(1, at("2026-11-21T08:00:00Z")).scene;
    let watched = Sight::watched("shop", &scene, at("2026-11-21T09:00:00Z"));
    let [web, far] = [("shop", "web"), ("far", "web")].map(|(n, m)| sight(n, m, "2026-11-21T08:00:00Z"));
    let until = at("2026-11-21T09:00:00Z");
    let found = last_stood(&[vec![web.clone(), far.clone()], vec![watched]]);
    assert_eq!(found, [far.clone(), Sight { at: until, ..web.clone() }]);
    let everywhere = Sight::watched("", &scene, until);
    let found = last_stood(&[vec![web.clone(), far.clone(), everywhere]]);
    assert_eq!(found, [Sight { at: until, ..far }, Sight { at: until, ..web }]);
}
