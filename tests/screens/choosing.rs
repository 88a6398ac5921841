//! The list of orders, the lists to choose from, and the confirmations that they lead to.

use rollgate::app::Event;
use rollgate::keymap::{Place, Spelling};
use rollgate::theme::{Charset, Depth};

use crate::world::{World, looks, text};

fn opened(name: &str, keys: &str) -> World {
    let mut world = World::fixture();
    world.open(name);
    world.press(keys);
    world
}

#[test]
fn every_order_with_what_it_does_or_why_not() {
    insta::assert_snapshot!(opened("paused-at-step", "o").text((80, 24)));
}

#[test]
fn every_order_for_a_blue_green() {
    insta::assert_snapshot!(opened("blue-green-paused", "o").text((80, 24)));
}

#[test]
fn every_order_in_ascii_without_colour() {
    let looks = looks(Depth::Mono, Charset::Ascii);
    let drawn = text(&opened("paused-at-step", "o").drawn((80, 24), &looks, Spelling::Ascii));
    assert!(drawn.is_ascii(), "{drawn}");
    insta::assert_snapshot!(drawn);
}

#[test]
fn an_order_that_is_refused_says_why_and_the_list_stays() {
    let mut world = opened("paused-at-step", "o a");
    assert_eq!(world.app.place(), Place::Menu);
    assert!(world.app.modal.is_none());
    insta::assert_snapshot!(world.text((80, 24)));
}

#[test]
fn how_far_a_promotion_goes() {
    insta::assert_snapshot!(opened("paused-at-step", "o m down").text((80, 24)));
}

#[test]
fn how_far_a_promotion_goes_in_ascii() {
    let looks = looks(Depth::Mono, Charset::Ascii);
    let drawn = text(&opened("paused-at-step", "o m down").drawn((80, 24), &looks, Spelling::Ascii));
    assert!(drawn.is_ascii(), "{drawn}");
    insta::assert_snapshot!(drawn);
}

#[test]
fn which_run_is_ended() {
    insta::assert_snapshot!(opened("analysis-running", "o h").text((80, 24)));
}

#[test]
fn a_promotion_to_a_chosen_step() {
    let mut world = opened("paused-at-step", "o m o");
    assert!(world.app.modal.is_some());
    insta::assert_snapshot!(world.text((80, 24)));
    insta::assert_snapshot!("at_160_by_50", world.text((160, 50)));
}

#[test]
fn a_promotion_to_the_end() {
    insta::assert_snapshot!(opened("paused-at-step", "o e").text((80, 24)));
}

#[test]
fn a_pause() {
    insta::assert_snapshot!(opened("analysis-running", "o w").text((80, 24)));
}

#[test]
fn an_abort_at_160_by_50() {
    insta::assert_snapshot!(opened("paused-at-step", "o x").text((160, 50)));
}

#[test]
fn a_retry() {
    insta::assert_snapshot!(opened("aborted", "o a").text((80, 24)));
}

#[test]
fn a_restart() {
    insta::assert_snapshot!(opened("healthy", "o r").text((80, 24)));
}

#[test]
fn the_end_of_a_run() {
    insta::assert_snapshot!(opened("analysis-running", "o h o").text((80, 24)));
}

#[test]
fn an_abort_of_a_blue_green_names_active_and_preview() {
    let drawn = opened("blue-green-paused", "o x").text((80, 24));
    assert!(drawn.contains("active") && drawn.contains("destructive"), "{drawn}");
    insta::assert_snapshot!(drawn);
    insta::assert_snapshot!("a_blue_green_at_160_by_50", opened("blue-green-paused", "o x").text((160, 50)));
}

#[test]
fn without_a_leave_every_order_says_so() {
    let mut world = World::fixture();
    world.app.session.policy = rollgate::operation::Policy::new(Vec::new(), Vec::new()).into();
    world.open("paused-at-step");
    world.press("o p");
    let drawn = world.text((80, 24));
    assert!(drawn.contains("may only read") && world.app.modal.is_none(), "{drawn}");
}

#[test]
fn a_list_fits_into_the_smallest_terminal() {
    let mut world = opened("paused-at-step", "o");
    world.event(Event::Resize(60, 15));
    let drawn = world.text((60, 15));
    assert!(drawn.contains("close: nothing is sent") && drawn.contains("more"), "{drawn}");
}

/// Lets what a real API server holds of a Rollout be read, from the fixture's file.
fn read(world: &mut World) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/fleet.json");
    let list: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let key = world.app.choosing.as_ref().unwrap().key().clone();
    let items = list["items"].as_array().unwrap();
    let of = |kind: &'static str| items.iter().filter(move |item| item["kind"] == kind);
    let holder = of("Rollout").find(|item| item["metadata"]["name"] == *key.name).unwrap().clone();
    let sets: Vec<_> = of("ReplicaSet").cloned().collect();
    let uid = holder["metadata"]["uid"].as_str().unwrap();
    let templates = rollgate::app::choosing::Templates::of(uid, &holder, &sets).unwrap();
    world.event(Event::Studied(key, Box::new(Ok(templates))));
}

fn having_read(name: &str, key: &str) -> World {
    let mut world = opened(name, "o");
    world.press(key);
    read(&mut world);
    world
}

#[test]
fn while_the_revisions_are_read() {
    insta::assert_snapshot!(opened("paused-at-step", "o v").text((80, 24)));
}

#[test]
fn which_revision_is_put_back() {
    let mut world = having_read("paused-at-step", "v");
    world.press("down");
    insta::assert_snapshot!(world.text((80, 24)));
}

#[test]
fn an_undo_with_its_differences() {
    let mut world = having_read("paused-at-step", "v");
    world.press("down o");
    assert!(world.app.modal.is_some());
    insta::assert_snapshot!(world.text((80, 24)));
    insta::assert_snapshot!("an_undo_at_160_by_50", world.text((160, 50)));
}

#[test]
fn a_cancel_of_the_update() {
    insta::assert_snapshot!(having_read("paused-at-step", "s").text((80, 24)));
}

#[test]
fn which_container_gets_another_image() {
    insta::assert_snapshot!(having_read("paused-at-step", "i").text((80, 24)));
}

#[test]
fn an_image_that_is_being_named() {
    let mut world = having_read("paused-at-step", "i");
    world.press("o x");
    insta::assert_snapshot!(world.text((80, 24)));
    world.press("enter");
    insta::assert_snapshot!("an_image_that_was_named", world.text((80, 24)));
    world.press("o");
    insta::assert_snapshot!("an_image_to_be_set", world.text((80, 24)));
}
