//! Owns what one look at one side of a row comes to: a state, what it rests on, and what to do.
//!
//! A row is the worst of its findings; what the others rest on is kept beside. It never asks the board. Invariant: what is
//! found available carries evidence of the time at which it was.

use jiff::Timestamp;

use crate::capability::{Evidence, Remedy, State};
use crate::text::Printable;

/// How much evidence a row keeps; a namespace may have thousands of Rollouts.
const MOST: usize = 12;

/// One side of a row.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    pub(super) state: State,
    pub(super) evidence: Vec<Evidence>,
    pub(super) remedy: Option<Remedy>,
}

impl Finding {
    pub(super) fn new(state: State) -> Self {
        Self { state, evidence: Vec::new(), remedy: None }
    }

    /// Seen working; a time within the tolerance ahead of `now` is `now`.
    pub(super) fn available(at: Timestamp, now: Timestamp) -> Self {
        Self::new(State::Available { at: at.min(now) })
    }

    pub(super) fn supported() -> Self {
        Self::new(State::Supported)
    }

    pub(super) fn lacking(missing: impl Into<Printable>) -> Self {
        Self::new(State::ConfigurationDependent { missing: missing.into() })
    }

    pub(super) fn degraded(since: Timestamp, symptom: impl Into<Printable>) -> Self {
        Self::new(State::Degraded { since, symptom: symptom.into() })
    }

    pub(super) fn unavailable(why: impl Into<Printable>) -> Self {
        Self::new(State::Unavailable { why: why.into() })
    }

    pub(super) fn unknown(why: impl Into<Printable>) -> Self {
        Self::new(State::Unknown { why: why.into() })
    }

    /// Adds what was seen at a time.
    pub(super) fn seen(self, how: &'static str, said: impl Into<Printable>, at: Timestamp) -> Self {
        self.because(Evidence { how, said: said.into(), at: Some(at) })
    }

    /// Adds what holds without having been looked at.
    pub(super) fn noted(self, how: &'static str, said: impl Into<Printable>) -> Self {
        self.because(Evidence { how, said: said.into(), at: None })
    }

    pub(super) fn because(mut self, evidence: Evidence) -> Self {
        self.evidence.push(evidence);
        self
    }

    pub(super) fn remedied(mut self, remedy: Remedy) -> Self {
        self.remedy = Some(remedy);
        self
    }

    /// Says what to do, without anything to paste.
    pub(super) fn advised(self, sentence: impl Into<Printable>) -> Self {
        self.remedied(Remedy { sentence: sentence.into(), paste: None })
    }
}

/// Puts findings together: the worst one says state and remedy, of equally bad ones the first; its evidence comes first.
///
/// Of several that are available the one seen longest ago counts.
pub(super) fn worst(findings: Vec<Finding>) -> Option<Finding> {
    let rank = |finding: &Finding| {
        let seen = match finding.state {
            State::Available { at } => Some(std::cmp::Reverse(at)),
            _ => None,
        };
        (finding.state.severity(), seen)
    };
    let mut findings = findings;
    let mut chosen = 0;
    for (index, finding) in findings.iter().enumerate() {
        if findings.get(chosen).is_some_and(|best| rank(finding) > rank(best)) {
            chosen = index;
        }
    }
    if findings.is_empty() {
        return None;
    }
    let mut worst = findings.swap_remove(chosen);
    let kept = MOST.saturating_sub(worst.evidence.len());
    let mut others = findings.into_iter().flat_map(|other| other.evidence);
    worst.evidence.extend(others.by_ref().take(kept));
    match others.count() {
        0 => Some(worst),
        more => Some(worst.noted("and more", format!("{more} other things were looked at"))),
    }
}
