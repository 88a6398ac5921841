//! Draws a timeline.
//!
//! ```text
//!  shop/checkout  what was ordered and seen, times in UTC                  3 of 12
//!  TIME           CLOCK   SOURCE   WHAT
//!  11-21 08:58:00 here    order    promote by ada@example.org: done after 4 s; …
//! │11-21 08:58:02 cluster status   step 1 -> 2 of 8: setWeight: 40
//!
//!  2026-11-21T08:58:00Z by the clock here, order
//!  promote by ada@example.org: done after 4 s; at the keyboard ada at desk; …
//! ```
//! The selected row stays in view; all about it stands below. The clock's column gives way in a narrow terminal.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;

use super::{Fit, Looks, line, margin};
use crate::screen::Line;
use crate::screen::timeline::{Row, Timeline};
use crate::text::Role;

const TIME: usize = 14;
const CLOCK: usize = 7;
const SOURCE: usize = 8;
/// Terminal from which on there is room for the clock's column.
const WIDE: u16 = 100;

/// Draws title, rows and what is known of the selected one.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, timeline: &Timeline, looks: &Looks) -> Fit {
    let below = if timeline.rows.is_empty() { 0 } else { detail_height(area.height) };
    let notes = u16::try_from(timeline.notes.len()).unwrap_or(u16::MAX);
    let [top, said, head, body, detail] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(notes),
        Constraint::Length(1),
        Constraint::Min(1),
        Constraint::Length(below),
    ])
    .areas(area);
    let shown = line::width(&timeline.shown);
    let [left, right] =
        Layout::horizontal([Constraint::Min(1), Constraint::Length(shown)]).spacing(1).areas(margin(top));
    line::put(frame, left, &timeline.title, looks);
    line::put(frame, right, &timeline.shown, looks);
    for (note, y) in timeline.notes.iter().zip(said.top()..said.bottom()) {
        line::put(frame, margin(Rect { y, height: 1, ..said }), note, looks);
    }
    if timeline.rows.is_empty() {
        wrapped(frame, margin(body), &timeline.empty, looks);
        return Fit::default();
    }
    line::put(frame, head, &heading(timeline, area.width), looks);
    rows(frame, body, timeline, looks);
    let detail = Rect { y: detail.y.saturating_add(1), height: detail.height.saturating_sub(1), ..detail };
    wrapped(frame, margin(detail), &timeline.detail, looks);
    Fit::default()
}

/// Less than half of the place, and no more than there is to say.
fn detail_height(height: u16) -> u16 {
    (height * 2 / 5).clamp(3, 10)
}

fn rows(frame: &mut Frame<'_>, area: Rect, timeline: &Timeline, looks: &Looks) {
    let fits = usize::from(area.height);
    let wanted = timeline.selected.saturating_sub(fits * 2 / 3);
    let first = wanted.min(timeline.rows.len().saturating_sub(fits));
    let shown = timeline.rows.iter().enumerate().skip(first);
    for ((index, row), y) in shown.zip(area.top()..area.bottom()) {
        let place = Rect { y, height: 1, ..area };
        line::put(frame, place, &cells(row, timeline.of_all, area.width), looks);
        if index == timeline.selected {
            frame.buffer_mut().set_style(place, Style::reset().patch(looks.theme.style(Role::Selected)));
        }
    }
}

fn heading(timeline: &Timeline, width: u16) -> Line {
    let mut text = format!(" {:<TIME$} ", "TIME");
    if width >= WIDE {
        text.push_str(&format!("{:<CLOCK$} ", "CLOCK"));
    }
    text.push_str(&format!("{:<SOURCE$} ", "SOURCE"));
    if timeline.of_all {
        text.push_str(&format!("{:<name$} ", "ROLLOUT", name = name(width)));
    }
    Line::of(Role::Muted, text + "WHAT")
}

/// Columns for the Rollout's name.
fn name(width: u16) -> usize {
    usize::from(width / 5).clamp(12, 40)
}

fn cells(row: &Row, of_all: bool, width: u16) -> Line {
    let mark = if row.mark.is_empty() { Line::of(Role::Text, " ") } else { row.mark.clone() };
    let mut cells = mark.text(Role::Muted, format!("{:<TIME$} ", row.time));
    if width >= WIDE {
        cells = cells.text(Role::Muted, format!("{:<CLOCK$} ", row.clock));
    }
    let space = (SOURCE + 1).saturating_sub(usize::from(line::width(&row.source)));
    cells = cells.and(row.source.clone()).text(Role::Text, " ".repeat(space));
    if of_all {
        let fitted = row.rollout.cut_middle(name(width));
        let space = (name(width) + 1).saturating_sub(fitted.width());
        cells = cells.text(Role::Text, fitted).text(Role::Text, " ".repeat(space));
    }
    cells.and(row.text.clone())
}

fn wrapped(frame: &mut Frame<'_>, area: Rect, lines: &[Line], looks: &Looks) {
    let mut y = area.y;
    for text in lines {
        for drawn in line::wrapped(text, area.width, looks) {
            if y < area.bottom() {
                frame.render_widget(drawn, Rect { y, height: 1, ..area });
                y += 1;
            }
        }
    }
}
