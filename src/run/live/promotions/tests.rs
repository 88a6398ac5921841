use std::path::Path;
use std::sync::mpsc;

use super::*;
use crate::app::operations::Operations;
use crate::ledger::Ledger;
use crate::operation::policy::{Ask, Rule};
use crate::operation::{Entry, Id, Kind, Policy};

const SERVER: &str = "https://api.example:6443";

fn ledger(path: &Path) -> Ledger {
    Ledger::open(path).unwrap()
}

/// Has the ledger record that an order on `name` came to `event`.
fn record(ledger: &Ledger, (kind, name, event): (&str, &str, &str), server: &str, at: Timestamp) {
    let target = serde_json::json!({"server": server, "key": {"namespace": "shop", "name": name}});
    let body = serde_json::json!({"kind": kind, "target": target, "outcome": (event == "resolved").then_some("not-applied")});
    let entry = Entry {
        operation: Id(format!("{kind}-{name}-{event}-{at}-{server}").into()),
        number: 1,
        at,
        event: event.into(),
        actor: None,
        user: "ada".into(),
        body: body.to_string(),
    };
    let (answer, answered) = mpsc::channel();
    ledger.append(entry, move |result| answer.send(result).unwrap());
    answered.recv_timeout(Duration::from_secs(60)).unwrap().unwrap();
}

fn key(name: &str) -> Key {
    Key { namespace: "shop".into(), name: name.into() }
}

#[test]
fn what_was_promoted_here_lately_is_found_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let ledger = ledger(&path);
    let (now, long) = (Timestamp::now(), SignedDuration::from_mins(10));
    let ago = |minutes| now - SignedDuration::from_mins(minutes);
    record(&ledger, ("promote", "old", "accepted"), SERVER, ago(600));
    record(&ledger, ("promote", "older", "accepted"), SERVER, ago(30));
    record(&ledger, ("promote", "web", "accepted"), SERVER, ago(5));
    record(&ledger, ("promote-full", "cart", "unclear"), SERVER, ago(4));
    record(&ledger, ("promote", "elsewhere", "accepted"), "https://other.example", ago(3));
    record(&ledger, ("abort", "aborted", "accepted"), SERVER, ago(3));
    record(&ledger, ("promote", "refused", "refused"), SERVER, ago(3));
    record(&ledger, ("promote", "looked-for", "resolved"), SERVER, ago(3));
    let mut promotions = Promotions::open(&path, SERVER).unwrap();
    assert_eq!(promotions.next(now - long).unwrap(), [(key("cart"), ago(4)), (key("web"), ago(5))]);
    assert_eq!(promotions.next(now - long).unwrap(), [], "once is enough");
}

#[test]
fn what_another_session_promotes_while_this_one_runs_is_told_here() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let (here, there) = (ledger(&path), ledger(&path));
    let begin = Timestamp::now();
    record(&there, ("promote", "web", "accepted"), SERVER, begin);
    let mut promotions = Promotions::open(here.path(), SERVER).unwrap();
    let longest = SignedDuration::from_mins(10);
    assert_eq!(promotions.next(since(longest)).unwrap(), [(key("web"), begin)]);
    let following = Following::every(Duration::from_millis(10), promotions, longest).unwrap();
    let later = Timestamp::now();
    record(&there, ("promote", "cart", "observed"), SERVER, later);
    let found = following.news.recv_timeout(Duration::from_secs(60)).unwrap();
    assert_eq!(found, (key("cart"), later));
}

#[test]
fn a_rules_cool_down_refuses_here_what_another_session_promoted_a_minute_ago() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let there = ledger(&path);
    let now = Timestamp::now();
    record(&there, ("promote", "web", "observed"), SERVER, now - SignedDuration::from_mins(1));
    let mut rule: Rule = "prod/shop".parse().unwrap();
    rule.terms.as_mut().unwrap().cool_down = Some(SignedDuration::from_mins(10));
    let policy = Policy::new(vec![rule], Vec::new());
    let longest = policy.longest_cool_down().unwrap();
    let mut here = Operations::default();
    for (key, at) in Promotions::open(&path, SERVER).unwrap().next(since(longest)).unwrap() {
        here.remember_promotion(key, at);
    }
    let judged = |name: &str| {
        let key = key(name);
        let last_promotion = here.last_promotion(&key);
        let (context, kind, role, weight_after) = ("prod", Kind::Promote, None, Some(50));
        policy.judge(&Ask {
            context,
            key: &key,
            kind,
            role,
            weight_after,
            last_promotion,
            goes_back: false,
            now,
        })
    };
    assert!(judged("cart").is_ok());
    assert!(judged("web").unwrap_err().to_string().contains("between two promotions"));
}
