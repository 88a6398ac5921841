//! Owns what of gates stands on screens that are about something else: a Rollout's own, the fleet's rows, and the line below them.
//!
//! Invariant: a word stands only where a canary may still go on.

use jiff::Timestamp;

use crate::app::session::Origin;
use crate::app::{App, Page as Where};
use crate::gate::shelf::Choice;
use crate::keymap::Spelling;
use crate::rollout::{Key, Rollout};
use crate::screen::{Ages, Line};
use crate::text::{Printable, Role};

use super::{Scene, Shown, absent, brief, is_asked, panel};

/// Tells whether anything is judged here: there are policies, and a cluster.
pub(in crate::screen) fn are_judged(app: &App) -> bool {
    !app.gates.shelf().policies().is_empty() && app.session.origin == Origin::Cluster
}

/// Says in one line on the Rollout's own screen why nothing is judged; nothing where there are no policies at all.
pub(in crate::screen) fn shown(app: &App, key: &Key, ages: &mut Ages, spelling: Spelling) -> Shown {
    let Some(rollout) = app.store.rollout(key) else { return Shown::Nothing };
    if let Some(gate) = app.gates.of(key) {
        let scene = Scene::of(app, gate, Some(rollout), spelling);
        return match is_wide(app) {
            true => Shown::Whole(Box::new(panel(gate, ages, &scene))),
            false => Shown::Brief(brief::build(gate, ages, &scene)),
        };
    }
    absent::line(app, rollout, spelling)
}
/// Says in a word of the fleet what a Rollout's gate says.
pub(in crate::screen) fn of_row(app: &App, rollout: &Rollout, now: Timestamp) -> (Role, Printable) {
    match app.gates.of(&rollout.meta.key).filter(|gate| is_asked(gate, rollout)) {
        Some(gate) => brief::of_row(gate, now),
        None if matches!(app.gates.shelf().choose(rollout), Choice::Missing(_)) => {
            (Role::Bad, Printable::ours("?"))
        }
        None => (Role::Muted, Printable::default()),
    }
}

/// Says of the selected Rollout what its gate says and why; nothing where nothing is judged.
pub(in crate::screen) fn of_selected(app: &App, rollout: &Rollout, ages: &Ages) -> Line {
    let gate = app.gates.of(&rollout.meta.key).filter(|gate| is_asked(gate, rollout));
    match (gate, app.gates.shelf().choose(rollout)) {
        (Some(gate), _) => brief::sentence(gate, ages.now()),
        (None, Choice::Missing(name)) => Line::of(Role::Bad, "gate policy missing: ").text(Role::Text, name),
        (None, _) => Line::new(),
    }
}

/// Tells whether there is anything to say of gates: a policy, or a Rollout that names one.
pub(in crate::screen) fn is_of_use(app: &App) -> bool {
    let named =
        || app.subject().and_then(|key| app.store.rollout(key)).is_some_and(|it| it.gate_policy.is_some());
    are_judged(app) || named()
}

/// Tells whether all of a gate fits beside the rest.
fn is_wide(app: &App) -> bool {
    matches!(app.page, Where::Rollout(_)) && app.size.0 >= 150 && app.size.1 >= 36
}
