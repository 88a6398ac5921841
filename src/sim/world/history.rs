//! What happened, in order: requests with their answers, changes, steps of the script.
//!
//! It owns the record that a verdict rests on. It never forgets and never judges; renewals of the Lease alone are left
//! out. Invariant: written as text, two histories are equal byte for byte exactly when the same happened at the same times.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use super::{Deed, Standing};
use crate::sim::objects::kind::ROLLOUT;
use crate::sim::objects::{Change, EventKind, Order, Part, Place};

/// Who ordered something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Author {
    /// A client of the API: the person at the keyboard, by this program or another.
    Client,
    /// Somebody in the script.
    Colleague(Arc<str>),
}

/// What kind of order it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// POST.
    Create,
    /// PUT.
    Replace,
    /// PATCH.
    Patch,
    /// DELETE.
    Delete,
}

/// An order, as far as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// What kind of order it was.
    pub verb: Verb,
    /// On what; of a creation only where the object has a name.
    pub place: Option<Place>,
    /// Which part.
    pub part: Part,
    /// The patch; other bodies are not kept.
    pub body: Option<Arc<str>>,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// Somebody ordered something.
    Asked {
        /// Who.
        author: Author,
        /// What.
        asked: Asked,
        /// HTTP status code of the answer that the API gave; whether it arrived is another matter.
        code: u16,
        /// What it amounts to, where it changed a Rollout.
        deed: Option<Deed>,
    },
    /// An object changed.
    Changed {
        /// Which.
        place: Place,
        /// How.
        event: EventKind,
        /// The version that the change made.
        version: u64,
        /// How it stands now, for a Rollout.
        standing: Option<Standing>,
    },
    /// A client looked at an object more closely than at a list.
    Looked(Place),
    /// A step of the script, or something about a controller.
    Happened(Arc<str>),
    /// The embedded cluster itself failed.
    Fault(Arc<str>),
}

/// What happened, in order.
#[derive(Debug, Default)]
pub struct History {
    moments: Vec<Moment>,
}

impl Asked {
    /// Keeps what is kept of an order.
    pub(super) fn of(order: &Order<'_>) -> Self {
        let (verb, place, part, body) = match order {
            Order::Create { kind, namespace, value } => {
                let name = value.pointer("/metadata/name").and_then(serde_json::Value::as_str);
                (Verb::Create, name.map(|name| Place::new(kind, namespace, name)), Part::Whole, None)
            }
            Order::Replace { place, part, .. } => (Verb::Replace, Some((*place).clone()), *part, None),
            Order::Patch { place, part, patch } => {
                let body = String::from_utf8_lossy(patch.body).into();
                (Verb::Patch, Some((*place).clone()), *part, Some(body))
            }
            Order::Delete { place, .. } => (Verb::Delete, Some((*place).clone()), Part::Whole, None),
        };
        Self { verb, place, part, body }
    }

    /// The code that a success has.
    pub(super) fn good(&self) -> u16 {
        if self.verb == Verb::Create { 201 } else { 200 }
    }
}

impl What {
    pub(super) fn changed(change: &Change) -> Self {
        let object = &change.object;
        let standing = (object.place.kind == &ROLLOUT).then(|| Standing::of(&object.value));
        Self::Changed { place: object.place.clone(), event: change.event, version: change.version, standing }
    }
}

impl History {
    pub(super) fn push(&mut self, moment: Moment) {
        self.moments.push(moment);
    }

    /// Lists all moments, the oldest first.
    pub fn moments(&self) -> &[Moment] {
        &self.moments
    }

    /// Returns the sentence with which the embedded cluster failed, if it did.
    pub fn fault(&self) -> Option<&str> {
        self.moments.iter().find_map(|moment| match &moment.what {
            What::Fault(words) => Some(&**words),
            _ => None,
        })
    }

    /// Lists what the person at the keyboard did to Rollouts: when, where, and what it amounts to.
    pub fn deeds(&self) -> impl Iterator<Item = (Timestamp, &Place, Deed)> {
        self.moments.iter().filter_map(|moment| match &moment.what {
            What::Asked { author: Author::Client, asked, deed: Some(deed), .. } => {
                Some((moment.at, asked.place.as_ref()?, *deed))
            }
            _ => None,
        })
    }

    /// Lists how a Rollout stood, after each of its changes.
    pub fn standings<'a>(&'a self, of: &'a Place) -> impl Iterator<Item = (Timestamp, &'a Standing)> {
        self.moments.iter().filter_map(move |moment| match &moment.what {
            What::Changed { place, standing: Some(standing), .. } if place == of => {
                Some((moment.at, standing))
            }
            _ => None,
        })
    }
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.moments.iter().try_for_each(|moment| writeln!(f, "{:.3} {}", moment.at, moment.what))
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asked { author, asked, code, deed } => {
                write!(f, "{author} {asked} -> {code}")?;
                deed.iter().try_for_each(|deed| write!(f, " {deed}"))
            }
            Self::Changed { place, event, version, standing } => {
                write!(f, "{event:?} {place:?} v{version}")?;
                standing.iter().try_for_each(|standing| write!(f, " {standing}"))
            }
            Self::Looked(place) => write!(f, "looked at {place:?}"),
            Self::Happened(words) => f.write_str(words),
            Self::Fault(words) => write!(f, "fault: {words}"),
        }
    }
}

impl fmt::Display for Author {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Client => f.write_str("client"),
            Self::Colleague(name) => f.write_str(name),
        }
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {:?}", self.verb, self.part)?;
        self.place.iter().try_for_each(|place| write!(f, " {place:?}"))?;
        self.body.iter().try_for_each(|body| write!(f, " {body}"))
    }
}
