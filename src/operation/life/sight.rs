//! Owns what can be seen of an order's effect: nothing yet, the write itself, the controller's act, or something else.
//!
//! It judges two sets of facts and keeps nothing. Invariant: `Done` is said only of what the controller does, never
//! of what the order itself wrote.

use std::cmp::Ordering;

use crate::operation::facts::known;
use crate::operation::request::writes::whole_seconds;
use crate::operation::{Course, Facts};
use crate::rollout::step::CANARY_PAUSE;

mod site;

/// What is seen of an order's effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sight {
    /// Nothing of it.
    NotYet,
    /// What the order wrote is there; the controller has not acted.
    Visible,
    /// The controller acted on it.
    Done,
    /// The Rollout went another way, so the order's effect can no longer be seen.
    Elsewhere,
}

/// Judges what `is` shows of `course`, staged on `was`.
pub(super) fn sight(course: &Course, was: &Facts, is: &Facts) -> Sight {
    let site = |facts: &Facts| facts.site.as_ref().map(|site| site.uid.clone());
    if is.uid != was.uid || (is.site.is_some() && site(is) != site(was)) {
        return Sight::Elsewhere;
    }
    match course {
        Course::Pause => manual(is, is.paused == Some(true)),
        // The write raises the generation; an older reading may not be taken for its effect.
        Course::Resume => manual(is, is.paused != Some(true) && is.generation > was.generation),
        Course::Abort => abort(was, is),
        Course::EndPause { .. } => update(was, is).unwrap_or_else(|| end_pause(was, is)),
        Course::SkipInconclusive { next } => update(was, is).unwrap_or_else(|| skip(*next, was, is)),
        Course::GoTo { index, .. } => update(was, is).unwrap_or_else(|| go_to(*index, was, is)),
        Course::PromoteFull { steps } => update(was, is).unwrap_or_else(|| full(*steps, was, is)),
        Course::Retry => retry(was, is),
        Course::Rewrite(rewrite) => site::rewrite(rewrite, was, is),
        Course::SetImage(image) => site::image(image, was, is),
        Course::Restart { at } => restart(&whole_seconds(*at), was, is),
        Course::Terminate(_) => site::run(is),
    }
}

/// `observedGeneration` says whether the controller has read the spec that the order wrote.
fn manual(is: &Facts, written: bool) -> Sight {
    match (written, is.spec_observed()) {
        (false, _) => Sight::NotYet,
        (true, false) => Sight::Visible,
        (true, true) => Sight::Done,
    }
}

/// The controller sets `abortedAt` when it acts (Argo: rollout/pause.go, `CalculateAbortStatus`).
fn abort(was: &Facts, is: &Facts) -> Sight {
    match (is.abort == Some(true), is.aborted_at.is_some()) {
        _ if is.pod_hash != was.pod_hash || is.fully_promoted() => Sight::Elsewhere,
        (true, true) => Sight::Done,
        (true, false) => Sight::Visible,
        (false, _) => Sight::NotYet,
    }
}

/// Judges what both courses of a promotion have in common: is it still this update, and not aborted?
fn update(was: &Facts, is: &Facts) -> Option<Sight> {
    if is.pod_hash != was.pod_hash || is.abort == Some(true) {
        return Some(Sight::Elsewhere);
    }
    is.fully_promoted().then_some(Sight::Done)
}

fn end_pause(was: &Facts, is: &Facts) -> Sight {
    if still_waits(was, is) {
        return Sight::NotYet;
    }
    if !is.waits() && is.controller_pause == Some(true) {
        return Sight::Visible;
    }
    match is.step_index.cmp(&was.step_index) {
        Ordering::Less => Sight::Elsewhere,
        Ordering::Greater => Sight::Done,
        // A pause step that is gone without the next step having begun was not completed: it will pause again.
        Ordering::Equal if was.waits_for(CANARY_PAUSE) => Sight::Elsewhere,
        Ordering::Equal => Sight::Done,
    }
}

/// Tells whether any of the pauses that were to end is still there: same reason, same start.
fn still_waits(was: &Facts, is: &Facts) -> bool {
    was.pauses.list.iter().any(|pause| is.pauses.list.contains(pause))
}

/// The order writes the index itself, so the index is no sign of the controller: that the run left the status is.
fn skip(next: i64, was: &Facts, is: &Facts) -> Sight {
    match is.step_index.unwrap_or(-1).cmp(&next) {
        Ordering::Greater => Sight::Done,
        Ordering::Equal if is.step_analysis == was.step_analysis => Sight::Visible,
        Ordering::Equal => Sight::Done,
        Ordering::Less if still_waits(was, is) => Sight::NotYet,
        Ordering::Less => Sight::Elsewhere,
    }
}

/// The order writes the index and clears the pauses itself; the controller's sign is what it does at that step: it
/// pauses there, begins its run, scales the new version or weighs it anew, or goes on.
fn go_to(index: i64, was: &Facts, is: &Facts) -> Sight {
    match is.step_index.unwrap_or(-1).cmp(&index) {
        Ordering::Greater => Sight::Done,
        Ordering::Equal if is.waits() && !still_waits(was, is) => Sight::Done,
        Ordering::Equal if is.step_analysis.is_some() && is.step_analysis != was.step_analysis => Sight::Done,
        Ordering::Equal if is.carried != was.carried => Sight::Done,
        Ordering::Equal => Sight::Visible,
        Ordering::Less if is.step_index == was.step_index => Sight::NotYet,
        Ordering::Less => Sight::Elsewhere,
    }
}

/// The controller moves a canary behind its last step (Argo: rollout/canary.go, `syncRolloutStatusCanary`), switches a
/// blue-green's active service, or makes the version stable.
fn full(steps: Option<i64>, was: &Facts, is: &Facts) -> Sight {
    let moved = steps.is_some_and(|all| is.step_index == Some(all) && was.step_index != Some(all));
    let switched = known(&is.active_selector).is_some()
        && is.active_selector == is.pod_hash
        && was.active_selector != is.pod_hash;
    match is.promote_full == Some(true) {
        true if moved || switched => Sight::Done,
        true => Sight::Visible,
        false => Sight::NotYet,
    }
}

/// The controller clears `abortedAt` when it leaves the aborted state (Argo: rollout/pause.go, `CalculateAbortStatus`).
fn retry(was: &Facts, is: &Facts) -> Sight {
    match (is.abort == Some(true), is.aborted_at.is_some()) {
        _ if is.pod_hash != was.pod_hash => Sight::Elsewhere,
        (false, false) => Sight::Done,
        (false, true) => Sight::Visible,
        (true, _) if is.aborted_at != was.aborted_at => Sight::Elsewhere,
        (true, _) => Sight::NotYet,
    }
}

/// The controller copies `spec.restartAt` into the status once all pods are new (Argo: rollout/restart.go).
fn restart(at: &str, was: &Facts, is: &Facts) -> Sight {
    match (is.restart_at.as_deref() == Some(at), is.restarted_at.as_deref() == Some(at)) {
        (true, true) => Sight::Done,
        (true, false) => Sight::Visible,
        (false, _) if is.restart_at == was.restart_at => Sight::NotYet,
        (false, _) => Sight::Elsewhere,
    }
}
