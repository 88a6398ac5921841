//! What the clerk reads and closes, on a ledger of its own.

use std::path::Path;
use std::time::Duration;

use super::*;
use crate::ledger::open::CLOSED;
use crate::operation::unsettled::{Owner, Standing};
use crate::operation::{Actor, Process};

const PATIENCE: Duration = Duration::from_secs(30);

fn acknowledged(id: &str, process: Process) -> Entry {
    let body = serde_json::json!({
        "v": 1, "kind": "promote", "digest": "d", "reason": "flat\u{1b}[31m", "facts": {"step": "1"},
        "request": {"method": "PATCH", "path": "/p", "content_type": "t", "body": "[]"},
        "target": {"context": "prod", "server": "https://s", "user": "ada", "uid": "u",
            "key": {"namespace": "shop", "name": id}},
    });
    let actor = Actor { process: Some(Box::new(process)), ..actor::observed() };
    Entry { actor: Some(actor), body: body.to_string(), ..next(id, 1, "acknowledged") }
}

fn next(id: &str, number: u32, event: &str) -> Entry {
    Entry {
        operation: Id(id.into()),
        number,
        at: "2026-11-21T08:10:00Z".parse().unwrap(),
        event: event.into(),
        actor: None,
        user: "ada".into(),
        body: r#"{"v":1,"why":"so it went"}"#.into(),
    }
}

fn write(path: &Path, entries: Vec<Entry>) {
    for entry in entries {
        record(path, entry).unwrap();
    }
}

fn own() -> Process {
    owner::own().unwrap()
}

/// A process of before the machine last began.
fn gone() -> Process {
    Process { boot: "an earlier one".into(), ..own() }
}

async fn told(clerk: &mut Clerk) -> Told {
    tokio::time::timeout(PATIENCE, clerk.next()).await.expect("the clerk answers")
}

async fn listed(clerk: &mut Clerk) -> Vec<Unsettled> {
    clerk.look();
    match told(clerk).await {
        Told::Listed(listed) => listed.unwrap(),
        Told::Closed(id, closed) => panic!("closed {id}: {closed:?}"),
    }
}

fn clerk(path: &Path) -> Clerk {
    Clerk::start(path.to_owned(), Clock::Machine).unwrap()
}

fn reason() -> Reason {
    Reason::new("seen in the audit log").unwrap()
}

#[tokio::test]
async fn where_nothing_was_ordered_nothing_is_listed_and_nothing_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l");
    assert_eq!(listed(&mut clerk(&path)).await, []);
    assert!(!path.exists());
}

#[tokio::test]
async fn each_order_is_told_of_with_its_standing_and_all_its_records_the_newest_first() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l");
    write(
        &path,
        vec![
            acknowledged("here", own()),
            acknowledged("left", gone()),
            acknowledged("doubt", gone()),
            next("doubt", 2, "in-doubt"),
            acknowledged("elsewhere", Process { space: "another".into(), ..own() }),
            acknowledged("dead", gone()),
            next("dead", 2, "not-delivered"),
            acknowledged("over", gone()),
            next("over", 2, "observed"),
        ],
    );
    let told = listed(&mut clerk(&path)).await;
    let standing: Vec<_> = told.iter().map(|order| (&*order.id.0, order.standing)).collect();
    let wanted = [
        ("dead", Standing::Dead),
        ("elsewhere", Standing::Open),
        ("doubt", Standing::InDoubt),
        ("left", Standing::Left),
        ("here", Standing::Open),
    ];
    assert_eq!(standing, wanted);
    let owners: Vec<_> = told.iter().map(|order| order.owner.clone()).collect();
    assert!(matches!(&owners[1], Owner::Unknown(host) if *host == actor::host()), "{owners:?}");
    assert_eq!((&owners[2], &owners[4]), (&Owner::Ended, &Owner::Here));
    assert_eq!(
        (told[2].known.as_str(), told[3].known.as_str()),
        ("so it went", "acknowledged; sent or not is not recorded")
    );
    let row = &Reader::open(&path).unwrap().operation("doubt").unwrap()[0];
    let first = &told[2].records[0];
    let hash: String = row.hash.unwrap().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!((first.number, first.hash.as_str()), (row.seq, &*hash));
    let says: Vec<_> = first.says.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(says, [("reason", "flat␛[31m")], "printable, and nothing twice");
    assert!(told[2].person.as_str().contains(" at "), "{}", told[2].person);
}

#[tokio::test]
async fn what_went_to_the_policy_service_says_where_it_went_and_for_whom() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l");
    let body = serde_json::json!({
        "v": 1, "kind": "rerun", "digest": "d", "consequence": "It is taken up again.",
        "request": {"method": "POST", "path": "/api/v1/workflow-runs/7/rerun", "content_type": "application/json", "body": "{}"},
        "target": {"context": "prod", "server": "https://s", "user": "ada", "uid": "u",
            "key": {"namespace": "shop", "name": "web"}, "service": "https://cordum.example:8443", "tenant": "pay"},
    });
    write(
        &path,
        vec![Entry { body: body.to_string(), ..acknowledged("e", gone()) }, next("e", 2, "in-doubt")],
    );
    let listed = listed(&mut clerk(&path)).await;
    let [order] = listed.as_slice() else { panic!("{listed:?}") };
    let ordered = order.order.as_ref().unwrap();
    let lines: Vec<&str> = ordered.request.iter().map(Printable::as_str).collect();
    let sent = "POST https://cordum.example:8443/api/v1/workflow-runs/7/rerun";
    assert_eq!(lines, [sent, "application/json", "X-Tenant-ID: pay", "{}"]);
    assert_eq!((ordered.kind, order.standing), (None, Standing::InDoubt));
    assert!(
        order.is_errand() && order.advice(true).as_str().contains("workflow's runs"),
        "{}",
        order.advice(true)
    );
}

#[tokio::test]
async fn what_is_recorded_later_is_seen_at_the_next_look() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l");
    let mut clerk = clerk(&path);
    assert_eq!(listed(&mut clerk).await.len(), 0);
    write(&path, vec![acknowledged("a", gone())]);
    assert_eq!(listed(&mut clerk).await.len(), 1);
    assert_eq!(listed(&mut clerk).await.len(), 1, "and the same again where nothing was recorded");
    write(&path, vec![next("a", 2, "resolved")]);
    assert_eq!(listed(&mut clerk).await.len(), 0);
}

#[tokio::test]
async fn an_order_is_closed_as_the_command_does_and_listed_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l");
    write(&path, vec![acknowledged("a", gone()), next("a", 2, "in-doubt")]);
    let mut clerk = clerk(&path);
    clerk.close(Id("a".into()), reason(), "ada".into());
    let Told::Closed(id, Ok(3)) = told(&mut clerk).await else { panic!("not closed in record 3") };
    assert_eq!(&*id.0, "a");
    let Told::Listed(Ok(left)) = told(&mut clerk).await else { panic!("not listed anew") };
    assert_eq!(left, []);
    let rows = Reader::open(&path).unwrap().operation("a").unwrap();
    let last = rows.last().unwrap();
    let body: serde_json::Value = serde_json::from_str(&last.body).unwrap();
    assert_eq!(
        (last.event.as_str(), &body["why"], &body["kind"]),
        (CLOSED, &"seen in the audit log".into(), &"promote".into())
    );
    assert!(last.actor.as_ref().unwrap().contains("\"uid\":"));
}

#[tokio::test]
async fn nothing_is_closed_that_a_living_program_is_about_that_has_its_end_or_that_is_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l");
    write(
        &path,
        vec![acknowledged("here", own()), acknowledged("over", gone()), next("over", 2, "observed")],
    );
    let mut clerk = clerk(&path);
    for (id, why) in [("here", "still about it"), ("over", "no such order"), ("none", "no such order")] {
        clerk.close(Id(id.into()), reason(), "ada".into());
        let Told::Closed(_, Err(said)) = told(&mut clerk).await else { panic!("closed {id}") };
        assert!(said.as_str().contains(why), "{id}: {said}");
        let Told::Listed(_) = told(&mut clerk).await else { panic!("not listed") };
    }
    assert_eq!(Reader::open(&path).unwrap().newest(9).unwrap().len(), 3);
}

#[tokio::test]
async fn a_dead_letter_is_closed_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l");
    write(&path, vec![acknowledged("a", own()), next("a", 2, "not-delivered")]);
    let mut clerk = clerk(&path);
    assert_eq!(listed(&mut clerk).await[0].standing, Standing::Dead);
    clerk.close(Id("a".into()), reason(), "ada".into());
    assert!(matches!(told(&mut clerk).await, Told::Closed(_, Ok(3))));
}

#[tokio::test]
async fn a_ledger_that_cannot_be_read_is_said_in_its_own_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l");
    std::fs::write(&path, "certainly no database, long enough to be looked at".repeat(30)).unwrap();
    let mut clerk = clerk(&path);
    clerk.look();
    let Told::Listed(Err(why)) = told(&mut clerk).await else { panic!("listed") };
    assert!(why.as_str().contains("not a ledger"), "{why}");
}
