//! Owns the row of the revisions that an undo could go to.
//!
//! It rests on ReplicaSets that are seen, not on `revisionHistoryLimit`. Invariant: it is available only where each Rollout
//! of the place has an older revision.

use super::finding::Finding;
use super::{Place, Scene, reads};
use crate::capability::State;
use crate::capability::right::Read;

/// How many Rollouts are named.
const MOST: usize = 3;

/// Judges whether undo has somewhere to go.
pub(super) fn judge(place: &Place<'_>, scene: &Scene<'_>) -> Finding {
    if let Err(obstacle) = reads::live(place, scene) {
        return obstacle;
    }
    let sets = reads::of(Read::ReplicaSets, place, scene);
    let State::Available { at } = sets.state else { return sets };
    if place.rollouts.is_empty() {
        return Finding::unknown("no Rollout here").seen("watch", "no Rollout here", at);
    }
    if place.targets.len() != place.rollouts.len() {
        return Finding::unknown("older revisions were not counted yet").seen(
            "watch",
            "ReplicaSets are read",
            at,
        );
    }
    let pairs = place.rollouts.iter().zip(&place.targets);
    let without: Vec<&str> =
        pairs.filter(|(_, older)| **older == 0).map(|(rollout, _)| &*rollout.meta.key.name).collect();
    let of = place.rollouts.len();
    let named = match without.len() {
        0 => String::new(),
        few if few <= MOST => without.join(", "),
        _ => format!("{} …", without.iter().take(MOST).copied().collect::<Vec<_>>().join(", ")),
    };
    let said = format!("{} of {of} Rollouts have no older revision: {named}", without.len());
    match without.len() {
        0 => Finding::available(at, scene.now).seen(
            "watch",
            format!("each of {of} Rollouts has an older ReplicaSet"),
            at,
        ),
        all if all == of => Finding::lacking("an older ReplicaSet: no Rollout here has one")
            .seen("watch", said, at)
            .advised("A first version has none; else raise spec.revisionHistoryLimit of the Rollout."),
        _ => Finding::supported().seen("watch", said, at),
    }
}
