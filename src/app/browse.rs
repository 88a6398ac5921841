//! Owns how the fleet is browsed: filters, the order of rows, which row is selected, which rows are in view.
//!
//! Pure. It never changes what is known. Invariants: keys act on the order as last prepared for drawing, so nothing
//! moves under the cursor between what was seen and what was meant; the selected row keeps its line when others
//! come and go.

use std::cmp::Reverse;
use std::sync::Arc;

use jiff::Timestamp;
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use tui_input::Input;

use crate::rollout::Key;
use crate::rollout::attention::Need;
use crate::rollout::phase::Phase;
use crate::store::{Fleet, Standing};

/// Phases that can be shown alone, in the order in which the key goes through them.
pub const PHASES: [Phase; 4] = [Phase::Degraded, Phase::Paused, Phase::Progressing, Phase::Healthy];

/// How the fleet is browsed.
#[derive(Debug, Default)]
pub struct Browse {
    /// What is typed into the filter.
    pub filter: Input,
    /// Whether keys go to the filter.
    pub typing: bool,
    /// The only phase shown, if one is chosen.
    pub phase: Option<Phase>,
    /// The only namespace shown, if one is chosen.
    pub namespace: Option<Arc<str>>,
    order: Vec<Key>,
    selected: Option<Key>,
    offset: usize,
    page: usize,
    stale: bool,
}

/// Rollouts that an operation of this session puts first, whatever their own state.
pub trait Urgency {
    /// Tells whether a Rollout has an operation whose outcome a person must look at.
    fn is_urgent(&self, key: &Key) -> bool;
}

impl Browse {
    /// Notes that rows may have changed.
    pub fn touch(&mut self) {
        self.stale = true;
    }

    /// Brings order and view up to date for drawing `page` rows.
    pub fn prepare(&mut self, fleet: &Fleet, urgent: &impl Urgency, page: usize) {
        let resized = page != self.page;
        if !self.stale && !resized {
            return;
        }
        let before = self.position();
        let line = before.map(|index| index.saturating_sub(self.offset));
        if self.stale {
            self.order = self.ordered(fleet, urgent);
            self.stale = false;
            self.replace_lost(before);
        }
        self.page = page.max(1);
        if let (Some(line), Some(index)) = (line, self.position()) {
            self.offset = index.saturating_sub(line.min(self.page - 1));
        }
        self.keep_in_view();
    }

    /// Lists the keys in view, with the index of the first.
    pub fn in_view(&self) -> (usize, &[Key]) {
        let end = (self.offset + self.page).min(self.order.len());
        (self.offset, self.order.get(self.offset..end).unwrap_or_default())
    }

    /// Counts the rows that pass the filters.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Tells whether no row passes the filters.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Returns the selected row; the first, until a person chose one.
    pub fn selected(&self) -> Option<&Key> {
        self.order.get(self.position()?)
    }

    /// Holds on to the row that is selected now, wherever it goes.
    pub fn pin(&mut self) {
        self.selected = self.selected().cloned();
    }

    /// Selects the row `by` rows further, within bounds.
    pub fn step(&mut self, by: isize) {
        let from = self.position().unwrap_or(0);
        self.select(from.saturating_add_signed(by));
    }

    /// Selects the row a page further (or back).
    pub fn page(&mut self, down: bool) {
        let page = isize::try_from(self.page.saturating_sub(1).max(1)).unwrap_or(1);
        self.step(if down { page } else { -page });
    }

    /// Selects the row at an index, within bounds.
    pub fn select(&mut self, index: usize) {
        let index = index.min(self.order.len().saturating_sub(1));
        self.selected = self.order.get(index).cloned();
        self.keep_in_view();
    }

    /// Shows the next phase alone, then all again.
    pub fn next_phase(&mut self) {
        self.phase = match self.phase {
            None => PHASES.first().copied(),
            Some(phase) => PHASES.iter().skip_while(|other| **other != phase).nth(1).copied(),
        };
        self.restart();
    }

    /// Shows the next namespace alone, then all again.
    pub fn next_namespace(&mut self, fleet: &Fleet) {
        let current = self.namespace.take();
        self.namespace = fleet
            .iter()
            .map(|(key, _)| &key.namespace)
            .find(|namespace| current.as_ref().is_none_or(|current| *namespace > current))
            .cloned();
        self.restart();
    }

    /// Takes every filter away.
    pub fn show_all(&mut self) {
        self.filter.reset();
        self.phase = None;
        self.namespace = None;
        self.restart();
    }

    /// Tells whether anything is filtered out on purpose.
    pub fn is_filtered(&self) -> bool {
        self.phase.is_some() || self.namespace.is_some() || !self.filter.value().is_empty()
    }

    /// Notes that the filter changed: the best row is at the top.
    pub fn restart(&mut self) {
        self.selected = None;
        self.offset = 0;
        self.stale = true;
    }

    /// Where the selected row is gone, selects the one that stands in its place, for good.
    fn replace_lost(&mut self, before: Option<usize>) {
        if self.selected.as_ref().is_some_and(|key| !self.order.contains(key)) {
            let index = before.unwrap_or(0).min(self.order.len().saturating_sub(1));
            self.selected = self.order.get(index).cloned();
        }
    }

    fn position(&self) -> Option<usize> {
        match &self.selected {
            Some(key) => {
                self.order.iter().position(|other| other == key).or((!self.order.is_empty()).then_some(0))
            }
            None => (!self.order.is_empty()).then_some(0),
        }
    }

    fn keep_in_view(&mut self) {
        let index = self.position().unwrap_or(0);
        let last = self.order.len().saturating_sub(self.page);
        self.offset = self.offset.min(last);
        if index < self.offset {
            self.offset = index;
        } else if index >= self.offset + self.page {
            self.offset = (index + 1).saturating_sub(self.page);
        }
    }

    fn ordered(&self, fleet: &Fleet, urgent: &impl Urgency) -> Vec<Key> {
        let mut filter = Fuzzy::new(self.filter.value());
        let mut rows: Vec<(Rank, &Key)> = fleet
            .iter()
            .filter(|(key, standing)| self.passes(key, standing))
            .filter_map(|(key, standing)| {
                let score = filter.score(key)?;
                Some((Rank::of(urgent.is_urgent(key), score, standing), key))
            })
            .collect();
        rows.sort_unstable();
        rows.into_iter().map(|(_, key)| key.clone()).collect()
    }

    fn passes(&self, key: &Key, standing: &Standing) -> bool {
        self.phase.is_none_or(|phase| standing.phase == phase)
            && self.namespace.as_ref().is_none_or(|namespace| *namespace == key.namespace)
    }
}

/// What rows are sorted by: who needs a person, then how well the filter fits, then the newest change.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    calm: bool,
    need: Need,
    fit: Reverse<u32>,
    changed: Reverse<Option<Timestamp>>,
}

impl Rank {
    fn of(urgent: bool, fit: u32, standing: &Standing) -> Self {
        Self { calm: !urgent, need: standing.need, fit: Reverse(fit), changed: Reverse(standing.changed) }
    }
}

/// Scores names against what is typed.
struct Fuzzy {
    pattern: Option<Pattern>,
    matcher: Matcher,
    buffer: Vec<char>,
    line: String,
}

impl Fuzzy {
    fn new(typed: &str) -> Self {
        let pattern = (!typed.trim().is_empty())
            .then(|| Pattern::parse(typed, CaseMatching::Smart, Normalization::Smart));
        Self {
            pattern,
            matcher: Matcher::new(Config::DEFAULT.match_paths()),
            buffer: Vec::new(),
            line: String::new(),
        }
    }

    fn score(&mut self, key: &Key) -> Option<u32> {
        let Some(pattern) = &self.pattern else { return Some(0) };
        self.line.clear();
        self.line.push_str(&key.namespace);
        self.line.push('/');
        self.line.push_str(&key.name);
        pattern.score(Utf32Str::new(&self.line, &mut self.buffer), &mut self.matcher)
    }
}

#[cfg(test)]
mod tests;
