//! Owns how the fleet is browsed: filters, the order of rows, which row is selected, which rows are in view.
//!
//! Pure. It never changes what is known. Invariants: keys act on the order as last prepared for drawing, so nothing
//! moves under the cursor between what was seen and what was meant; the selected row keeps its line when others
//! come and go.

use std::collections::HashSet;
use std::sync::Arc;

use tui_input::Input;

use crate::rollout::Key;
use crate::rollout::phase::Phase;
use crate::store::{Fleet, Standing};

mod rank;
use rank::{Fuzzy, Rank};

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
    order: Vec<(Rank, Key)>,
    selected: Option<Key>,
    offset: usize,
    page: usize,
    /// Whether the whole order is to be made anew.
    stale: bool,
    /// Rows that may have changed since, gone ones too; the others still stand as they are.
    changed: HashSet<Key>,
}

/// Rollouts that an operation of this session puts first, whatever their own state.
pub trait Urgency {
    /// Tells whether a Rollout has an operation whose outcome a person must look at.
    fn is_urgent(&self, key: &Key) -> bool;
}

impl Browse {
    /// Notes that any row may have changed.
    pub fn touch(&mut self) {
        self.stale = true;
    }

    /// Notes that one row may have changed, come or gone.
    pub fn touch_row(&mut self, key: Key) {
        if !self.stale {
            self.changed.insert(key);
        }
    }

    /// Brings order and view up to date for drawing `page` rows.
    pub fn prepare(&mut self, fleet: &Fleet, urgent: &impl Urgency, page: usize) {
        let resized = page != self.page;
        if !self.stale && self.changed.is_empty() && !resized {
            return;
        }
        let before = self.position();
        let line = before.map(|index| index.saturating_sub(self.offset));
        self.bring_in_order(fleet, urgent);
        self.replace_lost(before);
        self.page = page.max(1);
        if let (Some(line), Some(index)) = (line, self.position()) {
            self.offset = index.saturating_sub(line.min(self.page - 1));
        }
        self.keep_in_view();
    }

    /// Lists the keys in view, with the index of the first.
    pub fn in_view(&self) -> (usize, Vec<&Key>) {
        let rows = self.order.iter().skip(self.offset).take(self.page);
        (self.offset, rows.map(|(_, key)| key).collect())
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
        self.order.get(self.position()?).map(|(_, key)| key)
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
        self.selected = self.order.get(index).map(|(_, key)| key.clone());
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
        if self.selected.as_ref().is_some_and(|key| !self.order.iter().any(|(_, other)| other == key)) {
            let index = before.unwrap_or(0).min(self.order.len().saturating_sub(1));
            self.selected = self.order.get(index).map(|(_, key)| key.clone());
        }
    }

    fn position(&self) -> Option<usize> {
        match &self.selected {
            Some(key) => {
                let found = self.order.iter().position(|(_, other)| other == key);
                found.or((!self.order.is_empty()).then_some(0))
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

    /// Makes the order anew, or moves only the rows that changed: most of 10,000 stand still between two frames.
    fn bring_in_order(&mut self, fleet: &Fleet, urgent: &impl Urgency) {
        let changed = std::mem::take(&mut self.changed);
        let stale = std::mem::take(&mut self.stale);
        if !stale && changed.is_empty() {
            return;
        }
        let mut fuzzy = Fuzzy::new(self.filter.value());
        let mut order = std::mem::take(&mut self.order);
        let mut ranked = |key: &Key, standing: &Standing| {
            let fit = self.passes(key, standing).then(|| fuzzy.score(key)).flatten()?;
            Some((Rank::of(urgent.is_urgent(key), fit, standing), key.clone()))
        };
        if stale || changed.len() > fleet.len() / 4 {
            order.clear();
            order.extend(fleet.iter().filter_map(|(key, standing)| ranked(key, standing)));
            // The fleet comes by key, so a stable sort by rank alone leaves equals in the order of their names.
            order.sort_by(|(one, _), (other, _)| one.cmp(other));
        } else {
            order.retain(|(_, key)| !changed.contains(key));
            order.extend(changed.iter().filter_map(|key| ranked(key, fleet.get(key)?)));
            // Two runs, of which the first is in order: the stable sort takes that into account.
            order.sort();
        }
        self.order = order;
    }

    fn passes(&self, key: &Key, standing: &Standing) -> bool {
        self.phase.is_none_or(|phase| standing.phase == phase)
            && self.namespace.as_ref().is_none_or(|namespace| *namespace == key.namespace)
    }
}

#[cfg(test)]
mod tests;
