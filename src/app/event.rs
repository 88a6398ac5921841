//! Owns what the app is told, and what it asks the driver to do.
//!
//! Plain data: nothing here happens by itself. Invariant: whatever leaves the program leaves it as an [`Effect`], and whatever comes back
//! comes as an [`Event`].

use std::sync::Arc;

use jiff::Timestamp;

use super::modal::Look;
use super::{choosing, inbox, orders};
use crate::capability::{Sight, wish::Wish};
use crate::gate::wish::{Gathered, Wish as Evidence};
use crate::keymap::Key as KeyPress;
use crate::operation::{self, Command, Id, Reason, Rehearsal, errand};
use crate::proposal;
use crate::rollout::Key;
use crate::rollout::delta::Delta;
use crate::text::Printable;

/// What can happen.
#[derive(Debug)]
pub enum Event {
    /// A key was pressed.
    Key(KeyPress),
    /// A key that counts only when pressed alone came in company: with another key, or with bytes that make no key.
    CrowdedKey(KeyPress),
    /// Text was pasted.
    Paste(String),
    /// The terminal has this many columns and rows.
    Resize(u16, u16),
    /// The terminal lost or gained the person's attention.
    Focus(bool),
    /// The cluster told something.
    Delta(Delta),
    /// A frame stands on the screen.
    Drawn(Shown),
    /// An edge answered a command of an operation.
    Operation(Id, operation::Event),
    /// An edge answered a command of an errand.
    Errand(Id, errand::Event),
    /// The newest runs of a workflow were read, for an order on this Rollout; or could not be.
    Runs {
        /// The Rollout.
        key: Key,
        /// The workflow.
        workflow: Arc<str>,
        /// What was read, newest first.
        read: Result<Vec<errand::Run>, Printable>,
    },
    /// The templates of a Rollout were read, or could not be.
    Studied(Key, Box<Result<choosing::Templates, Printable>>),
    /// An edge looked at an integration, at that time.
    Sight(Sight, Timestamp),
    /// Edges gathered evidence for a canary that is judged.
    Gathered(Box<Gathered>),
    /// The ledger was looked at for orders that need a person, or one of them was closed.
    Orders(orders::Told),
    /// Proposals of agents were looked at, or one was decided on.
    Proposals(inbox::Told),
    /// Time went by and no input is waiting.
    Tick,
    /// The program was continued after it had been suspended.
    Continued,
}

/// What a frame shows, as far as the app must know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// Lines below the fold that can be scrolled to.
    pub scrollable: usize,
    /// The confirmation in it, as [`super::App::look`] named it when the frame was made.
    pub look: Option<Look>,
}

/// What the driver is asked to do.
#[derive(Debug, PartialEq)]
pub enum Effect {
    /// Watch what belongs to this Rollout.
    Open(Key),
    /// Stop watching what belongs to a Rollout.
    Close,
    /// Ask the cluster again now.
    Refresh,
    /// Let the story of a demo begin, unless it has: it has been read.
    Begin,
    /// Read the templates of a Rollout, and report them as [`Event::Studied`].
    Study(choosing::templates::Study),
    /// Do what an operation wants, and report it as [`Event::Operation`].
    Order(Command),
    /// Read the newest runs of a workflow at the policy service, and report them as [`Event::Runs`].
    ReadRuns {
        /// The Rollout for which an order is being chosen.
        key: Key,
        /// The workflow.
        workflow: Arc<str>,
    },
    /// Do what an errand wants, and report it as [`Event::Errand`].
    Errand(Id, errand::Command),
    /// Look at integrations like this from now on, and report it as [`Event::Sight`].
    Look(Box<Wish>),
    /// Send this dry run, of which nothing is stored, and report it as a [`Sight::Trial`].
    Try(Box<Rehearsal>),
    /// Gather evidence like this from now on, and report it as [`Event::Gathered`].
    Gather(Box<Evidence>),
    /// Look at the ledger for orders that need a person, and report them as [`Event::Orders`].
    LookAtOrders,
    /// Close an order with this reason, and report it as [`Event::Orders`].
    CloseOrder(Id, Reason),
    /// Keep this decision on a proposal, and report it as [`Event::Proposals`].
    Decide(proposal::Id, proposal::Event),
    /// Hand this text to the terminal's clipboard.
    Copy(String),
    /// Ring the terminal's bell, where the person wants that.
    Chime,
    /// Draw everything anew.
    Redraw,
    /// Hand the terminal back to the shell until continued.
    Suspend,
    /// Leave.
    Quit,
}
