//! Owns the question "draw now?": frame pacing as a pure machine without a clock of its own.
//!
//! A frame is drawn only when something visible changed: at once after a key, at most every 50 ms for cluster data,
//! less often on a link that is slow to take frames. Nothing is drawn while the writer still sends the frame before,
//! so what is drawn next is always the newest.
//! Invariant: while nothing changes it asks for no wake-up but the next visible change that the caller knows of.

use std::time::{Duration, Instant};

#[cfg(test)]
mod tests;

/// Shortest time between two frames that no key asked for.
const DATA_EVERY: Duration = Duration::from_millis(50);
/// The same on a link that the person declared slow.
const DATA_EVERY_SLOW: Duration = Duration::from_secs(1);
/// Longest time between such frames, however slow the link.
const DATA_AT_LEAST_EVERY: Duration = Duration::from_secs(1);
/// How much of the link's time frames may take: one part in this many.
const SHARE_OF_LINK: u32 = 4;

/// Why the screen must change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// Cluster data or a verdict: can wait for the next frame time.
    Data,
    /// A key, a resize or a return to the foreground: must show at once.
    Key,
}

/// How the link to the person's eyes is declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash)]
pub enum Link {
    /// Not declared slow; it is measured.
    #[default]
    Normal,
    /// Declared slow.
    Slow,
}

/// What the main loop should do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Draw now.
    Draw,
    /// Wait until the writer has sent the frame before ([`super::Writer::idle`]), then ask again. Asking the writer
    /// a second time whether it is busy, instead of waiting because of this answer, would miss its becoming idle.
    AwaitWriter,
    /// Wait for events, but no longer than until then.
    SleepUntil(Instant),
    /// Wait for events.
    AwaitEvents,
}

/// Decides when to draw.
#[derive(Debug)]
pub struct Pace {
    link: Link,
    dirty: Option<Cause>,
    drawn: Option<Instant>,
    took: Duration,
}

impl Pace {
    /// Makes a pace whose first frame is due at once.
    pub fn new(link: Link) -> Self {
        Self { link, dirty: Some(Cause::Key), drawn: None, took: Duration::ZERO }
    }

    /// Notes that the screen must change.
    pub fn touch(&mut self, cause: Cause) {
        self.dirty = self.dirty.max(Some(cause));
    }

    /// Says what to do now. `writer_idle` tells whether the frame before has been sent; `next_change` when the screen
    /// will differ without any event, such as an age that steps.
    pub fn next(&self, now: Instant, writer_idle: bool, next_change: Option<Instant>) -> Next {
        let due = match (self.dirty, next_change) {
            (Some(Cause::Key), _) => now,
            (Some(Cause::Data), _) => self.earliest_for_data().unwrap_or(now),
            (None, Some(change)) => self.earliest_for_data().map_or(change, |earliest| earliest.max(change)),
            (None, None) => return Next::AwaitEvents,
        };
        match (due <= now, writer_idle) {
            (true, true) => Next::Draw,
            (true, false) => Next::AwaitWriter,
            (false, _) => Next::SleepUntil(due),
        }
    }

    /// Notes that a frame was drawn from the newest state.
    pub fn drawn(&mut self, now: Instant) {
        self.dirty = None;
        self.drawn = Some(now);
    }

    /// Notes how long the writer took to get rid of the last frame: the measure of the link.
    pub fn wrote(&mut self, took: Duration) {
        self.took = took;
    }

    /// Returns the shortest time between two frames that no key asked for.
    pub fn data_every(&self) -> Duration {
        let least = match self.link {
            Link::Normal => DATA_EVERY,
            Link::Slow => DATA_EVERY_SLOW,
        };
        (self.took.saturating_mul(SHARE_OF_LINK)).clamp(least, DATA_AT_LEAST_EVERY)
    }

    fn earliest_for_data(&self) -> Option<Instant> {
        self.drawn.map(|drawn| drawn + self.data_every())
    }
}
