//! Draws the fleet.
//!
//! ```text
//!  ▲ controller degraded  ? traffic unknown  ● read  ○ act  +3
//!  3 need you   ■ 2 degraded  ◐ 1 paused  ◌ 4 progressing  ● 93 healthy      7 of 100
//!    ROLLOUT               PHASE        STEP  WEIGHT        READY  WAITS FOR
//!  ◐ shop/checkout         Paused        2/8  ██░░░  20→40    5/5  you 4m
//! ```
//! An abort that is proposed takes the row of the marks, which is always there. Columns give way from the right of importance: age, images, then the bar; names are cut in the middle. Widths
//! depend on the terminal alone, never on the rows, so that nothing jumps when data changes.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;

use super::columns::{Column, Columns};
use super::{Fit, Looks, line, margin};
use crate::screen::fleet::{Fleet, Row};
use crate::screen::gates::proposal::Proposal;
use crate::screen::{Line, Sign};
use crate::text::{Printable, Role};

/// Draws counts, head and rows.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, fleet: &Fleet, looks: &Looks) -> Fit {
    let [marks, top, head, body] = Layout::vertical([
        Constraint::Length(u16::from(!fleet.strip.is_empty())),
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Min(1),
    ])
    .areas(area);
    match &fleet.proposal {
        Some(proposal) => proposed(frame, margin(marks), proposal, looks),
        None => {
            let strip = line::side_by_side(&fleet.strip, &fleet.strip_key, margin(marks).width);
            line::put(frame, margin(marks), &strip, looks);
        }
    }
    let shown = line::width(&fleet.shown);
    let [left, right] =
        Layout::horizontal([Constraint::Min(1), Constraint::Length(shown)]).spacing(1).areas(margin(top));
    line::put(frame, left, &fleet.counts, looks);
    line::put(frame, right, &fleet.shown, looks);
    if fleet.rows.is_empty() {
        empty(frame, body, &fleet.empty, looks);
        return Fit::default();
    }
    let columns = Columns::of(area.width, fleet.gated);
    columns.head(frame, head, looks);
    for (row, y) in fleet.rows.iter().zip(body.top()..body.bottom()) {
        draw_row(frame, Rect { y, height: 1, ..body }, row, (&columns, looks));
    }
    more(frame, (head, body), fleet, looks);
    Fit::default()
}

/// Draws the abort that is proposed; its key stays in view, however long the reason is.
fn proposed(frame: &mut Frame<'_>, area: Rect, proposal: &Proposal, looks: &Looks) {
    let key = line::width(&proposal.key);
    let [what, edge] =
        Layout::horizontal([Constraint::Min(1), Constraint::Length(key)]).spacing(2).areas(area);
    line::put(frame, what, &proposal.what, looks);
    line::put(frame, edge, &proposal.key, looks);
}

fn empty(frame: &mut Frame<'_>, area: Rect, lines: &[Line], looks: &Looks) {
    let area = margin(Rect { y: area.y.saturating_add(1), height: area.height.saturating_sub(1), ..area });
    let mut y = area.y;
    for text in lines {
        for drawn in line::wrapped(text, area.width.min(100), looks) {
            if y < area.bottom() {
                frame.render_widget(drawn, Rect { y, height: 1, ..area });
                y += 1;
            }
        }
    }
}

fn draw_row(frame: &mut Frame<'_>, area: Rect, row: &Row, (columns, looks): (&Columns, &Looks)) {
    for (column, place) in columns.places(area) {
        line::put(frame, place, &cell(column, row, place.width), looks);
    }
    if row.selected {
        // One look for the whole row: a reversed row of many colours is a patchwork, and words say the state anyway.
        frame.buffer_mut().set_style(area, Style::reset().patch(looks.theme.style(Role::Selected)));
    }
}

fn cell(column: Column, row: &Row, width: u16) -> Line {
    match column {
        Column::Sign => Line::new().sign(row.sign.0, row.sign.1),
        Column::Name => name(row, usize::from(width)),
        Column::Phase => Line::of(row.phase.0, row.phase.1.clone()),
        Column::Step => right(Role::Text, &row.step, width),
        Column::Bar => match row.weight {
            Some(share) => Line::new().bar(share, width),
            None => Line::new(),
        },
        Column::Weight => weight(row, width),
        Column::Gate => Line::of(row.gate.0, row.gate.1.clone()),
        Column::Ready => right(row.ready.0, &row.ready.1, width),
        Column::Waits => row.waits.clone(),
        Column::Images => Line::of(Role::Muted, row.images.clone()),
        Column::Age => right(Role::Muted, &row.age, width),
    }
}

fn name(row: &Row, width: usize) -> Line {
    if row.namespace.is_empty() {
        return Line::of(Role::Strong, row.name.cut_middle(width));
    }
    let space = row.namespace.width() + 1;
    let room = width.saturating_sub(space).max(width / 2);
    let name = row.name.cut_middle(room);
    let namespace = row.namespace.cut(width.saturating_sub(name.width() + 1));
    Line::of(Role::Muted, namespace).text(Role::Muted, "/").text(Role::Strong, name)
}

fn weight(row: &Row, width: u16) -> Line {
    let Some((actual, desired, _)) = row.weight else { return Line::new() };
    if actual == desired {
        return right(Role::Text, &Printable::from(format!("{actual}")), width);
    }
    let (actual, desired) = (actual.to_string(), desired.to_string());
    let space = usize::from(width).saturating_sub(actual.len() + desired.len() + 1);
    Line::of(Role::Text, " ".repeat(space))
        .text(Role::Strong, actual)
        .sign(Role::Muted, Sign::Arrow)
        .text(Role::Strong, desired)
}

fn right(role: Role, text: &Printable, width: u16) -> Line {
    let space = usize::from(width).saturating_sub(text.width());
    Line::of(Role::Text, " ".repeat(space)).text(role, text.clone())
}

/// Says at the edge how many rows are out of view.
fn more(frame: &mut Frame<'_>, (head, body): (Rect, Rect), fleet: &Fleet, looks: &Looks) {
    let put = |frame: &mut Frame<'_>, y: u16, count: usize, glyph: &'static str| {
        if count == 0 {
            return;
        }
        let text = Line::of(Role::Muted, format!(" {glyph}{count} "));
        let width = line::width(&text);
        let place = Rect { x: body.right().saturating_sub(width), y, width, height: 1 };
        line::put(frame, place, &text, looks);
    };
    put(frame, head.y, fleet.above, looks.glyphs.more_above);
    put(frame, body.bottom().saturating_sub(1), fleet.below, looks.glyphs.more_below);
}
