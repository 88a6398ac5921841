//! The fleet.

use rollgate::keymap::{Keymap, Spelling};
use rollgate::rollout::delta::{Contact, Delta, Kind};
use rollgate::theme::{Charset, Depth};

use crate::world::{World, looks, styles, text};

#[test]
fn at_80_by_24() {
    insta::assert_snapshot!(World::fixture().text((80, 24)));
}

#[test]
fn at_120_by_40() {
    insta::assert_snapshot!(World::fixture().text((120, 40)));
}

#[test]
fn at_200_by_60() {
    insta::assert_snapshot!(World::fixture().text((200, 60)));
}

#[test]
fn in_ascii_without_colour() {
    let buffer = World::fixture().drawn((80, 24), &looks(Depth::Mono, Charset::Ascii), Spelling::Ascii);
    let drawn = text(&buffer);
    assert!(drawn.is_ascii(), "{drawn}");
    insta::assert_snapshot!(drawn);
}

#[test]
fn without_colour_no_cell_has_one() {
    let buffer = World::fixture().drawn((80, 24), &looks(Depth::Mono, Charset::Utf8), Spelling::Utf8);
    let coloured = styles(&buffer);
    for name in ["Red", "Green", "Blue", "Yellow", "Magenta", "Cyan", "#"] {
        assert!(!coloured.contains(name), "{coloured}");
    }
    insta::assert_snapshot!(coloured);
}

#[test]
fn styles_in_sixteen_colours() {
    let buffer = World::fixture().drawn((80, 24), &looks(Depth::Ansi16, Charset::Utf8), Spelling::Utf8);
    insta::assert_snapshot!(styles(&buffer));
}

#[test]
fn while_a_filter_is_typed() {
    let mut world = World::fixture();
    world.press("/ b l u e");
    insta::assert_snapshot!(world.text((80, 24)));
}

#[test]
fn sentences_name_the_keys_that_a_person_chose() {
    let mut world = World::fixture();
    let chosen = [("clear-filter", "f4"), ("accept", "ctrl-d"), ("cancel", "f2")];
    world.app.keymap = Keymap::with_overrides(chosen).unwrap();
    world.press("/ z z z");
    assert!(world.text((80, 24)).contains("ctrl-d done  f2 cancel"), "{}", world.text((80, 24)));
    world.press("ctrl-d");
    assert!(world.text((80, 24)).contains("f4 shows all again."), "{}", world.text((80, 24)));
}

#[test]
fn with_one_phase_shown() {
    let mut world = World::fixture();
    world.press("tab tab");
    insta::assert_snapshot!(world.text((80, 24)));
}

#[test]
fn while_the_first_list_arrives() {
    let mut world = World::empty();
    let source = World::source(Kind::Rollouts);
    let at = world.now().wall;
    world.tell(Delta::Begin(source.clone()));
    world.tell(Delta::Contact(source, Contact::Syncing { about: Some(10_000) }, at));
    insta::assert_snapshot!(world.text((80, 24)));
}

#[test]
fn when_the_watch_is_lost() {
    let mut world = World::fixture();
    let at = world.now().wall;
    world.millis += 260_000;
    let why = "connection reset by peer".into();
    world.tell(Delta::Contact(World::source(Kind::Rollouts), Contact::Retrying { why, next: at }, at));
    insta::assert_snapshot!(world.text((80, 24)));
}

#[test]
fn when_rollouts_may_not_be_listed() {
    let mut world = World::empty();
    let at = world.now().wall;
    let why = "rollouts.argoproj.io is forbidden: User \"ada\" cannot list resource \"rollouts\" at the cluster scope";
    world.tell(Delta::Contact(World::source(Kind::Rollouts), Contact::Forbidden { why: why.into() }, at));
    insta::assert_snapshot!(world.text((80, 24)));
}

#[test]
fn in_a_terminal_that_is_too_small() {
    insta::assert_snapshot!(World::fixture().text((50, 10)));
}

#[test]
fn help() {
    let mut world = World::fixture();
    world.press("?");
    insta::assert_snapshot!(world.text((120, 60)));
}

#[test]
fn styles_in_true_colour() {
    let buffer = World::fixture().drawn((80, 24), &looks(Depth::TrueColor, Charset::Utf8), Spelling::Utf8);
    insta::assert_snapshot!(styles(&buffer));
}

#[test]
fn at_120_by_40_in_ascii() {
    let buffer = World::fixture().drawn((120, 40), &looks(Depth::Mono, Charset::Ascii), Spelling::Ascii);
    insta::assert_snapshot!(text(&buffer));
}

#[test]
fn at_200_by_60_in_ascii() {
    let buffer = World::fixture().drawn((200, 60), &looks(Depth::Mono, Charset::Ascii), Spelling::Ascii);
    insta::assert_snapshot!(text(&buffer));
}
