//! A real Kubernetes cluster on this machine for tests, examples and benches: etcd, the API server, its controllers,
//! kwok as the kubelet and the Argo Rollouts controller, each on free loopback ports and in one temporary folder.
//!
//! Owns the cluster's life: built on first use, started, stopped with every process when dropped, and also when its
//! owner panics or is killed. Never touches a cluster of the person's own: only files of its folder are used.
//! See `tests/cluster/README.md`.
#![allow(dead_code, unused_imports, reason = "each program that includes this file uses its own part of it")]
#![allow(clippy::indexing_slicing, reason = "of JSON values, where an absent field is null")]

mod api;
mod audit;
mod bulk;
pub use bulk::stored;
pub mod cache;
mod control_plane;
mod etcd;
mod namespace;
mod parts;
mod processes;
mod programs;
mod reaper;
mod samples;
mod scenes;
mod stages;
mod start;
mod users;

use std::path::PathBuf;
use std::process::Output;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;

pub use api::{Api, ApiError};
pub use audit::AuditEvent;
pub use namespace::Namespace;
pub use parts::{missing, say};
pub use samples::Sample;
pub use scenes::Scene;
pub use users::{CONTEXT, User};

use control_plane::Layout;
use programs::Programs;
use reaper::Reaper;

/// The namespace of the Argo Rollouts controller and of its Lease.
pub const ARGO_NAMESPACE: &str = "argo-rollouts";
/// How long a condition may take to come true before a test fails: long, since a machine may be busy.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// A running cluster. Dropping it ends every process and removes its folder.
pub struct Cluster {
    // Dropped in this order: the programs end before the reaper removes their folder.
    programs: Mutex<Programs>,
    api: Api,
    layout: Layout,
    serial: AtomicU32,
    reaper: Arc<Reaper>,
}

impl Cluster {
    /// Starts a whole cluster and waits until its controller holds its Lease (about ten seconds once built).
    ///
    /// # Errors
    /// A sentence on what is missing or which program ended, with the end of its log.
    pub fn start() -> Result<Self, String> {
        let cluster = Self::start_bare()?;
        cluster.start_controllers()?;
        Ok(cluster)
    }

    /// Starts etcd and the API server with Argo's CRDs and the users alone: objects are stored and nothing acts on them.
    ///
    /// # Errors
    /// As [`Cluster::start`].
    pub fn start_bare() -> Result<Self, String> {
        start::bare()
    }

    /// Names the folder that holds the logs, the audit log and all else of this cluster.
    pub fn folder(&self) -> PathBuf {
        self.layout.folder.clone()
    }

    /// Returns where the Argo Rollouts controller serves its metrics.
    pub fn controller_metrics(&self) -> String {
        self.layout.controller_metrics()
    }

    /// Names the kubeconfig file of a user; its one context is [`CONTEXT`].
    pub fn kubeconfig(&self, user: User) -> PathBuf {
        self.layout.kubeconfig(user)
    }

    /// Writes a kubeconfig file of a user whose context names `namespace` as its default.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn kubeconfig_in(&self, user: User, namespace: &str) -> Result<PathBuf, String> {
        let file = self.layout.path(&format!("kubeconfigs/{}-{namespace}.yaml", user.name()));
        let credentials = (user.name(), self.layout.tokens.of(user));
        users::write_kubeconfig(&file, &self.layout.server(), credentials, Some(namespace))?;
        Ok(file)
    }

    /// Writes a kubeconfig file that signs in with a token the server does not know (401).
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn kubeconfig_of_stranger(&self) -> Result<PathBuf, String> {
        let file = self.layout.path("kubeconfigs/stranger.yaml");
        users::write_kubeconfig(&file, &self.layout.server(), ("stranger", "unknown"), None)?;
        Ok(file)
    }

    /// Writes a kubeconfig file for the same users and certificate at another address, such as a proxy's.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn kubeconfig_through(&self, user: User, port: u16) -> Result<PathBuf, String> {
        let file = self.layout.path(&format!("kubeconfigs/{}-through-{port}.yaml", user.name()));
        let server = users::Server { url: format!("https://127.0.0.1:{port}"), ..self.layout.server() };
        users::write_kubeconfig(&file, &server, (user.name(), self.layout.tokens.of(user)), None)?;
        Ok(file)
    }

    /// Names the API server, `https://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        self.layout.server().url
    }

    /// Names the token with which a user signs in.
    pub fn token(&self, user: User) -> &str {
        self.layout.tokens.of(user)
    }

    /// Names the file of a built program, such as `kubectl-argo-rollouts`, for a test that runs it by itself.
    ///
    /// # Errors
    /// When the cluster has no such program.
    pub fn program(&self, name: &str) -> Result<PathBuf, String> {
        self.layout.parts.program(name)
    }

    /// The admin's connection, for what a test arranges and observes.
    pub fn api(&self) -> &Api {
        &self.api
    }

    /// Connects as another user.
    ///
    /// # Errors
    /// When the connection cannot be set up.
    pub fn api_as(&self, user: User) -> Result<Api, String> {
        Api::connect(&self.kubeconfig(user))
    }

    /// Makes a namespace of its own for one test, with the namespaced operator's rights in it.
    ///
    /// # Errors
    /// The server's refusal.
    pub fn namespace(&self, hint: &str) -> Result<Namespace<'_>, String> {
        let clean: String =
            hint.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(40).collect();
        let serial = self.serial.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}-{serial}", clean.trim_matches('-').to_lowercase());
        self.namespace_named(&name)
    }

    /// Makes a namespace of exactly this name, with the namespaced operator's rights in it.
    ///
    /// # Errors
    /// The server's refusal, for instance that it exists.
    pub fn namespace_named(&self, name: &str) -> Result<Namespace<'_>, String> {
        let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
        self.api.create("/api/v1/namespaces", &object)?;
        let namespace = Namespace::of(self, name);
        namespace.grant(User::NamespacedOperator)?;
        Ok(namespace)
    }

    /// Runs `kubectl` as a user.
    ///
    /// # Errors
    /// When it cannot be run at all; its own failure is in the output.
    pub fn kubectl(&self, user: User, args: &[&str]) -> Result<Output, String> {
        self.run("kubectl", user, args)
    }

    /// Runs the Argo Rollouts plugin as a user.
    ///
    /// # Errors
    /// When it cannot be run at all; its own failure is in the output.
    pub fn plugin(&self, user: User, args: &[&str]) -> Result<Output, String> {
        self.run("kubectl-argo-rollouts", user, args)
    }

    fn run(&self, program: &str, user: User, args: &[&str]) -> Result<Output, String> {
        let mut command = self.layout.program(program)?;
        command.arg("--kubeconfig").arg(self.kubeconfig(user)).args(args);
        command.output().map_err(|error| format!("cannot run {program}: {error}"))
    }

    /// Reads the whole audit log.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn audit(&self) -> Result<Vec<AuditEvent>, String> {
        audit::read(&self.layout.path("audit.log"), &[])
    }

    /// Reads the writes that a user tried in one namespace, refused ones too, in the server's order.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn writes(&self, user: User, namespace: &str) -> Result<Vec<AuditEvent>, String> {
        let in_namespace = format!("\"namespace\":\"{namespace}\"");
        let by_user = format!("\"username\":\"{}\"", user.name());
        let mut events = audit::read(&self.layout.path("audit.log"), &[&in_namespace, &by_user])?;
        events.retain(|event| {
            event.is_write() && event.user.username == user.name() && event.object_ref.namespace == namespace
        });
        Ok(events)
    }

    /// Asks again and again until `observe` answers something, and gives up after [`PATIENCE`].
    ///
    /// # Errors
    /// A sentence that names `what` did not come, with the last error when there was one.
    pub fn wait_for<T>(
        &self,
        what: &str,
        observe: impl FnMut() -> Result<Option<T>, String>,
    ) -> Result<T, String> {
        wait_for(PATIENCE, what, observe)
    }
}

/// Asks again and again until `observe` answers something, and gives up after `patience`.
///
/// # Errors
/// A sentence that names `what` did not come, with the last error when there was one.
pub fn wait_for<T>(
    patience: Duration,
    what: &str,
    mut observe: impl FnMut() -> Result<Option<T>, String>,
) -> Result<T, String> {
    let deadline = Instant::now() + patience;
    loop {
        let answer = observe();
        if let Ok(Some(answer)) = answer {
            return Ok(answer);
        }
        if Instant::now() >= deadline {
            let cause = answer.err().map(|error| format!(" ({error})")).unwrap_or_default();
            return Err(format!("{what}: not within {} s{cause}", patience.as_secs()));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// As [`wait_for`], but gives up at once with `check`'s error, such as a program that ended.
fn wait_while_alive(
    patience: Duration,
    what: &str,
    mut check: impl FnMut() -> Result<(), String>,
    mut observe: impl FnMut() -> Result<bool, String>,
) -> Result<(), String> {
    wait_for(patience, what, || match check() {
        Err(ended) => Ok(Some(Err(ended))),
        Ok(()) => Ok(observe()?.then_some(Ok(()))),
    })?
}
