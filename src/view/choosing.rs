//! Draws the list from which an order is chosen over the screen: rows that scroll, what is known of the choice, keys.
//!
//! Invariant: the selected row, what is said about it and the keys are always in view.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line as Drawn, Span};

use super::{Fit, Looks, keys, line, modal, panel};
use crate::screen::choosing::Sheet;
use crate::text::Role;

const WIDEST: u16 = 110;
/// Columns left of a row, for the sign of the selected one.
const MARK: u16 = 2;

/// Draws the list in the middle of the screen.
pub(super) fn draw(frame: &mut Frame<'_>, screen: Rect, sheet: &Sheet, looks: &Looks) -> Fit {
    let width = screen.width.saturating_sub(2).min(WIDEST);
    let inside = width.saturating_sub(4);
    let about: Vec<Drawn<'_>> =
        sheet.about.iter().flat_map(|text| line::wrapped(text, inside, looks)).collect();
    let said = u16::try_from(about.len()).unwrap_or(u16::MAX);
    let bottom = said
        .saturating_add(2 + u16::from(said > 0) + u16::from(sheet.typing.is_some()))
        .min(screen.height.saturating_sub(6));
    let listed = u16::try_from(sheet.rows.len()).unwrap_or(u16::MAX);
    let height = listed.saturating_add(bottom + 2).min(screen.height.saturating_sub(2));
    let area = Rect {
        x: screen.x + (screen.width.saturating_sub(width)) / 2,
        y: screen.y + (screen.height.saturating_sub(height)) / 2,
        width,
        height,
    };
    panel::open(frame, area, &sheet.title, looks);
    let inner = Rect { x: area.x + 2, y: area.y + 1, width: inside, height: area.height.saturating_sub(2) };
    let rows = Rect { height: inner.height.saturating_sub(bottom), ..inner };
    let below = draw_rows(frame, rows, sheet, looks);
    let last = Rect { y: inner.bottom().saturating_sub(1), height: 1, ..inner };
    let top = rows.bottom() + 1;
    for (drawn, y) in about.into_iter().zip(top..last.y.saturating_sub(1).max(top)) {
        frame.render_widget(drawn, Rect { y, height: 1, ..inner });
    }
    if let Some((typed, cursor)) = &sheet.typing {
        let place = Rect { y: last.y.saturating_sub(1), ..last };
        modal::draw_typed(frame, place, (typed, *cursor), looks);
    }
    frame.render_widget(keys(&sheet.keys, last.width, looks), last);
    Fit { scrollable: below, ..Fit::default() }
}

/// Draws the rows in view, and returns how many lie below them.
fn draw_rows(frame: &mut Frame<'_>, rows: Rect, sheet: &Sheet, looks: &Looks) -> usize {
    let room = usize::from(rows.height.max(1));
    let selected = sheet.selected.unwrap_or(0);
    let from = (selected + 1).saturating_sub(room);
    for ((index, text), y) in sheet.rows.iter().enumerate().skip(from).zip(rows.top()..rows.bottom()) {
        let mark = if sheet.selected.is_some() { MARK } else { 0 };
        let place = Rect { x: rows.x + mark, y, width: rows.width.saturating_sub(mark), height: 1 };
        line::put(frame, place, text, looks);
        if sheet.selected == Some(index) {
            let whole = Rect { y, height: 1, ..rows };
            frame.buffer_mut().set_style(whole, Style::reset().patch(looks.theme.style(Role::Selected)));
            let sign = Span::styled(looks.glyphs.current, looks.theme.style(Role::Selected));
            frame.render_widget(sign, Rect { width: 1, ..whole });
        }
    }
    let below = sheet.rows.len().saturating_sub(from + room);
    line::more_below(frame, rows, below, looks);
    below
}
