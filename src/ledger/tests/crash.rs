//! Owns what is left after a crash: a child process appends, is killed or loses its disk, and the file is opened again.
//!
//! The child is this test binary, run for one ignored test that does nothing unless told where.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::fixture::*;

const PATH: &str = "ROLLGATE_TEST_LEDGER";

/// Appends and tells each answer on standard output, until it is killed or refused.
#[test]
#[ignore = "runs as a child of the tests beside it"]
fn child() {
    let Ok(path) = std::env::var(PATH) else { return };
    let ledger = open(Path::new(&path));
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
            return;
        }
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
fn two_processes_append_to_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l");
    let mut children: Vec<Child> = (0..2).map(|_| command("", &path).spawn().unwrap()).collect();
    let mut last = 0;
    let mut told: Vec<_> = children.iter_mut().map(lines).collect();
    for lines in &mut told {
        let count =
            lines.filter_map(|line| acked(&line)).take(100).inspect(|seq| last = last.max(*seq)).count();
        assert_eq!(count, 100);
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
