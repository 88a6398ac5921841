//! Owns the wire type of a Rollout and its conversion.
//!
//! It never judges the Rollout. Invariant: equal ladders, images and namespaces are shared through the interner.

use serde::Deserialize;

use super::intern::Interner;
use super::lenient::Maybe;
use super::meta::{self, GATE_POLICY, WORKLOAD_GENERATION};
use super::spec::SpecWire;
use super::status::StatusWire;
use super::writers::{self, Written};
use crate::rollout::Rollout;
use crate::text::Printable;

/// A Rollout as it comes over the wire, reduced to what is shown or guarded.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RolloutObject {
    #[serde(deserialize_with = "writers::written")]
    pub(super) metadata: Written,
    spec: Maybe<SpecWire>,
    status: Maybe<StatusWire>,
}

impl RolloutObject {
    /// Converts to the domain, sharing what repeats.
    pub fn into_rollout(self, interner: &mut Interner) -> Rollout {
        Rollout {
            meta: meta::identity(&self.metadata, interner),
            tracked_by: meta::tracked_by(&self.metadata, "Rollout").map(|name| interner.text(name)),
            gate_policy: meta::annotation(&self.metadata, GATE_POLICY)
                .map(|name| interner.text(Printable::from_cluster(name))),
            workload_generation: meta::annotation(&self.metadata, WORKLOAD_GENERATION).map(Into::into),
            writers: self.metadata.writers.into_writers(interner),
            spec: self.spec.or_default().into_spec(interner),
            status: self.status.or_default().into_status(interner),
        }
    }
}
