//! Owns the lines that are held in memory, their merging, filtering, and which follow an order.
//!
//! It never waits and never grows beyond [`HELD`] sightings and what [`super::said`] holds of Events. Invariants: lines are
//! in the order of their time; what follows an order is on the same Rollout of the same cluster and ends where its next
//! order begins; what waits to be kept is capped too, and what does not fit is counted.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::said::Said;
use super::{Answer, Line, Order, Record, Scene, Sight, Sighting, Source};
use crate::rollout::Key;
use crate::text::Printable;

/// How many sightings are held, and may wait to be kept.
pub const HELD: usize = 4096;
/// How many orders are held.
const ORDERS: usize = 1024;

/// How often it is noted until when all was watched.
const BETWEEN_WATCHES: SignedDuration = SignedDuration::from_secs(30);

/// What waits to be kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Unkept {
    /// What was seen, oldest first.
    pub seen: Vec<Sighting>,
    /// How Rollouts stand now.
    pub sights: Vec<Sight>,
    /// What services beside the cluster answered, the newest about each Rollout.
    pub answers: Vec<Answer>,
    /// How many changes could not wait.
    pub lost: u64,
}

impl Unkept {
    /// Tells whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty() && self.sights.is_empty() && self.answers.is_empty() && self.lost == 0
    }
}

impl Answer {
    /// Puts it among those that wait, in place of the one about the same Rollout that waits already.
    pub fn queue(mut self, waiting: &mut BTreeMap<Key, Self>) {
        self.breaks |= waiting.contains_key(&self.key);
        waiting.insert(self.key.clone(), self);
    }
}

/// Everything known to have happened, newest last.
#[derive(Clone, Debug)]
pub struct Timeline {
    most: (usize, usize),
    seen: VecDeque<Sighting>,
    said: Said,
    orders: VecDeque<Order>,
    unkept: Vec<Sighting>,
    /// Events that wait to be kept; one that is said again before it was kept waits once.
    unkept_said: HashMap<Arc<str>, Sighting>,
    unkept_sights: BTreeMap<Key, Sight>,
    unkept_answers: BTreeMap<Key, Answer>,
    /// How Rollouts stood when somebody last looked; those that were seen since are gone from here.
    last_sights: BTreeMap<Key, Sight>,
    watched: Option<Timestamp>,
    not_kept: Option<Printable>,
    lost: u64,
}

impl Default for Timeline {
    /// Begins with nothing, and will hold [`HELD`] sightings.
    fn default() -> Self {
        Self { most: (HELD, ORDERS), said: Said::default(), ..Self::unbounded() }
    }
}

impl Timeline {
    /// Begins with nothing, and will hold all that is recalled: what is kept is capped already.
    pub fn unbounded() -> Self {
        Self {
            most: (usize::MAX, usize::MAX),
            seen: VecDeque::new(),
            said: Said::unbounded(),
            orders: VecDeque::new(),
            unkept: Vec::new(),
            unkept_said: HashMap::new(),
            unkept_sights: BTreeMap::new(),
            unkept_answers: BTreeMap::new(),
            last_sights: BTreeMap::new(),
            watched: None,
            not_kept: None,
            lost: 0,
        }
    }

    /// Takes in what was read from where it is kept, oldest first; it stands before what is seen from now on.
    pub fn recall(&mut self, seen: Vec<Sighting>, records: &[Record]) {
        let (said, seen): (Vec<Sighting>, Vec<Sighting>) =
            seen.into_iter().partition(|sighting| sighting.source == Source::Event);
        for sighting in said {
            self.said.take(sighting);
        }
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

    /// Takes in what was just seen or said; where it is news it also waits to be kept.
    pub fn see(&mut self, sighting: Sighting) {
        if sighting.source == Source::Event {
            if self.said.take(sighting.clone()) {
                self.keep_said(sighting);
            }
            return;
        }
        if self.unkept.len() < HELD {
            self.unkept.push(sighting.clone());
        } else {
            self.lost += 1;
        }
        self.seen.push_back(sighting);
        self.trim();
    }

    fn keep_said(&mut self, sighting: Sighting) {
        let known = self.unkept_said.contains_key(&sighting.mark);
        if known || self.unkept_said.len() < HELD {
            self.unkept_said.insert(sighting.mark.clone(), sighting);
        } else {
            self.lost += 1;
        }
    }

    /// Has how a Rollout stands kept, in place of how it stood before.
    pub fn stands(&mut self, sight: Sight) {
        self.unkept_sights.insert(sight.key.clone(), sight);
    }

    /// Has an answer kept; one that still waits is lost to it, which is noted.
    pub fn answered(&mut self, answer: Answer) {
        answer.queue(&mut self.unkept_answers);
    }

    /// Takes in how Rollouts stood when somebody last looked.
    pub fn recall_sights(&mut self, sights: Vec<Sight>) {
        self.last_sights = sights.into_iter().map(|sight| (sight.key.clone(), sight)).collect();
    }

    /// Hands out how a Rollout stood when somebody last looked, once.
    pub fn take_sight(&mut self, key: &Key) -> Option<Sight> {
        self.last_sights.remove(key)
    }

    /// Hands out how those Rollouts of a namespace, or of all, stood that were not seen since.
    pub fn take_sights(&mut self, namespace: Option<&str>) -> Vec<Sight> {
        let within = |key: &Key| namespace.is_none_or(|wanted| *wanted == *key.namespace);
        self.last_sights.extract_if(.., |key, _| within(key)).map(|(_, sight)| sight).collect()
    }

    /// Tells whether it is time to note again until when all was watched.
    pub fn is_watch_due(&mut self, now: Timestamp) -> bool {
        let due = self.watched.is_none_or(|last| now.duration_since(last).abs() >= BETWEEN_WATCHES);
        if due {
            self.watched = Some(now);
        }
        due
    }

    /// Notes why what is seen is not kept.
    pub fn is_not_kept(&mut self, why: Printable) {
        self.not_kept = Some(why);
    }

    /// Returns why what is seen is not kept; nothing where it is.
    pub fn not_kept(&self) -> Option<&Printable> {
        self.not_kept.as_ref()
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
    pub fn take_unkept(&mut self) -> Unkept {
        let mut seen = std::mem::take(&mut self.unkept);
        if !self.unkept_said.is_empty() {
            seen.extend(self.unkept_said.drain().map(|(_, said)| said));
            seen.sort_by_key(Sighting::rank);
        }
        let sights = std::mem::take(&mut self.unkept_sights).into_values().collect();
        let answers = std::mem::take(&mut self.unkept_answers).into_values().collect();
        Unkept { seen, sights, answers, lost: std::mem::take(&mut self.lost) }
    }

    /// Lists the lines about a Rollout, or all, that the filter lets through, oldest first.
    pub fn lines(&self, key: Option<&Key>, filter: &str) -> Vec<Line<'_>> {
        let mut lines: Vec<Line<'_>> = Vec::new();
        let wanted = |line: &Line<'_>| key.is_none_or(|key| concerns(*line, key)) && fits(*line, filter);
        lines.extend(self.orders.iter().map(Line::Order).filter(wanted));
        lines.extend(self.seen.iter().map(Line::Seen).filter(wanted));
        match key {
            Some(key) => lines.extend(self.said.of(key).map(Line::Seen).filter(wanted)),
            None => lines.extend(self.said.iter().map(Line::Seen).filter(wanted)),
        }
        lines.sort_by_key(|line| line.rank());
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

/// Before the word of a source in a filter: only lines of that source, or of any that is named so, are let through.
const OF_SOURCE: &str = "source:";

/// Tells whether a line is of a source that the filter names, if it names any, and holds each of its words in its source,
/// Rollout or text; case does not count.
pub fn fits(line: Line<'_>, filter: &str) -> bool {
    if filter.trim().is_empty() {
        return true;
    }
    let filter = filter.to_lowercase();
    let (sources, words): (Vec<&str>, Vec<&str>) =
        filter.split_whitespace().partition(|word| word.starts_with(OF_SOURCE));
    let mut named = sources.iter().filter_map(|word| word.strip_prefix(OF_SOURCE));
    // A word that is still being typed leaves what it may become.
    if !sources.is_empty() && !named.any(|word| line.source().word().starts_with(word)) {
        return false;
    }
    if words.is_empty() {
        return true;
    }
    let key = line.key();
    let all = format!("{} {}/{} {}", line.source().word(), key.namespace, key.name, line.text());
    let all = all.to_lowercase();
    words.iter().all(|word| all.contains(word))
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
