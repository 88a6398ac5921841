//! Owns the frame of what lies over a screen: its corners, edges and title.
//!
//! It never draws what is inside. Invariant: what lies under it is gone, not mixed in.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::{Block, Clear};

use super::{Looks, line};
use crate::screen::Line;
use crate::text::Role;

/// Clears a place and draws a frame around it.
pub(super) fn open(frame: &mut Frame<'_>, area: Rect, title: &Line, looks: &Looks) {
    frame.render_widget(Clear, area);
    let [tl, tr, bl, br] = looks.glyphs.corners;
    let edges = ratatui::symbols::border::Set {
        top_left: tl,
        top_right: tr,
        bottom_left: bl,
        bottom_right: br,
        vertical_left: looks.glyphs.trunk,
        vertical_right: looks.glyphs.trunk,
        horizontal_top: looks.glyphs.horizontal,
        horizontal_bottom: looks.glyphs.horizontal,
    };
    let block = Block::bordered()
        .border_set(edges)
        .border_style(looks.theme.style(Role::Border))
        .title_style(Style::reset())
        .title(line::styled(title, looks));
    frame.render_widget(block, area);
}
