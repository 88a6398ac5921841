//! Looking for proposals in the background, and keeping decisions.

use jiff::Timestamp;

use super::*;
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
