//! Owns what is said where nothing is judged: why, and what would have it judged.
//!
//! Invariant: a policy that is named and missing is never said as if none were meant.

use crate::app::App;
use crate::app::session::Origin;
use crate::gate::shelf::Choice;
use crate::keymap::{Action, Spelling};
use crate::rollout::{Key, Rollout};
use crate::screen::{Line, Sign};
use crate::text::{Printable, Role};

use super::{Shown, are_judged};

/// Says why a Rollout is not judged, and what to do about it.
pub(super) fn whole(app: &App, key: &Key, spelling: Spelling) -> Vec<Line> {
    let back = app.keymap.spelled(Action::Back, spelling);
    let Some(rollout) = app.store.rollout(key) else {
        return vec![Line::of(Role::Bad, format!("This Rollout is gone. {back} goes back."))];
    };
    if app.session.origin != Origin::Cluster {
        return vec![Line::of(Role::Text, "A dump holds no evidence, so nothing is judged.")];
    }
    match app.gates.shelf().choose(rollout) {
        Choice::By(policy) => {
            let name = Printable::from_cluster(&policy.name);
            let line = Line::of(Role::Text, "Nothing is being brought in, so nothing is judged. The policy ");
            vec![line.text(Role::Strong, name).text(Role::Text, " is meant for it.")]
        }
        Choice::Missing(name) => vec![
            Line::new()
                .sign(Role::Bad, Sign::Warning)
                .text(Role::Bad, " The policy that it names is not there: ")
                .text(Role::Strong, name),
            Line::of(
                Role::Text,
                "A promotion is an override until it is: put its file into the folder of gates, or change the annotation rollgate.io/gate-policy.",
            ),
        ],
        Choice::Nothing => vec![
            Line::of(
                Role::Text,
                "No policy is meant for it, so nothing is judged: a promotion rests on your own eyes.",
            ),
            Line::of(
                Role::Text,
                "Put a policy into the folder gates beside the configuration file; its applies_to says which Rollouts it is for, or the annotation rollgate.io/gate-policy of a Rollout names it.",
            ),
            Line::of(Role::Muted, "rollgate gates lint FILE examines one."),
        ],
    }
}

/// Says it in one line; nothing where there are no policies at all.
pub(super) fn line(app: &App, rollout: &Rollout, spelling: Spelling) -> Shown {
    match app.gates.shelf().choose(rollout) {
        Choice::Missing(name) => Shown::Said(
            Line::new()
                .sign(Role::Bad, Sign::Warning)
                .text(Role::Bad, " gate policy missing: ")
                .text(Role::Strong, name)
                .text(Role::Muted, "  to promote is to override"),
        ),
        Choice::By(_) if !are_judged(app) => Shown::Nothing,
        Choice::By(policy) => Shown::Said(
            Line::of(Role::Muted, "gate ")
                .text(Role::Text, Printable::from_cluster(&policy.name))
                .text(Role::Muted, "  nothing is being brought in"),
        ),
        Choice::Nothing if !are_judged(app) => Shown::Nothing,
        Choice::Nothing => Shown::Said(
            Line::of(Role::Muted, "gate  no policy is meant for it: ")
                .text(Role::Key, app.keymap.spelled(Action::Gate, spelling))
                .text(Role::Muted, " says what to do"),
        ),
    }
}
