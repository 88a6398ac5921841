//! Owns what goes into and comes out of an operation's life: events, commands, readings.
//!
//! Plain data. Invariant: a [`Dispatch`] can be neither made nor copied elsewhere, so whoever holds one may send it
//! once, and nobody else may send at all.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::{Announced, Announcement, SEND_LIMIT};
use crate::operation::request::signature;
use crate::operation::{
    Acknowledgement, Actor, Answer, Digest, Entry, Facts, Id, Kind, Operation, Request, Site, SiteFacts,
    Target, Undelivered, recovery,
};
use crate::rollout::{AnalysisRun, Experiment, Key, Meta, Rollout, Writers};
use crate::text::Printable;

/// Where a reading comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The watch: true of some recent moment.
    Watch,
    /// A quorum read, asked for by [`Command::Read`]: true after the moment it was asked.
    Read,
}

/// A Rollout as observed, reduced to what operations depend on.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The facts.
    pub facts: Facts,
    /// `metadata.resourceVersion`.
    pub resource_version: Arc<str>,
    /// Where it comes from.
    pub origin: Origin,
    /// Whether the object that the request changes bears the order's own mark.
    pub mark: Mark,
    /// Who wrote the Rollout last, as a watch tells it.
    pub writers: Writers,
}

/// Whether an object bears an order's own mark: the name under which the API server notes its writer (`managedFields`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mark {
    /// Nobody looked.
    #[default]
    Unread,
    /// It does: the order took effect.
    Borne,
    /// It does not: the order had no effect, or others wrote over what it wrote.
    Missing,
}

impl Mark {
    /// Looks for the mark of an order in an object as stored.
    pub fn of(id: &Id, object: &Value) -> Self {
        if recovery::bears(object, &signature(id)) { Self::Borne } else { Self::Missing }
    }
}

impl Reading {
    /// Takes a Rollout that the watch told of.
    pub fn watched(rollout: &Rollout) -> Self {
        Self::new(rollout, Origin::Watch)
    }

    /// Takes a Rollout that was read in answer to [`Command::Read`], and whether it bore the order's mark.
    pub fn read(rollout: &Rollout, mark: Mark) -> Self {
        Self { mark, ..Self::new(rollout, Origin::Read) }
    }

    fn new(rollout: &Rollout, origin: Origin) -> Self {
        let resource_version = rollout.meta.resource_version.clone();
        let writers = rollout.writers.clone();
        Self { facts: Facts::of(rollout), resource_version, origin, mark: Mark::Unread, writers }
    }
}

/// Another object than the Rollout as observed: what holds its template, or a run ([`Operation::site`]).
#[derive(Clone, Debug, PartialEq)]
pub struct SiteReading {
    /// What is true of it.
    pub facts: SiteFacts,
    /// `metadata.resourceVersion`.
    pub resource_version: Arc<str>,
    /// Where it comes from.
    pub origin: Origin,
    /// Whether it bears the order's own mark.
    pub mark: Mark,
}

impl SiteReading {
    /// Takes an AnalysisRun that the watch told of.
    pub fn watched_analysis(run: &AnalysisRun) -> Self {
        Self::watched(SiteFacts::of_run(&run.meta, &run.phase, run.terminate), &run.meta)
    }

    /// Takes an Experiment that the watch told of.
    pub fn watched_experiment(run: &Experiment) -> Self {
        Self::watched(SiteFacts::of_run(&run.meta, &run.phase, run.terminate), &run.meta)
    }

    fn watched(facts: SiteFacts, meta: &Meta) -> Self {
        let resource_version = meta.resource_version.clone();
        Self { facts, resource_version, origin: Origin::Watch, mark: Mark::Unread }
    }

    /// Takes an object that was read in answer to [`Command::Read`], and whether it bore the order's mark; `None` where it
    /// is of a kind that no order changes.
    pub fn read(object: &Value, mark: Mark) -> Option<Self> {
        let version = object.pointer("/metadata/resourceVersion").and_then(Value::as_str);
        Some(Self {
            facts: SiteFacts::read(object)?,
            resource_version: version.unwrap_or_default().into(),
            origin: Origin::Read,
            mark,
        })
    }
}

/// What can happen to an operation.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The modal was drawn, and the keyboard was quiet.
    Armed,
    /// The modal was covered, or input arrived in a burst.
    Disarmed,
    /// The person acknowledged what has this digest.
    Acknowledged {
        /// Digest of what was shown.
        digest: Digest,
        /// Who.
        actor: Actor,
        /// What was said with it.
        said: Acknowledgement,
    },
    /// The ledger has this entry on disk.
    Recorded {
        /// [`Entry::number`].
        entry: u32,
    },
    /// The ledger has not, or did not say so in time.
    RecordFailed {
        /// [`Entry::number`].
        entry: u32,
        /// In one sentence.
        why: Printable,
    },
    /// The first byte is about to leave.
    Sending,
    /// The API server answered, or the sender gave up waiting.
    Answered(Answer),
    /// The try surely did not reach the API server; with a random number, by which the next one is moved.
    Undelivered(Undelivered, u32),
    /// What came of the Event that was asked for by [`Command::Announce`].
    Announced(Announced),
    /// The Rollout was observed.
    Seen(Box<Reading>),
    /// The other object that the order changes was observed.
    SeenSite(Box<SiteReading>),
    /// The other object that the order changes is gone.
    SiteGone,
    /// A quorum read failed.
    ReadFailed {
        /// In one sentence.
        why: Printable,
    },
    /// The Rollout is gone (from the watch after a full list, or a read that found nothing).
    Deleted,
    /// The person took it back.
    Withdrawn,
    /// Time passed; due at [`Operation::wake_at`].
    Tick,
    /// Its time is up by a clock that nobody can set, whatever the clock on the wall says.
    Lapsed,
}

/// What an operation wants done.
#[derive(Debug, PartialEq)]
pub enum Command {
    /// Put this into the ledger; answer with `Recorded` or `RecordFailed`.
    Record(Box<Entry>),
    /// Send this once, without retries; answer with `Sending`, and `Answered` or `Undelivered`.
    Send(Box<Dispatch>),
    /// Tell of this by a Kubernetes Event, once, without retries; answer with `Announced`.
    Announce(Box<Announcement>),
    /// Read with quorum (no `resourceVersion` parameter) what the request changes; answer with `Seen` or `Deleted` for
    /// the Rollout, with `SeenSite` or `SiteGone` for another object, or with `ReadFailed`.
    Read {
        /// Operation that asks.
        id: Id,
        /// The Rollout.
        key: Key,
        /// The object to read in its namespace; `None` for the Rollout itself.
        site: Option<Site>,
    },
}

/// Leave to send one request once; not cloneable, and made only by [`Operation::on`]: another only when this one surely
/// did not get there.
///
/// ```compile_fail
/// fn twice(leave: rollgate::operation::Dispatch) -> (rollgate::operation::Dispatch, rollgate::operation::Dispatch) {
///     (leave.clone(), leave)
/// }
/// ```
#[derive(Debug, PartialEq)]
pub struct Dispatch {
    id: Id,
    kind: Kind,
    target: Target,
    request: Request,
    digest: Digest,
    not_after: Timestamp,
    speed: u32,
    site: Site,
}

impl Dispatch {
    pub(super) fn of(operation: &Operation, now: Timestamp) -> Self {
        Self {
            not_after: now.checked_add(operation.of_machine(SEND_LIMIT)).unwrap_or(now),
            speed: operation.speed(),
            id: operation.id().clone(),
            kind: operation.kind(),
            target: operation.target().clone(),
            request: operation.request().clone(),
            digest: operation.digest(),
            site: operation.site(),
        }
    }

    /// Returns the object that the request changes, in the namespace of the target.
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// Returns the operation's identity.
    pub fn id(&self) -> &Id {
        &self.id
    }

    /// Returns what is ordered.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns where it goes, and as whom.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Returns the bytes to send.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// Returns the moment after which the first byte may no longer leave; later, answer `Refused` with code 0.
    pub fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// Tells how long the machine may still take until the first byte leaves; nothing where it is too late.
    pub fn time_left(&self, now: Timestamp) -> Duration {
        Duration::try_from(self.not_after.duration_since(now)).unwrap_or_default() / self.speed
    }

    /// Returns the digest that was acknowledged.
    pub fn digest(&self) -> Digest {
        self.digest
    }
}
