//! Thousands of Rollouts that nothing acts on, for measuring: about ten kilobytes each as stored.
//!
//! Owns their shape, which is that of real ones: three containers with environments and probes, managed fields, a status
//! with conditions. They are stored past the API server (`etcd.rs`), which takes seconds instead of minutes. For a bare
//! cluster alone. Object number `i` is the same in every run.

use serde_json::{Value, json};

use super::samples::image;
use super::{Cluster, User};

const NAMESPACES: usize = 50;

impl Cluster {
    /// Creates `count` Rollouts with a status each, in the namespaces `fleet-00` to `fleet-49`.
    ///
    /// # Errors
    /// The server's or etcd's first refusal.
    pub fn create_many(&self, count: usize) -> Result<(), String> {
        let api = self.api_as(User::Seeder)?;
        for index in 0..NAMESPACES.min(count) {
            let object =
                json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace(index)}});
            api.create("/api/v1/namespaces", &object)?;
        }
        let key = |index| format!("argoproj.io/rollouts/{}/{}", namespace(index), name(index));
        self.store_all((0..count).map(|index| (key(index), stored(index))))
    }
}

/// The object as the API server would have stored it: with an id, a generation and the managed fields of two writers.
pub fn stored(index: usize) -> Value {
    let mut object = rollout(index);
    let mut status = status(index);
    let created = "2026-10-01T08:00:00Z";
    let managed = |manager: &str, part: &Value, subresource: Option<&str>| {
        json!({"manager": manager, "operation": "Update", "apiVersion": "argoproj.io/v1alpha1", "time": created,
               "fieldsType": "FieldsV1", "fieldsV1": fields(part), "subresource": subresource})
    };
    let writers = json!([
        managed("kubectl-client-side-apply", &object, None),
        managed("rollouts-controller", &status, Some("status")),
    ]);
    let meta = json!({
        "namespace": namespace(index), "uid": format!("00000000-0000-4000-8000-{index:012}"),
        "creationTimestamp": created, "generation": 1, "managedFields": writers,
    });
    if let (Some(metadata), Value::Object(meta)) = (object["metadata"].as_object_mut(), meta) {
        metadata.extend(meta);
    }
    object["status"] = status["status"].take();
    object
}

fn fields(value: &Value) -> Value {
    let inside = |value: &Value| if value.is_object() { fields(value) } else { json!({}) };
    let object = value.as_object().into_iter().flatten();
    object.map(|(key, value)| (format!("f:{key}"), inside(value))).collect::<serde_json::Map<_, _>>().into()
}

fn namespace(index: usize) -> String {
    format!("fleet-{:02}", index % NAMESPACES)
}

fn name(index: usize) -> String {
    format!("service-{index:05}")
}

fn rollout(index: usize) -> Value {
    let name = name(index);
    let containers: Vec<Value> =
        ["app", "proxy", "metrics"].iter().map(|role| container(role, index)).collect();
    json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
        "metadata": {
            "name": name,
            "labels": {"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": namespace(index), "team": format!("team-{}", index % 17)},
            "annotations": {"rollout.argoproj.io/revision": (1 + index % 40).to_string(), "example.test/owner": format!("team-{}@example.test", index % 17)},
        },
        "spec": {
            "replicas": 3 + index % 5,
            "revisionHistoryLimit": 5,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"nodeName": "node-1", "automountServiceAccountToken": false, "containers": containers},
            },
            "strategy": {"canary": {"steps": [
                {"setWeight": 20}, {"pause": {}}, {"setWeight": 60}, {"pause": {"duration": "10m"}}, {"setWeight": 100},
            ]}},
        },
    })
}

fn container(role: &str, index: usize) -> Value {
    let variable = |number| json!({"name": format!("{}_SETTING_{number:02}", role.to_uppercase()), "value": format!("value-{index:05}-{number:02}-of-a-usual-length-for-a-setting")});
    let variables: Vec<Value> = (0..19).map(variable).collect();
    let probe =
        json!({"httpGet": {"path": "/healthz", "port": 8080}, "periodSeconds": 10, "failureThreshold": 3});
    json!({
        "name": role, "image": image(&format!("v{}", 1 + index % 40)), "env": variables,
        "ports": [{"name": "http", "containerPort": 8080}],
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
        "readinessProbe": probe, "livenessProbe": probe,
    })
}

fn status(index: usize) -> Value {
    let replicas = 3 + index % 5;
    let stable = format!("{:09x}", 0x5a5_0000 + index);
    let (phase, message, step, updated) = match index % 50 {
        7 => ("Paused", "CanaryPauseStep", 1, true),
        23 => ("Progressing", "more replicas need to be updated", 0, true),
        41 => ("Degraded", "RolloutAborted: Rollout aborted update to revision 2", 0, true),
        _ => ("Healthy", "", 5, false),
    };
    let current = if updated { format!("{:09x}", 0x7b7_0000 + index) } else { stable.clone() };
    let since = format!("2026-11-{:02}T{:02}:{:02}:00Z", 1 + index % 20, index % 24, index % 60);
    let condition = |kind: &str, status: &str, reason: &str| {
        json!({"type": kind, "status": status, "reason": reason, "message": format!("{reason} of ReplicaSet \"{}-{stable}\"", name(index)),
               "lastTransitionTime": since, "lastUpdateTime": since})
    };
    let paused = phase == "Paused";
    let pauses =
        if paused { json!([{"reason": "CanaryPauseStep", "startTime": since}]) } else { Value::Null };
    json!({"status": {
        "phase": phase, "message": if message.is_empty() { Value::Null } else { json!(message) },
        "replicas": replicas, "readyReplicas": replicas, "availableReplicas": replicas,
        "updatedReplicas": if updated { 1 } else { replicas }, "HPAReplicas": replicas,
        "currentPodHash": current, "stableRS": stable, "currentStepIndex": step,
        "currentStepHash": "64b7df6d6c", "observedGeneration": "1", "selector": format!("app={}", name(index)),
        "abort": phase == "Degraded", "controllerPause": paused, "pauseConditions": pauses,
        "blueGreen": {}, "canary": {},
        "conditions": [
            condition("Available", "True", "AvailableReason"),
            condition("Progressing", "True", "NewReplicaSetAvailable"),
            condition("Healthy", if updated { "False" } else { "True" }, "RolloutHealthy"),
            condition("Completed", if updated { "False" } else { "True" }, "RolloutCompleted"),
        ],
    }})
}
