use serde_json::json;

use super::age::human;
use super::*;
use crate::sim::objects::{KINDS, Place};

const NOW: &str = "2026-11-21T08:10:00Z";

fn object(kind: &'static Kind, mut value: Value) -> Stored {
    value["metadata"]["name"] = json!("web");
    value["metadata"]["creationTimestamp"] = json!("2026-11-21T08:00:00Z");
    Stored::new(Place::new(kind, "shop", "web"), 1, value)
}

fn printed(kind: &'static Kind, value: Value) -> Value {
    Value::Array(cells(&object(kind, value), NOW.parse().unwrap()))
}

#[test]
fn every_kind_has_as_many_cells_as_columns_and_one_name() {
    for kind in KINDS {
        let columns = columns(kind);
        let columns = columns.as_array().unwrap();
        let cells = cells(&object(kind, json!({"metadata": {}})), NOW.parse().unwrap());
        assert_eq!(cells.len(), columns.len(), "{kind:?}");
        let names: Vec<usize> = (0..columns.len()).filter(|&at| columns[at]["format"] == "name").collect();
        assert_eq!(names.len(), 1, "{kind:?}");
        assert_eq!(cells[names[0]], "web", "{kind:?}");
    }
}

#[test]
fn times_are_told_as_kubernetes_abbreviates_them() {
    const HOUR: i64 = 3600;
    const DAY: i64 = 24 * HOUR;
    for (seconds, expected) in [
        (-5, "<invalid>"),
        (-1, "0s"),
        (0, "0s"),
        (119, "119s"),
        (120, "2m"),
        (125, "2m5s"),
        (600, "10m"),
        (3 * HOUR - 1, "179m"),
        (3 * HOUR, "3h"),
        (7 * HOUR + 1800, "7h30m"),
        (8 * HOUR + 1800, "8h"),
        (47 * HOUR, "47h"),
        (48 * HOUR, "2d"),
        (3 * DAY + 4 * HOUR, "3d4h"),
        (8 * DAY + 4 * HOUR, "8d"),
        (729 * DAY, "729d"),
        (730 * DAY, "2y"),
        (800 * DAY, "2y70d"),
        (3000 * DAY, "8y"),
    ] {
        assert_eq!(human(seconds), expected, "{seconds}");
    }
}

#[test]
fn a_rollouts_counters_are_empty_until_they_are_said() {
    let status = json!({"replicas": 4, "availableReplicas": 3});
    let cells = printed(&ROLLOUT, json!({"metadata": {}, "spec": {"replicas": 5}, "status": status}));
    assert_eq!(cells, json!(["web", 5, 4, null, 3, "10m"]));
}

#[test]
fn a_pods_status_is_what_its_containers_come_to() {
    let pod = |status: Value| {
        let spec = json!({"containers": [{"name": "a"}, {"name": "b"}], "nodeName": "node-1"});
        let cells = printed(&POD, json!({"metadata": {}, "spec": spec, "status": status}));
        [cells[1].clone(), cells[2].clone(), cells[3].clone()].map(|cell| cell.as_str().unwrap().to_owned())
    };
    let running = json!({"ready": true, "state": {"running": {}}, "restartCount": 0});
    let status = json!({"phase": "Running", "containerStatuses": [running, running]});
    assert_eq!(pod(status), ["2/2", "Running", "0"]);
    let crashing = json!({
        "ready": false, "restartCount": 5, "state": {"waiting": {"reason": "CrashLoopBackOff"}},
        "lastState": {"terminated": {"finishedAt": "2026-11-21T08:09:15Z"}},
    });
    let status = json!({"phase": "Running", "containerStatuses": [crashing, running]});
    assert_eq!(pod(status), ["1/2", "CrashLoopBackOff", "5 (45s ago)"]);
    let ended = json!({"ready": false, "state": {"terminated": {"exitCode": 137}}, "restartCount": 0});
    let status = json!({"phase": "Failed", "containerStatuses": [ended]});
    assert_eq!(pod(status), ["0/2", "ExitCode:137", "0"]);
    let pulling = json!({"state": {"waiting": {"reason": "ImagePullBackOff"}}});
    let status = json!({"phase": "Pending", "initContainerStatuses": [pulling]});
    assert_eq!(pod(status), ["0/2", "Init:ImagePullBackOff", "0"]);
    assert_eq!(pod(json!({"phase": "Pending"})), ["0/2", "Pending", "0"]);
}

#[test]
fn a_pod_that_is_deleted_is_terminating() {
    let value = json!({
        "metadata": {"deletionTimestamp": NOW}, "spec": {"containers": [{}]}, "status": {"phase": "Running"},
    });
    assert_eq!(printed(&POD, value)[2], "Terminating");
}

#[test]
fn a_replica_set_tells_counters_images_and_selector() {
    let spec = json!({
        "replicas": 3, "selector": {"matchLabels": {"b": "2", "a": "1"}},
        "template": {"spec": {"containers": [{"name": "app", "image": "shop/app:v1"}, {"name": "x", "image": "y"}]}},
    });
    let cells = printed(&REPLICA_SET, json!({"metadata": {}, "spec": spec, "status": {"replicas": 2}}));
    assert_eq!(cells, json!(["web", 3, 2, 0, "10m", "app,x", "shop/app:v1,y", "a=1,b=2"]));
}

#[test]
fn a_services_ports_and_addresses_are_joined() {
    let spec = json!({
        "type": "NodePort", "clusterIPs": ["10.96.0.7"], "selector": {"app": "web"},
        "ports": [{"port": 80, "protocol": "TCP"}, {"port": 443, "nodePort": 30443, "protocol": "TCP"}],
    });
    let cells = printed(&SERVICE, json!({"metadata": {}, "spec": spec}));
    assert_eq!(
        cells,
        json!(["web", "NodePort", "10.96.0.7", "<none>", "80/TCP,443:30443/TCP", "10m", "app=web"])
    );
    let balanced = printed(&SERVICE, json!({"metadata": {}, "spec": {"type": "LoadBalancer"}}));
    assert_eq!((&balanced[3], &balanced[4]), (&json!("<pending>"), &json!("<none>")));
}

#[test]
fn an_ingress_names_three_hosts_and_counts_the_others() {
    let rules: Vec<Value> = ["a", "b", "c", "d", "e"].iter().map(|host| json!({"host": host})).collect();
    let cells = printed(&INGRESS, json!({"metadata": {}, "spec": {"rules": rules, "tls": [{}]}}));
    assert_eq!((&cells[2], &cells[4]), (&json!("a,b,c + 2 more..."), &json!("80, 443")));
    assert_eq!(printed(&INGRESS, json!({"metadata": {}, "spec": {"rules": [{}]}}))[2], "*");
}

#[test]
fn an_event_tells_when_what_and_about_whom() {
    let event = json!({
        "metadata": {}, "type": "Warning", "reason": "RolloutAborted", "message": " aborted \n", "count": 3,
        "firstTimestamp": "2026-11-21T08:05:00Z", "lastTimestamp": "2026-11-21T08:09:30Z",
        "involvedObject": {"kind": "Rollout", "name": "web"}, "source": {"component": "rollouts-controller"},
    });
    let expected = json!([
        "30s",
        "Warning",
        "RolloutAborted",
        "rollout/web",
        "",
        "rollouts-controller",
        "aborted",
        "5m",
        3,
        "web"
    ]);
    assert_eq!(printed(&EVENT, event), expected);
}

#[test]
fn a_secret_shows_how_much_it_holds_and_nothing_of_it() {
    let cells =
        printed(&SECRET, json!({"metadata": {}, "type": "Opaque", "data": {"a": "c2VjcmV0", "b": ""}}));
    assert_eq!(cells, json!(["web", "Opaque", 2, "10m"]));
}

#[test]
fn a_job_tells_how_far_it_is() {
    let status = json!({"startTime": "2026-11-21T08:00:00Z", "completionTime": "2026-11-21T08:01:30Z", "succeeded": 1,
        "conditions": [{"type": "Complete", "status": "True"}]});
    let cells = printed(&JOB, json!({"metadata": {}, "spec": {"completions": 1}, "status": status}));
    assert_eq!((&cells[1], &cells[2], &cells[3]), (&json!("Complete"), &json!("1/1"), &json!("90s")));
}
