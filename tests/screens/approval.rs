//! What the confirmation has typed before it can be given.

use rollgate::operation::Policy;
use rollgate::operation::policy::freeze::{Begin, Cron, Freeze, Grip};
use rollgate::operation::policy::{Pattern, Rule, Scope, Terms};

use crate::world::World;

/// A world in which one rule, of line 12 of a file, allows all in `prod-*`.
fn ruled(terms: Terms, freezes: Vec<Freeze>) -> World {
    let mut world = World::fixture();
    let scope = Scope { contexts: vec![Pattern::new("prod-*")], ..Scope::default() };
    let rule = Rule { scope, terms: Some(terms), line: Some(12) };
    world.app.session.policy = Policy::new(vec![rule], freezes).into();
    world.app.session.role = Some("release captain".into());
    world.open("paused-at-step");
    world
}

/// The weekend, in the middle of which the fixture was taken.
fn weekend(grip: Grip) -> Freeze {
    Freeze {
        name: "weekend".into(),
        scope: Scope::default(),
        begins: Begin::Each(Cron::parse("0 18 * * fri").unwrap()),
        lasts: "2d 14h".parse().unwrap(),
        zone: jiff::tz::TimeZone::get("Europe/Berlin").unwrap(),
        grip,
    }
}

fn type_text(world: &mut World, text: &str) {
    let keys: Vec<String> =
        text.chars().map(|c| if c == ' ' { "space".to_owned() } else { c.to_string() }).collect();
    world.press(&keys.join(" "));
}

fn reason_and_name() -> World {
    ruled(Terms { name: true, reason: true, ..Terms::default() }, Vec::new())
}

#[test]
fn a_name_that_is_to_be_typed_before_the_reason() {
    let mut world = reason_and_name();
    world.press("p");
    type_text(&mut world, "paused");
    insta::assert_snapshot!(world.text((80, 24)));
}

#[test]
fn a_reason_that_is_being_typed() {
    let mut world = reason_and_name();
    world.press("p");
    type_text(&mut world, "paused-at-step");
    type_text(&mut world, "error rate is flat, INC-4711");
    insta::assert_snapshot!(world.text((80, 24)));
}

#[test]
fn all_is_typed_and_only_its_own_key_confirms() {
    let mut world = reason_and_name();
    world.press("p");
    type_text(&mut world, "paused-at-step");
    type_text(&mut world, "error rate is flat, INC-4711");
    world.press("enter");
    world.text((80, 24));
    world.app.prepare();
    world.seen(20);
    world.rest(500);
    let screen = rollgate::screen::build(&world.app, world.now().wall, rollgate::keymap::Spelling::Utf8);
    let rollgate::screen::Screen { modal: Some(modal), .. } = &screen else { panic!("{screen:?}") };
    assert!(modal.typing.is_none());
    let keys: Vec<&str> = modal.keys.iter().map(|(key, _)| key.as_str()).collect();
    assert!(keys.contains(&"y") && !keys.iter().any(|key| key.contains("enter")), "{keys:?}");
    insta::assert_snapshot!(world.text((80, 24)));
}

#[test]
fn a_freeze_wants_its_phrase() {
    let mut world = ruled(Terms::default(), vec![weekend(Grip::Yields)]);
    world.press("p");
    type_text(&mut world, "override week");
    insta::assert_snapshot!(world.text((80, 24)));
}

#[test]
fn after_the_phrase_a_freeze_wants_a_reason() {
    let mut world = ruled(Terms::default(), vec![weekend(Grip::Yields)]);
    world.press("p");
    type_text(&mut world, "override weekend");
    type_text(&mut world, "checkout is down");
    insta::assert_snapshot!(world.text((80, 24)));
}

#[test]
fn a_freeze_that_nobody_may_override_says_until_when() {
    let mut world = ruled(Terms::default(), vec![weekend(Grip::Holds)]);
    world.press("p");
    insta::assert_snapshot!(world.text((80, 24)));
}

#[test]
fn in_the_smallest_terminal_what_is_asked_is_in_view() {
    let mut world = ruled(Terms { name: true, ..Terms::default() }, vec![weekend(Grip::Yields)]);
    world.press("p");
    type_text(&mut world, "paused-at-step");
    type_text(&mut world, "override weekend");
    type_text(&mut world, "why");
    let drawn = world.text((60, 15));
    assert!(drawn.contains("Say why") && drawn.contains("> why") && drawn.contains("3 of 200"), "{drawn}");
}
