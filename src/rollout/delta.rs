//! Owns the words in which a cluster tells what changed: objects seen and gone, lists begun and done, contact.
//!
//! Written by the watching edge, read by the store. It never says what to think of a change. Invariant: between
//! `Begin` and `Done` of a source every object that exists is `Seen` at least once, so what was not seen is gone.

use std::sync::Arc;

use jiff::Timestamp;

use super::{AnalysisRun, Deployment, Event, Experiment, Key, Pod, ReplicaSet, Rollout};
use crate::text::Printable;

/// Kinds of objects that are watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `argoproj.io` Rollouts.
    Rollouts,
    /// ReplicaSets that carry a pod-template hash of Argo's.
    ReplicaSets,
    /// Pods of the opened Rollout.
    Pods,
    /// AnalysisRuns beside the opened Rollout.
    AnalysisRuns,
    /// Experiments beside the opened Rollout.
    Experiments,
    /// Deployments that hold the template of the opened Rollout.
    Deployments,
    /// The controller's Events.
    Events,
}

/// One stream of changes: a kind, in one namespace or in all.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Source {
    /// What it tells about.
    pub kind: Kind,
    /// Its namespace; `None` for all.
    pub namespace: Option<Arc<str>>,
}

/// An object of any watched kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Object {
    /// A Rollout.
    Rollout(Box<Rollout>),
    /// A ReplicaSet.
    ReplicaSet(Box<ReplicaSet>),
    /// A Pod.
    Pod(Box<Pod>),
    /// An AnalysisRun.
    AnalysisRun(Box<AnalysisRun>),
    /// An Experiment.
    Experiment(Box<Experiment>),
    /// A Deployment.
    Deployment(Box<Deployment>),
    /// An Event.
    Event(Box<Event>),
}

/// How a source stands with its server.
#[derive(Clone, Debug, PartialEq)]
pub enum Contact {
    /// Asking; nothing has come yet.
    Connecting,
    /// A list is arriving; about this many objects are expected, where the server said.
    Syncing {
        /// Objects expected.
        about: Option<usize>,
    },
    /// The watch is open.
    Live,
    /// The watch broke and is tried again.
    Retrying {
        /// In the server's or the system's words.
        why: Printable,
        /// When the next attempt is due.
        next: Timestamp,
    },
    /// The server refused to let this user read it.
    Forbidden {
        /// In the server's words.
        why: Printable,
    },
    /// The server does not know this kind; it is asked again from time to time.
    Absent {
        /// What to install.
        why: Printable,
    },
    /// The user's credentials were refused or could not be had.
    Unauthorized {
        /// What happened, and what to do.
        why: Printable,
    },
}

/// One thing that a cluster told.
#[derive(Clone, Debug, PartialEq)]
pub enum Delta {
    /// A full list begins.
    Begin(Source),
    /// An object exists, as given.
    Seen(Source, Object),
    /// The full list is complete.
    Done(Source),
    /// An object is gone.
    Gone(Source, Key),
    /// The contact changed.
    Contact(Source, Contact, Timestamp),
    /// Bytes of this source's stream (bookmarks included) last arrived at this time.
    Heard(Source, Timestamp),
    /// The source is no longer watched and all it told is to be forgotten.
    Closed(Source),
    /// The server answered (or not) to a sign-of-life question.
    Link {
        /// Whether it answered.
        answered: bool,
        /// When.
        at: Timestamp,
    },
}
