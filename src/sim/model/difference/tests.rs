//! A patch leads to what it was made for.
#![allow(clippy::unwrap_used, reason = "tests")]

use serde_json::json;

use super::*;

#[test]
fn equal_states_need_no_patch() {
    assert_eq!(patch(&json!({"a": {"b": [1]}}), &json!({"a": {"b": [1]}})), None);
}

#[test]
fn only_what_changed_is_in_the_patch() {
    let (old, new) = (json!({"a": 1, "in": {"x": 1, "y": 2}}), json!({"a": 1, "in": {"x": 1, "y": 3}}));
    assert_eq!(patch(&old, &new), Some(json!({"in": {"y": 3}})));
}

#[test]
fn what_is_gone_is_taken_away() {
    assert_eq!(patch(&json!({"message": "x"}), &json!({})), Some(json!({"message": null})));
}

#[test]
fn lists_are_given_whole() {
    assert_eq!(patch(&json!({"l": [1, 2]}), &json!({"l": [1, 3]})), Some(json!({"l": [1, 3]})));
}

#[test]
fn a_first_state_comes_from_nothing() {
    assert_eq!(patch(&Value::Null, &json!({"phase": "Running"})), Some(json!({"phase": "Running"})));
}

#[test]
fn a_value_is_put_where_its_path_leads_made_or_not() {
    let mut object = json!({"spec": {"replicas": 1}, "status": null});
    put(&mut object, &["spec", "replicas"], json!(2));
    put(&mut object, &["status", "counts", "ready"], json!(3));
    assert_eq!(object, json!({"spec": {"replicas": 2}, "status": {"counts": {"ready": 3}}}));
}
