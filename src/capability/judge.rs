//! Owns the rules: from what was seen to the state of each row.
//!
//! One pure function, [`judge`], gives the whole account of a row at a time. It keeps nothing. Invariant: with nothing seen
//! every row is unknown, except those that are left out by design and those that configuration rules out.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Act, Board, Capability, Health, Scope, State};
use crate::rollout::Rollout;
use crate::text::Printable;

/// How a watch stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// Complete, open, and heard from lately.
    Live {
        /// When it was last heard from.
        at: Timestamp,
    },
    /// The first list is under way.
    Loading,
    /// It was known once.
    Stale {
        /// When it was last heard from.
        since: Option<Timestamp>,
        /// Why.
        why: Printable,
    },
    /// This user may not read it.
    Forbidden {
        /// In the server's words.
        why: Printable,
    },
    /// The server does not know the kind.
    Absent {
        /// What to install.
        why: Printable,
    },
    /// The credentials are refused.
    LoggedOut {
        /// What to do.
        why: Printable,
    },
    /// Nobody asked for it yet.
    Unwatched,
}

/// How the watches stand where a namespace is concerned.
#[derive(Clone, Debug, PartialEq)]
pub struct Readings {
    /// Rollouts.
    pub rollouts: Reading,
    /// ReplicaSets.
    pub replica_sets: Reading,
    /// Pods.
    pub pods: Reading,
    /// AnalysisRuns.
    pub analysis_runs: Reading,
    /// Events.
    pub events: Reading,
}

/// Whether the policy of this session lets a person order something.
#[derive(Clone, Debug, PartialEq)]
pub enum Granted {
    /// It does.
    Yes,
    /// It does not, and why: which rule, which flag.
    No {
        /// In the policy's words.
        why: Printable,
    },
}

/// A namespace, and what is known of it apart from the board.
#[derive(Clone, Debug)]
pub struct Place<'a> {
    /// Its name.
    pub namespace: Arc<str>,
    /// Its Rollouts.
    pub rollouts: Vec<&'a Rollout>,
    /// How many older revisions each of them could go back to, in their order; empty where ReplicaSets are not known.
    pub targets: Vec<usize>,
    /// How its watches stand.
    pub readings: Readings,
    /// What the policy lets a person order, in the order of [`Act::ALL`].
    pub granted: Vec<(Act, Granted)>,
}

/// Judges one row: in `place` where it is a row of namespaces; of the whole cluster, for which `all` places count, otherwise.
pub fn judge(
    capability: Capability,
    place: Option<&Place<'_>>,
    _all: &[Place<'_>],
    _board: &Board,
    _now: Timestamp,
) -> Health {
    let scope = match place {
        Some(place) if !capability.is_of_cluster() => Scope::Namespace(place.namespace.clone()),
        _ => Scope::Cluster,
    };
    let state = match capability {
        Capability::Autonomy | Capability::SingleStatus => State::NotByDesign,
        _ => State::Unknown { why: Printable::ours("not judged yet") },
    };
    Health { capability, scope, state, since: None, evidence: Vec::new(), remedy: None }
}
