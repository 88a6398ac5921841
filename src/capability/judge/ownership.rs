//! Owns the row of who may put back what is ordered: Argo CD, where it tracks a Rollout.
//!
//! A fact about orders, not a fault. It never knows whether an application heals itself, which only Argo CD's own object
//! says. Invariant: that nobody left a mark is no proof that nobody tracks, so it is never more than supported.

use super::finding::Finding;
use super::{Place, Scene, reads};
use crate::capability::remedy;
use crate::text::Printable;

const HOW: &str = "GitOps marks";
/// How many Rollouts are named.
const MOST: usize = 3;

/// Judges whether somebody may put back what is ordered in a place.
pub(super) fn judge(place: &Place<'_>, scene: &Scene<'_>) -> Finding {
    let at = match reads::live(place, scene) {
        Ok(at) => at,
        Err(obstacle) => return obstacle,
    };
    let mut tracked =
        place.rollouts.iter().filter_map(|rollout| Some((rollout, rollout.tracked_by.as_ref()?)));
    let Some((first, by)) = tracked.next() else {
        let said = match place.rollouts.len() {
            0 => "no Rollout here".to_owned(),
            count => format!("no mark of Argo CD on {count} Rollouts; other tools' marks are not known here"),
        };
        return Finding::supported().seen(HOW, said, at);
    };
    let more: Vec<_> = tracked.collect();
    let others = if more.is_empty() { String::new() } else { format!(", and {} more", more.len()) };
    let mut finding =
        Finding::lacking(format!("no self-heal of {by}, which tracks {}{others}", first.meta.key.name));
    for (rollout, by) in std::iter::once((first, by)).chain(more).take(MOST) {
        finding = finding.seen(HOW, format!("{}: {by}", rollout.meta.key.name), at);
    }
    let columns = "custom-columns=NAMESPACE:.metadata.namespace,NAME:.metadata.name,\
                   SELFHEAL:.spec.syncPolicy.automated.selfHeal";
    finding
        .seen(
            "what it means",
            Printable::ours(
                "self-heal puts back what changes the spec (undo, image, pause), not promote and abort",
            ),
            at,
        )
        .remedied(remedy::run(
            "See whether it heals itself; if so, change the repository too, or switch that off first.",
            remedy::kubectl(
                &scene.board.viewer,
                None,
                &["get", "applications.argoproj.io", "--all-namespaces", "-o", columns],
            ),
        ))
}
