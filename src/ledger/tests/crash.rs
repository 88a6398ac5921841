//! Owns what is left after a crash: a child process appends, is killed or loses its disk, and the file is opened again.
//!
//! The child is this test binary, run for one ignored test that does nothing unless told where.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::fixture::*;
use crate::ledger::{Reader, Verdict};

const PATH: &str = "ROLLGATE_TEST_LEDGER";
const ROWS: &str = "ROLLGATE_TEST_ROWS";

/// Appends and tells each answer on standard output, until it is killed or refused.
#[test]
#[ignore = "runs as a child of the tests beside it"]
fn child() {
    let Ok(path) = std::env::var(PATH) else { return };
    let limit = std::env::var(ROWS).map_or(0, |rows| rows.parse().unwrap());
    let ledger = match crate::ledger::Ledger::open(Path::new(&path)) {
        Ok(ledger) => ledger,
        Err(error) => {
            let path = Path::new(&path);
            return writeln!(std::io::stdout(), "unopened {error}\n{}", judged(path)).unwrap();
        }
    };
    let name = format!("op-{}", std::process::id());
    for number in 1..100_000 {
        let mut entry = entry(&name, number, "acknowledged");
        entry.body = format!("{{\"pad\":\"{}\"}}", "x".repeat(900));
        let told = match append(&ledger, entry) {
            Ok(seq) => format!("acked {seq}"),
            Err(error) => format!("refused {error}"),
        };
        let mut out = std::io::stdout();
        writeln!(out, "{told}").and_then(|()| out.flush()).unwrap();
        if told.starts_with("refused") {
            // Whether it goes on after a refusal depends on what it was.
            let mut next = self::entry(&name, number + 1, "observed");
            next.body = "{}".into();
            let then =
                append(&ledger, next).map_or_else(|error| error.to_string(), |seq| format!("acked {seq}"));
            writeln!(out, "then {then}; failure {:?}", ledger.failure().is_some()).unwrap();
            writeln!(out, "{}", judged(Path::new(&path))).unwrap();
            return;
        }
        if number == limit {
            assert!(ledger.close(std::time::Duration::from_secs(60)));
            return;
        }
    }
}

/// What reading comes to, whatever became of writing.
fn judged(path: &Path) -> String {
    match Reader::open(path).and_then(|reader| reader.verify(&[])) {
        Ok(Verdict::Whole(whole)) => format!("whole {}", whole.records),
        Ok(Verdict::Broken(broken)) => format!("broken {broken}"),
        Err(error) => format!("unread {error}"),
    }
}

fn command(shell: &str, path: &Path) -> Command {
    let mut command = Command::new("/bin/sh");
    command
        .args([
            "-c",
            &format!("{shell} exec \"$0\" --ignored --exact ledger::tests::crash::child --nocapture"),
        ])
        .arg(std::env::current_exe().unwrap())
        .env(PATH, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

fn lines(child: &mut Child) -> impl Iterator<Item = String> + use<> {
    BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok)
}

fn acked(line: &str) -> Option<i64> {
    // The test harness may write its own words before ours on the first line.
    line.split("acked ").nth(1)?.parse().ok()
}

fn check(path: &Path, last: i64) {
    let rows = open(path).entries(1_000_000).unwrap();
    let newest = rows.first().map_or(0, |row| row.seq);
    assert!(newest >= last, "row {last} was answered, but the newest is {newest}");
    assert_eq!(i64::try_from(rows.len()).unwrap(), newest, "there are gaps");
    let verdict: String = raw(path).query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(verdict, "ok");
    match Reader::open(path).unwrap().verify(&[]).unwrap() {
        Verdict::Whole(whole) => assert_eq!(whole.records, rows.len() as u64 + 1),
        Verdict::Broken(broken) => panic!("{broken}"),
    }
}

#[test]
fn a_killed_writer_leaves_every_answered_row() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l");
    let mut last = 0;
    for round in 1..=12 {
        let mut child = command("", &path).spawn().unwrap();
        let mut told = lines(&mut child);
        let here: Vec<i64> = told.by_ref().filter_map(|line| acked(&line)).take(round * 7).collect();
        child.kill().unwrap();
        // What it told between the last line read and its death counts as well.
        let rest: Vec<i64> = told.filter_map(|line| acked(&line)).collect();
        child.wait().unwrap();
        assert_eq!(here.len(), round * 7);
        last = here.into_iter().chain(rest).fold(last, i64::max);
        check(&path, last);
    }
}

#[test]
fn eight_processes_append_to_one_file_and_their_records_form_one_chain() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l");
    let mut children: Vec<Child> = (0..8).map(|_| command("", &path).spawn().unwrap()).collect();
    let mut last = 0;
    let mut told: Vec<_> = children.iter_mut().map(lines).collect();
    for lines in &mut told {
        let count =
            lines.filter_map(|line| acked(&line)).take(25).inspect(|seq| last = last.max(*seq)).count();
        assert_eq!(count, 25);
    }
    for child in &mut children {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    check(&path, last);
}

#[test]
fn a_writer_whose_file_may_not_grow_says_so_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l");
    // 300 blocks of 512 B: the log meets the limit after some dozens of rows (EFBIG instead of a signal).
    let mut child = command("trap '' XFSZ; ulimit -f 300;", &path).spawn().unwrap();
    let told: Vec<String> = lines(&mut child).collect();
    child.wait().unwrap();
    let last = told.iter().filter_map(|line| acked(line)).max().unwrap();
    let refused = told.iter().find(|line| line.contains("refused ")).unwrap();
    assert!(refused.contains("disk failed") || refused.contains("full"), "{refused}");
    assert!(last > 5, "{last}");
    check(&path, last);
}

/// Runs a child under a fault and returns what it told.
fn told(shell: &str, path: &Path, rows: u32) -> Vec<String> {
    let mut child = command(shell, path).env(ROWS, rows.to_string()).spawn().unwrap();
    let told = lines(&mut child).collect();
    child.wait().unwrap();
    told
}

/// Holds what is on disk against what was told: nothing answered is lost, nothing breaks the chain.
fn hold(path: &Path, told: &[String], what: &str) {
    let answered = told.iter().filter_map(|line| acked(line)).max().unwrap_or(0);
    for line in told.iter().filter(|line| line.contains("refused ") || line.contains("unopened ")) {
        assert!(line.contains(path.to_str().unwrap()), "{what}: {line}");
    }
    if path.exists() {
        check(path, answered);
    }
}

#[test]
fn a_file_that_may_not_grow_beyond_any_size_loses_nothing_and_says_so() {
    const ROWS: u32 = 8;
    let mut refused = 0;
    for blocks in 0.. {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("l");
        let told = told(&format!("trap '' XFSZ; ulimit -f {blocks};"), &path, ROWS);
        hold(&path, &told, &format!("{blocks} blocks: {told:?}"));
        if told.iter().filter(|line| acked(line).is_some()).count() == ROWS as usize {
            break;
        }
        assert!(told.iter().any(|line| line.contains("refused ") || line.contains("unopened ")), "{told:?}");
        refused += 1;
    }
    assert!(refused > 20, "{refused}");
}

/// The command line's beginning that makes the `nth` of some system calls fail; nothing where strace cannot run here.
fn strace(inject: &str) -> Option<String> {
    let works = Command::new("strace")
        .args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=none", "true"])
        .output()
        .is_ok_and(|output| output.status.success());
    // The shell runs the rest of the line: `exec "$0" …` becomes the traced program.
    works.then(|| format!("exec strace -f -qq -o /dev/null -e inject={inject} \"$0\" \"$@\"; :"))
}

fn injected(inject: &str, path: &Path, rows: u32) -> Option<Vec<String>> {
    let shell = strace(inject)?;
    let mut child = Command::new("/bin/sh")
        .args(["-c", &shell])
        .arg(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "ledger::tests::crash::child", "--nocapture"])
        .envs([(PATH, path.to_str().unwrap()), (ROWS, &rows.to_string())])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let told = lines(&mut child).collect();
    child.wait().unwrap();
    Some(told)
}

/// Fails the `nth` of `calls`, for every `nth` until nothing fails any more.
fn every(calls: &str, failure: &str) -> u32 {
    const ROWS: u32 = 3;
    for nth in 1..200 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("l");
        let Some(told) = injected(&format!("{calls}:{failure}:when={nth}"), &path, ROWS) else {
            eprintln!("strace cannot run here: no fault was injected");
            return u32::MAX;
        };
        hold(&path, &told, &format!("{calls} {nth}: {told:?}"));
        if told.iter().filter(|line| acked(line).is_some()).count() == ROWS as usize {
            return nth - 1;
        }
    }
    panic!("{calls}: always something fails");
}

#[test]
fn whichever_sync_fails_nothing_answered_is_lost_and_nothing_more_is_taken() {
    assert!(every("fdatasync,fsync", "error=EIO") >= 3);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l");
    assert!(open(&path).close(std::time::Duration::from_secs(60)));
    // The file has its form: what is synced from now on is appended. All syncs fail, and the first one ends it.
    let Some(told) = injected("fdatasync,fsync:error=EIO:when=1+", &path, 3) else { return };
    let all = told.join("\n");
    assert!(all.contains("refused the disk failed"), "{all}");
    assert!(all.contains("then the ledger") && all.contains("takes nothing more"), "{all}");
    assert!(all.contains("failure true"), "{all}");
}

#[test]
fn whichever_write_fails_nothing_answered_is_lost() {
    assert!(every("pwrite64", "error=ENOSPC") >= 3);
    assert!(every("pwrite64", "error=EIO") >= 3);
}

#[test]
fn killed_at_any_write_or_sync_every_answered_record_is_there() {
    assert!(every("pwrite64,fdatasync,fsync", "signal=SIGKILL") >= 6);
}

/// Runs a script in which `child` is the child, with a file system of its own at `$place`; nothing where that cannot be.
fn mounted(options: &str, script: &str) -> Option<Vec<String>> {
    let place = tempfile::tempdir().unwrap();
    let script = format!(
        "child() {{ $exe --ignored --exact ledger::tests::crash::child --nocapture; }}
         mount -t tmpfs -o mode=700,{options} none $place || exit 77
         {script}"
    );
    let output = Command::new("unshare")
        .args(["-rm", "sh", "-c", &script])
        .env("exe", std::env::current_exe().unwrap())
        .env("place", place.path())
        .env(PATH, place.path().join("l"))
        .output()
        .ok()?;
    if !output.status.success() {
        eprintln!("no file system can be mounted here: {}", String::from_utf8_lossy(&output.stderr));
        return None;
    }
    Some(String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect())
}

#[test]
fn a_full_disk_is_said_in_one_sentence_and_what_was_answered_is_read() {
    let Some(told) = mounted("size=256k", "child") else { return };
    let last = told.iter().filter_map(|line| acked(line)).max().unwrap();
    let all = told.join("\n");
    assert!(all.contains("refused the disk (or the quota) is full"), "{all}");
    // What is small may find space where what is large does not.
    let then = i64::from(all.contains(&format!("then acked {}", last + 1)));
    assert!(last > 5 && all.contains(&format!("\nwhole {}\n", last + then + 1)), "{all}");
}

#[test]
fn a_disk_that_became_read_only_is_said_and_read_all_the_same() {
    let script = format!("{ROWS}=3 child; mount -o remount,ro $place; child");
    let Some(told) = mounted("size=1m", &script) else { return };
    let all = told.join("\n");
    assert!(all.contains("acked 3"), "{all}");
    assert!(all.contains("unopened the ledger") && all.contains("is read-only"), "{all}");
    assert!(all.contains("whole 4"), "{all}");
}

#[test]
fn a_log_that_cannot_be_read_is_never_left_out_but_said() {
    let script = format!("{ROWS}=3 child; echo frames > $place/l-wal; mount -o remount,ro $place; child");
    let Some(told) = mounted("size=1m", &script) else { return };
    let all = told.join("\n");
    assert!(all.contains("unread the last records") && all.contains("name the copy"), "{all}");
    assert!(!all.contains("whole"), "{all}");
}
