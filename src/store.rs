//! Owns what is known of the cluster: deltas in, a consistent picture out, and how fresh each part of it is.
//!
//! Pure: it never asks a cluster, reads no clock (times are parameters) and never decides what to show. Invariants:
//! a list that is being repeated never empties what was known before it is complete; within a watch an older version
//! of an object never replaces a newer one of the same uid; a source that was never complete is never called live.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::rollout::delta::{Delta, Kind, Object, Source};
use crate::rollout::{AnalysisRun, Deployment, Experiment, Key, Pod, ReplicaSet, Rollout};

pub mod fleet;
pub mod freshness;
mod shelf;
mod tally;
#[cfg(test)]
mod tests;

pub use fleet::{Fleet, Standing};
pub use freshness::{Feed, Freshness, Link};
use shelf::Shelf;

/// Everything known of one cluster.
#[derive(Debug, Default)]
pub struct Store {
    /// Rollouts with what follows from them alone.
    pub fleet: Fleet,
    /// ReplicaSets that carry a pod-template hash.
    pub replica_sets: Shelf<ReplicaSet>,
    /// Pods of the opened Rollout.
    pub pods: Shelf<Pod>,
    /// AnalysisRuns beside the opened Rollout.
    pub analysis_runs: Shelf<AnalysisRun>,
    /// Experiments beside the opened Rollout.
    pub experiments: Shelf<Experiment>,
    /// Deployments that the opened Rollout refers to.
    pub deployments: Shelf<Deployment>,
    feeds: BTreeMap<Source, Feed>,
    link: Link,
}

/// What a delta touched, for those who keep something derived.
#[derive(Clone, Debug, PartialEq)]
pub enum Touched {
    /// A Rollout was seen in a new version.
    Rollout(Key),
    /// A Rollout is gone.
    RolloutGone(Key),
    /// A full list of Rollouts was completed; these are gone.
    RolloutsSwept(Vec<Key>),
    /// Something else changed.
    Other,
    /// Nothing that anyone could see.
    Nothing,
}

impl Store {
    /// Takes in one delta and says what it touched.
    pub fn apply(&mut self, delta: Delta) -> Touched {
        match delta {
            Delta::Begin(source) => {
                self.begin(&source);
                Touched::Nothing
            }
            Delta::Seen(source, object) => self.seen(&source, object),
            Delta::Done(source) => self.done(&source),
            Delta::Gone(source, key) => self.gone(&source, &key),
            Delta::Contact(source, contact, at) => {
                self.feed(source).contact(contact, at);
                Touched::Other
            }
            Delta::Heard(source, at) => {
                self.feed(source).heard(at);
                Touched::Nothing
            }
            Delta::Closed(source) => self.closed(&source),
            Delta::Link { answered, at } => {
                self.link.hear(answered, at);
                Touched::Other
            }
        }
    }

    /// Tells how fresh a kind is, over all its sources: the worst of them.
    pub fn freshness(&self, kind: Kind, now: Timestamp) -> Freshness {
        self.worst(kind, now, |_| true)
    }

    /// Tells how fresh a kind is where a namespace is concerned: what other namespaces suffer does not count.
    pub fn freshness_in(&self, kind: Kind, namespace: &str, now: Timestamp) -> Freshness {
        self.worst(kind, now, |source| source.namespace.as_deref().is_none_or(|named| named == namespace))
    }

    /// Returns when a kind was last heard from where a namespace is concerned: by the source that is silent for longest.
    pub fn heard_in(&self, kind: Kind, namespace: &str) -> Option<Timestamp> {
        let concerned = self.feeds.iter().filter(|(source, _)| {
            source.kind == kind && source.namespace.as_deref().is_none_or(|named| named == namespace)
        });
        concerned.map(|(_, feed)| feed.heard_at()).min().flatten()
    }

    /// Tells whether a kind was listed completely where a namespace is concerned, so that absence means something.
    pub fn is_known(&self, kind: Kind, namespace: &str) -> bool {
        let mut concerned = self.feeds.iter().filter(|(source, _)| {
            source.kind == kind && source.namespace.as_deref().is_none_or(|named| named == namespace)
        });
        concerned.next().is_some_and(|(_, first)| first.is_known())
            && concerned.all(|(_, feed)| feed.is_known())
    }

    fn worst(&self, kind: Kind, now: Timestamp, concerns: impl Fn(&Source) -> bool) -> Freshness {
        self.feeds
            .iter()
            .filter(|(source, _)| source.kind == kind && concerns(source))
            .map(|(_, feed)| feed.freshness(&self.link, now))
            .max_by_key(Freshness::severity)
            .unwrap_or(Freshness::Unasked)
    }

    /// Returns a Rollout as last observed.
    pub fn rollout(&self, key: &Key) -> Option<&Arc<Rollout>> {
        self.fleet.get(key).map(|standing| &standing.rollout)
    }

    /// Lists the ReplicaSets that a Rollout owns.
    pub fn replica_sets_of(&self, rollout: &Rollout) -> Vec<&ReplicaSet> {
        self.replica_sets.owned_by(&rollout.meta.uid).collect()
    }

    fn feed(&mut self, source: Source) -> &mut Feed {
        self.feeds.entry(source).or_default()
    }

    fn begin(&mut self, source: &Source) {
        let namespace = source.namespace.as_deref();
        match source.kind {
            Kind::Rollouts => self.fleet.begin(namespace),
            Kind::ReplicaSets => self.replica_sets.begin(namespace),
            Kind::Pods => self.pods.begin(namespace),
            Kind::AnalysisRuns => self.analysis_runs.begin(namespace),
            Kind::Experiments => self.experiments.begin(namespace),
            Kind::Deployments => self.deployments.begin(namespace),
            Kind::Events => {}
        }
        self.feed(source.clone()).begin();
    }

    fn seen(&mut self, source: &Source, object: Object) -> Touched {
        self.feed(source.clone()).count();
        match object {
            Object::Rollout(rollout) => {
                let key = rollout.meta.key.clone();
                if self.fleet.seen(Arc::new(*rollout)) { Touched::Rollout(key) } else { Touched::Nothing }
            }
            Object::ReplicaSet(set) => {
                self.replica_sets.seen(*set);
                Touched::Other
            }
            Object::Pod(pod) => {
                self.pods.seen(*pod);
                Touched::Other
            }
            Object::AnalysisRun(run) => {
                self.analysis_runs.seen(*run);
                Touched::Other
            }
            Object::Experiment(experiment) => {
                self.experiments.seen(*experiment);
                Touched::Other
            }
            Object::Deployment(deployment) => {
                self.deployments.seen(*deployment);
                Touched::Other
            }
            // What was said is the timeline's; here only how fresh it is counts.
            Object::Event(_) => Touched::Nothing,
        }
    }

    fn done(&mut self, source: &Source) -> Touched {
        self.feed(source.clone()).done();
        let namespace = source.namespace.as_deref();
        match source.kind {
            Kind::Rollouts => return Touched::RolloutsSwept(self.fleet.done(namespace)),
            Kind::ReplicaSets => self.replica_sets.done(namespace),
            Kind::Pods => self.pods.done(namespace),
            Kind::AnalysisRuns => self.analysis_runs.done(namespace),
            Kind::Experiments => self.experiments.done(namespace),
            Kind::Deployments => self.deployments.done(namespace),
            Kind::Events => {}
        };
        Touched::Other
    }

    fn gone(&mut self, source: &Source, key: &Key) -> Touched {
        match source.kind {
            Kind::Rollouts => {
                self.fleet.gone(key);
                return Touched::RolloutGone(key.clone());
            }
            Kind::ReplicaSets => self.replica_sets.gone(key),
            Kind::Pods => self.pods.gone(key),
            Kind::AnalysisRuns => self.analysis_runs.gone(key),
            Kind::Experiments => self.experiments.gone(key),
            Kind::Deployments => self.deployments.gone(key),
            Kind::Events => return Touched::Nothing,
        }
        Touched::Other
    }

    fn closed(&mut self, source: &Source) -> Touched {
        self.feeds.remove(source);
        let namespace = source.namespace.as_deref();
        match source.kind {
            Kind::Rollouts | Kind::ReplicaSets | Kind::Events => {}
            Kind::Pods => self.pods.forget(namespace),
            Kind::AnalysisRuns => self.analysis_runs.forget(namespace),
            Kind::Experiments => self.experiments.forget(namespace),
            Kind::Deployments => self.deployments.forget(namespace),
        }
        Touched::Other
    }

    /// Counts the objects that a kind's sources have delivered in the list under way, and about how many are expected.
    pub fn progress(&self, kind: Kind) -> Option<(usize, Option<usize>)> {
        let mut syncing = self
            .feeds
            .iter()
            .filter(|(source, _)| source.kind == kind)
            .filter_map(|(_, feed)| feed.progress());
        let first = syncing.next()?;
        Some(syncing.fold(first, |(seen, about), (more, expected)| {
            (seen + more, about.zip(expected).map(|(left, right)| left + right))
        }))
    }
}
