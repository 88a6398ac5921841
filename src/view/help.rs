//! Draws the help screen: lines from top to bottom, scrolled.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::{Fit, Looks, line, margin};
use crate::screen::help::Help;

/// Draws the lines that are in view.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, help: &Help, looks: &Looks) -> Fit {
    let inner = margin(area);
    let scrollable = help.lines.len().saturating_sub(usize::from(inner.height));
    let lines = help.lines.iter().skip(help.scroll.min(scrollable));
    for (text, y) in lines.zip(inner.top()..inner.bottom()) {
        line::put(frame, Rect { y, height: 1, ..inner }, text, looks);
    }
    Fit { scrollable, ..Fit::default() }
}
