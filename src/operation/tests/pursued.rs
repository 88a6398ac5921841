//! Owns by what each new kind of order is known to be done, and how a doubt about it ends.

use serde_json::{Value, json};

use super::fixture::*;
use super::life::{accept, doubt};
use super::situations::{order, parsed, stored, stored_run};
use crate::operation::life::{CONTROLLER_LIMIT, SETTLED};
use crate::operation::{Command, Event, Kind, Mark, Operation, SiteReading};
use crate::rollout::{Pauses, Rollout, Weights};

/// The state after the watch tells of `rollout`, a version newer than the accepted write.
fn after(operation: &mut Operation, rollout: &Rollout) -> &'static str {
    operation.on(watched(rollout, "102"), at(3));
    operation.state().word()
}

fn edited(from: &Rollout, edit: impl FnOnce(&mut Rollout)) -> Rollout {
    let mut rollout = from.clone();
    edit(&mut rollout);
    rollout
}

/// The template as the API server stores it after the order: the controller has not looked yet.
fn pushed(from: &Rollout) -> Rollout {
    edited(from, |rollout| rollout.meta.generation = 8)
}

/// The controller has read the newest spec and names this version.
fn named(from: &Rollout, hash: &str) -> Rollout {
    edited(from, |rollout| {
        rollout.meta.generation = 8;
        rollout.status.observed_generation = Some("8".into());
        rollout.status.current_pod_hash = Some(hash.into());
    })
}

#[test]
fn a_promotion_to_a_step_is_done_when_the_controller_acts_there_not_when_the_index_stands() {
    let rollout = waiting_canary();
    let written = edited(&rollout, |rollout| {
        rollout.status.step_index = Some(3);
        rollout.status.pauses = Pauses { list: Vec::new(), stored: Some("[]".into()) };
        rollout.status.controller_pause = Some(false);
    });
    let mut operation = accept(Kind::PromoteTo, &rollout);
    assert_eq!(after(&mut operation, &written), "accepted");
    let paused = edited(&written, |rollout| {
        rollout.status.pauses = pauses("CanaryPauseStep");
        rollout.status.pauses.list[0].since = Some(at(2));
    });
    assert_eq!(after(&mut operation, &paused), "observed");
    for acted in [
        edited(&written, |rollout| rollout.status.step_index = Some(4)),
        edited(&written, |rollout| rollout.status.replicas.updated = 3),
        edited(&written, |rollout| {
            rollout.status.weights = Some(Weights { canary: 50, stable: 50, verified: None })
        }),
    ] {
        assert_eq!(after(&mut accept(Kind::PromoteTo, &rollout), &acted), "observed");
    }
    let aborted = edited(&written, |rollout| rollout.status.abort = Some(true));
    assert_eq!(after(&mut accept(Kind::PromoteTo, &rollout), &aborted), "unclear");
}

#[test]
fn a_full_promotion_is_done_when_the_controller_stands_behind_the_last_step() {
    let rollout = waiting_canary();
    let flagged = edited(&rollout, |rollout| rollout.status.promote_full = Some(true));
    let mut operation = accept(Kind::PromoteFull, &rollout);
    assert_eq!(after(&mut operation, &flagged), "accepted");
    let behind = edited(&flagged, |rollout| rollout.status.step_index = Some(5));
    assert_eq!(after(&mut operation, &behind), "observed");
    let stable = edited(&rollout, |rollout| rollout.status.stable_hash = Some("new".into()));
    assert_eq!(after(&mut accept(Kind::PromoteFull, &rollout), &stable), "observed");
    let wiped = edited(&rollout, |rollout| rollout.meta.resource_version = "102".into());
    assert_eq!(
        after(&mut accept(Kind::PromoteFull, &rollout), &wiped),
        "unclear",
        "the controller discarded it"
    );
}

#[test]
fn a_full_promotion_of_blue_green_is_done_when_the_active_service_switched() {
    let rollout = waiting_blue_green();
    let flagged = edited(&rollout, |rollout| rollout.status.promote_full = Some(true));
    let mut operation = accept(Kind::PromoteFull, &rollout);
    assert_eq!(after(&mut operation, &flagged), "accepted");
    let switched = edited(&flagged, |rollout| rollout.status.active_selector = Some("new".into()));
    assert_eq!(after(&mut operation, &switched), "observed");
}

#[test]
fn a_retry_is_done_when_the_controller_has_left_the_aborted_state() {
    let rollout = aborted_canary();
    let written = edited(&rollout, |rollout| rollout.status.abort = Some(false));
    let mut operation = accept(Kind::Retry, &rollout);
    assert_eq!(after(&mut operation, &written), "accepted");
    let left = edited(&written, |rollout| rollout.status.aborted_at = None);
    assert_eq!(after(&mut operation, &left), "observed");
    assert_eq!(words(&operation), "done: the controller began the aborted update anew");
    let again = edited(&rollout, |rollout| rollout.status.aborted_at = Some("2026-11-21T08:10:02Z".into()));
    assert_eq!(after(&mut accept(Kind::Retry, &rollout), &again), "unclear", "it was aborted anew");
}

#[test]
fn a_restart_is_done_when_the_status_has_the_time_that_was_ordered() {
    let rollout = moving_canary();
    let ordered = edited(&rollout, |rollout| {
        rollout.meta.generation = 8;
        rollout.spec.restart_at = Some("2026-11-21T08:10:00Z".into());
    });
    let mut operation = accept(Kind::Restart, &rollout);
    assert_eq!(after(&mut operation, &ordered), "accepted");
    let done = edited(&ordered, |rollout| rollout.status.restarted_at = Some("2026-11-21T08:10:00Z".into()));
    assert_eq!(after(&mut operation, &done), "observed");
    let other = edited(&ordered, |rollout| rollout.spec.restart_at = Some("2026-11-21T08:11:00Z".into()));
    assert_eq!(after(&mut accept(Kind::Restart, &rollout), &other), "unclear");
}

#[test]
fn an_undo_is_done_when_the_controller_names_the_version_of_the_revision() {
    for kind in [Kind::Undo, Kind::Cancel] {
        let rollout = waiting_canary();
        let mut operation = accept(kind, &rollout);
        assert_eq!(after(&mut operation, &pushed(&rollout)), "accepted");
        assert_eq!(after(&mut operation, &named(&rollout, "old")), "observed");
        let third = accept(kind, &rollout);
        let mut third = third;
        assert_eq!(
            after(&mut third, &named(&rollout, "other")),
            "unclear",
            "somebody pushed another version"
        );
    }
}

#[test]
fn another_image_is_done_when_the_controller_names_another_version() {
    let rollout = waiting_canary();
    let mut operation = accept(Kind::SetImage, &rollout);
    assert_eq!(after(&mut operation, &pushed(&rollout)), "accepted");
    assert_eq!(after(&mut operation, &named(&rollout, "newer")), "observed");
}

#[test]
fn what_the_controller_never_takes_up_is_said_so_and_not_called_undone() {
    for kind in [Kind::Undo, Kind::SetImage, Kind::Terminate] {
        let rollout = waiting_canary();
        let mut operation = accept(kind, &rollout);
        assert_eq!(after(&mut operation, &pushed(&rollout)), "accepted");
        operation.on(Event::Tick, at(1) + CONTROLLER_LIMIT);
        assert_eq!(operation.state().word(), "unobserved", "{kind:?}");
    }
}

fn site(object: &Value) -> Event {
    site_with(object, Mark::Missing)
}

fn site_with(object: &Value, mark: Mark) -> Event {
    Event::SeenSite(Box::new(SiteReading::read(object, mark).unwrap()))
}

fn run(phase: &str, terminate: bool) -> Value {
    let mut run = stored_run();
    run["metadata"]["resourceVersion"] = json!("102");
    run["status"]["phase"] = json!(phase);
    if terminate {
        run["spec"]["terminate"] = json!(true);
    }
    run
}

#[test]
fn the_end_of_a_run_is_done_when_the_controller_gave_it_its_last_phase() {
    let mut operation = accept(Kind::Terminate, &moving_canary());
    operation.on(site(&run("Running", true)), at(2));
    assert_eq!(operation.state().word(), "accepted");
    operation.on(site(&run("Successful", true)), at(3));
    assert_eq!(operation.state().word(), "observed");
    assert_eq!(words(&operation), "done: the run is over");
}

#[test]
fn a_run_that_ends_before_it_is_acknowledged_overtakes_the_order() {
    let mut operation = staged(Kind::Terminate, &moving_canary());
    operation.on(site(&run("Running", false)), at(1));
    assert_eq!(operation.state().word(), "staged");
    operation.on(site(&run("Failed", false)), at(2));
    assert_eq!(words(&operation), "overtaken: run's phase was Running, is Failed; nothing was sent");
    let mut operation = staged(Kind::Terminate, &moving_canary());
    operation.on(Event::SiteGone, at(2));
    assert_eq!(words(&operation), "overtaken: the AnalysisRun was there, is deleted; nothing was sent");
}

#[test]
fn a_doubt_about_another_object_asks_for_that_object() {
    let (mut operation, _) = sent(Kind::Terminate, &moving_canary());
    let commands = operation.on(unknown(), at(1));
    let asked = commands.into_iter().find_map(|command| match command {
        Command::Read { site, .. } => Some(site),
        _ => None,
    });
    assert_eq!(&*asked.unwrap().unwrap().name, "web-new-2-0");
}

#[test]
fn a_doubt_about_a_template_ends_by_the_template_and_not_by_the_rollouts_status() {
    let rollout = waiting_canary();
    let mut operation = doubt(Kind::Undo, &rollout);
    operation.on(watched(&pushed(&rollout), "102"), at(2));
    assert_eq!(operation.state().word(), "in-doubt", "a new generation may be somebody else's");
    let mut stored = stored("waiting");
    stored["metadata"]["generation"] = json!(8);
    stored["spec"]["template"] = pod_template("web:1");
    operation.on(site_with(&stored, Mark::Borne), at(3));
    assert_eq!(operation.state().word(), "accepted");
    assert!(operation.found_by_reading());
    operation.on(watched(&named(&rollout, "old"), "103"), at(4));
    assert_eq!(operation.state().word(), "observed");
}

#[test]
fn a_doubt_about_an_image_ends_by_the_image() {
    let mut operation = doubt(Kind::SetImage, &waiting_canary());
    let mut stored = stored("waiting");
    stored["metadata"]["generation"] = json!(8);
    stored["spec"]["template"] = pod_template("web:3");
    operation.on(site_with(&stored, Mark::Borne), at(3));
    assert_eq!(operation.state().word(), "accepted");
    let mut operation = doubt(Kind::SetImage, &waiting_canary());
    stored["spec"]["template"] = pod_template("web:4");
    operation.on(site(&stored), at(3));
    assert_eq!(operation.state().word(), "unclear", "somebody set another one");
}

#[test]
fn a_doubt_about_another_object_ends_with_no_only_after_every_bound_of_the_server() {
    let settled = SETTLED.as_secs();
    for kind in [Kind::Undo, Kind::SetImage, Kind::Terminate] {
        let stored = stored("waiting");
        let mut operation = doubt(order(kind, &stored), &parsed(&stored));
        let same = if kind == Kind::Terminate { run("Running", false) } else { stored.clone() };
        operation.on(site(&same), at(2));
        assert_eq!(operation.state().word(), "in-doubt");
        keep_reading(&mut operation, at(2), at(settled + 60), &site(&same));
        assert_eq!(operation.state().word(), "not-applied", "{kind:?}");
    }
}
