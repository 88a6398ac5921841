//! Who looks when an object changes: its own controller, its owner's, and whoever names it.
//!
//! It owns the informers' part of the controllers: which change queues which objects (Argo: rollout/controller.go,
//! `NewController`). It never reconciles. Invariant: what it names is in the objects' own order, so that the same change
//! always wakes the same in the same order.

use serde_json::Value;

use crate::sim::objects::kind::{
    ANALYSIS_RUN, DEPLOYMENT, EXPERIMENT, INGRESS, JOB, LEASE, POD, REPLICA_SET, ROLLOUT, SERVICE,
    VIRTUAL_SERVICE,
};
use crate::sim::objects::{Kind, Objects, Place, Stored};

/// Kinds that a controller looks at.
const LOOKED_AT: [&Kind; 7] = [&ROLLOUT, &ANALYSIS_RUN, &EXPERIMENT, &REPLICA_SET, &DEPLOYMENT, &POD, &JOB];
/// Kinds that Argo's controller looks at: while it is down, nobody does.
const ARGOS: [&Kind; 4] = [&ROLLOUT, &ANALYSIS_RUN, &EXPERIMENT, &LEASE];
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
        "services" => named(&[
            "/spec/strategy/canary/canaryService",
            "/spec/strategy/canary/stableService",
            "/spec/strategy/canary/pingPong/pingService",
            "/spec/strategy/canary/pingPong/pongService",
            "/spec/strategy/blueGreen/activeService",
            "/spec/strategy/blueGreen/previewService",
        ]),
        "ingresses" => named(&["/spec/strategy/canary/trafficRouting/nginx/stableIngress"]),
        "virtualservices" => named(&["/spec/strategy/canary/trafficRouting/istio/virtualService/name"]),
        _ => named(&["/spec/workloadRef/name"]),
    }
}
