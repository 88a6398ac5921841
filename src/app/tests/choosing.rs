//! From a wish to an order: nothing is staged on the way, and Escape goes back one stage.

use serde_json::{Value, json};

use super::world::{World, canary, source};
use crate::app::choosing::{Stage, Templates};
use crate::app::*;
use crate::operation::Kind;

fn stage(world: &World) -> &Stage {
    world.app.choosing.as_ref().unwrap().stage()
}

fn web() -> Key {
    Key { namespace: "shop".into(), name: "web".into() }
}

fn template(image: &str) -> Value {
    json!({"spec": {"containers": [{"name": "app", "image": image}]}})
}

fn set(name: &str, hash: &str, (number, image): (&str, &str)) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": name, "namespace": "shop",
        "uid": name, "labels": {"rollouts-pod-template-hash": hash},
        "annotations": {"rollout.argoproj.io/revision": number},
        "ownerReferences": [{"controller": true, "kind": "Rollout", "name": "web", "uid": "uid-web"}]},
        "spec": {"template": template(image)}})
}

/// What the API server would answer about the Rollout and its two versions.
fn read() -> Event {
    let holder = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
        "metadata": {"name": "web", "namespace": "shop", "uid": "uid-web", "generation": 2},
        "spec": {"template": template("app:2")}});
    let sets = [set("web-old", "old", ("1", "app:1")), set("web-new", "new", ("2", "app:2"))];
    Event::Studied(web(), Box::new(Ok(Templates::of("uid-web", &holder, &sets).unwrap())))
}

fn staged(world: &World) -> Option<Kind> {
    let modal = world.app.modal.as_ref()?;
    Some(world.app.operations.get(modal.id()).unwrap().kind())
}

/// Asks for an order that needs the templates, and lets them be read.
fn asked(key: &str) -> World {
    let mut world = World::new(&["prod/shop"]);
    world.press("o");
    let effects = world.press(key);
    let [Effect::Study(study)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(study.key, web());
    assert_eq!(world.event(read()), []);
    world
}

#[test]
fn a_revision_is_chosen_and_its_confirmation_opens() {
    let mut world = asked("v");
    assert!(matches!(stage(&world), Stage::Revisions(read) if read.revisions.len() == 2));
    world.press("up");
    world.press("o");
    let said = world.app.choosing.as_ref().unwrap().said().unwrap().to_string();
    assert!(said.contains("already that of revision 2"), "{said}");
    world.press("down");
    world.press("o");
    assert_eq!(staged(&world), Some(Kind::Undo));
}

#[test]
fn the_revision_before_the_wanted_one_is_offered_first() {
    let mut world = asked("v");
    world.press("o");
    assert_eq!(staged(&world), Some(Kind::Undo));
}

#[test]
fn a_cancel_finds_the_stable_version_by_itself() {
    let world = asked("s");
    assert_eq!(staged(&world), Some(Kind::Cancel));
}

#[test]
fn an_image_is_typed_after_the_present_one_and_escape_goes_back_stage_by_stage() {
    let mut world = asked("i");
    world.press("o");
    assert_eq!(world.app.place(), Place::Typing);
    world.press("1");
    world.press("enter");
    assert_eq!(world.app.place(), Place::Choice);
    world.press("esc");
    assert_eq!(world.app.place(), Place::Typing);
    world.press("esc");
    assert!(matches!(stage(&world), Stage::Containers(_)));
    world.press("esc");
    assert!(matches!(stage(&world), Stage::Menu));
    assert!(world.app.modal.is_none());
    world.press("i");
    world.event(read());
    world.press("o");
    world.event(Event::Paste("1\n".to_owned()));
    assert!(world.app.modal.is_none(), "a paste finishes nothing");
    world.press("enter");
    world.press("o");
    assert_eq!(staged(&world), Some(Kind::SetImage));
    let modal = world.app.modal.as_ref().unwrap();
    assert!(world.app.operations.get(modal.id()).unwrap().request().body.contains("app:21"));
}

#[test]
fn what_was_read_too_late_opens_nothing() {
    let mut world = World::new(&["prod/shop"]);
    world.press("o");
    world.press("s");
    world.press("esc");
    assert_eq!(world.event(read()), []);
    assert!(matches!(stage(&world), Stage::Menu) && world.app.modal.is_none());
}

#[test]
fn a_read_that_fails_is_said_and_the_list_is_back() {
    let mut world = World::new(&["prod/shop"]);
    world.press("o");
    world.press("v");
    world.event(Event::Studied(web(), Box::new(Err("forbidden".into()))));
    assert!(matches!(stage(&world), Stage::Menu));
    assert_eq!(world.app.choosing.as_ref().unwrap().said().unwrap().as_str(), "forbidden");
}

#[test]
fn a_step_is_chosen_and_its_confirmation_opens() {
    let mut world = World::new(&["prod/shop"]);
    world.press("o");
    assert_eq!(world.app.place(), Place::Menu);
    world.press("m");
    assert!(matches!(stage(&world), Stage::Goals(goals) if *goals == [2]));
    assert_eq!(world.press("o"), []);
    let modal = world.app.modal.as_ref().unwrap();
    assert_eq!(world.app.operations.get(modal.id()).unwrap().kind(), Kind::PromoteTo);
    assert!(world.app.choosing.is_none());
}

#[test]
fn escape_goes_back_one_stage_and_stages_nothing() {
    let mut world = World::new(&["prod/shop"]);
    world.press("o");
    world.press("m");
    assert_eq!(world.press("esc"), []);
    assert!(matches!(stage(&world), Stage::Menu));
    assert_eq!(world.press("esc"), []);
    assert!(world.app.choosing.is_none() && world.app.modal.is_none());
    let key = Key { namespace: "shop".into(), name: "web".into() };
    assert!(world.app.operations.on(&key).is_none());
}

#[test]
fn ctrl_c_closes_the_list_and_does_not_leave() {
    let mut world = World::new(&["prod/shop"]);
    world.press("o");
    assert_eq!(world.press("ctrl-c"), []);
    assert!(world.app.choosing.is_none());
}

#[test]
fn enter_space_and_pastes_choose_nothing() {
    let mut world = World::new(&["prod/shop"]);
    world.press("o");
    world.press("m");
    for key in ["enter", "space", "y", "1"] {
        assert_eq!(world.press(key), []);
    }
    world.event(Event::Paste("o".to_owned()));
    assert!(world.app.modal.is_none());
}

#[test]
fn a_refused_order_says_why_and_the_list_stays() {
    let mut world = World::new(&["prod/shop"]);
    world.press("o");
    world.press("a");
    let said = world.app.choosing.as_ref().unwrap().said().unwrap().to_string();
    assert!(said.contains("not aborted"), "{said}");
    world.press("h");
    let said = world.app.choosing.as_ref().unwrap().said().unwrap().to_string();
    assert!(said.contains("Open it"), "{said}");
    assert!(world.app.modal.is_none());
}

#[test]
fn what_is_chosen_is_judged_by_what_is_true_then() {
    let mut world = World::new(&["prod/shop"]);
    world.press("o");
    world.press("m");
    world.tell(Delta::Seen(source(), canary("web", 12, 2, false)));
    world.press("o");
    assert!(world.app.modal.is_none());
    let said = world.app.choosing.as_ref().unwrap().said().unwrap().to_string();
    assert!(said.contains("never goes back"), "{said}");
}

#[test]
fn the_list_stays_with_its_rollout_whatever_is_ordered_around_it() {
    let mut world = World::new(&["prod/shop"]);
    world.press("o");
    let before = world.app.choosing.as_ref().unwrap().key().clone();
    world.tell(Delta::Seen(source(), canary("aaa", 13, 1, true)));
    world.draw();
    world.press("p");
    let modal = world.app.modal.as_ref().unwrap();
    assert_eq!(world.app.operations.get(modal.id()).unwrap().target().key, before);
}
