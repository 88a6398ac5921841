//! One test's own namespace: where it applies manifests, changes Rollouts and waits for what becomes of them.
//!
//! Owns nothing in the cluster beyond its name; it stays until the cluster ends. Never looks into another namespace.

use std::process::Output;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::audit::AuditEvent;
use super::samples::Sample;
use super::users::{self, User};
use super::{ApiError, Cluster};

/// How long a Rollout must have stayed the same before a test acts on it.
const REST: Duration = Duration::from_millis(500);

/// A namespace of a running cluster.
pub struct Namespace<'c> {
    cluster: &'c Cluster,
    name: String,
}

impl<'c> Namespace<'c> {
    /// Names an existing namespace.
    pub fn of(cluster: &'c Cluster, name: &str) -> Self {
        Self { cluster, name: name.to_owned() }
    }

    /// Names the namespace.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Names the cluster that it is in.
    pub fn cluster(&self) -> &'c Cluster {
        self.cluster
    }

    /// Gives `user` the rights of its role here; one without a role gets none.
    ///
    /// # Errors
    /// The server's refusal.
    pub fn grant(&self, user: User) -> Result<(), String> {
        if let Some((path, object)) = users::grant(user, &self.name) {
            self.cluster.api().create(&path, &object)?;
        }
        Ok(())
    }

    /// Takes those rights away again; the API server knows within moments.
    ///
    /// # Errors
    /// The server's refusal.
    pub fn revoke(&self, user: User) -> Result<(), String> {
        if let Some((path, _)) = users::grant(user, &self.name) {
            self.cluster.api().delete(&format!("{path}/{}", user.name()))?;
        }
        Ok(())
    }

    /// Applies manifests (several documents, each of a kind that [`collection`] knows) as the admin.
    ///
    /// # Errors
    /// What is wrong with the text, or the server's refusal.
    pub fn apply(&self, yaml: &str) -> Result<(), String> {
        let documents: Vec<Value> = serde_saphyr::from_multiple(yaml).map_err(|error| error.to_string())?;
        for document in documents.iter().filter(|document| !document.is_null()) {
            self.apply_object(document)?;
        }
        Ok(())
    }

    /// Applies one object as the admin.
    ///
    /// # Errors
    /// An unknown kind, or the server's refusal.
    pub fn apply_object(&self, object: &Value) -> Result<Value, String> {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let path = collection(text("/kind"), &self.name)?;
        Ok(self.cluster.api().apply(&format!("{path}/{}", text("/metadata/name")), &object.to_string())?)
    }

    /// Applies a sample under a name of the test's choice.
    ///
    /// # Errors
    /// The server's refusal.
    pub fn apply_sample(&self, sample: Sample, name: &str) -> Result<(), String> {
        self.apply(&sample.manifests(name))
    }

    /// Applies a sample whose Rollout is merged with `change` first.
    ///
    /// # Errors
    /// The server's refusal.
    pub fn apply_changed(&self, sample: Sample, name: &str, change: &Value) -> Result<(), String> {
        let documents: Vec<Value> =
            serde_saphyr::from_multiple(&sample.manifests(name)).map_err(|error| error.to_string())?;
        for mut document in documents {
            if document["kind"] == "Rollout" {
                merge(&mut document, change);
            }
            self.apply_object(&document)?;
        }
        Ok(())
    }

    /// Names the API path of a Rollout.
    pub fn rollout_path(&self, name: &str) -> String {
        format!("/apis/argoproj.io/v1alpha1/namespaces/{}/rollouts/{name}", self.name)
    }

    /// Reads a Rollout.
    ///
    /// # Errors
    /// The server's refusal, with its code.
    pub fn rollout(&self, name: &str) -> Result<Value, ApiError> {
        self.cluster.api().get(&self.rollout_path(name))
    }

    /// Merges a change into a Rollout as the admin.
    ///
    /// # Errors
    /// The server's refusal.
    pub fn change(&self, name: &str, change: &Value) -> Result<Value, String> {
        Ok(self.cluster.api().merge(&self.rollout_path(name), change)?)
    }

    /// Merges a change into a Rollout's status as the admin, through the status subresource.
    ///
    /// # Errors
    /// The server's refusal.
    pub fn change_status(&self, name: &str, change: &Value) -> Result<Value, String> {
        Ok(self.cluster.api().merge(&format!("{}/status", self.rollout_path(name)), change)?)
    }

    /// Gives the first container of a sample the image with this tag: a new revision.
    ///
    /// # Errors
    /// The server's refusal.
    pub fn set_tag(&self, name: &str, tag: &str) -> Result<(), String> {
        let rollout = self.rollout(name)?;
        let path = match rollout.pointer("/spec/workloadRef/name").and_then(Value::as_str) {
            Some(deployment) => format!("{}/{deployment}", collection("Deployment", &self.name)?),
            None => self.rollout_path(name),
        };
        let to = json!([{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": super::samples::image(tag)}]);
        self.cluster.api().patch(&path, &to)?;
        Ok(())
    }

    /// Waits until `holds` says yes to a Rollout whose status is about its newest generation and which has rested for
    /// half a second, and returns it.
    ///
    /// The rest matters: right after a write of its own the controller puts that answer into its cache, over a change that
    /// somebody else made within those milliseconds, and then does not see that change until its next resync (Argo:
    /// rollout/controller.go, writeBackToInformer).
    ///
    /// # Errors
    /// When it does not come true in time, with the last phase and message.
    pub fn wait_rollout(
        &self,
        name: &str,
        what: &str,
        holds: impl Fn(&Value) -> bool,
    ) -> Result<Value, String> {
        let what = format!("{}/{name} {what}", self.name);
        let mut seen = (Value::Null, Instant::now());
        self.cluster.wait_for(&what, || {
            let rollout = self.rollout(name)?;
            let version = &rollout["metadata"]["resourceVersion"];
            if seen.0 != *version {
                seen = (version.clone(), Instant::now());
            }
            let holds = is_observed(&rollout) && holds(&rollout);
            if holds && seen.1.elapsed() >= REST {
                return Ok(Some(rollout));
            }
            let status = |field: &str| rollout["status"][field].as_str().unwrap_or_default().to_owned();
            Err(format!("last seen: {} {}", status("phase"), status("message")))
        })
    }

    /// Waits until a Rollout's own `status.phase` is this one.
    ///
    /// # Errors
    /// As [`Namespace::wait_rollout`].
    pub fn wait_phase(&self, name: &str, phase: &str) -> Result<Value, String> {
        self.wait_rollout(name, &format!("is {phase}"), |rollout| rollout["status"]["phase"] == phase)
    }

    /// Runs the Argo Rollouts plugin here as a user.
    ///
    /// # Errors
    /// When it cannot be run at all; its own failure is in the output.
    pub fn plugin(&self, user: User, args: &[&str]) -> Result<Output, String> {
        self.cluster.plugin(user, &[&["--namespace", &self.name], args].concat())
    }

    /// Runs `kubectl` here as a user.
    ///
    /// # Errors
    /// When it cannot be run at all; its own failure is in the output.
    pub fn kubectl(&self, user: User, args: &[&str]) -> Result<Output, String> {
        self.cluster.kubectl(user, &[&["--namespace", &self.name], args].concat())
    }

    /// Reads the writes that a user tried here, refused ones too.
    ///
    /// # Errors
    /// When the audit log cannot be read.
    pub fn writes(&self, user: User) -> Result<Vec<AuditEvent>, String> {
        self.cluster.writes(user, &self.name)
    }
}

/// Names the API path of the collection that holds objects of `kind`.
///
/// # Errors
/// When the tests do not use that kind yet.
pub fn collection(kind: &str, namespace: &str) -> Result<String, String> {
    let (group, plural) = match kind {
        "Rollout" => ("apis/argoproj.io/v1alpha1", "rollouts"),
        "AnalysisTemplate" => ("apis/argoproj.io/v1alpha1", "analysistemplates"),
        "AnalysisRun" => ("apis/argoproj.io/v1alpha1", "analysisruns"),
        "Experiment" => ("apis/argoproj.io/v1alpha1", "experiments"),
        "Deployment" => ("apis/apps/v1", "deployments"),
        "ReplicaSet" => ("apis/apps/v1", "replicasets"),
        "Service" => ("api/v1", "services"),
        "Pod" => ("api/v1", "pods"),
        "ConfigMap" => ("api/v1", "configmaps"),
        "Secret" => ("api/v1", "secrets"),
        "Ingress" => ("apis/networking.k8s.io/v1", "ingresses"),
        "Job" => ("apis/batch/v1", "jobs"),
        other => return Err(format!("the test cluster's support does not know the kind {other:?}")),
    };
    Ok(format!("/{group}/namespaces/{namespace}/{plural}"))
}

/// Says whether the controller has looked at the newest generation (Argo keeps the number as text).
pub fn is_observed(rollout: &Value) -> bool {
    let generation = rollout["metadata"]["generation"].to_string();
    rollout["status"]["observedGeneration"].as_str() == Some(generation.as_str())
}

fn merge(into: &mut Value, change: &Value) {
    match (into, change) {
        (Value::Object(into), Value::Object(change)) => {
            for (key, value) in change {
                if value.is_null() {
                    into.remove(key);
                } else {
                    merge(into.entry(key.clone()).or_insert(Value::Null), value);
                }
            }
        }
        (into, change) => *into = change.clone(),
    }
}
