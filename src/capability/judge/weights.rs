//! Owns the row of the weights: whether those that are shown are those of the traffic.
//!
//! Two witnesses: the router, as far as Argo asks it (`status.canary.weights.verified`), and the traffic object itself.
//! Invariant: a weight counts as verified only while a witness of it is young enough; a contradiction outweighs all.

use jiff::Timestamp;

use super::finding::{Finding, worst};
use super::look::{Look, look};
use super::traffic::{self, canary, sights};
use super::{Place, Scene, reads};
use crate::capability::limits;
use crate::rollout::{Rollout, Weights, phase};

mod split;

const HOW: &str = "traffic object";

/// Judges whether the weights of a place are verified.
pub(super) fn judge(place: &Place<'_>, scene: &Scene<'_>) -> Finding {
    let at = match reads::live(place, scene) {
        Ok(at) => at,
        Err(obstacle) => return obstacle,
    };
    let (mut findings, mut resting) = (Vec::new(), 0_usize);
    for rollout in traffic::routed(place) {
        match of(rollout, at, scene) {
            Some(finding) => findings.push(finding),
            None => resting = resting.saturating_add(1),
        }
    }
    let finding = worst(findings).unwrap_or_else(Finding::supported);
    let canaries = place.rollouts.iter().filter(|rollout| canary(rollout).is_some()).count();
    let finding = match canaries.saturating_sub(traffic::routed(place).count()) {
        0 => finding,
        by_pods => finding.seen(
            "watch",
            format!("{by_pods} without a router: the ratio of pods is their weight"),
            at,
        ),
    };
    match (resting, canaries) {
        (_, 0) => finding.seen("watch", "no canary here, so no weight", at),
        (0, _) => finding,
        _ => finding.seen(
            "watch",
            format!("{resting} at rest: their weights are looked at when they move"),
            at,
        ),
    }
}

/// Judges the weight of one Rollout; nothing where it rests and nobody looked.
fn of(rollout: &Rollout, heard: Timestamp, scene: &Scene<'_>) -> Option<Finding> {
    let key = &rollout.meta.key;
    let mut findings: Vec<Finding> = Vec::new();
    if let Some(weights) = rollout.status.weights {
        findings.extend(confirmed(rollout, weights, heard, scene));
    }
    for (object, dated) in sights(key, scene) {
        let name = traffic::named(object);
        match look(Some(dated), limits::TRAFFIC, scene.now) {
            Look::Seen { what, at } => findings.extend(split::compare(rollout, object, what, at, scene)),
            Look::Forbidden { why, at } => {
                findings.push(traffic::barred(object, scene).seen(HOW, why.clone(), at));
            }
            Look::Missing { why, at } => findings.push(
                Finding::lacking(format!("{name}, which {} names", key.name)).seen(HOW, why.clone(), at),
            ),
            Look::Failed { why, at, .. } => {
                findings.push(Finding::unknown(format!("{name}: {why}")).seen(HOW, why.clone(), at));
            }
            Look::Old { .. } | Look::Never => {}
        }
    }
    match witness(findings) {
        None if phase::is_settled(rollout) => None,
        None => Some(
            Finding::unknown(format!("{}: nothing has verified its weight yet", key.name))
                .noted(HOW, format!("{}: not read", key.name)),
        ),
        found => found,
    }
}

/// One witness that was heard is enough, unless another contradicts it; who could not be heard is kept as evidence.
fn witness(findings: Vec<Finding>) -> Option<Finding> {
    use crate::capability::State;
    let contradicted = findings.iter().any(|finding| matches!(finding.state, State::Degraded { .. }));
    let heard = |finding: &Finding| matches!(finding.state, State::Available { .. });
    if contradicted || !findings.iter().any(heard) {
        return worst(findings);
    }
    let (heard, others): (Vec<_>, Vec<_>) = findings.into_iter().partition(heard);
    let mut found = worst(heard)?;
    found.evidence.extend(others.into_iter().flat_map(|other| other.evidence));
    Some(found)
}

/// What the controller says that the router confirmed; nothing where it does not ask its router.
fn confirmed(rollout: &Rollout, weights: Weights, heard: Timestamp, scene: &Scene<'_>) -> Option<Finding> {
    const HOW: &str = "router's word";
    let (name, canary) = (&rollout.meta.key.name, weights.canary);
    let said = |word: &str| format!("{name}: weight {canary} {word}");
    match (weights.verified?, changed(rollout, scene)) {
        (true, _) => Some(Finding::available(heard, scene.now).seen(HOW, said("verified"), heard)),
        (false, Some(at)) if heard.duration_since(at) <= limits::LAG => {
            Some(Finding::unknown(said("is being verified")).seen(HOW, said("not verified yet"), heard))
        }
        (false, at) => Some(
            Finding::degraded(at.unwrap_or(heard), said("is not verified by its router"))
                .seen(HOW, said("not verified"), heard)
                .advised("The router has not taken the weight: look at its own state before promoting."),
        ),
    }
}

/// When the weight was last seen to change.
fn changed(rollout: &Rollout, scene: &Scene<'_>) -> Option<Timestamp> {
    scene.board.reweighed.get(&rollout.meta.key).copied()
}
