//! How objects leave, and what goes with them.

use serde_json::json;

use super::{config, create, merge, names, now, pod, replica_set, rollout};
use crate::sim::objects::kind::{CONFIG_MAP, JOB, NAMESPACE, POD, REPLICA_SET, ROLLOUT};
use crate::sim::objects::{Cascade, EventKind, Objects, Order, Part, Place, Terms};

#[test]
fn what_an_object_owns_goes_with_it_to_the_last_grandchild() {
    let mut objects = Objects::new(1);
    let web = create(&mut objects, &ROLLOUT, rollout("web"));
    let set = create(&mut objects, &REPLICA_SET, replica_set("web-1", &[&web]));
    create(&mut objects, &POD, pod("web-1-a", &set));
    create(&mut objects, &POD, pod("web-1-b", &set));
    let other = create(&mut objects, &ROLLOUT, rollout("other"));
    let kept = create(&mut objects, &REPLICA_SET, replica_set("other-1", &[&other]));
    create(&mut objects, &POD, pod("other-1-a", &kept));
    let before = objects.version();
    objects.delete(&web.place, now()).unwrap();
    assert_eq!(names(objects.list(&REPLICA_SET, None)), ["other-1"]);
    assert_eq!(names(objects.list(&POD, None)), ["other-1-a"]);
    let events: Vec<EventKind> = objects.since(&POD, before).unwrap().map(|one| one.event).collect();
    assert_eq!(events, [EventKind::Deleted, EventKind::Deleted]);
}

#[test]
fn an_object_with_another_owner_stays_and_forgets_the_one_that_went() {
    let mut objects = Objects::new(1);
    let (a, b) = (create(&mut objects, &ROLLOUT, rollout("a")), create(&mut objects, &ROLLOUT, rollout("b")));
    let place = create(&mut objects, &REPLICA_SET, replica_set("shared", &[&a, &b])).place.clone();
    objects.delete(&a.place, now()).unwrap();
    let left: Vec<String> = objects.get(&place).unwrap().owners().map(str::to_owned).collect();
    assert_eq!(left, [b.uid()]);
    objects.delete(&b.place, now()).unwrap();
    assert!(objects.get(&place).is_none());
}

#[test]
fn orphans_stay_when_asked_and_those_of_a_job_by_themselves() {
    let mut objects = Objects::new(1);
    let web = create(&mut objects, &ROLLOUT, rollout("web"));
    let set = create(&mut objects, &REPLICA_SET, replica_set("web-1", &[&web])).place.clone();
    let terms = Terms { cascade: Cascade::Orphan, ..Terms::default() };
    objects.apply(Order::Delete { place: &web.place, terms }, now()).unwrap();
    assert_eq!(objects.get(&set).unwrap().owners().count(), 0);
    let job = create(&mut objects, &JOB, json!({"metadata": {"name": "j"}, "spec": {}}));
    let left = create(&mut objects, &POD, pod("j-a", &job)).place.clone();
    objects.delete(&job.place, now()).unwrap();
    assert!(objects.get(&left).is_some());
    let job = create(&mut objects, &JOB, json!({"metadata": {"name": "j"}, "spec": {}}));
    let gone = create(&mut objects, &POD, pod("j-b", &job)).place.clone();
    let terms = Terms { cascade: Cascade::Background, ..Terms::default() };
    objects.apply(Order::Delete { place: &job.place, terms }, now()).unwrap();
    assert!(objects.get(&gone).is_none());
}

#[test]
fn in_the_foreground_dependents_go_first() {
    let mut objects = Objects::new(1);
    let web = create(&mut objects, &ROLLOUT, rollout("web"));
    create(&mut objects, &REPLICA_SET, replica_set("web-1", &[&web]));
    let before = objects.version();
    let terms = Terms { cascade: Cascade::Foreground, ..Terms::default() };
    objects.apply(Order::Delete { place: &web.place, terms }, now()).unwrap();
    let version = |kind| objects.since(kind, before).unwrap().map(|one| one.version).last();
    assert!(version(&REPLICA_SET) < version(&ROLLOUT));
}

#[test]
fn a_dependent_with_a_finalizer_waits_for_it() {
    let mut objects = Objects::new(1);
    let web = create(&mut objects, &ROLLOUT, rollout("web"));
    let mut held = replica_set("web-1", &[&web]);
    held["metadata"]["finalizers"] = json!(["shop.io/hold"]);
    let set = create(&mut objects, &REPLICA_SET, held);
    create(&mut objects, &POD, pod("web-1-a", &set));
    objects.delete(&web.place, now()).unwrap();
    let waiting = objects.get(&set.place).unwrap();
    assert!(waiting.is_leaving());
    assert_eq!(waiting.value["metadata"]["deletionTimestamp"], "2026-11-21T09:00:00Z");
    assert_eq!(objects.count(&POD), 1);
    merge(&mut objects, &set.place, Part::Whole, &json!({"metadata": {"finalizers": null}}));
    assert_eq!((objects.count(&REPLICA_SET), objects.count(&POD)), (0, 0));
}

#[test]
fn everything_in_a_namespace_goes_with_it() {
    let mut objects = Objects::new(1);
    for name in ["shop", "shop-2"] {
        objects.create(&NAMESPACE, "", json!({"metadata": {"name": name}}), now()).unwrap();
        objects.create(&CONFIG_MAP, name, config("a"), now()).unwrap();
        objects.create(&ROLLOUT, name, rollout("web"), now()).unwrap();
    }
    objects.delete(&Place::new(&NAMESPACE, "", "shop"), now()).unwrap();
    let left: Vec<String> =
        objects.list(&CONFIG_MAP, None).map(|one| one.place.namespace.to_string()).collect();
    assert_eq!(left, ["shop-2"]);
    assert_eq!(objects.count(&ROLLOUT), 1);
}

#[test]
fn a_new_object_of_an_old_name_is_another_one() {
    let mut objects = Objects::new(1);
    let first = create(&mut objects, &ROLLOUT, rollout("web"));
    objects.delete(&first.place, now()).unwrap();
    let second = create(&mut objects, &ROLLOUT, rollout("web"));
    assert_ne!(first.uid(), second.uid());
    assert_eq!(second.generation(), Some(1));
    assert!(objects.by_uid(first.uid()).is_none());
}
