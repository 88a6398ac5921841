//! Owns the wire type of a Pod and the word that kubectl's printer gives it.
//!
//! It never keeps more than that printer's outcome. Source of the rules: kubernetes
//! `pkg/printers/internalversion/printers.go` as Argo Rollouts' plugin applies them
//! (`pkg/kubectl-argo-rollouts/info/pod_info.go`). Invariant: restarts, ready and status come from one pass.

use kube::core::ObjectMeta;
use serde::Deserialize;

use super::intern::Interner;
use super::lenient::{Maybe, Present, lenient_structs};
use super::meta::{self, POD_HASH};
use crate::rollout::Pod;
use crate::text::Printable;

/// A Pod as it comes over the wire.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PodObject {
    #[serde(deserialize_with = "meta::lean")]
    pub(super) metadata: ObjectMeta,
    spec: Maybe<PodSpecWire>,
    status: Maybe<PodStatusWire>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct PodSpecWire {
    containers: Maybe<Vec<Present>>,
    init_containers: Maybe<Vec<InitContainerWire>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct InitContainerWire {
    name: Maybe<String>,
    restart_policy: Maybe<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct PodStatusWire {
    phase: Maybe<String>,
    reason: Maybe<String>,
    init_container_statuses: Maybe<Vec<ContainerStatusWire>>,
    container_statuses: Maybe<Vec<ContainerStatusWire>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ContainerStatusWire {
    name: Maybe<String>,
    ready: Maybe<bool>,
    started: Maybe<bool>,
    restart_count: Maybe<i64>,
    state: Maybe<StateWire>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct StateWire {
    waiting: Maybe<WaitingWire>,
    running: Maybe<Present>,
    terminated: Maybe<TerminatedWire>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct WaitingWire {
    reason: Maybe<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct TerminatedWire {
    reason: Maybe<String>,
    exit_code: Maybe<i64>,
    signal: Maybe<i64>,
}

lenient_structs!(
    PodSpecWire,
    InitContainerWire,
    PodStatusWire,
    ContainerStatusWire,
    StateWire,
    WaitingWire,
    TerminatedWire
);

impl PodObject {
    /// Converts to the domain, sharing what repeats.
    pub fn into_pod(self, interner: &mut Interner) -> Pod {
        let spec = self.spec.or_default();
        let status = self.status.or_default();
        let printed = print(&spec, &status, self.metadata.deletion_timestamp.is_some());
        let total = spec.containers.0.map_or(0, |containers| containers.len());
        Pod {
            meta: meta::identity(&self.metadata, interner),
            hash: interner.name(meta::label(&self.metadata, POD_HASH).unwrap_or_default()),
            status: interner.text(Printable::from(printed.word)),
            ready: printed.ready,
            total: i64::try_from(total).unwrap_or(i64::MAX),
            restarts: printed.restarts,
        }
    }
}

struct Printed {
    word: String,
    ready: i64,
    restarts: i64,
}

fn print(spec: &PodSpecWire, status: &PodStatusWire, deleted: bool) -> Printed {
    let reason = status.reason.0.as_deref().unwrap_or_default();
    let phase = status.phase.0.as_deref().unwrap_or_default();
    let start = if reason.is_empty() { phase } else { reason };
    let mut printed = initializing(spec, status).unwrap_or_else(|| running(start, status));
    if deleted {
        printed.word = if reason == "NodeLost" { "Unknown" } else { "Terminating" }.to_owned();
    }
    printed
}

/// Tells how far init containers are; `None` where they do not hold the pod back.
fn initializing(spec: &PodSpecWire, status: &PodStatusWire) -> Option<Printed> {
    let declared = spec.init_containers.0.as_deref().unwrap_or_default();
    let statuses = status.init_container_statuses.0.as_deref().unwrap_or_default();
    let mut restarts = 0_i64;
    for (index, container) in statuses.iter().enumerate() {
        restarts = restarts.saturating_add(container.restarts());
        if let Some(terminated) = container.terminated() {
            if terminated.exit_code.0.unwrap_or_default() == 0 {
                continue;
            }
            return Some(Printed { word: format!("Init:{}", terminated.word()), ready: 0, restarts });
        }
        if container.started.0 == Some(true) && container.is_sidecar(declared) {
            if container.ready.0 == Some(true) {
                continue;
            }
            return None;
        }
        let waiting = container.waiting_reason().filter(|reason| *reason != "PodInitializing");
        let word = match waiting {
            Some(reason) => format!("Init:{reason}"),
            None => format!("Init:{index}/{}", declared.len()),
        };
        return Some(Printed { word, ready: 0, restarts });
    }
    None
}

/// Walks the containers from last to first, so that the first one's trouble names the pod.
fn running(start: &str, status: &PodStatusWire) -> Printed {
    let mut printed = Printed { word: start.to_owned(), ready: 0, restarts: 0 };
    for container in status.container_statuses.0.iter().flatten().rev() {
        printed.restarts = printed.restarts.saturating_add(container.restarts());
        if let Some(reason) = container.waiting_reason() {
            printed.word = reason.to_owned();
        } else if let Some(terminated) = container.terminated() {
            printed.word = terminated.word();
        } else if container.ready.0 == Some(true) && container.is_running() {
            printed.ready += 1;
        }
    }
    if printed.word == "Completed" && printed.ready > 0 {
        printed.word = "Running".to_owned();
    }
    printed
}

impl ContainerStatusWire {
    fn restarts(&self) -> i64 {
        self.restart_count.0.unwrap_or_default()
    }

    fn terminated(&self) -> Option<&TerminatedWire> {
        self.state.0.as_ref()?.terminated.0.as_ref()
    }

    fn waiting_reason(&self) -> Option<&str> {
        let reason = self.state.0.as_ref()?.waiting.0.as_ref()?.reason.0.as_deref()?;
        (!reason.is_empty()).then_some(reason)
    }

    fn is_running(&self) -> bool {
        self.state.0.as_ref().is_some_and(|state| state.running.0.is_some())
    }

    fn is_sidecar(&self, declared: &[InitContainerWire]) -> bool {
        declared.iter().any(|container| {
            container.name.0 == self.name.0 && container.restart_policy.0.as_deref() == Some("Always")
        })
    }
}

impl TerminatedWire {
    fn word(&self) -> String {
        match (self.reason.0.as_deref().unwrap_or_default(), self.signal.0.unwrap_or_default()) {
            ("", 0) => format!("ExitCode:{}", self.exit_code.0.unwrap_or_default()),
            ("", signal) => format!("Signal:{signal}"),
            (reason, _) => reason.to_owned(),
        }
    }
}
