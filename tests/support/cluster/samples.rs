//! The sample Rollouts: small manifests of the project's own, one file each in `samples/`.
//!
//! Owns which there are. A file says `SAMPLE` where the name goes and `CHECK` where the tag of an analysis job's image
//! goes. Every pod template names the cluster's one node (there is no scheduler) and mounts no token.

/// A sample Rollout with all that it refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sample {
    /// Five replicas; 20 %, pause, 60 %, pause 10 s, 100 %.
    Canary,
    /// Active and preview Services; promoted only by a person.
    BlueGreen,
    /// A canary with an analysis step whose job succeeds.
    AnalysisPasses,
    /// A canary with an analysis step whose job fails: the update aborts.
    AnalysisFails,
    /// A canary with an analysis step whose job never ends.
    AnalysisLasts,
    /// A canary with a background analysis whose job never ends, and a pause.
    Background,
    /// A canary whose pods count as available after ten seconds (`minReadySeconds`).
    MinReady,
    /// A canary that moves traffic through an NGINX Ingress.
    Routed,
    /// A canary that takes its pods from a Deployment (`workloadRef`).
    WorkloadRef,
    /// A canary with an experiment step of two templates.
    Experiment,
}

impl Sample {
    /// Returns the documents, named after `name`.
    pub fn manifests(self, name: &str) -> String {
        let (text, check) = match self {
            Self::Canary => (include_str!("samples/canary.yaml"), ""),
            Self::BlueGreen => (include_str!("samples/blue-green.yaml"), ""),
            Self::AnalysisPasses => (include_str!("samples/analysis.yaml"), "1"),
            Self::AnalysisFails => (include_str!("samples/analysis.yaml"), "fails"),
            Self::AnalysisLasts => (include_str!("samples/analysis.yaml"), "lasts"),
            Self::Background => (include_str!("samples/background.yaml"), "lasts"),
            Self::MinReady => (include_str!("samples/min-ready.yaml"), ""),
            Self::Routed => (include_str!("samples/routed.yaml"), ""),
            Self::WorkloadRef => (include_str!("samples/workload-ref.yaml"), ""),
            Self::Experiment => (include_str!("samples/experiment.yaml"), ""),
        };
        text.replace("SAMPLE", name).replace("CHECK", check)
    }
}

/// Names the samples' image with a tag; some tags make pods go wrong (see `stages.rs`).
pub fn image(tag: &str) -> String {
    format!("rollgate.test/app:{tag}")
}
