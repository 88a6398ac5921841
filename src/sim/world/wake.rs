//! Who looks when an object changes: its own controller, its owner's, and whoever names it.
//!
//! It owns the informers' part of the controllers: which change queues which objects (Argo: rollout/controller.go,
//! `NewController`). It never reconciles. Invariant: what it names is in the objects' own order, so that the same change
//! always wakes the same in the same order.

use serde_json::Value;

use crate::sim::model::service;
use crate::sim::objects::kind::{
    ANALYSIS_RUN, DEPLOYMENT, EXPERIMENT, INGRESS, JOB, LEASE, POD, REPLICA_SET, ROLLOUT, SERVICE,
    VIRTUAL_SERVICE,
};
use crate::sim::objects::{Change, EventKind, Kind, Objects, Place, Stored};

/// Kinds that a controller looks at.
const LOOKED_AT: [&Kind; 8] =
    [&ROLLOUT, &ANALYSIS_RUN, &EXPERIMENT, &SERVICE, &REPLICA_SET, &DEPLOYMENT, &POD, &JOB];
/// Kinds that Argo's controller looks at: while it is down, nobody does.
const ARGOS: [&Kind; 5] = [&ROLLOUT, &ANALYSIS_RUN, &EXPERIMENT, &SERVICE, &LEASE];
/// Kinds that a Rollout names.
const NAMED: [&Kind; 4] = [&SERVICE, &INGRESS, &VIRTUAL_SERVICE, &DEPLOYMENT];

/// Tells whether Argo's controller is the one to look at an object.
pub(super) fn is_argos(place: &Place) -> bool {
    ARGOS.contains(&place.kind)
}

/// Tells whether any controller looks at objects of a kind.
pub(super) fn is_looked_at(kind: &'static Kind) -> bool {
    LOOKED_AT.contains(&kind)
}

/// Lists the objects to look at after `changed` did.
pub(super) fn concerned(objects: &Objects, changed: &Stored) -> Vec<Place> {
    let place = &changed.place;
    let mut all = Vec::new();
    if is_looked_at(place.kind) {
        all.push(place.clone());
    }
    all.extend(owner(changed).filter(|owner| is_looked_at(owner.kind)));
    if NAMED.contains(&place.kind) {
        let rollouts = objects.list(&ROLLOUT, Some(&place.namespace));
        all.extend(rollouts.filter(|rollout| names(&rollout.value, place)).map(|it| it.place.clone()));
    }
    all
}

/// Lists the Services that a Rollout named before a change and does not name after it.
pub(super) fn left_alone(objects: &Objects, change: &Change) -> Vec<Place> {
    let before = change.before.as_ref().filter(|before| before.place.kind == &ROLLOUT);
    let Some(before) = before else { return Vec::new() };
    let is_gone = change.event == EventKind::Deleted;
    // Most changes of a Rollout are of its status.
    if !is_gone && before.generation() == change.object.generation() {
        return Vec::new();
    }
    let services = objects.list(&SERVICE, Some(&before.place.namespace));
    let named = |rollout: &Stored, service: &Stored| service::names(&rollout.value, &service.place.name);
    services
        .filter(|service| named(before, service) && (is_gone || !named(&change.object, service)))
        .map(|service| service.place.clone())
        .collect()
}

/// Returns the object that controls this one.
fn owner(stored: &Stored) -> Option<Place> {
    let references = stored.value.pointer("/metadata/ownerReferences")?.as_array()?;
    let reference =
        references.iter().find(|it| it.get("controller").and_then(Value::as_bool) == Some(true))?;
    let text = |name: &str| reference.get(name).and_then(Value::as_str);
    let kind = Kind::by_reference(text("apiVersion")?, text("kind")?)?;
    Some(Place { kind, namespace: stored.place.namespace.clone(), name: text("name")?.into() })
}

/// Tells whether a Rollout's spec names an object of one of the kinds that can be named in it.
fn names(rollout: &Value, place: &Place) -> bool {
    let named = |paths: &[&str]| {
        paths.iter().any(|path| rollout.pointer(path).and_then(Value::as_str) == Some(&*place.name))
    };
    match place.kind.plural {
        "services" => service::names(rollout, &place.name),
        "ingresses" => named(&["/spec/strategy/canary/trafficRouting/nginx/stableIngress"]),
        "virtualservices" => named(&["/spec/strategy/canary/trafficRouting/istio/virtualService/name"]),
        _ => named(&["/spec/workloadRef/name"]),
    }
}
