//! Owns the help screen: every key of every place, generated from the keymap.
//!
//! It holds no key of its own; only the sentences on what is never done stand here.

use super::Line;
use crate::app::App;
use crate::keymap::{Action, Danger, Place, Spelling};
use crate::text::{Printable, Role};

/// Every key, place by place.
#[derive(Clone, Debug, PartialEq)]
pub struct Help {
    /// Lines of text.
    pub lines: Vec<Line>,
    /// Lines scrolled down.
    pub scroll: usize,
}

/// Builds the help screen.
pub(super) fn build(app: &App, spelling: Spelling) -> Help {
    let mut lines = Vec::new();
    // Outside of a demo there is no story to show.
    let demo = app.session.story.is_some();
    let explained = |place: &Place| *place != Place::Help && (demo || *place != Place::Story);
    for place in Place::ALL.iter().copied().filter(explained) {
        lines.push(Line::of(Role::Title, place.title()));
        for entry in app.keymap.entries(place).filter(|entry| demo || entry.action != Action::Story) {
            let danger = match entry.action.danger() {
                Danger::Reads => Role::Text,
                Danger::Stages | Danger::Confirms => Role::Accent,
            };
            let keys = Printable::from(format!("  {:<14}", entry.all_keys(spelling)));
            lines.push(Line::of(Role::Key, keys).text(danger, entry.binding.help));
        }
        lines.push(Line::new());
    }
    lines.extend(rules());
    Help { lines, scroll: app.scroll }
}

fn rules() -> [Line; 4] {
    [
        Line::of(Role::Title, "What is never done"),
        Line::of(
            Role::Text,
            "  Nothing is sent that you have not read and acknowledged, and nothing is sent twice.",
        ),
        Line::of(
            Role::Text,
            "  A key in a confirmation counts only alone, after it was drawn and no key came for 0.4 s.",
        ),
        Line::of(Role::Text, "  Accepted is not done: the outcome is what the cluster was seen to do."),
    ]
}
