//! Owns the sources of the opened Rollout: its pods, AnalysisRuns, Experiments and Deployment.
//!
//! One at a time: the sources of the one before have told `Closed` before those of the next begin, because both may
//! bear the same names. It never watches more than one namespace.

use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::{Detail, Shared};
use crate::cluster::resource::{POD_HASH, Selector};
use crate::rollout::parse::{AnalysisRunObject, DeploymentObject, ExperimentObject, PodObject};

/// Follows what is opened, one after the other.
pub(super) async fn follow(shared: Shared, mut opened: watch::Receiver<Option<Detail>>) {
    let mut current: Option<(Detail, watch::Sender<bool>, JoinSet<()>)> = None;
    loop {
        let wanted = opened.borrow_and_update().clone();
        if current.as_ref().map(|(detail, _, _)| detail) != wanted.as_ref() {
            if let Some((_, closing, mut tasks)) = current.take() {
                closing.send_replace(true);
                while tasks.join_next().await.is_some() {}
            }
            current = wanted.map(|detail| {
                let closing = watch::Sender::new(false);
                let tasks = start(&shared, &detail, &closing);
                (detail, closing, tasks)
            });
        }
        if opened.changed().await.is_err() {
            return;
        }
    }
}

fn start(shared: &Shared, detail: &Detail, closing: &watch::Sender<bool>) -> JoinSet<()> {
    let namespace = || Some(Arc::clone(&detail.key.namespace));
    let mut tasks = JoinSet::new();
    let pods = Selector { labels: Some(pods(detail)), fields: None };
    tasks.spawn(shared.follow::<PodObject>(namespace(), pods, closing.subscribe()).run());
    let all = Selector::default;
    tasks.spawn(shared.follow::<AnalysisRunObject>(namespace(), all(), closing.subscribe()).run());
    tasks.spawn(shared.follow::<ExperimentObject>(namespace(), all(), closing.subscribe()).run());
    let referred = detail.workload_ref.as_ref().filter(|referred| referred.kind.as_str() == "Deployment");
    if let Some(referred) = referred {
        let named = Selector { labels: None, fields: Some(format!("metadata.name={}", referred.name)) };
        tasks.spawn(shared.follow::<DeploymentObject>(namespace(), named, closing.subscribe()).run());
    }
    tasks
}

/// Returns the label selector of a Rollout's pods: its own labels, and Argo's, which other pods do not carry.
fn pods(detail: &Detail) -> String {
    let equal = detail.match_labels.iter().map(|(label, value)| format!("{label}={value}"));
    equal.chain([POD_HASH.to_owned()]).collect::<Vec<_>>().join(",")
}
