//! Owns how text becomes part of a page or picture.
//!
//! Invariant: text that went through here is text: no part of it begins a tag, ends an attribute or names a character. What it is made
//! from is `Printable`, so that nothing in it is invisible either.

use crate::text::Printable;

/// Escapes text for HTML and XML, in elements and in quoted attributes.
pub(super) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

/// Makes text from outside printable, then escapes it.
pub(super) fn raw(text: &str) -> String {
    escape(Printable::from(text).as_str())
}
