//! Owns lean metadata: name, ages, owners and the few labels and annotations that the program reads.
//!
//! It never keeps `managedFields` or `last-applied-configuration`, which outweigh everything else of an object
//! by far. Invariant: a [`ObjectMeta`] from here holds only the keys in [`KEPT`].

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{OwnerReference, Time};
use kube::core::ObjectMeta;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

use super::intern::Interner;
use super::lenient::{Lenient, Maybe, lenient_structs};
use crate::rollout::{Key, Meta};
use crate::text::Printable;

/// Annotation with the revision of a Rollout, ReplicaSet, AnalysisRun or Experiment.
pub const REVISION: &str = "rollout.argoproj.io/revision";
/// Annotation with the generation of the referenced workload.
pub const WORKLOAD_GENERATION: &str = "rollout.argoproj.io/workload-generation";
/// Annotation with the name of the policy by which a Rollout is to be judged; ours.
pub const GATE_POLICY: &str = "rollgate.io/gate-policy";
/// Annotation with the time at which a ReplicaSet will be scaled down.
pub const SCALE_DOWN_DEADLINE: &str = "scale-down-deadline";
/// Annotation with the template's name of an experiment's ReplicaSet.
pub const EXPERIMENT_TEMPLATE: &str = "experiment.argoproj.io/template-name";
/// Label with the hash of the pod template.
pub const POD_HASH: &str = "rollouts-pod-template-hash";

const TRACKING_ID: &str = "argocd.argoproj.io/tracking-id";
const ARGO_INSTANCE: &str = "argocd.argoproj.io/instance";
const FLUX_KUSTOMIZATION: &str = "kustomize.toolkit.fluxcd.io/name";
const FLUX_RELEASE: &str = "helm.toolkit.fluxcd.io/name";

/// Labels and annotations that survive decoding.
pub const KEPT: [&str; 10] = [
    REVISION,
    WORKLOAD_GENERATION,
    GATE_POLICY,
    SCALE_DOWN_DEADLINE,
    EXPERIMENT_TEMPLATE,
    POD_HASH,
    TRACKING_ID,
    ARGO_INSTANCE,
    FLUX_KUSTOMIZATION,
    FLUX_RELEASE,
];

/// Reads metadata, skipping what is never shown; for `#[serde(deserialize_with)]`.
///
/// # Errors
/// Only those of the JSON text itself.
pub fn lean<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ObjectMeta, D::Error> {
    with::<Unread, D>(deserializer).map(|(meta, _)| meta)
}

/// Reads the same, and of `managedFields` what `M` makes of them.
///
/// # Errors
/// Only those of the JSON text itself.
pub fn with<'de, M: Lenient, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<(ObjectMeta, Option<M>), D::Error> {
    let wire = Maybe::<MetaWire<M>>::deserialize(deserializer)?.0.unwrap_or_default();
    let meta = ObjectMeta {
        name: wire.name.0,
        namespace: wire.namespace.0,
        uid: wire.uid.0,
        resource_version: wire.resource_version.0,
        generation: wire.generation.0,
        creation_timestamp: wire.creation_timestamp.0.map(Time),
        deletion_timestamp: wire.deletion_timestamp.0.map(Time),
        labels: wire.labels.0.map(|kept| kept.0),
        annotations: wire.annotations.0.map(|kept| kept.0),
        owner_references: wire
            .owner_references
            .0
            .map(|owners| owners.into_iter().map(OwnerWire::into_reference).collect()),
        ..ObjectMeta::default()
    };
    Ok((meta, wire.managed_fields.0))
}

/// Turns lean metadata into the domain's identity; namespaces are shared.
pub fn identity(meta: &ObjectMeta, interner: &mut Interner) -> Meta {
    let raw = |field: &Option<String>| field.as_deref().unwrap_or_default().into();
    Meta {
        key: Key {
            namespace: interner.name(meta.namespace.as_deref().unwrap_or_default()),
            name: raw(&meta.name),
        },
        uid: raw(&meta.uid),
        resource_version: raw(&meta.resource_version),
        generation: meta.generation.unwrap_or_default(),
        created: meta.creation_timestamp.as_ref().map(|time| time.0),
        deleted: meta.deletion_timestamp.as_ref().map(|time| time.0),
        owners: meta.owner_references.iter().flatten().map(|owner| owner.uid.as_str().into()).collect(),
        revision: annotation(meta, REVISION).and_then(|text| text.parse().ok()),
    }
}

/// Returns a kept annotation.
pub fn annotation<'a>(meta: &'a ObjectMeta, key: &str) -> Option<&'a str> {
    meta.annotations.as_ref()?.get(key).map(String::as_str)
}

/// Returns a kept label.
pub fn label<'a>(meta: &'a ObjectMeta, key: &str) -> Option<&'a str> {
    meta.labels.as_ref()?.get(key).map(String::as_str)
}

/// Names who keeps an object of this kind in step with a repository: an Argo CD application or a Flux object.
///
/// Argo CD's tracking id counts only where it names this very object (`APP:GROUP/KIND:NAMESPACE/NAME`), because
/// copies of an object carry the annotation along.
pub fn tracked_by(meta: &ObjectMeta, kind: &str) -> Option<Printable> {
    let by = |owner: &str, name: &str| Printable::from_cluster(&format!("{owner} {name}"));
    annotation(meta, TRACKING_ID)
        .and_then(|id| tracking_application(id, meta, kind))
        .or_else(|| label(meta, ARGO_INSTANCE))
        .map(|name| by("Argo CD application", name))
        .or_else(|| label(meta, FLUX_KUSTOMIZATION).map(|name| by("Flux kustomization", name)))
        .or_else(|| label(meta, FLUX_RELEASE).map(|name| by("Flux release", name)))
}

fn tracking_application<'a>(id: &'a str, meta: &ObjectMeta, kind: &str) -> Option<&'a str> {
    let mut parts = id.splitn(3, ':');
    let (application, tracked, object) = (parts.next()?, parts.next()?, parts.next()?);
    let (namespace, name) = object.split_once('/')?;
    let same = tracked.rsplit('/').next() == Some(kind)
        && Some(name) == meta.name.as_deref()
        && (namespace.is_empty() || Some(namespace) == meta.namespace.as_deref());
    same.then_some(application)
}

/// What is not looked at.
struct Unread;

impl Lenient for Unread {}

#[derive(serde::Deserialize)]
#[serde(default, rename_all = "camelCase", bound = "M: Lenient")]
struct MetaWire<M> {
    name: Maybe<String>,
    namespace: Maybe<String>,
    uid: Maybe<String>,
    resource_version: Maybe<String>,
    generation: Maybe<i64>,
    creation_timestamp: Maybe<Timestamp>,
    deletion_timestamp: Maybe<Timestamp>,
    labels: Maybe<Kept>,
    annotations: Maybe<Kept>,
    owner_references: Maybe<Vec<OwnerWire>>,
    managed_fields: Maybe<M>,
}

impl<M> Default for MetaWire<M> {
    fn default() -> Self {
        Self {
            name: Maybe(None),
            namespace: Maybe(None),
            uid: Maybe(None),
            resource_version: Maybe(None),
            generation: Maybe(None),
            creation_timestamp: Maybe(None),
            deletion_timestamp: Maybe(None),
            labels: Maybe(None),
            annotations: Maybe(None),
            owner_references: Maybe(None),
            managed_fields: Maybe(None),
        }
    }
}

impl<M: Lenient> Lenient for MetaWire<M> {
    fn from_map<'de, A: MapAccess<'de>>(map: A) -> Result<Option<Self>, A::Error> {
        Deserialize::deserialize(serde::de::value::MapAccessDeserializer::new(map)).map(Some)
    }
}

#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct OwnerWire {
    api_version: Maybe<String>,
    kind: Maybe<String>,
    name: Maybe<String>,
    uid: Maybe<String>,
    controller: Maybe<bool>,
}

lenient_structs!(OwnerWire);

impl OwnerWire {
    fn into_reference(self) -> OwnerReference {
        OwnerReference {
            api_version: self.api_version.or_default(),
            kind: self.kind.or_default(),
            name: self.name.or_default(),
            uid: self.uid.or_default(),
            controller: self.controller.0,
            block_owner_deletion: None,
        }
    }
}

#[derive(Clone, Debug, Default)]
struct Kept(BTreeMap<String, String>);

impl Lenient for Kept {
    fn from_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<Option<Self>, A::Error> {
        let mut kept = BTreeMap::new();
        while let Some(key) = map.next_key_seed(WantedKey)? {
            match key {
                Some(key) => {
                    let value = map.next_value::<Maybe<String>>()?;
                    kept.extend(value.0.map(|value| (key.to_owned(), value)));
                }
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Some(Self(kept)))
    }
}

/// Compares a key where it stands, so that unwanted ones cost no allocation.
struct WantedKey;

impl<'de> DeserializeSeed<'de> for WantedKey {
    type Value = Option<&'static str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for WantedKey {
    type Value = Option<&'static str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(KEPT.into_iter().find(|kept| *kept == key))
    }
}
