//! Owns the edge to the terminal: taking it and giving it back, reading keys, sending frames, signals.
//!
//! ```text
//!   keys ─▶ input (thread: tty, decode, burst) ──Input──▶ program ──draw──▶ surface (backend, paint)
//!   signals, watchdog ─────────────────────────Signal──▶    │                  │ one hand-over a frame
//!                                     pace: draw now? ◀─────┘                  ▼
//!                                                                   writer (thread) ──▶ terminal
//! ```
//! The program reaches it through [`Surface`]; crossterm is named here and nowhere else. It gives keys no meaning,
//! decides nothing about content, and never asks the terminal a question: a late answer would arrive as key presses.
//! Invariant: the caller never waits for the terminal, and the terminal is given back however the program ends.

mod backend;
pub mod burst;
pub mod clipboard;
mod decode;
mod guard;
mod input;
mod job;
pub mod pace;
mod paint;
mod signals;
mod surface;
mod tty;
mod watchdog;
mod writer;

pub use burst::{Manner, Press};
pub use input::{Input, Inputs};
pub use pace::{Cause, Link, Next, Pace};
pub use signals::{Alarm, Loss, Reason, Signal, Signals};
pub use surface::{Drawn, Options, Surface, Suspended};
pub use writer::{Sent, Ticket, Writer};
