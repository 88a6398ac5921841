//! Owns the comparison of a traffic object's split with what its Rollout claims.
//!
//! It never says which of the two is right. Invariant: what was read while the weight was being changed contradicts nothing.

use jiff::Timestamp;

use super::{HOW, changed};
use crate::capability::judge::finding::Finding;
use crate::capability::judge::{Scene, traffic};
use crate::capability::sight::{Split, TrafficObject};
use crate::capability::{limits, remedy, right};
use crate::rollout::{Rollout, phase, weight};

/// Compares what an object splits with what the Rollout claims; nothing where there is no claim to compare.
pub(super) fn compare(
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
    right::reading(object.kind).map_or_else(|| object.kind.to_owned(), |right| right.plural())
}
