//! Owns which kinds are read, where they are found, and how one of them becomes an object of the domain.
//!
//! It never sends anything. Invariant: paths and queries are built by kube, which escapes them.

use bytes::Bytes;
use http::Request;
use kube::Resource;
use kube::api::{ListParams, WatchParams};
use serde::de::DeserializeOwned;

use crate::operation::SiteKind;
use crate::rollout::Meta;
use crate::rollout::delta::{Kind, Object};
use crate::rollout::event::CONTROLLER;
use crate::rollout::parse::{
    AnalysisRunObject, DeploymentObject, EventObject, ExperimentObject, Interner, PodObject,
    ReplicaSetObject, RolloutObject,
};

use super::fault::Fault;

/// The label that every ReplicaSet and pod of a Rollout carries (Argo: `DefaultRolloutUniqueLabelKey`).
pub(super) const POD_HASH: &str = "rollouts-pod-template-hash";

/// A kind as it comes over the wire.
pub(super) trait Wire: Resource<DynamicType = ()> + DeserializeOwned + Send + 'static {
    /// The kind.
    const KIND: Kind;

    /// Turns it into an object of the domain.
    fn into_object(self, interner: &mut Interner) -> Object;
}

macro_rules! wires {
    ($($wire:ty => $kind:ident, $object:ident, $convert:ident;)+) => { $(
        impl Wire for $wire {
            const KIND: Kind = Kind::$kind;

            fn into_object(self, interner: &mut Interner) -> Object {
                Object::$object(Box::new(self.$convert(interner)))
            }
        }
    )+ };
}

wires! {
    RolloutObject => Rollouts, Rollout, into_rollout;
    ReplicaSetObject => ReplicaSets, ReplicaSet, into_replica_set;
    PodObject => Pods, Pod, into_pod;
    AnalysisRunObject => AnalysisRuns, AnalysisRun, into_analysis_run;
    ExperimentObject => Experiments, Experiment, into_experiment;
    DeploymentObject => Deployments, Deployment, into_deployment;
    EventObject => Events, Event, into_event;
}

/// Returns an object's identity.
pub(super) fn meta(object: &Object) -> &Meta {
    match object {
        Object::Rollout(object) => &object.meta,
        Object::ReplicaSet(object) => &object.meta,
        Object::Pod(object) => &object.meta,
        Object::AnalysisRun(object) => &object.meta,
        Object::Experiment(object) => &object.meta,
        Object::Deployment(object) => &object.meta,
        Object::Event(object) => &object.meta,
    }
}

/// Which objects of a kind are meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Selector {
    /// A label selector.
    pub(super) labels: Option<String>,
    /// A field selector.
    pub(super) fields: Option<String>,
}

impl Selector {
    /// Means what carries a pod-template hash of Argo's.
    pub(super) fn of_rollouts() -> Self {
        Self { labels: Some(POD_HASH.to_owned()), fields: None }
    }

    /// Means what carries this pod-template hash of Argo's.
    ///
    /// # Errors
    /// It could mean something else in a selector.
    pub(super) fn of_version(hash: &str) -> Result<Self, Fault> {
        plain(hash)?;
        Ok(Self { labels: Some(format!("{POD_HASH}={hash}")), fields: None })
    }

    /// Means Events that Argo's controller told, whatever they are about.
    pub(super) fn of_controller() -> Self {
        Self { labels: None, fields: Some(format!("source={CONTROLLER}")) }
    }
}

/// Objects of one kind in one namespace, or in all.
#[derive(Clone, Debug)]
pub(super) struct Collection {
    namespace: Option<String>,
    path: String,
    selector: Selector,
}

impl Collection {
    /// Names the objects of kind `W` in `namespace`, or in all, that `selector` means.
    pub(super) fn of<W: Wire>(namespace: Option<&str>, selector: Selector) -> Self {
        Self { namespace: namespace.map(str::to_owned), path: W::url_path(&(), namespace), selector }
    }

    /// Asks for a page of the list: at most `limit` objects, from where `next` points.
    pub(super) fn page(&self, limit: u32, next: Option<String>) -> Result<Request<Bytes>, Fault> {
        self.namespace.as_deref().map_or(Ok(()), plain)?;
        let params = ListParams {
            label_selector: self.selector.labels.clone(),
            field_selector: self.selector.fields.clone(),
            limit: Some(limit),
            continue_token: next,
            ..ListParams::default()
        };
        built(kube::core::Request::new(&self.path).list(&params))
    }

    /// Asks for a watch of `seconds`: from `version` on, or with a list first where there is none.
    pub(super) fn watch(&self, version: Option<&str>, seconds: u32) -> Result<Request<Bytes>, Fault> {
        self.namespace.as_deref().map_or(Ok(()), plain)?;
        let params = WatchParams {
            label_selector: self.selector.labels.clone(),
            field_selector: self.selector.fields.clone(),
            timeout: Some(seconds),
            bookmarks: true,
            send_initial_events: version.is_none(),
        };
        // Without a version the server lists the newest state, not what its cache happens to hold.
        built(kube::core::Request::new(&self.path).watch(&params, version.unwrap_or_default()))
    }
}

/// Asks for one object.
pub(super) fn one<W: Wire>(namespace: &str, name: &str) -> Result<Request<Bytes>, Fault> {
    plain(namespace).and_then(|()| plain(name))?;
    let request = kube::core::Request::new(W::url_path(&(), Some(namespace)));
    built(request.get(name, &kube::api::GetParams::default()))
}

/// Asks for one object of a kind that orders change.
pub(super) fn site(kind: SiteKind, namespace: &str, name: &str) -> Result<Request<Bytes>, Fault> {
    plain(namespace).and_then(|()| plain(name))?;
    let request = Request::get(kind.path(namespace, name)).body(Bytes::new());
    request.map_err(|error| Fault::Unsent { why: error.to_string().into() })
}

/// Asks for the Events about one object.
pub(super) fn events(namespace: &str, uid: &str) -> Result<Request<Bytes>, Fault> {
    plain(namespace).and_then(|()| plain(uid))?;
    let path =
        format!("/api/v1/namespaces/{namespace}/events?fieldSelector=involvedObject.uid%3D{uid}&limit=500");
    Request::get(path).body(Bytes::new()).map_err(|error| Fault::Unsent { why: error.to_string().into() })
}

/// Refuses what would change the path that it is put into.
pub(super) fn plain(name: &str) -> Result<(), Fault> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-._:".contains(c);
    if !name.is_empty() && name.chars().all(fits) && !name.starts_with('.') {
        return Ok(());
    }
    Err(Fault::Unsent { why: format!("`{name}` cannot be a name in Kubernetes").into() })
}

fn built(request: Result<Request<Vec<u8>>, kube::core::request::Error>) -> Result<Request<Bytes>, Fault> {
    request.map(|request| request.map(Bytes::from)).map_err(|e| Fault::Unsent { why: e.to_string().into() })
}
