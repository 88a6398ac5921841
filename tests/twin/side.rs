//! One of the two clusters, as the harness reaches it: a client, the plugin, the cluster's time.
//!
//! Owns how a request is sent and what of its answer is kept. Never knows which of the two clusters it is: what differs
//! (how time runs) is given.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::{Method, Request};
use jiff::Timestamp;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::{Value, json};
use tokio::runtime::Handle;

/// Lets a cluster's time pass, where it does not pass by itself, and tells how many objects of each watched kind there are
/// then, and the newest of their versions.
pub type Pass = Arc<dyn Fn(Duration) -> Vec<(&'static str, usize, u64)> + Send + Sync>;

/// Stops the controller (`false`), or lets it go on.
pub type Controller<'a> = &'a dyn Fn(bool) -> Result<(), String>;

/// A cluster to play on.
#[derive(Clone)]
pub struct Side {
    /// `real` or `embedded`, for words alone.
    pub name: &'static str,
    pub client: Client,
    pub handle: Handle,
    pub kubeconfig: PathBuf,
    /// Argo's plugin; without it what the plugin prints is not compared.
    pub plugin: Option<PathBuf>,
    /// The cluster's time.
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// How its time passes; `None` where it is the machine's.
    pub pass: Option<Pass>,
}

/// Connects with a kubeconfig file.
///
/// # Errors
/// When the file cannot be used.
pub fn connect(handle: &Handle, kubeconfig: &std::path::Path) -> Result<Client, String> {
    let parsed = Kubeconfig::read_from(kubeconfig).map_err(|error| error.to_string())?;
    handle.block_on(async {
        let options = KubeConfigOptions::default();
        let config = Config::from_custom_kubeconfig(parsed, &options).await;
        Client::try_from(config.map_err(|error| error.to_string())?).map_err(|error| error.to_string())
    })
}

/// A request to the API server.
#[derive(Clone, Debug)]
pub struct Ask {
    pub method: Method,
    pub path: String,
    pub kind: &'static str,
    pub body: Value,
}

impl Ask {
    pub fn get(path: &str) -> Self {
        Self { method: Method::GET, path: path.into(), kind: "application/json", body: Value::Null }
    }

    pub fn create(path: &str, body: &Value) -> Self {
        Self { method: Method::POST, path: path.into(), kind: "application/json", body: body.clone() }
    }

    pub fn merge(path: &str, body: Value) -> Self {
        Self { method: Method::PATCH, path: path.into(), kind: "application/merge-patch+json", body }
    }

    pub fn json(path: &str, body: Value) -> Self {
        Self { method: Method::PATCH, path: path.into(), kind: "application/json-patch+json", body }
    }

    pub fn delete(path: &str) -> Self {
        Self { method: Method::DELETE, path: path.into(), kind: "application/json", body: Value::Null }
    }
}

/// An answer: the code, and the object or the server's `Status`.
#[derive(Clone, Debug)]
pub struct Answer {
    pub code: u16,
    pub body: Value,
}

impl Answer {
    /// What of the answer both clusters must agree on: the code and, of a refusal, its reason and words.
    pub fn summary(&self) -> Value {
        if self.code < 400 {
            return json!({"code": self.code});
        }
        json!({"code": self.code, "reason": self.body["reason"], "message": self.body["message"]})
    }
}

impl Side {
    /// Sends a request and reads the whole answer, whatever its code.
    ///
    /// # Errors
    /// When no answer came.
    pub fn send(&self, ask: &Ask) -> Result<Answer, String> {
        let body = if ask.body.is_null() { Vec::new() } else { ask.body.to_string().into_bytes() };
        let request = Request::builder()
            .method(ask.method.clone())
            .uri(&ask.path)
            .header("Content-Type", ask.kind)
            .body(kube::client::Body::from(body))
            .map_err(|error| error.to_string())?;
        self.handle.block_on(async {
            let response = self.client.send(request).await.map_err(|error| words(&error))?;
            let code = response.status().as_u16();
            let bytes = response.into_body().collect_bytes().await.map_err(|error| words(&error))?;
            let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
            Ok(Answer { code, body })
        })
    }

    /// Sends a request that has to succeed.
    ///
    /// # Errors
    /// The refusal.
    pub fn must(&self, ask: &Ask) -> Result<Value, String> {
        let answer = self.send(ask)?;
        if answer.code >= 400 {
            return Err(format!("{} {}: {} {}", ask.method, ask.path, answer.code, answer.body["message"]));
        }
        Ok(answer.body)
    }
}

/// An error with all its causes.
pub fn words(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let _ = write!(words, ": {cause}");
        next = cause.source();
    }
    words
}

/// Names the API path of the collection that holds objects of `kind`.
///
/// # Errors
/// When scripts do not use that kind yet.
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
        "Event" => ("api/v1", "events"),
        "Job" => ("apis/batch/v1", "jobs"),
        "Ingress" => ("apis/networking.k8s.io/v1", "ingresses"),
        other => return Err(format!("the twin test does not know the kind {other:?}")),
    };
    Ok(format!("/{group}/namespaces/{namespace}/{plural}"))
}
