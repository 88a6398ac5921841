//! What the confirmation says of gates: the word and why, what it takes to go on or against them, and what voids it.

use rollgate::keymap::Spelling;
use rollgate::rollout::Key;
use rollgate::rollout::delta::{Delta, Kind, Object};
use rollgate::theme::{Charset, Depth};

use crate::evidence::{GOOD, POLICY};
use crate::world::{World, looks, text};

const CANARY: &str = "routed";

const BAD: [(f64, f64); 4] = [(1.72, 0.42), (121.0, 120.0), (3.1, 3.1), (0.004, 0.004)];

/// The queue alone is longer, which weighs 10 %.
const UNCLEAR: [(f64, f64); 4] = [(0.41, 0.42), (121.0, 120.0), (5.2, 3.1), (0.004, 0.004)];

fn judged(means: [(f64, f64); 4], points: i64) -> World {
    let mut world = World::judged(POLICY);
    gathers(&mut world, means, points);
    world.open(CANARY);
    world
}

fn gathers(world: &mut World, means: [(f64, f64); 4], points: i64) {
    let evidence = world.series(means, points);
    world.gathers(CANARY, evidence);
}

/// A promotion that is staged, with what the evidence says of it.
fn staged(means: [(f64, f64); 4], points: i64) -> World {
    let mut world = judged(means, points);
    world.press("p");
    world
}

/// Draws it, and lets the keyboard rest.
fn rested(mut world: World) -> World {
    world.text((80, 24));
    world.app.prepare();
    world.seen(20);
    world.rest(500);
    assert!(world.app.modal.as_ref().unwrap().is_armed());
    world
}

#[test]
fn a_promotion_of_a_canary_that_passes_asks_for_nothing_more() {
    insta::assert_snapshot!(staged(GOOD, 60).shown((80, 24)));
}

#[test]
fn a_promotion_against_a_failing_gate_wants_the_name_and_a_reason() {
    insta::assert_snapshot!(staged(BAD, 60).text((80, 24)));
}

#[test]
fn the_same_at_120_by_40() {
    insta::assert_snapshot!(staged(BAD, 60).text((120, 40)));
}

#[test]
fn the_same_in_ascii_without_colour() {
    let mut world = staged(BAD, 60);
    let drawn = text(&world.drawn((80, 24), &looks(Depth::Mono, Charset::Ascii), Spelling::Ascii));
    assert!(drawn.is_ascii(), "{drawn}");
    insta::assert_snapshot!(drawn);
}

#[test]
fn after_the_name_it_wants_the_reason() {
    let mut world = staged(BAD, 60);
    world.press("r o u t e d f l a k y");
    insta::assert_snapshot!(world.text((80, 24)));
}

#[test]
fn a_promotion_that_is_held_wants_a_reason() {
    insta::assert_snapshot!(staged(UNCLEAR, 60).text((80, 24)));
}

#[test]
fn too_few_points_cannot_tell_and_each_metric_says_so() {
    insta::assert_snapshot!(staged(GOOD, 23).text((120, 40)));
}

#[test]
fn a_gate_that_turned_bad_under_the_open_confirmation() {
    let mut world = rested(staged(GOOD, 60));
    gathers(&mut world, BAD, 60);
    insta::assert_snapshot!(world.text((80, 24)));
}

#[test]
fn a_policy_that_is_named_and_missing() {
    let mut world = World::judged(POLICY);
    let key = Key { namespace: "demo".into(), name: CANARY.into() };
    let mut rollout = (**world.app.store.rollout(&key).unwrap()).clone();
    rollout.gate_policy = Some("payments".into());
    rollout.meta.resource_version = "99999999".into();
    world.tell(Delta::Seen(World::source(Kind::Rollouts), Object::Rollout(Box::new(rollout))));
    world.open(CANARY);
    world.press("p");
    insta::assert_snapshot!(world.text((80, 24)));
}

#[test]
fn an_abort_is_asked_as_ever_and_says_what_speaks_for_it() {
    let mut world = judged(BAD, 60);
    world.press("x");
    insta::assert_snapshot!(world.text((80, 24)));
}

#[test]
fn an_order_that_went_against_the_gates_says_so_when_it_was_given() {
    let mut world = staged(BAD, 60);
    world.press("r o u t e d f l a k y enter");
    world = rested(world);
    world.press("y");
    world.rest(40);
    insta::assert_snapshot!(world.text((80, 24)));
}
