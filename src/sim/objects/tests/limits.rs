//! How much is taken, and what is said of more.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{config, create, now};
use crate::sim::objects::kind::{CONFIG_MAP, POD, ROLLOUT};
use crate::sim::objects::{Objects, Part, Patch, PatchKind, Refusal};

fn tests_of(count: usize) -> String {
    let mut body = String::from("[");
    for number in 0..count {
        let comma = if number == 0 { "" } else { "," };
        write!(body, "{comma}{{\"op\":\"test\",\"path\":\"/kind\",\"value\":\"ConfigMap\"}}").unwrap();
    }
    body + "]"
}

#[test]
fn a_json_patch_has_ten_thousand_operations_at_most() {
    let mut objects = Objects::new(1);
    let place = create(&mut objects, &CONFIG_MAP, config("a")).place.clone();
    let mut send = |count| {
        let body = tests_of(count);
        let patch = Patch { kind: PatchKind::Json, body: body.as_bytes() };
        objects.patch(&place, Part::Whole, patch, now())
    };
    assert!(send(10_000).is_ok());
    let refusal = send(10_001).unwrap_err();
    assert_eq!((refusal.code, refusal.reason), (413, "RequestEntityTooLarge"));
    let words =
        "Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001";
    assert_eq!(refusal.message, words);
}

#[test]
fn each_kind_says_which_patches_it_takes() {
    let of = |media, kind| PatchKind::of(media, kind);
    assert_eq!(of("application/merge-patch+json; charset=utf-8", &ROLLOUT), Ok(PatchKind::Merge));
    assert_eq!(of("application/strategic-merge-patch+json", &POD), Ok(PatchKind::Strategic));
    let refusal = of("application/json", &POD).unwrap_err();
    assert_eq!((refusal.code, refusal.reason), (415, "UnsupportedMediaType"));
    assert!(
        refusal.message.ends_with("application/strategic-merge-patch+json, application/apply-patch+yaml")
    );
    assert_eq!(of("application/strategic-merge-patch+json", &ROLLOUT).unwrap_err().code, 415);
}

#[test]
fn a_refusal_is_written_as_the_server_writes_it() {
    let mut objects = Objects::new(1);
    let place =
        create(&mut objects, &ROLLOUT, json!({"metadata": {"name": "web"}, "spec": {}})).place.clone();
    let again = objects.create(&ROLLOUT, "shop", json!({"metadata": {"name": "web"}, "spec": {}}), now());
    let expected = r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"rollouts.argoproj.io \"web\" already exists","reason":"AlreadyExists","details":{"name":"web","group":"argoproj.io","kind":"rollouts"},"code":409}"#;
    assert_eq!(again.unwrap_err().body(), expected);
    let body: Value = serde_json::from_str(&Refusal::patch_failed().body()).unwrap();
    assert_eq!(body["details"], json!({}));
    assert_eq!(objects.get(&place).unwrap().generation(), Some(1));
}

#[test]
fn annotations_have_a_quarter_of_a_mebibyte_together() {
    let mut objects = Objects::new(1);
    let mut send = |size: usize| {
        let mut value = config("a");
        value["metadata"]["annotations"] = json!({"k": "x".repeat(size)});
        objects.create(&CONFIG_MAP, "shop", value, now())
    };
    let refusal = send(262_144).unwrap_err();
    assert_eq!(
        refusal.message,
        "ConfigMap \"a\" is invalid: metadata.annotations: Too long: may not be more than 262144 bytes"
    );
    assert!(send(262_143).is_ok());
}

#[test]
fn a_patch_that_leaves_something_unreadable_is_refused_with_what_it_made() {
    let mut objects = Objects::new(1);
    let place = create(&mut objects, &CONFIG_MAP, config("a")).place.clone();
    let patch = Patch { kind: PatchKind::Merge, body: br#"{"metadata":{"labels":{"a":1}}}"# };
    let refusal = objects.patch(&place, Part::Whole, patch, now()).unwrap_err();
    assert_eq!((refusal.code, refusal.reason), (422, "Invalid"));
    let ending =
        "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string";
    assert!(
        refusal.message.starts_with(" \"\" is invalid: patch: Invalid value: \"{"),
        "{}",
        refusal.message
    );
    assert!(refusal.message.ends_with(ending), "{}", refusal.message);
}
