//! Owns what the program says without a screen: `list`, `get`, `status`, `health` and `gates` as text and as JSON.
//!
//! But for `health` and `gates`, the text is, byte for byte, what Argo's kubectl plugin v1.9.1 prints without colour; the JSON is this program's own
//! (`assets/schema/report.md`). It never reads a cluster, a clock or a file, and never prints: each command returns an
//! [`Answer`]. Invariant: an answer holds cluster text only as `Printable`, so that it is safe on a terminal.

pub mod gates;
pub mod get;
pub mod health;
pub mod list;
pub mod status;
pub mod value;

mod json;
mod sign;
mod table;
#[cfg(test)]
mod tests;

/// What a command prints and how it ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// For standard output.
    pub out: String,
    /// For standard error.
    pub err: String,
    /// Exit code: 0 or 1; 2 where it cannot be told. The commands about gates have their own ([`gates::exit_code`]).
    pub code: u8,
}

impl Answer {
    /// Says something and ends well.
    pub fn told(out: String) -> Self {
        Self { out, ..Self::default() }
    }

    /// Says `Error: what` as the plugin does and ends with code 1.
    pub fn failed(what: impl std::fmt::Display) -> Self {
        Self { err: format!("Error: {what}\n"), code: 1, ..Self::default() }
    }

    /// Says that there is no such Rollout, in the plugin's words.
    pub fn not_found(name: &str) -> Self {
        Self::failed(format_args!("rollout.argoproj.io \"{}\" not found", crate::text::Printable::from(name)))
    }
}
