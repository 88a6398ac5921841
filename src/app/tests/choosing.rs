//! From a wish to an order: nothing is staged on the way, and Escape goes back one stage.

use super::world::{World, canary, source};
use crate::app::choosing::Stage;
use crate::app::*;
use crate::operation::Kind;

#[test]
fn a_step_is_chosen_and_its_confirmation_opens() {
    let mut world = World::new(&["prod/shop"]);
    world.press("o");
    assert_eq!(world.app.place(), Place::Menu);
    world.press("m");
    assert_eq!(world.app.choosing.as_ref().unwrap().stage(), &Stage::Goals(vec![2]));
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
    assert_eq!(world.app.choosing.as_ref().unwrap().stage(), &Stage::Menu);
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
    world.press("d");
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
