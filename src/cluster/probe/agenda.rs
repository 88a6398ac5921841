//! Owns which look is made next, and when: one list for all, so that looking has one price.
//!
//! Pure: times are spans since it began. Each look has its period, shortened by chance so that many programs do not look
//! together; one that fails is put off for longer each time; when the server itself is in trouble, all wait. Invariant: no
//! look is due while it is under way, and none that is not wished for is ever due.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;

use crate::capability::limits;
use crate::capability::wish::{Attention, Wish};

use super::dice::Dice;
use super::topic::Topic;

/// The wait after a first failure; it doubles.
const FIRST: Duration = Duration::from_secs(2);
/// The longest wait after failures.
const LONGEST: Duration = Duration::from_secs(60);
/// The longest that a server's own wish to be left alone is heeded.
const HEEDED: Duration = Duration::from_secs(300);

/// What came of a look, as far as the next one is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Nothing was asked.
    Unasked,
    /// There was an answer, whatever it says.
    Answered,
    /// There was none that means anything.
    Failed,
    /// The server, or the way to it, is in trouble: others would fare no better. With how long it asks to be left alone.
    Trouble(Option<Duration>),
}

/// What to do now.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Next {
    /// Look at this.
    Look(Topic),
    /// Nothing before this time.
    Wait(Duration),
    /// Nothing until something else is wished for, or a look ends.
    Nothing,
}

#[derive(Clone, Copy, Debug)]
struct Item {
    /// Order of the wish.
    rank: usize,
    due: Duration,
    failures: u32,
    /// Whether it ended once, however.
    ended: bool,
    under_way: bool,
}

/// The looks that are wished for.
pub(super) struct Agenda {
    items: BTreeMap<Topic, Item>,
    attention: Attention,
    /// How often a person had asked for a look.
    urged: u32,
    /// The namespace that is looked at first.
    near: Option<Arc<str>>,
    /// How many of the program's seconds pass in one of the machine's.
    speed: u32,
    /// Until when all wait, and how often in a row there was trouble.
    trouble: (Duration, u32),
    dice: Dice,
}

impl Agenda {
    /// Begins with nothing to look at.
    pub(super) fn new(speed: u32, seed: u64) -> Self {
        let (items, attention) = (BTreeMap::new(), Attention::None);
        let (trouble, dice) = ((Duration::ZERO, 0), Dice::new(seed));
        Self { items, attention, urged: 0, near: None, speed: speed.max(1), trouble, dice }
    }

    /// Takes another wish in place of the last: what is new is due now, what is no longer wished for is dropped.
    pub(super) fn wish(&mut self, wish: &Wish, now: Duration) {
        let closer = wish.attention == Attention::Close && self.attention != Attention::Close;
        let urged = wish.urged != self.urged;
        (self.attention, self.urged) = (wish.attention, wish.urged);
        self.near = wish.namespaces.first().cloned();
        let topics = Topic::of(wish);
        let known = std::mem::take(&mut self.items);
        for (rank, topic) in topics.into_iter().enumerate() {
            let fresh = Item { rank, due: now, failures: 0, ended: false, under_way: false };
            let item = known.get(&topic).map_or(fresh, |item| Item { rank, ..*item });
            self.items.entry(topic).or_insert(item);
        }
        if closer || urged {
            // Somebody looks now: what waits only because it failed is tried at once; whoever asks for a look gets all of it.
            self.trouble.0 = now;
            let awaited = self.items.values_mut().filter(|item| urged || item.failures > 0);
            awaited.for_each(|item| item.due = item.due.min(now));
        }
    }

    /// Says what to do now; `busy` looks are under way. What is longest overdue, measured by its period, comes first.
    pub(super) fn next(&mut self, now: Duration, busy: usize) -> Next {
        if self.attention == Attention::None || (self.trouble.1 > 0 && busy > 0) {
            return Next::Nothing;
        }
        if self.trouble.0 > now {
            return Next::Wait(self.trouble.0);
        }
        let overdue = |topic: &Topic, item: &Item| {
            // What was never seen comes as soon as what is looked at often.
            let least = if item.ended { Duration::MAX } else { span(limits::TRAFFIC_EVERY) / self.speed };
            let period = self.every(topic).min(least).as_nanos().max(1);
            now.saturating_sub(item.due).as_nanos().saturating_mul(10_000) / period
        };
        let waiting = || self.items.iter().filter(|(_, item)| !item.under_way);
        let due = waiting().filter(|(_, item)| item.due <= now);
        let first = due.max_by_key(|(topic, item)| (overdue(topic, item), std::cmp::Reverse(item.rank)));
        if let Some(topic) = first.map(|(topic, _)| topic.clone()) {
            if let Some(item) = self.items.get_mut(&topic) {
                item.under_way = true;
            }
            return Next::Look(topic);
        }
        waiting().map(|(_, item)| item.due).min().map_or(Next::Nothing, Next::Wait)
    }

    /// Takes what came of a look.
    pub(super) fn ended(&mut self, topic: &Topic, outcome: Outcome, now: Duration) {
        self.trouble = match outcome {
            Outcome::Trouble(asked) => {
                let times = self.trouble.1 + 1;
                let wait = self.doubled(times).max(asked.unwrap_or_default().min(HEEDED));
                (now + wait, times)
            }
            Outcome::Unasked => self.trouble,
            Outcome::Answered | Outcome::Failed => (Duration::ZERO, 0),
        };
        let period = self.every(topic);
        let Some(failures) = self.items.get(topic).map(|item| item.failures) else { return };
        let (failures, wait) = match outcome {
            Outcome::Unasked | Outcome::Answered => (0, self.dice.shortened(period)),
            Outcome::Failed | Outcome::Trouble(_) => {
                (failures + 1, self.doubled(failures + 1).min(period.max(LONGEST / self.speed)))
            }
        };
        if let Some(item) = self.items.get_mut(topic) {
            *item = Item { due: now + wait, failures, ended: true, under_way: false, ..*item };
        }
    }

    /// How often a thing is looked at, in the machine's time.
    fn every(&self, topic: &Topic) -> Duration {
        let every = match topic {
            Topic::Controllers | Topic::Lease | Topic::Clock => limits::CONTROLLER_EVERY,
            Topic::Rights(_) => limits::RIGHT_EVERY,
            Topic::Traffic(..) => limits::TRAFFIC_EVERY,
            // Measurements count for minutes, so where somebody looks they are read as often.
            Topic::Providers(namespace) if self.near.as_ref() == Some(namespace) => limits::SERVICE_EVERY,
            Topic::Admission | Topic::Notifying | Topic::Providers(_) => limits::CONFIGURED_EVERY,
        };
        span(every) / self.speed
    }

    fn doubled(&mut self, times: u32) -> Duration {
        let wait = FIRST.saturating_mul(1 << times.saturating_sub(1).min(10)).min(LONGEST) / self.speed;
        self.dice.shortened(wait)
    }
}

fn span(span: SignedDuration) -> Duration {
    Duration::try_from(span).unwrap_or_default()
}

#[cfg(test)]
mod tests;
