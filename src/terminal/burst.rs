//! Owns the judgement of how a key came: typed alone, in company, or in a burst as only a paste makes.
//!
//! A confirming key counts only when nothing else came within [`QUIET`] before or after it; so the verdict on such a
//! key is given [`QUIET`] later. Keys that nobody asked to be judged pass at once: a keystroke never waits. Pure:
//! times are parameters, the input pump runs it.
//! Invariant: presses leave in the order in which they came, each exactly once; at most one is held; and a verdict
//! that nobody fetched before the next input ([`Solitude::elapsed`]) is void.

use std::time::{Duration, Instant};

use crate::keymap::Key;

#[cfg(test)]
mod tests;

/// How long nothing else may come before and after a key for it to have been pressed alone.
pub const QUIET: Duration = Duration::from_millis(30);
/// Input closer together than this is taken for a paste: fingers and key repeat are slower.
pub const PASTE_GAP: Duration = Duration::from_millis(5);

/// How a key came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Manner {
    /// Not judged: nobody asked for this key to be alone, and it did not follow other input like a paste.
    Free,
    /// Nothing else came within [`QUIET`] before or after it.
    Alone,
    /// Asked to be alone, but something else came within [`QUIET`].
    Crowded,
    /// Followed other input closer than [`PASTE_GAP`]: no finger did this.
    Burst,
}

/// A key press, with how it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Press {
    /// The key.
    pub key: Key,
    /// When it was read, on the monotonic clock.
    pub at: Instant,
    /// How it came.
    pub manner: Manner,
}

/// Judges presses; holds back at most the one whose verdict is pending.
#[derive(Debug, Default)]
pub struct Solitude {
    last: Option<Instant>,
    held: Option<(Key, Instant)>,
}

impl Solitude {
    /// Makes a judge that has seen no input.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a key press; `judged` says that it counts only if alone. Returns what can be passed on now, in order:
    /// a key that was held, then this one unless it is held.
    pub fn press(&mut self, key: Key, at: Instant, judged: bool) -> [Option<Press>; 2] {
        let gap = self.gap_before(at);
        let released = self.disturb(at);
        let manner = match gap {
            Some(gap) if judged && gap < QUIET => Manner::Crowded,
            Some(gap) if gap < PASTE_GAP => Manner::Burst,
            _ if judged => {
                self.held = Some((key, at));
                return [released, None];
            }
            _ => Manner::Free,
        };
        [released, Some(Press { key, at, manner })]
    }

    /// Takes note of any other input (a paste, a focus change). Returns the held key, which was not alone.
    pub fn disturb(&mut self, at: Instant) -> Option<Press> {
        self.last = Some(self.last.map_or(at, |last| last.max(at)));
        self.void()
    }

    /// Returns the held key as not alone, whatever the time: input is there whose time is not known yet.
    pub fn void(&mut self) -> Option<Press> {
        self.held.take().map(|(key, at)| Press { key, at, manner: Manner::Crowded })
    }

    /// Returns the held key once it has been alone long enough.
    pub fn elapsed(&mut self, now: Instant) -> Option<Press> {
        let until = self.until()?;
        if now < until {
            return None;
        }
        self.held.take().map(|(key, at)| Press { key, at, manner: Manner::Alone })
    }

    /// Returns when the verdict on the held key is due.
    pub fn until(&self) -> Option<Instant> {
        self.held.map(|(_, at)| at + QUIET)
    }

    fn gap_before(&self, at: Instant) -> Option<Duration> {
        self.last.map(|last| at.saturating_duration_since(last))
    }
}
