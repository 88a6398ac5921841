//! Owns the traps of the plugin's commands: for each what this program does instead.
//!
//! They are those that its source and its issues show (Argo: pkg/kubectl-argo-rollouts/cmd, rollout/).

use serde_json::{Value, json};

use super::fixture::*;
use super::situations::{order, parsed, stored};
use super::staging::{changed, refusal};
use crate::operation::order::{Run, Undo};
use crate::operation::template::{Holder, Revision};
use crate::operation::{Course, Goal, Kind, Order};
use crate::rollout::{Experiment, WorkloadRef};

#[test]
fn a_second_promotion_before_the_controller_acts_is_refused_because_it_would_skip_a_pause() {
    for kind in [Kind::Promote, Kind::PromoteTo] {
        assert!(refusal(kind, &cleared(&waiting_canary())).contains("already in flight"));
    }
}

#[test]
fn promoting_what_does_not_wait_names_the_step_that_would_be_skipped() {
    let text = refusal(Kind::Promote, &moving_canary());
    assert!(
        text.contains("would skip step 0/5 setWeight: 20") && text.contains("step of your choice"),
        "{text}"
    );
}

#[test]
fn skipping_clears_the_controllers_flag_so_that_the_next_pause_is_not_taken_for_ended() {
    let body = staged(Kind::PromoteTo, &waiting_canary()).request().body.clone();
    let writes =
        body.split_inclusive("},").filter(|piece| !piece.contains(r#""op":"test""#)).collect::<String>();
    assert_eq!(
        writes,
        r#"{"op":"replace","path":"/status/pauseConditions","value":[]},{"op":"replace","path":"/status/controllerPause","value":false},{"op":"replace","path":"/status/currentStepIndex","value":3}]"#
    );
    let moving = staged(Kind::PromoteTo, &moving_canary()).request().body.clone();
    assert!(
        moving.ends_with(r#"},{"op":"replace","path":"/status/currentStepIndex","value":3}]"#),
        "{moving}"
    );
    assert_eq!(moving.matches(r#""op":"replace""#).count(), 1);
}

#[test]
fn an_index_is_never_written_backwards_even_where_the_order_is_old() {
    for (goal, says) in [
        (Goal::Step(1), "is the one in progress"),
        (Goal::Step(0), "lies behind"),
        (Goal::Step(-1), "lies behind"),
        (Goal::Step(5), "There is no step 5"),
        (Goal::Weight(20), "Weight 20 lies behind"),
        (Goal::Weight(33), "The steps ahead set 50, 80"),
        (Goal::Weight(100), "Promote fully"),
        (Goal::Weight(-1), "is set by no step"),
    ] {
        let text = refusal(Order::PromoteTo(goal), &waiting_canary());
        assert!(text.contains(says), "{goal:?}: {text}");
    }
    for (weight, index) in [(50, 2), (80, 4)] {
        let course = staged(Order::PromoteTo(Goal::Weight(weight)), &waiting_canary()).course().clone();
        assert_eq!(course, Course::GoTo { index, goal: Goal::Weight(weight) });
    }
}

#[test]
fn a_full_promotion_of_an_aborted_update_is_refused_because_it_would_ship_it() {
    let text = refusal(Kind::PromoteFull, &aborted_canary());
    assert!(text.contains("ship the aborted version") && text.contains("Retry it first"), "{text}");
}

#[test]
fn a_full_promotion_while_paused_by_hand_is_refused_because_one_request_would_not_finish_it() {
    assert!(refusal(Kind::PromoteFull, &held_canary()).contains("Resume it first"));
}

#[test]
fn a_full_promotion_right_after_a_new_template_is_refused_because_nothing_would_come_of_it() {
    let rollout = changed(healthy_canary(), |rollout| rollout.meta.generation = 8);
    assert!(refusal(Kind::PromoteFull, &rollout).contains("not yet taken note"));
}

#[test]
fn an_abort_during_a_full_promotion_takes_that_back_because_it_would_be_discarded() {
    let rollout = changed(moving_canary(), |rollout| rollout.status.promote_full = Some(true));
    let operation = staged(Kind::Abort, &rollout);
    assert!(
        operation.request().body.contains(r#"{"op":"replace","path":"/status/promoteFull","value":false}"#)
    );
    assert!(text(operation.consequence()).contains("full promotion under way is taken back"));
}

#[test]
fn an_abort_while_paused_by_hand_says_that_no_pod_is_scaled() {
    assert!(text(staged(Kind::Abort, &held_canary()).consequence()).contains("no pod is scaled"));
}

#[test]
fn a_retry_says_that_the_aborted_version_comes_back_and_takes_a_leftover_promotion_back() {
    let operation = staged(Kind::Retry, &aborted_canary());
    let said = text(operation.consequence());
    assert!(said.contains("Brings the aborted version new back: it begins anew at step 0/5"), "{said}");
    assert!(operation.weighty());
    let left = changed(aborted_canary(), |rollout| rollout.status.promote_full = Some(true));
    let operation = staged(Kind::Retry, &left);
    assert!(
        operation.request().body.contains(r#"{"op":"replace","path":"/status/promoteFull","value":false}"#)
    );
    assert!(text(operation.consequence()).contains("left over is taken back"));
}

#[test]
fn a_retry_never_crosses_an_abort_or_another_retry() {
    let aborting = changed(moving_canary(), |rollout| rollout.status.abort = Some(true));
    assert!(refusal(Kind::Retry, &aborting).contains("abort is still in flight"));
    let retried = changed(aborted_canary(), |rollout| rollout.status.abort = Some(false));
    assert!(refusal(Kind::Retry, &retried).contains("retry is already in flight"));
    assert!(refusal(Kind::Retry, &waiting_canary()).contains("promote ends that"));
}

fn back_to(set: &Value, rollout: &Value) -> Order {
    let revision = Revision::read(set).unwrap();
    Order::Undo(Box::new(Undo { holder: Holder::read(rollout).unwrap(), revision, stable: None }))
}

#[test]
fn a_revision_is_chosen_by_number_and_nought_is_none() {
    let mut sets =
        vec![stored_set("one", "web:0", 1), stored_set("old", "web:1", 3), stored_set("bad", "web:9", 2)];
    let mut foreign = stored_set("far", "evil:1", 7);
    foreign["metadata"]["ownerReferences"][0]["uid"] = json!("u-9");
    let mut bare = stored_set("bare", "web:5", 4);
    bare["metadata"].as_object_mut().unwrap().remove("annotations");
    sets.extend([foreign.clone(), bare.clone()]);
    let revisions = Revision::all(&sets, "u-1");
    assert_eq!(revisions.iter().map(|one| one.number).collect::<Vec<_>>(), [3, 2, 1]);
    let rollout = stored("waiting");
    assert!(refusal(back_to(&bare, &rollout), &parsed(&rollout)).contains("bears no revision"));
    assert!(refusal(back_to(&foreign, &rollout), &parsed(&rollout)).contains("does not belong"));
}

#[test]
fn an_undo_that_only_adds_to_the_template_is_done_and_not_skipped() {
    let rollout = stored("waiting");
    let mut set = stored_set("old", "web:2", 1);
    set["spec"]["template"]["spec"]["containers"][0]["env"] = json!([{"name": "MODE", "value": "safe"}]);
    let operation = staged(back_to(&set, &rollout), &parsed(&rollout));
    let Course::Rewrite(rewrite) = operation.course() else { panic!() };
    assert_eq!(rewrite.differences.len(), 1);
    assert_eq!(rewrite.differences[0].path.as_str(), "spec.containers[web].env");
}

#[test]
fn an_undo_to_the_template_that_is_there_is_refused_whatever_the_server_filled_in() {
    let rollout = stored("waiting");
    let mut set = stored_set("new", "web:2", 2);
    set["spec"]["template"]["spec"]["restartPolicy"] = json!("Always");
    set["spec"]["template"]["spec"]["containers"][0]["imagePullPolicy"] = json!("IfNotPresent");
    let text = refusal(back_to(&set, &rollout), &parsed(&rollout));
    assert!(text.contains("already that of revision 2"), "{text}");
}

#[test]
fn an_undo_to_another_version_than_the_stable_one_says_that_it_takes_all_steps() {
    let rollout = stored("waiting");
    let said = |hash: &str| {
        let operation = staged(back_to(&stored_set(hash, "web:1", 1), &rollout), &parsed(&rollout));
        operation.consequence().to_string()
    };
    assert!(
        said("old").contains("it is the stable version, so its traffic comes back at once"),
        "{}",
        said("old")
    );
    assert!(said("older").contains("begins as a new update at the first step"), "{}", said("older"));
}

#[test]
fn a_cancel_goes_to_the_stable_version_alone_and_says_how_an_abort_differs() {
    let rollout = stored("aborted");
    let operation = staged(order(Kind::Cancel, &rollout), &parsed(&rollout));
    let said = text(operation.consequence());
    assert!(said.contains("ends Healthy") && said.contains("An abort leaves new in the spec"), "{said}");
    let revision = Revision::read(&stored_set("older", "web:0", 1)).unwrap();
    let undo = Undo { holder: Holder::read(&rollout).unwrap(), revision, stable: None };
    let text = refusal(Order::Cancel(Box::new(undo)), &parsed(&rollout));
    assert!(text.contains("is not the stable version old"), "{text}");
}

#[test]
fn a_template_that_was_read_before_the_last_change_is_refused() {
    let rollout = stored("waiting");
    let old = Order::Undo(Box::new(undo(6)));
    assert!(refusal(old, &parsed(&rollout)).contains("changed since its template was read"));
}

#[test]
fn a_template_is_followed_to_where_it_lies_and_nowhere_else() {
    let refers = |kind: &str, name: &str| {
        changed(waiting_canary(), |rollout| {
            rollout.spec.workload_ref = Some(WorkloadRef { kind: kind.into(), name: name.into() });
        })
    };
    let text = refusal(Kind::Undo, &refers("Deployment", "web"));
    assert!(text.contains("not the Deployment web that holds"), "{text}");
    let text = refusal(Kind::SetImage, &refers("StatefulSet", "web"));
    assert!(text.contains("lies in a StatefulSet"), "{text}");
}

#[test]
fn the_owner_of_the_spec_is_named_where_it_may_set_the_change_back() {
    let mut rollout = stored("waiting");
    rollout["metadata"]["annotations"] =
        json!({"argocd.argoproj.io/tracking-id": "shop-app:argoproj.io/Rollout:shop/web"});
    for kind in [Kind::Undo, Kind::Cancel, Kind::SetImage, Kind::Restart, Kind::Pause] {
        let operation = staged(order(kind, &rollout), &parsed(&rollout));
        let said = text(operation.consequence());
        assert!(
            said.contains("by Argo CD application shop-app, whose self-heal may take the change back"),
            "{said}"
        );
    }
    for kind in [Kind::Promote, Kind::PromoteFull, Kind::Abort] {
        assert!(!text(staged(kind, &parsed(&rollout)).consequence()).contains("Argo CD"), "{kind:?}");
    }
}

#[test]
fn the_owner_of_a_workload_is_named_by_label_too() {
    let held = json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {
            "name": "web", "namespace": "shop", "uid": "u-9", "generation": 1,
            "labels": {"argocd.argoproj.io/instance": "base"},
        },
        "spec": {"template": pod_template("web:2")},
    });
    let rollout = changed(waiting_canary(), |rollout| {
        rollout.spec.workload_ref = Some(WorkloadRef { kind: "Deployment".into(), name: "web".into() });
    });
    let undo = Undo { holder: Holder::read(&held).unwrap(), revision: revision(), stable: None };
    let operation = staged(Order::Undo(Box::new(undo)), &rollout);
    assert!(text(operation.consequence()).contains("by Argo CD application base"));
}

#[test]
fn an_image_that_no_pod_could_start_with_is_refused() {
    for image in ["", " ", "web 2", "web:2\n", "web<2>", "web:", "-web", "wеb:2", "web:2 --force"] {
        let order = Order::SetImage(Box::new(set_image(7, image)));
        assert!(refusal(order, &waiting_canary()).contains("not an image reference"), "{image:?}");
    }
    let mut missing = set_image(7, "web:3");
    missing.container = "wbe".into();
    let text = refusal(Order::SetImage(Box::new(missing)), &waiting_canary());
    assert!(text.contains("no container wbe") && text.contains("It has web."), "{text}");
    let same = Order::SetImage(Box::new(set_image(7, "web:2")));
    assert!(refusal(same, &waiting_canary()).contains("already has that image"));
}

#[test]
fn a_restart_that_is_under_way_or_ordered_for_later_is_not_replaced() {
    let at = |time: &str| changed(moving_canary(), |rollout| rollout.spec.restart_at = Some(time.into()));
    assert!(refusal(Kind::Restart, &at("2026-11-21T08:09:30Z")).contains("still under way"));
    assert!(refusal(Kind::Restart, &at("2026-11-21T09:00:00Z")).contains("not before this clock's time"));
    let mut done = at("2026-11-21T08:09:30Z");
    done.status.restarted_at = done.spec.restart_at.clone();
    let body = staged(Kind::Restart, &done).request().body.clone();
    assert!(
        body.ends_with(r#"{"op":"replace","path":"/spec/restartAt","value":"2026-11-21T08:10:00Z"}]"#),
        "{body}"
    );
    let none = changed(moving_canary(), |rollout| rollout.spec.replicas = Some(0));
    assert!(refusal(Kind::Restart, &none).contains("scaled to 0"));
}

#[test]
fn the_end_of_a_run_always_says_that_it_counts_as_a_success() {
    let mut rollout = stored("moving");
    rollout["status"]["canary"] = json!({
        "currentStepAnalysisRunStatus": {"name": "web-new-2-0", "status": "Running"},
    });
    let operation = staged(order(Kind::Terminate, &rollout), &parsed(&rollout));
    let said = text(operation.consequence());
    assert!(
        said.contains("counts as a success: the step is completed, and it goes on to step 1/5 pause"),
        "{said}"
    );
    let plain = staged(Kind::Terminate, &healthy_canary());
    assert!(text(plain.consequence()).contains("counts as a success: the Rollout does not wait for it"));
}

#[test]
fn only_a_run_of_this_rollout_that_is_not_over_is_ended() {
    let run = |edit: fn(&mut crate::rollout::AnalysisRun)| {
        let mut run = running();
        edit(&mut run);
        Order::Terminate(Box::new(Run::analysis(&run)))
    };
    let refused = |order: Order| refusal(order, &moving_canary());
    assert!(refused(run(|run| run.phase = "Failed".into())).contains("is over: Failed"));
    assert!(refused(run(|run| run.terminate = Some(true))).contains("already being ended"));
    assert!(refused(run(|run| run.phase = "".into())).contains("not yet begun"));
    assert!(refused(run(|run| run.meta.owners = vec!["u-9".into()])).contains("does not belong"));
    assert!(refused(run(|run| run.meta.key.namespace = "pay".into())).contains("does not belong"));
    assert!(refused(run(|run| run.meta.key.name = "a/../b".into())).contains("does not belong"));
}

#[test]
fn a_run_that_an_experiment_made_belongs_to_the_rollout_through_it() {
    let experiment = Experiment {
        meta: crate::rollout::Meta { uid: "u-exp".into(), ..running().meta },
        phase: "Running".into(),
        message: "".into(),
        terminate: None,
    };
    let mut run = running();
    run.meta.owners = vec!["u-exp".into()];
    assert!(refusal(Order::Terminate(Box::new(Run::analysis(&run))), &moving_canary()).contains("belong"));
    let operation = staged(Order::Terminate(Box::new(Run::analysis_of(&run, &experiment))), &moving_canary());
    assert!(operation.request().path.contains("/analysisruns/web-new-2-0?"));
    let operation = staged(Order::Terminate(Box::new(Run::experiment(&experiment))), &moving_canary());
    assert!(operation.request().path.contains("/experiments/web-new-2-0?"));
}
