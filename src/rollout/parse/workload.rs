//! Owns the wire types of ReplicaSets and Deployments, and of the pod template that they share with Rollouts.
//!
//! It never keeps more of a template than the containers' names and images. Invariant: init containers are not
//! among the containers, as in the plugin's views.

use kube::core::ObjectMeta;
use serde::Deserialize;

use super::intern::Interner;
use super::lenient::{Maybe, lenient_structs};
use super::meta::{self, EXPERIMENT_TEMPLATE, POD_HASH, SCALE_DOWN_DEADLINE};
use super::status::ConditionWire;
use crate::rollout::{Container, Deployment, ReplicaSet};
use crate::text::Printable;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TemplateWire {
    spec: Maybe<PodSpecWire>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct PodSpecWire {
    containers: Maybe<Vec<ContainerWire>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct ContainerWire {
    name: Maybe<Printable>,
    image: Maybe<Printable>,
}

impl TemplateWire {
    pub(super) fn into_containers(self, interner: &mut Interner) -> Vec<Container> {
        let containers = self.spec.or_default().containers.or_default();
        let share = |wire: ContainerWire| Container {
            name: interner.text(wire.name.or_default()),
            image: interner.text(wire.image.or_default()),
        };
        containers.into_iter().map(share).collect()
    }
}

/// A ReplicaSet as it comes over the wire.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ReplicaSetObject {
    #[serde(deserialize_with = "meta::lean")]
    pub(super) metadata: ObjectMeta,
    spec: Maybe<WorkloadSpecWire>,
    status: Maybe<ReplicaSetStatusWire>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct WorkloadSpecWire {
    replicas: Maybe<i64>,
    template: Maybe<TemplateWire>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ReplicaSetStatusWire {
    replicas: Maybe<i64>,
    ready_replicas: Maybe<i64>,
    available_replicas: Maybe<i64>,
    observed_generation: Maybe<i64>,
    conditions: Maybe<Vec<ConditionWire>>,
}

lenient_structs!(TemplateWire, PodSpecWire, ContainerWire, WorkloadSpecWire, ReplicaSetStatusWire);

impl ReplicaSetObject {
    /// Converts to the domain, sharing what repeats; absent `spec.replicas` means 1, as in Kubernetes.
    pub fn into_replica_set(self, interner: &mut Interner) -> ReplicaSet {
        let spec = self.spec.or_default();
        let status = self.status.or_default();
        let conditions = status.conditions.or_default();
        let is = |field: &Maybe<Printable>, word: &str| field.0.as_ref().is_some_and(|f| f.as_str() == word);
        let failing = conditions.iter().find(|condition| is(&condition.kind, "ReplicaFailure"));
        ReplicaSet {
            meta: meta::identity(&self.metadata, interner),
            hash: interner.name(meta::label(&self.metadata, POD_HASH).unwrap_or_default()),
            desired: spec.replicas.0.unwrap_or(1),
            current: status.replicas.or_default(),
            ready: status.ready_replicas.or_default(),
            available: status.available_replicas.or_default(),
            observed_generation: status.observed_generation.or_default(),
            failing: failing.is_some_and(|condition| is(&condition.status, "True")),
            scale_down_deadline: meta::annotation(&self.metadata, SCALE_DOWN_DEADLINE).map(Into::into),
            experiment_template: meta::annotation(&self.metadata, EXPERIMENT_TEMPLATE)
                .map(|name| interner.text(Printable::from_cluster(name))),
            containers: spec.template.or_default().into_containers(interner),
        }
    }
}

/// A Deployment as it comes over the wire.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct DeploymentObject {
    #[serde(deserialize_with = "meta::lean")]
    pub(super) metadata: ObjectMeta,
    spec: Maybe<WorkloadSpecWire>,
}

impl DeploymentObject {
    /// Converts to the domain, sharing what repeats.
    pub fn into_deployment(self, interner: &mut Interner) -> Deployment {
        Deployment {
            meta: meta::identity(&self.metadata, interner),
            containers: self.spec.or_default().template.or_default().into_containers(interner),
        }
    }
}
