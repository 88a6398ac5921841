//! Draws the health screen.
//!
//! ```text
//!  what works, and how that is known  in 3 namespaces                        6 of 25
//!    CAPABILITY           STATE                          shop bank cart
//!  ● Rollouts             available                      ●    ●    ●
//!  ■ Promote              unavailable             1 of 3 ■    ●    ○
//! ```
//! Namespaces stand side by side where all of them fit; else the worst is told, how often it is like that, and why. The
//! selected row stays in view. An opened row takes the place of all.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;

use super::{Fit, Looks, line, margin};
use crate::screen::Line;
use crate::screen::health::{Health, Row};
use crate::text::{Printable, Role};

const NAME: usize = 20;
const WORD: usize = 23;
const SINCE: usize = 4;
const COUNT: usize = 10;
/// Narrowest and widest column of a namespace, without its blank.
const CELL: (usize, usize) = (4, 14);

/// How the rows are laid out.
struct Plan {
    cells: Vec<(Printable, usize)>,
    counts: bool,
}

/// Draws the rows, or the opened one.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, health: &Health, looks: &Looks) -> Fit {
    let [top, head, body] =
        Layout::vertical([Constraint::Length(1), Constraint::Length(1), Constraint::Min(1)]).areas(area);
    let shown = line::width(&health.shown);
    let [left, right] =
        Layout::horizontal([Constraint::Min(1), Constraint::Length(shown)]).spacing(1).areas(margin(top));
    line::put(frame, left, &health.title, looks);
    line::put(frame, right, &health.shown, looks);
    if let Some(lines) = &health.opened {
        return opened(frame, margin(body), (lines, health.scroll), looks);
    }
    let plan = plan(health, usize::from(area.width));
    line::put(frame, margin(head), &heading(&plan), looks);
    rows(frame, body, (health, &plan), looks);
    Fit::default()
}

/// Gives each namespace a column, if there is room for all of them.
fn plan(health: &Health, width: usize) -> Plan {
    let counts = health.rows.iter().any(|row| !row.count.is_empty());
    let fixed = 2 + NAME + 1 + WORD + 1 + SINCE + 1 + if counts { COUNT + 1 } else { 0 };
    let cells: Vec<(Printable, usize)> = health
        .columns
        .iter()
        .map(|name| (name.cut_middle(CELL.1), name.width().clamp(CELL.0, CELL.1)))
        .collect();
    let wanted: usize = cells.iter().map(|(_, width)| width + 1).sum();
    let fits = health.complete && fixed + wanted + 2 <= width;
    Plan { cells: if fits { cells } else { Vec::new() }, counts }
}

fn heading(plan: &Plan) -> Line {
    let mut text = format!("  {:<NAME$} {:<WORD$} {:<SINCE$} ", "CAPABILITY", "STATE", "FOR");
    if plan.counts {
        text.push_str(&format!("{:<COUNT$} ", "WHERE"));
    }
    if plan.cells.is_empty() {
        return Line::of(Role::Muted, text + "WHY");
    }
    let mut line = Line::of(Role::Muted, text);
    for (name, width) in &plan.cells {
        let space = (width + 1).saturating_sub(name.width());
        line = line.text(Role::Muted, name.clone()).text(Role::Text, " ".repeat(space));
    }
    line
}

fn rows(frame: &mut Frame<'_>, area: Rect, (health, plan): (&Health, &Plan), looks: &Looks) {
    let fits = usize::from(area.height);
    let wanted = health.selected.saturating_sub(fits * 2 / 3);
    let first = wanted.min(health.rows.len().saturating_sub(fits));
    let shown = health.rows.iter().enumerate().skip(first);
    for ((index, row), y) in shown.zip(area.top()..area.bottom()) {
        let place = Rect { y, height: 1, ..area };
        line::put(frame, margin(place), &cells(row, plan), looks);
        if index == health.selected {
            frame.buffer_mut().set_style(place, Style::reset().patch(looks.theme.style(Role::Selected)));
        }
    }
    let below = health.rows.len().saturating_sub(first + fits);
    line::more_below(frame, area, below, looks);
}

fn cells(row: &Row, plan: &Plan) -> Line {
    let mut cells = Line::new().sign(row.sign.0, row.sign.1).blank();
    cells = padded(cells, &row.name, NAME);
    cells = padded(cells, &row.word, WORD);
    cells = cells.text(Role::Muted, format!("{:<SINCE$} ", row.since));
    if plan.counts {
        cells = cells.text(Role::Muted, format!("{:<COUNT$} ", row.count));
    }
    if plan.cells.is_empty() {
        return cells.and(row.reason.clone());
    }
    for ((role, sign), (_, width)) in row.cells.iter().zip(&plan.cells) {
        cells = cells.sign(*role, *sign).text(Role::Text, " ".repeat(*width));
    }
    if row.cells.is_empty() { cells.and(row.reason.clone()) } else { cells }
}

fn padded(line: Line, cell: &Line, width: usize) -> Line {
    let space = (width + 1).saturating_sub(usize::from(line::width(cell)));
    line.and(cell.clone()).text(Role::Text, " ".repeat(space))
}

fn opened(frame: &mut Frame<'_>, area: Rect, (lines, scroll): (&[Line], usize), looks: &Looks) -> Fit {
    let drawn: Vec<_> = lines.iter().flat_map(|text| line::wrapped(text, area.width, looks)).collect();
    let scrollable = drawn.len().saturating_sub(usize::from(area.height));
    let scroll = scroll.min(scrollable);
    for (text, y) in drawn.into_iter().skip(scroll).zip(area.top()..area.bottom()) {
        frame.render_widget(text, Rect { y, height: 1, ..area });
    }
    line::more_below(frame, area, scrollable - scroll, looks);
    Fit { scrollable, confirmable: false }
}
