//! Health: the marks over the fleet, the rows, an opened row, and the lines of a confirmation.

use jiff::SignedDuration;
use rollgate::capability::sight::{
    Admitter, Answer, Answering, Controller, Meters, Notifying, Recording, Ruling, Trial,
};
use rollgate::capability::{Act, Capability, Sight, right};
use rollgate::keymap::Spelling;
use rollgate::rollout::delta::{Contact, Delta, Kind, Object};
use rollgate::rollout::parse::{EventObject, Interner};
use rollgate::theme::{Charset, Depth};

use crate::sights::{denied, healthy, judged, key, lease, opened, see, split, spread, staged, tried};
use crate::world::{World, looks, styles, text};

#[test]
fn nothing_was_looked_at_yet_at_80_by_24() {
    let mut world = World::fixture();
    world.rest(1_500);
    world.press("l");
    insta::assert_snapshot!(world.text((80, 24)));
}

#[test]
fn all_is_as_well_as_can_be_seen_at_80_by_24() {
    let mut world = healthy();
    world.press("l");
    insta::assert_snapshot!(world.text((80, 24)));
}

#[test]
fn the_same_at_120_by_40() {
    let mut world = healthy();
    world.press("l");
    insta::assert_snapshot!(world.text((120, 40)));
}

#[test]
fn the_same_in_ascii_without_colour() {
    let mut world = healthy();
    world.press("l");
    let buffer = world.drawn((80, 24), &looks(Depth::Mono, Charset::Ascii), Spelling::Ascii);
    let drawn = text(&buffer);
    assert!(drawn.is_ascii(), "{drawn}");
    insta::assert_snapshot!(drawn);
    for name in ["Red", "Green", "Blue", "Yellow", "Magenta", "Cyan"] {
        assert!(!styles(&buffer).contains(name), "{name}");
    }
}

#[test]
fn the_last_rows_are_those_that_are_left_out_on_purpose() {
    let mut world = healthy();
    world.press("l G");
    let drawn = world.text((80, 24));
    assert!(drawn.contains("not available by design"), "{drawn}");
    insta::assert_snapshot!(drawn);
}

#[test]
fn the_marks_over_the_fleet_where_the_controller_is_silent_and_a_right_is_missing() {
    let mut world = healthy();
    lease(&mut world, 180);
    see(&mut world, denied(Act::Promote));
    judged(&mut world);
    let drawn = world.text((80, 24));
    let marks = drawn.lines().nth(1).unwrap();
    let at = |word: &str| marks.find(word).unwrap_or_else(|| panic!("{word} is not in {marks}"));
    assert!(at("controller degraded") < at("act in part"), "those that need a person most first: {marks}");
    assert!(!marks.contains("read"), "what works gives way: {marks}");
    insta::assert_snapshot!(drawn);
    insta::assert_snapshot!("the_same_marks_at_120_by_40", world.text((120, 40)));
    let ascii = text(&world.drawn((80, 24), &looks(Depth::Mono, Charset::Ascii), Spelling::Ascii));
    assert!(ascii.is_ascii());
    insta::assert_snapshot!("the_same_marks_in_ascii", ascii);
}

#[test]
fn a_controller_that_is_silent_opened() {
    let mut world = healthy();
    lease(&mut world, 180);
    judged(&mut world);
    opened(&mut world, Capability::Reconciling);
    insta::assert_snapshot!(world.text((80, 24)));
}

#[test]
fn a_right_that_is_missing_opened_with_what_to_paste() {
    let mut world = healthy();
    see(&mut world, denied(Act::Promote));
    judged(&mut world);
    opened(&mut world, Capability::Promote);
    insta::assert_snapshot!(world.text((120, 40)));
    insta::assert_snapshot!("a_right_that_is_missing_opened_at_80_by_24", world.text((80, 24)));
}

#[test]
fn a_traffic_object_that_contradicts_the_weight() {
    let mut world = healthy();
    see(&mut world, split(60));
    judged(&mut world);
    opened(&mut world, Capability::WeightsVerified);
    insta::assert_snapshot!(world.text((80, 24)));
}

#[test]
fn somebody_who_may_refuse_and_a_service_that_answers_wrongly() {
    let mut world = healthy();
    let admitter = Admitter {
        kind: "ValidatingAdmissionPolicy",
        name: "audit-freeze".into(),
        fails_closed: true,
        namespaces: Vec::new(),
    };
    see(&mut world, Sight::Admission(Answer::Seen(vec![admitter])));
    let wrongly = Answering::Wrongly { what: "404 page not found".into() };
    see(&mut world, Sight::PolicyService(Answer::Seen(wrongly)));
    judged(&mut world);
    world.press("l G k k k k k k");
    insta::assert_snapshot!(world.text((80, 24)));
}

#[test]
fn a_watch_that_is_lost() {
    let mut world = healthy();
    let at = world.now().wall;
    let why = "connection refused (os error 111)".into();
    world.tell(Delta::Contact(World::source(Kind::Rollouts), Contact::Retrying { why, next: at }, at));
    world.rest(20_000);
    judged(&mut world);
    world.press("l");
    insta::assert_snapshot!(world.text((80, 24)));
}

#[test]
fn a_few_namespaces_stand_side_by_side() {
    let mut world = spread(&["bank", "cart", "search", "shop"]);
    for right in right::ASKED.iter().filter(|right| right.verb == "patch") {
        let why = Ruling::Denied { why: "".into() };
        see(&mut world, Sight::Right("search".into(), right.clone(), Answer::Seen(why)));
    }
    judged(&mut world);
    world.press("l");
    insta::assert_snapshot!(world.text((120, 40)));
    insta::assert_snapshot!("a_few_namespaces_in_a_narrow_terminal", world.text((80, 24)));
    world.press("n");
    insta::assert_snapshot!("the_worst_of_a_few_namespaces_alone", world.text((80, 24)));
}

#[test]
fn of_two_hundred_namespaces_the_worst_is_told_and_how_many_are_like_it() {
    let names: Vec<String> = (0..200).map(|nth| format!("team-{nth:03}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut world = spread(&names);
    for name in ["team-007", "team-077", "team-177"] {
        let why = Ruling::Denied { why: "".into() };
        see(&mut world, Sight::Right(name.into(), Act::AbortRetry.rights()[0].clone(), Answer::Seen(why)));
    }
    for _ in 0..8 {
        world.rest(1_100);
    }
    world.press("l");
    insta::assert_snapshot!(world.text((120, 40)));
    world.press("esc");
    opened(&mut world, Capability::AbortRetry);
    insta::assert_snapshot!("a_row_of_two_hundred_namespaces_opened", world.text((120, 40)));
}

#[test]
fn a_confirmation_says_how_its_own_path_and_the_controller_stand() {
    let mut world = staged();
    insta::assert_snapshot!("a_confirmation_whose_dry_run_is_under_way", world.text((120, 40)));
    see(&mut world, tried(Trial::Accepted));
    world.rest(40_000);
    lease(&mut world, 2);
    judged(&mut world);
    let drawn = world.shown((120, 40));
    assert!(drawn.contains("dry run accepted 45s ago"), "{drawn}");
    insta::assert_snapshot!(drawn);
    insta::assert_snapshot!("the_same_confirmation_at_80_by_24", world.shown((80, 24)));
}

#[test]
fn a_confirmation_says_that_an_order_may_wait_for_its_controller() {
    let mut world = staged();
    see(&mut world, tried(Trial::Accepted));
    lease(&mut world, 180);
    judged(&mut world);
    let drawn = world.shown((120, 40));
    assert!(drawn.contains("an accepted order may wait"), "{drawn}");
    assert!(drawn.contains("acknowledge and send"), "it may wait, and may be given all the same: {drawn}");
    insta::assert_snapshot!(drawn);
}

#[test]
fn a_confirmation_that_admission_refused_cannot_be_given() {
    let mut world = staged();
    let why = "rollouts.argoproj.io \"paused-at-step\" is forbidden: ValidatingAdmissionPolicy 'audit-freeze' with binding 'audit-freeze' denied request: changes are frozen until 17:00 UTC";
    see(&mut world, tried(Trial::Refused { why: why.into() }));
    judged(&mut world);
    let drawn = world.shown((80, 24));
    assert!(!drawn.contains("acknowledge and send"), "{drawn}");
    insta::assert_snapshot!(drawn);
}

#[test]
fn a_confirmation_whose_right_or_ledger_is_gone_cannot_be_given() {
    let mut world = staged();
    see(&mut world, denied(Act::Promote));
    judged(&mut world);
    let drawn = world.shown((80, 24));
    assert!(!drawn.contains("acknowledge and send"), "{drawn}");
    insta::assert_snapshot!("a_confirmation_whose_right_is_gone", drawn);
    let mut world = staged();
    see(
        &mut world,
        Sight::Recording(Answer::Failed { why: "/home/ada/ledger.sqlite3: read-only file system".into() }),
    );
    judged(&mut world);
    let drawn = world.shown((80, 24));
    assert!(!drawn.contains("acknowledge and send"), "{drawn}");
    insta::assert_snapshot!("a_confirmation_whose_ledger_is_gone", drawn);
}

#[test]
fn a_change_stands_in_the_timeline() {
    let mut world = healthy();
    judged(&mut world);
    for _ in 0..10 {
        world.rest(1_000);
    }
    lease(&mut world, 60);
    for _ in 0..8 {
        world.rest(1_000);
    }
    world.press("T");
    let drawn = world.text((120, 40));
    assert!(
        drawn.contains("controller available -> degraded") && !drawn.contains("policy-service"),
        "{drawn}"
    );
    insta::assert_snapshot!(drawn);
}

/// What is not well beside what an order rests on: an old controller, an order that waits, notifications without a secret.
fn unwell_beside(world: &mut World) {
    let image = "quay.io/argoproj/argo-rollouts:v0.10.2".into();
    let old = Controller { key: key("argo-rollouts", "argo-rollouts"), image, wanted: 1, ready: 1 };
    see(world, Sight::Controllers(Answer::Seen(vec![old])));
    let at = world.now().wall;
    let recording = Recording { head: Some(41), verified: Some((at, 41)), open: 1, waiting: 1 };
    see(world, Sight::Recording(Answer::Seen(recording)));
    let unset = vec!["slack-token".into()];
    let notifying = Notifying { services: vec!["slack".into()], triggers: vec!["on-aborted".into()], unset };
    see(world, Sight::Notifying(Answer::Seen(notifying)));
    see(world, tried(Trial::Accepted));
    judged(world);
}

#[test]
fn a_confirmation_says_what_is_not_well_beside_what_its_order_rests_on() {
    let mut world = staged();
    unwell_beside(&mut world);
    let drawn = world.shown((120, 40));
    for words in
        ["controller-version: degraded", "outbox: degraded", "notifications: configuration-dependent"]
    {
        assert!(drawn.contains(words), "{words}: {drawn}");
    }
    insta::assert_snapshot!(drawn);
    let small = world.shown((80, 24));
    assert!(
        small.contains("y acknowledge and send") && small.contains("controller-version: degraded"),
        "{small}"
    );
    insta::assert_snapshot!("the_same_with_what_is_not_well_at_80_by_24", small);
}

#[test]
fn a_promotion_says_that_no_revision_is_kept_to_go_back_to() {
    let mut world = healthy();
    let mut all = world.app.store.fleet.iter().map(|(_, standing)| standing.rollout.clone());
    let mut rollout = (*all.find(|rollout| &*rollout.meta.key.name == "paused-at-step").unwrap()).clone();
    drop(all);
    rollout.spec.history_limit = Some(0);
    rollout.meta.resource_version = "999999".into();
    world.tell(Delta::Seen(World::source(Kind::Rollouts), Object::Rollout(Box::new(rollout))));
    world.open("paused-at-step");
    world.press("p");
    see(&mut world, tried(Trial::Accepted));
    judged(&mut world);
    let drawn = world.shown((80, 24));
    assert!(drawn.contains("rollback: no revision to go back to"), "{drawn}");
    assert!(drawn.contains("y acknowledge and send"), "{drawn}");
    insta::assert_snapshot!(drawn);
}

fn meters(reconciled: u64, queued: u64) -> Sight {
    let busy = SignedDuration::from_secs(0);
    Sight::Meters(Answer::Seen(Meters { version: "v1.9.1".into(), reconciled, failed: 2, queued, busy }))
}

#[test]
fn a_controller_by_its_lease_its_events_and_its_own_metrics() {
    let mut world = healthy();
    let said = rollgate::rollout::Event {
        last: Some(world.now().wall - SignedDuration::from_secs(25)),
        ..said("RolloutStepCompleted")
    };
    world.tell(Delta::Seen(World::source(Kind::Events), Object::Event(Box::new(said))));
    see(&mut world, meters(811, 0));
    world.rest(20_000);
    lease(&mut world, 2);
    see(&mut world, meters(815, 1));
    judged(&mut world);
    opened(&mut world, Capability::Reconciling);
    insta::assert_snapshot!(world.text((120, 40)));
    insta::assert_snapshot!("the_same_controller_at_80_by_24", world.text((80, 24)));
}

#[test]
fn a_controller_that_renews_and_works_off_nothing() {
    let mut world = healthy();
    see(&mut world, meters(811, 3));
    for _ in 0..2 {
        world.rest(20_000);
        lease(&mut world, 2);
        see(&mut world, meters(811, 7));
    }
    judged(&mut world);
    opened(&mut world, Capability::Reconciling);
    insta::assert_snapshot!(world.text((80, 24)));
}

/// What a controller said of a Rollout.
fn said(reason: &str) -> rollgate::rollout::Event {
    let value = serde_json::json!({
        "apiVersion": "v1", "kind": "Event", "type": "Normal", "reason": reason, "message": "…",
        "metadata": {"name": format!("routed.{reason}"), "namespace": "demo", "uid": reason},
        "involvedObject": {"kind": "Rollout", "namespace": "demo", "name": "routed"},
    });
    let wire: EventObject = serde_json::from_value(value).unwrap();
    wire.into_event(&mut Interner::default())
}
