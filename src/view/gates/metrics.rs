//! Draws the metrics of a gate: two rows each, the canary's series over that of the stable version on one scale.
//!
//! It knows widths and resamples heights to them, keeping the highest of those that share a column's half: a spike stays one. Invariant:
//! the same width always gives the same places.

use crate::screen::Line;
use crate::screen::gates::metric::{Metric, Seen, Track};
use crate::text::{Printable, Role};

use super::Row;
use crate::view::line;

const NEWEST: usize = 7;
const POINTS: usize = 7;
const AGE: usize = 4;
const LABEL: usize = 7;
const DIFFERENCE: usize = 18;
const RATIO: usize = 6;

/// Widths of the columns.
struct Columns {
    name: usize,
    class: usize,
    cells: usize,
    /// Whether difference and ratio have columns of their own.
    figures: bool,
}

impl Columns {
    fn of(width: u16) -> Self {
        let width = usize::from(width);
        let figures = width >= 110;
        let (cells, class) = match width {
            ..110 => (14, 14),
            110..150 => (21, 20),
            _ => (42, 20),
        };
        let right = LABEL + cells + 1 + NEWEST + 1 + POINTS + 1 + AGE;
        let right = if figures { right + 1 + DIFFERENCE + 1 + RATIO } else { right };
        let name = width.saturating_sub(right + class + 4);
        Self { name, class, cells, figures }
    }

    fn left(&self) -> usize {
        self.name + self.class + 4
    }
}

/// Lists head and rows of the metrics.
pub(super) fn rows(metrics: &[Metric], width: u16) -> Vec<Row> {
    let columns = Columns::of(width);
    let mut rows = vec![Row::of(head(&columns))];
    for metric in metrics {
        let [first, second] = pair(metric, &columns);
        rows.push(Row::of(first));
        if matches!(metric.seen, Seen::Series(_)) {
            rows.push(Row::of(second));
        }
        if !metric.why.is_empty() {
            rows.push(Row::beside(2, Line::new(), metric.why.clone()));
        }
    }
    rows
}

fn head(columns: &Columns) -> Line {
    let Columns { name, class, cells, figures } = *columns;
    let plot = LABEL + cells;
    let mut text = format!(
        "{:<name$}{:<class$} {:<plot$} {:>NEWEST$} {:>POINTS$} {:>AGE$}",
        "METRIC",
        "VERDICT",
        "CANARY OVER STABLE",
        "NEWEST",
        "POINTS",
        "AGE",
        name = name + 3,
    );
    if figures {
        text.push_str(&format!(" {:>DIFFERENCE$} {:>RATIO$}", "DIFFERENCE", "RATIO"));
    }
    Line::of(Role::Muted, text)
}

fn pair(metric: &Metric, columns: &Columns) -> [Line; 2] {
    let (role, sign) = metric.sign;
    let left = Line::new().sign(role, sign).blank();
    let left = filled(left, Role::Strong, &metric.name.cut_middle(columns.name), columns.name + 3);
    let left = filled(left, role, &metric.class.cut(columns.class), columns.left());
    let below = filled(Line::new(), Role::Muted, &about(metric, columns), columns.left());
    match &metric.seen {
        Seen::Said(said) => [left.and(said.clone()), below],
        Seen::Series(tracks) => {
            let [canary, stable] = &**tracks;
            let first = track(left, "canary ", (canary, role), columns);
            let first = right(first, Role::Muted, &metric.age, AGE);
            let first = if columns.figures {
                let line = right(first, Role::Text, &metric.difference, DIFFERENCE);
                right(line, Role::Text, &metric.ratio, RATIO)
            } else {
                first
            };
            [first, track(below, "stable ", (stable, Role::Muted), columns)]
        }
    }
}

/// Says below the name what has no column of its own.
fn about(metric: &Metric, columns: &Columns) -> Printable {
    let Metric { difference, ratio, groups, .. } = metric;
    let text = match columns.figures {
        true => format!("  {groups}"),
        false => format!("  {difference:>DIFFERENCE$} {ratio:>RATIO$} {groups}"),
    };
    Printable::from(text).cut(columns.left() - 1)
}

fn track(line: Line, label: &'static str, (track, role): (&Track, Role), columns: &Columns) -> Line {
    let line = line.text(Role::Muted, label).plot(role, resampled(&track.heights, columns.cells * 2));
    let line = right(line, Role::Text, &track.newest, NEWEST);
    right(line, if track.enough { Role::Muted } else { Role::Warn }, &track.points, POINTS)
}

/// Brings heights to as many samples as are drawn; of those that share one, the highest stays.
fn resampled(heights: &[u8], samples: usize) -> Vec<u8> {
    let share = heights.len().div_ceil(samples.max(1)).max(1);
    let mut drawn: Vec<u8> =
        heights.chunks(share).map(|chunk| chunk.iter().copied().max().unwrap_or(0)).collect();
    drawn.resize(samples, 0);
    drawn
}

/// Adds a text, and blanks up to a column.
fn filled(all: Line, role: Role, text: &Printable, column: usize) -> Line {
    let all = all.text(role, text.clone());
    let space = column.saturating_sub(usize::from(line::width(&all)));
    all.text(Role::Text, " ".repeat(space))
}

/// Adds a text at the right of a column that is so wide, cut to it.
fn right(line: Line, role: Role, text: &Printable, width: usize) -> Line {
    let text = text.cut(width);
    let space = width.saturating_sub(text.width()) + 1;
    line.text(Role::Text, " ".repeat(space)).text(role, text)
}
