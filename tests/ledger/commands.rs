//! `rollgate ledger` as a person types it.

use std::path::Path;
use std::process::{Command, Output};

use rollgate::ledger::Ledger;
use serde_json::Value;

use crate::fixture::*;

pub fn rollgate(ledger: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rollgate"))
        .env_clear()
        .env("HOME", ledger.parent().unwrap())
        .args(["ledger", "--ledger"])
        .arg(ledger)
        .args(words)
        .output()
        .unwrap()
}

#[track_caller]
fn said(ledger: &Path, words: &[&str], code: i32) -> String {
    let output = rollgate(ledger, words);
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(code), "{words:?}: {out}{err}");
    if code == 2 {
        assert_eq!((out.as_str(), err.lines().count()), ("", 1), "one sentence, on standard error: {err}");
        return err;
    }
    out + &err
}

fn json(ledger: &Path, words: &[&str], code: i32) -> Value {
    let text = said(ledger, words, code);
    assert!(text.is_ascii());
    serde_json::from_str(&text).unwrap()
}

#[test]
fn records_are_listed_newest_first_by_the_end_of_their_orders_id() {
    let book = Book::of(4);
    let text = said(&book.path(), &["list"], 0);
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["RECORD", "AT", "ORDER", "EVENT", "OPERATION", "ROLLOUT", "USER"]);
    assert_eq!(lines[1][0..4], ["4", "2026-11-21T08:10:00Z", "000000000002", "observed"]);
    assert_eq!(
        lines[2],
        ["3", "2026-11-21T08:10:00Z", "000000000002", "acknowledged", "promote", "shop/web", "ada"]
    );
    assert_eq!(lines.len(), 5);
    assert_eq!(said(&book.path(), &["list", "-l", "1"], 0).lines().count(), 2);
    let value = json(&book.path(), &["list", "-o", "json"], 0);
    assert_eq!(value["records"][0]["head"], book.heads[4].to_string());
    assert_eq!(value["records"][1]["body"]["target"]["key"]["name"], "web");
}

#[test]
fn records_are_chosen_by_rollout_and_namespace() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l");
    let ledger = Ledger::open(&path).unwrap();
    for (id, name) in [("a", "web"), ("b", "api"), ("c", "web")] {
        let entry = entry(id, 1, "acknowledged");
        append(&ledger, rollgate::operation::Entry { body: acknowledgement(name), ..entry }).unwrap();
    }
    let count = |words: &[&str]| said(&path, &[&["list"], words].concat(), 0).lines().count() - 1;
    assert_eq!((count(&[]), count(&["--rollout", "web"]), count(&["--rollout", "api"])), (3, 2, 1));
    assert_eq!((count(&["-n", "shop", "--rollout", "web"]), count(&["-n", "shop", "-l", "2"])), (2, 2));
    assert!(said(&path, &["list", "-n", "other"], 0).contains("No record"));
}

#[test]
fn an_order_is_shown_by_its_id_either_end_of_it_or_one_of_its_records() {
    let book = Book::of(4);
    let id = "0199a000-0000-7000-8000-000000000002";
    let text = said(&book.path(), &["show", id], 0);
    for words in [
        format!("order {id}"),
        "record 3: acknowledged".to_owned(),
        "record 4: observed".to_owned(),
        "PATCH".to_owned(),
        "actor.uid                1000".to_owned(),
        book.heads[3].to_string(),
    ] {
        assert!(text.contains(&words), "{words}: {text}");
    }
    assert!(!text.contains('\u{202e}') && !text.contains('\u{7f}'), "unsafe on a terminal");
    for part in ["000000000002", "3", "4"] {
        assert_eq!(said(&book.path(), &["show", part], 0), text, "{part}");
    }
    let value = json(&book.path(), &["show", "3", "-o", "json"], 0);
    assert_eq!(value["records"].as_array().unwrap().len(), 2);
    for absent in ["nobody", "99", "0199a000"] {
        assert!(said(&book.path(), &["show", absent], 1).contains("no record or order"), "{absent}");
    }
}

#[test]
fn verifying_says_the_head_and_what_it_cannot_show() {
    let book = Book::of(4);
    let text = said(&book.path(), &["verify"], 0);
    let head = book.heads[4];
    assert!(text.starts_with("whole: ") && text.contains(&format!("\nhead: {head}\n")), "{text}");
    assert!(text.contains("5 records, 0 to 4"), "{text}");
    assert!(text.contains("This cannot show:") && text.contains("--head"), "{text}");
    let text = said(&book.path(), &["verify", "--head", &book.heads[2].short()], 0);
    assert!(text.contains("the records after 2, the newest head that you gave"), "{text}");
    let text = said(&book.path(), &["verify", "--head", &head.to_string()], 0);
    assert!(text.contains("Whether records after it were cut off."), "{text}");
    let value = json(&book.path(), &["verify", "-o", "json"], 0);
    assert_eq!((&value["verdict"], &value["head"]), (&"whole".into(), &head.to_string().into()));
}

#[test]
fn a_broken_chain_is_said_with_its_first_broken_record_and_exit_code_1() {
    let book = Book::of(4);
    book.raw().run("UPDATE record SET body = '{}' WHERE seq = 3");
    let text = said(&book.path(), &["verify"], 1);
    assert!(
        text.starts_with("broken: ") && text.contains("record 3 does not follow from record 2"),
        "{text}"
    );
    assert!(text.contains("0 to 2, follow from one another"), "{text}");
    let value = json(&book.path(), &["verify", "-o", "json"], 1);
    assert_eq!((&value["verdict"], &value["broken_at"]), (&"broken".into(), &3.into()));
    assert!(said(&book.path(), &["verify", "--head", "9:0123456789abcdef"], 1).contains("record 3"));
}

#[test]
fn a_head_that_is_none_is_refused_before_anything_is_read() {
    let book = Book::of(1);
    for head in
        ["1", "1:", "1:abc", "x:0123456789abcdef", "1:0123456789abcdeg", &format!("1:{}", "a".repeat(65))]
    {
        let output = rollgate(&book.path(), &["verify", "--head", head]);
        assert_eq!(output.status.code(), Some(2), "{head}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("SEQ:HASH"), "{head}");
    }
}

#[test]
fn an_export_goes_to_a_new_private_file_and_is_checked_from_there_or_from_standard_input() {
    let book = Book::of(4);
    let file = book.folder.path().join("export.jsonl");
    let name = file.to_str().unwrap();
    let text = said(&book.path(), &["export", name], 0);
    assert!(text.contains(&book.heads[4].to_string()), "{text}");
    let mode = std::os::unix::fs::MetadataExt::mode(&file.metadata().unwrap());
    assert_eq!(mode & 0o777, 0o600);
    assert!(said(&book.path(), &["export", name], 2).contains("exists"), "it is never written over");
    let bytes = std::fs::read(&file).unwrap();
    assert_eq!(rollgate(&book.path(), &["export"]).stdout, bytes);
    let text = said(&book.path(), &["import-check", name, "--head", &book.heads[1].short()], 0);
    assert!(text.contains(&format!("\nhead: {}\n", book.heads[4])), "{text}");
    std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    assert!(said(&book.path(), &["import-check", name], 1).starts_with("broken: "));
    assert!(said(&book.path(), &["import-check", "/no/such/file"], 2).contains("/no/such/file"));
}

#[test]
fn orders_without_an_end_are_listed_with_what_is_known() {
    let book = Book::of(2);
    assert!(said(&book.path(), &["list", "--open"], 0).contains("Every recorded order has its end."));
    let ledger = Ledger::open(&book.path()).unwrap();
    append(&ledger, entry("0199a000-0000-7000-8000-0000000000aa", 1, "acknowledged")).unwrap();
    append(&ledger, entry("0199a000-0000-7000-8000-0000000000bb", 1, "acknowledged")).unwrap();
    append(&ledger, entry("0199a000-0000-7000-8000-0000000000bb", 2, "in-doubt")).unwrap();
    let text = said(&book.path(), &["list", "--open"], 0);
    assert!(text.contains("0000000000aa  promote"), "{text}");
    assert!(text.contains("acknowledged; sent or not is not recorded"), "{text}");
    assert!(text.contains("sent; the answer was lost"), "{text}");
    let value = json(&book.path(), &["list", "--open", "-o", "json"], 0);
    assert_eq!(value["open"][1]["reach"], "in_doubt");
}

#[test]
fn help_has_examples() {
    let output = rollgate(Path::new("/nowhere/ledger"), &["-h"]);
    let text = String::from_utf8(output.stdout).unwrap();
    for words in ["Examples:", "rollgate ledger verify --head", "import-check", "Exit codes: 0"] {
        assert!(text.contains(words), "{words}: {text}");
    }
}
