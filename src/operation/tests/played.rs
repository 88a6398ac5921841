//! Owns orders played on a cluster with a controller: what was foretold comes, and its sign is recognised.
//!
//! The embedded cluster's controller is held to the real one elsewhere; here it answers what an order's request does.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::fixture::{ID, acknowledged_event, policy};
use super::situations::{parsed, parsed_run};
use crate::operation::order::{Run, SetImage, Undo};
use crate::operation::template::{Holder, Revision};
use crate::operation::{
    Answer, Event, Goal, Id, Operation, Order, Proposal, Reading, SiteKind, SiteReading, Target, stage,
};
use crate::sim::model::{Asked, Measured, Metrics};
use crate::sim::objects::kind::{
    ANALYSIS_RUN, ANALYSIS_TEMPLATE, DEPLOYMENT, NAMESPACE, POD, REPLICA_SET, ROLLOUT, SERVICE,
};
use crate::sim::objects::{self, Kind, Part, Patch, PatchKind, Place};
use crate::sim::world::{World, lease};

/// A provider by which all is well.
struct Well;

impl Metrics for Well {
    fn measure(&self, _: &Asked<'_>, _: Timestamp) -> Measured {
        Measured::Value("1".into())
    }
}

fn run(world: &mut World, seconds: i64) {
    world.advance(world.now() + SignedDuration::from_secs(seconds));
}

fn create(world: &mut World, kind: &'static Kind, value: Value) {
    let namespace = if kind.namespaced { "shop" } else { "" };
    world.apply(objects::Order::Create { kind, namespace, value }).unwrap();
}

fn template(image: &str) -> Value {
    json!({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "app", "image": image}]}})
}

fn ladder() -> Value {
    json!({"canary": {"steps": [
        {"setWeight": 25}, {"pause": {}}, {"setWeight": 50}, {"pause": {}}, {"setWeight": 75}, {"pause": {}},
    ]}})
}

/// A cluster with a Rollout of that strategy, at rest with `web:1`.
fn begun(strategy: Value) -> World {
    let mut world = World::new(1, "2026-11-21T08:00:00Z".parse().unwrap(), Box::new(Well));
    for name in ["shop", lease::NAMESPACE] {
        create(
            &mut world,
            &NAMESPACE,
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}),
        );
    }
    for name in ["active", "preview"] {
        create(
            &mut world,
            &SERVICE,
            json!({
                "apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
                "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]},
            }),
        );
    }
    create(
        &mut world,
        &ANALYSIS_TEMPLATE,
        json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "AnalysisTemplate", "metadata": {"name": "rate"},
            "spec": {"metrics": [{
                "name": "rate", "interval": "10s", "count": 100, "successCondition": "result > 0",
                "provider": {"web": {"url": "http://metrics.test/"}},
            }]},
        }),
    );
    create(
        &mut world,
        &ROLLOUT,
        json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": "web"},
            "spec": {
                "replicas": 4, "selector": {"matchLabels": {"app": "web"}}, "template": template("web:1"),
                "strategy": strategy,
            },
        }),
    );
    world.lead().unwrap();
    run(&mut world, 60);
    assert_eq!(phase(&world), "Healthy", "{}", world.history());
    world
}

/// The same with `web:2` on its way, as far as it goes by itself.
fn updating(strategy: Value) -> World {
    let mut world = begun(strategy);
    push(&mut world, "web:2");
    world
}

fn place() -> Place {
    Place::new(&ROLLOUT, "shop", "web")
}

fn push(world: &mut World, image: &str) {
    let body = json!({"spec": {"template": template(image)}}).to_string();
    world.patch(&place(), Part::Whole, Patch { kind: PatchKind::Merge, body: body.as_bytes() }).unwrap();
    run(world, 60);
}

fn stored(world: &World, kind: &'static Kind, name: &str) -> Value {
    world.objects.get(&Place::new(kind, "shop", name)).unwrap().value.clone()
}

fn rollout(world: &World) -> Value {
    stored(world, &ROLLOUT, "web")
}

fn phase(world: &World) -> String {
    rollout(world)["status"]["phase"].as_str().unwrap_or_default().to_owned()
}

fn image(world: &World) -> Value {
    rollout(world)["spec"]["template"]["spec"]["containers"][0]["image"].clone()
}

fn index(world: &World) -> i64 {
    rollout(world)["status"]["currentStepIndex"].as_i64().unwrap()
}

fn all(world: &World, kind: &'static Kind) -> Vec<Value> {
    world.objects.list(kind, Some("shop")).map(|stored| stored.value.clone()).collect()
}

fn revision(world: &World, number: i64) -> Revision {
    let uid = rollout(world)["metadata"]["uid"].as_str().unwrap().to_owned();
    let revisions = Revision::all(&all(world, &REPLICA_SET), &uid);
    revisions.into_iter().find(|one| one.number == number).unwrap()
}

fn undo(world: &World, number: i64) -> Box<Undo> {
    Box::new(Undo {
        holder: Holder::read(&rollout(world)).unwrap(),
        revision: revision(world, number),
        stable: None,
    })
}

/// Takes an order through its whole life: staged, acknowledged, sent, observed; at most `limit` seconds later.
fn play(world: &mut World, order: Order, limit: i64) -> Operation {
    let parsed = parsed(&rollout(world));
    let key = parsed.meta.key.clone();
    let target = Target {
        context: "prod".into(),
        server: "https://api.example:6443".into(),
        user: "ada".into(),
        key: key.clone(),
        uid: parsed.meta.uid.clone(),
    };
    let policy = Arc::new(policy(&["prod/shop"]));
    let proposal =
        Proposal { order, id: Id(ID.into()), target, policy, role: None, last_promotion: None, judged: None };
    let mut operation = stage(proposal, &parsed, world.now()).unwrap_or_else(|refusal| panic!("{refusal}"));
    operation.on(Event::Armed, world.now());
    let acknowledged = acknowledged_event(&operation);
    operation.on(acknowledged, world.now());
    operation.on(Event::Recorded { entry: 1 }, world.now());
    let version = send(world, &operation).unwrap_or_else(|refusal| panic!("{refusal:?}"));
    operation.on(Event::Answered(Answer::Accepted { resource_version: version.into() }), world.now());
    assert!(send(world, &operation).is_err(), "a second copy has an effect");
    for _ in 0..limit {
        run(world, 1);
        look(world, &mut operation);
        if operation.state().is_final() {
            break;
        }
    }
    assert_eq!(operation.state().word(), "observed", "{}", world.history());
    operation
}

fn send(world: &mut World, operation: &Operation) -> Result<String, objects::Refusal> {
    let (site, request) = (operation.site(), operation.request());
    let kind = match site.kind {
        SiteKind::Rollout => &ROLLOUT,
        SiteKind::Deployment => &DEPLOYMENT,
        SiteKind::AnalysisRun => &ANALYSIS_RUN,
        other => panic!("{other:?} is not played"),
    };
    let status = request.path.split('?').next().unwrap().ends_with("/status");
    let part = if status { Part::Status } else { Part::Whole };
    let patch = Patch { kind: PatchKind::Json, body: request.body.as_bytes() };
    let stored = world.patch(&Place::new(kind, "shop", &site.name), part, patch)?;
    Ok(stored.version.to_string())
}

/// Tells the operation what a watch would.
fn look(world: &World, operation: &mut Operation) {
    operation.on(Event::Seen(Box::new(Reading::watched(&parsed(&rollout(world))))), world.now());
    if operation.site().kind == SiteKind::AnalysisRun {
        let run = parsed_run(&stored(world, &ANALYSIS_RUN, &operation.site().name));
        operation.on(Event::SeenSite(Box::new(SiteReading::watched_analysis(&run))), world.now());
    }
}

#[test]
fn a_promotion_to_a_pause_waits_there_and_is_not_taken_for_ended() {
    let mut world = updating(ladder());
    assert_eq!(index(&world), 1);
    play(&mut world, Order::PromoteTo(Goal::Step(3)), 30);
    run(&mut world, 60);
    assert_eq!((index(&world), &*phase(&world)), (3, "Paused"));
}

#[test]
fn a_promotion_to_a_weight_scales_to_it_and_waits_at_the_pause_behind_it() {
    let mut world = updating(ladder());
    play(&mut world, Order::PromoteTo(Goal::Weight(75)), 30);
    run(&mut world, 60);
    assert_eq!((index(&world), &*phase(&world)), (5, "Paused"));
    assert_eq!(rollout(&world)["status"]["updatedReplicas"], 3);
}

#[test]
fn a_promotion_ends_one_pause_only() {
    let mut world = updating(ladder());
    play(&mut world, Order::Promote, 30);
    run(&mut world, 60);
    assert_eq!((index(&world), &*phase(&world)), (3, "Paused"));
}

#[test]
fn a_full_promotion_ends_healthy() {
    let mut world = updating(ladder());
    play(&mut world, Order::PromoteFull, 30);
    run(&mut world, 120);
    assert_eq!((index(&world), &*phase(&world)), (6, "Healthy"));
    assert_eq!(rollout(&world)["status"]["stableRS"], rollout(&world)["status"]["currentPodHash"]);
}

#[test]
fn a_full_promotion_of_blue_green_switches() {
    let strategy = json!({"blueGreen": {
        "activeService": "active", "previewService": "preview", "autoPromotionEnabled": false,
    }});
    let mut world = updating(strategy.clone());
    assert_eq!(phase(&world), "Paused");
    play(&mut world, Order::PromoteFull, 30);
    let status = rollout(&world)["status"].clone();
    assert_eq!(status["blueGreen"]["activeSelector"], status["currentPodHash"]);
    let mut world = updating(strategy);
    let old = rollout(&world)["status"]["stableRS"].clone();
    let order = Order::Cancel(undo(&world, 1));
    play(&mut world, order, 30);
    run(&mut world, 120);
    assert_eq!(
        (&rollout(&world)["status"]["blueGreen"]["activeSelector"], &*phase(&world)),
        (&old, "Healthy")
    );
}

#[test]
fn a_retry_brings_the_aborted_version_back_from_the_first_step() {
    let mut world = updating(ladder());
    play(&mut world, Order::Abort, 30);
    run(&mut world, 60);
    assert_eq!((index(&world), &*phase(&world)), (0, "Degraded"));
    play(&mut world, Order::Retry, 30);
    run(&mut world, 60);
    assert_eq!((index(&world), &*phase(&world)), (1, "Paused"));
    assert_eq!(image(&world), "web:2");
}

#[test]
fn a_cancel_ends_healthy_where_an_abort_ends_degraded() {
    for aborts in [false, true] {
        let mut world = updating(ladder());
        let stable = rollout(&world)["status"]["stableRS"].clone();
        if aborts {
            play(&mut world, Order::Abort, 30);
            run(&mut world, 60);
            assert_eq!(phase(&world), "Degraded");
        }
        let order = Order::Cancel(undo(&world, 1));
        play(&mut world, order, 30);
        run(&mut world, 60);
        assert_eq!((phase(&world).as_str(), index(&world)), ("Healthy", 6));
        assert_eq!(rollout(&world)["status"]["currentPodHash"], stable);
        assert_eq!(image(&world), "web:1");
    }
}

#[test]
fn metadata_of_a_role_does_not_make_a_third_version_of_a_cancel() {
    let mut strategy = ladder();
    strategy["canary"]["stableMetadata"] = json!({"labels": {"role": "stable"}});
    strategy["canary"]["canaryMetadata"] = json!({"labels": {"role": "canary"}});
    let mut world = updating(strategy);
    let set = all(&world, &REPLICA_SET)
        .into_iter()
        .find(|set| set["spec"]["template"]["metadata"]["labels"]["role"] == "stable");
    assert!(set.is_some(), "the controller puts the role's label into the template");
    let order = Order::Cancel(undo(&world, 1));
    play(&mut world, order, 30);
    run(&mut world, 60);
    assert_eq!((phase(&world).as_str(), all(&world, &REPLICA_SET).len()), ("Healthy", 2));
}

#[test]
fn an_undo_to_another_version_than_the_stable_one_begins_at_the_first_step() {
    let mut world = updating(ladder());
    play(&mut world, Order::PromoteFull, 30);
    run(&mut world, 120);
    let hash = revision(&world, 1).hash;
    let order = Order::Undo(undo(&world, 1));
    play(&mut world, order, 30);
    run(&mut world, 60);
    assert_eq!((index(&world), &*phase(&world)), (1, "Paused"));
    assert_eq!(rollout(&world)["status"]["currentPodHash"], *hash);
}

#[test]
fn another_image_begins_a_new_update() {
    let mut world = begun(ladder());
    let holder = Holder::read(&rollout(&world)).unwrap();
    let image = SetImage { holder, container: "app".into(), image: "web:3".into() };
    play(&mut world, Order::SetImage(Box::new(image)), 30);
    run(&mut world, 60);
    assert_eq!((index(&world), &*phase(&world)), (1, "Paused"));
}

#[test]
fn a_template_that_lies_in_a_deployment_is_put_back_there() {
    let mut world = begun(ladder());
    create(
        &mut world,
        &DEPLOYMENT,
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "base"},
            "spec": {"replicas": 0, "selector": {"matchLabels": {"app": "web"}}, "template": template("web:1")},
        }),
    );
    let body = json!([
        {"op": "remove", "path": "/spec/template"}, {"op": "remove", "path": "/spec/selector"},
        {"op": "add", "path": "/spec/workloadRef", "value": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "base"}},
    ]);
    let patch = |world: &mut World, place: &Place, kind: PatchKind, body: Value| {
        let body = body.to_string();
        world.patch(place, Part::Whole, Patch { kind, body: body.as_bytes() }).unwrap();
        run(world, 60);
    };
    patch(&mut world, &place(), PatchKind::Json, body);
    let base = Place::new(&DEPLOYMENT, "shop", "base");
    patch(&mut world, &base, PatchKind::Merge, json!({"spec": {"template": template("web:2")}}));
    assert_eq!(phase(&world), "Paused");
    let undo = Undo {
        holder: Holder::read(&stored(&world, &DEPLOYMENT, "base")).unwrap(),
        revision: revision(&world, 1),
        stable: None,
    };
    let operation = play(&mut world, Order::Cancel(Box::new(undo)), 30);
    assert!(operation.consequence().as_str().contains("in the Deployment base"));
    run(&mut world, 60);
    assert_eq!(phase(&world), "Healthy");
    assert_eq!(
        stored(&world, &DEPLOYMENT, "base")["spec"]["template"]["spec"]["containers"][0]["image"],
        "web:1"
    );
}

#[test]
fn a_restart_makes_every_pod_anew() {
    let mut world = begun(ladder());
    let names = |world: &World| -> Vec<String> {
        all(world, &POD).iter().map(|pod| pod["metadata"]["name"].as_str().unwrap().to_owned()).collect()
    };
    let before = names(&world);
    run(&mut world, 60);
    play(&mut world, Order::Restart, 240);
    run(&mut world, 60);
    let after = names(&world);
    assert!(before.len() == 4 && before.iter().all(|name| !after.contains(name)), "{before:?} {after:?}");
    assert_eq!(phase(&world), "Healthy");
}

#[test]
fn the_end_of_a_steps_run_lets_the_step_pass() {
    let mut world = updating(json!({"canary": {"steps": [
        {"setWeight": 25}, {"analysis": {"templates": [{"templateName": "rate"}]}}, {"pause": {}},
    ]}}));
    assert_eq!(index(&world), 1);
    let runs = all(&world, &ANALYSIS_RUN);
    assert_eq!((runs.len(), &runs[0]["status"]["phase"]), (1, &json!("Running")));
    let order = Order::Terminate(Box::new(Run::analysis(&parsed_run(&runs[0]))));
    let operation = play(&mut world, order, 30);
    assert!(operation.consequence().as_str().contains("counts as a success: the step is completed"));
    run(&mut world, 60);
    assert_eq!((index(&world), &*phase(&world)), (2, "Paused"));
    assert_eq!(all(&world, &ANALYSIS_RUN)[0]["status"]["phase"], "Successful");
}
