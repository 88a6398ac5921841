//! Uids, names that the API makes up, times.

use std::collections::HashSet;

use serde_json::json;

use super::{config, create, now};
use crate::sim::objects::kind::{CONFIG_MAP, ROLLOUT};
use crate::sim::objects::{KINDS, Kind, Objects};

#[test]
fn uids_are_random_looking_version_4_and_the_same_for_the_same_seed() {
    let uids = |seed| {
        let mut objects = Objects::new(seed);
        let uid =
            |number: u32| create(&mut objects, &CONFIG_MAP, config(&format!("c{number}"))).uid().to_owned();
        (0..1_000).map(uid).collect::<Vec<String>>()
    };
    let (one, other) = (uids(1), uids(2));
    assert_eq!(one, uids(1));
    assert_eq!(one.iter().chain(&other).collect::<HashSet<_>>().len(), 2_000);
    for uid in &one {
        let uid = uuid::Uuid::try_parse(uid).unwrap();
        assert_eq!((uid.get_version_num(), uid.get_variant()), (4, uuid::Variant::RFC4122));
        assert_eq!(uid.hyphenated().to_string(), uid.to_string());
    }
}

#[test]
fn a_generated_name_ends_in_five_letters_without_vowels() {
    let mut objects = Objects::new(1);
    let mut seen = HashSet::new();
    for _ in 0..500 {
        let stored = create(&mut objects, &CONFIG_MAP, json!({"metadata": {"generateName": "made-"}}));
        let suffix = stored.place.name.strip_prefix("made-").unwrap().to_owned();
        assert_eq!(suffix.len(), 5);
        assert!(suffix.chars().all(|letter| "bcdfghjklmnpqrstvwxz2456789".contains(letter)), "{suffix}");
        assert_eq!(stored.value["metadata"]["generateName"], "made-");
        assert!(seen.insert(suffix));
    }
}

#[test]
fn a_generated_name_has_63_letters_at_most() {
    let mut objects = Objects::new(1);
    let base = "a".repeat(80);
    let stored = create(&mut objects, &CONFIG_MAP, json!({"metadata": {"generateName": base}}));
    assert_eq!(stored.place.name.len(), 63);
}

#[test]
fn a_new_object_bears_the_time_of_its_request_in_whole_seconds() {
    let mut objects = Objects::new(1);
    let at = "2026-11-21T09:00:00.987654321Z".parse().unwrap();
    let stored = objects.create(&CONFIG_MAP, "shop", config("a"), at).unwrap();
    assert_eq!(stored.value["metadata"]["creationTimestamp"], "2026-11-21T09:00:00Z");
    let mut born_before = config("b");
    born_before["metadata"]["creationTimestamp"] = json!("2020-01-01T00:00:00Z");
    born_before["metadata"]["uid"] = json!("mine");
    let stored = create(&mut objects, &CONFIG_MAP, born_before);
    assert_eq!(stored.value["metadata"]["creationTimestamp"], "2026-11-21T09:00:00Z");
    assert_ne!(stored.uid(), "mine");
}

#[test]
fn a_namespace_must_be_there_once_there_are_any() {
    let mut objects = Objects::new(1);
    create(&mut objects, &CONFIG_MAP, config("a"));
    let namespace = json!({"metadata": {"name": "shop"}});
    objects.create(&crate::sim::objects::kind::NAMESPACE, "", namespace, now()).unwrap();
    create(&mut objects, &CONFIG_MAP, config("b"));
    let refusal = objects.create(&CONFIG_MAP, "nowhere", config("c"), now()).unwrap_err();
    assert_eq!((refusal.code, refusal.message.as_str()), (404, "namespaces \"nowhere\" not found"));
}

#[test]
fn each_kind_stands_at_its_rank_and_is_found_by_path_and_reference() {
    for (rank, kind) in KINDS.iter().enumerate() {
        assert_eq!(kind.rank, rank);
        assert_eq!(Kind::by_path(kind.group, kind.version, kind.plural), Some(*kind));
        assert_eq!(Kind::by_reference(&kind.api_version(), kind.kind), Some(*kind));
    }
    assert_eq!(Kind::by_path("argoproj.io", "v1alpha1", "rollouts"), Some(&ROLLOUT));
    assert_eq!(Kind::by_path("argoproj.io", "v1", "rollouts"), None);
}
