//! Owns what a controller said about an object: a core/v1 Event, with how often it was said and when last.
//!
//! It never judges what was said, and an Event never says who asked for it. Invariant: an Event about an AnalysisRun or an
//! Experiment is laid to a Rollout only by the name that Argo gave it and that a known Rollout bears.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Key, Meta};
use crate::text::Printable;

/// The source of the controller's Events (Argo: utils/record/record.go `controllerAgentName`), and the name under which
/// it writes.
pub const CONTROLLER: &str = "rollouts-controller";

/// One Event, as last observed.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Identity of the Event itself; it lives about an hour.
    pub meta: Meta,
    /// Kind of the object that it is about.
    pub kind: Printable,
    /// Namespace and name of that object.
    pub about: Key,
    /// Whether it is a warning.
    pub warning: bool,
    /// One-word reason.
    pub reason: Printable,
    /// Sentence.
    pub message: Printable,
    /// How often it was said.
    pub count: u32,
    /// When it was first said, by the cluster's clock.
    pub first: Option<Timestamp>,
    /// When it was last said, by the cluster's clock.
    pub last: Option<Timestamp>,
}

impl Event {
    /// Returns the Rollout that it tells of: the one that it is about, or the known one whose run or experiment it is
    /// about.
    pub fn rollout(&self, is_known: impl Fn(&Key) -> bool) -> Option<Key> {
        match self.kind.as_str() {
            "Rollout" => Some(self.about.clone()),
            "AnalysisRun" | "Experiment" => owner(&self.about, is_known),
            _ => None,
        }
    }
}

/// Finds the known Rollout whose AnalysisRun or Experiment bears a name; of several the one with the longest name.
pub fn owner(of: &Key, is_known: impl Fn(&Key) -> bool) -> Option<Key> {
    let named = |name: &str| Key { namespace: Arc::clone(&of.namespace), name: name.into() };
    owners(&of.name).into_iter().map(named).find(is_known)
}

/// Lists the names of Rollouts that can have made an AnalysisRun or Experiment of this name, longest first.
///
/// Argo: `ROLLOUT-HASH-REVISION`, with more behind it (utils/analysis/helpers.go, rollout/experiment.go).
fn owners(name: &str) -> Vec<&str> {
    let dashes: Vec<usize> = name.match_indices('-').map(|(at, _)| at).collect();
    let ends = |at: usize| dashes.iter().copied().find(|dash| *dash > at).unwrap_or(name.len());
    let fits = |at: &usize| {
        let hash_ends = ends(*at);
        let hash = name.get(at + 1..hash_ends).unwrap_or_default();
        let revision = name.get(hash_ends + 1..ends(hash_ends)).unwrap_or_default();
        let revision = revision.split('.').next().unwrap_or_default();
        is_hash(hash) && !revision.is_empty() && revision.bytes().all(|digit| digit.is_ascii_digit())
    };
    dashes.iter().rev().filter(|at| fits(at)).filter_map(|at| name.get(..*at)).collect()
}

/// Tells whether a word can be the hash of a pod template: up to ten letters without vowels (Kubernetes:
/// util/rand `SafeEncodeString` of a 32-bit number).
fn is_hash(word: &str) -> bool {
    (1..=10).contains(&word.len())
        && word.bytes().all(|letter| b"bcdfghjklmnpqrstvwxz2456789".contains(&letter))
}
