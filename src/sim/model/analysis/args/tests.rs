//! Arguments are put in their places, escaped, and secrets stay secret.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use serde_json::json;

use super::*;
use crate::sim::model::trial::Trial;

fn argument(name: &str, value: Option<&str>) -> Argument {
    Argument { name: name.to_owned(), value: value.map(str::to_owned), value_from: None }
}

#[test]
fn a_value_takes_the_place_of_its_name_white_space_or_not() {
    let args = Args::resolve(&Trial::new().objects, "demo", &[argument("service", Some("web"))]).unwrap();
    let metric = json!({"query": "up{service=\"{{args.service}}\"} or {{ args.service }}"});
    assert_eq!(args.fill(&metric).unwrap(), json!({"query": "up{service=\"web\"} or web"}));
}

#[test]
fn a_value_cannot_change_the_shape_of_a_metric() {
    let odd = "a\", \"count\": 9, \"x\": \"\\n\n";
    let args = Args::resolve(&Trial::new().objects, "demo", &[argument("odd", Some(odd))]).unwrap();
    assert_eq!(args.fill(&json!({"name": "{{args.odd}}"})).unwrap(), json!({"name": odd}));
}

#[test]
fn a_name_without_a_value_is_named() {
    let objects = Trial::new().objects;
    let missing = Args::resolve(&objects, "demo", &[argument("service", None)]).unwrap_err();
    assert_eq!(missing, "argument \"service\" was not supplied");
    let args = Args::resolve(&objects, "demo", &[]).unwrap();
    assert_eq!(args.fill(&json!({"q": "{{args.x}}"})).unwrap_err(), "failed to resolve {{args.x}}");
}

#[test]
fn a_secret_is_read_where_it_is_kept_and_taken_out_of_messages() {
    let mut trial = Trial::new();
    trial.create(&SECRET, json!({"metadata": {"name": "prom"}, "data": {"token": "aHVudGVyMg=="}}));
    let from = |key: &str| Argument {
        name: "token".to_owned(),
        value: None,
        value_from: Some(json!({"secretKeyRef": {"name": "prom", "key": key}})),
    };
    let args = Args::resolve(&trial.objects, "demo", &[from("token")]).unwrap();
    assert_eq!(args.values["token"], "hunter2");
    assert_eq!(args.redact("401 for hunter2"), "401 for *****");
    let missing = Args::resolve(&trial.objects, "demo", &[from("other")]).unwrap_err();
    assert_eq!(missing, "key 'other' does not exist in secret 'prom'");
}
