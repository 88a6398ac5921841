//! Owns how a dump is told: as a cluster would, in one list per kind, then nothing more.
//!
//! It never claims to be a cluster: the session's origin says that this is a dump, and the screen goes by that.

use jiff::Timestamp;
use tokio::sync::mpsc::Sender;

use crate::dump::Dump;
use crate::rollout::Rollout;
use crate::rollout::delta::{Contact, Delta, Kind, Object, Source};

/// Tells everything that a dump holds; of Rollouts, those of the given namespaces, or all where none is named.
pub async fn tell(dump: Dump, deltas: Sender<Delta>, now: Option<Timestamp>, namespaces: Vec<String>) {
    let at = now.unwrap_or_else(Timestamp::now);
    let wanted = |rollout: &Rollout| {
        namespaces.is_empty() || namespaces.iter().any(|name| **name == *rollout.meta.key.namespace)
    };
    let lists: [(Kind, Vec<Object>); 6] = [
        (
            Kind::Rollouts,
            dump.rollouts.into_iter().filter(wanted).map(|it| Object::Rollout(Box::new(it))).collect(),
        ),
        (
            Kind::ReplicaSets,
            dump.replica_sets.into_iter().map(|it| Object::ReplicaSet(Box::new(it))).collect(),
        ),
        (Kind::Pods, dump.pods.into_iter().map(|it| Object::Pod(Box::new(it))).collect()),
        (
            Kind::AnalysisRuns,
            dump.analysis_runs.into_iter().map(|it| Object::AnalysisRun(Box::new(it))).collect(),
        ),
        (
            Kind::Experiments,
            dump.experiments.into_iter().map(|it| Object::Experiment(Box::new(it))).collect(),
        ),
        (
            Kind::Deployments,
            dump.deployments.into_iter().map(|it| Object::Deployment(Box::new(it))).collect(),
        ),
    ];
    for (kind, objects) in lists {
        let source = Source { kind, namespace: None };
        let begin = [Delta::Begin(source.clone())];
        let seen = objects.into_iter().map(|object| Delta::Seen(source.clone(), object));
        let end = [Delta::Done(source.clone()), Delta::Contact(source.clone(), Contact::Live, at)];
        for delta in begin.into_iter().chain(seen.collect::<Vec<_>>()).chain(end) {
            if deltas.send(delta).await.is_err() {
                return;
            }
        }
    }
    // Kept open: a closed channel would wake the loop for ever.
    deltas.closed().await;
}
