//! Owns the object that a request changes: most often the Rollout, else what holds its pod template, or a run.
//!
//! It names the object, its path in the API and where a template lies in it; it never reads one. Invariant: a path is
//! made of names that were checked to be plain DNS names ([`super::stage`]).

use std::sync::Arc;

use serde::Serialize;

/// Kinds of objects that an operation may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum SiteKind {
    /// The Rollout itself.
    Rollout,
    /// A Deployment that the Rollout refers to for its template.
    Deployment,
    /// A ReplicaSet that the Rollout refers to for its template.
    ReplicaSet,
    /// A PodTemplate that the Rollout refers to.
    PodTemplate,
    /// An AnalysisRun of the Rollout.
    AnalysisRun,
    /// An Experiment of the Rollout.
    Experiment,
}

/// The object that a request changes, in the Rollout's namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Site {
    /// Its kind.
    pub kind: SiteKind,
    /// Its name, as the cluster spells it.
    pub name: Arc<str>,
    /// Its uid.
    pub uid: Arc<str>,
}

impl SiteKind {
    /// All kinds.
    pub const ALL: [Self; 6] = [
        Self::Rollout,
        Self::Deployment,
        Self::ReplicaSet,
        Self::PodTemplate,
        Self::AnalysisRun,
        Self::Experiment,
    ];

    /// Returns the kind as objects spell it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Rollout => "Rollout",
            Self::Deployment => "Deployment",
            Self::ReplicaSet => "ReplicaSet",
            Self::PodTemplate => "PodTemplate",
            Self::AnalysisRun => "AnalysisRun",
            Self::Experiment => "Experiment",
        }
    }

    /// Returns the kind that is spelled so.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// Returns the resource as `kubectl` takes it, for example `deployments.apps`.
    pub fn resource(self) -> &'static str {
        match self {
            Self::Rollout => "rollouts.argoproj.io",
            Self::Deployment => "deployments.apps",
            Self::ReplicaSet => "replicasets.apps",
            Self::PodTemplate => "podtemplates",
            Self::AnalysisRun => "analysisruns.argoproj.io",
            Self::Experiment => "experiments.argoproj.io",
        }
    }

    /// Returns the object's path in the API, without host and query.
    pub fn path(self, namespace: &str, name: &str) -> String {
        let (group, plural) = match self {
            Self::Rollout => ("/apis/argoproj.io/v1alpha1", "rollouts"),
            Self::Deployment => ("/apis/apps/v1", "deployments"),
            Self::ReplicaSet => ("/apis/apps/v1", "replicasets"),
            Self::PodTemplate => ("/api/v1", "podtemplates"),
            Self::AnalysisRun => ("/apis/argoproj.io/v1alpha1", "analysisruns"),
            Self::Experiment => ("/apis/argoproj.io/v1alpha1", "experiments"),
        };
        format!("{group}/namespaces/{namespace}/{plural}/{name}")
    }

    /// Returns the JSON pointer of the pod template in such an object; `None` where there is none.
    pub fn template(self) -> Option<&'static str> {
        match self {
            Self::Rollout | Self::Deployment | Self::ReplicaSet => Some("/spec/template"),
            Self::PodTemplate => Some("/template"),
            Self::AnalysisRun | Self::Experiment => None,
        }
    }
}
