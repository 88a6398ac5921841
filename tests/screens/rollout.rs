//! One Rollout.

use rollgate::keymap::Spelling;
use rollgate::theme::{Charset, Depth};

use crate::world::{World, looks, text};

fn opened(name: &str) -> World {
    let mut world = World::fixture();
    world.open(name);
    world
}

#[test]
fn a_canary_that_waits_for_a_person() {
    insta::assert_snapshot!(opened("paused-at-step").text((80, 24)));
}

#[test]
fn the_same_at_120_by_40() {
    insta::assert_snapshot!(opened("paused-at-step").text((120, 40)));
}

#[test]
fn the_same_at_200_by_60() {
    insta::assert_snapshot!(opened("paused-at-step").text((200, 60)));
}

#[test]
fn the_same_in_ascii() {
    let drawn =
        text(&opened("paused-at-step").drawn((80, 24), &looks(Depth::Mono, Charset::Ascii), Spelling::Ascii));
    assert!(drawn.is_ascii(), "{drawn}");
    insta::assert_snapshot!(drawn);
}

#[test]
fn a_blue_green_that_waits_for_the_switch() {
    insta::assert_snapshot!(opened("blue-green-paused").text((80, 24)));
}

#[test]
fn an_aborted_canary() {
    insta::assert_snapshot!(opened("aborted").text((80, 24)));
}

#[test]
fn a_canary_under_analysis() {
    insta::assert_snapshot!(opened("analysis-running").text((120, 40)));
}

#[test]
fn a_canary_behind_a_router() {
    insta::assert_snapshot!(opened("routed").text((80, 24)));
}

#[test]
fn a_canary_whose_pods_never_become_ready() {
    insta::assert_snapshot!(opened("stuck").text((80, 24)));
}

#[test]
fn one_that_is_gone() {
    let mut world = opened("healthy");
    let key = world.app.subject().cloned().unwrap();
    let source = World::source(rollgate::rollout::delta::Kind::Rollouts);
    world.tell(rollgate::rollout::delta::Delta::Gone(source, key));
    insta::assert_snapshot!(world.text((80, 24)));
}
