//! Owns the words in which looking is told: what was looked at, and what came of it.
//!
//! Written by the edges that look, kept on the [`super::Board`]. It never says what to think of it. Invariant: not having
//! been allowed to look, having found nothing, and having had no answer are three different things.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::Act;
use crate::rollout::Key;
use crate::rollout::traffic::TrafficRef;
use crate::text::Printable;

/// What came of looking.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer<T> {
    /// It was seen.
    Seen(T),
    /// It is not there.
    Missing {
        /// What is not there, by name.
        why: Printable,
    },
    /// This user may not look.
    Forbidden {
        /// In the server's words.
        why: Printable,
    },
    /// There was no answer that means anything.
    Failed {
        /// In the server's or the system's words.
        why: Printable,
    },
}

/// A verb on a resource, as RBAC spells it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Right {
    /// Verb (`patch`).
    pub verb: &'static str,
    /// API group (`argoproj.io`; empty for the core).
    pub group: &'static str,
    /// Resource, with its subresource after a slash (`rollouts/status`).
    pub resource: &'static str,
}

/// What an access review ruled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// The user may.
    Allowed,
    /// The user may not; the server's reason, which is often empty.
    Denied {
        /// In the server's words.
        why: Printable,
    },
}

/// What a request that changes nothing (`dryRun=All`) came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trial {
    /// Rights, admission and guards let it through.
    Accepted,
    /// It was refused, by admission or otherwise.
    Refused {
        /// In the server's words.
        why: Printable,
    },
    /// A guard failed, because the Rollout moved meanwhile: rights were exercised, admission was not.
    Overtaken,
}

/// The Lease of the controller's leader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Namespace and name.
    pub key: Key,
    /// Who holds it.
    pub holder: Printable,
    /// When it was last renewed.
    pub renewed: Option<Timestamp>,
    /// How long it holds without being renewed.
    pub duration: SignedDuration,
}

/// A Deployment that runs a controller of Argo Rollouts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Controller {
    /// Namespace and name.
    pub key: Key,
    /// Image reference of its container.
    pub image: Printable,
    /// Pods wanted.
    pub wanted: i64,
    /// Pods ready.
    pub ready: i64,
}

/// What the controller's own metrics said at one time, of the one pod that was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meters {
    /// The version that it says it is; empty where it says none.
    pub version: Printable,
    /// How often it has reconciled a Rollout since it started; a standby never.
    pub reconciled: u64,
    /// How often that ended in an error.
    pub failed: u64,
    /// Rollouts that wait in its queue.
    pub queued: u64,
    /// How long it has been at the one that it is at longest; zero where it is at none.
    pub busy: SignedDuration,
}

/// An object that splits traffic, as a Rollout names it; or all that bear the labels that it names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TrafficObject {
    /// Its namespace and name; the name is empty where labels choose.
    pub key: Key,
    /// Its kind (`VirtualService`, `Ingress`, `TrafficSplit`, `HTTPRoute` …).
    pub kind: &'static str,
    /// The labels that choose, as the API takes them; `None` for one object.
    pub selector: Option<Arc<str>>,
}

impl TrafficObject {
    /// Returns the object that a Rollout refers to.
    pub fn of(reference: &TrafficRef) -> Self {
        let selector = reference.selector.clone();
        Self { key: reference.key.clone(), kind: reference.kind.word(), selector }
    }
}

/// How a traffic object splits the traffic of one Rollout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// Share of the canary; `None` where the object does not say it in a form that is known here.
    pub canary: Option<i64>,
    /// What the shares add up to.
    pub of: i64,
}

/// Somebody in the cluster who may refuse a change of a Rollout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admitter {
    /// Kind (`ValidatingWebhookConfiguration`, `ValidatingAdmissionPolicy` …).
    pub kind: &'static str,
    /// Name.
    pub name: Printable,
    /// Whether its failure to answer refuses the request (`failurePolicy: Fail`).
    pub fails_closed: bool,
    /// Namespaces it is bound to; empty for all.
    pub namespaces: Vec<Arc<str>>,
}

/// The configuration of notifications.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Notifying {
    /// Services configured (`slack`, `email` …).
    pub services: Vec<Printable>,
    /// Triggers configured.
    pub triggers: Vec<Printable>,
    /// Keys of the secret that the configuration names and that are not there; empty too where secrets may not be read.
    pub unset: Vec<Printable>,
}

/// A provider of metrics that templates of this fleet name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Provider {
    /// Kind (`prometheus`, `datadog`, `job` …).
    pub kind: Arc<str>,
    /// Address, without credentials; empty where the kind has none.
    pub address: Arc<str>,
}

/// What a provider or service showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answering {
    /// It answered as one of its kind does; its version where it says one.
    Well {
        /// Version.
        version: Printable,
    },
    /// Something answered, but not as one of its kind does.
    Wrongly {
        /// What came.
        what: Printable,
    },
    /// It is named and configured; it cannot be asked from here.
    Named {
        /// The newest measurement by it that was seen, and how that ended.
        last: Option<(Timestamp, Printable)>,
    },
}

/// The state of the record on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// Number of the newest record.
    pub head: Option<u64>,
    /// When the chain was last verified whole, and up to which record.
    pub verified: Option<(Timestamp, u64)>,
    /// Orders without an end.
    pub open: usize,
    /// Orders in doubt, dead, or without a known end, that wait for a person.
    pub waiting: usize,
}

/// One look, and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Sight {
    /// An access review, in a namespace.
    Right(Arc<str>, Right, Answer<Ruling>),
    /// A dry run on a Rollout, or the answer to an order (which was a run).
    Trial(Key, Act, Answer<Trial>),
    /// The Lease of the controller's leader.
    Lease(Answer<Lease>),
    /// The controllers' Deployments.
    Controllers(Answer<Vec<Controller>>),
    /// The controller's own metrics.
    Meters(Answer<Meters>),
    /// A traffic object, for a Rollout.
    Traffic(Key, TrafficObject, Answer<Split>),
    /// The traffic objects that labels choose, for a Rollout; `Missing` where there is none.
    Chosen(Key, TrafficObject, Answer<Vec<(TrafficObject, Split)>>),
    /// A provider of metrics.
    Provider(Arc<str>, Provider, Answer<Answering>),
    /// The configuration of notifications.
    Notifying(Answer<Notifying>),
    /// Who may refuse changes of Rollouts.
    Admission(Answer<Vec<Admitter>>),
    /// The policy service; `Missing` where none is configured.
    PolicyService(Answer<Answering>),
    /// The ledger; `Failed` where it cannot be written.
    Recording(Answer<Recording>),
    /// How far the server's clock is ahead of this machine's.
    Skew(Answer<SignedDuration>),
}
