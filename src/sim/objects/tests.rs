//! The API's rules, each against what the real server does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod history;
mod identity;
mod leaving;
mod limits;
mod recorded;

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::kind::{CONFIG_MAP, REPLICA_SET, ROLLOUT};
use super::{Kind, Objects, Order, Part, Patch, PatchKind, Place, Stored};

fn now() -> Timestamp {
    "2026-11-21T09:00:00Z".parse().unwrap()
}

/// The least that a Rollout can be.
fn rollout(name: &str) -> Value {
    json!({"metadata": {"name": name}, "spec": {"replicas": 1}})
}

fn config(name: &str) -> Value {
    json!({"metadata": {"name": name}, "data": {"a": "b"}})
}

fn replica_set(name: &str, owners: &[&Stored]) -> Value {
    let owners: Vec<Value> = owners.iter().map(|owner| reference(owner)).collect();
    json!({
        "metadata": {"name": name, "ownerReferences": owners},
        "spec": {
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "app", "image": "shop:1"}]},
            },
        },
    })
}

fn pod(name: &str, owner: &Stored) -> Value {
    json!({
        "metadata": {"name": name, "ownerReferences": [reference(owner)]},
        "spec": {"containers": [{"name": "app", "image": "shop:1"}]},
    })
}

fn reference(owner: &Stored) -> Value {
    json!({
        "apiVersion": owner.place.kind.api_version(),
        "kind": owner.place.kind.kind,
        "name": &*owner.place.name,
        "uid": owner.uid(),
        "controller": true,
    })
}

fn create(objects: &mut Objects, kind: &'static Kind, value: Value) -> Arc<Stored> {
    objects.create(kind, "shop", value, now()).unwrap()
}

fn merge(objects: &mut Objects, place: &Place, part: Part, patch: &Value) -> Arc<Stored> {
    let body = patch.to_string();
    let patch = Patch { kind: PatchKind::Merge, body: body.as_bytes() };
    objects.patch(place, part, patch, now()).unwrap()
}

fn names<'a>(objects: impl Iterator<Item = &'a Arc<Stored>>) -> Vec<String> {
    objects.map(|one| one.place.name.to_string()).collect()
}

#[test]
fn a_list_is_in_order_and_stays_within_its_namespace() {
    let mut objects = Objects::new(1);
    for (namespace, name) in [("b", "z"), ("a", "y"), ("ab", "x"), ("a", "c"), ("b", "a")] {
        objects.create(&CONFIG_MAP, namespace, config(name), now()).unwrap();
    }
    objects.create(&ROLLOUT, "a", rollout("r"), now()).unwrap();
    assert_eq!(names(objects.list(&CONFIG_MAP, None)), ["c", "y", "x", "a", "z"]);
    assert_eq!(names(objects.list(&CONFIG_MAP, Some("a"))), ["c", "y"]);
    assert_eq!(names(objects.list(&CONFIG_MAP, Some("none"))), Vec::<String>::new());
}

#[test]
fn a_page_goes_on_behind_the_last_one_even_when_that_is_gone() {
    let mut objects = Objects::new(1);
    for name in ["a", "b", "c", "d"] {
        create(&mut objects, &CONFIG_MAP, config(name));
    }
    let last = Place::new(&CONFIG_MAP, "shop", "b");
    objects.delete(&last, now()).unwrap();
    assert_eq!(names(objects.list_after(&CONFIG_MAP, Some("shop"), Some(&last))), ["c", "d"]);
    assert_eq!(names(objects.list_after(&CONFIG_MAP, None, Some(&last))), ["c", "d"]);
}

#[test]
fn a_rehearsal_answers_like_the_deed_and_leaves_everything_as_it_was() {
    let mut objects = Objects::new(1);
    let place = create(&mut objects, &ROLLOUT, rollout("web")).place.clone();
    let before = objects.version();
    let body = json!({"spec": {"paused": true}}).to_string();
    let patch = Patch { kind: PatchKind::Merge, body: body.as_bytes() };
    let order = || Order::Patch { place: &place, part: Part::Whole, patch };
    let rehearsed = objects.rehearse(order(), now()).unwrap();
    assert_eq!((rehearsed.version, rehearsed.generation()), (before, Some(2)));
    let born = Order::Create { kind: &ROLLOUT, namespace: "shop", value: rollout("new") };
    assert!(objects.rehearse(born, now()).unwrap().value["metadata"].get("resourceVersion").is_none());
    let twice = Order::Create { kind: &ROLLOUT, namespace: "shop", value: rollout("web") };
    assert_eq!(objects.rehearse(twice, now()).unwrap_err().reason, "AlreadyExists");
    assert_eq!(objects.version(), before);
    assert_eq!(names(objects.list(&ROLLOUT, None)), ["web"]);
    assert_eq!(objects.since(&ROLLOUT, before).unwrap().count(), 0);
    let done = objects.apply(order(), now()).unwrap();
    assert_eq!((done.generation(), &done.value["spec"]), (Some(2), &rehearsed.value["spec"]));
}

#[test]
fn the_text_of_an_object_is_the_object() {
    let mut objects = Objects::new(1);
    let stored = create(&mut objects, &ROLLOUT, rollout("web"));
    assert_eq!(serde_json::from_str::<Value>(&stored.json).unwrap(), *stored.value);
    assert_eq!(stored.value["metadata"]["resourceVersion"], stored.version.to_string());
}

#[test]
fn what_is_owned_is_found_by_uid_and_only_while_it_is() {
    let mut objects = Objects::new(1);
    let web = create(&mut objects, &ROLLOUT, rollout("web"));
    let api = create(&mut objects, &ROLLOUT, rollout("api"));
    create(&mut objects, &REPLICA_SET, replica_set("b", &[&web]));
    let a = create(&mut objects, &REPLICA_SET, replica_set("a", &[&web])).place.clone();
    assert_eq!(names(objects.owned_by(&REPLICA_SET, &web)), ["a", "b"]);
    merge(&mut objects, &a, Part::Whole, &json!({"metadata": {"ownerReferences": [reference(&api)]}}));
    assert_eq!(names(objects.owned_by(&REPLICA_SET, &web)), ["b"]);
    assert_eq!(names(objects.owned_by(&REPLICA_SET, &api)), ["a"]);
    objects.delete(&a, now()).unwrap();
    assert_eq!(objects.owned_by(&REPLICA_SET, &api).count(), 0);
    assert_eq!(objects.by_uid(web.uid()).unwrap().place, web.place);
}

#[test]
fn a_template_of_a_built_in_kind_is_stored_with_what_it_lacks_and_a_rollouts_as_it_was_written() {
    let mut objects = Objects::new(1);
    let pod = |container: Value| json!({"containers": [container]});
    let mut set = replica_set("web", &[]);
    set["spec"]["template"]["spec"] =
        pod(json!({"name": "app", "image": "a.example:5000/app", "ports": [{"containerPort": 80}]}));
    let set = create(&mut objects, &REPLICA_SET, set);
    let spec = set.value["spec"]["template"]["spec"].clone();
    assert_eq!(
        spec,
        json!({
            "restartPolicy": "Always", "terminationGracePeriodSeconds": 30, "dnsPolicy": "ClusterFirst",
            "securityContext": {}, "schedulerName": "default-scheduler",
            "containers": [{
                "name": "app", "image": "a.example:5000/app", "ports": [{"containerPort": 80, "protocol": "TCP"}],
                "resources": {}, "terminationMessagePath": "/dev/termination-log",
                "terminationMessagePolicy": "File", "imagePullPolicy": "Always",
            }],
        })
    );
    let mut written = rollout("web");
    written["spec"]["template"]["spec"] = pod(json!({"name": "app", "image": "app:v1"}));
    let stored = create(&mut objects, &ROLLOUT, written);
    let container = stored.value["spec"]["template"]["spec"]["containers"][0].as_object().unwrap();
    assert!(!container.contains_key("terminationMessagePath"), "{container:?}");
}
