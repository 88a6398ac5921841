//! Draws the story of a demo over the screen: its paragraphs, scrolled where they do not fit, and its keys.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line as Drawn;

use super::{Fit, Looks, keys, line, panel};
use crate::screen::story::Panel;

const WIDEST: u16 = 90;

/// Draws the panel in the middle of the screen.
pub(super) fn draw(frame: &mut Frame<'_>, screen: Rect, story: &Panel, looks: &Looks) -> Fit {
    let width = screen.width.saturating_sub(2).min(WIDEST);
    let inside = width.saturating_sub(4);
    let mut lines: Vec<Drawn<'_>> = Vec::new();
    for paragraph in &story.paragraphs {
        lines.extend(line::wrapped(paragraph, inside, looks));
        lines.push(Drawn::default());
    }
    let wanted = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(3);
    let height = wanted.min(screen.height.saturating_sub(2));
    let area = Rect {
        x: screen.x + (screen.width.saturating_sub(width)) / 2,
        y: screen.y + (screen.height.saturating_sub(height)) / 2,
        width,
        height,
    };
    panel::open(frame, area, &story.title, looks);
    let inner = Rect { x: area.x + 2, y: area.y + 1, width: inside, height: area.height.saturating_sub(2) };
    let text = Rect { height: inner.height.saturating_sub(1), ..inner };
    let scrollable = lines.len().saturating_sub(usize::from(text.height));
    let scroll = story.scroll.min(scrollable);
    for (drawn, y) in lines.into_iter().skip(scroll).zip(text.top()..text.bottom()) {
        frame.render_widget(drawn, Rect { y, height: 1, ..text });
    }
    line::more_below(frame, text, scrollable - scroll, looks);
    let last = Rect { y: inner.bottom().saturating_sub(1), height: 1, ..inner };
    frame.render_widget(keys(&story.keys, last.width, looks), last);
    Fit { scrollable, ..Fit::default() }
}
