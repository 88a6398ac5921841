//! Owns the panel that tells the story of a demo: what it is about, and how to begin.
//!
//! It never knows how the story goes on: that happens in the cluster. Invariant: without a story there is no panel.

use super::Line;
use crate::app::App;
use crate::keymap::{Action, Place, Spelling};
use crate::text::{Printable, Role};

/// The story, as it lies over a screen.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// Its title.
    pub title: Line,
    /// Its paragraphs.
    pub paragraphs: Vec<Line>,
    /// Keys and what they do.
    pub keys: Vec<(Printable, Printable)>,
    /// Lines scrolled down.
    pub scroll: usize,
}

/// Builds the panel, where it is open.
pub(super) fn build(app: &App, spelling: Spelling) -> Option<Panel> {
    let story = app.session.story.as_ref().filter(|_| app.telling && app.modal.is_none())?;
    let mut paragraphs = vec![Line::of(Role::Strong, story.title.clone())];
    paragraphs.extend(story.paragraphs.iter().map(|text| Line::of(Role::Text, text.clone())));
    let again = app.keymap.keys(Action::Story).first().map(|key| key.spelled(spelling)).unwrap_or_default();
    paragraphs.push(Line::of(
        Role::Muted,
        format!(
            "This is a demo: the cluster is inside this program, and nothing you order leaves it. {again} shows this again."
        ),
    ));
    let keys = app.keymap.entries(Place::Story).filter_map(|entry| {
        let label = match entry.action {
            Action::Close => "begin",
            Action::Quit => "quit",
            _ => return None,
        };
        Some((Printable::from(entry.first_key(spelling)), Printable::ours(label)))
    });
    Some(Panel {
        title: Line::of(Role::Title, " demo ").text(Role::Muted, format!("{} ", story.name)),
        paragraphs,
        keys: keys.collect(),
        scroll: app.scroll,
    })
}
