//! Owns what a parser says of a text that it cannot read, whatever the language.
//!
//! It never names a file: who reads one adds it.

/// What a parser says of a text that it cannot read.
pub struct Fault {
    /// `JSON` or `YAML`.
    pub language: &'static str,
    /// Line, from 1.
    pub line: Option<usize>,
    /// The parser's words.
    pub what: String,
}
