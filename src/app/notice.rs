//! Owns one sentence for the person.
//!
//! It never decides how long it stands. Invariant: whether something went wrong is said beside the words.

use crate::text::Printable;

/// One sentence for the person.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// The sentence.
    pub text: Printable,
    /// Whether something went wrong.
    pub bad: bool,
}

impl Notice {
    /// Says why something was not done, or went wrong.
    pub fn bad(text: impl Into<Printable>) -> Self {
        Self { text: text.into(), bad: true }
    }

    /// Says what was done.
    pub fn good(text: impl Into<Printable>) -> Self {
        Self { text: text.into(), bad: false }
    }
}
