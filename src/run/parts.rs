//! Owns what a loop is put together from: what reaches it, and what it draws on and with.
//!
//! Plain parts: nothing here happens by itself, and nothing is decided. Invariant: whatever reaches the loop reaches it through
//! [`Sources`] or through its edges.

use jiff::Timestamp;
use tokio::sync::mpsc::Receiver;

use super::orders::Clerk;
use super::proposals::Porter;
use crate::capability::Sight;
use crate::clock::Clock;
use crate::gate::wish::Gathered;
use crate::keymap::Spelling;
use crate::operation::{self, Id};
use crate::rollout::delta::Delta;
use crate::terminal::{Inputs, Pace, Signals, Surface};
use crate::view::Looks;

/// What reaches the loop.
pub struct Sources {
    /// Keys.
    pub inputs: Inputs,
    /// Signals.
    pub signals: Signals,
    /// What the cluster tells.
    pub deltas: Receiver<Delta>,
    /// What edges answer to operations.
    pub replies: Receiver<(Id, operation::Event)>,
    /// What edges saw of integrations.
    pub sights: Receiver<(Sight, Timestamp)>,
    /// What edges gathered for gates.
    pub gathered: Receiver<Gathered>,
    /// Who reads orders that need a person; nobody for a dump.
    pub clerk: Option<Clerk>,
    /// Who reads what agents propose; nobody for a dump.
    pub porter: Option<Porter>,
}

/// Lets the story of a demo begin.
pub type Begin = Box<dyn FnOnce() + Send>;

/// What the loop draws on and with.
pub struct Stage {
    /// The terminal.
    pub surface: Surface,
    /// How things look.
    pub looks: Looks,
    /// How keys are spelled.
    pub spelling: Spelling,
    /// When to draw.
    pub pace: Pace,
    /// Which time it lives in.
    pub clock: Clock,
    /// Lets the story of a demo begin.
    pub begin: Option<Begin>,
}
