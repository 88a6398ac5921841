//! The Deployment that runs Argo's controller, as its manifests make it (Argo: manifests/base).
//!
//! It lived through its past like a service, so its pod is ready when the play begins. It never does anything: the
//! controller of this cluster is the model, and its sign of life the Lease. Invariant: there is one.

use jiff::Timestamp;
use serde_json::json;

use super::cast::{create, found};
use super::file::File;
use super::measures::Measures;
use super::mold::{Copy, Mold};
use crate::sim::objects::kind::DEPLOYMENT;
use crate::sim::world::{World, lease};

/// The version whose rules the model follows.
const IMAGE: &str = "quay.io/argoproj/argo-rollouts:v1.9.1";

/// Brings the Deployment onto the stage.
///
/// # Errors
/// What the API refuses of it.
pub(super) fn enter(world: &mut World, file: &File, founded: Timestamp, seed: u64) -> Result<(), String> {
    let mut past = World::new(seed, founded, Box::new(Measures::new(seed, file.begins, &file.metric)));
    found(&mut past, Mold::SPACE, file, founded)?;
    let label = json!({"app.kubernetes.io/name": "argo-rollouts"});
    let deployment = json!({
        "apiVersion": DEPLOYMENT.api_version(), "kind": DEPLOYMENT.kind,
        "metadata": {"name": Mold::NAME, "labels": {"app.kubernetes.io/name": "argo-rollouts",
            "app.kubernetes.io/part-of": "argo-rollouts", "app.kubernetes.io/component": "rollouts-controller"}},
        "spec": {"replicas": 1, "selector": {"matchLabels": label}, "template": {
            "metadata": {"labels": label}, "spec": {"containers": [{"name": "argo-rollouts", "image": IMAGE}]}}},
    });
    create(&mut past, &DEPLOYMENT, Mold::SPACE, deployment)?;
    past.advance(file.begins);
    let mold = Mold::of(&past, (Mold::NAME, Mold::SPACE), file.begins);
    let copy = Copy {
        name: "argo-rollouts".to_owned(),
        namespace: lease::NAMESPACE.to_owned(),
        seed: format!("{seed}/controller"),
        spread: jiff::SignedDuration::ZERO,
    };
    mold.cast(&copy)?.enter(world);
    Ok(())
}
