//! Owns the strip of health marks over the fleet: a name, a sign and, where a person is needed, the state's word.
//!
//! Which rows make a mark is said by [`crate::capability::Family`]; marks are never added up. Invariants: marks that need a
//! person come first; no mark is shown as good that was not observed.

use super::look;
use crate::app::App;
use crate::capability::Mark;
use crate::keymap::{Action, Spelling};
use crate::screen::Line;
use crate::text::Role;

/// From which severity on a mark says its word.
const SPOKEN: u8 = 2;

/// Lists the marks, those that need a person most first; none where nothing is looked at.
pub(in crate::screen) fn build(app: &App) -> Vec<Line> {
    if !app.has_strip() {
        return Vec::new();
    }
    if !app.health.is_judged() {
        // Its row is there from the first frame on, so that no Rollout moves when it is known.
        return vec![Line::of(Role::Muted, "health: being looked at")];
    }
    app.health.marks().iter().map(line).collect()
}

/// Names the key that opens them.
pub(in crate::screen) fn key(app: &App, spelling: Spelling) -> Line {
    Line::of(Role::Key, app.keymap.spelled(Action::Health, spelling)).text(Role::Muted, " health")
}

fn line(mark: &Mark) -> Line {
    let (role, sign) = look(&mark.state);
    let name = mark.family.title();
    let line = Line::new().sign(role, sign).blank();
    if mark.state.severity() < SPOKEN {
        return line.text(Role::Muted, name);
    }
    line.text(Role::Text, format!("{name} ")).text(role, short(mark))
}

/// Says a state in one word.
fn short(mark: &Mark) -> &'static str {
    match mark.state {
        crate::capability::State::ConfigurationDependent { .. } => "in part",
        _ => mark.state.word(),
    }
}
