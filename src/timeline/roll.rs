//! Owns the lines that are held in memory, their merging, filtering, and which follow an order.
//!
//! It never waits and never grows beyond [`HELD`] sightings. Invariants: lines are in the order of their time; what
//! follows an order is on the same Rollout of the same cluster and ends where its next order begins.

use std::collections::VecDeque;

use super::{Line, Order, Record, Scene, Sighting};
use crate::rollout::Key;

/// How many sightings are held, and may wait to be kept.
pub const HELD: usize = 4096;
/// How many orders are held.
const ORDERS: usize = 1024;

/// Everything known to have happened, newest last.
#[derive(Clone, Debug)]
pub struct Timeline {
    most: (usize, usize),
    seen: VecDeque<Sighting>,
    orders: VecDeque<Order>,
    unkept: Vec<Sighting>,
    lost: u64,
}

impl Default for Timeline {
    /// Begins with nothing, and will hold [`HELD`] sightings.
    fn default() -> Self {
        Self { most: (HELD, ORDERS), ..Self::unbounded() }
    }
}

impl Timeline {
    /// Begins with nothing, and will hold all that is recalled: what is kept is capped already.
    pub fn unbounded() -> Self {
        Self {
            most: (usize::MAX, usize::MAX),
            seen: VecDeque::new(),
            orders: VecDeque::new(),
            unkept: Vec::new(),
            lost: 0,
        }
    }

    /// Takes in what was read from where it is kept, oldest first; it stands before what is seen from now on.
    pub fn recall(&mut self, seen: Vec<Sighting>, records: &[Record]) {
        for sighting in seen.into_iter().rev() {
            self.seen.push_front(sighting);
        }
        self.trim();
        for record in records {
            self.record(record);
        }
    }

    /// Leaves out orders of other clusters.
    pub fn only_of(&mut self, scene: &Scene) {
        self.orders.retain(|order| order.scene == *scene);
    }

    /// Takes in what was just seen; it also waits to be kept.
    pub fn see(&mut self, sighting: Sighting) {
        if self.unkept.len() < HELD {
            self.unkept.push(sighting.clone());
        } else {
            self.lost += 1;
        }
        self.seen.push_back(sighting);
        self.trim();
    }

    /// Takes in a record of the ledger.
    pub fn record(&mut self, record: &Record) {
        match self.orders.iter_mut().rev().find(|order| order.id.as_str() == record.order) {
            Some(order) => order.enter(record),
            None => self.orders.push_back(Order::begin(record)),
        }
        while self.orders.len() > self.most.1 {
            self.orders.pop_front();
        }
    }

    /// Hands out what waits to be kept, and how many changes are lost to it.
    pub fn take_unkept(&mut self) -> (Vec<Sighting>, u64) {
        (std::mem::take(&mut self.unkept), std::mem::take(&mut self.lost))
    }

    /// Lists the lines about a Rollout, or all, that the filter lets through, oldest first.
    pub fn lines(&self, key: Option<&Key>, filter: &str) -> Vec<Line<'_>> {
        let mut lines = merged(self.orders.iter(), self.seen.iter());
        lines.retain(|line| key.is_none_or(|key| concerns(*line, key)) && fits(*line, filter));
        lines
    }

    fn trim(&mut self) {
        while self.seen.len() > self.most.0 {
            self.seen.pop_front();
        }
    }
}

/// Tells whether a line is about a Rollout; what concerns all, or its namespace, is about each.
fn concerns(line: Line<'_>, key: &Key) -> bool {
    let about = line.key();
    let wide = about.name.is_empty() && (about.namespace.is_empty() || about.namespace == key.namespace);
    about == key || wide
}

/// Puts orders and sightings in the order of their time; at the same time an order stands first.
pub fn merged<'a>(
    orders: impl Iterator<Item = &'a Order>,
    seen: impl Iterator<Item = &'a Sighting>,
) -> Vec<Line<'a>> {
    let mut lines: Vec<Line<'a>> = orders.map(Line::Order).chain(seen.map(Line::Seen)).collect();
    lines.sort_by_key(|line| line.rank());
    lines
}

/// Tells whether a line holds each word of the filter, in its source, Rollout or text; case does not count.
pub fn fits(line: Line<'_>, filter: &str) -> bool {
    if filter.trim().is_empty() {
        return true;
    }
    let key = line.key();
    let all = format!("{} {}/{} {}", line.source().word(), key.namespace, key.name, line.text());
    let all = all.to_lowercase();
    filter.split_whitespace().all(|word| all.contains(&word.to_lowercase()))
}

/// Lists the indices of the lines that follow the order at `index`, until the next order on the same Rollout; empty
/// where no order stands there.
///
/// That they follow it is all that is known: what caused them is not recorded in the cluster.
pub fn after(lines: &[Line<'_>], index: usize) -> Vec<usize> {
    let Some(Line::Order(order)) = lines.get(index) else { return Vec::new() };
    let same = |line: &Line<'_>| *line.key() == order.key && line.scene().context == order.scene.context;
    let later = lines.iter().enumerate().skip(index + 1).filter(|(_, line)| same(line));
    let following = later.take_while(|(_, line)| matches!(line, Line::Seen(_)));
    following.map(|(index, _)| index).collect()
}
