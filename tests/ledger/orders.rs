//! `rollgate orders` as a person types it.

use std::path::Path;
use std::process::Command;

use rollgate::ledger::Ledger;
use rollgate::operation::{Actor, Entry, Process};
use serde_json::Value;

use crate::fixture::*;

fn said(ledger: &Path, words: &[&str], code: i32) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_rollgate"))
        .env_clear()
        .env("HOME", ledger.parent().unwrap())
        .args(["orders", "--ledger"])
        .arg(ledger)
        .args(words)
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(code), "{words:?}: {out}{err}");
    out + &err
}

/// Somebody at a process of this host.
fn at(process: Process) -> Actor {
    Actor { process: Some(Box::new(process)), ..rollgate::run::live::actor::observed() }
}

fn own() -> Process {
    rollgate::run::recovery::owner::own().unwrap()
}

fn acknowledged(id: &str, actor: Actor) -> Entry {
    Entry { actor: Some(actor), ..entry(id, 1, "acknowledged") }
}

/// A ledger with an order of each standing, and one that is over.
fn book() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(&folder.path().join("ledger")).unwrap();
    let gone = Process { boot: "an earlier one".into(), ..own() };
    for one in [
        acknowledged("order-of-the-living", at(own())),
        acknowledged("order-of-the-gone", at(gone.clone())),
        acknowledged("order-in-doubt", at(gone.clone())),
        entry("order-in-doubt", 2, "in-doubt"),
        acknowledged("order-sought", at(gone.clone())),
        entry("order-sought", 2, "unresolved"),
        acknowledged("order-that-is-over", at(gone)),
        entry("order-that-is-over", 2, "resolved"),
    ] {
        append(&ledger, one).unwrap();
    }
    assert!(ledger.close(PATIENCE));
    folder
}

#[test]
fn orders_without_an_end_are_listed_with_their_standing() {
    let folder = book();
    let path = folder.path().join("ledger");
    let text = said(&path, &[], 0);
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[0][..6], ["ORDER", "AT", "STANDING", "OPERATION", "ROLLOUT", "CONTEXT"]);
    let standing: Vec<&str> = rows[1..].iter().map(|row| row[2]).collect();
    assert_eq!(standing, ["open", "left", "in-doubt", "in-doubt"], "{text}");
    assert!(rows[1..].iter().all(|row| row[3..6] == ["promote", "shop/web", "prod"]), "{text}");
    let value: Value = serde_json::from_str(&said(&path, &["-o", "json"], 0)).unwrap();
    let told = |nth: usize, what: &str| value["orders"][nth][what].clone();
    assert_eq!(value["orders"].as_array().unwrap().len(), 4);
    assert_eq!((told(1, "order"), told(1, "standing")), ("order-of-the-gone".into(), "left".into()));
    assert_eq!((told(3, "reach"), told(2, "reach")), ("unresolved".into(), "in_doubt".into()));
    assert_eq!(told(1, "records")[0]["body"]["target"]["key"]["name"], "web");
}

#[test]
fn an_order_is_closed_with_a_reason_and_listed_no_more() {
    let folder = book();
    let path = folder.path().join("ledger");
    let reason = "the audit log says that it was not applied";
    let text = said(&path, &["close", "order-in-doubt", "--reason", reason], 0);
    assert!(text.starts_with("closed: order"), "{text}");
    assert!(!said(&path, &[], 0).contains("lost"));
    let ledger = Ledger::open(&path).unwrap();
    let row = ledger.entries(1).unwrap().remove(0);
    assert_eq!((row.event.as_str(), row.entry), ("closed", 3));
    let body: Value = serde_json::from_str(&row.body).unwrap();
    assert_eq!((&body["why"], &body["kind"]), (&reason.into(), &"promote".into()));
    assert!(row.actor.unwrap().contains("\"uid\":"));
    whole(&path, &[]);
}

#[test]
fn what_is_under_way_over_or_unknown_is_not_closed_nor_is_anything_without_a_reason() {
    let folder = book();
    let path = folder.path().join("ledger");
    for (id, reason, why) in [
        ("order-of-the-living", "so", "still about it"),
        ("order-that-is-over", "so", "no such order"),
        ("order-of-nobody", "so", "no such order"),
        ("order-of-the-gone", "  ", "give a reason"),
    ] {
        let text = said(&path, &["close", id, "--reason", reason], 1);
        assert!(text.contains(why), "{id}: {text}");
    }
    assert_eq!(said(&path, &[], 0).lines().count(), 5);
}

#[test]
fn where_nothing_was_ordered_nothing_is_open() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    assert_eq!(said(&path, &[], 0), "Every recorded order has its end.\n");
    assert!(!path.exists());
}
