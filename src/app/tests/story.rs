//! The story of a demo: when it is told, and what keys mean meanwhile.

use super::*;
use crate::app::session::Story;

fn demo() -> World {
    demo_at(1)
}

fn demo_at(speed: u32) -> World {
    let mut world = World::new(&["prod/shop"]);
    let story = Story {
        name: "bad-canary".into(),
        title: "A bad canary".into(),
        paragraphs: vec!["It goes wrong.".into()],
        speed,
    };
    world.app =
        App::new(Session { story: Some(story), ..session(&["prod/shop"]) }, Keymap::defaults().unwrap());
    world.tell(Delta::Begin(source()));
    world.tell(Delta::Seen(source(), canary("web", 10, 1, true)));
    world.tell(Delta::Done(source()));
    let at = world.now().wall;
    world.tell(Delta::Contact(source(), Contact::Live, at));
    world.draw();
    world
}

#[test]
fn a_demo_begins_with_its_story_which_enter_or_escape_closes() {
    for key in ["enter", "esc"] {
        let mut world = demo();
        assert_eq!(world.app.place(), Place::Story);
        assert_eq!(world.press(key), [Effect::Begin], "what the story tells waits until it has been read");
        assert_eq!(
            (world.app.place(), &world.app.page),
            (Place::Fleet, &Page::Fleet),
            "nothing is opened by it"
        );
    }
}

#[test]
fn nothing_can_be_ordered_while_the_story_is_told() {
    let mut world = demo();
    for key in ["p", "x", "w", "/", "y"] {
        world.press(key);
        assert!(world.app.modal.is_none() && !world.app.browse.typing, "{key}");
        assert_eq!(world.app.place(), Place::Story, "{key}");
    }
    world.press("enter");
    world.press("p");
    assert!(world.app.modal.is_some());
}

#[test]
fn what_is_staged_in_a_fast_demo_waits_two_minutes_of_the_persons_time() {
    let mut world = demo_at(60);
    world.press("enter");
    world.press("p");
    let staged = world.now().wall;
    let key = Key { namespace: "shop".into(), name: "web".into() };
    let operation = world.app.operations.on(&key).unwrap();
    assert_eq!(operation.expires_at().duration_since(staged).as_secs(), 2 * 60 * 60);
}

#[test]
fn the_story_can_be_told_again_from_the_fleet_and_from_a_rollout() {
    let mut world = demo();
    world.press("enter");
    world.press("s");
    assert_eq!(world.app.place(), Place::Story);
    world.press("s");
    world.press("enter");
    assert_eq!(world.app.place(), Place::Rollout);
    world.press("s");
    assert_eq!(world.app.place(), Place::Story);
    world.press("esc");
    assert_eq!(world.app.place(), Place::Rollout, "escape closes the story and nothing else");
    world.press("s");
    assert_eq!(world.press("q"), [Effect::Quit]);
}

#[test]
fn without_a_story_its_key_does_nothing() {
    let mut world = World::new(&[]);
    assert_eq!(world.app.place(), Place::Fleet);
    assert!(world.press("s").is_empty());
    assert_eq!(world.app.place(), Place::Fleet);
}
