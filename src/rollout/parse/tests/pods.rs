use super::*;

/// Reads a pod and gives `STATUS READY/TOTAL RESTARTS`.
fn printed(spec: Value, status: Value, deleted: bool) -> String {
    let meta = if deleted { json!({"deletionTimestamp": "2026-11-21T10:00:00Z"}) } else { json!({}) };
    let pod = pod(json!({"metadata": meta, "spec": spec, "status": status}));
    format!("{} {}/{} {}", pod.status, pod.ready, pod.total, pod.restarts)
}

fn containers(n: usize) -> Value {
    json!({"containers": vec![json!({"name": "c"}); n]})
}

/// A pod with two init containers, the second a sidecar where `sidecar` says so.
fn with_init(sidecar: bool) -> Value {
    let mut second = json!({"name": "second"});
    if sidecar {
        second["restartPolicy"] = json!("Always");
    }
    json!({"containers": [{"name": "c"}], "initContainers": [{"name": "first"}, second]})
}

fn done() -> Value {
    json!({"name": "first", "restartCount": 1, "state": {"terminated": {"exitCode": 0}}})
}

fn init(second: Value) -> String {
    let status = json!({"phase": "Pending", "initContainerStatuses": [done(), second],
        "containerStatuses": [{"restartCount": 50, "state": {"waiting": {"reason": "PodInitializing"}}}]});
    printed(with_init(false), status, false)
}

#[test]
fn the_phase_is_the_word_of_a_pod_of_which_nothing_else_is_known() {
    assert_eq!(printed(containers(2), json!({"phase": "Pending"}), false), "Pending 0/2 0");
    assert_eq!(
        printed(containers(1), json!({"phase": "Failed", "reason": "Evicted"}), false),
        "Evicted 0/1 0"
    );
    assert_eq!(printed(json!({}), json!({}), false), " 0/0 0");
}

#[test]
fn ready_counts_containers_that_are_ready_and_run() {
    let status = json!({"phase": "Running", "containerStatuses": [
        {"ready": true, "restartCount": 2, "state": {"running": {}}},
        {"ready": true, "restartCount": 3, "state": {}},
        {"ready": false, "state": {"running": {}}}]});
    assert_eq!(printed(containers(3), status, false), "Running 1/3 5");
}

#[test]
fn the_first_troubled_container_names_the_pod() {
    let status = json!({"phase": "Running", "containerStatuses": [
        {"state": {"waiting": {"reason": "CrashLoopBackOff"}}},
        {"state": {"waiting": {"reason": "ImagePullBackOff"}}}]});
    assert_eq!(printed(containers(2), status, false), "CrashLoopBackOff 0/2 0");
}

#[test]
fn terminated_containers_give_reason_signal_or_exit_code() {
    let with = |terminated: Value| {
        let status = json!({"phase": "Failed", "containerStatuses": [{"state": {"terminated": terminated}}]});
        printed(containers(1), status, false)
    };
    assert_eq!(with(json!({"reason": "OOMKilled", "exitCode": 137})), "OOMKilled 0/1 0");
    assert_eq!(with(json!({"signal": 9, "exitCode": 137})), "Signal:9 0/1 0");
    assert_eq!(with(json!({"exitCode": 3})), "ExitCode:3 0/1 0");
}

#[test]
fn a_waiting_container_without_reason_changes_nothing() {
    let status = json!({"phase": "Pending", "containerStatuses": [{"state": {"waiting": {}}}]});
    assert_eq!(printed(containers(1), status, false), "Pending 0/1 0");
}

#[test]
fn completed_reads_running_while_something_runs() {
    let completed = json!({"state": {"terminated": {"reason": "Completed", "exitCode": 0}}});
    let running = json!({"ready": true, "state": {"running": {}}});
    let status = |list: Value| json!({"phase": "Running", "containerStatuses": list});
    assert_eq!(printed(containers(2), status(json!([completed, running])), false), "Running 1/2 0");
    assert_eq!(printed(containers(1), status(json!([completed])), false), "Completed 0/1 0");
}

#[test]
fn an_init_container_that_failed_gives_its_cause() {
    let ended = |terminated: Value| init(json!({"restartCount": 4, "state": {"terminated": terminated}}));
    assert_eq!(ended(json!({"exitCode": 2})), "Init:ExitCode:2 0/1 5");
    assert_eq!(ended(json!({"exitCode": 2, "signal": 15})), "Init:Signal:15 0/1 5");
    assert_eq!(ended(json!({"exitCode": 2, "reason": "Error"})), "Init:Error 0/1 5");
}

#[test]
fn an_init_container_that_waits_gives_its_reason_or_its_place() {
    let waiting = |reason: &str| init(json!({"state": {"waiting": {"reason": reason}}}));
    assert_eq!(waiting("ImagePullBackOff"), "Init:ImagePullBackOff 0/1 1");
    assert_eq!(waiting("PodInitializing"), "Init:1/2 0/1 1");
    assert_eq!(init(json!({"state": {"running": {}}})), "Init:1/2 0/1 1");
}

#[test]
fn a_ready_sidecar_lets_the_containers_speak_and_restarts_begin_anew() {
    let sidecar = |ready: bool| {
        let second = json!({"name": "second", "started": true, "ready": ready, "restartCount": 7});
        let status = json!({"phase": "Running", "initContainerStatuses": [done(), second],
            "containerStatuses": [{"ready": true, "restartCount": 2, "state": {"running": {}}}]});
        printed(with_init(true), status, false)
    };
    assert_eq!(sidecar(true), "Running 1/1 2");
    assert_eq!(sidecar(false), "Running 1/1 2", "started is enough to stop looking");
}

#[test]
fn a_sidecar_that_has_not_started_holds_the_pod_back() {
    let status = json!({"phase": "Pending",
        "initContainerStatuses": [done(), {"name": "second", "started": false, "state": {"running": {}}}]});
    assert_eq!(printed(with_init(true), status, false), "Init:1/2 0/1 1");
}

#[test]
fn a_pod_on_its_way_out_is_terminating_or_unknown() {
    let running = json!({"phase": "Running", "containerStatuses": [
        {"ready": true, "restartCount": 1, "state": {"running": {}}}]});
    assert_eq!(printed(containers(1), running, true), "Terminating 1/1 1");
    let lost = json!({"phase": "Running", "reason": "NodeLost"});
    assert_eq!(printed(containers(1), lost.clone(), true), "Unknown 0/1 0");
    assert_eq!(printed(containers(1), lost, false), "NodeLost 0/1 0");
}

#[test]
fn the_hash_label_is_kept() {
    let value = json!({"metadata": {"labels": {"rollouts-pod-template-hash": "abc"}}});
    assert_eq!(&*pod(value).hash, "abc");
}
