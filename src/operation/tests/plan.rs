//! Owns what is foretold: weights, steps, images and consequences by situation.

use super::fixture::*;
use crate::operation::plan::{Plan, Turn};
use crate::operation::{Kind, Operation, Order};
use crate::rollout::{Rollout, Strategy};
use crate::text::Printable;

fn plan(order: impl Into<Order>, rollout: &Rollout) -> Plan {
    let operation: Operation = staged(order, rollout);
    Plan::of(&operation, rollout, &[replica_set("old", "web:1"), replica_set("new", "web:2")])
}

fn turn(now: &str, after: &str) -> Option<Turn<Printable>> {
    Some(Turn { now: now.into(), after: after.into() })
}

#[test]
fn promoting_shows_the_next_pause_and_its_weight() {
    let plan = plan(Kind::Promote, &waiting_canary());
    assert_eq!(plan.weight, turn("20 %", "50 %"));
    assert_eq!(plan.step, turn("1/5 pause", "3/5 pause: 5m"));
    assert_eq!(plan.stable_images, ["web:1".into()]);
    assert_eq!(plan.new_images, ["web:2".into()]);
    assert_eq!(
        plan.consequence.as_str(),
        "Ends the pause: it goes on to step 3/5 pause: 5m, with 50 % for the new version."
    );
    assert!(!plan.weighty);
}

#[test]
fn promoting_past_the_last_pause_says_that_the_new_version_becomes_stable() {
    let mut rollout = waiting_canary();
    rollout.status.step_index = Some(3);
    let plan = plan(Kind::Promote, &rollout);
    assert_eq!(plan.weight, turn("50 %", "100 %"));
    assert_eq!(plan.step, turn("3/5 pause: 5m", "5/5 done"));
    assert!(plan.consequence.as_str().contains("becomes the stable one"));
}

#[test]
fn aborting_goes_back_to_the_first_step_without_weight() {
    let plan = plan(Kind::Abort, &waiting_canary());
    assert_eq!(plan.weight, turn("20 %", "0 %"));
    assert_eq!(plan.step, turn("1/5 pause", "0/5 setWeight: 20"));
    assert!(plan.consequence.as_str().contains("stable version old"));
    assert!(plan.weighty);
}

#[test]
fn pausing_and_resuming_move_no_traffic() {
    for (kind, rollout) in [(Kind::Pause, moving_canary()), (Kind::Resume, held_canary())] {
        let plan = plan(kind, &rollout);
        assert_eq!(plan.weight, turn("20 %", "20 %"));
        assert!(!plan.weighty);
    }
}

#[test]
fn another_scale_of_weights_is_named() {
    let mut rollout = waiting_canary();
    let Strategy::Canary(canary) = &mut rollout.spec.strategy else { panic!() };
    canary.max_weight = 1000;
    assert_eq!(plan(Kind::Promote, &rollout).weight, turn("20 of 1000", "50 of 1000"));
}

#[test]
fn blue_green_switches_all_or_nothing() {
    let promoted = plan(Kind::Promote, &waiting_blue_green());
    assert_eq!((promoted.weight, promoted.step), (turn("0 %", "100 %"), None));
    assert!(promoted.consequence.as_str().contains("switches to the new version new"));
    let mut switched = waiting_blue_green();
    switched.status.active_selector = Some("new".into());
    assert_eq!(plan(Kind::Abort, &switched).weight, turn("100 %", "0 %"));
}

#[test]
fn an_inconclusive_background_analysis_makes_a_promotion_weighty() {
    let mut rollout = waiting_canary();
    rollout.status.pauses = pauses("InconclusiveAnalysisRun");
    let plan = plan(Kind::Promote, &rollout);
    assert!(plan.weighty);
    assert!(plan.consequence.as_str().contains("runs it anew"));
    assert!(plan.consequence.as_str().contains("may pass over the next pause step"));
    assert_eq!(plan.step, turn("1/5 pause", "1/5 pause"), "the step in progress is not skipped");
}

#[test]
fn who_tracks_the_spec_is_named_where_the_spec_is_written() {
    let mut rollout = moving_canary();
    rollout.tracked_by = Some("Argo CD application shop".into());
    assert!(
        plan(Kind::Pause, &rollout)
            .consequence
            .as_str()
            .contains("by Argo CD application shop, whose self-heal")
    );
    assert!(!plan(Kind::Abort, &rollout).consequence.as_str().contains("Argo CD"));
}

#[test]
fn resuming_says_what_still_waits() {
    let mut rollout = waiting_canary();
    rollout.spec.paused = Some(true);
    assert!(plan(Kind::Resume, &rollout).consequence.as_str().contains("still waits in a pause of its own"));
}

#[test]
fn resuming_at_rest_says_that_the_next_update_is_no_longer_held() {
    let mut rollout = healthy_canary();
    rollout.spec.paused = Some(true);
    assert!(plan(Kind::Resume, &rollout).consequence.as_str().contains("no longer held"));
}

#[test]
fn images_of_replica_sets_that_belong_to_others_are_not_shown() {
    let mut foreign = replica_set("old", "evil:1");
    foreign.meta.owners = vec!["u-9".into()];
    let rollout = waiting_canary();
    let plan = Plan::of(&staged(Kind::Promote, &rollout), &rollout, &[foreign]);
    assert!(plan.stable_images.is_empty());
    assert_eq!(plan.new_images, ["web:2".into()], "the template names the new images");
}
