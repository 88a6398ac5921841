//! Looking for proposals in the background, and keeping decisions.

use jiff::Timestamp;

use super::*;
use crate::operation;
use crate::proposal::{Draft, Intent, Proposed, State, Target};
use crate::rollout::Key;

const PATIENCE: Duration = Duration::from_secs(30);

fn now() -> Timestamp {
    "2026-11-21T08:10:00Z".parse().unwrap()
}

fn proposed(id: &str) -> Proposed {
    let target = Target {
        context: "prod".into(),
        server: "https://127.0.0.1:6443".into(),
        key: Key { namespace: "shop".into(), name: id.into() },
        uid: "uid".into(),
    };
    let draft = Draft { reason: Some("graphs are flat"), client: "claude", ..Draft::default() };
    Proposed::new(Id(id.into()), (Intent::Promote, target), &draft, Vec::new(), now()).unwrap()
}

fn start(path: &std::path::Path) -> Porter {
    Porter::every(Duration::from_millis(5), path.to_owned(), Clock::Still(now())).unwrap()
}

async fn told(porter: &mut Porter) -> Told {
    tokio::time::timeout(PATIENCE, porter.next()).await.expect("it tells")
}

async fn listed(porter: &mut Porter) -> Vec<String> {
    match told(porter).await {
        Told::Listed(listed) => listed.unwrap().iter().map(|kept| kept.proposed.id.to_string()).collect(),
        Told::Decided(id, state) => panic!("{id}: {state:?}"),
    }
}

#[tokio::test]
async fn what_another_program_proposes_is_told_even_where_there_was_no_file_before() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state").join("ledger.sqlite3");
    let mut porter = start(&path);
    assert!(listed(&mut porter).await.is_empty());
    let mut agent = Proposals::open(&path).unwrap();
    agent.propose(&proposed("one"), now()).unwrap();
    assert_eq!(listed(&mut porter).await, ["one"]);
    agent.propose(&proposed("two"), now()).unwrap();
    assert_eq!(listed(&mut porter).await, ["two", "one"]);
}

#[tokio::test]
async fn a_decision_is_kept_and_told_and_the_proposal_is_listed_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state").join("ledger.sqlite3");
    let mut agent = Proposals::open(&path).unwrap();
    agent.propose(&proposed("one"), now()).unwrap();
    let mut porter = start(&path);
    assert_eq!(listed(&mut porter).await, ["one"]);
    let denied = Event::Denied { by: "ada".into(), reason: "no".into() };
    porter.decide(Id("one".into()), denied.clone(), "ada".into());
    match told(&mut porter).await {
        Told::Decided(id, Ok(State::Denied { .. })) => assert_eq!(&*id.0, "one"),
        other => panic!("{other:?}"),
    }
    assert!(listed(&mut porter).await.is_empty());
    porter.decide(Id("one".into()), denied, "ada".into());
    match told(&mut porter).await {
        Told::Decided(_, Err(why)) => assert_eq!(why.as_str(), "the proposal is denied"),
        other => panic!("{other:?}"),
    }
}

/// Takes a proposal up at a run of the program, and answers for it by the terminal's own means.
fn taken_at(path: &std::path::Path, process: crate::operation::Process) {
    let actor = crate::operation::Actor { process: Some(Box::new(process)), ..actor::observed() };
    let who = Decider { actor, user: "ada".into() };
    let taken = Event::Taken { by: "ada".into(), operation: operation::Id("op".into()) };
    Proposals::open(path).unwrap().decide(&Id("one".into()), taken, &who, now()).unwrap();
}

async fn states(porter: &mut Porter) -> Vec<&'static str> {
    match told(porter).await {
        Told::Listed(listed) => listed.unwrap().iter().map(|kept| kept.state.word()).collect(),
        Told::Decided(id, state) => panic!("{id}: {state:?}"),
    }
}

#[tokio::test]
async fn what_a_program_held_that_has_ended_is_open_again_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state").join("ledger.sqlite3");
    Proposals::open(&path).unwrap().propose(&proposed("one"), now()).unwrap();
    let own = owner::own().unwrap();
    // The same number, given to another program since.
    taken_at(&path, crate::operation::Process { started: own.started + 1, ..own });
    let mut porter = start(&path);
    let mut seen = states(&mut porter).await;
    if seen == ["taken"] {
        seen = states(&mut porter).await;
    }
    assert_eq!(seen, ["open"]);
}

#[tokio::test]
async fn what_a_program_holds_that_runs_stays_with_it_and_is_open_once_that_ends() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state").join("ledger.sqlite3");
    Proposals::open(&path).unwrap().propose(&proposed("one"), now()).unwrap();
    let mut other = std::process::Command::new("sleep").arg("600").spawn().unwrap();
    taken_at(&path, owner::run(other.id()).unwrap());
    let mut porter = start(&path);
    assert_eq!(states(&mut porter).await, ["taken"]);
    Proposals::open(&path).unwrap().propose(&proposed("two"), now()).unwrap();
    assert_eq!(states(&mut porter).await, ["open", "taken"]);
    other.kill().unwrap();
    other.wait().unwrap();
    assert_eq!(states(&mut porter).await, ["open", "open"]);
}

#[tokio::test]
async fn an_acknowledgement_counts_though_the_program_ended_before_it_said_so_of_the_proposal() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state").join("ledger.sqlite3");
    Proposals::open(&path).unwrap().propose(&proposed("one"), now()).unwrap();
    let own = owner::own().unwrap();
    taken_at(&path, crate::operation::Process { started: own.started + 1, ..own });
    let entry = crate::operation::Entry {
        operation: operation::Id("op".into()),
        number: 1,
        at: now(),
        event: "acknowledged".into(),
        actor: None,
        user: "ada".into(),
        body: "{}".into(),
    };
    let (sender, written) = std_mpsc::channel();
    let ledger = crate::ledger::Ledger::open(&path).unwrap();
    ledger.append(entry, move |head| sender.send(head).unwrap());
    written.recv_timeout(PATIENCE).unwrap().unwrap();
    let mut porter = start(&path);
    assert!(listed(&mut porter).await.is_empty());
    let kept = Proposals::open(&path).unwrap().outcome(&Id("one".into()), now()).unwrap().unwrap().kept;
    assert_eq!(kept.state.word(), "approved");
}
