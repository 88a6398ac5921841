//! The app as a person meets it: keys in, effects out. No I/O, no clock, no terminal.

use std::time::Duration;

use super::session::Origin;
use super::*;
use crate::gate::wish::Gathered;
use crate::keymap::Place;
use crate::operation::{self, Answer, State};
use crate::rollout::delta::{Contact, Kind as Watched};

mod approval;
mod asides;
mod choosing;
mod errands;
mod gates;
mod hand;
mod health;
mod inbox;
mod orders;
mod story;
mod witness;
mod world;

use world::{World, canary, session, source};

fn recorded(effects: &[Effect]) -> bool {
    effects.iter().any(|effect| matches!(effect, Effect::Order(Command::Record(_))))
}

fn sent(effects: &[Effect]) -> bool {
    effects.iter().any(|effect| matches!(effect, Effect::Order(Command::Send(_))))
}

#[test]
fn what_needs_a_person_is_on_top_and_selected() {
    let world = World::new(&[]);
    assert_eq!(&*world.app.browse.selected().unwrap().name, "web");
}

#[test]
fn a_promotion_is_recorded_then_sent_and_ends_when_the_controller_acted() {
    let mut world = World::new(&["prod/shop"]);
    world.armed();
    assert!(!recorded(&world.press("y")));
    assert!(recorded(&world.wait(40)));
    let id = world.app.modal.as_ref().unwrap().id().clone();
    let effects = world.event(Event::Operation(id.clone(), operation::Event::Recorded { entry: 1 }));
    assert!(sent(&effects));
    world.event(Event::Operation(id.clone(), operation::Event::Sending));
    let answer = Answer::Accepted { resource_version: "11".into() };
    world.event(Event::Operation(id, operation::Event::Answered(answer)));
    assert!(matches!(world.state(), State::Answered { .. }));
    world.tell(Delta::Seen(source(), canary("web", 12, 2, false)));
    assert!(matches!(world.state(), State::Observed { .. }), "{:?}", world.state());
}

#[test]
fn nothing_leaves_before_the_ledger_has_answered() {
    let mut world = World::new(&["prod/shop"]);
    world.armed();
    world.press("y");
    let effects = world.wait(40);
    assert!(recorded(&effects) && !sent(&effects));
    let id = world.app.modal.as_ref().unwrap().id().clone();
    let failed = operation::Event::RecordFailed { entry: 1, why: "disk full".into() };
    assert!(!sent(&world.event(Event::Operation(id, failed))));
    assert!(matches!(world.state(), State::Denied { .. }));
}

#[test]
fn without_a_rule_the_key_explains_itself() {
    let mut world = World::new(&[]);
    world.press("p");
    assert!(world.app.modal.is_none());
    assert!(world.notice().contains("--allow prod/shop"), "{}", world.notice());
}

#[test]
fn a_rule_for_another_namespace_is_none_here() {
    let mut world = World::new(&["prod/bank"]);
    world.press("p");
    assert!(world.app.modal.is_none() && world.notice().contains("only read"));
}

#[test]
fn nothing_is_staged_on_what_is_not_live() {
    let mut world = World::new(&["prod/shop"]);
    let at = world.now().wall;
    world.tell(Delta::Contact(source(), Contact::Retrying { why: "reset".into(), next: at }, at));
    world.press("p");
    assert!(world.app.modal.is_none() && world.notice().contains("stale"), "{}", world.notice());
}

#[test]
fn a_watch_that_is_lost_under_the_open_modal_disarms_it_until_it_is_back() {
    let mut world = World::new(&["prod/shop"]);
    world.armed();
    let at = world.now().wall;
    world.tell(Delta::Contact(source(), Contact::Retrying { why: "reset".into(), next: at }, at));
    world.press("y");
    assert!(!recorded(&world.wait(40)));
    world.draw();
    world.wait(1_000);
    assert!(!world.app.modal.as_ref().unwrap().is_armed());
    let at = world.now().wall;
    world.tell(Delta::Contact(source(), Contact::Live, at));
    world.draw();
    world.wait(500);
    world.press("y");
    assert!(recorded(&world.wait(40)));
}

#[test]
fn an_outcome_is_news_for_a_while_and_what_was_never_acknowledged_is_none() {
    let mut world = World::new(&["prod/shop"]);
    let key = Key { namespace: "shop".into(), name: "web".into() };
    world.press("p");
    world.press("esc");
    assert!(world.app.operations.news(&key, world.now().wall).is_none());
    world.armed();
    world.press("y");
    world.wait(40);
    assert!(world.app.operations.news(&key, world.now().wall).is_some());
    let id = world.app.modal.as_ref().unwrap().id().clone();
    world.event(Event::Operation(id, operation::Event::RecordFailed { entry: 1, why: "full".into() }));
    assert!(world.app.operations.news(&key, world.now().wall).is_some());
    world.millis += 301_000;
    assert!(world.app.operations.news(&key, world.now().wall).is_none());
}

#[test]
fn a_dump_takes_no_orders() {
    let mut world = World::new(&["prod/shop"]);
    world.app.session.origin = Origin::Dump { path: "x".into(), dated: true };
    world.press("p");
    assert!(world.app.modal.is_none() && world.notice().contains("dump"));
}

#[test]
fn type_ahead_confirms_nothing() {
    let mut world = World::new(&["prod/shop"]);
    for key in ["p", "y"] {
        world.event(Event::Key(key.parse().unwrap()));
    }
    world.draw();
    for _ in 0..20 {
        assert!(!recorded(&world.wait(100)));
    }
    assert!(matches!(world.state(), State::Armed { .. } | State::Staged));
}

#[test]
fn a_confirming_key_that_came_with_bytes_that_make_no_key_confirms_nothing() {
    let mut world = World::new(&["prod/shop"]);
    world.armed();
    let y = "y".parse().unwrap();
    assert_eq!(world.app.solitary_keys(), [y]);
    world.millis += 200;
    world.event(Event::CrowdedKey(y));
    assert_eq!(world.wait(40), []);
    assert!(!world.app.modal.as_ref().unwrap().is_armed());
    // It is asked again, after silence, as if nothing had happened.
    world.draw();
    world.wait(400);
    assert!(world.app.modal.as_ref().unwrap().is_armed());
}

#[test]
fn a_frame_made_before_the_modal_opened_does_not_count_as_read() {
    let mut world = World::new(&["prod/shop"]);
    let before = Shown { scrollable: 0, look: world.app.look() };
    world.event(Event::Key("p".parse().unwrap()));
    world.event(Event::Drawn(before));
    world.wait(5_000);
    assert!(!world.app.modal.as_ref().unwrap().is_armed());
    let stale = Shown { scrollable: 0, look: world.app.look() };
    world.event(Event::Resize(90, 30));
    world.event(Event::Drawn(stale));
    world.wait(5_000);
    assert!(!world.app.modal.as_ref().unwrap().is_armed());
    world.draw();
    world.wait(500);
    assert!(world.app.modal.as_ref().unwrap().is_armed());
}

#[test]
fn that_the_controller_has_not_acted_is_said_only_of_what_was_seen() {
    let mut world = World::new(&["prod/shop"]);
    world.armed();
    world.press("y");
    world.wait(40);
    let id = world.app.modal.as_ref().unwrap().id().clone();
    world.event(Event::Operation(id.clone(), operation::Event::Recorded { entry: 1 }));
    let accepted = Answer::Accepted { resource_version: "11".into() };
    world.event(Event::Operation(id, operation::Event::Answered(accepted)));
    let at = world.now().wall;
    world.tell(Delta::Link { answered: false, at });
    world.wait(60_000);
    assert_eq!(world.state().word(), "accepted");
    let at = world.now().wall;
    world.tell(Delta::Heard(source(), at));
    world.tell(Delta::Link { answered: true, at });
    world.wait(29_000);
    assert_eq!(world.state().word(), "accepted");
    world.wait(1_000);
    assert_eq!(world.state().word(), "unobserved");
}

#[test]
fn what_is_no_longer_live_cannot_be_acknowledged() {
    let mut world = World::new(&["prod/shop"]);
    world.armed();
    let at = world.now().wall;
    world.tell(Delta::Link { answered: false, at });
    assert!(!world.app.modal.as_ref().unwrap().is_armed());
    world.draw();
    world.wait(5_000);
    assert!(!recorded(&world.press("y")));
    assert!(!recorded(&world.wait(5_000)));
    assert!(
        world.app.wake().keys.is_none()
            && world.app.wake().orders > Some(world.now().wall + Duration::from_secs(60)),
        "only its end is awaited"
    );
    let at = world.now().wall;
    world.tell(Delta::Link { answered: true, at });
    assert!(!recorded(&world.wait(5_000)), "what is live again was not drawn yet");
    world.draw();
    world.wait(400);
    world.press("y");
    assert!(recorded(&world.wait(40)));
}

#[test]
fn a_confirming_key_held_down_confirms_nothing() {
    let mut world = World::new(&["prod/shop"]);
    world.armed();
    for _ in 0..40 {
        world.millis += 25;
        assert!(!recorded(&world.event(Event::Key("y".parse().unwrap()))));
        assert!(!recorded(&world.event(Event::Tick)));
    }
}

#[test]
fn enter_space_and_pastes_confirm_nothing() {
    let mut world = World::new(&["prod/shop"]);
    world.armed();
    for key in ["enter", "space", "a", "1"] {
        assert!(!recorded(&world.press(key)));
        assert!(!recorded(&world.wait(600)));
    }
    world.event(Event::Paste("y\ny\n".to_owned()));
    assert!(!recorded(&world.wait(600)));
}

#[test]
fn escape_cancels_at_any_time_and_nothing_was_sent() {
    let mut world = World::new(&["prod/shop"]);
    world.press("p");
    let effects = world.press("esc");
    assert!(!sent(&effects) && world.app.modal.is_none());
    assert!(matches!(world.state(), State::Withdrawn { .. }));
}

#[test]
fn a_colleague_who_acts_under_the_open_modal_overtakes_it() {
    let mut world = World::new(&["prod/shop"]);
    world.armed();
    world.tell(Delta::Seen(source(), canary("web", 12, 2, false)));
    assert!(matches!(world.state(), State::Overtaken { .. }));
    world.press("y");
    assert!(!recorded(&world.wait(100)));
}

#[test]
fn a_counter_that_moves_does_not_overtake() {
    let mut world = World::new(&["prod/shop"]);
    world.armed();
    world.tell(Delta::Seen(source(), canary("web", 12, 1, true)));
    assert!(matches!(world.state(), State::Armed { .. }));
}

#[test]
fn a_deleted_rollout_overtakes_its_modal() {
    let mut world = World::new(&["prod/shop"]);
    world.armed();
    let key = Key { namespace: "shop".into(), name: "web".into() };
    world.tell(Delta::Gone(source(), key));
    assert!(matches!(world.state(), State::Overtaken { .. }));
}

#[test]
fn a_resize_or_lost_focus_wants_a_new_look() {
    for event in [Event::Resize(100, 30), Event::Focus(false), Event::Continued] {
        let mut world = World::new(&["prod/shop"]);
        world.armed();
        world.event(event);
        assert!(!world.app.modal.as_ref().unwrap().is_armed());
        world.draw();
        world.wait(500);
        assert!(world.app.modal.as_ref().unwrap().is_armed());
    }
}

#[test]
fn the_first_key_after_focus_came_back_is_thrown_away() {
    let mut world = World::new(&["prod/shop"]);
    world.armed();
    world.event(Event::Focus(false));
    world.event(Event::Focus(true));
    world.draw();
    world.wait(500);
    world.press("y");
    assert!(!recorded(&world.wait(100)));
}

#[test]
fn an_abort_wants_the_name_typed_key_by_key() {
    let mut world = World::new(&["prod/shop"]);
    world.press("x");
    assert_eq!(world.app.place(), Place::Typing);
    world.wait(500);
    world.press("y");
    assert!(!recorded(&world.wait(500)));
    world.press("backspace");
    for key in ["w", "e", "b"] {
        world.press(key);
    }
    assert_eq!(world.app.place(), Place::Modal);
    world.wait(500);
    world.press("y");
    assert!(recorded(&world.wait(40)));
}

#[test]
fn a_name_that_comes_at_once_is_thrown_away() {
    let mut world = World::new(&["prod/shop"]);
    world.press("x");
    world.millis += 300;
    for key in ["w", "e", "b"] {
        world.millis += 1;
        world.event(Event::Key(key.parse().unwrap()));
    }
    assert!(world.app.modal.as_ref().unwrap().wants_text());
    assert!(world.app.modal.as_ref().unwrap().was_too_fast());
}

#[test]
fn a_second_order_waits_for_the_first() {
    let mut world = World::new(&["prod/shop"]);
    world.armed();
    world.press("y");
    world.wait(40);
    world.press("esc");
    world.press("p");
    assert!(world.app.modal.is_none());
    assert!(world.notice().contains("still under way"), "{}", world.notice());
}

#[test]
fn rows_can_be_used_while_the_rest_still_arrives() {
    let mut world = World::unheard(&[]);
    world.tell(Delta::Begin(source()));
    for name in ["api", "web", "cart"] {
        world.tell(Delta::Seen(source(), canary(name, 10, 1, false)));
    }
    world.draw();
    assert_eq!(world.app.store.progress(Watched::Rollouts), Some((3, None)));
    world.press("/");
    for key in ["c", "a", "r", "enter"] {
        world.press(key);
    }
    let key = Key { namespace: "shop".into(), name: "cart".into() };
    assert_eq!(world.press("enter"), [Effect::Open(key)]);
}

#[test]
fn typing_a_filter_finds_and_escape_takes_it_back() {
    let mut world = World::new(&[]);
    world.press("/");
    for key in ["c", "r", "t"] {
        world.press(key);
    }
    assert_eq!(world.app.browse.len(), 1);
    assert_eq!(&*world.app.browse.selected().unwrap().name, "cart");
    world.press("esc");
    assert_eq!(world.app.browse.len(), 3);
}

#[test]
fn opening_and_going_back_watches_and_stops_watching() {
    let mut world = World::new(&[]);
    let key = Key { namespace: "shop".into(), name: "web".into() };
    assert_eq!(world.press("enter"), [Effect::Open(key)]);
    assert_eq!(world.press("esc"), [Effect::Close]);
}

#[test]
fn ctrl_c_closes_the_confirmation_first_and_then_leaves() {
    let mut world = World::new(&["prod/shop"]);
    world.press("p");
    assert!(!world.press("ctrl-c").contains(&Effect::Quit));
    assert!(world.press("ctrl-c").contains(&Effect::Quit));
}

#[test]
fn suspending_voids_what_was_armed() {
    let mut world = World::new(&["prod/shop"]);
    world.armed();
    assert!(world.press("ctrl-z").contains(&Effect::Suspend));
    assert!(!world.app.modal.as_ref().unwrap().is_armed());
}

#[test]
fn an_expired_confirmation_sends_nothing() {
    let mut world = World::new(&["prod/shop"]);
    world.armed();
    world.wait(121_000);
    assert!(matches!(world.state(), State::Expired { .. }));
    world.press("y");
    assert!(!recorded(&world.wait(100)));
}
