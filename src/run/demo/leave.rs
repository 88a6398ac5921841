//! Owns hearing that somebody wants the demo to end, from before its folder is there.
//!
//! What a signal would otherwise end at once would leave the folder behind. It never ends anything itself. Invariant:
//! from [`Leave::listen`] on none of its signals has its default effect.

use std::io;

use tokio::signal::unix::{Signal as Stream, SignalKind, signal};

use crate::terminal::Reason;

/// The signals by which somebody wants it to end.
pub(super) struct Leave {
    terminate: Stream,
    hang_up: Stream,
    interrupt: Stream,
    quit: Stream,
}

impl Leave {
    /// Begins to listen; needs a tokio runtime.
    pub(super) fn listen() -> Result<Self, String> {
        let listening = || -> io::Result<Self> {
            Ok(Self {
                terminate: signal(SignalKind::terminate())?,
                hang_up: signal(SignalKind::hangup())?,
                interrupt: signal(SignalKind::interrupt())?,
                quit: signal(SignalKind::quit())?,
            })
        };
        listening().map_err(|error| format!("The demo cannot listen for signals: {error}."))
    }

    /// Waits until somebody wants it to end.
    pub(super) async fn wanted(&mut self) -> Reason {
        tokio::select! {
            _ = self.terminate.recv() => Reason::Terminated,
            _ = self.hang_up.recv() => Reason::HungUp,
            _ = self.interrupt.recv() => Reason::Interrupted,
            _ = self.quit.recv() => Reason::Quit,
        }
    }
}
