//! Owns whose turn it is, and when: the pace at which services beside the cluster are asked.
//!
//! Pure but for chance. Each is asked once a minute, the controller's metrics every 20 s, one after the other, so that at most
//! one question is under way; one that fails waits longer each time. What that costs: for each service at most two requests a
//! minute, three for a policy service whose decision is due, three or four for the controller's metrics, however many
//! namespaces there are. Invariant: where nobody looks, nobody is asked.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::{Duration, Instant};

use jiff::SignedDuration;

use crate::capability::limits;
use crate::capability::wish::Attention;

/// The longest wait after failures.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(300);
/// The least time between two questions to one service, however closely it is looked at.
const LEAST: Duration = Duration::from_secs(5);

/// Who is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    /// The provider with this place in the configuration.
    Provider(usize),
    /// The policy service.
    PolicyService,
    /// The controller's own metrics.
    Controller,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Ask this one.
    Now(Target),
    /// Nothing for so long.
    In(Duration),
    /// Nothing until something else is wished.
    Never,
}

/// Who was asked when.
#[derive(Debug, Default)]
pub(super) struct Round {
    turns: BTreeMap<Target, Turn>,
    decided: Option<Instant>,
}

#[derive(Clone, Copy, Debug)]
struct Turn {
    asked: Instant,
    wait: Duration,
    failures: u32,
}

impl Round {
    /// Says whom to ask, the longest overdue first.
    pub(super) fn next(&self, targets: &[Target], attention: Attention, now: Instant) -> Next {
        if attention == Attention::None {
            return Next::Never;
        }
        let due = |target: &Target| match self.turns.get(target) {
            None => (Duration::ZERO, None),
            Some(turn) => {
                let wait =
                    if attention == Attention::Close { turn.wait.min(half_its_age(turn)) } else { turn.wait };
                (wait.saturating_sub(now.saturating_duration_since(turn.asked)), Some(turn.asked))
            }
        };
        match targets.iter().min_by_key(|target| due(target)) {
            None => Next::Never,
            Some(target) => match due(target).0 {
                Duration::ZERO => Next::Now(*target),
                wait => Next::In(wait),
            },
        }
    }

    /// Has each asked as soon as may be, because a person wants to know.
    pub(super) fn urge(&mut self) {
        self.turns.values_mut().for_each(|turn| turn.wait = turn.wait.min(LEAST));
    }

    /// Notes that one was asked, and whether it answered well.
    pub(super) fn answered(&mut self, target: Target, well: bool, now: Instant) {
        let before = self.turns.get(&target).map_or(0, |turn| turn.failures);
        let failures = if well { 0 } else { before.saturating_add(1) };
        if target == Target::PolicyService && !well {
            // It may have been the decision that failed: only another one can say that it is well again.
            self.decided = None;
        }
        let period = period(target).unsigned_abs();
        let wait = period.saturating_mul(1 << failures.saturating_sub(1).min(8)).min(LONGEST_WAIT);
        self.turns.insert(target, Turn { asked: now, wait: shortened(wait), failures });
    }

    /// Tells whether a decision of the policy service is due too, and notes that it is asked for.
    pub(super) fn decides(&mut self, target: Target, now: Instant) -> bool {
        let every = limits::CONFIGURED_EVERY.unsigned_abs();
        let due = self.decided.is_none_or(|last| now.saturating_duration_since(last) >= every);
        if target != Target::PolicyService || !due {
            return false;
        }
        self.decided = Some(now);
        true
    }
}

/// A count tells something only from one look to the next, which is to be young enough to count.
fn period(target: Target) -> SignedDuration {
    match target {
        Target::Controller => limits::CONTROLLER_EVERY,
        Target::Provider(_) | Target::PolicyService => limits::SERVICE_EVERY,
    }
}

/// Where one looks closely, what is older than half its age that counts is asked again; a failure soon.
fn half_its_age(turn: &Turn) -> Duration {
    if turn.failures > 0 { LEAST } else { limits::SERVICE.unsigned_abs() / 2 }
}

/// Shortens a wait by chance by up to a tenth, so that many programs do not ask at once.
fn shortened(wait: Duration) -> Duration {
    let chance = RandomState::new().build_hasher().finish() % 101;
    wait - wait * u32::try_from(chance).unwrap_or_default() / 1000
}

#[cfg(test)]
mod tests;
