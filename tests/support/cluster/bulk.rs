//! Thousands of Rollouts that nothing acts on, for measuring: about ten kilobytes each as stored.
//!
//! Owns their shape, which is that of real ones: three containers with environments and probes, a status with conditions.
//! For a bare cluster alone. Object number `i` is the same in every run but for its ids and times.

use serde_json::{Value, json};

use super::samples::image;
use super::{Api, Cluster, User, say};

const NAMESPACES: usize = 50;
const AT_ONCE: usize = 32;

impl Cluster {
    /// Creates `count` Rollouts with a status each, in the namespaces `fleet-00` to `fleet-49`.
    ///
    /// # Errors
    /// The server's first refusal.
    pub fn create_many(&self, count: usize) -> Result<(), String> {
        let api = self.api_as(User::Seeder)?;
        let namespaces = (0..NAMESPACES.min(count)).map(|index| {
            let object =
                json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace(index)}});
            ("/api/v1/namespaces".to_owned(), object)
        });
        api.create_all(namespaces, AT_ONCE)?;
        for from in (0..count).step_by(1000) {
            let to = count.min(from + 1000);
            create_range(&api, from..to)?;
            say(&format!("{to} of {count} Rollouts created"));
        }
        Ok(())
    }
}

fn create_range(api: &Api, range: std::ops::Range<usize>) -> Result<(), String> {
    let collection = |index| format!("/apis/argoproj.io/v1alpha1/namespaces/{}/rollouts", namespace(index));
    api.create_all(range.clone().map(|index| (collection(index), rollout(index))), AT_ONCE)?;
    let status = range.map(|index| (format!("{}/{}/status", collection(index), name(index)), status(index)));
    Ok(api.merge_all(status, AT_ONCE)?)
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
    let variables: Vec<Value> = (0..18).map(variable).collect();
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
