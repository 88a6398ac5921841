use kube::core::Resource;

use super::*;
use crate::rollout::JobMeasurement;

#[test]
fn each_object_asks_for_its_own_path() {
    let paths = [
        RolloutObject::url_path(&(), Some("shop")),
        AnalysisRunObject::url_path(&(), Some("shop")),
        ExperimentObject::url_path(&(), None),
        ReplicaSetObject::url_path(&(), None),
        DeploymentObject::url_path(&(), None),
        PodObject::url_path(&(), Some("shop")),
    ];
    let expected = [
        "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts",
        "/apis/argoproj.io/v1alpha1/namespaces/shop/analysisruns",
        "/apis/argoproj.io/v1alpha1/experiments",
        "/apis/apps/v1/replicasets",
        "/apis/apps/v1/deployments",
        "/api/v1/namespaces/shop/pods",
    ];
    assert_eq!(paths, expected);
}

#[test]
fn a_watch_line_is_read_in_either_order_of_its_fields() {
    use kube::core::WatchEvent;
    let object = json!({
        "metadata": {"name": "api", "managedFields": [{}]},
        "status": {"pauseConditions": [{"reason": "CanaryPauseStep"}]}
    });
    for line in [
        format!(r#"{{"type":"MODIFIED","object":{object}}}"#),
        format!(r#"{{"object":{object},"type":"MODIFIED"}}"#),
    ] {
        let WatchEvent::Modified(read) = serde_json::from_str::<WatchEvent<RolloutObject>>(&line).unwrap()
        else {
            panic!("not a modification: {line}")
        };
        assert!(read.meta().managed_fields.is_none());
        let rollout = read.into_rollout(&mut Interner::new());
        assert_eq!(rollout.status.pauses.stored.as_deref(), Some(r#"[{"reason":"CanaryPauseStep"}]"#));
    }
}

#[test]
fn only_labels_and_annotations_that_are_read_are_kept() {
    let value = json!({"metadata": {
        "labels": {"app": "x", "rollouts-pod-template-hash": "abc"},
        "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}", "scale-down-deadline": "x"}
    }});
    let object = ReplicaSetObject::deserialize(value).unwrap();
    let keys = |map: &Option<std::collections::BTreeMap<String, String>>| {
        map.iter().flat_map(|map| map.keys().cloned()).collect::<Vec<_>>()
    };
    assert_eq!(keys(&object.meta().labels), ["rollouts-pod-template-hash"]);
    assert_eq!(keys(&object.meta().annotations), ["scale-down-deadline"]);
}

#[test]
fn a_replica_set_is_read() {
    let read = replica_set(json!({
        "metadata": {"name": "api-abc", "generation": 4,
            "labels": {"rollouts-pod-template-hash": "abc"},
            "annotations": {"scale-down-deadline": "2026-11-21T10:00:00Z",
                "experiment.argoproj.io/template-name": "baseline",
                "rollout.argoproj.io/revision": "2"}},
        "spec": {"replicas": 3, "template": {"spec": {
            "initContainers": [{"name": "setup", "image": "r/setup:1"}],
            "containers": [{"name": "main", "image": "r/api:1"}]}}},
        "status": {"replicas": 3, "readyReplicas": 2, "availableReplicas": 1, "observedGeneration": 4,
            "conditions": [{"type": "ReplicaFailure", "status": "True"}]}
    }));
    assert_eq!((&*read.hash, read.meta.revision, read.meta.generation), ("abc", Some(2), 4));
    assert_eq!((read.desired, read.current, read.ready, read.available), (3, 3, 2, 1));
    assert_eq!((read.observed_generation, read.failing), (4, true));
    assert_eq!(read.scale_down_deadline.as_deref(), Some("2026-11-21T10:00:00Z"));
    assert_eq!(read.experiment_template, Some("baseline".into()));
    assert_eq!(read.containers.len(), 1, "init containers are not shown");
    assert_eq!(read.containers[0].image.as_str(), "r/api:1");
}

#[test]
fn a_replica_set_without_numbers_wants_one_pod_and_has_none() {
    let read = replica_set(json!({}));
    assert_eq!((read.desired, read.current, read.failing, &*read.hash), (1, 0, false, ""));
    let calm = json!({"status": {"conditions": [{"type": "ReplicaFailure", "status": "False"}]}});
    assert!(!replica_set(calm).failing);
}

#[test]
fn a_deployment_gives_its_containers() {
    let read = deployment(json!({"metadata": {"name": "api"}, "spec": {"template": {"spec": {
        "containers": [{"name": "main", "image": "r/api:3"}, {"name": "proxy", "image": "r/proxy:1"}]}}}}));
    let images: Vec<_> = read.containers.iter().map(|container| container.image.as_str()).collect();
    assert_eq!(images, ["r/api:3", "r/proxy:1"]);
}

#[test]
fn an_analysis_run_gives_counters_jobs_and_the_newest_value() {
    let read = analysis_run(json!({"metadata": {"name": "run"}, "status": {
    "phase": "Running", "message": "m",
    "metricResults": [
        {"name": "errors", "phase": "Running", "successful": 2, "failed": 1, "inconclusive": 3, "error": 4,
         "measurements": [{"phase": "Successful", "value": "0.1"}, {"phase": "Successful", "value": "0.2"},
            {"phase": "Error"}]},
        {"name": "smoke", "measurements": [
            {"phase": "Failed", "startedAt": "2026-11-21T09:00:00Z", "metadata": {"job-name": "j-1"}},
            {"phase": "Running", "metadata": {"other": "x"}}]}
    ]}}));
    let errors = &read.metrics[0];
    assert_eq!((errors.successful, errors.failed, errors.inconclusive, errors.error), (2, 1, 3, 4));
    assert_eq!((errors.last_value.clone(), errors.jobs.len()), (Some("0.2".into()), 0));
    let started = Some("2026-11-21T09:00:00Z".parse().unwrap());
    let job = JobMeasurement { name: "j-1".into(), phase: "Failed".into(), started };
    assert_eq!((&read.metrics[1].jobs, &read.metrics[1].last_value), (&vec![job], &None));
    assert_eq!((read.phase.as_str(), read.message.as_str()), ("Running", "m"));
}

#[test]
fn an_experiment_gives_phase_and_message() {
    let read = experiment(json!({"status": {"phase": "Failed", "message": "why", "templateStatuses": 3}}));
    assert_eq!((read.phase.as_str(), read.message.as_str()), ("Failed", "why"));
}

#[test]
fn dumps_are_told_apart_by_group_and_kind() {
    let read = |version: &str, kind: &str| {
        from_value(json!({"apiVersion": version, "kind": kind}), &mut Interner::new())
    };
    assert!(matches!(read("argoproj.io/v1alpha1", "Rollout"), Some(Object::Rollout(_))));
    assert!(matches!(read("argoproj.io/v1alpha1", "AnalysisRun"), Some(Object::AnalysisRun(_))));
    assert!(matches!(read("argoproj.io/v1alpha1", "Experiment"), Some(Object::Experiment(_))));
    assert!(matches!(read("apps/v1", "ReplicaSet"), Some(Object::ReplicaSet(_))));
    assert!(matches!(read("apps/v1", "Deployment"), Some(Object::Deployment(_))));
    assert!(matches!(read("v1", "Pod"), Some(Object::Pod(_))));
    assert_eq!(read("rollouts.kruise.io/v1beta1", "Rollout"), None, "another project's Rollout");
    assert_eq!(read("v1", "Service"), None);
    assert_eq!(read("argoproj.io/v1alpha1", "AnalysisTemplate"), None);
    assert_eq!(from_value(json!([1]), &mut Interner::new()), None);
    assert_eq!(from_value(json!({"kind": "Rollout"}), &mut Interner::new()), None);
}
