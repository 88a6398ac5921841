//! Owns the newest sight of each thing that was looked at.
//!
//! It never judges. Invariants: an older sight never replaces a newer one; a look that failed keeps beside it when the
//! thing was last seen.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::Act;
use super::dated::Dated;
use super::follow::Course;
use super::sight::{
    Admitter, Answer, Answering, Controller, Lease, Meters, Notifying, Provider, Recording, Right, Ruling,
    Sight, Split, TrafficObject, Trial,
};
use crate::rollout::Key;
use crate::text::Printable;

/// Who looks, and from where: what a command or a manifest to paste has to name.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Viewer {
    /// Kubeconfig context; empty where there is none.
    pub context: Arc<str>,
    /// User as the API server names them; empty while that is not known.
    pub user: Arc<str>,
}

/// The newest sight of each thing.
#[derive(Clone, Debug, Default)]
pub struct Board {
    /// Who looks.
    pub viewer: Viewer,
    /// Rollouts that wait for their controller, and since when that was seen ([`Board::follow`]).
    pub waiting: BTreeMap<Key, Timestamp>,
    /// When the weights of a Rollout were last seen to change.
    pub reweighed: BTreeMap<Key, Timestamp>,
    /// The Rollout on which the controller was last seen to act, and when.
    pub acted: Option<(Key, Timestamp)>,
    /// The newest Event of the controller: what it was about, its reason, and when it was last said by the cluster's clock.
    pub said: Option<(Key, Printable, Timestamp)>,
    /// Access reviews, by namespace.
    pub rights: BTreeMap<(Arc<str>, Right), Dated<Ruling>>,
    /// Dry runs and orders, by Rollout.
    pub trials: BTreeMap<(Key, Act), Dated<Trial>>,
    /// The controller's Lease.
    pub lease: Option<Dated<Lease>>,
    /// The controllers.
    pub controllers: Option<Dated<Vec<Controller>>>,
    /// The controller's own metrics.
    pub meters: Option<Dated<Meters>>,
    /// What followed from one look at them to the next.
    pub course: Course,
    /// Traffic objects, by Rollout.
    pub traffic: BTreeMap<(Key, TrafficObject), Dated<Split>>,
    /// Traffic objects that labels chose at the newest look, by Rollout and labels.
    pub(super) chosen: BTreeMap<(Key, TrafficObject), (Timestamp, Vec<TrafficObject>)>,
    /// Providers of metrics, by namespace.
    pub providers: BTreeMap<(Arc<str>, Provider), Dated<Answering>>,
    /// Notifications.
    pub notifying: Option<Dated<Notifying>>,
    /// Who may refuse.
    pub admission: Option<Dated<Vec<Admitter>>>,
    /// The policy service.
    pub policy_service: Option<Dated<Answering>>,
    /// The ledger.
    pub recording: Option<Dated<Recording>>,
    /// The clocks.
    pub skew: Option<Dated<SignedDuration>>,
}

impl Board {
    /// Keeps a sight, unless a newer one of the same thing is known.
    pub fn note(&mut self, sight: Sight, at: Timestamp) {
        match sight {
            Sight::Right(namespace, right, answer) => keep(self.rights.entry((namespace, right)), answer, at),
            Sight::Trial(key, act, answer) => keep(self.trials.entry((key, act)), answer, at),
            Sight::Lease(answer) => renew(&mut self.lease, answer, at),
            Sight::Controllers(answer) => renew(&mut self.controllers, answer, at),
            Sight::Meters(answer) => {
                self.course.follow(self.meters.as_ref(), &answer, at);
                renew(&mut self.meters, answer, at);
            }
            Sight::Traffic(key, object, answer) => keep(self.traffic.entry((key, object)), answer, at),
            Sight::Chosen(key, labels, answer) => self.note_chosen((key, labels), answer, at),
            Sight::Provider(namespace, provider, answer) => {
                self.note_provider((namespace, provider), answer, at)
            }
            Sight::Notifying(answer) => renew(&mut self.notifying, answer, at),
            Sight::Admission(answer) => renew(&mut self.admission, answer, at),
            Sight::PolicyService(answer) => renew(&mut self.policy_service, answer, at),
            Sight::Recording(answer) => renew(&mut self.recording, answer, at),
            Sight::Skew(answer) => renew(&mut self.skew, answer, at),
        }
    }

    /// What labels choose stands for itself, and the labels only where they choose nothing or nobody could look; what they no
    /// longer choose is forgotten.
    fn note_chosen(
        &mut self,
        by: (Key, TrafficObject),
        answer: Answer<Vec<(TrafficObject, Split)>>,
        at: Timestamp,
    ) {
        let (before, known) = self.chosen.remove(&by).unwrap_or((at, Vec::new()));
        if before > at {
            self.chosen.insert(by, (before, known));
            return;
        }
        let key = by.0.clone();
        let failure = match answer {
            Answer::Seen(found) => {
                self.traffic.remove(&by);
                let named: Vec<TrafficObject> = found.iter().map(|(object, _)| object.clone()).collect();
                for gone in known.into_iter().filter(|object| !named.contains(object)) {
                    self.traffic.remove(&(key.clone(), gone));
                }
                for (object, split) in found {
                    keep(self.traffic.entry((key.clone(), object)), Answer::Seen(split), at);
                }
                self.chosen.insert(by, (at, named));
                return;
            }
            Answer::Missing { why } => {
                for gone in known {
                    self.traffic.remove(&(key.clone(), gone));
                }
                return keep(self.traffic.entry(by), Answer::Missing { why }, at);
            }
            Answer::Forbidden { why } => Answer::Forbidden { why },
            Answer::Failed { why } => Answer::Failed { why },
        };
        for object in &known {
            keep(self.traffic.entry((key.clone(), object.clone())), failure.clone(), at);
        }
        if known.is_empty() {
            return keep(self.traffic.entry(by), failure, at);
        }
        self.chosen.insert(by, (at, known));
    }

    /// To be named is not to be seen: a provider that then does not answer has not ceased to.
    fn note_provider(&mut self, named: (Arc<str>, Provider), answer: Answer<Answering>, at: Timestamp) {
        let unasked = matches!(answer, Answer::Seen(Answering::Named { .. }));
        keep(self.providers.entry(named.clone()), answer, at);
        if let Some(dated) = self.providers.get_mut(&named).filter(|dated| unasked && dated.at == at) {
            dated.seen = None;
        }
    }

    /// Forgets what concerns Rollouts that are gone.
    pub fn forget(&mut self, gone: &Key) {
        self.trials.retain(|(key, _), _| key != gone);
        self.traffic.retain(|(key, _), _| key != gone);
        self.chosen.retain(|(key, _), _| key != gone);
        self.waiting.remove(gone);
        self.reweighed.remove(gone);
    }
}

fn keep<K: Ord, T>(entry: Entry<'_, K, Dated<T>>, answer: Answer<T>, at: Timestamp) {
    match entry {
        Entry::Occupied(mut known) => {
            if let Some(newer) = Dated::after(Some(known.get()), answer, at) {
                known.insert(newer);
            }
        }
        Entry::Vacant(empty) => {
            if let Some(first) = Dated::after(None, answer, at) {
                empty.insert(first);
            }
        }
    }
}

fn renew<T>(slot: &mut Option<Dated<T>>, answer: Answer<T>, at: Timestamp) {
    if let Some(newer) = Dated::after(slot.as_ref(), answer, at) {
        *slot = Some(newer);
    }
}
