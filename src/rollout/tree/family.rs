//! Owns who belongs to a Rollout: ownership by uid, as Kubernetes keeps it.
//!
//! It never guesses by names or labels. Invariant: an empty uid owns nothing, so that objects of a dump without uids
//! are not thrown together.

use crate::rollout::{AnalysisRun, Deployment, Experiment, Meta, Pod, ReplicaSet, Rollout};

/// Objects among which a family is sought, each kind in any order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kin<'a> {
    /// ReplicaSets.
    pub replica_sets: Vec<&'a ReplicaSet>,
    /// Pods.
    pub pods: Vec<&'a Pod>,
    /// AnalysisRuns.
    pub analysis_runs: Vec<&'a AnalysisRun>,
    /// Experiments.
    pub experiments: Vec<&'a Experiment>,
    /// Deployments.
    pub deployments: Vec<&'a Deployment>,
}

/// One Rollout with everything that belongs to it, directly or through its ReplicaSets and experiments.
#[derive(Clone, Debug, PartialEq)]
pub struct Family<'a> {
    /// The Rollout.
    pub rollout: &'a Rollout,
    /// ReplicaSets of the Rollout and of its experiments.
    pub replica_sets: Vec<&'a ReplicaSet>,
    /// Pods of those ReplicaSets.
    pub pods: Vec<&'a Pod>,
    /// Analysis runs of the Rollout and of its experiments.
    pub analysis_runs: Vec<&'a AnalysisRun>,
    /// Experiments of the Rollout.
    pub experiments: Vec<&'a Experiment>,
    /// The Deployment that holds the Rollout's pod template, if it refers to one that is known.
    pub deployment: Option<&'a Deployment>,
}

impl<'a> Family<'a> {
    /// Returns a Rollout of which nothing else is known.
    pub fn alone(rollout: &'a Rollout) -> Self {
        Self::select(rollout, &Kin::default())
    }

    /// Picks from `kin` what belongs to `rollout`.
    pub fn select(rollout: &'a Rollout, kin: &Kin<'a>) -> Self {
        let uid = &*rollout.meta.uid;
        let experiments: Vec<_> = kin.experiments.iter().copied().filter(|it| owned(&it.meta, uid)).collect();
        let ours = |meta: &Meta| owned(meta, uid) || experiments.iter().any(|it| owned(meta, &it.meta.uid));
        let replica_sets: Vec<_> = kin.replica_sets.iter().copied().filter(|it| ours(&it.meta)).collect();
        let analysis_runs: Vec<_> = kin.analysis_runs.iter().copied().filter(|it| ours(&it.meta)).collect();
        let of_a_set = |pod: &Pod| replica_sets.iter().any(|set| owned(&pod.meta, &set.meta.uid));
        let pods: Vec<_> = kin.pods.iter().copied().filter(|pod| of_a_set(pod)).collect();
        let deployment = kin.deployments.iter().copied().find(|it| holds_template(it, rollout));
        Self { rollout, replica_sets, pods, analysis_runs, experiments, deployment }
    }
}

/// Tells whether an owner reference names `uid`.
pub(super) fn owned(meta: &Meta, uid: &str) -> bool {
    !uid.is_empty() && meta.owners.iter().any(|owner| &**owner == uid)
}

/// Argo's plugin takes a Deployment of the name that the Rollout refers to, whatever the kind; this program asks for
/// the kind too, because another kind's template is not the Deployment's.
fn holds_template(deployment: &Deployment, rollout: &Rollout) -> bool {
    rollout.spec.workload_ref.as_ref().is_some_and(|workload| {
        workload.kind.as_str() == "Deployment"
            && workload.name.as_str() == &*deployment.meta.key.name
            && rollout.meta.key.namespace == deployment.meta.key.namespace
    })
}
