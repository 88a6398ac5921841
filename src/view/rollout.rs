//! Draws one Rollout.
//!
//! ```text
//!  shop/checkout  canary  revision 4
//!  ◐ Paused  CanaryPauseStep
//!  step 1/8   weight ██░░░░░░░░ 20 %   pods 5/5 ready, 1 updated, 5 available
//!  stable checkout:1.8   canary checkout:1.9
//!  waits for you 4m   then setWeight: 40
//!
//!  STEPS            REVISIONS               STATUS              AGE NOTES
//!  ● setWeight: 20  revision:4
//!  ► pause          └ checkout-6bf54d       ● Healthy            4m canary
//! ```
//! What its gate says stands between, in three lines, or on the right where there is room for all of it. The ladder keeps its step in progress in view; tree and conditions scroll.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};

use super::{Fit, Looks, gates, line, margin};
use crate::screen::Line;
use crate::screen::gates::Shown;
use crate::screen::rollout::{Rollout, TreeRow};
use crate::text::{Printable, Role};

const LADDER: u16 = 28;
/// Fewest and most columns of a gate that stands beside the rest.
const BESIDE: (u16, u16) = (78, 118);

/// Draws the Rollout's lines.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, rollout: &Rollout, looks: &Looks) -> Fit {
    let inner = margin(area);
    let mut y = inner.y;
    for text in
        [&rollout.title, &rollout.phase, &rollout.figures, &rollout.images, &rollout.next, &rollout.operation]
    {
        if !text.is_empty() && y < inner.bottom() {
            line::put(frame, Rect { y, height: 1, ..inner }, text, looks);
            y += 1;
        }
    }
    let below = match &rollout.gate {
        Shown::Nothing => below(inner, y),
        Shown::Said(said) => {
            line::put(frame, Rect { y, height: u16::from(y < inner.bottom()), ..inner }, said, looks);
            below(inner, y.saturating_add(1))
        }
        Shown::Brief(brief) => below(inner, gates::brief(frame, below(inner, y), brief, looks)),
        Shown::Whole(panel) => {
            let [left, right] = Layout::horizontal([
                Constraint::Min(1),
                Constraint::Length((inner.width / 2).clamp(BESIDE.0, BESIDE.1)),
            ])
            .spacing(2)
            .areas(below(inner, y));
            gates::panel(frame, right, panel, looks);
            left
        }
    };
    if rollout.ladder.is_empty() {
        return scrolled(frame, below, &objects(rollout, below.width), (rollout.scroll, looks));
    }
    let [left, right] = Layout::horizontal([Constraint::Length(ladder_width(rollout)), Constraint::Min(20)])
        .spacing(2)
        .areas(below);
    scrolled(frame, left, &ladder(rollout), (in_view(rollout, left), looks));
    scrolled(frame, right, &objects(rollout, right.width), (rollout.scroll, looks))
}

/// Returns what is left below a row, with a row free between.
fn below(inner: Rect, y: u16) -> Rect {
    let y = y.saturating_add(1);
    Rect { y, height: inner.bottom().saturating_sub(y), ..inner }
}

fn ladder_width(rollout: &Rollout) -> u16 {
    rollout.ladder.iter().map(line::width).max().unwrap_or(0).min(LADDER)
}

/// Keeps the step in progress in view, a third from the top, unless everything fits.
fn in_view(rollout: &Rollout, area: Rect) -> usize {
    let rows = usize::from(area.height);
    let wanted = rollout.current.map_or(0, |at| (at + 1).saturating_sub(rows / 3));
    wanted.min((rollout.ladder.len() + 1).saturating_sub(rows))
}

fn scrolled(frame: &mut Frame<'_>, area: Rect, lines: &[Line], (scroll, looks): (usize, &Looks)) -> Fit {
    let scrollable = lines.len().saturating_sub(usize::from(area.height));
    let scroll = scroll.min(scrollable);
    for (text, y) in lines.iter().skip(scroll).zip(area.top()..area.bottom()) {
        line::put(frame, Rect { y, height: 1, ..area }, text, looks);
    }
    line::more_below(frame, area, scrollable - scroll, looks);
    Fit { scrollable, ..Fit::default() }
}

fn ladder(rollout: &Rollout) -> Vec<Line> {
    let mut lines = vec![Line::of(Role::Muted, "STEPS")];
    lines.extend(rollout.ladder.iter().cloned());
    lines
}

fn objects(rollout: &Rollout, width: u16) -> Vec<Line> {
    let mut lines = Vec::new();
    let name = usize::from(width.saturating_sub(STATUS + AGE + NOTES + 3)).clamp(16, 60);
    if !rollout.tree.is_empty() {
        let head = format!(
            "{:<name$} {:<status$} {:>age$} NOTES",
            "REVISIONS",
            "STATUS",
            "AGE",
            status = usize::from(STATUS),
            age = usize::from(AGE)
        );
        lines.push(Line::of(Role::Muted, head));
        lines.extend(rollout.tree.iter().map(|row| tree_row(row, name)));
    }
    lines.extend(rollout.doubts.iter().cloned());
    for (head, part) in [("ANALYSIS", &rollout.analysis), ("CONDITIONS", &rollout.conditions)] {
        if !part.is_empty() {
            lines.extend([Line::new(), Line::of(Role::Muted, head)]);
            lines.extend(part.iter().cloned());
        }
    }
    lines
}

/// Sign, blank and the longest word that is common (`CrashLoopBackOff`); longer ones lose their end, so that no column moves.
const STATUS: u16 = 18;
const AGE: u16 = 4;
const NOTES: u16 = 14;

fn tree_row(row: &TreeRow, name: usize) -> Line {
    // The start of a name and the hash at its end both stay readable.
    let fitted = fit(&row.name, name, Printable::cut_middle);
    let status = fit(&row.status, usize::from(STATUS), Printable::cut);
    let age = format!(" {:>width$} ", row.age.as_str(), width = usize::from(AGE));
    fitted.blank().and(status).text(Role::Muted, age).text(Role::Muted, row.notes.clone())
}

/// Cuts the last text of a line so that it takes so many columns, and pads it to them.
fn fit(text: &Line, columns: usize, cut: fn(&Printable, usize) -> Printable) -> Line {
    let over = usize::from(line::width(text)).saturating_sub(columns);
    let mut fitted = text.clone();
    if let (true, Some(crate::screen::Piece::Text(_, last))) = (over > 0, fitted.0.last_mut()) {
        *last = cut(last, last.width().saturating_sub(over).max(4));
    }
    pad(&fitted, columns)
}

fn pad(text: &Line, columns: usize) -> Line {
    let space = columns.saturating_sub(usize::from(line::width(text)));
    text.clone().text(Role::Text, " ".repeat(space))
}
