//! Owns the expectations of dead letters: which orders are told of as given up undelivered, and until when.

use super::fixture::*;
use crate::ledger::Ledger;
use crate::ledger::open::{CLOSED, Open};
use crate::ledger::unsettled::DEAD;
use crate::operation::Entry;

fn acknowledged(operation: &str, context: &str, name: &str) -> Entry {
    let body = serde_json::json!({
        "v": 1, "kind": "promote", "digest": "d",
        "request": {"method": "PATCH", "path": "/p", "content_type": "t", "body": "[]"},
        "target": {"context": context, "server": "https://s", "user": "ada", "uid": "u",
            "key": {"namespace": "shop", "name": name}},
    });
    Entry { body: body.to_string(), ..entry(operation, 1, "acknowledged") }
}

fn dead(ledger: &Ledger) -> Vec<Open> {
    ledger.reader().unwrap().dead_letters().unwrap()
}

fn ids(open: &[Open]) -> Vec<&str> {
    open.iter().map(|open| &*open.id.0).collect()
}

#[test]
fn an_acknowledged_order_that_was_given_up_is_a_dead_letter_and_none_without_an_end() {
    for word in DEAD {
        let folder = tempfile::tempdir().unwrap();
        let ledger = open(&folder.path().join("l"));
        append(&ledger, acknowledged("a", "prod", "web")).unwrap();
        assert_eq!(dead(&ledger), []);
        append(&ledger, entry("a", 2, word)).unwrap();
        let found = dead(&ledger);
        assert_eq!(ids(&found), ["a"], "{word}");
        assert!(found[0].is_dead() && found[0].entries.len() == 2);
        assert_eq!(found[0].order.as_ref().unwrap().kind.as_str(), "promote");
        assert_eq!(ledger.reader().unwrap().open_operations().unwrap(), []);
    }
}

#[test]
fn what_expired_before_anybody_acknowledged_it_is_no_dead_letter() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(&folder.path().join("l"));
    append(&ledger, entry("a", 1, "expired")).unwrap();
    append(&ledger, acknowledged("b", "prod", "web")).unwrap();
    append(&ledger, entry("b", 2, "observed")).unwrap();
    assert_eq!(dead(&ledger), []);
}

#[test]
fn a_dead_letter_is_told_of_until_another_order_on_the_same_rollout_or_until_it_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(&folder.path().join("l"));
    for (id, context, name) in [("a", "prod", "web"), ("b", "prod", "cart"), ("c", "staging", "web")] {
        append(&ledger, acknowledged(id, context, name)).unwrap();
        append(&ledger, entry(id, 2, "not-delivered")).unwrap();
    }
    assert_eq!(ids(&dead(&ledger)), ["a", "b", "c"]);
    append(&ledger, acknowledged("again", "prod", "web")).unwrap();
    assert_eq!(ids(&dead(&ledger)), ["b", "c"], "the same name on another cluster is another Rollout");
    let at = "2026-11-21T09:00:00Z".parse().unwrap();
    let closing =
        dead(&ledger)[0].closing(at, crate::operation::Actor::default(), "ada".into(), &"so".into());
    assert_eq!((closing.number, &*closing.event), (3, CLOSED));
    append(&ledger, closing).unwrap();
    assert_eq!(ids(&dead(&ledger)), ["c"]);
}
