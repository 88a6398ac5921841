//! Owns how images are named in a narrow place: without registry and path, with tag or a short digest.
//!
//! It never shortens what is shown in a confirmation.

use crate::app::App;
use crate::rollout::{Container, Rollout};
use crate::text::Printable;

/// Names the images of the version that is brought in, in short.
pub(super) fn wanted(app: &App, rollout: &Rollout) -> Printable {
    short(containers(app, rollout))
}

/// Returns the containers of the version that is brought in; from the ReplicaSet where the template lives elsewhere.
pub(super) fn containers<'a>(app: &'a App, rollout: &'a Rollout) -> &'a [Container] {
    if !rollout.spec.containers.is_empty() {
        return &rollout.spec.containers;
    }
    let wanted = rollout.status.current_pod_hash.as_deref();
    let sets = app.store.replica_sets_of(rollout);
    sets.into_iter().find(|set| Some(&*set.hash) == wanted).map_or(&[], |set| &set.containers)
}

/// Writes images in short, joined by blanks.
pub(super) fn short(containers: &[Container]) -> Printable {
    let names: Vec<&str> = containers.iter().map(|container| last_part(container.image.as_str())).collect();
    Printable::from(names.join(" "))
}

fn last_part(image: &str) -> &str {
    let name = image.rsplit_once('/').map_or(image, |(_, name)| name);
    match name.split_once("@sha256:") {
        Some((_, digest)) => {
            let end = name.len() - digest.len() + digest.len().min(8);
            name.get(..end).unwrap_or(name)
        }
        None => name,
    }
}
