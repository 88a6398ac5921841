//! Owns what rows are sorted by, and how well a name fits what is typed.
//!
//! Pure, and blind to the other rows: a row's rank follows from the row alone, so that one that changed can be moved
//! without looking at the rest. Invariant: the smaller the rank, the higher the row.

use std::cmp::Reverse;

use jiff::Timestamp;
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use crate::rollout::Key;
use crate::rollout::attention::Need;
use crate::store::Standing;

/// What rows are sorted by: who needs a person, then how well the filter fits, then the newest change.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    calm: bool,
    need: Need,
    fit: Reverse<u32>,
    changed: Reverse<Option<Timestamp>>,
}

impl Rank {
    /// Ranks a row; `fit` is the filter's score of its name.
    pub(super) fn of(urgent: bool, fit: u32, standing: &Standing) -> Self {
        Self { calm: !urgent, need: standing.need, fit: Reverse(fit), changed: Reverse(standing.changed) }
    }
}

/// Scores names against what is typed.
pub(super) struct Fuzzy {
    pattern: Option<(Pattern, Matcher)>,
    buffer: Vec<char>,
    line: String,
}

impl Fuzzy {
    /// Reads what is typed; nothing typed fits every name alike.
    pub(super) fn new(typed: &str) -> Self {
        let pattern = (!typed.trim().is_empty()).then(|| {
            let pattern = Pattern::parse(typed, CaseMatching::Smart, Normalization::Smart);
            (pattern, Matcher::new(Config::DEFAULT.match_paths()))
        });
        Self { pattern, buffer: Vec::new(), line: String::new() }
    }

    /// Scores a name, the better the higher; `None` where it does not fit.
    pub(super) fn score(&mut self, key: &Key) -> Option<u32> {
        let Some((pattern, matcher)) = &mut self.pattern else { return Some(0) };
        self.line.clear();
        self.line.push_str(&key.namespace);
        self.line.push('/');
        self.line.push_str(&key.name);
        pattern.score(Utf32Str::new(&self.line, &mut self.buffer), matcher)
    }
}
