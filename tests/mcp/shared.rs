//! One ledger under several programs for assistants, and under one that is killed while it keeps a proposal.
//!
//! Limits count for a client and a Rollout, whichever program it speaks to. A proposal is whole or not there, and there once
//! it was answered for; the kill comes at each single write and sync of the disk, by a library between program and system.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rollgate::ledger::{Proposals, Reader, Verdict};
use rollgate::proposal::Kept;
use serde_json::{Value, json};

use crate::Named;
use crate::assistant::{Assistant, Cluster, PATIENCE};
use crate::meddle::{Deed, Library, Page, SYNC, WRITE};
use crate::proposing::paused;

pub fn trials() -> Vec<Named> {
    vec![
        ("the same from one client by two programs at once is one proposal", once),
        ("what is open of a client counts in every program that it speaks to", capped),
        ("how often a client proposes counts in every program that it speaks to", rated),
        (
            "a program that is killed at any write leaves a proposal whole or none, in a new ledger",
            killed_at_first,
        ),
        (
            "a program that is killed at any write leaves a proposal whole or none, beside others",
            killed_later,
        ),
    ]
}

/// A folder with a place for a ledger that several use.
fn place() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let ledger = folder.path().join("state").join("ledger");
    (folder, ledger)
}

pub fn client(name: &str, ledger: &Path, cluster: &Cluster) -> Assistant {
    let mut assistant = Assistant::beside(ledger, cluster, &[]);
    assistant.begin_as(name);
    is_live(&mut assistant);
    assistant
}

/// Waits until it may be proposed on what is known.
pub fn is_live(assistant: &mut Assistant) {
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until {
        let told = assistant.tell("rollout_status", json!({"name": "api"}));
        if told["freshness"]["state"] == "live" && told["rollout"]["phase"] == "Paused" {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("what is known does not become live");
}

pub fn put(assistant: &mut Assistant, tool: &str, extra: &Value) -> i64 {
    let mut given = json!({"name": "api", "reason": "tests"});
    given.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    assistant.put("tools/call", json!({"name": tool, "arguments": given}))
}

fn kept(ledger: &Path) -> Vec<Kept> {
    Proposals::open(ledger).unwrap().list(99, jiff::Timestamp::now()).unwrap()
}

fn once() {
    let cluster = paused();
    let (_folder, ledger) = place();
    let mut both = [client("one", &ledger, &cluster), client("one", &ledger, &cluster)];
    let mut other = client("another", &ledger, &cluster);
    let asked: Vec<i64> = both.iter_mut().map(|it| put(it, "propose_promote", &json!({}))).collect();
    let told: Vec<Value> = both
        .iter_mut()
        .zip(asked)
        .map(|(it, id)| it.answer(id)["result"]["structuredContent"].clone())
        .collect();
    assert_eq!(told[0]["proposal"]["id"], told[1]["proposal"]["id"], "{told:?}");
    let new = told.iter().filter(|told| told["new"] == true).count();
    assert_eq!((new, kept(&ledger).len()), (1, 1), "{told:?}");
    let theirs = other.tell("propose_promote", json!({"name": "api", "reason": "tests"}));
    assert_eq!(theirs["new"], true, "another client's is another");
    // Either program tells of both, and only the client itself takes its own back.
    let id = json!({"proposal_id": theirs["proposal"]["id"]});
    assert_eq!(both[0].tell("proposal_outcome", id.clone())["proposal"]["state"], "open");
    both[0].refused("withdraw_proposal", id.clone());
    assert_eq!(other.tell("withdraw_proposal", id)["proposal"]["state"], "withdrawn");
}

fn capped() {
    let cluster = paused();
    cluster.embedded.make("web");
    let status =
        json!({"phase": "Healthy", "observedGeneration": "1", "currentPodHash": "a", "stableRS": "a"});
    cluster.status("web", &status);
    let (_folder, ledger) = place();
    let mut both = [client("one", &ledger, &cluster), client("one", &ledger, &cluster)];
    let given = json!({"name": "api", "reason": "tests"});
    for (nth, tool) in ["propose_promote", "propose_pause", "propose_abort"].into_iter().enumerate() {
        assert_eq!(both[nth % 2].tell(tool, given.clone())["new"], true);
    }
    for it in &mut both {
        let why = it.refused("propose_restart", json!({"name": "web", "reason": "tests"}));
        assert!(why.contains("3 proposals of this client are open already"), "{why}");
    }
    let why = client("another", &ledger, &cluster).refused("propose_cancel", given);
    assert!(why.contains("3 proposals on this Rollout are open already"), "{why}");
    assert_eq!(kept(&ledger).len(), 3);
}

fn rated() {
    let cluster = paused();
    let (_folder, ledger) = place();
    let mut both = [client("one", &ledger, &cluster), client("one", &ledger, &cluster)];
    let given = json!({"name": "api", "reason": "tests"});
    for nth in 0..10 {
        let told = both[nth % 2].tell("propose_promote", given.clone());
        assert_eq!(told["new"], true, "{nth}: {told}");
        both[(nth + 1) % 2].tell("withdraw_proposal", json!({"proposal_id": told["proposal"]["id"]}));
    }
    for it in &mut both {
        let why = it.refused("propose_promote", given.clone());
        assert!(why.contains("10 proposals of this client were made within a minute"), "{why}");
    }
    assert_eq!(client("another", &ledger, &cluster).tell("propose_promote", given)["new"], true);
}

fn killed_at_first() {
    killed_at_each(Deed::KillBefore, false);
}

fn killed_later() {
    for deed in [Deed::KillBefore, Deed::KillAfter] {
        killed_at_each(deed, true);
    }
}

/// Has a program killed at its first write or sync of proposing, the next at its second, until one comes through.
fn killed_at_each(deed: Deed, beside_others: bool) {
    let cluster = paused();
    let tools = tempfile::tempdir().unwrap();
    let library = Library::compile(tools.path()).unwrap();
    let (mut none, mut whole) = (0, 0);
    for nth in 1..200 {
        let (_folder, ledger) = place();
        let before = usize::from(beside_others);
        if beside_others {
            client("others", &ledger, &cluster)
                .tell("propose_pause", json!({"name": "api", "reason": "tests"}));
        }
        let page = Page::new(tools.path().join(format!("page-{nth}"))).unwrap();
        let answered = proposes_and_dies(&cluster, &ledger, (&library, &page), (deed, nth));
        assert_eq!(answered, !page.was_met(), "{deed:?} {nth}: it answers, or it is killed");
        let there = after(&ledger);
        assert!(there == before || there == before + 1, "{deed:?} {nth}: {there}");
        if answered {
            assert_eq!(there, before + 1, "{deed:?} {nth}: it was answered for");
            assert!(none > 2 && nth > 3, "{deed:?}: killed {nth} times, {none} without a trace");
            assert!(
                whole > 0 || deed == Deed::KillBefore,
                "{deed:?}: the last kill came after it was on disk"
            );
            return;
        }
        if there == before {
            none += 1
        } else {
            whole += 1
        }
        // Whoever comes next finds a ledger to work on, and what is there is known again.
        let again = client("one", &ledger, &cluster)
            .tell("propose_promote", json!({"name": "api", "reason": "tests"}));
        assert_eq!(again["new"], there == before, "{deed:?} {nth}: {again}");
        assert_eq!(after(&ledger), before + 1);
    }
    panic!("{deed:?}: no program came through");
}

/// Proposes in a program that is killed at its n-th write or sync from then on; tells whether it answered before that.
fn proposes_and_dies(
    cluster: &Cluster,
    ledger: &Path,
    (library, page): (&Library, &Page),
    (deed, nth): (Deed, i64),
) -> bool {
    let environment = [("LD_PRELOAD", library.path()), ("MEDDLE_PAGE", page.path())];
    let mut assistant = Assistant::beside(ledger, cluster, &environment);
    assistant.begin_as("one");
    is_live(&mut assistant);
    page.arm(deed, WRITE + SYNC, nth, 0).unwrap();
    let id = put(&mut assistant, "propose_promote", &json!({}));
    loop {
        match assistant.hear_or_end() {
            Some(message) if message["id"] == id => {
                page.clear().unwrap();
                return message["result"]["structuredContent"]["new"] == true;
            }
            Some(_) => {}
            None => return false,
        }
    }
}

/// Counts the proposals in a ledger after an end without notice; each is whole, and so is the chain.
pub fn after(ledger: &Path) -> usize {
    let kept = kept(ledger);
    assert!(kept.iter().all(|kept| kept.state.word() == "open" && !kept.proposed.reason.text().is_empty()));
    let raw = rusqlite::Connection::open(ledger).unwrap();
    let one = |sql: &str| raw.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(one("PRAGMA integrity_check"), "ok");
    // What cannot be read would be skipped by the list: a row for each of them.
    assert_eq!(one("SELECT count(*) || '' FROM proposal"), kept.len().to_string());
    let verdict = Reader::open(ledger).and_then(|reader| reader.verify(&[])).unwrap();
    assert!(matches!(verdict, Verdict::Whole(_)), "{verdict:?}");
    kept.len()
}
