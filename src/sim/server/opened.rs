//! What a client looks at, told to the world: a scenario may wait until a Rollout is opened.
//!
//! It owns which requests count as looking at a Rollout: reading it, or asking for the pods that it selects. It never
//! answers anything.

use std::sync::Arc;

use super::route::Route;
use super::selector::Selector;
use crate::sim::objects::kind::{POD, ROLLOUT};
use crate::sim::objects::{Place, Stored};
use crate::sim::world::World;

/// The label by which Argo tells a Rollout's versions apart.
const HASH: &str = "rollouts-pod-template-hash";

/// Notes that an object was read.
pub(super) fn note_one(world: &mut World, place: &Place) {
    if *place.kind == ROLLOUT {
        world.looked_at(place);
    }
}

/// Notes for which Rollouts a list or watch of pods was asked.
pub(super) fn note(world: &mut World, route: &Route, selector: &Selector) {
    if *route.kind != POD || selector.is_empty() {
        return;
    }
    let rollouts = world.objects.list(&ROLLOUT, route.namespace.as_deref());
    let meant: Vec<Place> =
        rollouts.filter(|one| selects(selector, one)).map(|one| one.place.clone()).collect();
    // A selector that means most of the cluster's pods opens none of its Rollouts.
    if let [place] = meant.as_slice() {
        world.looked_at(place);
    }
}

/// Tells whether a Rollout's pods are meant: its template's labels match, with the one that Argo gives each pod.
fn selects(selector: &Selector, rollout: &Arc<Stored>) -> bool {
    let mut labels = rollout.value.pointer("/spec/template/metadata/labels").cloned().unwrap_or_default();
    let hash = rollout.value.pointer("/status/currentPodHash");
    if let (Some(labels), Some(hash)) = (labels.as_object_mut(), hash) {
        labels.insert(HASH.to_owned(), hash.clone());
    }
    selector.chooses(Some(&labels))
}
