use serde_json::{Value, json};

use super::{LEFT_OUT, request};
use crate::operation::Request;

fn patch(body: &Value) -> Request {
    Request {
        method: "PATCH",
        path: "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/web?fieldManager=rollgate-1".into(),
        content_type: "application/json-patch+json",
        body: body.to_string(),
    }
}

#[test]
fn values_of_environment_variables_are_left_out_and_counted_and_nothing_else_is() {
    let pod = json!({
        "containers": [{
            "name": "app", "image": "app:1", "args": ["--port=80"],
            "env": [
                {"name": "PASSWORD", "value": "hunter2"},
                {"name": "FROM", "valueFrom": {"secretKeyRef": {"name": "web", "key": "token"}}},
            ],
        }],
        "initContainers": [{"name": "first", "image": "first:1", "env": [{"name": "TOKEN", "value": "abc"}]}],
    });
    let body = json!([{"op": "replace", "path": "/spec/template", "value": {"spec": pod}}]);
    let kept = request(&patch(&body));
    let text = kept.to_string();
    assert!(!text.contains("hunter2") && !text.contains("abc"), "{text}");
    let mut expected = body;
    let spec = &mut expected[0]["value"]["spec"];
    spec["containers"][0]["env"][0]["value"] = LEFT_OUT.into();
    spec["initContainers"][0]["env"][0]["value"] = LEFT_OUT.into();
    let written: Value = serde_json::from_str(kept["body"].as_str().unwrap()).unwrap();
    assert_eq!((written, &kept["left_out"]), (expected, &json!(2)));
}

#[test]
fn a_request_without_such_values_is_kept_byte_for_byte() {
    let body = json!([{"op": "test", "path": "/status/abort", "value": null}]);
    let mut request_ = patch(&body);
    request_.body = request_.body.replace(',', " ,  ");
    let kept = request(&request_);
    assert_eq!(kept["body"], request_.body.as_str());
    assert!(kept.get("left_out").is_none());
}
