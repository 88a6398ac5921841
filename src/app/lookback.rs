//! Owns how a timeline is browsed: of what, its filter, which line is selected, where one goes back to.
//!
//! It changes nothing that is known, and orders nothing. Invariants: without a choice of the person the newest line is
//! selected; a selected line stays selected when others come.

use jiff::Timestamp;
use tui_input::{Input, InputRequest};

use super::{App, Effect, Notice, Page};
use crate::keymap::Action;
use crate::text::Printable;
use crate::timeline::{Line, after};

/// How a timeline is browsed.
#[derive(Debug, Default)]
pub struct Lookback {
    /// What is typed into the filter.
    pub filter: Input,
    /// Whether keys go to the filter.
    pub typing: bool,
    chosen: Option<Mark>,
    came_from: Page,
}

/// What tells a line from others, whatever is added around it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Mark {
    rank: Timestamp,
    words: Printable,
}

impl Mark {
    fn of(line: Line<'_>) -> Self {
        let words = match line {
            Line::Order(order) => order.id.clone(),
            Line::Seen(sighting) => sighting.text.clone(),
        };
        Self { rank: line.rank(), words }
    }
}

impl Lookback {
    /// Notes that the filter changed: the newest line is selected.
    pub(super) fn restart(&mut self) {
        self.chosen = None;
    }

    pub(super) fn paste(&mut self, text: &str) {
        for character in text.chars().filter(|character| !character.is_control()).take(256) {
            self.filter.handle(InputRequest::InsertChar(character));
        }
        self.restart();
    }

    /// Returns the index of the selected line: the newest, unless another was chosen; 0 where there is none.
    pub fn selected(&self, lines: &[Line<'_>]) -> usize {
        let newest = lines.len().saturating_sub(1);
        let Some(chosen) = &self.chosen else { return newest };
        let found = lines.iter().position(|line| Mark::of(*line) == *chosen);
        found.unwrap_or_else(|| lines.partition_point(|line| line.rank() < chosen.rank).min(newest))
    }
}

impl App {
    /// Tells whether a timeline fills the screen, below help.
    pub(super) fn is_looking_back(&self) -> bool {
        matches!(self.page, Page::Timeline(_))
    }

    /// Lists the lines of the timeline that is shown, oldest first.
    pub fn past(&self) -> Vec<Line<'_>> {
        let of = match &self.page {
            Page::Timeline(of) => of.as_ref(),
            _ => None,
        };
        self.timeline.lines(of, self.lookback.filter.value())
    }

    pub(super) fn look_back(&mut self, all: bool) -> Vec<Effect> {
        let of = if all { None } else { self.subject().cloned() };
        if of.is_none() && !all {
            self.notice = Some(Notice::bad("There is no Rollout here to tell of."));
            return Vec::new();
        }
        self.browse.pin();
        let came_from = std::mem::replace(&mut self.page, Page::Timeline(of));
        self.lookback = Lookback { came_from, ..Lookback::default() };
        Vec::new()
    }

    pub(super) fn look_forward(&mut self) -> Vec<Effect> {
        self.page = std::mem::take(&mut self.lookback.came_from);
        self.browse.touch();
        Vec::new()
    }

    pub(super) fn filter_past(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::Filter => self.lookback.typing = true,
            Action::Accept => self.lookback.typing = false,
            Action::Cancel if self.lookback.typing => {
                self.lookback.typing = false;
                self.lookback.filter.reset();
                self.lookback.restart();
            }
            _ => {}
        }
        Vec::new()
    }

    pub(super) fn step_past(&mut self, by: isize) {
        let lines = self.past();
        let last = lines.len().saturating_sub(1);
        let index = self.lookback.selected(&lines).saturating_add_signed(by).min(last);
        // The newest is not held on to: what comes next is selected in its turn.
        let chosen = lines.get(index).filter(|_| index < last).map(|line| Mark::of(*line));
        self.lookback.chosen = chosen;
    }

    /// Goes from an order to the first line that followed it, and from such a line to its order.
    pub(super) fn follow(&mut self) -> Vec<Effect> {
        let lines = self.past();
        let index = self.lookback.selected(&lines);
        let (goal, otherwise) = match lines.get(index) {
            Some(Line::Order(_)) => (
                after(&lines, index).first().copied(),
                "Nothing was seen on this Rollout between this order and the next.",
            ),
            _ => (
                (0..index).rev().find(|order| after(&lines, *order).contains(&index)),
                "No order of ours came before this.",
            ),
        };
        let chosen = goal.and_then(|goal| lines.get(goal)).map(|line| Mark::of(*line));
        match chosen {
            Some(chosen) => self.lookback.chosen = Some(chosen),
            None => self.notice = Some(Notice::good(otherwise)),
        }
        Vec::new()
    }
}
