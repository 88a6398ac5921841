//! What stands in the way of reading: one sentence each, exit code 2, and nothing is changed.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use crate::commands::rollgate;
use crate::fixture::*;

#[track_caller]
fn untold(ledger: &Path, words: &[&str]) -> String {
    let output = rollgate(ledger, words);
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{words:?}: {}{err}", String::from_utf8_lossy(&output.stdout));
    assert!(output.stdout.is_empty());
    assert_eq!(err.lines().count(), 1, "one sentence: {err}");
    err
}

const READING: [&[&str]; 4] = [&["list"], &["show", "1"], &["verify"], &["export"]];

#[test]
fn a_ledger_that_is_not_there_is_said_and_not_made() {
    let folder = tempfile::tempdir().unwrap();
    for words in READING {
        assert!(untold(&folder.path().join("l"), words).contains("there is no ledger"));
        assert!(untold(&folder.path().join("no/such/folder/l"), words).contains("there is no ledger"));
    }
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
}

#[test]
fn links_folders_and_other_files_are_no_ledgers() {
    let book = Book::of(1);
    let folder = book.folder.path();
    symlink(book.path(), folder.join("link")).unwrap();
    std::fs::write(folder.join("text"), "certainly no database, long enough to be looked at".repeat(30))
        .unwrap();
    std::fs::write(folder.join("empty"), "").unwrap();
    rusqlite::Connection::open(folder.join("other")).unwrap().execute_batch("CREATE TABLE x (y)").unwrap();
    for words in READING {
        assert!(untold(&folder.join("link"), words).contains("symbolic link"));
        assert!(untold(folder, words).contains("no regular file"));
        assert!(untold(&folder.join("text"), words).contains("not a ledger"));
        assert!(untold(&folder.join("other"), words).contains("not a ledger"));
        assert!(untold(&folder.join("empty"), words).contains("there is no ledger"));
    }
}

#[test]
fn a_newer_form_is_refused_for_reading_too() {
    let book = Book::of(1);
    book.raw().0.execute_batch("PRAGMA user_version = 9").unwrap();
    for words in READING {
        assert!(untold(&book.path(), words).contains("use the newer rollgate"));
    }
}

#[test]
fn a_damaged_record_is_broken_where_reading_ends() {
    let book = Book::of(40);
    let mut bytes = std::fs::read(book.path()).unwrap();
    // A page in the middle of the table, behind the schema's.
    let page = bytes.len() / 4096 / 2;
    bytes[page * 4096..(page + 1) * 4096].fill(0xa5);
    std::fs::write(book.path(), &bytes).unwrap();
    let output = rollgate(&book.path(), &["verify"]);
    let out = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{out}{}", String::from_utf8_lossy(&output.stderr));
    assert!(out.contains("broken: "), "{out}");
    assert_eq!(std::fs::read(book.path()).unwrap(), bytes, "it was written to");
}

/// Runs the program as somebody who may not write in the folder; a superuser becomes nobody for that.
fn without_leave(book: &Book, words: &[&str]) -> std::process::Output {
    let binary = book.folder.path().join("rollgate");
    if !binary.exists() {
        std::fs::copy(env!("CARGO_BIN_EXE_rollgate"), &binary).unwrap();
    }
    let chmod = |path: &Path, mode| std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    let mut command = Command::new(&binary);
    command.env_clear().env("HOME", "/nowhere").args(["ledger", "--ledger"]).arg(book.path()).args(words);
    chmod(&book.path(), 0o444);
    chmod(book.folder.path(), 0o555);
    if rustix::process::geteuid().is_root() {
        command.uid(65534).gid(65534);
    }
    let output = command.output().unwrap();
    chmod(book.folder.path(), 0o755);
    output
}

#[test]
fn a_ledger_in_a_folder_that_cannot_be_written_is_read_all_the_same() {
    let book = Book::of(3);
    for words in READING {
        let output = without_leave(&book, words);
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{words:?}: {err}");
    }
    let names: Vec<_> =
        book.folder.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "something was made: {names:?}");
}

#[test]
fn a_closed_pipe_is_no_error() {
    let book = Book::of(3);
    let shell = format!(
        "'{}' ledger --ledger '{}' export | true; echo ${{PIPESTATUS[0]}}",
        env!("CARGO_BIN_EXE_rollgate"),
        book.path().display()
    );
    let output = Command::new("bash").args(["-c", &shell]).output().unwrap();
    assert_eq!((output.stdout.as_slice(), output.stderr.as_slice()), (&b"0\n"[..], &b""[..]));
}
