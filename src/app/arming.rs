//! Owns when a confirmation may be given: the machine between a modal that opens and a key that counts.
//!
//! Pure, over monotonic times. It never knows what is confirmed. Rules (each is there because a terminal delivers
//! type-ahead, key repeat, pastes and torn escape sequences as ordinary keys): a key counts only after the modal was
//! drawn and no input came for [`QUIET`]; any other key starts the silence anew; keys closer than [`BURST`] are a
//! paste; a confirming key counts only when no other input came within [`ALONE`] before and after it.

use std::time::Duration;

/// Silence, after the modal was drawn, that arms it.
pub const QUIET: Duration = Duration::from_millis(400);
/// Time before and after a confirming key in which no other input may come.
pub const ALONE: Duration = Duration::from_millis(30);
/// Keys closer together than this are a paste.
pub const BURST: Duration = Duration::from_millis(5);

/// Whether a confirming key would count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arming {
    /// Nobody has seen it yet.
    Undrawn,
    /// It has been drawn; silence is awaited since then.
    Quieting {
        /// Begin of the silence.
        since: Duration,
    },
    /// A confirming key counts.
    Armed {
        /// Newest input before it was armed or since.
        last: Duration,
    },
    /// A confirming key was pressed; it counts unless other input follows at once.
    Pressed {
        /// When.
        at: Duration,
    },
    /// A confirming key was given.
    Confirmed,
}

/// Guards one modal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guard {
    state: Arming,
    last_input: Duration,
    looks: u32,
}

impl Guard {
    /// Begins undrawn; the key that opened the modal is its newest input.
    pub fn new(opened: Duration) -> Self {
        Self { state: Arming::Undrawn, last_input: opened, looks: 0 }
    }

    /// Returns the state.
    pub fn state(&self) -> Arming {
        self.state
    }

    /// Tells whether a confirming key would count now.
    pub fn is_armed(&self) -> bool {
        matches!(self.state, Arming::Armed { .. } | Arming::Pressed { .. })
    }

    /// Counts how often a new look was wanted; a frame that was made before the newest of them shows nothing that counts.
    pub fn looks(&self) -> u32 {
        self.looks
    }

    /// Notes that the modal, as it is, stands on the screen.
    pub fn drawn(&mut self, at: Duration) {
        if self.state == Arming::Undrawn {
            self.state = Arming::Quieting { since: at.max(self.last_input) };
        }
    }

    /// Notes that what is shown changed or may not have been read: it must be drawn and be quiet again.
    pub fn disarm(&mut self, at: Duration) {
        if self.state != Arming::Confirmed {
            self.state = Arming::Undrawn;
            self.last_input = self.last_input.max(at);
            self.looks += 1;
        }
    }

    /// Notes input that confirms nothing; tells whether it came at a person's speed.
    pub fn other(&mut self, at: Duration) -> bool {
        let human = at.saturating_sub(self.last_input) >= BURST;
        self.last_input = at;
        if !matches!(self.state, Arming::Undrawn | Arming::Confirmed) {
            self.state = Arming::Quieting { since: at };
        }
        human
    }

    /// Notes a confirming key; it counts only if armed and alone, else it is as any other key.
    pub fn confirm(&mut self, at: Duration) {
        let before = at.saturating_sub(self.last_input);
        match self.state {
            Arming::Armed { .. } if before >= ALONE => {
                self.last_input = at;
                self.state = Arming::Pressed { at };
            }
            _ => {
                self.other(at);
            }
        }
    }

    /// Lets time pass, with an empty input queue; tells whether the confirmation has just been given.
    pub fn tick(&mut self, now: Duration) -> bool {
        match self.state {
            Arming::Quieting { since } if now.saturating_sub(since) >= QUIET => {
                self.state = Arming::Armed { last: since };
                false
            }
            Arming::Pressed { at } if now.saturating_sub(at) >= ALONE => {
                self.state = Arming::Confirmed;
                true
            }
            _ => false,
        }
    }

    /// Returns when [`Self::tick`] is next needed.
    pub fn wake(&self) -> Option<Duration> {
        match self.state {
            Arming::Quieting { since } => Some(since + QUIET),
            Arming::Pressed { at } => Some(at + ALONE),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
