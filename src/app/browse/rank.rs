//! Owns what rows are sorted by, and how well a name fits what is typed.
//!
//! Pure, and blind to the other rows: a row's rank follows from the row alone, so that one that changed can be moved
//! without looking at the rest. Invariant: the smaller the rank, the higher the row.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use crate::rollout::Key;
use crate::store::Standing;

/// What rows are sorted by: who needs a person, then how well the filter fits, then the newest change. Two whole
/// numbers, because each key of a filter compares 10,000 rows some 13 times each.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    /// Urgency in the first bit, need in the next, how little the name fits in the last 32.
    urgency: u64,
    /// Microseconds since the change, counted from 1970 and negated; the largest where nothing is known.
    changed: i64,
}

impl Rank {
    /// Ranks a row; `fit` is the filter's score of its name.
    pub(super) fn of(urgent: bool, fit: u32, standing: &Standing) -> Self {
        let (calm, need, misfit) = (u64::from(!urgent), standing.need as u64, u64::from(u32::MAX - fit));
        Self {
            urgency: calm << 63 | need << 32 | misfit,
            changed: standing.changed.map_or(i64::MAX, |at| -at.as_microsecond()),
        }
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
