//! Owns what makes the wire types Kubernetes resources: group, version, kind, plural and metadata.
//!
//! It holds no fields and reads nothing. Invariant: names are those of the CRDs and of Kubernetes itself.

use std::borrow::Cow;

use kube::core::{NamespaceResourceScope, ObjectMeta, Resource};

use super::{
    AnalysisRunObject, DeploymentObject, EventObject, ExperimentObject, PodObject, ReplicaSetObject,
    RolloutObject,
};

macro_rules! resources {
    ($($object:ty => $group:literal, $version:literal, $kind:literal, $plural:literal;)+) => { $(
        impl Resource for $object {
            type DynamicType = ();
            type Scope = NamespaceResourceScope;

            fn kind((): &()) -> Cow<'_, str> {
                $kind.into()
            }

            fn group((): &()) -> Cow<'_, str> {
                $group.into()
            }

            fn version((): &()) -> Cow<'_, str> {
                $version.into()
            }

            fn plural((): &()) -> Cow<'_, str> {
                $plural.into()
            }

            fn meta(&self) -> &ObjectMeta {
                &self.metadata
            }

            fn meta_mut(&mut self) -> &mut ObjectMeta {
                &mut self.metadata
            }
        }
    )+ };
}

resources! {
    RolloutObject => "argoproj.io", "v1alpha1", "Rollout", "rollouts";
    AnalysisRunObject => "argoproj.io", "v1alpha1", "AnalysisRun", "analysisruns";
    ExperimentObject => "argoproj.io", "v1alpha1", "Experiment", "experiments";
    ReplicaSetObject => "apps", "v1", "ReplicaSet", "replicasets";
    DeploymentObject => "apps", "v1", "Deployment", "deployments";
    PodObject => "", "v1", "Pod", "pods";
    EventObject => "", "v1", "Event", "events";
}
