//! Owns whose turn it is, and when: the pace at which canaries are gathered for.
//!
//! Pure but for chance. Each is asked once for each resolution of its policy, the one that is looked at twice as often, and one whose
//! provider fails more and more rarely. Invariant: where nobody looks, nothing is asked.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::gate::wish::{self, Canary, Wish};
use crate::rollout::Key;

/// Least time between two questions for one canary.
pub(super) const LEAST: Duration = Duration::from_secs(wish::APART);
/// Longest wait after failures.
pub(super) const LONGEST: Duration = Duration::from_secs(300);
/// After this time a canary that nobody wishes for is forgotten.
const FORGOTTEN: Duration = Duration::from_secs(900);

/// A canary, by its Rollout and the hash of its pods.
pub(super) type Whose = (Key, Arc<str>);

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Next {
    /// Gather for this one.
    Now(Box<Canary>),
    /// Nothing for so long.
    In(Duration),
    /// Nothing until something else is wished.
    Never,
}

/// Who was asked for when.
#[derive(Debug)]
pub(super) struct Turns {
    speed: u32,
    turns: HashMap<Whose, Turn>,
}

#[derive(Clone, Copy, Debug)]
struct Turn {
    asked: Instant,
    wait: Duration,
    failures: u32,
    under_way: bool,
}

pub(super) fn whose(canary: &Canary) -> Whose {
    (canary.key.clone(), canary.hash.clone())
}

impl Turns {
    /// Begins, for a program whose time runs `speed` times as fast as the machine's.
    pub(super) fn new(speed: u32) -> Self {
        Self { speed: speed.max(1), turns: HashMap::new() }
    }

    /// Says for whom to gather: the one looked at closely if it is due, else the one that waited longest beyond its time.
    pub(super) fn next(&mut self, wish: &Wish, now: Instant) -> Next {
        if !wish.attended {
            return Next::Never;
        }
        self.forget(wish, now);
        let mut soonest: Option<Duration> = None;
        let mut due: Option<(Option<Instant>, &Canary)> = None;
        for (place, canary) in wish.canaries.iter().enumerate() {
            let close = wish.close && place == 0;
            let Some((left, asked)) = self.left(canary, close, now) else { continue };
            if !left.is_zero() {
                soonest = Some(soonest.map_or(left, |soonest| soonest.min(left)));
            } else if close {
                return Next::Now(Box::new(canary.clone()));
            } else if due.is_none_or(|(before, _)| asked < before) {
                due = Some((asked, canary));
            }
        }
        match (due, soonest) {
            (Some((_, canary)), _) => Next::Now(Box::new(canary.clone())),
            (None, Some(wait)) => Next::In(wait),
            (None, None) => Next::Never,
        }
    }

    /// How long a canary still waits, and when it was last asked for; `None` while it is being asked for.
    fn left(&self, canary: &Canary, close: bool, now: Instant) -> Option<(Duration, Option<Instant>)> {
        let Some(turn) = self.turns.get(&whose(canary)) else { return Some((Duration::ZERO, None)) };
        if turn.under_way {
            return None;
        }
        let wait = match (close, turn.failures) {
            (false, _) => turn.wait,
            (true, 0) => (turn.wait / 2).max(self.least()),
            (true, _) => self.least(),
        };
        Some((wait.saturating_sub(now.saturating_duration_since(turn.asked)), Some(turn.asked)))
    }

    /// Notes that a canary is being asked for.
    pub(super) fn begun(&mut self, canary: &Canary, now: Instant) {
        let failures = self.turns.get(&whose(canary)).map_or(0, |turn| turn.failures);
        let turn = Turn { asked: now, wait: self.period(canary), failures, under_way: true };
        self.turns.insert(whose(canary), turn);
    }

    /// Notes what came of it.
    pub(super) fn ended(&mut self, canary: &Canary, well: bool) {
        let period = self.period(canary);
        let longest = LONGEST / self.speed;
        if let Some(turn) = self.turns.get_mut(&whose(canary)) {
            turn.failures = if well { 0 } else { turn.failures.saturating_add(1) };
            let doubled = period.saturating_mul(1 << turn.failures.saturating_sub(1).min(8));
            turn.wait = shortened(doubled.min(longest.max(period)));
            turn.under_way = false;
        }
    }

    fn least(&self) -> Duration {
        LEAST / self.speed
    }

    fn period(&self, canary: &Canary) -> Duration {
        (canary.policy.resolution.unsigned_abs() / self.speed).max(self.least())
    }

    fn forget(&mut self, wish: &Wish, now: Instant) {
        if self.turns.len() > wish.canaries.len().saturating_mul(2).max(64) {
            self.turns
                .retain(|_, turn| turn.under_way || now.saturating_duration_since(turn.asked) < FORGOTTEN);
        }
    }
}

/// Shortens a wait by chance by up to a tenth, so that many programs do not ask at once.
fn shortened(wait: Duration) -> Duration {
    let chance = RandomState::new().build_hasher().finish() % 101;
    wait - wait * u32::try_from(chance).unwrap_or_default() / 1000
}

#[cfg(test)]
mod tests;
