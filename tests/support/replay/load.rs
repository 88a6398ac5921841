//! What the server is asked to send after the list, and when each event of it is due.
//!
//! Owns pacing. A load begins when it is wished for and lasts until the next one. Invariant: over any while as many
//! events are due as the rate says; what is late is sent at once.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// Events to send after the list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Load {
    /// Events a second; none at 0.
    pub per_second: u32,
    /// Numbers of the objects that change in their rows; empty for changes all over the fleet.
    pub rows: Vec<usize>,
}

#[derive(Default)]
pub struct Desk {
    wished: Mutex<(u64, Load)>,
}

impl Desk {
    pub fn wish(&self, load: Load) {
        let mut wished = self.wished.lock().unwrap_or_else(PoisonError::into_inner);
        *wished = (wished.0 + 1, load);
    }

    /// The newest wish, with its number.
    pub fn wished(&self) -> (u64, Load) {
        self.wished.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Tells when events are due.
pub struct Beat {
    began: Instant,
    per_second: u32,
    sent: u32,
}

impl Beat {
    pub fn new(per_second: u32) -> Self {
        Self { began: Instant::now(), per_second, sent: 0 }
    }

    /// Waits until the next event is due, but no longer than `longest`; tells whether one is.
    pub fn wait(&mut self, longest: Duration) -> bool {
        if self.per_second == 0 {
            std::thread::sleep(longest);
            return false;
        }
        let due = self.began + Duration::from_secs(1) * self.sent / self.per_second;
        let left = due.saturating_duration_since(Instant::now());
        std::thread::sleep(left.min(longest));
        if left > longest {
            return false;
        }
        self.sent += 1;
        true
    }
}
