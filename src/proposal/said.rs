//! Owns [`Said`]: words of an agent, the only form in which they are kept and shown.
//!
//! Made by one function, which makes them printable, one line, short, and free of quotation marks, so that quotes around
//! them cannot be closed from inside. It never judges what they say. Invariant: no [`Said`] is longer than its limit.

use super::Refused;
use crate::text::Printable;

/// Longest reason, in characters.
pub const REASON: usize = 280;
/// Longest reference to evidence, in characters.
pub const EVIDENCE: usize = 200;
/// Longest name or version of a client, in characters.
pub const CLIENT: usize = 40;
/// Longest name of a fact, in characters.
pub const FACT_NAME: usize = 40;
/// Longest value of a fact, in characters.
pub const FACT_VALUE: usize = 120;

/// Signs that can be taken for the quotes that stand around an agent's words.
const QUOTES: &[char] = &[
    '"', '\u{201c}', '\u{201d}', '\u{201e}', '\u{201f}', '\u{ab}', '\u{bb}', '\u{2033}', '\u{ff02}',
    '\u{2036}',
];

/// Words of an agent: one line, printable, short.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Said(Printable);

impl Said {
    /// Takes words that must say something.
    ///
    /// # Errors
    /// Refuses where nothing is said, or more than `most` characters as they would be shown.
    pub fn new(what: &'static str, raw: &str, most: usize) -> Result<Self, Refused> {
        let said = Self::maybe(what, raw, most)?;
        if said.0.is_empty() { Err(Refused::Missing(what)) } else { Ok(said) }
    }

    /// Takes words that may be missing.
    ///
    /// # Errors
    /// Refuses more than `most` characters as they would be shown.
    pub fn maybe(what: &'static str, raw: &str, most: usize) -> Result<Self, Refused> {
        let said = Self::cut(raw, Printable::LONGEST);
        let shown = said.0.as_str().chars().count();
        if shown > most { Err(Refused::TooLong { what, has: shown, most }) } else { Ok(said) }
    }

    /// Takes words as they were kept, at most `most` characters of them.
    pub fn cut(raw: &str, most: usize) -> Self {
        let words = raw.split([' ', '\n', '\r', '\t']).filter(|word| !word.is_empty());
        let line = words.collect::<Vec<_>>().join(" ").replace(QUOTES, "'");
        let shown = Printable::from(line);
        if shown.as_str().chars().count() <= most {
            return Self(shown);
        }
        let kept: String = shown.as_str().chars().take(most.saturating_sub(1)).collect();
        Self(Printable::from(format!("{kept}…")))
    }

    /// Returns the words without quotes, for where the place itself marks them.
    pub fn text(&self) -> &Printable {
        &self.0
    }

    /// Returns the words in quotes.
    pub fn quoted(&self) -> Printable {
        Printable::from(format!("\"{}\"", self.0))
    }

    pub(super) fn into_text(self) -> Printable {
        self.0
    }
}
