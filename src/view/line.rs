//! Owns how a line of meanings becomes styled text, and how long text is wrapped.
//!
//! It never drops a piece silently: what does not fit ends in an ellipsis. Signs are drawn from the charset in use.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line as Drawn, Span};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::Looks;
use crate::screen::{Line, Piece, Sign};
use crate::text::Role;

/// Returns the sign's glyph.
pub fn glyph(sign: Sign, looks: &Looks) -> &'static str {
    let glyphs = &looks.glyphs;
    match sign {
        Sign::Healthy => glyphs.healthy,
        Sign::Paused => glyphs.paused,
        Sign::Progressing => glyphs.progressing,
        Sign::Degraded => glyphs.degraded,
        Sign::Unknown => glyphs.unknown,
        Sign::Warning => glyphs.warning,
        Sign::Stale => glyphs.stale,
        Sign::Current => glyphs.current,
        Sign::Done => glyphs.done,
        Sign::Pending => glyphs.pending,
        Sign::Arrow => glyphs.arrow,
        Sign::Separator => glyphs.separator,
        Sign::Trunk => glyphs.trunk,
        Sign::Branch => glyphs.branch,
        Sign::LastBranch => glyphs.last_branch,
    }
}

/// Returns the width in columns; signs are one column wide.
pub fn width(line: &Line) -> u16 {
    let columns: usize = line
        .0
        .iter()
        .map(|piece| match piece {
            Piece::Text(_, text) => text.width(),
            Piece::Sign(..) => 1,
            Piece::Bar { cells, .. } | Piece::Gauge { cells, .. } => usize::from(*cells),
            Piece::Plot(_, heights) => heights.len().div_ceil(2),
        })
        .sum();
    u16::try_from(columns).unwrap_or(u16::MAX)
}

/// Returns the styled text.
pub fn styled<'a>(line: &'a Line, looks: &Looks) -> Drawn<'a> {
    let mut spans = Vec::with_capacity(line.0.len());
    for piece in &line.0 {
        match piece {
            Piece::Text(role, text) => spans.push(Span::styled(text.as_str(), looks.theme.style(*role))),
            Piece::Sign(role, sign) => {
                spans.push(Span::styled(glyph(*sign, looks), looks.theme.style(*role)))
            }
            Piece::Bar { actual, desired, most, cells } => {
                spans.extend(bar((*actual, *desired, *most), *cells, looks));
            }
            Piece::Gauge { role, value, marks, cells } => {
                spans.extend(gauge((*role, *value), *marks, *cells, looks));
            }
            Piece::Plot(role, heights) => {
                spans.push(Span::styled(plot(heights, looks), looks.theme.style(*role)))
            }
        }
    }
    Drawn::from(spans)
}

/// Draws a share as a bar: full cells for what is, marked cells up to what is asked for, empty ones for the rest.
pub fn bar(share: (i64, i64, i64), cells: u16, looks: &Looks) -> [Span<'static>; 3] {
    let (actual, desired, most) = share;
    let filled = |value: i64| -> usize {
        let (value, most, cells) = (value.clamp(0, most.max(1)), most.max(1), i64::from(cells));
        usize::try_from((value * cells + most / 2) / most).unwrap_or(0).max(usize::from(value > 0))
    };
    let (is, wanted, all) = (filled(actual), filled(desired), usize::from(cells));
    let ahead = wanted.saturating_sub(is);
    let rest = all.saturating_sub(is + ahead);
    [
        Span::styled(looks.glyphs.bar_full.repeat(is), looks.theme.style(Role::Progress)),
        Span::styled(looks.glyphs.bar_target.repeat(ahead), looks.theme.style(Role::Progress)),
        Span::styled(looks.glyphs.bar_empty.repeat(rest), looks.theme.style(Role::Muted)),
    ]
}

/// Draws a value of 100 as a bar, over which its thresholds stand.
fn gauge(
    (role, value): (Role, Option<f64>),
    marks: [f64; 2],
    cells: u16,
    looks: &Looks,
) -> Vec<Span<'static>> {
    let place = |value: f64| (value.clamp(0.0, 100.0) / 100.0 * f64::from(cells)) as u16;
    // What falls short of a threshold does not reach its column.
    let filled = value.map_or(0, place);
    let (is, rest) = (looks.theme.style(role), looks.theme.style(Role::Muted));
    let cell = |at: u16| match at {
        at if marks.iter().any(|mark| place(*mark).min(cells.saturating_sub(1)) == at) => {
            Span::styled(looks.glyphs.threshold, looks.theme.style(Role::Strong))
        }
        at if at < filled => Span::styled(looks.glyphs.bar_full, is),
        _ => Span::styled(looks.glyphs.bar_empty, rest),
    };
    (0..cells).map(cell).collect()
}

/// Draws points in a row, two in a column.
fn plot(heights: &[u8], looks: &Looks) -> String {
    let pair = |pair: &[u8]| {
        looks.glyphs.pair(pair.first().copied().unwrap_or(0), pair.get(1).copied().unwrap_or(0))
    };
    heights.chunks(2).map(pair).collect()
}

/// Draws a line, cut to its place.
pub fn put(frame: &mut Frame<'_>, area: Rect, line: &Line, looks: &Looks) {
    if area.height == 0 || area.width == 0 {
        return;
    }
    let drawn = styled(line, looks);
    let cut = width(line) > area.width;
    frame.render_widget(drawn, area);
    if cut {
        let edge = Rect { x: area.right().saturating_sub(1), width: 1, ..area };
        frame.render_widget(Span::styled(looks.glyphs.ellipsis, looks.theme.style(Role::Muted)), edge);
    }
}

/// Puts as many marks side by side as fit, says how many do not, and names the key that opens them where there is room.
pub fn side_by_side(marks: &[Line], key: &Line, columns: u16) -> Line {
    const MORE: u16 = 4;
    let mut all = Line::new();
    for (nth, mark) in marks.iter().enumerate() {
        let gap = if nth == 0 { 0 } else { 2 };
        let last = nth + 1 == marks.len();
        let room = if last { columns } else { columns.saturating_sub(MORE) };
        if width(&all) + gap + width(mark) > room {
            return all.text(Role::Muted, format!("  +{}", marks.len() - nth));
        }
        all = all.text(Role::Text, " ".repeat(usize::from(gap))).and(mark.clone());
    }
    let left = columns.saturating_sub(width(&all) + width(key));
    if left < 2 {
        return all;
    }
    all.text(Role::Text, " ".repeat(usize::from(left))).and(key.clone())
}

/// Says in the last row, at the right, how many lines lie below it; nothing where none does.
pub fn more_below(frame: &mut Frame<'_>, area: Rect, count: usize, looks: &Looks) {
    if count == 0 || area.height == 0 {
        return;
    }
    let text = Line::of(Role::Key, format!(" {}{count} more ", looks.glyphs.more_below));
    let width = width(&text).min(area.width);
    let place = Rect { x: area.right() - width, y: area.bottom() - 1, width, height: 1 };
    put(frame, place, &text, looks);
}

/// Breaks a line into lines of at most `columns`, between words where there are any.
pub fn wrapped<'a>(line: &'a Line, columns: u16, looks: &Looks) -> Vec<Drawn<'a>> {
    let columns = usize::from(columns.max(1));
    let mut lines: Vec<Vec<Span<'_>>> = vec![Vec::new()];
    let mut used = 0;
    for span in styled(line, looks).spans {
        let style = span.style;
        for word in span.content.split_word_bounds() {
            // The end of a sentence does not stand alone.
            let full = word == "." && used == columns;
            if full && let Some(last) = lines.last_mut().filter(|spans| spans.len() > 1).and_then(Vec::pop) {
                used = last.width();
                lines.push(vec![last]);
            }
            if used + word.width() > columns && used > 0 && (word.width() <= columns || used > columns / 2) {
                lines.push(Vec::new());
                used = 0;
            }
            for grapheme in chunks(word, columns) {
                if used + grapheme.width() > columns {
                    lines.push(Vec::new());
                    used = 0;
                }
                if used == 0 && grapheme == " " && lines.len() > 1 {
                    continue;
                }
                used += grapheme.width();
                if let Some(last) = lines.last_mut() {
                    last.push(Span::styled(grapheme.to_owned(), style));
                }
            }
        }
    }
    lines.into_iter().map(Drawn::from).collect()
}

/// Splits a word that is wider than a line into its characters; others stay whole.
fn chunks(word: &str, columns: usize) -> Vec<&str> {
    if word.width() <= columns { vec![word] } else { word.graphemes(true).collect() }
}
