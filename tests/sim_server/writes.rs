//! Writes: bodies, patches, conflicts, dry runs, deletions, scale.

use serde_json::{Value, json};

use crate::embedded::{Embedded, ROLLOUTS, rollout};

const WEB: &str = "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/web";

#[tokio::test]
async fn what_is_posted_is_stored_and_answered_as_created() {
    let embedded = Embedded::start().await;
    let reply = embedded.post(ROLLOUTS, &rollout("web")).await;
    assert_eq!(reply.code, 201);
    let made = reply.json();
    assert_eq!(made["metadata"]["generation"], 1);
    assert_eq!(made["metadata"]["creationTimestamp"], crate::embedded::NOW);
    assert_eq!(embedded.get(WEB).await.json(), made);
    let (code, reason, words) = embedded.post(ROLLOUTS, &rollout("web")).await.status();
    assert_eq!((code, reason.as_str()), (409, "AlreadyExists"));
    assert_eq!(words, "rollouts.argoproj.io \"web\" already exists");
}

#[tokio::test]
async fn yaml_is_as_good_as_json_and_anything_else_is_not() {
    let embedded = Embedded::start().await;
    let yaml = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\ndata:\n  answer: \"42\"\n";
    let path = "/api/v1/namespaces/shop/configmaps";
    let reply = embedded.ask("POST", path, &[("content-type", "application/yaml")], yaml).await;
    assert_eq!((reply.code, &reply.json()["data"]["answer"]), (201, &json!("42")));
    let reply = embedded.ask("POST", path, &[("content-type", "text/plain")], yaml).await;
    assert_eq!((reply.code, reply.status().1.as_str()), (415, "UnsupportedMediaType"));
    let reply = embedded.ask("POST", path, &[("content-type", "application/json")], "{").await;
    assert_eq!((reply.code, reply.status().1.as_str()), (400, "BadRequest"));
}

#[tokio::test]
async fn a_body_beyond_three_megabytes_is_too_large() {
    let embedded = Embedded::start().await;
    let mut config = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}});
    config["data"] = json!({"much": "x".repeat(3 << 20)});
    let (code, reason, words) = embedded.post("/api/v1/namespaces/shop/configmaps", &config).await.status();
    assert_eq!((code, reason.as_str()), (413, "RequestEntityTooLarge"));
    assert_eq!(words, "Request entity too large: limit is 3145728");
}

#[tokio::test]
async fn a_json_patch_whose_test_fails_is_refused_without_a_reason() {
    let embedded = Embedded::start().await;
    embedded.make("web");
    let guarded = |paused: Value| {
        json!([
            {"op": "test", "path": "/spec/paused", "value": paused},
            {"op": "add", "path": "/spec/paused", "value": true},
        ])
    };
    let reply = embedded.patch(WEB, "json", &guarded(Value::Null)).await;
    assert_eq!((reply.code, &reply.json()["spec"]["paused"]), (200, &json!(true)));
    let (code, reason, words) = embedded.patch(WEB, "json", &guarded(Value::Null)).await.status();
    assert_eq!((code, reason.as_str()), (422, "Invalid"));
    assert_eq!(words, "the server rejected our request due to an error in our request");
}

#[tokio::test]
async fn a_merge_patch_to_the_status_changes_the_status_alone() {
    let embedded = Embedded::start().await;
    embedded.make("web");
    let patch =
        json!({"status": {"abort": true}, "spec": {"paused": true}, "metadata": {"labels": {"a": "b"}}});
    let after = embedded.patch(&format!("{WEB}/status"), "merge", &patch).await.json();
    assert_eq!(after["status"]["abort"], true);
    assert_eq!(after["spec"].get("paused"), None);
    assert_eq!(after["metadata"]["generation"], 1);
    let after = embedded.patch(WEB, "merge", &json!({"status": {"abort": null}})).await.json();
    assert_eq!(after["status"]["abort"], true, "the whole object's path leaves the status alone");
}

#[tokio::test]
async fn custom_kinds_take_no_strategic_patch_and_nobody_takes_server_side_apply() {
    let embedded = Embedded::start().await;
    embedded.make("web");
    for sort in ["strategic-merge", "apply"] {
        let reply = embedded.patch(WEB, sort, &json!({"spec": {"paused": true}})).await;
        assert_eq!((reply.code, reply.status().1.as_str()), (415, "UnsupportedMediaType"), "{sort}");
    }
}

#[tokio::test]
async fn a_put_with_an_old_version_conflicts() {
    let embedded = Embedded::start().await;
    embedded.make("web");
    let mut read = embedded.get(WEB).await.json();
    embedded.change("web", &json!({"spec": {"replicas": 5}}));
    read["spec"]["paused"] = json!(true);
    let put = async |body: &Value| {
        embedded.ask("PUT", WEB, &[("content-type", "application/json")], &body.to_string()).await
    };
    let words = "Operation cannot be fulfilled on rollouts.argoproj.io \"web\": the object has been modified; please \
                 apply your changes to the latest version and try again";
    assert_eq!(put(&read).await.status(), (409, "Conflict".into(), words.into()));
    let mut read = embedded.get(WEB).await.json();
    read["spec"]["paused"] = json!(true);
    let reply = put(&read).await;
    assert_eq!((reply.code, &reply.json()["metadata"]["generation"]), (200, &json!(3)));
}

#[tokio::test]
async fn a_dry_run_judges_and_changes_nothing() {
    let embedded = Embedded::start().await;
    embedded.make("web");
    let before = embedded.version();
    let path = format!("{WEB}?dryRun=All");
    let reply = embedded.patch(&path, "merge", &json!({"spec": {"paused": true}})).await;
    assert_eq!((reply.code, &reply.json()["spec"]["paused"]), (200, &json!(true)));
    let reply =
        embedded.patch(&path, "json", &json!([{"op": "test", "path": "/spec/replicas", "value": 9}])).await;
    assert_eq!(reply.code, 422);
    assert_eq!(embedded.post(&format!("{ROLLOUTS}?dryRun=All"), &rollout("new")).await.code, 201);
    assert_eq!(embedded.ask("DELETE", &path, &[], "").await.code, 200);
    assert_eq!(embedded.version(), before);
    let (code, _, words) = embedded.patch(&format!("{WEB}?dryRun=Some"), "merge", &json!({})).await.status();
    assert_eq!(code, 422);
    assert_eq!(
        words,
        "PatchOptions.meta.k8s.io \"\" is invalid: dryRun: Unsupported value: \"Some\": supported values: \"All\""
    );
}

#[tokio::test]
async fn what_is_not_there_is_not_found_whatever_is_asked_of_it() {
    let embedded = Embedded::start().await;
    for method in ["GET", "DELETE"] {
        let (code, reason, words) = embedded.ask(method, WEB, &[], "").await.status();
        assert_eq!((code, reason.as_str()), (404, "NotFound"), "{method}");
        assert_eq!(words, "rollouts.argoproj.io \"web\" not found");
    }
    assert_eq!(embedded.patch(WEB, "merge", &json!({})).await.code, 404);
}

#[tokio::test]
async fn scale_is_read_and_written_by_its_own_path() {
    let embedded = Embedded::start().await;
    embedded.make("web");
    let path = format!("{WEB}/scale");
    let scale = embedded.get(&path).await.json();
    assert_eq!((&scale["kind"], &scale["apiVersion"]), (&json!("Scale"), &json!("autoscaling/v1")));
    assert_eq!(scale["spec"]["replicas"], 3);
    let reply = embedded.patch(&path, "merge", &json!({"spec": {"replicas": 7}})).await;
    assert_eq!((&reply.json()["kind"], &reply.json()["spec"]["replicas"]), (&json!("Scale"), &json!(7)));
    assert_eq!(embedded.get(WEB).await.json()["spec"]["replicas"], 7);
}

#[tokio::test]
async fn a_deletion_is_answered_with_what_is_gone() {
    let embedded = Embedded::start().await;
    let uid = embedded.make("web").uid().to_owned();
    let body = json!({"kind": "DeleteOptions", "apiVersion": "v1", "preconditions": {"uid": "another"}});
    let head = [("content-type", "application/json")];
    let reply = embedded.ask("DELETE", WEB, &head, &body.to_string()).await;
    assert_eq!((reply.code, reply.status().1.as_str()), (409, "Conflict"));
    let reply = embedded.ask("DELETE", WEB, &[], "").await.json();
    assert_eq!(reply["status"], "Success");
    assert_eq!(
        reply["details"],
        json!({"name": "web", "group": "argoproj.io", "kind": "rollouts", "uid": uid})
    );
    assert_eq!(embedded.get(WEB).await.code, 404);
}

#[tokio::test]
async fn a_collection_is_deleted_as_far_as_its_selector_reaches() {
    let embedded = Embedded::start().await;
    ["api", "web", "worker"].iter().for_each(|name| drop(embedded.make(name)));
    let reply = embedded.ask("DELETE", &format!("{ROLLOUTS}?labelSelector=app+in+(api,web)"), &[], "").await;
    assert_eq!((reply.code, reply.json()["items"].as_array().unwrap().len()), (200, 2));
    let left = embedded.get(ROLLOUTS).await.json();
    assert_eq!(left["items"].as_array().unwrap().len(), 1);
    assert_eq!(left["items"][0]["metadata"]["name"], "worker");
}

#[tokio::test]
async fn an_eviction_takes_the_pod_away() {
    let embedded = Embedded::start().await;
    let pods = "/api/v1/namespaces/shop/pods";
    let spec = json!({"containers": [{"name": "app", "image": "shop/app:v1"}]});
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-1"}, "spec": spec});
    assert_eq!(embedded.post(pods, &pod).await.code, 201);
    let eviction = json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "web-1"}});
    let reply = embedded.post(&format!("{pods}/web-1/eviction"), &eviction).await;
    assert_eq!((reply.code, &reply.json()["status"]), (201, &json!("Success")));
    assert_eq!(embedded.get(&format!("{pods}/web-1")).await.code, 404);
    assert_eq!(embedded.post(&format!("{pods}/web-1/eviction"), &eviction).await.code, 404);
}
