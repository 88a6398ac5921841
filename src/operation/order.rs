//! Owns what a person asks for: a kind of operation with what it needs to be exact.
//!
//! Plain data, put together by the one who asks; whether it makes sense is decided by [`super::stage`]. Invariant: what
//! an order changes outside of the Rollout's own status comes with the object as it was read, so that it can be
//! guarded and shown.

use std::sync::Arc;

use super::site::{Site, SiteKind};
use super::template::{Holder, Revision};
use super::{Kind, SiteFacts};
use crate::rollout::{AnalysisRun, Experiment, Key, Meta};
use crate::text::Printable;

/// One order, with its arguments.
#[derive(Clone, Debug, PartialEq)]
pub enum Order {
    /// Ends the pause that the Rollout waits in.
    Promote,
    /// Goes to a chosen step, and skips what lies before it.
    PromoteTo(Goal),
    /// Goes to the end, and skips all steps, pauses and analyses.
    PromoteFull,
    /// Sets `spec.paused`.
    Pause,
    /// Clears `spec.paused`.
    Resume,
    /// Sends all traffic back to the stable version; the template stays.
    Abort,
    /// Puts the stable version's template back, so that no update is left.
    Cancel(Box<Undo>),
    /// Takes an abort back: the aborted version begins anew.
    Retry,
    /// Puts the template of a chosen revision back.
    Undo(Box<Undo>),
    /// Gives one container another image.
    SetImage(Box<SetImage>),
    /// Has every pod that is older than the order evicted and made anew.
    Restart,
    /// Ends an AnalysisRun or Experiment, which then counts as a success.
    Terminate(Box<Run>),
}

/// How far a promotion goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// To the step of this index, counted from 0 as Argo does and as it is shown (`3/8`).
    Step(i64),
    /// To the next step that sets this weight, in the router's scale (per cent unless `maxTrafficWeight` says otherwise).
    Weight(i64),
}

/// What an undo or a cancel needs: what holds the template now, and the revision whose template is put back.
#[derive(Clone, Debug, PartialEq)]
pub struct Undo {
    /// What holds the template, as read.
    pub holder: Holder,
    /// The chosen revision, as read.
    pub revision: Revision,
    /// Number of the stable version's revision, where it was read.
    pub stable: Option<i64>,
}

/// What setting an image needs.
#[derive(Clone, Debug, PartialEq)]
pub struct SetImage {
    /// What holds the template, as read.
    pub holder: Holder,
    /// Name of the container, init containers included.
    pub container: String,
    /// The new image reference.
    pub image: String,
}

/// An AnalysisRun or Experiment to terminate, as observed.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Namespace and name.
    pub key: Key,
    /// Which object it is.
    pub site: Site,
    /// What is true of it.
    pub facts: SiteFacts,
    /// Uids of its owners, and where an Experiment made it, of that Experiment's owners.
    pub owners: Vec<Arc<str>>,
}

impl Order {
    /// Tells whether it puts back the template of the stable version of this hash, or of a revision before it.
    pub fn goes_back(&self, stable: Option<&str>) -> bool {
        let Self::Undo(undo) = self else { return false };
        let is_stable = stable.is_some_and(|stable| !stable.is_empty() && *stable == *undo.revision.hash);
        is_stable || undo.stable.is_some_and(|stable| (1..stable).contains(&undo.revision.number))
    }

    /// Returns the kind of order.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Promote => Kind::Promote,
            Self::PromoteTo(_) => Kind::PromoteTo,
            Self::PromoteFull => Kind::PromoteFull,
            Self::Pause => Kind::Pause,
            Self::Resume => Kind::Resume,
            Self::Abort => Kind::Abort,
            Self::Cancel(_) => Kind::Cancel,
            Self::Retry => Kind::Retry,
            Self::Undo(_) => Kind::Undo,
            Self::SetImage(_) => Kind::SetImage,
            Self::Restart => Kind::Restart,
            Self::Terminate(_) => Kind::Terminate,
        }
    }
}

impl Run {
    /// Takes an AnalysisRun that the Rollout itself made.
    pub fn analysis(run: &AnalysisRun) -> Self {
        Self::new(SiteKind::AnalysisRun, &run.meta, &run.phase, run.terminate)
    }

    /// Takes an AnalysisRun that an Experiment of the Rollout made.
    pub fn analysis_of(run: &AnalysisRun, experiment: &Experiment) -> Self {
        let mut taken = Self::analysis(run);
        if taken.owners.contains(&experiment.meta.uid) {
            taken.owners.extend(experiment.meta.owners.iter().cloned());
        }
        taken
    }

    /// Takes an Experiment.
    pub fn experiment(experiment: &Experiment) -> Self {
        Self::new(SiteKind::Experiment, &experiment.meta, &experiment.phase, experiment.terminate)
    }

    fn new(kind: SiteKind, meta: &Meta, phase: &Printable, terminate: Option<bool>) -> Self {
        Self {
            key: meta.key.clone(),
            site: Site { kind, name: meta.key.name.clone(), uid: meta.uid.clone() },
            facts: SiteFacts::of_run(meta, phase, terminate),
            owners: meta.owners.clone(),
        }
    }
}
