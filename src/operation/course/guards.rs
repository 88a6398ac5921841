//! Owns which facts guard which course.
//!
//! A fact that another order, the controller or a new spec would change stands here; counters do not. Invariant: each
//! list holds at least one fact that the order's own effect changes, so that a second copy of it is refused.

use super::Course;
use crate::operation::facts::Fact;

/// The version and how far the controller has seen the spec: what every write to the status depends on.
macro_rules! update {
    ($($more:expr),*) => {
        &[
            Fact::Uid,
            Fact::Generation,
            Fact::ObservedGeneration,
            Fact::PodHash,
            Fact::StableHash,
            $($more),*
        ]
    };
}

const END_PAUSE: &[Fact] = update![
    Fact::ManualPause,
    Fact::Step,
    Fact::Pauses,
    Fact::ControllerPause,
    Fact::Abort,
    Fact::FullPromotion
];

const SKIP_INCONCLUSIVE: &[Fact] = update![
    Fact::ManualPause,
    Fact::Step,
    Fact::Pauses,
    Fact::ControllerPause,
    Fact::Abort,
    Fact::FullPromotion,
    Fact::AnalysisName,
    Fact::AnalysisStatus
];

const PROMOTE_FULL: &[Fact] = update![Fact::ManualPause, Fact::Abort, Fact::FullPromotion];
const ABORT: &[Fact] = PROMOTE_FULL;
const RETRY: &[Fact] = update![Fact::ManualPause, Fact::Abort, Fact::AbortedAt, Fact::FullPromotion];
const TEMPLATE: &[Fact] = update![];
const IMAGE: &[Fact] = update![Fact::Container, Fact::Image];

/// Pausing must be possible while the controller lags (a bad release was pushed a second ago), so its observed
/// generation is no guard here; nor is the step, which the order does not touch.
const MANUAL_PAUSE: &[Fact] =
    &[Fact::Uid, Fact::Generation, Fact::PodHash, Fact::StableHash, Fact::ManualPause, Fact::Abort];

const RESTART: &[Fact] = &[Fact::Uid, Fact::Generation, Fact::RestartAt, Fact::RestartedAt];

const OTHERS_TEMPLATE: &[Fact] = &[Fact::SiteUid, Fact::SiteGeneration];
const OTHERS_IMAGE: &[Fact] = &[Fact::SiteUid, Fact::SiteGeneration, Fact::Container, Fact::Image];
/// The generation of a run counts its measurements too (its definition has no status subresource), so it is no guard.
const RUN: &[Fact] = &[Fact::SiteUid, Fact::SitePhase, Fact::SiteTerminate];

const VERSIONS: &[Fact] = &[Fact::Uid, Fact::PodHash, Fact::StableHash];
const VERSION: &[Fact] = &[Fact::Uid, Fact::PodHash];

/// The facts that the API server tests on the object which is changed.
pub(super) fn tested(course: &Course) -> &'static [Fact] {
    match course {
        Course::EndPause { .. } | Course::GoTo { .. } => END_PAUSE,
        Course::SkipInconclusive { .. } => SKIP_INCONCLUSIVE,
        Course::PromoteFull { .. } => PROMOTE_FULL,
        Course::Abort => ABORT,
        Course::Retry => RETRY,
        Course::Pause | Course::Resume => MANUAL_PAUSE,
        Course::Rewrite(_) if course.is_elsewhere() => OTHERS_TEMPLATE,
        Course::Rewrite(_) => TEMPLATE,
        Course::SetImage(_) if course.is_elsewhere() => OTHERS_IMAGE,
        Course::SetImage(_) => IMAGE,
        Course::Restart { .. } => RESTART,
        Course::Terminate(_) => RUN,
    }
}

/// The facts of the Rollout that the request, going elsewhere, cannot test.
pub(super) fn watched(course: &Course) -> &'static [Fact] {
    match course {
        Course::Rewrite(_) | Course::SetImage(_) if course.is_elsewhere() => VERSIONS,
        Course::Terminate(_) => VERSION,
        _ => &[],
    }
}
