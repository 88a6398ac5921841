//! The way from nothing to a cluster whose API server is ready and knows Argo's kinds and the users' rights.
//!
//! Owns the order of the first steps and the one retry a taken port gets. Never leaves a process behind when it fails:
//! what was started is owned by values that are dropped.

use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use super::api::Api;
use super::control_plane::Layout;
use super::parts::{Parts, say};
use super::processes::Process;
use super::programs::Programs;
use super::reaper::Reaper;
use super::users::{self, User};
use super::{Cluster, PATIENCE, wait_for, wait_while_alive};

const CRDS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/// Starts etcd and the API server, again with other ports when another program took one first.
///
/// # Errors
/// Which step failed, with the end of the log of the program that ended.
pub fn bare() -> Result<Cluster, String> {
    let parts = Parts::ready()?;
    let mut tries = 3;
    loop {
        tries -= 1;
        match attempt(parts.clone()) {
            Err(error) if tries > 0 && error.contains("address already in use") => {
                say("a port was taken meanwhile; starting again with others");
            }
            answer => return answer,
        }
    }
}

fn attempt(parts: Parts) -> Result<Cluster, String> {
    let folder = tempfile::Builder::new().prefix("rollgate-cluster-").tempdir();
    let folder = folder.map_err(|error| format!("cannot make a temporary folder: {error}"))?.keep();
    let keep = std::env::var_os("ROLLGATE_CLUSTER_KEEP").is_some();
    if keep {
        say(&format!("its folder is kept: {}", folder.display()));
    }
    let reaper = Arc::new(Reaper::start((!keep).then_some(folder.as_path()))?);
    let layout = Layout::prepare(&folder, parts)?;
    let start = |name, command| Process::start(name, command, &layout.log(name), &reaper);
    let mut programs = Programs { etcd: Some(start("etcd", layout.etcd()?)?), ..Programs::default() };
    programs.api_server = Some(start("kube-apiserver", layout.api_server()?)?);
    let key = layout.path("certs/apiserver.key");
    wait_while_alive(
        PATIENCE,
        "the API server writes its certificate",
        || programs.check(),
        || Ok(key.exists()),
    )?;
    layout.write_kubeconfigs()?;
    let api = Api::connect(&layout.kubeconfig(User::Admin))?;
    let cluster = Cluster { programs: Mutex::new(programs), api, layout, serial: AtomicU32::new(1), reaper };
    cluster.wait_until_ready()?;
    furnish(&cluster)?;
    Ok(cluster)
}

fn furnish(cluster: &Cluster) -> Result<(), String> {
    let folder = cluster.layout.parts.manifests("crds")?;
    let files =
        fs::read_dir(&folder).map_err(|error| format!("cannot read {}: {error}", folder.display()))?;
    let mut names = Vec::new();
    for file in files {
        names.push(apply_crd(cluster, &file.map_err(|error| error.to_string())?.path())?);
    }
    for (path, object) in users::roles() {
        cluster.api.create(&path, &object)?;
    }
    cluster.node()?;
    for name in names {
        wait_for(PATIENCE, &format!("{name} is established"), || {
            let crd = cluster.api.get(&format!("{CRDS}/{name}"))?;
            let conditions =
                crd.pointer("/status/conditions").and_then(Value::as_array).cloned().unwrap_or_default();
            let done = conditions.iter().any(|one| one["type"] == "Established" && one["status"] == "True");
            Ok(done.then_some(()))
        })?;
    }
    wait_for(PATIENCE, "the API server serves Rollouts", || {
        cluster.api.get("/apis/argoproj.io/v1alpha1/rollouts")?;
        cluster.check().map(Some)
    })
}

fn apply_crd(cluster: &Cluster, file: &Path) -> Result<String, String> {
    let text =
        fs::read_to_string(file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    let crd: Value = serde_saphyr::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))?;
    let name = crd.pointer("/metadata/name").and_then(Value::as_str).ok_or("a CRD without a name")?;
    cluster.api.apply(&format!("{CRDS}/{name}"), &text)?;
    Ok(name.to_owned())
}
