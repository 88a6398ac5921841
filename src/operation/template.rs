//! Owns pod templates as orders need them: what holds one, what a revision's was, and how two of them differ.
//!
//! Read from the API's JSON as it was fetched, because what is written back must be exact; nothing of it is kept by the
//! watch. Invariant: the template of a [`Revision`] holds nothing that the controller itself put into it.

use std::sync::Arc;

use serde_json::Value;

use super::site::{Site, SiteKind};
use crate::rollout::parse;
use crate::text::Printable;

mod clean;
mod defaults;
mod difference;
#[cfg(test)]
mod tests;

pub use difference::{Difference, differences};

/// Annotation with the revision of a ReplicaSet.
const REVISION: &str = "rollout.argoproj.io/revision";

/// The object that holds a Rollout's pod template, as read: the Rollout, or the workload that it refers to.
#[derive(Clone, Debug, PartialEq)]
pub struct Holder {
    /// Which object it is.
    pub site: Site,
    /// Its namespace.
    pub namespace: Arc<str>,
    /// `metadata.generation`.
    pub generation: i64,
    /// The template as stored.
    pub template: Arc<Value>,
    /// Who keeps the object in step with a repository, if anyone.
    pub tracked_by: Option<Printable>,
}

/// A revision of a Rollout: the template that one of its ReplicaSets was made from.
#[derive(Clone, Debug, PartialEq)]
pub struct Revision {
    /// Name of the ReplicaSet.
    pub name: Arc<str>,
    /// Uid of the ReplicaSet.
    pub uid: Arc<str>,
    /// Annotation `rollout.argoproj.io/revision`; 0 where absent or unreadable (Argo: pkg/kubectl-argo-rollouts/info).
    pub number: i64,
    /// Label `rollouts-pod-template-hash`; empty where absent.
    pub hash: Arc<str>,
    /// Uid of the controlling owner; empty where there is none.
    pub owner: Arc<str>,
    /// The template without what the controller added to it.
    pub template: Arc<Value>,
}

fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

impl Holder {
    /// Reads a Rollout, Deployment, ReplicaSet or PodTemplate; `None` for other kinds and where there is no template.
    pub fn read(object: &Value) -> Option<Self> {
        let kind = SiteKind::named(text(object, "/kind"))?;
        let template = object.pointer(kind.template()?).filter(|template| template.is_object())?;
        Some(Self {
            site: Site {
                kind,
                name: text(object, "/metadata/name").into(),
                uid: text(object, "/metadata/uid").into(),
            },
            namespace: text(object, "/metadata/namespace").into(),
            generation: object.pointer("/metadata/generation")?.as_i64()?,
            template: Arc::new(template.clone()),
            tracked_by: parse::tracked_by(object),
        })
    }
}

impl Holder {
    /// Lists the containers of the template with their images, those that run first.
    pub fn containers(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        containers(&self.template).map(|(_, name, image)| (name, image))
    }
}

impl Revision {
    /// Reads a ReplicaSet; `None` where it has no template.
    pub fn read(set: &Value) -> Option<Self> {
        let annotations = set.pointer("/metadata/annotations");
        let annotation = |key: &str| annotations.and_then(|all| all.get(key)).and_then(Value::as_str);
        let template = set.pointer("/spec/template").filter(|template| template.is_object())?;
        let owners = set.pointer("/metadata/ownerReferences").and_then(Value::as_array);
        let owner =
            owners.into_iter().flatten().find(|owner| owner.get("controller") == Some(&Value::Bool(true)));
        let labels = set.pointer("/metadata/labels");
        let hash = labels.and_then(|labels| labels.get(clean::POD_HASH)).and_then(Value::as_str);
        Some(Self {
            name: text(set, "/metadata/name").into(),
            uid: text(set, "/metadata/uid").into(),
            number: annotation(REVISION).and_then(|number| number.parse().ok()).unwrap_or(0),
            hash: hash.unwrap_or_default().into(),
            owner: owner.map_or("", |owner| text(owner, "/uid")).into(),
            template: Arc::new(clean::cleaned(template, annotation(clean::EPHEMERAL))),
        })
    }

    /// Lists the revisions of the Rollout of this uid among ReplicaSets as read, the newest first.
    pub fn all<'a>(sets: impl IntoIterator<Item = &'a Value>, rollout: &str) -> Vec<Self> {
        let own = |revision: &Self| &*revision.owner == rollout && revision.number > 0;
        let mut all: Vec<Self> = sets.into_iter().filter_map(Self::read).filter(own).collect();
        all.sort_by(|one, other| other.number.cmp(&one.number).then_with(|| one.name.cmp(&other.name)));
        all
    }
}

/// Lists the containers of a template as (pointer in the template, name, image), those that run first.
pub(super) fn containers(template: &Value) -> impl Iterator<Item = (String, &str, Option<&str>)> {
    ["containers", "initContainers"].into_iter().flat_map(|list| {
        let all = template.pointer(&format!("/spec/{list}")).and_then(Value::as_array);
        all.into_iter().flatten().enumerate().map(move |(index, container)| {
            let image = container.get("image").and_then(Value::as_str);
            (format!("/spec/{list}/{index}"), text(container, "/name"), image)
        })
    })
}
