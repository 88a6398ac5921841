//! Owns the expectations of what is told of orders without an end.

use super::fixture::*;
use crate::ledger::open::{CLOSED, FINAL, Open, Reach};
use crate::operation::{Actor, Entry};
use crate::text::Printable;

/// The body of an acknowledgement.
const BODY: &str = r#"{"v":1,"kind":"promote","digest":"abcd","consequence":"It goes on.","grant":"*/*",
"staged_at":"2026-11-21T08:00:00Z","facts":{"pause":"CanaryPauseStep","uid":"u1"},
"request":{"method":"PATCH","path":"/apis/x","content_type":"application/json-patch+json","body":"[]"},
"target":{"context":"prod","server":"https://s","user":"ada","key":{"namespace":"shop","name":"web"},"uid":"u1"}}"#;

fn acknowledged(operation: &str) -> Entry {
    Entry { body: BODY.replace('\n', ""), ..entry(operation, 1, "acknowledged") }
}

/// What is open after these orders, each an acknowledgement and further words.
fn after(orders: &[(&str, &[&str])]) -> Vec<Open> {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(&folder.path().join("l"));
    for (id, words) in orders {
        append(&ledger, acknowledged(id)).unwrap();
        for (number, word) in (2..).zip(*words) {
            append(&ledger, entry(id, number, word)).unwrap();
        }
    }
    ledger.reader().unwrap().open_operations().unwrap()
}

#[test]
fn an_order_is_open_until_a_final_word() {
    for (words, reach) in [
        (&[][..], Reach::MaybeSent),
        (&["in-doubt"], Reach::InDoubt),
        (&["accepted"], Reach::Accepted),
        (&["accepted", "unobserved"], Reach::Accepted),
        (&["in-doubt", "accepted"], Reach::Accepted),
        (&["delayed"], Reach::MaybeSent),
        (&["accepted", "announced"], Reach::Accepted),
        (&["accepted", "a-word-of-tomorrow"], Reach::Unknown),
    ] {
        let open = after(&[("a", words)]);
        assert_eq!(open.len(), 1, "{words:?}");
        assert_eq!((open[0].reach(), open[0].entries.len()), (reach, 1 + words.len()));
    }
    for word in FINAL {
        assert_eq!(
            after(&[("a", &[word]), ("b", &["accepted", word]), ("c", &["accepted", word, "announced"])]),
            []
        );
    }
}

#[test]
fn what_is_final_here_is_final_in_the_life_of_an_operation() {
    use crate::operation::{Answer, State};
    let at = "2026-11-21T08:00:00Z".parse().unwrap();
    let why = || Printable::ours("so");
    let states = [
        State::Acknowledged { at },
        State::Sent { at },
        State::Answered { at, answer: Answer::Accepted { resource_version: "1".into() } },
        State::Answered { at, answer: Answer::Refused { code: 422, why: why() } },
        State::Answered { at, answer: Answer::Unknown { why: why() } },
        State::Observed { at },
        State::Unobserved { at, after: jiff::SignedDuration::ZERO },
        State::Delayed { at, again: at, tries: 1, why: why() },
        State::NotDelivered { at, tries: 1, why: why() },
        State::NotApplied { at },
        State::Unclear { at, changes: Vec::new() },
        State::Withdrawn { at },
        State::Denied { at, why: why() },
        State::Expired { at },
        State::Overtaken { at, changes: Vec::new() },
    ];
    for state in states {
        assert_eq!(FINAL.contains(&state.word()), state.is_final(), "{}", state.word());
    }
}

#[test]
fn open_orders_are_told_oldest_first_with_what_was_ordered() {
    let open = after(&[("b", &[]), ("c", &["observed"]), ("a", &["in-doubt"])]);
    assert_eq!(open.iter().map(|open| &*open.id.0).collect::<Vec<_>>(), ["b", "a"]);
    let order = open[0].order.as_ref().unwrap();
    assert_eq!((order.kind.as_str(), order.digest.as_str()), ("promote", "abcd"));
    assert_eq!(
        (&*order.target.key.namespace, &*order.target.key.name, &*order.target.uid),
        ("shop", "web", "u1")
    );
    assert_eq!((order.target.context.as_str(), order.target.server.as_str()), ("prod", "https://s"));
    assert_eq!((order.request.method.as_str(), order.request.path.as_str()), ("PATCH", "/apis/x"));
    let facts: Vec<_> = order.facts.iter().map(|fact| (fact.name.as_str(), fact.value.as_str())).collect();
    assert_eq!(facts, [("pause", "CanaryPauseStep"), ("uid", "u1")]);
    assert_eq!(order.acknowledged_at.to_string(), "2026-11-21T08:10:00Z");
}

#[test]
fn what_went_to_the_policy_service_is_open_too_and_tells_by_what_it_is_looked_for() {
    const TARGET: &str = r#""target":{"context":"prod","server":"https://s","user":"ada","uid":"u1","key":{"namespace":"shop","name":"web"}"#;
    let body = format!(
        r#"{{"v":1,"kind":"run","digest":"abcd","consequence":"It begins.","workflow":"refunds","idempotency_key":"k",
        "request":{{"method":"POST","path":"/api/v1/workflows/refunds/runs","content_type":"application/json","body":"{{}}"}},
        {TARGET},"service":"https://c:443","tenant":"shop"}}}}"#
    );
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(&folder.path().join("l"));
    append(&ledger, Entry { body: body.replace('\n', ""), ..entry("a", 1, "acknowledged") }).unwrap();
    append(&ledger, acknowledged("b")).unwrap();
    let opened = |ledger: &crate::ledger::Ledger| ledger.reader().unwrap().open_operations().unwrap();
    let [errand, operation] = opened(&ledger).try_into().unwrap();
    let order = errand.order.as_ref().unwrap();
    let service = order.target.service.as_ref().unwrap();
    assert_eq!((service.service.as_str(), service.tenant.as_str()), ("https://c:443", "shop"));
    assert_eq!((order.request.method.as_str(), order.request.body.as_str()), ("POST", "{}"));
    let sought = errand.sought_run().unwrap();
    assert_eq!((sought.workflow(), sought.named()), ("refunds", None));
    assert_eq!((operation.sought_run(), &operation.order.unwrap().target.service), (None, &None));

    let accepted = Entry { body: r#"{"v":1,"run":"run-2"}"#.into(), ..entry("a", 2, "accepted") };
    append(&ledger, accepted).unwrap();
    let errand = opened(&ledger).remove(0);
    assert_eq!(errand.sought_run().unwrap().named(), Some("run-2"));
    assert_eq!(errand.reach_words(), "accepted; the run that the policy service named was not seen");
}

#[test]
fn an_order_whose_particulars_cannot_be_read_is_told_of_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(&folder.path().join("l"));
    append(&ledger, Entry { body: "no json".into(), ..entry("a", 1, "acknowledged") }).unwrap();
    let open = ledger.reader().unwrap().open_operations().unwrap();
    assert!(open[0].order.as_ref().unwrap_err().as_str().contains("record 1"));
}

#[test]
fn what_was_never_acknowledged_is_not_open() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(&folder.path().join("l"));
    append(&ledger, entry("a", 1, "something")).unwrap();
    assert_eq!(ledger.reader().unwrap().open_operations().unwrap(), []);
}

#[test]
fn a_person_closes_an_order_with_a_reason_and_it_is_open_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(&folder.path().join("l"));
    append(&ledger, acknowledged("a")).unwrap();
    append(&ledger, entry("a", 2, "in-doubt")).unwrap();
    let open = ledger.reader().unwrap().open_operations().unwrap().remove(0);
    let at = "2026-11-21T09:00:00Z".parse().unwrap();
    let reason = Printable::from("seen in the audit log\nof the cluster");
    let closing = open.closing(at, Actor { uid: 7, ..Actor::default() }, "ada".into(), &reason);
    assert_eq!((closing.number, &*closing.event), (3, CLOSED));
    append(&ledger, closing).unwrap();
    let reader = ledger.reader().unwrap();
    assert_eq!(reader.open_operations().unwrap(), []);
    let last = reader.newest(1).unwrap().remove(0);
    let body: serde_json::Value = serde_json::from_str(&last.body).unwrap();
    assert_eq!((&body["why"], &body["kind"]), (&reason.as_str().into(), &"promote".into()));
    assert_eq!(body["target"]["key"]["name"], "web");
    assert!(last.actor.unwrap().contains("\"uid\":7"));
}
