use serde_json::json;

use super::*;

fn lease_of(name: &str, renewed: &str) -> Value {
    json!({"metadata": {"name": name, "namespace": "argo"}, "spec": {"holderIdentity": "h", "renewTime": renewed}})
}

#[test]
fn of_several_leases_the_one_renewed_last_counts_whatever_its_instance() {
    let leases = [
        lease_of("argo-rollouts-controller-lock", "2026-11-21T08:00:00.000000Z"),
        lease_of("argo-rollouts-controller-lock-blue", "2026-11-21T08:00:05.000000Z"),
        lease_of("argo-rollouts-controller-locksmith", "2026-11-21T09:00:00.000000Z"),
        lease_of("other", "2026-11-21T09:00:00.000000Z"),
    ];
    let newest = newest(&leases).unwrap();
    assert_eq!(&*newest.key.name, "argo-rollouts-controller-lock-blue");
    assert_eq!(newest.duration, SignedDuration::from_secs(15), "Argo's, where none is told");
    assert_eq!(super::newest(&leases[2..]), None);
}

#[test]
fn a_lease_that_was_never_renewed_has_no_time() {
    let lease = read_lease(&json!({"metadata": {"name": "argo-rollouts-controller-lock"}, "spec": {}}));
    assert_eq!(lease.renewed, None);
}

fn deployment(labels: Value, containers: Value) -> Value {
    json!({"metadata": {"name": "argo-rollouts", "namespace": "argo", "labels": labels},
        "spec": {"template": {"spec": {"containers": containers}}}})
}

#[test]
fn the_dashboard_is_no_controller() {
    let component = |name: &str| deployment(json!({"app.kubernetes.io/component": name}), json!([]));
    assert!(is_controller(&component("rollouts-controller")));
    assert!(!is_controller(&component("rollouts-dashboard")));
    assert!(is_controller(&deployment(json!({}), json!([]))));
}

#[test]
fn the_controllers_image_is_told_and_not_that_of_what_runs_beside_it() {
    let containers = json!([{"name": "proxy", "image": "mesh/proxy:1"},
        {"name": "argo-rollouts", "image": "quay.io/argoproj/argo-rollouts:v1.9.1"}]);
    let told = controller(&deployment(json!({}), containers));
    assert_eq!(told.image.as_str(), "quay.io/argoproj/argo-rollouts:v1.9.1");
    assert_eq!((told.wanted, told.ready), (1, 0), "Kubernetes' defaults");
}

#[test]
fn a_controller_without_an_election_is_recognised_by_its_words() {
    let with = |args: Value| deployment(json!({}), json!([{"name": "argo-rollouts", "args": args}]));
    assert!(runs_unelected(&with(json!(["--leader-elect=false"]))));
    assert!(!runs_unelected(&with(json!(["--leader-elect", "--namespaced"]))));
}
