//! Owns the row of the weights: whether those that are shown are those of the traffic.
//!
//! Two witnesses: the router, as far as Argo asks it (`status.canary.weights.verified`), and the traffic object itself.
//! Invariant: a weight counts as verified only while a witness of it is young enough; a contradiction outweighs all.

use jiff::Timestamp;

use super::finding::{Finding, worst};
use super::look::{Look, look};
use super::traffic::{self, canary, sights};
use super::{Place, Scene, reads};
use crate::capability::sight::{Split, TrafficObject};
use crate::capability::{limits, remedy};
use crate::rollout::{Rollout, Weights, phase, weight};

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
            Look::Seen { what, at } => findings.extend(compare(rollout, object, what, at, scene)),
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
    const HOW: &str = "router, asked by the controller";
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

/// Compares what an object splits with what the Rollout claims; nothing where there is no claim to compare.
fn compare(
    rollout: &Rollout,
    object: &TrafficObject,
    split: &Split,
    at: Timestamp,
    scene: &Scene<'_>,
) -> Option<Finding> {
    let (claimed, of) = claim(rollout)?;
    let name = format!("{} of {}", traffic::named(object), rollout.meta.key.name);
    let Some(canary) = split.canary else {
        return Some(
            Finding::unknown(format!("{name} says its split in a form not known here")).seen(HOW, name, at),
        );
    };
    let said = format!("{name}: {canary} of {} to the canary", split.of);
    // The controller writes the object and its claim one after the other, and they are read one after the other.
    if changed(rollout, scene).is_some_and(|changed| at.duration_since(changed) <= limits::LAG) {
        return Some(Finding::unknown(format!("{name}: its weight is being changed")).seen(HOW, said, at));
    }
    let equal = i128::from(canary) * i128::from(of) == i128::from(claimed) * i128::from(split.of);
    if equal {
        return Some(Finding::available(at, scene.now).seen(HOW, said, at));
    }
    let words = format!(
        "{} claims {claimed} of {of}, {} has {canary} of {}",
        rollout.meta.key.name,
        traffic::named(object),
        split.of
    );
    let plural = plural(object);
    Some(
        Finding::degraded(at, words)
            .seen(HOW, said, at)
            .seen("Rollout", format!("{claimed} of {of} to the canary"), at)
            .remedied(remedy::run(
                "Find out who else writes it; until they agree, trust the object, not the Rollout.",
                remedy::kubectl(
                    &scene.board.viewer,
                    Some(&object.key.namespace),
                    &["get", &plural, &object.key.name, "-o", "yaml"],
                ),
            )),
    )
}

/// Returns the weight that is shown for the canary, and what means all.
fn claim(rollout: &Rollout) -> Option<(i64, i64)> {
    let of = weight::max(rollout)?;
    let claimed = match rollout.status.weights {
        Some(weights) => weights.canary,
        None if phase::is_settled(rollout) => return None,
        None => weight::actual(rollout, None)?,
    };
    Some((claimed, of))
}

fn plural(object: &TrafficObject) -> String {
    crate::capability::right::reading(object.kind)
        .map_or_else(|| object.kind.to_owned(), |right| right.plural())
}
