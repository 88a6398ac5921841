//! Draws the orders that need a person, or one of them whole.
//!
//! ```text
//!  orders that need you, or that are under way                              1 of 3
//!  STATE      AGE  OPERATION    ROLLOUT            WHO            NEXT
//!  ? in doubt 4m   promote      shop/checkout      ada@example.…  look at the Roll…
//!  ✖ dead     2h   abort        shop/cart          ada@example.…  stage it anew, o…
//!
//!  known  sent; the answer was lost
//! ```
//! The selected row stays in view; what is known of it stands below. One that is shown whole scrolls.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line as Drawn, Span};

use super::{Fit, Looks, line, margin};
use crate::screen::Line;
use crate::screen::orders::{Orders, Row};
use crate::text::{Printable, Role};

const STATE: usize = 10;
const AGE: usize = 4;
const KIND: usize = 12;
const LABEL: u16 = 9;

/// Draws title, rows and what is known of the selected one; or all of one.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, orders: &Orders, looks: &Looks) -> Fit {
    let [top, rest] = Layout::vertical([Constraint::Length(1), Constraint::Min(1)]).areas(area);
    let shown = line::width(&orders.shown);
    let [left, right] =
        Layout::horizontal([Constraint::Min(1), Constraint::Length(shown)]).spacing(1).areas(margin(top));
    line::put(frame, left, &orders.title, looks);
    line::put(frame, right, &orders.shown, looks);
    if let Some(whole) = &orders.whole {
        return draw_whole(frame, margin(rest), (whole, orders.scroll), looks);
    }
    if orders.rows.is_empty() {
        wrapped(frame, margin(rest), &orders.empty, looks);
        return Fit::default();
    }
    let below = (rest.height * 2 / 5).clamp(3, 8);
    let [head, body, detail] =
        Layout::vertical([Constraint::Length(1), Constraint::Min(1), Constraint::Length(below)]).areas(rest);
    let widths = widths(margin(area).width);
    line::put(frame, margin(head), &heading(widths), looks);
    rows(frame, body, orders, looks);
    let detail = Rect { y: detail.y.saturating_add(1), height: detail.height.saturating_sub(1), ..detail };
    wrapped(frame, margin(detail), &orders.detail, looks);
    Fit::default()
}

/// Columns of the Rollout and of who ordered; the rest of the row is for what to do.
fn widths(width: u16) -> (usize, usize) {
    match width {
        ..100 => (18, 8),
        100..140 => (28, 20),
        _ => (40, 30),
    }
}

fn heading((rollout, who): (usize, usize)) -> Line {
    let text = format!(
        "{:<STATE$} {:<AGE$} {:<KIND$} {:<rollout$} {:<who$} NEXT",
        "STATE", "AGE", "OPERATION", "ROLLOUT", "WHO"
    );
    Line::of(Role::Muted, text)
}

fn rows(frame: &mut Frame<'_>, area: Rect, orders: &Orders, looks: &Looks) {
    let fits = usize::from(area.height);
    let wanted = orders.selected.saturating_sub(fits * 2 / 3);
    let first = wanted.min(orders.rows.len().saturating_sub(fits));
    let shown = orders.rows.iter().enumerate().skip(first);
    for ((index, row), y) in shown.zip(area.top()..area.bottom()) {
        let place = Rect { y, height: 1, ..area };
        line::put(frame, margin(place), &cells(row, widths(margin(area).width)), looks);
        if index == orders.selected {
            frame.buffer_mut().set_style(place, Style::reset().patch(looks.theme.style(Role::Selected)));
            let sign = Span::styled(looks.glyphs.current, looks.theme.style(Role::Selected));
            frame.render_widget(sign, Rect { width: 1, ..place });
        }
    }
}

fn cells(row: &Row, (rollout, who): (usize, usize)) -> Line {
    let space = (STATE + 1).saturating_sub(usize::from(line::width(&row.standing)));
    let line = row.standing.clone().text(Role::Text, " ".repeat(space));
    let line = cell(line, Role::Muted, &row.age, AGE);
    let line = cell(line, Role::Strong, &row.kind, KIND);
    let line = cell(line, Role::Text, &row.rollout.cut_middle(rollout), rollout);
    cell(line, Role::Muted, &row.who.cut_middle(who), who).text(Role::Text, row.next.clone())
}

/// Adds a text and the blanks up to the next column.
fn cell(line: Line, role: Role, text: &Printable, width: usize) -> Line {
    let space = (width + 1).saturating_sub(text.width());
    line.text(role, text.clone()).text(Role::Text, " ".repeat(space))
}

fn draw_whole(
    frame: &mut Frame<'_>,
    area: Rect,
    (whole, scroll): (&[(Printable, Line)], usize),
    looks: &Looks,
) -> Fit {
    let mut lines = Vec::new();
    for (label, text) in whole {
        let pieces = line::wrapped(text, area.width.saturating_sub(LABEL), looks);
        for (nth, drawn) in pieces.into_iter().enumerate() {
            let label = if nth == 0 { label.as_str() } else { "" };
            let label = format!("{label:<width$}", width = usize::from(LABEL));
            let mut spans = vec![Span::styled(label, looks.theme.style(Role::Muted))];
            spans.extend(drawn.spans);
            lines.push(Drawn::from(spans));
        }
    }
    let scrollable = lines.len().saturating_sub(usize::from(area.height));
    let scroll = scroll.min(scrollable);
    for (drawn, y) in lines.into_iter().skip(scroll).zip(area.top()..area.bottom()) {
        frame.render_widget(drawn, Rect { y, height: 1, ..area });
    }
    line::more_below(frame, area, scrollable - scroll, looks);
    Fit { scrollable, ..Fit::default() }
}

fn wrapped(frame: &mut Frame<'_>, area: Rect, lines: &[Line], looks: &Looks) {
    let all = lines.iter().flat_map(|text| line::wrapped(text, area.width, looks));
    for (drawn, y) in all.zip(area.top()..area.bottom()) {
        frame.render_widget(drawn, Rect { y, height: 1, ..area });
    }
}
