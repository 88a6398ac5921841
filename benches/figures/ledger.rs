//! The ledger alone: how fast records come to disk, how long a large ledger takes to open, and how fast it is verified.
//!
//! Each figure has a peer in the same run: the disk's own sync of a plain file, a plain scan of the same table, the same
//! bytes hashed in memory. The large ledger is written past the ledger's own code, after `assets/schema/ledger.md`.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use rollgate::ledger::{Head, Ledger, Reader, Verdict};
use rollgate::operation::{Actor, Entry, Id};
use rusqlite::{Connection, params};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::measured::{Series, Spread, milliseconds};
use super::say;
use super::table::{Table, Target, Unit};

/// Records of the large ledger.
const LARGE: u64 = 1_000_000;
/// Appends of one run, one after the other.
const SINGLE: u32 = 1_000;
/// Appends of one run, as many at once as the ledger lets wait.
const GROUPED: u32 = 20_000;
/// How many wait at once.
const WINDOW: usize = 128;

/// Measures all of it.
///
/// # Errors
/// What of it did not run at all.
pub fn measure(runs: usize, table: &mut Table) -> Result<(), String> {
    say("ledger: appends");
    appends(runs, table)?;
    say("ledger: a million records");
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let path = folder.path().join("large.sqlite3");
    let (head, bytes) = large(&path)?;
    opening(&path, runs, table)?;
    verifying(&path, (head, bytes), runs, table)
}

fn entry(operation: &str, number: u32) -> Entry {
    Entry {
        operation: Id(operation.into()),
        number,
        at: jiff::Timestamp::now(),
        event: if number == 1 { "acknowledged" } else { "observed" }.into(),
        actor: Some(Actor { uid: 1000, ..Actor::default() }),
        user: "ada".into(),
        body: body(number),
    }
}

/// A body of the size that operations write: 1.3 KB with facts and request, 0.3 KB for what follows.
fn body(number: u32) -> String {
    let mut body = json!({
        "v": 1, "kind": "promote", "digest": "5d".repeat(32),
        "target": {
            "context": "production-eu", "server": "https://api.example.org:6443", "user": "ada@example.org",
            "key": {"namespace": "shop", "name": "checkout"}, "uid": "3f1c9d0e-7a55-4b7e-9a52-0e6b1c2d3e4f",
        },
    });
    if number == 1 {
        body["facts"] = json!({
            "uid": "3f1c9d0e-7a55-4b7e-9a52-0e6b1c2d3e4f", "generation": "12", "observed generation": "12",
            "pod hash": "6b8f7c9d5f", "stable pod hash": "5c7d9b8f6c", "paused by hand": "not set", "step index": "3",
            "pause": "CanaryPauseStep since 2026-11-21T08:00:00Z", "controller pause": "true", "abort": "not set",
        });
        body["request"] = json!({
            "method": "PATCH", "content_type": "application/json-patch+json",
            "path": "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/checkout/status?fieldManager=rollgate-0123456789ab",
            "body": "{\"op\":\"test\",\"path\":\"/status/observedGeneration\",\"value\":\"12\"},".repeat(6),
        });
    }
    body.to_string()
}

fn appends(runs: usize, table: &mut Table) -> Result<(), String> {
    let (mut single, mut disk, mut ratio, mut grouped) =
        (Spread::default(), Spread::default(), Series::default(), Series::default());
    for run in 0..runs {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let ledger = Ledger::open(&folder.path().join("ledger")).map_err(|error| error.to_string())?;
        let (ours, plain) = (one_by_one(&ledger, run)?, synced(&folder.path().join("plain"))?);
        ratio.add(median(&ours) / median(&plain));
        single.add(&ours);
        disk.add(&plain);
        grouped.add(together(&ledger, run)?);
    }
    let (at_least, none) = (Target::AtLeast(5_000.0), Target::None);
    table.add("ledger: appends on disk, committed in groups", 0, &grouped, (Unit::PerSecond, at_least));
    table.add("ledger: one append on disk: p50", 0, &single.p50, (Unit::Milliseconds, none));
    table.add("ledger: one append on disk: p99", 0, &single.p99, (Unit::Milliseconds, none));
    table.add("the disk alone, 4 KB appended and synced: p50", 0, &disk.p50, (Unit::Milliseconds, none));
    table.add("the disk alone, 4 KB appended and synced: p99", 0, &disk.p99, (Unit::Milliseconds, none));
    table.add("ledger: one append beside the disk alone", 0, &ratio, (Unit::Times, none));
    Ok(())
}

fn median(durations: &[Duration]) -> f64 {
    let mut series = Series::default();
    durations.iter().for_each(|duration| series.add(milliseconds(*duration)));
    series.median().unwrap_or(f64::NAN)
}

type Told = Receiver<Result<Head, String>>;

fn one_by_one(ledger: &Ledger, run: usize) -> Result<Vec<Duration>, String> {
    let mut took = Vec::new();
    for nth in 0..SINGLE {
        let entry = entry(&format!("single-{run}-{nth}"), 1);
        let begun = Instant::now();
        let (sender, told) = channel();
        ledger.append(entry, move |result| _ = sender.send(result.map_err(|error| error.to_string())));
        told.recv().map_err(|error| error.to_string())??;
        took.push(begun.elapsed());
    }
    Ok(took)
}

/// Appends a second, while so many wait at once.
fn together(ledger: &Ledger, run: usize) -> Result<f64, String> {
    let (sender, told) = channel();
    let entries: Vec<Entry> = (0..GROUPED).map(|nth| entry(&format!("group-{run}-{nth}"), 2)).collect();
    let begun = Instant::now();
    for (nth, entry) in entries.into_iter().enumerate() {
        if nth >= WINDOW {
            answered(&told)?;
        }
        let sender = sender.clone();
        ledger.append(entry, move |result| _ = sender.send(result.map_err(|error| error.to_string())));
    }
    for _ in 0..WINDOW {
        answered(&told)?;
    }
    Ok(f64::from(GROUPED) / begun.elapsed().as_secs_f64())
}

fn answered(told: &Told) -> Result<(), String> {
    told.recv().map_err(|error| error.to_string())?.map(drop)
}

/// What the disk itself does: blocks of 4 KB appended to a plain file, each on disk before the next.
///
/// # Errors
/// Why the file does not take them.
pub fn synced(path: &Path) -> Result<Vec<Duration>, String> {
    let synced = || {
        let mut file = File::create(path)?;
        let mut took = Vec::new();
        for _ in 0..SINGLE {
            let begun = Instant::now();
            file.write_all(&[0; 4096])?;
            file.sync_data()?;
            took.push(begun.elapsed());
        }
        Ok(took)
    };
    synced().map_err(|error: std::io::Error| error.to_string())
}

/// Writes the large ledger, three records to an order; returns its head and how many bytes were hashed.
fn large(path: &Path) -> Result<(Head, u64), String> {
    let ledger = Ledger::open(path).map_err(|error| error.to_string())?;
    let head = ledger.reader().and_then(|reader| reader.head()).map_err(|error| error.to_string())?;
    ledger.close(Duration::from_secs(10));
    written(path, head.ok_or("a new ledger has no head")?).map_err(|error| error.to_string())
}

fn written(path: &Path, mut head: Head) -> rusqlite::Result<(Head, u64)> {
    let raw = Connection::open(path)?;
    raw.execute_batch("PRAGMA synchronous=OFF; BEGIN IMMEDIATE")?;
    let bodies = [body(1), body(2), body(2)];
    let (actor, at, mut bytes) = (r#"{"uid":1000,"login":"ada"}"#, "2026-11-21T08:10:00.25Z", 0);
    let mut insert = raw.prepare(
        "INSERT INTO record (seq, at, operation, entry, event, actor, api_user, hash, body) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'ada', ?7, ?8)",
    )?;
    for seq in 1..LARGE {
        let (order, nth) = ((seq - 1) / 3, (seq - 1) % 3);
        let operation = format!("0199a000-0000-7000-8000-{order:012x}");
        let event = ["acknowledged", "accepted", "observed"][nth as usize];
        let body = &bodies[nth as usize];
        let mut form = b"rollgate ledger record v1".to_vec();
        form.extend_from_slice(&head.hash);
        form.extend_from_slice(&seq.to_be_bytes());
        text(&mut form, at);
        text(&mut form, &operation);
        form.extend_from_slice(&(nth + 1).to_be_bytes());
        [event, actor, "ada", body].iter().for_each(|it| text(&mut form, it));
        bytes += form.len() as u64;
        head = Head { sequence: seq, hash: Sha256::digest(&form).into() };
        insert.execute(params![seq as i64, at, operation, nth as i64 + 1, event, actor, head.hash, body])?;
    }
    drop(insert);
    raw.execute_batch("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)")?;
    Ok((head, bytes))
}

fn text(form: &mut Vec<u8>, text: &str) {
    form.extend_from_slice(&(text.len() as u64).to_be_bytes());
    form.extend_from_slice(text.as_bytes());
}

fn opening(path: &Path, runs: usize, table: &mut Table) -> Result<(), String> {
    let (mut opened, mut head, mut open) = (Series::default(), Series::default(), Series::default());
    for _ in 0..runs {
        let begun = Instant::now();
        let ledger = Ledger::open(path).map_err(|error| error.to_string())?;
        opened.add(milliseconds(begun.elapsed()));
        ledger.close(Duration::from_secs(10));
        let begun = Instant::now();
        let reader = Reader::open(path).map_err(|error| error.to_string())?;
        reader.head().map_err(|error| error.to_string())?;
        head.add(milliseconds(begun.elapsed()));
        let begun = Instant::now();
        reader.open_operations().map_err(|error| error.to_string())?;
        open.add(milliseconds(begun.elapsed()));
    }
    let of = |what: &str| format!("ledger of 1,000,000 records: {what}");
    table.add(&of("opened for writing"), 0, &opened, (Unit::Milliseconds, Target::AtMost(50.0)));
    table.add(&of("opened for reading, and its head"), 0, &head, (Unit::Milliseconds, Target::None));
    table.add(&of("its orders without an end"), 0, &open, (Unit::Milliseconds, Target::None));
    Ok(())
}

fn verifying(path: &Path, (head, bytes): (Head, u64), runs: usize, table: &mut Table) -> Result<(), String> {
    let (mut verified, mut scanned, mut hashed) = (Series::default(), Series::default(), Series::default());
    let per_second = |begun: Instant| LARGE as f64 / begun.elapsed().as_secs_f64();
    for _ in 0..runs {
        let begun = Instant::now();
        match Reader::open(path).and_then(|reader| reader.verify(&[])).map_err(|error| error.to_string())? {
            Verdict::Whole(whole) if whole.head == head => verified.add(per_second(begun)),
            other => return Err(format!("the large ledger is not whole: {other:?}")),
        }
        let begun = Instant::now();
        scan(path).map_err(|error| error.to_string())?;
        scanned.add(per_second(begun));
        let piece = vec![b'a'; usize::try_from(bytes / LARGE).unwrap_or(1)];
        let begun = Instant::now();
        for _ in 0..LARGE {
            std::hint::black_box(Sha256::digest(std::hint::black_box(&piece)));
        }
        hashed.add(per_second(begun));
    }
    let goal = Target::AtLeast(1_000_000.0);
    table.add("ledger: records verified", 0, &verified, (Unit::PerSecond, goal));
    table.add("the same rows read by plain SQL, one thread", 0, &scanned, (Unit::PerSecond, Target::None));
    let name = format!("as many bytes ({} each) hashed in memory, one thread", bytes / LARGE);
    table.add(&name, 0, &hashed, (Unit::PerSecond, Target::None));
    Ok(())
}

fn scan(path: &Path) -> rusqlite::Result<i64> {
    let raw = Connection::open(path)?;
    let sql =
        "SELECT sum(length(CAST(body AS BLOB)) + length(operation) + length(hash)) FROM record NOT INDEXED";
    raw.query_row(sql, [], |row| row.get(0))
}
