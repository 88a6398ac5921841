//! What the policy has a person type: names, phrases, reasons; and that an approval does not outlive its time.

use jiff::tz::TimeZone;

use super::*;
use crate::operation::policy::freeze::{Begin, Cron, Freeze, Grip};
use crate::operation::policy::{Pattern, Policy, Rule, Scope, Terms};
use crate::operation::{Entry, Reason, Undelivered};

fn ruled(terms: Terms, freezes: Vec<Freeze>) -> World {
    let mut world = World::new(&[]);
    let scope = Scope { contexts: vec![Pattern::new("prod")], ..Scope::default() };
    world.app.session.policy =
        Policy::new(vec![Rule { scope, terms: Some(terms), line: None }], freezes).into();
    world
}

fn wants_reason() -> World {
    ruled(Terms { reason: true, ..Terms::default() }, Vec::new())
}

/// On all day, whichever day it is.
fn always() -> Freeze {
    Freeze {
        name: "sale".into(),
        scope: Scope::default(),
        begins: Begin::Each(Cron::parse("0 0 * * *").unwrap()),
        lasts: "1d".parse().unwrap(),
        zone: TimeZone::UTC,
        grip: Grip::Yields,
    }
}

pub(super) fn type_text(world: &mut World, text: &str) {
    for character in text.chars() {
        let key = if character == ' ' { "space".to_owned() } else { character.to_string() };
        world.press(&key);
    }
}

pub(super) fn body(effects: &[Effect]) -> serde_json::Value {
    let acknowledged = |effect: &Effect| match effect {
        Effect::Order(Command::Record(entry)) if Entry::is_acknowledgement(entry) => Some(entry.body.clone()),
        _ => None,
    };
    serde_json::from_str(&effects.iter().find_map(acknowledged).expect("an acknowledgement")).unwrap()
}

fn acknowledge(world: &mut World) -> Vec<Effect> {
    world.wait(500);
    world.press("y");
    world.wait(40)
}

#[test]
fn a_reason_is_typed_ended_by_enter_and_recorded() {
    let mut world = wants_reason();
    world.app.session.role = Some("release captain".into());
    world.press("p");
    assert_eq!(world.app.place(), Place::Typing);
    type_text(&mut world, "  error rate is flat");
    assert_eq!(world.app.place(), Place::Typing, "it is not ended by itself");
    world.press("enter");
    assert_eq!(world.app.place(), Place::Modal);
    let body = body(&acknowledge(&mut world));
    assert_eq!(body["reason"], "error rate is flat");
    assert_eq!(body["role"], "release captain");
    assert_eq!(body["channel"], "keyboard");
    assert!(body.get("override").is_none());
}

#[test]
fn without_policy_nothing_more_is_said_than_the_channel() {
    let mut world = World::new(&["prod/shop"]);
    world.press("p");
    let body = body(&acknowledge(&mut world));
    assert_eq!(body["channel"], "keyboard");
    assert!(["reason", "role", "override"].iter().all(|name| body.get(name).is_none()), "{body}");
}

#[test]
fn enter_confirms_nothing_and_ends_no_empty_reason() {
    let mut world = wants_reason();
    world.press("p");
    for key in ["enter", "space", "space", "enter", "y", "backspace", "enter"] {
        world.press(key);
        assert!(!recorded(&world.wait(600)));
        assert_eq!(world.app.place(), Place::Typing, "{key}");
    }
    type_text(&mut world, "y");
    assert!(!recorded(&world.wait(600)), "a y that is typed is text");
    world.press("enter");
    for _ in 0..3 {
        world.press("enter");
        assert!(!recorded(&world.wait(600)), "the line is ended, nothing is confirmed");
    }
}

#[test]
fn a_frozen_order_wants_the_phrase_then_the_reason_and_both_are_recorded() {
    let mut world = ruled(Terms::default(), vec![always()]);
    world.press("p");
    type_text(&mut world, "override sal");
    world.press("enter");
    assert_eq!(world.app.modal.as_ref().unwrap().current().unwrap().typed().0, "override sal");
    type_text(&mut world, "e");
    assert_eq!(world.app.modal.as_ref().unwrap().current().unwrap().typed().0, "", "on to the reason");
    type_text(&mut world, "the shop is down");
    assert!(!recorded(&acknowledge(&mut world)), "a y that is typed is text");
    world.press("backspace");
    world.press("enter");
    let body = body(&acknowledge(&mut world));
    assert_eq!(body["override"], "override sale");
    assert_eq!(body["reason"], "the shop is down");
}

#[test]
fn an_abort_is_not_frozen_and_still_wants_its_name() {
    let mut world = ruled(Terms::default(), vec![always()]);
    world.press("x");
    type_text(&mut world, "web");
    assert_eq!(body(&acknowledge(&mut world)).get("override"), None);
}

#[test]
fn a_phrase_that_is_pasted_or_comes_at_once_is_thrown_away_and_a_pasted_reason_is_kept() {
    let mut world = ruled(Terms::default(), vec![always()]);
    world.press("p");
    world.event(Event::Paste("override sale".to_owned()));
    let modal = world.app.modal.as_ref().unwrap();
    assert!(modal.was_too_fast() && modal.current().unwrap().typed().0.is_empty());
    type_text(&mut world, "override sale");
    world.event(Event::Paste("see\nhttps://wiki/x\u{1b}[2J".to_owned()));
    assert_eq!(world.app.modal.as_ref().unwrap().current().unwrap().typed().0, "see https://wiki/x [2J");
    assert!(!recorded(&world.wait(600)));
    assert_eq!(world.app.place(), Place::Typing, "a line in the paste ends nothing");
}

#[test]
fn an_enter_at_a_machines_speed_ends_no_reason() {
    let mut world = wants_reason();
    world.press("p");
    world.millis += 300;
    for key in ["o", "k", "enter", "y"] {
        world.millis += 1;
        world.event(Event::Key(key.parse().unwrap()));
    }
    assert_eq!(world.app.place(), Place::Typing);
    assert!(!recorded(&world.wait(600)));
}

#[test]
fn a_reason_takes_no_more_than_fits() {
    let mut world = wants_reason();
    world.press("p");
    world.event(Event::Paste("x".repeat(Reason::LONGEST + 50)));
    type_text(&mut world, "yy");
    world.press("enter");
    let body = body(&acknowledge(&mut world));
    assert_eq!(body["reason"], "x".repeat(Reason::LONGEST));
}

#[test]
fn between_two_promotions_the_rules_time_must_pass() {
    let cool_down = Some(jiff::SignedDuration::from_mins(10));
    let mut world = ruled(Terms { cool_down, ..Terms::default() }, Vec::new());
    world.armed();
    world.press("y");
    world.wait(40);
    let id = world.app.modal.as_ref().unwrap().id().clone();
    world.event(Event::Operation(id.clone(), operation::Event::Recorded { entry: 1 }));
    let accepted = Answer::Accepted { resource_version: "11".into() };
    world.event(Event::Operation(id, operation::Event::Answered(accepted)));
    world.press("esc");
    // The controller went on, and waits again.
    world.tell(Delta::Seen(source(), canary("web", 12, 2, false)));
    world.tell(Delta::Seen(source(), canary("web", 13, 1, true)));
    world.press("p");
    assert!(world.app.modal.is_none());
    assert!(world.notice().contains("wants 10m between two promotions"), "{}", world.notice());
    world.wait(600_000);
    let at = world.now().wall;
    world.tell(Delta::Heard(source(), at));
    world.tell(Delta::Link { answered: true, at });
    world.press("p");
    assert!(world.app.modal.is_some(), "{}", world.notice());
}

#[test]
fn a_promotion_that_was_refused_cools_nothing_down() {
    let cool_down = Some(jiff::SignedDuration::from_mins(10));
    let mut world = ruled(Terms { cool_down, ..Terms::default() }, Vec::new());
    world.armed();
    world.press("y");
    world.wait(40);
    let id = world.app.modal.as_ref().unwrap().id().clone();
    world.event(Event::Operation(id.clone(), operation::Event::Recorded { entry: 1 }));
    let refused = Answer::Refused { code: 403, why: "no".into() };
    world.event(Event::Operation(id, operation::Event::Answered(refused)));
    world.press("esc");
    world.press("p");
    assert!(world.app.modal.is_some(), "{}", world.notice());
}

#[test]
fn more_weight_than_one_approval_may_set_is_not_staged() {
    // The next wait of the canary is its end: 100 %.
    let mut world = ruled(Terms { max_weight: Some(60), ..Terms::default() }, Vec::new());
    world.press("p");
    assert!(world.app.modal.is_none());
    assert!(world.notice().contains("set 100 % of the traffic"), "{}", world.notice());
}

#[test]
fn an_approval_does_not_outlive_its_time_while_the_machine_sleeps_or_its_clock_is_set_back() {
    for (slept, set_back) in [(119, 0), (121, 0), (121, 119), (100_000, 99_990)] {
        let mut world = World::new(&["prod/shop"]);
        world.armed();
        // The clock on the wall runs on with the machine asleep, unless it is set back.
        world.slept = Duration::from_secs(slept);
        world.set_back = Duration::from_secs(set_back);
        world.press("y");
        let recorded = recorded(&world.wait(40));
        assert_eq!(recorded, slept < 120, "slept {slept} s, set back {set_back} s");
        if !recorded {
            assert!(matches!(world.state(), State::Expired { .. }));
        }
    }
}

#[test]
fn what_was_acknowledged_before_the_machine_slept_is_not_sent_after_it() {
    let mut world = World::new(&["prod/shop"]);
    world.armed();
    world.press("y");
    assert!(recorded(&world.wait(40)));
    let id = world.app.modal.as_ref().unwrap().id().clone();
    world.slept = Duration::from_secs(131);
    assert!(!sent(&world.event(Event::Operation(id, operation::Event::Recorded { entry: 1 }))));
    assert!(matches!(world.state(), State::Denied { .. }), "{:?}", world.state());
}

/// An order whose first try did not reach the server, with its failure recorded and its confirmation closed.
fn delayed() -> World {
    let mut world = World::new(&["prod/shop"]);
    world.armed();
    world.press("y");
    world.wait(40);
    let id = world.app.modal.as_ref().unwrap().id().clone();
    world.event(Event::Operation(id.clone(), operation::Event::Recorded { entry: 1 }));
    let what =
        Undelivered { why: "connection refused".into(), wait: Some(jiff::SignedDuration::from_secs(30)) };
    world.event(Event::Operation(id.clone(), operation::Event::Undelivered(what, 0)));
    world.event(Event::Operation(id, operation::Event::Recorded { entry: 2 }));
    world.press("esc");
    assert!(matches!(world.state(), State::Delayed { .. }), "{:?}", world.state());
    world
}

#[test]
fn the_abort_key_takes_back_what_waits_for_its_next_try_and_is_an_abort_again_after_that() {
    let mut world = delayed();
    world.press("p");
    assert!(world.notice().contains("the abort key takes it back"), "{}", world.notice());
    let effects = world.press("x");
    assert!(recorded(&effects));
    assert!(matches!(world.state(), State::Withdrawn { .. }));
    assert!(world.app.modal.is_none(), "no abort was staged");
    world.press("x");
    assert!(world.app.modal.is_some(), "{}", world.notice());
}

#[test]
fn what_waits_for_its_next_try_is_not_tried_after_the_machine_slept_past_its_time() {
    let mut world = delayed();
    world.slept = Duration::from_secs(115);
    world.set_back = Duration::from_secs(100);
    assert!(!sent(&world.event(Event::Tick)));
    assert!(matches!(world.state(), State::NotDelivered { .. }), "{:?}", world.state());
}
