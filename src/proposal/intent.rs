//! Owns what can be proposed: the orders that a person has, with their arguments by name.
//!
//! It holds no object as read: what an order needs of the cluster is read when a person takes the proposal up, so that an
//! old template can never be put back by it. Invariant: an argument that passed [`Intent::check`] is a word without
//! blanks, which cannot read like a sentence.

use serde::{Deserialize, Serialize};

use super::Refused;
use crate::operation::{Goal, Kind, Order, SiteKind};
use crate::text::Printable;

/// Longest image reference.
const IMAGE: usize = 512;
/// Longest name of an object or a container (RFC 1123).
const NAME: usize = 253;

/// What is proposed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "kebab-case")]
pub enum Intent {
    /// Ends the pause that the Rollout waits in.
    Promote,
    /// Goes to a chosen step or weight.
    PromoteTo {
        /// How far.
        to: Aim,
    },
    /// Goes to the end, and skips all steps, pauses and analyses.
    PromoteFull,
    /// Sets `spec.paused`.
    Pause,
    /// Clears `spec.paused`.
    Resume,
    /// Sends all traffic back to the stable version.
    Abort,
    /// Puts the stable version's template back.
    Cancel,
    /// Takes an abort back.
    Retry,
    /// Puts the template of a revision back.
    Undo {
        /// Its number; the one before the newest where none is given.
        revision: Option<i64>,
    },
    /// Gives one container another image.
    SetImage {
        /// Its name; may be left out where there is only one.
        container: Option<String>,
        /// The image reference.
        image: String,
    },
    /// Has every pod made anew.
    Restart,
    /// Ends an AnalysisRun or Experiment.
    Terminate {
        /// Which of both.
        run: RunKind,
        /// Its name.
        name: String,
    },
}

/// How far a promotion is to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Aim {
    /// To the step of this index, from 0.
    Step(i64),
    /// To the next step that sets this weight.
    Weight(i64),
}

/// Kinds of runs that can be ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunKind {
    /// An AnalysisRun.
    AnalysisRun,
    /// An Experiment.
    Experiment,
}

impl From<RunKind> for SiteKind {
    fn from(kind: RunKind) -> Self {
        match kind {
            RunKind::AnalysisRun => Self::AnalysisRun,
            RunKind::Experiment => Self::Experiment,
        }
    }
}

impl Intent {
    /// Returns the kind of order.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Promote => Kind::Promote,
            Self::PromoteTo { .. } => Kind::PromoteTo,
            Self::PromoteFull => Kind::PromoteFull,
            Self::Pause => Kind::Pause,
            Self::Resume => Kind::Resume,
            Self::Abort => Kind::Abort,
            Self::Cancel => Kind::Cancel,
            Self::Retry => Kind::Retry,
            Self::Undo { .. } => Kind::Undo,
            Self::SetImage { .. } => Kind::SetImage,
            Self::Restart => Kind::Restart,
            Self::Terminate { .. } => Kind::Terminate,
        }
    }

    /// Returns the order, where it needs nothing of the cluster that is still to be read.
    pub fn order(&self) -> Option<Order> {
        Some(match self {
            Self::Promote => Order::Promote,
            Self::PromoteTo { to: Aim::Step(index) } => Order::PromoteTo(Goal::Step(*index)),
            Self::PromoteTo { to: Aim::Weight(weight) } => Order::PromoteTo(Goal::Weight(*weight)),
            Self::PromoteFull => Order::PromoteFull,
            Self::Pause => Order::Pause,
            Self::Resume => Order::Resume,
            Self::Abort => Order::Abort,
            Self::Retry => Order::Retry,
            Self::Restart => Order::Restart,
            Self::Cancel | Self::Undo { .. } | Self::SetImage { .. } | Self::Terminate { .. } => return None,
        })
    }

    /// Says it in one line: the word of the order and its arguments.
    pub fn words(&self) -> Printable {
        let word = self.kind().word();
        Printable::from(match self {
            Self::PromoteTo { to: Aim::Step(index) } => format!("{word} step {index}"),
            Self::PromoteTo { to: Aim::Weight(weight) } => format!("{word} weight {weight}"),
            Self::Undo { revision: Some(number) } => format!("{word} to revision {number}"),
            Self::SetImage { container: Some(container), image } => format!("{word} {container}={image}"),
            Self::SetImage { container: None, image } => format!("{word} {image}"),
            Self::Terminate { run, name } => format!("{word} {} {name}", SiteKind::from(*run).word()),
            _ => word.to_owned(),
        })
    }

    /// Refuses arguments that can mean nothing.
    ///
    /// # Errors
    /// Names the argument.
    pub(super) fn check(&self) -> Result<(), Refused> {
        match self {
            Self::PromoteTo { to: Aim::Step(number) } if *number < 0 => Err(Refused::Argument("step")),
            Self::PromoteTo { to: Aim::Weight(number) } if *number < 0 => Err(Refused::Argument("weight")),
            Self::Undo { revision: Some(number) } if *number < 1 => Err(Refused::Argument("revision")),
            Self::SetImage { container, image } => {
                container.as_ref().map_or(Ok(()), |name| word("container", name, NAME))?;
                word("image", image, IMAGE)
            }
            Self::Terminate { name, .. } => word("name", name, NAME),
            _ => Ok(()),
        }
    }
}

/// Takes visible ASCII without blanks and quotes only.
fn word(what: &'static str, text: &str, most: usize) -> Result<(), Refused> {
    let plain = |b: u8| b.is_ascii_graphic() && !matches!(b, b'"' | b'\'' | b'`' | b'\\');
    let fits = (1..=most).contains(&text.len()) && text.bytes().all(plain);
    if fits { Ok(()) } else { Err(Refused::Argument(what)) }
}
