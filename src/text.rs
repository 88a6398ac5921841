//! Owns [`Printable`], the only text that a screen or report accepts.
//!
//! Everything that comes from a cluster, a metrics server or a terminal reply passes through
//! [`Printable::from_cluster`] once, where it enters. It never decides how text is styled.
//! Invariant: a `Printable` holds no control, format, bidi-control, invisible or unassigned code point, no line
//! break, and at most two combining marks on a base character, so that what is measured is what is drawn.

use std::fmt;
use std::sync::Arc;

use unicode_width::UnicodeWidthStr;

pub mod causes;
mod cut;
mod escape;
mod role;
pub mod spelling;
#[cfg(test)]
mod tests;

pub use role::Role;

/// Text that is safe to draw: one line, nothing invisible, nothing that moves the cursor.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Printable(Arc<str>);

impl Printable {
    /// Longest text kept from one field, in characters; the rest is replaced by `…`.
    pub const LONGEST: usize = 4096;

    /// Makes text from outside safe: control, format and invisible code points become visible escapes.
    pub fn from_cluster(raw: &str) -> Self {
        Self(Arc::from(&*escape::escape(raw, Self::LONGEST)))
    }

    /// Wraps the program's own words, which are safe by being written here.
    pub fn ours(text: &'static str) -> Self {
        Self::from_cluster(text)
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the width in terminal columns.
    pub fn width(&self) -> usize {
        self.0.width()
    }

    /// Returns the text in at most `columns` terminal columns, with `…` where its end is missing.
    pub fn cut(&self, columns: usize) -> Self {
        self.cut_by(columns, cut::end)
    }

    /// Returns the text in at most `columns` terminal columns, with `…` where its middle is missing.
    ///
    /// For names whose end tells them apart, such as those of Pods.
    pub fn cut_middle(&self, columns: usize) -> Self {
        self.cut_by(columns, cut::middle)
    }

    fn cut_by(&self, columns: usize, cut: fn(&str, usize) -> String) -> Self {
        match columns {
            _ if self.width() <= columns => self.clone(),
            0 => Self::default(),
            _ => Self(cut(&self.0, columns).into()),
        }
    }

    /// Tells whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Tells whether nobody else shares this text's memory.
    pub fn is_sole_copy(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }
}

impl From<&str> for Printable {
    fn from(raw: &str) -> Self {
        Self::from_cluster(raw)
    }
}

impl From<String> for Printable {
    fn from(raw: String) -> Self {
        Self::from_cluster(&raw)
    }
}

impl fmt::Display for Printable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Printable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl serde::Serialize for Printable {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
