//! Owns the line over the fleet that proposes an abort: of which Rollout, why, and by which key.
//!
//! It takes the place of the health marks, in a row that is always there, so that no Rollout moves under the cursor when an abort is
//! proposed; what is hidden by it is counted. It never orders. Invariant: the key stays in view however long the reason is.

use crate::app::App;
use crate::keymap::{Action, Spelling};
use crate::screen::{Line, Sign};
use crate::text::{Printable, Role};

/// Aborts that are proposed.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// Of which Rollout, and why: the one that waits longest.
    pub what: Line,
    /// The key, and how many more there are.
    pub key: Line,
}

/// Builds it; `None` where no abort is proposed.
pub(in crate::screen) fn build(app: &App, spelling: Spelling) -> Option<Proposal> {
    let proposals = app.gates.proposals();
    let first = proposals.first()?;
    let name = Printable::from_cluster(&format!("{}/{}", first.key.namespace, first.key.name));
    let what = Line::new()
        .sign(Role::Accent, Sign::Warning)
        .text(Role::Accent, " abort proposed: ")
        .text(Role::Strong, name.cut_middle(40))
        .text(Role::Text, ": ")
        .text(Role::Text, first.why.clone());
    let key = Line::of(Role::Key, app.keymap.spelled(Action::AbortProposed, spelling))
        .text(Role::Muted, " opens it");
    let more = proposals.len().saturating_sub(1);
    let key = if more > 0 { key.text(Role::Accent, format!("  +{more}")) } else { key };
    Some(Proposal { what, key })
}
