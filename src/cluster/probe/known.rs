//! Owns what looks have learned of a cluster, so that less has to be asked.
//!
//! It never asks and has no clock.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use crate::capability::limits;
use crate::capability::sight::{Provider, Right};
use crate::rollout::traffic::TrafficKind;

/// What looks have learned, and spare others to ask.
#[derive(Default)]
pub(super) struct Known {
    /// Namespaces in which controllers are deployed.
    pub(super) homes: BTreeSet<Arc<str>>,
    /// Whether one of them runs without electing a leader, and so without a Lease.
    pub(super) unelected: bool,
    /// Until when nothing is asked of all namespaces at once: it was refused.
    refused: BTreeMap<&'static str, Timestamp>,
    /// Rights in all namespaces, and when they were asked for.
    rights: BTreeMap<Right, (bool, Timestamp)>,
    /// Which version of an API served a kind of traffic objects last.
    pub(super) served: BTreeMap<TrafficKind, usize>,
    /// The namespace that is looked at first.
    pub(super) near: Option<Arc<str>>,
    /// Providers that are asked elsewhere.
    pub(super) asked: BTreeSet<(Arc<str>, Provider)>,
}

impl Known {
    pub(super) fn everywhere(&self, right: &Right, now: Timestamp) -> Option<bool> {
        let fresh = |at: &Timestamp| now.duration_since(*at) < limits::RIGHT_EVERY / 2;
        self.rights.get(right).filter(|(_, at)| fresh(at)).map(|(held, _)| *held)
    }

    pub(super) fn note_everywhere(&mut self, right: &Right, held: bool, now: Timestamp) {
        self.rights.insert(right.clone(), (held, now));
    }

    pub(super) fn is_refused(&self, what: &'static str, now: Timestamp) -> bool {
        self.refused.get(what).is_some_and(|until| now < *until)
    }

    pub(super) fn refuse(&mut self, what: &'static str, now: Timestamp) {
        self.refused.insert(what, now + limits::RIGHT_EVERY);
    }
}
