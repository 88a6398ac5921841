//! What was seen: it survives, it is capped, it forgets, and it never stands in an order's way or in the chain.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use super::fixture::*;
use crate::ledger::seen::{MOST, OLDEST};
use crate::ledger::{Ledger, Reader, Verdict};
use crate::rollout::Key;
use crate::timeline::{Dial, Scene, Sighting, Source};

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
