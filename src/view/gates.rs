//! Draws what a gate says: on a screen of its own, beside a Rollout, or in three lines.
//!
//! ```text
//!  ■ gate FAIL         4.1 times the errors of the stable version, more than 2
//!                      ▲ abort proposed: x stages it
//!  STAGE     ● shadow → ► canary 1 → ○ canary 2 → ○ full → ○ done   for 12m
//!  SCORE         0 ░░░░░░░░░░░░░░░│░░░│  below 75 fails, from 95 on passes
//!  METRIC             VERDICT        CANARY OVER STABLE     NEWEST  POINTS  AGE
//!  ■ errors           high           canary ⣀⣀⣠⣴⣿⣿⣿⣿⣿⣿    4.10   50/50   8s
//! ```
//! Columns depend on the width alone, so that nothing jumps when a value changes; numbers stand at the right.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::{Fit, Looks, line, margin};
use crate::screen::Line;
use crate::screen::gates::{Brief, Page, Panel};
use crate::text::Role;

mod metrics;

/// Columns of the word, so that the reason does not move with it.
const WORD: u16 = 20;
/// Columns of the names of parts.
const PART: u16 = 11;

/// A row: something at the left edge, and text beside it that is wrapped where it is too long.
struct Row {
    head: Line,
    indent: u16,
    body: Line,
}

impl Row {
    fn beside(indent: u16, head: Line, body: Line) -> Self {
        Self { head, indent, body }
    }

    fn of(line: Line) -> Self {
        Self::beside(0, Line::new(), line)
    }
}

/// Draws a gate on a screen of its own.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, page: &Page, looks: &Looks) -> Fit {
    let inner = margin(area);
    let mut rows = vec![Row::of(page.title.clone()), Row::of(page.figures.clone()), Row::of(Line::new())];
    rows.extend(page.said.iter().cloned().map(Row::of));
    rows.extend(page.panel.iter().flat_map(|panel| self::rows(panel, inner.width)));
    scrolled(frame, inner, &rows, (page.scroll, looks))
}

/// Draws a gate beside something else: what does not fit is counted.
pub(super) fn panel(frame: &mut Frame<'_>, area: Rect, panel: &Panel, looks: &Looks) {
    scrolled(frame, area, &rows(panel, area.width), (0, looks));
}

/// Draws a gate in three lines, and returns the row below them.
pub(super) fn brief(frame: &mut Frame<'_>, area: Rect, brief: &Brief, looks: &Looks) -> u16 {
    let key = line::width(&brief.key);
    // The key has its place, whatever the marks say.
    let room = area.width.saturating_sub(key + 2);
    let marks = line::side_by_side(&brief.marks, &Line::new(), room);
    let space = area.width.saturating_sub(line::width(&marks) + key);
    let marks = marks.text(Role::Text, " ".repeat(usize::from(space))).and(brief.key.clone());
    for (text, y) in [&brief.headline, &brief.facts, &marks].into_iter().zip(area.top()..area.bottom()) {
        line::put(frame, Rect { y, height: 1, ..area }, text, looks);
    }
    area.y.saturating_add(3)
}

fn rows(panel: &Panel, width: u16) -> Vec<Row> {
    let part = |name: &'static str| Line::of(Role::Muted, name);
    let mut rows = vec![
        Row::beside(WORD, panel.word.clone(), panel.why.clone()),
        Row::beside(WORD, Line::new(), panel.advice.clone()),
        Row::of(Line::new()),
        Row::beside(PART, part("STAGE"), panel.ladder.clone()),
    ];
    rows.extend(beside(PART, Line::new(), &panel.requirements));
    rows.push(Row::beside(PART, part("SCORE"), panel.score.clone()));
    if !panel.groups.is_empty() {
        rows.push(Row::beside(PART, part("  by group"), panel.groups.clone()));
    }
    rows.push(Row::of(Line::new()));
    rows.extend(metrics::rows(&panel.metrics, width));
    rows.push(Row::of(Line::new()));
    rows.extend(beside(PART, part("TRIGGERS"), &panel.triggers));
    rows
}

fn beside(indent: u16, head: Line, lines: &[Line]) -> impl Iterator<Item = Row> {
    let heads = std::iter::once(head).chain(std::iter::repeat(Line::new()));
    heads.zip(lines).map(move |(head, body)| Row::beside(indent, head, body.clone()))
}

fn scrolled(frame: &mut Frame<'_>, area: Rect, rows: &[Row], (scroll, looks): (usize, &Looks)) -> Fit {
    let empty = Line::new();
    let drawn: Vec<_> = rows
        .iter()
        .flat_map(|row| {
            let body = line::wrapped(&row.body, area.width.saturating_sub(row.indent), looks);
            let heads = std::iter::once(&row.head).chain(std::iter::repeat(&empty));
            heads.zip(body).map(|(head, body)| (head, row.indent, body)).collect::<Vec<_>>()
        })
        .collect();
    let scrollable = drawn.len().saturating_sub(usize::from(area.height));
    let scroll = scroll.min(scrollable);
    for ((head, indent, body), y) in drawn.into_iter().skip(scroll).zip(area.top()..area.bottom()) {
        let place = Rect { y, height: 1, ..area };
        let width = area.width.saturating_sub(indent);
        line::put(frame, place, head, looks);
        frame.render_widget(body, Rect { x: area.x.saturating_add(indent), width, ..place });
    }
    line::more_below(frame, area, scrollable - scroll, looks);
    Fit { scrollable, ..Fit::default() }
}
