//! Argo's Rollout controller, v1.9.1, as one pure look at one Rollout.
//!
//! It owns the order of a pass; the rules stand in the files beside it. It never measures a metric and never makes a
//! pod. Invariant: every look starts from the stored objects alone.

use jiff::Timestamp;

use crate::sim::model::Outcome;
use crate::sim::objects::{Objects, Place};

/// Looks at one Rollout (Argo: rollout/controller.go).
pub fn reconcile(_objects: &Objects, _place: &Place, _now: Timestamp) -> Outcome {
    Outcome::default()
}
