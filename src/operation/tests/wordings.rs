//! Owns what a confirmation foretells and offers for the new kinds: skipped steps, turns, images, kubectl lines.

use serde_json::json;

use super::fixture::*;
use super::situations::{order, parsed, stored};
use crate::operation::order::Undo;
use crate::operation::plan::{Plan, Turn};
use crate::operation::template::{Holder, Revision};
use crate::operation::{Goal, Kind, Order};
use crate::rollout::{Rollout, Step, Strategy};
use crate::text::Printable;

fn plan(order: impl Into<Order>, rollout: &Rollout) -> Plan {
    Plan::of(&staged(order, rollout), rollout, &[replica_set("old", "web:1"), replica_set("new", "web:2")])
}

fn turn(now: &str, after: &str) -> Option<Turn<Printable>> {
    Some(Turn { now: now.into(), after: after.into() })
}

fn skipped(plan: &Plan) -> Vec<&str> {
    plan.skipped.iter().map(Printable::as_str).collect()
}

#[test]
fn a_promotion_to_a_weight_lists_what_it_skips() {
    let plan = plan(Order::PromoteTo(Goal::Weight(80)), &waiting_canary());
    assert_eq!(skipped(&plan), ["1/5 pause", "2/5 setWeight: 50", "3/5 pause: 5m"]);
    assert_eq!(
        plan.consequence.as_str(),
        "Goes to step 4/5 setWeight: 80 at once and skips 3 steps, among them 2 pauses. From there no step waits any \
         more, so the new version gets all traffic and becomes the stable one."
    );
    assert_eq!((plan.weight, plan.step), (turn("20 %", "100 %"), turn("1/5 pause", "5/5 done")));
    assert!(plan.weighty && !plan.destructive);
}

#[test]
fn a_promotion_to_a_pause_ends_there() {
    let plan = plan(Order::PromoteTo(Goal::Step(3)), &waiting_canary());
    assert_eq!(
        plan.consequence.as_str(),
        "Goes to step 3/5 pause: 5m at once and skips 2 steps, among them 1 pause."
    );
    assert_eq!((plan.weight, plan.step), (turn("20 %", "50 %"), turn("1/5 pause", "3/5 pause: 5m")));
}

#[test]
fn analyses_that_are_skipped_are_counted() {
    let mut rollout = moving_canary();
    let Strategy::Canary(canary) = &mut rollout.spec.strategy else { panic!() };
    let mut steps = canary.steps.to_vec();
    steps[2] = Step::Analysis(vec!["success".into()]);
    canary.steps = steps.into();
    let plan = plan(Kind::PromoteFull, &rollout);
    assert!(plan.consequence.as_str().contains("Skips 5 steps, among them 2 pauses and 1 analysis;"));
    assert_eq!(plan.skipped.len(), 5);
    assert_eq!((plan.weight, plan.step), (turn("20 %", "100 %"), turn("0/5 setWeight: 20", "5/5 done")));
}

#[test]
fn a_full_promotion_of_blue_green_says_what_is_skipped_and_that_traffic_switches() {
    let waiting = plan(Kind::PromoteFull, &waiting_blue_green());
    assert_eq!(waiting.weight, turn("0 %", "100 %"));
    assert!(waiting.consequence.as_str().contains("analyses before and after the switch are skipped"));
    let mut switched = waiting_blue_green();
    switched.status.active_selector = Some("new".into());
    assert!(plan(Kind::PromoteFull, &switched).consequence.as_str().contains("after the switch is skipped"));
}

#[test]
fn blue_green_shows_which_version_each_service_selects_now_and_after() {
    let rollout = stored("bg-waiting");
    let services = |kind: Kind| {
        let plan = plan(order(kind, &rollout), &parsed(&rollout));
        (plan.active, plan.preview)
    };
    assert_eq!(services(Kind::Promote), (turn("old", "new"), turn("new", "new")));
    assert_eq!(services(Kind::Abort), (turn("old", "old"), turn("new", "new")));
    assert_eq!(services(Kind::Cancel), (turn("old", "old"), turn("new", "old")));
    assert_eq!(services(Kind::Pause), (turn("old", "old"), turn("new", "new")));
    let switched = stored("bg-switched");
    let plan = plan(order(Kind::Abort, &switched), &parsed(&switched));
    assert_eq!(plan.active, turn("new", "old"));
}

#[test]
fn a_retry_shows_where_the_aborted_version_comes_to_stand() {
    let plan = plan(Kind::Retry, &aborted_canary());
    assert_eq!((plan.weight, plan.step), (turn("0 %", "20 %"), turn("0/5 setWeight: 20", "1/5 pause")));
}

#[test]
fn an_undo_shows_the_images_and_the_places_that_change() {
    let rollout = stored("waiting");
    let plan = plan(order(Kind::Undo, &rollout), &parsed(&rollout));
    assert_eq!(plan.new_images, ["web:1".into()]);
    let places: Vec<_> = plan.differences.iter().map(|one| (one.path.as_str(), &one.was, &one.is)).collect();
    assert_eq!(places, [("spec.containers[web].image", &Some("web:2".into()), &Some("web:1".into()))]);
    assert!(plan.weighty && plan.destructive);
    assert_eq!(plan.weight, turn("20 %", "0 %"));
}

#[test]
fn another_image_shows_the_images_as_they_will_be_and_the_first_step() {
    let rollout = stored("waiting");
    let plan = plan(order(Kind::SetImage, &rollout), &parsed(&rollout));
    assert_eq!(plan.new_images, ["web:3".into()]);
    assert_eq!((plan.weight, plan.step), (None, turn("1/5 pause", "0/5 setWeight: 20")));
    assert!(plan.consequence.as_str().contains("takes the place of version new, which is not stable yet"));
}

#[test]
fn a_restart_moves_no_traffic_and_says_when_pods_count_as_old() {
    let plan = plan(Kind::Restart, &moving_canary());
    assert_eq!(plan.weight, turn("20 %", "20 %"));
    assert!(
        plan.consequence
            .as_str()
            .starts_with("Every pod that was made before 2026-11-21T08:10:00Z is evicted")
    );
    assert!(plan.destructive);
}

#[test]
fn the_weight_that_an_approval_sets_is_known_for_every_kind() {
    let weight = |order: Order, rollout: &Rollout| {
        let operation = staged(order, rollout);
        crate::operation::plan::weight_after(operation.course(), rollout)
    };
    let older = {
        let revision = Revision::read(&stored_set("older", "web:0", 1)).unwrap();
        Order::Undo(Box::new(Undo { holder: holder(7), revision, stable: None }))
    };
    for (order, percent) in [
        (Order::Promote, 50),
        (Order::PromoteTo(Goal::Step(2)), 50),
        (Order::PromoteTo(Goal::Weight(80)), 100),
        (Order::PromoteFull, 100),
        (Order::Abort, 0),
        (Kind::Cancel.into(), 0),
        (older, 20),
        (Kind::SetImage.into(), 20),
        (Order::Restart, 20),
        (Kind::Terminate.into(), 20),
    ] {
        assert_eq!(weight(order.clone(), &waiting_canary()), Some(percent), "{order:?}");
    }
    assert_eq!(weight(Order::Retry, &aborted_canary()), Some(20));
    assert_eq!(weight(Order::PromoteFull, &waiting_blue_green()), Some(100));
    assert_eq!(weight(Kind::Cancel.into(), &waiting_blue_green()), Some(0));
}

#[test]
fn each_kind_has_its_kubectl_line() {
    let lines = [
        (Kind::Promote, "waiting", "kubectl argo rollouts promote web"),
        (
            Kind::PromoteTo,
            "waiting",
            r#"kubectl patch rollouts.argoproj.io web --subresource=status --type=merge -p '{"status":{"pauseConditions":null,"controllerPause":false,"currentStepIndex":3}}'"#,
        ),
        (Kind::PromoteFull, "waiting", "kubectl argo rollouts promote web --full"),
        (Kind::Pause, "waiting", "kubectl argo rollouts pause web"),
        (Kind::Abort, "waiting", "kubectl argo rollouts abort web"),
        (Kind::Cancel, "waiting", "kubectl argo rollouts undo web --to-revision=1"),
        (Kind::Retry, "aborted", "kubectl argo rollouts retry rollout web"),
        (Kind::Undo, "waiting", "kubectl argo rollouts undo web --to-revision=1"),
        (Kind::SetImage, "waiting", "kubectl argo rollouts set image web web=web:3"),
        (Kind::Restart, "waiting", "kubectl argo rollouts restart web"),
        (Kind::Terminate, "waiting", "kubectl argo rollouts terminate analysisrun web-new-2-0"),
    ];
    for (kind, situation, line) in lines {
        let rollout = stored(situation);
        let operation = staged(order(kind, &rollout), &parsed(&rollout));
        assert_eq!(operation.kubectl().as_str(), format!("{line} -n shop --context prod"));
    }
}

#[test]
fn where_the_plugin_would_write_to_the_wrong_place_no_line_is_offered() {
    let held = |kind: &str, version: &str| {
        json!({
            "apiVersion": version, "kind": kind,
            "metadata": {"name": "base", "namespace": "shop", "uid": "u-9", "generation": 1},
            "template": pod_template("web:2"), "spec": {"template": pod_template("web:2")},
        })
    };
    let lines = |kind: &str, version: &str| {
        let holder = Holder::read(&held(kind, version)).unwrap();
        let mut rollout = waiting_canary();
        rollout.spec.workload_ref =
            Some(crate::rollout::WorkloadRef { kind: kind.into(), name: "base".into() });
        let image = crate::operation::order::SetImage { holder: holder.clone(), ..set_image(1, "web:3") };
        let undo = Undo { holder, revision: revision(), stable: None };
        [Order::Undo(Box::new(undo)), Order::SetImage(Box::new(image))]
            .map(|order| staged(order, &rollout).kubectl().to_string())
    };
    let [undo, image] = lines("PodTemplate", "v1");
    assert!(undo.starts_with("no kubectl line does this") && image == undo, "{undo} / {image}");
    let [undo, image] = lines("ReplicaSet", "apps/v1");
    assert!(undo.starts_with("kubectl argo rollouts undo web --to-revision=1"));
    assert!(image.starts_with("kubectl set image replicasets.apps/base web=web:3"), "{image}");
}
