//! Owns the writer thread, through which every byte to the terminal goes.
//!
//! A whole frame is handed over at once and sent with one write; a slow or stopped terminal blocks this thread and
//! nobody else. It never decides when to draw.
//! Invariant: bytes leave in the order handed over and none is dropped, except after an error or once the gate is
//! shut ([`Writer::shut`]), from which moment frames are refused and only parting words pass.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::signals::{Alarm, Loss, Reason};

#[cfg(test)]
mod tests;

/// Number of a frame, rising by one with each that is handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub struct Ticket(u64);

/// Where the bytes go.
pub trait Sink: Send + 'static {
    /// Writes all bytes, taking as long as it takes.
    ///
    /// # Errors
    /// Returns why no more can be written.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;
}

/// What has been sent so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Sent {
    /// Bytes that the terminal took.
    pub bytes: u64,
    /// Writes that were made.
    pub writes: u64,
    /// How long the last write took.
    pub took: Duration,
}

#[derive(Default)]
struct State {
    waiting: Vec<u8>,
    handed: Ticket,
    written: Ticket,
    sent: Sent,
    shut: bool,
    failed: bool,
    ended: bool,
}

struct Shared {
    state: Mutex<State>,
    work: Condvar,
    rest: Condvar,
    written: watch::Sender<Ticket>,
    alarm: Alarm,
}

/// Hands bytes to the writer thread; clones speak to the same thread.
#[derive(Clone)]
pub struct Writer(Arc<Shared>);

impl Writer {
    /// Starts the thread; it ends by [`Writer::end`] or at the first error, which raises the alarm.
    ///
    /// # Errors
    /// Returns the error of starting a thread.
    pub fn start(sink: impl Sink, alarm: Alarm) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            work: Condvar::new(),
            rest: Condvar::new(),
            written: watch::Sender::new(Ticket::default()),
            alarm,
        });
        let writer = Self(shared);
        let thread = writer.clone();
        std::thread::Builder::new().name("terminal-writer".into()).spawn(move || thread.run(sink))?;
        Ok(writer)
    }

    /// Takes the bytes of a frame, leaving `frame` empty with room for the next; refused while the gate is shut.
    /// Never blocks on the terminal.
    pub fn hand(&self, frame: &mut Vec<u8>) -> Ticket {
        let mut state = self.state();
        if state.shut || state.failed || state.ended || frame.is_empty() {
            frame.clear();
            return state.handed;
        }
        if state.waiting.is_empty() {
            std::mem::swap(&mut state.waiting, frame);
        } else {
            state.waiting.append(frame);
        }
        state.handed.0 += 1;
        self.0.work.notify_one();
        state.handed
    }

    /// Tells whether everything handed over has been sent.
    pub fn is_idle(&self) -> bool {
        let state = self.state();
        state.written == state.handed
    }

    /// Waits until the frame of a ticket has been sent, or can no longer be.
    pub async fn sent_up_to(&self, ticket: Ticket) {
        let mut written = self.0.written.subscribe();
        // The sender lives in self, so this cannot fail.
        let _ = written.wait_for(|written| *written >= ticket).await;
    }

    /// Waits until everything handed over so far has been sent, or can no longer be.
    pub async fn idle(&self) {
        let handed = self.state().handed;
        self.sent_up_to(handed).await;
    }

    /// Tells whether the frame of a ticket has been sent, so that the terminal has it.
    pub fn has_sent(&self, ticket: Ticket) -> bool {
        self.state().written >= ticket
    }

    /// Returns what has been sent so far.
    pub fn sent(&self) -> Sent {
        self.state().sent
    }

    /// Shuts the gate to frames and sends parting words after what is under way. Where the terminal takes nothing,
    /// `rescue` is called after half of `patience` to free it; gives up after all of it. Returns whether all was sent.
    pub fn shut(&self, words: &[u8], patience: Duration, rescue: impl FnOnce()) -> bool {
        let mut state = self.state();
        state.shut = true;
        let (mut state, idle) = self.rest_for(state, patience / 2);
        if !idle {
            state.waiting.clear();
            drop(state);
            rescue();
            state = self.state();
        }
        if state.failed || state.ended {
            return false;
        }
        state.waiting.extend_from_slice(words);
        state.handed.0 += 1;
        self.0.work.notify_one();
        let (state, idle) = self.rest_for(state, patience / 2);
        idle && !state.failed
    }

    /// Opens the gate to frames again.
    pub fn open(&self) {
        self.state().shut = false;
    }

    /// Ends the thread once what was handed over has been sent.
    pub fn end(&self) {
        self.state().ended = true;
        self.0.work.notify_one();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn rest_for<'a>(&self, state: MutexGuard<'a, State>, limit: Duration) -> (MutexGuard<'a, State>, bool) {
        let busy = |state: &mut State| state.written != state.handed;
        let (state, timeout) =
            self.0.rest.wait_timeout_while(state, limit, busy).unwrap_or_else(PoisonError::into_inner);
        (state, !timeout.timed_out())
    }

    fn run(&self, mut sink: impl Sink) {
        let mut frame = Vec::new();
        while let Some(ticket) = self.take(&mut frame) {
            let start = Instant::now();
            let result = sink.write(&frame);
            let mut state = self.state();
            match result {
                Ok(()) => {
                    state.sent.bytes += frame.len() as u64;
                    state.sent.writes += 1;
                    state.sent.took = start.elapsed();
                    state.written = ticket;
                }
                Err(error) => {
                    // What cannot be written counts as written, so that nobody waits for it.
                    state.failed = true;
                    state.waiting.clear();
                    state.written = state.handed;
                    self.0.alarm.raise(Reason::Lost(Loss::Write(error.kind())));
                }
            }
            self.0.rest.notify_all();
            self.0.written.send_replace(state.written);
            frame.clear();
        }
    }

    /// Waits for work: the bytes go into `frame`, the ticket of the last frame in them is returned.
    fn take(&self, frame: &mut Vec<u8>) -> Option<Ticket> {
        let resting = |state: &mut State| state.written == state.handed && !state.ended;
        let mut state = self.0.work.wait_while(self.state(), resting).unwrap_or_else(PoisonError::into_inner);
        if state.written == state.handed {
            return None;
        }
        std::mem::swap(&mut state.waiting, frame);
        Some(state.handed)
    }
}
