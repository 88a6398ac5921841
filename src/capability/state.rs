//! Owns the seven states of a row, and the whole account of one: evidence, since when, what to do.
//!
//! It never decides which state holds. Invariant: only [`State::Available`] is drawn as good.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Capability, Scope};
use crate::text::Printable;

/// How well a row works.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// Observed working, at this time.
    Available {
        /// When.
        at: Timestamp,
    },
    /// Nothing stands in the way, as far as was asked; it was not seen working.
    Supported,
    /// It would work if this were there.
    ConfigurationDependent {
        /// What is missing, exactly: which verb on which resource, which flag, which secret's name.
        missing: Printable,
    },
    /// It worked, and now works badly or not.
    Degraded {
        /// Since when, as far as it was noticed.
        since: Timestamp,
        /// What is seen of it.
        symptom: Printable,
    },
    /// It does not work.
    Unavailable {
        /// Why, in the words of who refused where there are any.
        why: Printable,
    },
    /// It cannot be told.
    Unknown {
        /// Why not.
        why: Printable,
    },
    /// It is left out on purpose.
    NotByDesign,
}

impl State {
    /// Names the state in a word, as screens and JSON do.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Available { .. } => "available",
            Self::Supported => "supported",
            Self::ConfigurationDependent { .. } => "configuration-dependent",
            Self::Degraded { .. } => "degraded",
            Self::Unavailable { .. } => "unavailable",
            Self::Unknown { .. } => "unknown",
            Self::NotByDesign => "not available by design",
        }
    }

    /// Ranks how much it needs a person, for choosing what to show of several namespaces; 0 needs nobody.
    pub fn severity(&self) -> u8 {
        match self {
            Self::Available { .. } | Self::NotByDesign => 0,
            Self::Supported => 1,
            Self::Unknown { .. } => 2,
            Self::ConfigurationDependent { .. } => 3,
            Self::Degraded { .. } => 4,
            Self::Unavailable { .. } => 5,
        }
    }

    /// Says what is missing, wrong or not known; nothing where it works.
    pub fn reason(&self) -> Option<&Printable> {
        match self {
            Self::ConfigurationDependent { missing: why }
            | Self::Degraded { symptom: why, .. }
            | Self::Unavailable { why }
            | Self::Unknown { why } => Some(why),
            Self::Available { .. } | Self::Supported | Self::NotByDesign => None,
        }
    }
}

/// One thing that was seen, and when.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// How it was checked (`access review`, `dry run`, `watch`, `Lease`).
    pub how: &'static str,
    /// What it showed, in the server's words where there are any.
    pub said: Printable,
    /// When it was seen; `None` where nobody looked.
    pub at: Option<Timestamp>,
}

/// What to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remedy {
    /// One sentence.
    pub sentence: Printable,
    /// A command or a manifest to paste, as it is; several lines.
    pub paste: Option<Arc<str>>,
}

/// The whole account of a row, somewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Health {
    /// The row.
    pub capability: Capability,
    /// Where it holds.
    pub scope: Scope,
    /// How well it works.
    pub state: State,
    /// Since when it has been in this state, as far as was noticed.
    pub since: Option<Timestamp>,
    /// What that rests on, the weightiest first.
    pub evidence: Vec<Evidence>,
    /// What to do; `None` where nothing is to be done.
    pub remedy: Option<Remedy>,
}
