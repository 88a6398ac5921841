//! What the app notes for the timeline: Events without end, a first look after an absence, until when it watched.

use serde_json::json;

use super::*;
use crate::rollout::delta::{Kind as Watched, Object, Source};
use crate::rollout::parse::EventObject;
use crate::rollout::parse::Interner;
use crate::timeline::{EACH, HELD, Sight};

fn events() -> Source {
    Source { kind: Watched::Events, namespace: None }
}

fn said(name: &str, nth: usize) -> Delta {
    use serde::Deserialize;
    let value = json!({
        "metadata": {"name": format!("e-{nth}"), "namespace": "shop", "uid": format!("e-{name}-{nth}")},
        "involvedObject": {"kind": "Rollout", "namespace": "shop", "name": name},
        "reason": "ScalingReplicaSet", "message": format!("to {nth}"), "lastTimestamp": "2026-11-21T08:00:00Z",
    });
    let event = EventObject::deserialize(value).unwrap().into_event(&mut Interner::new());
    Delta::Seen(events(), Object::Event(Box::new(event)))
}

fn key(name: &str) -> Key {
    Key { namespace: "shop".into(), name: name.into() }
}

/// How `web` stood before this session, changed by nothing or by another revision.
fn stood(name: &str, phase: &str) -> Sight {
    let at = "2026-11-20T17:00:00Z".parse().unwrap();
    let facts = json!({"phase": phase}).to_string();
    Sight { scene: session(&[]).scene(), key: key(name), at, facts }
}

fn words(world: &World) -> Vec<String> {
    world.app.timeline.lines(None, "").iter().map(|line| line.text().to_string()).collect()
}

#[test]
fn events_without_end_leave_every_key_its_one_step_and_hold_no_more_than_the_caps() {
    let mut world = World::new(&[]);
    world.tell(said("api", 1));
    let (mut selected, mut lost, mut handed) = (Vec::new(), 0, 0);
    for round in 0..4 {
        // More than the queue between the watch and the loop holds, before each key.
        for nth in 0..10_000 {
            world.tell(said("web", round * 10_000 + nth));
        }
        world.press("j");
        selected.push(world.app.browse.selected().cloned());
        let unkept = world.app.timeline.take_unkept();
        assert!(unkept.seen.len() <= HELD, "{}", unkept.seen.len());
        lost += unkept.lost;
        handed += unkept.seen.len();
    }
    selected.dedup();
    assert!(selected.len() > 1, "the keys moved the selection: {selected:?}");
    assert_eq!(handed + usize::try_from(lost).unwrap(), 40_001, "what was not handed on is counted");
    let count = |name: &str| world.app.timeline.lines(Some(&key(name)), "source:event").len();
    assert_eq!((count("web"), count("api")), (EACH, 1));
}

#[test]
fn events_are_drawn_when_the_timeline_is_looked_at_and_not_else() {
    let mut world = World::new(&[]);
    world.tell(said("web", 1));
    assert!(!world.app.is_dirty());
    world.press("T");
    world.tell(said("web", 2));
    assert!(world.app.is_dirty());
}

#[test]
fn an_event_about_something_unknown_or_of_another_kind_is_not_told() {
    let mut world = World::new(&[]);
    let Delta::Seen(source, Object::Event(event)) = said("web", 1) else { panic!() };
    let run = crate::rollout::Event { kind: "AnalysisRun".into(), about: key("other-bbb-2-1"), ..*event };
    world.tell(Delta::Seen(source, Object::Event(Box::new(run))));
    assert_eq!(words(&world), Vec::<String>::new());
}

#[test]
fn the_first_look_tells_what_differs_from_the_last_and_that_something_is_gone() {
    let mut world = World::unheard(&[]);
    let all = vec![stood("web", "Healthy"), stood("api", "Progressing"), stood("old", "Healthy")];
    world.app.timeline.recall_sights(all);
    world.tell(Delta::Begin(source()));
    for name in ["api", "web", "cart"] {
        world.tell(Delta::Seen(source(), canary(name, 10, 1, name == "web")));
    }
    assert_eq!(words(&world).len(), 1, "what is not there is known only at the end of the list");
    world.tell(Delta::Done(source()));
    let said = words(&world);
    let when = "when is not known: between 2026-11-20T17:00:00Z and 2026-11-21T08:10:01Z";
    assert_eq!(
        said,
        [format!("while away: phase Healthy -> Paused; {when}"), format!("while away: deleted; {when}")]
    );
    // A list that is read anew tells nothing again.
    world.tell(Delta::Begin(source()));
    for name in ["api", "web", "cart"] {
        world.tell(Delta::Seen(source(), canary(name, 10, 1, name == "web")));
    }
    world.tell(Delta::Done(source()));
    assert_eq!(words(&world).len(), 2);
}

#[test]
fn how_rollouts_stand_is_handed_over_once_and_when_it_changes() {
    let mut world = World::new(&[]);
    let names = |world: &mut World| {
        let sights = world.app.timeline.take_unkept().sights;
        let of_rollouts = sights.into_iter().filter(|sight| !sight.is_of_a_watch());
        of_rollouts.map(|sight| (sight.key.name.to_string(), sight.is_of_none())).collect::<Vec<_>>()
    };
    let shown = |all: &[(&str, bool)]| -> Vec<(String, bool)> {
        all.iter().map(|(name, gone)| ((*name).to_owned(), *gone)).collect()
    };
    assert_eq!(names(&mut world), shown(&[("api", false), ("cart", false), ("web", false)]));
    world.tell(Delta::Seen(source(), canary("web", 11, 1, true)));
    assert_eq!(names(&mut world), shown(&[]), "it stands as it stood");
    world.tell(Delta::Seen(source(), canary("web", 12, 2, false)));
    world.tell(Delta::Gone(source(), key("cart")));
    assert_eq!(names(&mut world), shown(&[("cart", true), ("web", false)]));
}

#[test]
fn until_when_all_was_watched_is_noted_while_it_is_live_and_not_longer() {
    let mut world = World::new(&[]);
    let watched = |world: &mut World| {
        let now = world.now().wall;
        world.app.note_watch(now);
        let sights = world.app.timeline.take_unkept().sights;
        sights.iter().filter(|sight| sight.is_of_a_watch()).map(|sight| sight.at).next_back()
    };
    let now = world.now().wall;
    assert_eq!(watched(&mut world), Some(now));
    let cut = Contact::Retrying { why: "cut".into(), next: now };
    world.tell(Delta::Contact(source(), cut, now));
    world.millis += 60_000;
    assert_eq!(watched(&mut world), None);
}

#[test]
fn a_rollout_that_a_new_list_lacks_is_told_as_deleted() {
    let mut world = World::new(&[]);
    world.tell(Delta::Begin(source()));
    world.tell(Delta::Seen(source(), canary("web", 10, 1, true)));
    world.tell(Delta::Done(source()));
    assert_eq!(words(&world), ["deleted, as a new list shows", "deleted, as a new list shows"]);
}
