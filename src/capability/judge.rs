//! Owns the rules: from what was seen to the state of each row.
//!
//! One pure function, [`judge`], gives the whole account of a row at a time. It keeps nothing. Invariant: with nothing seen
//! every row is unknown, except those that are left out by design and those that configuration rules out.

use std::sync::Arc;

use finding::Finding;
use jiff::Timestamp;

pub use providers::is_analysed;

use super::remedy::Grant;
use super::{Act, Board, Capability, Health, Scope, State};
use crate::rollout::Rollout;
use crate::text::Printable;

mod acts;
mod admission;
mod controller;
mod finding;
mod look;
mod ownership;
mod providers;
mod reads;
mod record;
mod rights;
mod rollback;
mod services;
mod traffic;
mod trials;
mod version;
mod weights;

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
    /// Its name; empty where it stands for all namespaces, because none is known.
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

impl Place<'_> {
    /// Returns its name; `None` where it stands for all namespaces.
    fn name(&self) -> Option<&str> {
        Some(&*self.namespace).filter(|name| !name.is_empty())
    }

    /// Names it in a sentence.
    fn words(&self) -> &str {
        self.name().unwrap_or("all namespaces")
    }

    /// Returns where rights for it are granted.
    fn grant(&self) -> Grant<'_> {
        self.name().map_or(Grant::Everywhere, Grant::In)
    }
}

/// What is known, and the time at which it is judged.
struct Scene<'a> {
    board: &'a Board,
    all: &'a [Place<'a>],
    now: Timestamp,
}

/// Judges one row: in `place` where it is a row of namespaces; of the whole cluster, for which `all` places count, otherwise.
pub fn judge(
    capability: Capability,
    place: Option<&Place<'_>>,
    all: &[Place<'_>],
    board: &Board,
    now: Timestamp,
) -> Health {
    let scene = Scene { board, all, now };
    let (scope, finding) = match place {
        _ if capability.is_of_cluster() => (Scope::Cluster, of_cluster(capability, &scene)),
        Some(place) => (Scope::Namespace(place.namespace.clone()), of_place(capability, place, &scene)),
        None => (Scope::Cluster, Finding::unknown("it holds for a namespace, and none was named")),
    };
    let Finding { state, evidence, remedy } = finding;
    let since = match state {
        State::Degraded { since, .. } => Some(since),
        _ => None,
    };
    Health { capability, scope, state, since, evidence, remedy }
}

fn of_cluster(capability: Capability, scene: &Scene<'_>) -> Finding {
    match capability {
        Capability::Reconciling => controller::judge(scene),
        Capability::ControllerVersion => version::judge(scene),
        Capability::Notifications => services::notifications(scene),
        Capability::Admission => admission::judge(scene),
        Capability::PolicyService => services::policy(scene),
        Capability::Outbox => record::outbox(scene),
        Capability::Ledger => record::ledger(scene),
        Capability::Clock => record::clock(scene),
        _ => Finding::new(State::NotByDesign),
    }
}

fn of_place(capability: Capability, place: &Place<'_>, scene: &Scene<'_>) -> Finding {
    match capability {
        Capability::ApprovalGate => acts::gate(place, scene),
        Capability::Promote => acts::judge(Act::Promote, place, scene),
        Capability::PauseResume => acts::judge(Act::PauseResume, place, scene),
        Capability::AbortRetry => acts::judge(Act::AbortRetry, place, scene),
        Capability::ChangeTemplate => acts::judge(Act::ChangeTemplate, place, scene),
        Capability::RollbackVisibility => rollback::judge(place, scene),
        Capability::WeightsVerified => weights::judge(place, scene),
        Capability::TrafficProvider => traffic::judge(place, scene),
        Capability::AnalysisProviders => providers::judge(place, scene),
        Capability::Ownership => ownership::judge(place, scene),
        Capability::Announcing => acts::announcing(place, scene),
        _ => reads::judge(capability, place, scene),
    }
}
