//! Owns what a person can order: kinds, targets, guards, the exact request, and the life of an operation.
//!
//! Pure: it computes requests and transitions and returns commands as data; it never sends, stores or draws, and has
//! no clock. Invariants: a request leaves only from `Acknowledged`; an operation sends at most once; the bytes that
//! were shown are the bytes that go out ([`Request::digest`]).

use std::fmt;
use std::sync::Arc;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::rollout::Key;
use crate::text::Printable;

pub mod acknowledgement;
pub mod course;
pub mod entry;
pub mod errand;
pub mod facts;
pub mod judged;
pub mod life;
pub mod order;
pub mod plan;
pub mod policy;
pub mod recovery;
pub mod refusal;
pub mod rehearsal;
pub mod request;
pub mod site;
pub mod stage;
pub mod template;
pub mod unsettled;
pub mod words;

#[cfg(test)]
mod tests;

pub use acknowledgement::{Acknowledgement, Channel, Reason};
pub use course::Course;
pub use entry::{Actor, Entry, Process};
pub use errand::Errand;
pub use facts::{Change, Facts, Shown, SiteFacts};
pub use judged::{Bar, Judged};
pub use life::{
    Announcement, Command, Dispatch, Event, Mark, Operation, Origin, Reading, SiteReading, State,
};
pub use order::{Goal, Order};
pub use plan::Plan;
pub use policy::{Leave, Policy};
pub use refusal::Refusal;
pub use rehearsal::Rehearsal;
pub use request::Digest;
pub use site::{Site, SiteKind};
pub use stage::{Proposal, stage};

/// Identity of one operation: a UUID, version 7, as text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Id(pub Arc<str>);

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What can be ordered; its arguments are in [`Order`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Ends the pause that the Rollout waits in.
    Promote,
    /// Goes to a chosen step or weight, and skips what lies before it.
    PromoteTo,
    /// Goes to the end, and skips all steps, pauses and analyses.
    PromoteFull,
    /// Sets `spec.paused`.
    Pause,
    /// Clears `spec.paused`, and nothing else.
    Resume,
    /// Sends all traffic back to the stable version; the new version stays wanted.
    Abort,
    /// Puts the stable version's template back: the new version is no longer wanted.
    Cancel,
    /// Takes an abort back: the aborted version begins anew.
    Retry,
    /// Puts the template of an earlier revision back.
    Undo,
    /// Gives a container another image.
    SetImage,
    /// Has all pods made anew, a few at a time.
    Restart,
    /// Ends an AnalysisRun or Experiment, which then counts as a success.
    Terminate,
}

impl Kind {
    /// All kinds, in the order in which they are offered.
    pub const ALL: [Self; 12] = [
        Self::Promote,
        Self::PromoteTo,
        Self::PromoteFull,
        Self::Pause,
        Self::Resume,
        Self::Abort,
        Self::Cancel,
        Self::Retry,
        Self::Undo,
        Self::SetImage,
        Self::Restart,
        Self::Terminate,
    ];

    /// Finds the kind with that word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// Returns the one word for it, from configuration key to help text.
    pub fn word(self) -> &'static str {
        match self {
            Self::Promote => "promote",
            Self::PromoteTo => "promote-to",
            Self::PromoteFull => "promote-full",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Abort => "abort",
            Self::Cancel => "cancel",
            Self::Retry => "retry",
            Self::Undo => "undo",
            Self::SetImage => "set-image",
            Self::Restart => "restart",
            Self::Terminate => "terminate",
        }
    }

    /// Tells whether it ends something that another order cannot simply bring back: an update, a measurement, pods.
    pub fn is_destructive(self) -> bool {
        match self {
            Self::Abort | Self::Cancel | Self::Undo | Self::Restart | Self::Terminate => true,
            Self::Promote
            | Self::PromoteTo
            | Self::PromoteFull
            | Self::Pause
            | Self::Resume
            | Self::Retry
            | Self::SetImage => false,
        }
    }
}

/// On what an operation acts, and as whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Target {
    /// Kubeconfig context, pinned at start.
    pub context: Printable,
    /// URL of the API server.
    pub server: Printable,
    /// User as the API server names them (SelfSubjectReview), else as the kubeconfig does.
    pub user: Printable,
    /// Namespace and name.
    pub key: Key,
    /// Uid of the Rollout that the person saw.
    pub uid: Arc<str>,
}

/// The exact HTTP request, as shown and as sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Request {
    /// `PATCH`.
    pub method: &'static str,
    /// Absolute path with query, without host.
    pub path: String,
    /// Media type of the body.
    pub content_type: &'static str,
    /// Body, UTF-8.
    pub body: String,
}

/// How the API server answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// 2xx; the resourceVersion of the returned object.
    Accepted {
        /// `metadata.resourceVersion` of the answer.
        resource_version: Arc<str>,
    },
    /// A definite no: nothing was changed.
    Refused {
        /// HTTP status; 0 where the request never left (connect, TLS or credential failure).
        code: u16,
        /// In the server's words.
        why: Printable,
    },
    /// It cannot be told from here whether the change was made (time-out, reset, 5xx).
    Unknown {
        /// What happened.
        why: Printable,
    },
}

/// A try that surely did not reach the API server, or was turned away there before anything was done: no connection
/// was made, or it asked to come back later (429 with `Retry-After` in its own words).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undelivered {
    /// What happened.
    pub why: Printable,
    /// How long the server asks to wait, in the machine's seconds.
    pub wait: Option<SignedDuration>,
}
