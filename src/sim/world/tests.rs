//! The world without a wire: what is due when, who is woken, what is on record.

use serde_json::{Value, json};

use super::script::act::Wish;
use super::script::{Act, Cue, Sign, Step};
use super::*;
use crate::sim::model::{Asked, Measured};
use crate::sim::objects::PatchKind;
use crate::sim::objects::kind::{NAMESPACE, POD, REPLICA_SET, SERVICE};

mod parting;
mod parts;
mod reading;

/// A provider that has nothing to say.
struct Mute;

impl Metrics for Mute {
    fn measure(&self, _: &Asked<'_>, _: Timestamp) -> Measured {
        Measured::Error("nothing is measured".into())
    }
}

fn begins() -> Timestamp {
    "2026-11-17T14:02:00Z".parse().unwrap()
}

fn web() -> Place {
    Place::new(&ROLLOUT, "shop", "web")
}

fn seconds(count: i64) -> SignedDuration {
    SignedDuration::from_secs(count)
}

/// A world with one canary of four pods that waits, after its first quarter, for somebody.
fn world(seed: u64) -> World {
    let mut world = World::new(seed, begins(), Box::new(Mute));
    for name in ["shop", lease::NAMESPACE] {
        let value = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
        world.objects.create(&NAMESPACE, "", value, begins()).unwrap();
    }
    let value = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": "web"},
        "spec": {
            "replicas": 4, "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "app", "image": "web:1"}]}},
            "strategy": {"canary": {"steps": [{"setWeight": 25}, {"pause": {}}, {"setWeight": 50}, {"pause": {}}]}},
        },
    });
    world.apply(Order::Create { kind: &ROLLOUT, namespace: "shop", value }).unwrap();
    world.lead().unwrap();
    run(&mut world, 60);
    world
}

fn run(world: &mut World, count: i64) {
    world.advance(world.now() + seconds(count));
}

fn patch(world: &mut World, part: Part, body: &Value) -> Result<Arc<Stored>, Refusal> {
    let body = body.to_string();
    world.patch(&web(), part, Patch { kind: PatchKind::Merge, body: body.as_bytes() })
}

fn standing(world: &World) -> Standing {
    Standing::of(&world.objects.get(&web()).unwrap().value)
}

fn happened(world: &World) -> Vec<&str> {
    let all = world.history().moments().iter();
    all.filter_map(|moment| if let What::Happened(words) = &moment.what { Some(&**words) } else { None })
        .collect()
}

/// Brings a second version to its first pause.
fn updated(world: &mut World) {
    world.order_now(&web(), &Wish::Image("web:2".into())).unwrap();
    run(world, 60);
    assert_eq!((&*standing(world).phase, standing(world).weight), ("Paused", 25));
}

#[test]
fn a_rollout_comes_to_rest_and_nothing_is_due_but_the_lease() {
    let world = world(1);
    assert_eq!(&*standing(&world).phase, "Healthy", "{}", world.history());
    let due: Vec<&str> = world.looks().map(|(_, place)| place.kind.plural).collect();
    assert_eq!(due, ["leases"]);
    assert_eq!(world.history().fault(), None);
}

#[test]
fn the_same_requests_at_the_same_times_make_the_same_history() {
    let played = |seed| {
        let mut world = world(seed);
        updated(&mut world);
        patch(&mut world, Part::Status, &json!({"status": {"pauseConditions": null}})).unwrap();
        run(&mut world, 30);
        world.history().to_string()
    };
    assert_eq!(played(1), played(1));
    assert_ne!(played(1), played(2), "the seed decides who wakes when, and the names of pods");
}

#[test]
fn how_far_time_is_turned_at_once_makes_no_difference() {
    let played = |pieces: i64| {
        let mut world = world(1);
        world.order_now(&web(), &Wish::Image("web:2".into())).unwrap();
        for _ in 0..pieces {
            world.advance(world.now() + SignedDuration::from_millis(12_000 / pieces));
        }
        world.history().to_string()
    };
    assert_eq!(played(1), played(240));
}

#[test]
fn a_controller_looks_a_moment_after_a_write_and_not_before() {
    let mut world = world(1);
    patch(&mut world, Part::Whole, &json!({"spec": {"paused": true}})).unwrap();
    let next = world.looks().find(|(_, place)| **place == web()).unwrap().0;
    let wait = next.duration_since(world.now()).as_millis();
    assert!((20..=60).contains(&wait), "{wait} ms");
    assert!(!standing(&world).observed);
    run(&mut world, 1);
    assert!(standing(&world).observed);
}

#[test]
fn while_the_controller_is_down_orders_are_stored_and_nothing_comes_of_them() {
    let mut world = world(1);
    updated(&mut world);
    world.controller(false);
    let renewed = |world: &World| {
        let place = Place::new(&LEASE, lease::NAMESPACE, "argo-rollouts-controller-lock");
        world.objects.get(&place).unwrap().value["spec"]["renewTime"].clone()
    };
    let before = renewed(&world);
    patch(&mut world, Part::Status, &json!({"status": {"pauseConditions": null}})).unwrap();
    run(&mut world, 120);
    assert_eq!(standing(&world).step, Some((1, 4)), "the order is there, the step is not done");
    assert_eq!(renewed(&world), before);

    world.controller(true);
    run(&mut world, 30);
    assert_eq!((standing(&world).step, standing(&world).weight), (Some((3, 4)), 50));
    assert_ne!(renewed(&world), before);
    assert_eq!(happened(&world), ["the controller went down", "the controller came back"]);
}

#[test]
fn replica_sets_and_pods_live_on_while_the_controller_is_down() {
    let mut world = world(1);
    world.controller(false);
    let pod = world.objects.list(&POD, Some("shop")).next().unwrap().place.clone();
    world.apply(Order::Delete { place: &pod, terms: Default::default() }).unwrap();
    run(&mut world, 30);
    assert_eq!(world.objects.list(&POD, Some("shop")).count(), 4, "the ReplicaSet made another");
}

#[test]
fn a_storm_of_writes_ends_in_a_fault_and_not_in_a_loop() {
    let mut world = world(1);
    let storm = (0..STORM).position(|_| world.storms(&web())).unwrap();
    assert_eq!(u32::try_from(storm).unwrap() + 1, STORM);
    let fault = world.history().fault().unwrap();
    assert!(fault.contains("shop/web") && fault.contains("600 times"), "{fault}");
    assert!(!world.looks().any(|(_, place)| *place == web()), "its controller no longer looks");
}

#[test]
fn writes_that_are_far_apart_are_no_storm() {
    let mut world = world(1);
    for _ in 0..3 * STORM {
        run(&mut world, 1);
        assert!(!world.storms(&web()));
    }
}

#[test]
fn an_order_is_on_record_with_its_answer_and_what_it_amounts_to() {
    let mut world = world(1);
    updated(&mut world);
    let refused = patch(&mut world, Part::Whole, &json!({"spec": {"replicas": "many"}})).unwrap_err();
    patch(&mut world, Part::Status, &json!({"status": {"abort": true}})).unwrap();
    let mine: Vec<(u16, Option<Deed>)> = world
        .history()
        .moments()
        .iter()
        .filter_map(|moment| match &moment.what {
            What::Asked { author: Author::Client, code, deed, .. } => Some((*code, *deed)),
            _ => None,
        })
        .collect();
    assert_eq!(mine, [(201, Some(Deed::Create)), (refused.code, None), (200, Some(Deed::Abort))]);
    let deeds: Vec<Deed> = world.history().deeds().map(|(_, _, deed)| deed).collect();
    assert_eq!(deeds, [Deed::Create, Deed::Abort], "a colleague's orders are not the person's");
}

#[test]
fn a_rehearsed_order_changes_nothing_and_is_not_on_record() {
    let world = world(1);
    let (before, version) = (world.history().moments().len(), world.objects.version());
    let body = json!({"status": {"abort": true}}).to_string();
    let patch = Patch { kind: PatchKind::Merge, body: body.as_bytes() };
    world.rehearse(Order::Patch { place: &web(), part: Part::Status, patch }).unwrap();
    assert_eq!((world.history().moments().len(), world.objects.version()), (before, version));
}

fn step(cue: Cue, wish: Wish) -> Step {
    Step { cue, by: "grace".into(), act: Act::Order(web(), wish) }
}

#[test]
fn a_step_happens_at_its_time_or_when_its_sign_is_seen_and_once() {
    let cue = Cue { at: Some(seconds(40)), on: Some(Sign::Opened(web())), delay: seconds(5) };
    for opened in [true, false] {
        let mut world = world(1);
        world.follow(Script::new(vec![step(cue.clone(), Wish::Scale(5))]));
        run(&mut world, 10);
        if opened {
            world.looked_at(&web());
        }
        run(&mut world, 4);
        assert_eq!(happened(&world).len(), 0);
        run(&mut world, 2);
        assert_eq!(happened(&world).len(), usize::from(opened));
        run(&mut world, 60);
        assert_eq!(happened(&world), ["grace: scales to 5 shop/web"]);
    }
}

#[test]
fn a_script_waits_for_phases_weights_and_the_persons_orders() {
    let on = |sign| Cue { on: Some(sign), ..Cue::default() };
    let signs =
        [Sign::Phase(web(), "Paused".into()), Sign::Weight(web(), 50), Sign::Ordered(web(), Deed::Promote)];
    let acts = [Act::Cut, Act::Compact, Act::Controller { up: false }];
    let steps = signs.into_iter().zip(acts).map(|(sign, act)| Step { cue: on(sign), by: "it".into(), act });
    let mut world = world(1);
    world.follow(Script::new(steps.collect()));
    assert_eq!(world.wire().cuts(), 0);
    updated(&mut world);
    assert_eq!(happened(&world), ["it: every watch ends"]);
    patch(&mut world, Part::Status, &json!({"status": {"pauseConditions": null}})).unwrap();
    run(&mut world, 1);
    assert_eq!(happened(&world)[1..], ["it: the controller goes down", "the controller went down"]);
}

#[test]
fn an_order_of_the_script_that_is_refused_is_on_record() {
    let mut world = world(1);
    world.apply(Order::Delete { place: &web(), terms: Default::default() }).unwrap();
    let now = Cue { at: Some(seconds(1)), ..Cue::default() };
    world.follow(Script::new(vec![step(now, Wish::Abort)]));
    run(&mut world, 2);
    assert!(happened(&world).iter().any(|words| words.contains("refused: ") && words.contains("not found")));
}

#[test]
fn after_compaction_a_watch_from_before_is_answered_410_and_the_world_goes_on() {
    let mut world = world(1);
    let old = world.objects.version() - 1;
    let now = Cue { at: Some(seconds(1)), ..Cue::default() };
    world.follow(Script::new(vec![Step { cue: now, by: "etcd".into(), act: Act::Compact }]));
    run(&mut world, 2);
    assert_eq!(world.objects.since(&ROLLOUT, old).map(|_| ()).unwrap_err().code, 410);
    updated(&mut world);
    assert!(world.history().standings(&web()).any(|(_, standing)| standing.weight == 25));
}

#[test]
fn a_change_wakes_the_owner_and_whoever_names_it() {
    let world = world(1);
    let pod = world.objects.list(&POD, Some("shop")).next().unwrap();
    let set = world.objects.list(&REPLICA_SET, Some("shop")).next().unwrap();
    assert_eq!(wake::concerned(&world.objects, pod), [pod.place.clone(), set.place.clone()]);
    assert_eq!(wake::concerned(&world.objects, set), [set.place.clone(), web()]);
}

#[test]
fn a_service_wakes_its_controller_and_the_rollouts_that_name_it() {
    let mut world = world(1);
    let named = json!({"spec": {"strategy": {"canary": {"canaryService": "web-canary"}}}});
    patch(&mut world, Part::Whole, &named).unwrap();
    for (name, woken) in [("web-canary", vec![web()]), ("other", vec![])] {
        let value = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
            "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]}});
        let service = world.apply(Order::Create { kind: &SERVICE, namespace: "shop", value }).unwrap();
        let expected: Vec<Place> = std::iter::once(service.place.clone()).chain(woken).collect();
        assert_eq!(wake::concerned(&world.objects, &service), expected);
    }
}
