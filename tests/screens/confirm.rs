//! The confirmation.

use rollgate::app::Event;
use rollgate::keymap::Spelling;
use rollgate::operation::{self, Answer};
use rollgate::rollout::delta::{Delta, Kind, Object};
use rollgate::theme::{Charset, Depth};

use crate::world::{World, looks, text};

fn staged(name: &str, key: &str) -> World {
    let mut world = World::fixture();
    world.open(name);
    world.press(key);
    world
}

#[test]
fn a_promotion_before_it_is_armed() {
    insta::assert_snapshot!(staged("paused-at-step", "p").text((80, 24)));
}

#[test]
fn a_promotion_that_can_be_acknowledged() {
    let mut world = staged("paused-at-step", "p");
    world.rest(500);
    insta::assert_snapshot!(world.shown((80, 24)));
}

#[test]
fn the_same_at_120_by_40() {
    let mut world = staged("paused-at-step", "p");
    world.rest(500);
    insta::assert_snapshot!(world.shown((120, 40)));
}

#[test]
fn the_same_in_ascii() {
    let drawn = text(&staged("paused-at-step", "p").drawn(
        (120, 40),
        &looks(Depth::Mono, Charset::Ascii),
        Spelling::Ascii,
    ));
    assert!(drawn.is_ascii(), "{drawn}");
    insta::assert_snapshot!(drawn);
}

#[test]
fn an_abort_that_wants_the_name() {
    let mut world = staged("paused-at-step", "x");
    world.press("p a u");
    insta::assert_snapshot!(world.text((80, 24)));
}

#[test]
fn an_order_that_makes_no_sense_says_why() {
    insta::assert_snapshot!(staged("healthy", "p").text((80, 24)));
}

#[test]
fn a_blue_green_switch() {
    insta::assert_snapshot!(staged("blue-green-paused", "p").text((120, 40)));
}

#[test]
fn a_terminal_too_small_to_read_it_never_counts_as_having_shown_it() {
    for (size, confirmable) in [((50, 10), false), ((59, 24), false), ((80, 14), false), ((60, 15), true)] {
        let world = staged("paused-at-step", "p");
        let screen = rollgate::screen::build(&world.app, world.now().wall, Spelling::Utf8);
        let mut terminal =
            ratatui::Terminal::new(ratatui::backend::TestBackend::new(size.0, size.1)).unwrap();
        let mut fit = rollgate::view::Fit::default();
        let looks = looks(Depth::Ansi16, Charset::Utf8);
        terminal.draw(|frame| fit = rollgate::view::draw(frame, &screen, &looks)).unwrap();
        assert_eq!(fit.confirmable, confirmable, "{size:?}");
    }
}

#[test]
fn the_smallest_terminal_still_shows_what_is_written() {
    let drawn = staged("paused-at-step", "p").text((60, 15));
    assert!(drawn.contains("Nothing has been sent") && drawn.contains("writes"), "{drawn}");
    insta::assert_snapshot!(drawn);
}

#[test]
fn a_long_name_is_typed_with_its_end_in_view() {
    let mut world = staged("blue-green-paused", "x");
    world.press("b l u e - g r e e n - p a u s");
    let drawn = world.text((60, 15));
    assert!(drawn.contains("> blue-green-paus"), "{drawn}");
}

#[test]
fn what_is_no_longer_live_cannot_be_acknowledged() {
    let mut world = staged("paused-at-step", "p");
    let at = world.now().wall;
    let source = World::source(rollgate::rollout::delta::Kind::Rollouts);
    let lost = rollgate::rollout::delta::Contact::Retrying { why: "connection reset".into(), next: at };
    world.tell(rollgate::rollout::delta::Delta::Contact(source, lost, at));
    insta::assert_snapshot!(world.shown((80, 24)));
}

/// Acknowledges what is staged and lets the ledger answer, so that it is sent.
fn sent(name: &str) -> (World, rollgate::operation::Id) {
    let mut world = staged(name, "p");
    world.shown((80, 24));
    world.rest(500);
    world.press("y");
    world.rest(40);
    let id = world.app.modal.as_ref().unwrap().id().clone();
    world.event(Event::Operation(id.clone(), operation::Event::Recorded { entry: 1 }));
    world.event(Event::Operation(id.clone(), operation::Event::Sending));
    (world, id)
}

fn answered(answer: Answer) -> World {
    let (mut world, id) = sent("paused-at-step");
    world.event(Event::Operation(id, operation::Event::Answered(answer)));
    world
}

#[test]
fn an_order_that_was_accepted_waits_for_the_controller() {
    insta::assert_snapshot!(answered(Answer::Accepted { resource_version: "99999".into() }).text((80, 24)));
}

#[test]
fn an_order_that_was_refused_says_so_in_the_servers_words() {
    let why = "rollouts.argoproj.io \"paused-at-step\" is forbidden: User \"ada\" cannot patch resource \"rollouts/status\"";
    insta::assert_snapshot!(answered(Answer::Refused { code: 403, why: why.into() }).text((80, 24)));
}

#[test]
fn an_order_in_doubt_is_not_called_failed() {
    insta::assert_snapshot!(answered(Answer::Unknown { why: "no answer came".into() }).text((80, 24)));
}

#[test]
fn an_order_on_which_the_controller_has_not_acted_says_what_to_do() {
    let mut world = answered(Answer::Accepted { resource_version: "99999".into() });
    world.rest(31_000);
    insta::assert_snapshot!(world.text((80, 24)));
    world.press("esc");
    insta::assert_snapshot!("on_its_own_screen", world.text((80, 24)));
}

#[test]
fn an_order_that_was_overtaken_names_what_changed() {
    let mut world = staged("paused-at-step", "p");
    let key = world.app.subject().cloned().unwrap();
    let mut moved = (**world.app.store.rollout(&key).unwrap()).clone();
    moved.meta.resource_version = "99999".into();
    moved.status.step_index = Some(2);
    let source = World::source(Kind::Rollouts);
    world.tell(Delta::Seen(source, Object::Rollout(Box::new(moved))));
    insta::assert_snapshot!(world.text((80, 24)));
}
