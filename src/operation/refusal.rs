//! Owns why an order is not to be had, and what to do instead.
//!
//! It decides nothing. Invariant: a refusal never comes without a way on.

use std::fmt;

use crate::rollout::Key;
use crate::text::Printable;

/// Why an order cannot be staged, and what to do instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// One sentence: what stands in the way.
    pub why: Printable,
    /// One sentence: what to do instead.
    pub instead: Printable,
}

impl Refusal {
    pub(super) fn new(why: impl Into<Printable>, instead: impl Into<Printable>) -> Self {
        Self { why: why.into(), instead: instead.into() }
    }

    /// Refuses because no rule covers the place: the session is read-only there.
    pub fn read_only(context: &Printable, key: &Key) -> Self {
        let place = format!("{context}/{}", key.namespace);
        Self::new(
            format!("This session may only read in {place}."),
            format!(
                "Start again with `--allow {place}`, or name it under `allow` in the configuration file."
            ),
        )
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.why, self.instead)
    }
}
