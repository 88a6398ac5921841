//! Owns what an errand is told, and what it wants done.
//!
//! Plain data. Invariant: a [`Dispatch`] can neither be copied nor made elsewhere than by [`super::Errand::on`].

use std::sync::Arc;

use jiff::Timestamp;

use crate::operation::errand::{Run, Whither};
use crate::operation::{Acknowledgement, Actor, Digest, Entry, Policy, Request};
use crate::rollout::Rollout;
use crate::text::Printable;

/// How the service answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// It named the run.
    Named {
        /// The run.
        run: Arc<str>,
    },
    /// A definite no.
    Refused {
        /// HTTP status; 0 where the request never left.
        code: u16,
        /// In the service's words.
        why: Printable,
    },
    /// It cannot be told from here whether it did it.
    Unknown {
        /// What happened.
        why: Printable,
    },
}

/// What can happen to an errand.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The confirmation was drawn, and the keyboard was quiet.
    Armed,
    /// It was covered, or input arrived in a burst.
    Disarmed,
    /// The person acknowledged what has this digest.
    Acknowledged {
        /// Digest of what was shown.
        digest: Digest,
        /// Who.
        actor: Box<Actor>,
        /// What was said with it.
        said: Acknowledgement,
    },
    /// The ledger has this entry on disk.
    Recorded {
        /// [`Entry::number`].
        entry: u32,
    },
    /// The ledger has not.
    RecordFailed {
        /// [`Entry::number`].
        entry: u32,
        /// Why.
        why: Printable,
    },
    /// The service answered, or the sender gave up waiting.
    Answered(Reply),
    /// The run that the service named was read.
    Seen(Box<Run>),
    /// The newest runs of the workflow were read.
    Listed(Vec<Run>),
    /// The Rollout was observed; `None` where it is gone.
    Rollout(Option<Box<Rollout>>),
    /// The person took it back.
    Withdrawn,
    /// Time passed; due at [`super::Errand::wake_at`].
    Tick,
}

/// What an errand wants done.
#[derive(Debug, PartialEq)]
pub enum Command {
    /// Put this into the ledger; answer with `Recorded` or `RecordFailed`.
    Record(Box<Entry>),
    /// Send this once, without retries; answer with `Answered`.
    Send(Box<Dispatch>),
    /// Read this run; answer with `Seen`, or not at all.
    Read(Arc<str>),
    /// List the newest runs of this workflow; answer with `Listed`, or not at all.
    List(Arc<str>),
}

/// Leave to post one request once; not cloneable, and made only by [`super::Errand::on`].
#[derive(Debug, PartialEq)]
pub struct Dispatch {
    pub(super) whither: Whither,
    pub(super) request: Request,
    pub(super) key: Option<Arc<str>>,
    /// The word by which rules name it.
    pub(super) word: &'static str,
    /// The role that was claimed with the acknowledgement.
    pub(super) role: Option<Printable>,
    pub(super) not_after: Timestamp,
}

impl Dispatch {
    /// Returns where it goes.
    pub fn whither(&self) -> &Whither {
        &self.whither
    }

    /// Returns the bytes to send.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// Returns the value of `Idempotency-Key`, where the service takes one.
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// Judges it once more, when it is about to leave: by the policy, with its freezes, as it is at `now`.
    ///
    /// # Errors
    /// Says why it may not leave: it is too late, no rule allows it any more, or a freeze is on.
    pub fn may_leave(&self, policy: &Policy, now: Timestamp) -> Result<(), Printable> {
        if now > self.not_after {
            return Err(Printable::ours("it was too late to send it"));
        }
        let to = (self.whither.context.as_str(), &self.whither.key);
        let role = self.role.as_ref().map(Printable::as_str);
        policy.judge_errand(to, self.word, role, now).map(drop).map_err(|refusal| refusal.why)
    }
}
