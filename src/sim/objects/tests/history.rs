//! What watches read.

use serde_json::json;

use super::{config, create, merge, now, rollout};
use crate::sim::objects::kind::{CONFIG_MAP, ROLLOUT};
use crate::sim::objects::{EventKind, Objects, Part};

fn told(objects: &Objects, version: u64) -> Vec<(EventKind, String, u64)> {
    let changes = objects.since(&ROLLOUT, version).unwrap();
    changes.map(|one| (one.event, one.object.place.name.to_string(), one.version)).collect()
}

#[test]
fn each_change_is_told_once_in_order_with_the_version_that_it_made() {
    let mut objects = Objects::new(1);
    let start = objects.version();
    let web = create(&mut objects, &ROLLOUT, rollout("web"));
    create(&mut objects, &CONFIG_MAP, config("aside"));
    let changed = merge(&mut objects, &web.place, Part::Whole, &json!({"spec": {"paused": true}}));
    let gone = objects.delete(&web.place, now()).unwrap();
    let expected = [
        (EventKind::Added, "web".to_owned(), web.version),
        (EventKind::Modified, "web".to_owned(), changed.version),
        (EventKind::Deleted, "web".to_owned(), gone.version),
    ];
    assert_eq!(told(&objects, start), expected);
    assert_eq!(told(&objects, web.version), expected[1..]);
    assert_eq!(told(&objects, objects.version()), []);
    assert!(web.version < changed.version && changed.version < gone.version);
    assert_eq!(gone.value["metadata"]["resourceVersion"], gone.version.to_string());
}

#[test]
fn a_change_brings_along_what_stood_there_before() {
    let mut objects = Objects::new(1);
    let start = objects.version();
    let web = create(&mut objects, &ROLLOUT, rollout("web"));
    merge(&mut objects, &web.place, Part::Whole, &json!({"metadata": {"labels": {"tier": "front"}}}));
    let before: Vec<Option<u64>> = objects
        .since(&ROLLOUT, start)
        .unwrap()
        .map(|one| one.before.as_ref().map(|old| old.version))
        .collect();
    assert_eq!(before, [None, Some(web.version)]);
}

#[test]
fn changes_of_long_ago_still_say_everything() {
    let mut objects = Objects::new(1);
    let start = objects.version();
    let web = create(&mut objects, &ROLLOUT, rollout("web"));
    for replicas in 2..600 {
        merge(&mut objects, &web.place, Part::Whole, &json!({"spec": {"replicas": replicas}}));
    }
    for (change, replicas) in objects.since(&ROLLOUT, start).unwrap().zip(1..) {
        assert_eq!(change.object.value["spec"]["replicas"], replicas);
        assert_eq!(change.object.value.to_string(), *change.object.json);
        assert_eq!(change.object.uid(), web.uid());
        let before = change.before.as_ref().map(|before| before.value["spec"]["replicas"].clone());
        assert_eq!(before, (replicas > 1).then(|| json!(replicas - 1)));
    }
}

#[test]
fn a_write_that_changes_nothing_is_not_told() {
    let mut objects = Objects::new(1);
    let web = create(&mut objects, &ROLLOUT, rollout("web"));
    let same = merge(&mut objects, &web.place, Part::Whole, &json!({"spec": {"replicas": 1}}));
    assert_eq!(same.version, web.version);
    assert_eq!((objects.version(), told(&objects, web.version)), (web.version, vec![]));
}

#[test]
fn a_version_from_before_a_compaction_is_too_old() {
    let mut objects = Objects::new(1);
    let web = create(&mut objects, &ROLLOUT, rollout("web"));
    create(&mut objects, &ROLLOUT, rollout("api"));
    objects.forget_history();
    let refusal = objects.since(&ROLLOUT, web.version).err().unwrap();
    assert_eq!((refusal.code, refusal.reason), (410, "Expired"));
    let expected = format!("too old resource version: {} ({})", web.version, objects.version());
    assert_eq!(refusal.message, expected);
    assert_eq!(told(&objects, objects.version()), []);
    let later = merge(&mut objects, &web.place, Part::Whole, &json!({"spec": {"paused": true}}));
    assert_eq!(told(&objects, later.version - 1), [(EventKind::Modified, "web".to_owned(), later.version)]);
}

#[test]
fn the_oldest_changes_are_forgotten_when_there_are_too_many() {
    let mut objects = Objects::new(1);
    let web = create(&mut objects, &ROLLOUT, rollout("web"));
    for round in 0..40_000 {
        merge(&mut objects, &web.place, Part::Status, &json!({"status": {"replicas": round}}));
    }
    assert_eq!(objects.since(&ROLLOUT, web.version).err().map(|refusal| refusal.code), Some(410));
    let kept = objects.since(&ROLLOUT, objects.version() - 1_000).unwrap();
    assert_eq!(kept.count(), 1_000);
}
