//! Owns reading once: all Rollouts, one Rollout, and one with all that belongs to it, for reports and for resolving
//! doubt.
//!
//! It never watches and never keeps anything; how a whole list is read is [`list`]'s.
//! Invariant: every read asks for the newest stored state (no `resourceVersion` is sent), never for a cache's.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::Request;
use serde::de::DeserializeOwned;

use crate::operation::SiteKind;
use crate::rollout::delta::{Kind, Object};
use crate::rollout::parse::{
    AnalysisRunObject, DeploymentObject, EventObject, ExperimentObject, Interner, PodObject,
    ReplicaSetObject, RolloutObject,
};
use crate::rollout::{AnalysisRun, Deployment, Event, Experiment, Key, Pod, ReplicaSet, Rollout};

use super::client::Clients;
use super::fault::{Fault, Refusal};
use super::resource::{Collection, Selector, Wire, events as events_request, one, site as site_request};

mod list;
mod template;

pub use template::{holder, revisions};

/// A Rollout with all objects of its namespace that may belong to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Family {
    /// The Rollout.
    pub rollout: Rollout,
    /// ReplicaSets of any Rollout of the namespace.
    pub replica_sets: Vec<ReplicaSet>,
    /// Pods of any Rollout of the namespace.
    pub pods: Vec<Pod>,
    /// AnalysisRuns of the namespace.
    pub analysis_runs: Vec<AnalysisRun>,
    /// Experiments of the namespace.
    pub experiments: Vec<Experiment>,
    /// The Deployment that holds the pod template, if the Rollout refers to one that is there.
    pub deployment: Option<Deployment>,
    /// Kinds that could not be read, and why: what is missing of them is not known to be absent.
    pub unread: Vec<(Kind, Fault)>,
}

/// Reads all Rollouts of some namespaces, or of all where none is named.
///
/// # Errors
/// How the first failing request failed.
pub async fn rollouts(clients: &Clients, namespaces: &[Arc<str>]) -> Result<Vec<Rollout>, Fault> {
    let interner = Mutex::new(Interner::new());
    let mut found = Vec::new();
    let all = [None];
    let named: Vec<Option<&str>> = namespaces.iter().map(|namespace| Some(&**namespace)).collect();
    for namespace in if named.is_empty() { &all[..] } else { &named } {
        let collection = Collection::of::<RolloutObject>(*namespace, Selector::default());
        for object in list::streamed::<RolloutObject>(clients, &collection, &interner).await? {
            if let Object::Rollout(rollout) = object {
                found.push(*rollout);
            }
        }
    }
    Ok(found)
}

/// Reads what the controller said in some namespaces, or in all where none is named, as far as it is still kept (about an
/// hour), in no order.
///
/// # Errors
/// How the first failing request failed; most often Events may not be read.
pub async fn said(clients: &Clients, namespaces: &[Arc<str>]) -> Result<Vec<Event>, Fault> {
    let interner = Mutex::new(Interner::new());
    let all = [None];
    let named: Vec<Option<&str>> = namespaces.iter().map(|namespace| Some(&**namespace)).collect();
    let mut found = Vec::new();
    for namespace in if named.is_empty() { &all[..] } else { &named } {
        let collection = Collection::of::<EventObject>(*namespace, Selector::of_controller());
        for object in list::paged::<EventObject>(clients, &collection, &interner).await? {
            if let Object::Event(said) = object {
                found.push(*said);
            }
        }
    }
    Ok(found)
}

/// Reads the Experiments of some namespaces, or of all where none is named, in no order.
///
/// # Errors
/// How the first failing request failed.
pub async fn experiments(clients: &Clients, namespaces: &[Arc<str>]) -> Result<Vec<Experiment>, Fault> {
    let found = every::<ExperimentObject>(clients, namespaces).await?;
    let picked = found.into_iter().filter_map(|object| match object {
        Object::Experiment(experiment) => Some(*experiment),
        _ => None,
    });
    Ok(picked.collect())
}

/// Reads the AnalysisRuns of some namespaces, or of all where none is named, in no order.
///
/// # Errors
/// How the first failing request failed.
pub async fn analysis_runs(clients: &Clients, namespaces: &[Arc<str>]) -> Result<Vec<AnalysisRun>, Fault> {
    let found = every::<AnalysisRunObject>(clients, namespaces).await?;
    let picked = found.into_iter().filter_map(|object| match object {
        Object::AnalysisRun(run) => Some(*run),
        _ => None,
    });
    Ok(picked.collect())
}

/// Reads the AnalysisRuns of a namespace that judge pods of one version, whichever Rollout owns them, in no order.
///
/// # Errors
/// How the first failing request failed.
pub async fn analysis_runs_of(
    clients: &Clients,
    namespace: &str,
    hash: &str,
) -> Result<Vec<AnalysisRun>, Fault> {
    let collection = Collection::of::<AnalysisRunObject>(Some(namespace), Selector::of_version(hash)?);
    let found = list::paged::<AnalysisRunObject>(clients, &collection, &Mutex::new(Interner::new())).await?;
    let picked = found.into_iter().filter_map(|object| match object {
        Object::AnalysisRun(run) => Some(*run),
        _ => None,
    });
    Ok(picked.collect())
}

async fn every<W: Wire>(clients: &Clients, namespaces: &[Arc<str>]) -> Result<Vec<Object>, Fault> {
    let interner = Mutex::new(Interner::new());
    let all = [None];
    let named: Vec<Option<&str>> = namespaces.iter().map(|namespace| Some(&**namespace)).collect();
    let mut found = Vec::new();
    for namespace in if named.is_empty() { &all[..] } else { &named } {
        let collection = Collection::of::<W>(*namespace, Selector::default());
        found.extend(list::paged::<W>(clients, &collection, &interner).await?);
    }
    Ok(found)
}

/// Reads one Rollout; `None` where there is none of this name.
///
/// # Errors
/// How the request failed. A cluster without Argo Rollouts is such a failure, not an absent Rollout.
pub async fn rollout(clients: &Clients, key: &Key) -> Result<Option<Rollout>, Fault> {
    let wire = object::<RolloutObject>(clients, &key.namespace, &key.name).await?;
    Ok(wire.map(|wire| wire.into_rollout(&mut Interner::new())))
}

/// Reads one AnalysisRun; `None` where there is none of this name.
///
/// # Errors
/// How the request failed.
pub async fn analysis_run(
    clients: &Clients,
    namespace: &str,
    name: &str,
) -> Result<Option<AnalysisRun>, Fault> {
    let wire = object::<AnalysisRunObject>(clients, namespace, name).await?;
    Ok(wire.map(|wire| wire.into_analysis_run(&mut Interner::new())))
}

/// Reads a Rollout with all that may belong to it; `None` where there is none of this name.
///
/// A kind that may not be read, or is not installed, is told in [`Family::unread`] and does not fail the rest.
///
/// # Errors
/// How reading the Rollout itself failed.
pub async fn family(clients: &Clients, key: &Key) -> Result<Option<Family>, Fault> {
    let namespace = Some(&*key.namespace);
    let interner = Mutex::new(Interner::new());
    let (sets, pods) = (
        Collection::of::<ReplicaSetObject>(namespace, Selector::of_rollouts()),
        Collection::of::<PodObject>(namespace, Selector::of_rollouts()),
    );
    let (runs, experiments) = (
        Collection::of::<AnalysisRunObject>(namespace, Selector::default()),
        Collection::of::<ExperimentObject>(namespace, Selector::default()),
    );
    let (rollout, sets, pods, runs, experiments) = tokio::join!(
        rollout(clients, key),
        list::paged::<ReplicaSetObject>(clients, &sets, &interner),
        list::paged::<PodObject>(clients, &pods, &interner),
        list::paged::<AnalysisRunObject>(clients, &runs, &interner),
        list::paged::<ExperimentObject>(clients, &experiments, &interner),
    );
    let Some(rollout) = rollout? else { return Ok(None) };
    let mut family = Family {
        rollout,
        replica_sets: Vec::new(),
        pods: Vec::new(),
        analysis_runs: Vec::new(),
        experiments: Vec::new(),
        deployment: None,
        unread: Vec::new(),
    };
    family.take(Kind::ReplicaSets, sets);
    family.take(Kind::Pods, pods);
    family.take(Kind::AnalysisRuns, runs);
    family.take(Kind::Experiments, experiments);
    let referred =
        family.rollout.spec.workload_ref.as_ref().filter(|referred| referred.kind.as_str() == "Deployment");
    if let Some(name) = referred.map(|referred| referred.name.to_string()) {
        let read = object::<DeploymentObject>(clients, &key.namespace, &name).await;
        family.take(
            Kind::Deployments,
            read.map(|wire| wire.map(|wire| list::convert(wire, &interner)).into_iter().collect()),
        );
    }
    Ok(Some(family))
}

impl Family {
    fn take(&mut self, kind: Kind, read: Result<Vec<Object>, Fault>) {
        match read {
            Err(fault) => self.unread.push((kind, fault)),
            Ok(objects) => objects.into_iter().for_each(|object| self.add(object)),
        }
    }

    fn add(&mut self, object: Object) {
        match object {
            Object::ReplicaSet(object) => self.replica_sets.push(*object),
            Object::Pod(object) => self.pods.push(*object),
            Object::AnalysisRun(object) => self.analysis_runs.push(*object),
            Object::Experiment(object) => self.experiments.push(*object),
            Object::Deployment(object) => self.deployment = Some(*object),
            Object::Rollout(object) => self.rollout = *object,
            Object::Event(_) => {}
        }
    }
}

/// Reads one object of a kind that orders change, as stored; `None` where there is none of this name.
///
/// # Errors
/// How the request failed.
pub async fn site(
    clients: &Clients,
    kind: SiteKind,
    namespace: &str,
    name: &str,
) -> Result<Option<serde_json::Value>, Fault> {
    answered(clients, site_request(kind, namespace, name)?).await
}

/// Reads the Events about one object, as stored, in no order.
///
/// # Errors
/// How the request failed; most often they may not be read.
pub async fn events(clients: &Clients, namespace: &str, uid: &str) -> Result<Vec<serde_json::Value>, Fault> {
    #[derive(serde::Deserialize)]
    struct List {
        items: Vec<serde_json::Value>,
    }
    let list: Option<List> = answered(clients, events_request(namespace, uid)?).await?;
    Ok(list.map(|list| list.items).unwrap_or_default())
}

/// Reads one object; `None` where the server knows the kind and says that there is none of this name.
async fn object<W: Wire>(clients: &Clients, namespace: &str, name: &str) -> Result<Option<W>, Fault> {
    answered(clients, one::<W>(namespace, name)?).await
}

async fn answered<T: DeserializeOwned>(
    clients: &Clients,
    request: Request<Bytes>,
) -> Result<Option<T>, Fault> {
    match clients.ask(&request).await {
        Ok(answer) => serde_json::from_slice(&answer).map(Some).map_err(|e| Fault::unreadable(&e)),
        // A missing kind, or a proxy in between, answers 404 without these words.
        Err(Fault::Status(Refusal { code: 404, by_api_server: true, reason, .. }))
            if reason == "NotFound" =>
        {
            Ok(None)
        }
        Err(fault) => Err(fault),
    }
}
