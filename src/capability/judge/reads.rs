//! Owns the rows that read: how their watches stand, and what would let them stand better.
//!
//! Invariant: a watch is available while it was heard from within [`limits::READING`], and at no other time.

use jiff::Timestamp;

use super::finding::{Finding, worst};
use super::{Place, Reading, Scene, rights};
use crate::capability::dated::is_within;
use crate::capability::remedy;
use crate::capability::right::{self, Read};
use crate::capability::{Capability, limits};

/// Argo: docs/installation.md.
const CRDS: &str = "https://github.com/argoproj/argo-rollouts/manifests/crds?ref=stable";

/// Judges a row that reads.
pub(super) fn judge(capability: Capability, place: &Place<'_>, scene: &Scene<'_>) -> Finding {
    let findings = Read::of(capability).iter().map(|kind| of(*kind, place, scene)).collect();
    worst(findings).unwrap_or_else(|| Finding::unknown("nothing is read for it"))
}

/// Returns when the Rollouts of a place were last heard of, if decisions may rest on them; else what is wrong.
pub(super) fn live(place: &Place<'_>, scene: &Scene<'_>) -> Result<Timestamp, Finding> {
    match place.readings.rollouts {
        Reading::Live { at } if is_within(at, limits::READING, scene.now) => Ok(at.min(scene.now)),
        // That they may be read is not that they are.
        Reading::Unwatched => {
            Err(Finding::unknown("Rollouts: not watched here").noted("watch", "nobody asked"))
        }
        _ => Err(of(Read::Rollouts, place, scene)),
    }
}

/// Judges the watch of one kind.
pub(super) fn of(kind: Read, place: &Place<'_>, scene: &Scene<'_>) -> Finding {
    let what = kind.word();
    match reading(kind, place) {
        Reading::Live { at } if is_within(*at, limits::READING, scene.now) => {
            let at = (*at).min(scene.now);
            Finding::available(at, scene.now).seen("watch", format!("{what}: listed, and heard from"), at)
        }
        Reading::Live { at } if *at > scene.now => Finding::unknown(format!(
            "{what}: heard from at a time that is yet to come"
        ))
        .seen("watch", "this machine's clock was put back", *at),
        Reading::Live { at } => Finding::degraded(*at, format!("{what}: nothing heard on the watch")).seen(
            "watch",
            format!("{what}: last heard from"),
            *at,
        ),
        Reading::Loading => Finding::unknown(format!("{what}: the first list is under way"))
            .noted("watch", "no complete list yet"),
        Reading::Stale { since: Some(since), why } => {
            Finding::degraded(*since, format!("{what}: {why}")).seen("watch", why.clone(), *since)
        }
        Reading::Stale { since: None, why } => {
            Finding::unavailable(format!("{what}: {why}")).noted("watch", why.clone())
        }
        Reading::Forbidden { why } => forbidden(kind, place, scene).noted("watch", why.clone()),
        Reading::Absent { why } => absent(kind, scene).noted("watch", why.clone()),
        Reading::LoggedOut { why } => Finding::unavailable(format!("{what}: {why}"))
            .noted("watch", why.clone())
            .advised("Log in as this cluster wants it; new credentials are taken up without a restart."),
        Reading::Unwatched => unwatched(kind, place, scene),
    }
}

fn reading<'a>(kind: Read, place: &'a Place<'_>) -> &'a Reading {
    match kind {
        Read::Rollouts => &place.readings.rollouts,
        Read::ReplicaSets => &place.readings.replica_sets,
        Read::Pods => &place.readings.pods,
        Read::AnalysisRuns => &place.readings.analysis_runs,
        Read::Events => &place.readings.events,
    }
}

/// Names the verbs that a review denied; all of them where no review says which.
fn forbidden(kind: Read, place: &Place<'_>, scene: &Scene<'_>) -> Finding {
    let ruled = rights::of(kind.rights(), place, scene);
    let missing = if ruled.denied.is_empty() { kind.rights().to_vec() } else { ruled.denied };
    Finding::lacking(format!("{} in {}", right::listed(&missing), place.words())).remedied(remedy::ask_for(
        &missing,
        place.grant(),
        &scene.board.viewer,
    ))
}

fn absent(kind: Read, scene: &Scene<'_>) -> Finding {
    let missing = Finding::lacking(format!("the server has no {}", kind.word()));
    match kind {
        Read::Rollouts | Read::AnalysisRuns => missing.remedied(remedy::run(
            "Install Argo Rollouts' definitions (or look at another cluster).",
            remedy::kubectl(&scene.board.viewer, None, &["apply", "--server-side", "-k", CRDS]),
        )),
        Read::ReplicaSets | Read::Pods | Read::Events => missing,
    }
}

/// What nobody has opened is not watched; the access reviews say whether it could be.
fn unwatched(kind: Read, place: &Place<'_>, scene: &Scene<'_>) -> Finding {
    let ruled = rights::of(kind.rights(), place, scene).finding;
    let ruled = ruled.noted("watch", format!("{}: read while a Rollout is open", kind.word()));
    in_contact(ruled, place, scene)
}

/// Holds what rests on reviews alone to the way to the server: where the watch of Rollouts is cut off, they show nothing.
pub(super) fn in_contact(finding: Finding, place: &Place<'_>, scene: &Scene<'_>) -> Finding {
    let cut_off = match place.readings.rollouts {
        Reading::Stale { .. } | Reading::LoggedOut { .. } => true,
        Reading::Live { at } => !is_within(at, limits::READING, scene.now),
        _ => false,
    };
    if !cut_off {
        return finding;
    }
    worst(vec![of(Read::Rollouts, place, scene), finding.clone()]).unwrap_or(finding)
}
