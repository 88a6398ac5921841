//! Owns the rights that each row needs, as RBAC spells them.
//!
//! Probes ask for exactly these ([`ASKED`]), rules rest on them. It never asks. Source: the requests of
//! [`crate::operation`], and Argo's `pkg/kubectl-argo-rollouts/cmd`. Invariant: a right that a rule needs is asked for.

use super::sight::Right;
use super::{Act, Capability};

const ARGO: &str = "argoproj.io";

const fn right(verb: &'static str, group: &'static str, resource: &'static str) -> Right {
    Right { verb, group, resource }
}

macro_rules! read {
    ($(($group:expr, $resource:expr)),+) => {
        &[$(
            right("get", $group, $resource),
            right("list", $group, $resource),
            right("watch", $group, $resource)
        ),+]
    };
}

const ROLLOUTS: &[Right] = read![(ARGO, "rollouts")];
const REPLICA_SETS: &[Right] = read![("apps", "replicasets")];
const PODS: &[Right] = read![("", "pods")];
const RUNS: &[Right] = read![(ARGO, "analysisruns")];
const EVENTS: &[Right] = read![("", "events")];
const STATUS: &[Right] = &[right("patch", ARGO, "rollouts/status")];
const SPEC: &[Right] = &[right("patch", ARGO, "rollouts")];

/// Leaves an Event on a Rollout.
pub const ANNOUNCE: Right = right("create", "", "events");
/// Changes the template where a Deployment holds it.
pub const DEPLOYMENT: Right = right("patch", "apps", "deployments");
/// Changes the template where a ReplicaSet holds it.
pub const REPLICA_SET: Right = right("patch", "apps", "replicasets");
/// Changes the template where a PodTemplate holds it.
pub const POD_TEMPLATE: Right = right("patch", "", "podtemplates");

/// All that probes ask for, in each namespace.
pub const ASKED: &[Right] = &[
    right("get", ARGO, "rollouts"),
    right("list", ARGO, "rollouts"),
    right("watch", ARGO, "rollouts"),
    right("get", "apps", "replicasets"),
    right("list", "apps", "replicasets"),
    right("watch", "apps", "replicasets"),
    right("get", "", "pods"),
    right("list", "", "pods"),
    right("watch", "", "pods"),
    right("get", ARGO, "analysisruns"),
    right("list", ARGO, "analysisruns"),
    right("watch", ARGO, "analysisruns"),
    right("get", "", "events"),
    right("list", "", "events"),
    right("watch", "", "events"),
    right("patch", ARGO, "rollouts/status"),
    right("patch", ARGO, "rollouts"),
    DEPLOYMENT,
    REPLICA_SET,
    POD_TEMPLATE,
    right("patch", ARGO, "analysisruns"),
    right("patch", ARGO, "experiments"),
    ANNOUNCE,
];

/// A kind that is read, and what reading it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    /// Rollouts.
    Rollouts,
    /// ReplicaSets.
    ReplicaSets,
    /// Pods.
    Pods,
    /// AnalysisRuns.
    AnalysisRuns,
    /// Events.
    Events,
}

impl Read {
    /// Lists the rights that it takes.
    pub fn rights(self) -> &'static [Right] {
        match self {
            Self::Rollouts => ROLLOUTS,
            Self::ReplicaSets => REPLICA_SETS,
            Self::Pods => PODS,
            Self::AnalysisRuns => RUNS,
            Self::Events => EVENTS,
        }
    }

    /// Names the kind as the API does.
    pub fn word(self) -> &'static str {
        match self {
            Self::Rollouts => "Rollouts",
            Self::ReplicaSets => "ReplicaSets",
            Self::Pods => "Pods",
            Self::AnalysisRuns => "AnalysisRuns",
            Self::Events => "Events",
        }
    }

    /// Lists the kinds that a row rests on.
    pub fn of(capability: Capability) -> &'static [Self] {
        match capability {
            Capability::ReadRollouts => &[Self::Rollouts],
            Capability::ReadRevisions => &[Self::ReplicaSets, Self::Pods],
            Capability::ReadAnalysis => &[Self::AnalysisRuns],
            Capability::ReadEvents => &[Self::Events],
            Capability::RollbackVisibility => &[Self::ReplicaSets],
            _ => &[],
        }
    }
}

impl Act {
    /// Lists the rights that it takes where the Rollout holds its own template.
    pub fn rights(self) -> &'static [Right] {
        match self {
            Self::Promote | Self::AbortRetry => STATUS,
            Self::PauseResume | Self::ChangeTemplate => SPEC,
        }
    }
}

impl Right {
    /// Names verb and resource as RBAC's rules do (`patch rollouts.argoproj.io/status`).
    pub fn words(&self) -> String {
        format!("{} {}", self.verb, self.plural())
    }

    /// Names the resource with its group (`rollouts.argoproj.io/status`).
    pub fn plural(&self) -> String {
        match (self.group, self.resource.split_once('/')) {
            ("", _) => self.resource.to_owned(),
            (group, None) => format!("{}.{group}", self.resource),
            (group, Some((resource, sub))) => format!("{resource}.{group}/{sub}"),
        }
    }
}

/// Lists rights with the verbs of one resource together (`list, watch pods and patch rollouts.argoproj.io/status`).
pub fn listed(rights: &[Right]) -> String {
    let mut parts: Vec<(String, String)> = Vec::new();
    for right in rights {
        let plural = right.plural();
        match parts.iter_mut().find(|part| part.1 == plural) {
            Some((verbs, _)) => {
                verbs.push_str(", ");
                verbs.push_str(right.verb);
            }
            None => parts.push((right.verb.to_owned(), plural)),
        }
    }
    let parts: Vec<String> = parts.into_iter().map(|(verbs, plural)| format!("{verbs} {plural}")).collect();
    parts.join(" and ")
}

/// Returns the right to read a kind of traffic object; `None` where the kind is not known here.
pub fn reading(kind: &str) -> Option<Right> {
    Some(match kind {
        "VirtualService" => right("get", "networking.istio.io", "virtualservices"),
        "DestinationRule" => right("get", "networking.istio.io", "destinationrules"),
        "Ingress" => right("get", "networking.k8s.io", "ingresses"),
        "TrafficSplit" => right("get", "split.smi-spec.io", "trafficsplits"),
        "HTTPRoute" => right("get", "gateway.networking.k8s.io", "httproutes"),
        "GRPCRoute" => right("get", "gateway.networking.k8s.io", "grpcroutes"),
        "TCPRoute" => right("get", "gateway.networking.k8s.io", "tcproutes"),
        "TLSRoute" => right("get", "gateway.networking.k8s.io", "tlsroutes"),
        "TraefikService" => right("get", "traefik.io", "traefikservices"),
        "ApisixRoute" => right("get", "apisix.apache.org", "apisixroutes"),
        "Mapping" => right("get", "getambassador.io", "mappings"),
        _ => return None,
    })
}

/// Reads the controller's Lease and its Deployment, in its namespace.
pub const CONTROLLER: &[Right] =
    &[right("get", "coordination.k8s.io", "leases"), right("list", "apps", "deployments")];
/// Reads the configuration of notifications, in the controller's namespace.
pub const NOTIFICATIONS: &[Right] = &[right("get", "", "configmaps")];
/// Lists who may refuse, in the whole cluster.
pub const ADMISSION: &[Right] = &[
    right("list", "admissionregistration.k8s.io", "validatingwebhookconfigurations"),
    right("list", "admissionregistration.k8s.io", "mutatingwebhookconfigurations"),
    right("list", "admissionregistration.k8s.io", "validatingadmissionpolicies"),
    right("list", "admissionregistration.k8s.io", "validatingadmissionpolicybindings"),
];
