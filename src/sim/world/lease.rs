//! The Lease by which Argo's controller says that it lives.
//!
//! It owns its form and its rhythm (Argo: cmd/rollouts-controller/main.go and controller/controller.go: 15 s, renewed
//! every 2 s). Nobody renews it while the controller is down. Invariant: there is at most one.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::World;
use crate::sim::model::random;
use crate::sim::objects::kind::LEASE;
use crate::sim::objects::{Part, Patch, PatchKind, Place, Refusal};

/// The namespace in which Argo's controller lives.
pub const NAMESPACE: &str = "argo-rollouts";
const NAME: &str = "argo-rollouts-controller-lock";
const EVERY: SignedDuration = SignedDuration::from_secs(2);

fn written(at: Timestamp) -> String {
    format!("{at:.6}")
}

impl World {
    /// Has a controller take the Lease and keep it; its namespace must be there.
    ///
    /// # Errors
    /// The API's refusal.
    pub fn lead(&mut self) -> Result<(), Refusal> {
        let seed = self.seed.to_string();
        let holder = format!(
            "argo-rollouts-{}-{}",
            random::suffix(&[&seed, "replica set"]),
            random::suffix(&[&seed, "controller"])
        );
        let now = written(self.now);
        let lease = json!({
            "apiVersion": LEASE.api_version(), "kind": LEASE.kind, "metadata": {"name": NAME},
            "spec": {"holderIdentity": holder, "leaseDurationSeconds": 15, "leaseTransitions": 0,
                "acquireTime": now, "renewTime": now},
        });
        self.objects.create(&LEASE, NAMESPACE, lease, self.now)?;
        let next = self.now.checked_add(EVERY).unwrap_or(self.now);
        self.look_at(Place::new(&LEASE, NAMESPACE, NAME), next);
        Ok(())
    }

    /// Renews the Lease.
    pub(super) fn renew(&mut self, lease: &Place) {
        let body = json!({"spec": {"renewTime": written(self.now)}}).to_string();
        let patch = Patch { kind: PatchKind::Merge, body: body.as_bytes() };
        // A Lease that somebody deleted is not made anew: nothing that is shown rests on it.
        if self.objects.patch(lease, Part::Whole, patch, self.now).is_ok() {
            self.take_in();
            let next = self.now.checked_add(EVERY).unwrap_or(self.now);
            self.look_at(lease.clone(), next);
        }
    }
}
