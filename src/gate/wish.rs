//! Owns what edges are asked to gather for gates, and what they bring.
//!
//! Written by the app from what is under way; carried out at the edges' own bounded pace. It never says how. Invariant: a wish replaces
//! the one before it; what was gathered says of which canary, so that it is never taken for another's.

use std::sync::Arc;

use jiff::Timestamp;

use super::evidence::Evidence;
use super::policy::Policy;
use super::stage::Outcome;
use super::trigger::{Approvals, Heard, Reasons};
use crate::rollout::{Key, Rollout};
use crate::text::Printable;

/// Least time between two questions for one canary, in seconds.
pub const APART: u64 = 15;

/// A canary that is judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Canary {
    /// Namespace and name of its Rollout.
    pub key: Key,
    /// The Rollout's uid.
    pub uid: Arc<str>,
    /// Hash of its pods: `{{canary}}` in queries.
    pub hash: Arc<str>,
    /// Hash of the stable version's pods: `{{stable}}`.
    pub stable: Arc<str>,
    /// What it is judged by.
    pub policy: Arc<Policy>,
    /// Names of the AnalysisRuns that the Rollout's status names, in the same namespace.
    pub runs: Vec<Printable>,
}

impl Canary {
    /// Takes what a Rollout brings in; `None` where nothing is under way or hashes are not known.
    pub fn of(rollout: &Rollout, policy: &Arc<Policy>) -> Option<Self> {
        let status = &rollout.status;
        let known = |hash: &Option<Arc<str>>| hash.clone().filter(|hash| !hash.is_empty());
        let (hash, stable) = (known(&status.current_pod_hash)?, known(&status.stable_hash)?);
        let runs = [
            &status.step_analysis,
            &status.background_analysis,
            &status.pre_promotion,
            &status.post_promotion,
        ];
        (hash != stable).then(|| Self {
            key: rollout.meta.key.clone(),
            uid: rollout.meta.uid.clone(),
            hash,
            stable,
            policy: policy.clone(),
            runs: runs.into_iter().flatten().map(|run| run.name.clone()).collect(),
        })
    }
}

/// What is to be gathered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wish {
    /// Every canary that is judged, the one looked at first.
    pub canaries: Vec<Canary>,
    /// Whether the first is looked at closely: its confirmation or its page is open.
    pub close: bool,
    /// Whether anybody looks at the terminal; where nobody does, nothing is asked.
    pub attended: bool,
}

/// What was gathered for one canary.
#[derive(Clone, Debug, PartialEq)]
pub struct Gathered {
    /// Namespace and name of its Rollout.
    pub key: Key,
    /// Hash of the canary's pods.
    pub hash: Arc<str>,
    /// By which policy it was gathered.
    pub policy: Arc<Policy>,
    /// When.
    pub at: Timestamp,
    /// One for each metric, in the policy's order.
    pub evidence: Vec<Evidence>,
    /// What the policy service says of the canary; `None` where none is asked.
    pub simulation: Option<Outcome>,
    /// Why jobs failed, as the policy service says.
    pub reasons: Heard<Reasons>,
    /// What waits for a person's approval there, where the policy has a limit.
    pub approvals: Heard<Approvals>,
}
