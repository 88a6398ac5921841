//! What stays behind when a Rollout goes, or lets go of a Service.

use super::*;
use crate::sim::objects::kind::EVENT;

const HASH: &str = "/spec/selector/rollouts-pod-template-hash";
const MANAGED_BY: &str = "argo-rollouts.argoproj.io/managed-by-rollouts";

fn place(name: &str) -> Place {
    Place::new(&SERVICE, "shop", name)
}

/// A world in which `web` leads the Service `web-stable`.
fn led() -> World {
    let mut world = world(1);
    for name in ["web-stable", "web-canary"] {
        let value = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
            "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]}});
        world.apply(Order::Create { kind: &SERVICE, namespace: "shop", value }).unwrap();
    }
    let services = json!({"stableService": "web-stable", "canaryService": "web-canary"});
    patch(&mut world, Part::Whole, &json!({"spec": {"strategy": {"canary": services}}})).unwrap();
    run(&mut world, 5);
    assert!(hash(&world, "web-stable").is_some(), "{}", world.history());
    world
}

fn hash(world: &World, service: &str) -> Option<String> {
    let service = world.objects.get(&place(service)).unwrap();
    Some(service.value.pointer(HASH)?.as_str()?.to_owned())
}

fn delete(world: &mut World) {
    world.apply(Order::Delete { place: &web(), terms: Default::default() }).unwrap();
}

fn told(world: &World, reason: &str) -> Vec<Value> {
    let events = world.objects.list(&EVENT, Some("shop"));
    events.filter(|event| event.value["reason"] == reason).map(|event| event.value.clone()).collect()
}

#[test]
fn a_service_is_free_again_when_its_rollout_is_deleted() {
    let mut world = led();
    delete(&mut world);
    assert!(hash(&world, "web-stable").is_some(), "not before its controller looks");
    run(&mut world, 2);
    for name in ["web-stable", "web-canary"] {
        let service = world.objects.get(&place(name)).unwrap();
        assert_eq!(service.value["spec"]["selector"], json!({"app": "web"}), "{name}");
        assert_eq!(service.annotation(MANAGED_BY), None, "{name}");
    }
}

#[test]
fn a_service_is_free_again_when_its_rollout_names_it_no_more() {
    let mut world = led();
    let none = json!({"spec": {"strategy": {"canary": {"stableService": null, "canaryService": null}}}});
    patch(&mut world, Part::Whole, &none).unwrap();
    run(&mut world, 5);
    assert_eq!(hash(&world, "web-stable"), None);
}

#[test]
fn a_hash_that_nobody_signed_for_stays_where_it_is() {
    let mut world = world(1);
    let value = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "mine"},
        "spec": {"selector": {"app": "web", "rollouts-pod-template-hash": "abc"}, "ports": [{"port": 80}]}});
    world.apply(Order::Create { kind: &SERVICE, namespace: "shop", value }).unwrap();
    run(&mut world, 5);
    assert_eq!(hash(&world, "mine").as_deref(), Some("abc"));
}

#[test]
fn that_a_rollout_was_deleted_is_told_once_with_its_uid() {
    let mut world = led();
    let uid = world.objects.get(&web()).unwrap().uid().to_owned();
    delete(&mut world);
    run(&mut world, 30);
    let events = told(&world, "RolloutDeleted");
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["message"], "Rollout web/shop is deleted.", "Argo names the name first");
    assert_eq!((&events[0]["type"], &events[0]["count"]), (&json!("Normal"), &json!(1)));
    assert_eq!(events[0]["involvedObject"]["uid"], uid);
}

#[test]
fn while_the_controller_is_down_nobody_tells_of_it_and_services_wait() {
    let mut world = led();
    world.controller(false);
    delete(&mut world);
    run(&mut world, 30);
    assert!(hash(&world, "web-stable").is_some());
    world.controller(true);
    run(&mut world, 2);
    assert_eq!(hash(&world, "web-stable"), None);
    assert!(told(&world, "RolloutDeleted").is_empty(), "it never saw it");
}
