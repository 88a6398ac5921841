//! Owns cutting text to a number of terminal columns.
//!
//! It never splits what is drawn as one character and never measures bytes. Invariant: the result is at most as wide
//! as asked, and says by `…` that something is missing.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Returns the longest start of `text` that fits `columns`, and its width.
fn head(text: &str, columns: usize) -> (&str, usize) {
    let mut used = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        let width = grapheme.width();
        if used + width > columns {
            return (text.get(..at).unwrap_or_default(), used);
        }
        used += width;
    }
    (text, used)
}

/// Returns the longest end of `text` that fits `columns`.
fn tail(text: &str, columns: usize) -> &str {
    let mut used = 0;
    for (at, grapheme) in text.grapheme_indices(true).rev() {
        used += grapheme.width();
        if used > columns {
            return text.get(at + grapheme.len()..).unwrap_or_default();
        }
    }
    text
}

/// Cuts the end of a text that is wider than `columns` (≥ 1).
pub fn end(text: &str, columns: usize) -> String {
    let (kept, _) = head(text, columns.saturating_sub(1));
    format!("{kept}…")
}

/// Cuts the middle of a text that is wider than `columns` (≥ 1); an odd column goes to the start.
pub fn middle(text: &str, columns: usize) -> String {
    let room = columns.saturating_sub(1);
    let (start, used) = head(text, room.div_ceil(2));
    format!("{start}…{}", tail(text, room - used))
}
