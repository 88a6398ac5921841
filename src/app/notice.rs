//! Owns the one sentence that is said to the person below a screen.
//!
//! It says; it decides nothing and is kept nowhere. Invariant: every sentence is either about what was done, or about what
//! was not or went wrong.

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
