//! The kinds of object that this cluster serves, as one static table.
//!
//! It owns names, scope, subresources and the ways in which a kind's writes differ from the others'; Argo's are as in
//! its custom resource definitions, the rest as in Kubernetes 1.34. It never reads an object.
//! Invariant: `KINDS[k.rank]` is `k`, so that a kind stands for its place in a table.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use super::Part;

/// A kind of object that this cluster serves.
pub struct Kind {
    /// API group, empty for the core one.
    pub group: &'static str,
    /// The one version that is served.
    pub version: &'static str,
    /// Name in paths: `rollouts`.
    pub plural: &'static str,
    /// Name for one of them: `rollout`.
    pub singular: &'static str,
    /// Name in objects: `Rollout`.
    pub kind: &'static str,
    /// Short names: `ro`.
    pub short: &'static [&'static str],
    /// Groups of kinds that it belongs to: `all`.
    pub categories: &'static [&'static str],
    /// Whether its objects live in a namespace.
    pub namespaced: bool,
    /// Parts that have a path of their own, besides the whole.
    pub subresources: &'static [Part],
    /// Place in [`KINDS`].
    pub rank: usize,
    /// Where the kind comes from, which decides about schemas and patches.
    pub nature: Nature,
    /// What raises `metadata.generation`.
    pub generation: Generation,
    /// In what its writes differ from the others'.
    pub quirks: &'static [Quirk],
}

/// Where a kind comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nature {
    /// Part of Kubernetes: takes strategic merge patches and writes without a resourceVersion.
    BuiltIn,
    /// Defined by a CustomResourceDefinition: refuses strategic merge patches, and a PUT needs a resourceVersion.
    Custom,
}

/// What raises `metadata.generation`, which is 1 at creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generation {
    /// The kind has none.
    Never,
    /// A change of `spec`.
    Spec,
    /// A change of `spec` or of the annotations (Kubernetes: registry/apps/deployment/strategy.go).
    SpecOrAnnotations,
    /// A change of `template` (Kubernetes: registry/core/podtemplate/strategy.go).
    Template,
    /// A change of anything but metadata; of the status too where it is not a subresource (apiextensions:
    /// registry/customresource/strategy.go).
    Everything,
}

/// In what the writes of a kind differ from the others'.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quirk {
    /// DELETE answers with the object instead of a Status (`ReturnDeletedObject`).
    ReturnsDeleted,
    /// PUT to a name that is not there creates it (`AllowCreateOnUpdate`).
    BornByPut,
    /// PUT needs a resourceVersion although the kind is built in (`AllowUnconditionalUpdate` is false).
    VersionNeeded,
    /// DELETE leaves the dependents alone unless told otherwise.
    Orphans,
}

impl Kind {
    /// `argoproj.io/v1alpha1`, or `v1` for the core group.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.to_owned()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// `rollouts.argoproj.io`, or `pods` for the core group: how messages name the resource.
    pub fn resource(&self) -> String {
        if self.group.is_empty() { self.plural.to_owned() } else { format!("{}.{}", self.plural, self.group) }
    }

    /// `Rollout.argoproj.io`, or `Pod` for the core group: how messages about invalid objects name the kind.
    pub fn qualified(&self) -> String {
        if self.group.is_empty() { self.kind.to_owned() } else { format!("{}.{}", self.kind, self.group) }
    }

    /// Tells whether the kind has a path of its own for this part.
    pub fn has(&self, part: Part) -> bool {
        part == Part::Whole || self.subresources.contains(&part)
    }

    /// Tells whether the kind's writes differ in this way.
    pub fn differs(&self, quirk: Quirk) -> bool {
        self.quirks.contains(&quirk)
    }

    /// Finds a kind by its group, version and plural, as paths name it.
    pub fn by_path(group: &str, version: &str, plural: &str) -> Option<&'static Kind> {
        KINDS
            .iter()
            .copied()
            .find(|kind| kind.group == group && kind.version == version && kind.plural == plural)
    }

    /// Finds a kind by `apiVersion` and `kind`, as references in objects name it.
    pub fn by_reference(api_version: &str, kind: &str) -> Option<&'static Kind> {
        KINDS.iter().copied().find(|known| known.kind == kind && known.api_version() == api_version)
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.resource())
    }
}

impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        self.rank == other.rank
    }
}

impl Eq for Kind {}

impl PartialOrd for Kind {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Kind {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank.cmp(&other.rank)
    }
}

impl Hash for Kind {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.rank.hash(state);
    }
}

/// What most kinds have in common; the rows below say where they differ.
const BASE: Kind = Kind {
    group: "",
    version: "v1",
    plural: "",
    singular: "",
    kind: "",
    short: &[],
    categories: &[],
    namespaced: true,
    subresources: &[],
    rank: 0,
    nature: Nature::BuiltIn,
    generation: Generation::Never,
    quirks: &[],
};

const ARGO: Kind = Kind {
    group: "argoproj.io",
    version: "v1alpha1",
    nature: Nature::Custom,
    generation: Generation::Everything,
    ..BASE
};

const APPS: Kind = Kind {
    group: "apps",
    categories: &["all"],
    subresources: &[Part::Status, Part::Scale],
    generation: Generation::Spec,
    ..BASE
};

/// Argo's Rollout (manifests/crds/rollout-crd.yaml).
pub static ROLLOUT: Kind = Kind {
    plural: "rollouts",
    singular: "rollout",
    kind: "Rollout",
    short: &["ro"],
    subresources: &[Part::Status, Part::Scale],
    rank: 0,
    ..ARGO
};

/// Argo's AnalysisRun, whose status is no subresource (manifests/crds/analysis-run-crd.yaml).
pub static ANALYSIS_RUN: Kind = Kind {
    plural: "analysisruns",
    singular: "analysisrun",
    kind: "AnalysisRun",
    short: &["ar"],
    rank: 1,
    ..ARGO
};

/// Argo's AnalysisTemplate.
pub static ANALYSIS_TEMPLATE: Kind = Kind {
    plural: "analysistemplates",
    singular: "analysistemplate",
    kind: "AnalysisTemplate",
    short: &["at"],
    rank: 2,
    ..ARGO
};

/// Argo's ClusterAnalysisTemplate, which lives in no namespace.
pub static CLUSTER_ANALYSIS_TEMPLATE: Kind = Kind {
    plural: "clusteranalysistemplates",
    singular: "clusteranalysistemplate",
    kind: "ClusterAnalysisTemplate",
    short: &["cat"],
    namespaced: false,
    rank: 3,
    ..ARGO
};

/// Argo's Experiment, whose status is no subresource (manifests/crds/experiment-crd.yaml).
pub static EXPERIMENT: Kind = Kind {
    plural: "experiments",
    singular: "experiment",
    kind: "Experiment",
    short: &["exp"],
    rank: 4,
    ..ARGO
};

/// ReplicaSet.
pub static REPLICA_SET: Kind = Kind {
    plural: "replicasets",
    singular: "replicaset",
    kind: "ReplicaSet",
    short: &["rs"],
    rank: 5,
    ..APPS
};

/// Deployment.
pub static DEPLOYMENT: Kind = Kind {
    plural: "deployments",
    singular: "deployment",
    kind: "Deployment",
    short: &["deploy"],
    generation: Generation::SpecOrAnnotations,
    rank: 6,
    ..APPS
};

/// Pod.
pub static POD: Kind = Kind {
    plural: "pods",
    singular: "pod",
    kind: "Pod",
    short: &["po"],
    categories: &["all"],
    subresources: &[Part::Status],
    generation: Generation::Spec,
    quirks: &[Quirk::ReturnsDeleted],
    rank: 7,
    ..BASE
};

/// Service.
pub static SERVICE: Kind = Kind {
    plural: "services",
    singular: "service",
    kind: "Service",
    short: &["svc"],
    categories: &["all"],
    subresources: &[Part::Status],
    quirks: &[Quirk::ReturnsDeleted, Quirk::BornByPut],
    rank: 8,
    ..BASE
};

/// Event, of the core group.
pub static EVENT: Kind = Kind {
    plural: "events",
    singular: "event",
    kind: "Event",
    short: &["ev"],
    quirks: &[Quirk::BornByPut],
    rank: 9,
    ..BASE
};

/// Namespace.
pub static NAMESPACE: Kind = Kind {
    plural: "namespaces",
    singular: "namespace",
    kind: "Namespace",
    short: &["ns"],
    namespaced: false,
    subresources: &[Part::Status],
    quirks: &[Quirk::ReturnsDeleted],
    rank: 10,
    ..BASE
};

/// ConfigMap.
pub static CONFIG_MAP: Kind =
    Kind { plural: "configmaps", singular: "configmap", kind: "ConfigMap", short: &["cm"], rank: 11, ..BASE };

/// Secret.
pub static SECRET: Kind = Kind { plural: "secrets", singular: "secret", kind: "Secret", rank: 12, ..BASE };

/// PodTemplate.
pub static POD_TEMPLATE: Kind = Kind {
    plural: "podtemplates",
    singular: "podtemplate",
    kind: "PodTemplate",
    generation: Generation::Template,
    quirks: &[Quirk::ReturnsDeleted],
    rank: 13,
    ..BASE
};

/// ServiceAccount.
pub static SERVICE_ACCOUNT: Kind = Kind {
    plural: "serviceaccounts",
    singular: "serviceaccount",
    kind: "ServiceAccount",
    short: &["sa"],
    quirks: &[Quirk::ReturnsDeleted],
    rank: 14,
    ..BASE
};

/// Lease, through which the controller says that it lives.
pub static LEASE: Kind = Kind {
    group: "coordination.k8s.io",
    plural: "leases",
    singular: "lease",
    kind: "Lease",
    quirks: &[Quirk::BornByPut, Quirk::VersionNeeded],
    rank: 15,
    ..BASE
};

/// Job, which measures for an AnalysisRun.
pub static JOB: Kind = Kind {
    group: "batch",
    plural: "jobs",
    singular: "job",
    kind: "Job",
    categories: &["all"],
    subresources: &[Part::Status],
    generation: Generation::Spec,
    quirks: &[Quirk::Orphans],
    rank: 16,
    ..BASE
};

/// Ingress.
pub static INGRESS: Kind = Kind {
    group: "networking.k8s.io",
    plural: "ingresses",
    singular: "ingress",
    kind: "Ingress",
    short: &["ing"],
    subresources: &[Part::Status],
    generation: Generation::Spec,
    rank: 17,
    ..BASE
};

/// Istio's VirtualService.
pub static VIRTUAL_SERVICE: Kind = Kind {
    group: "networking.istio.io",
    version: "v1",
    plural: "virtualservices",
    singular: "virtualservice",
    kind: "VirtualService",
    short: &["vs"],
    categories: &["istio-io", "networking-istio-io"],
    subresources: &[Part::Status],
    nature: Nature::Custom,
    generation: Generation::Everything,
    rank: 18,
    ..BASE
};

/// What refuses or changes requests; of these there are lists, so that whoever asks is told that there are none. One that is
/// made here is kept and asked by nobody.
const ADMISSION: Kind = Kind {
    group: "admissionregistration.k8s.io",
    categories: &["api-extensions"],
    namespaced: false,
    generation: Generation::Everything,
    ..BASE
};

/// ValidatingWebhookConfiguration.
pub static VALIDATING_WEBHOOK: Kind = Kind {
    plural: "validatingwebhookconfigurations",
    singular: "validatingwebhookconfiguration",
    kind: "ValidatingWebhookConfiguration",
    rank: 19,
    ..ADMISSION
};

/// MutatingWebhookConfiguration.
pub static MUTATING_WEBHOOK: Kind = Kind {
    plural: "mutatingwebhookconfigurations",
    singular: "mutatingwebhookconfiguration",
    kind: "MutatingWebhookConfiguration",
    rank: 20,
    ..ADMISSION
};

/// ValidatingAdmissionPolicy.
pub static ADMISSION_POLICY: Kind = Kind {
    plural: "validatingadmissionpolicies",
    singular: "validatingadmissionpolicy",
    kind: "ValidatingAdmissionPolicy",
    subresources: &[Part::Status],
    generation: Generation::Spec,
    rank: 21,
    ..ADMISSION
};

/// ValidatingAdmissionPolicyBinding.
pub static ADMISSION_BINDING: Kind = Kind {
    plural: "validatingadmissionpolicybindings",
    singular: "validatingadmissionpolicybinding",
    kind: "ValidatingAdmissionPolicyBinding",
    generation: Generation::Spec,
    rank: 22,
    ..ADMISSION
};

/// All kinds, each at its rank.
pub static KINDS: [&Kind; 23] = [
    &ROLLOUT,
    &ANALYSIS_RUN,
    &ANALYSIS_TEMPLATE,
    &CLUSTER_ANALYSIS_TEMPLATE,
    &EXPERIMENT,
    &REPLICA_SET,
    &DEPLOYMENT,
    &POD,
    &SERVICE,
    &EVENT,
    &NAMESPACE,
    &CONFIG_MAP,
    &SECRET,
    &POD_TEMPLATE,
    &SERVICE_ACCOUNT,
    &LEASE,
    &JOB,
    &INGRESS,
    &VIRTUAL_SERVICE,
    &VALIDATING_WEBHOOK,
    &MUTATING_WEBHOOK,
    &ADMISSION_POLICY,
    &ADMISSION_BINDING,
];
