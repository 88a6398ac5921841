//! The sources of the Rollout that is opened.

use crate::fake_server::*;
use crate::watch::*;
use rollgate::cluster::watch::{Detail, Watch};
use rollgate::rollout::Key;
use rollgate::rollout::WorkloadRef;
use rollgate::rollout::delta::{Delta, Kind};
use std::time::Duration;
use tokio::sync::mpsc;

fn detail(name: &str, workload_ref: Option<WorkloadRef>) -> Detail {
    let labels = vec![("app".into(), "web".into()), ("tier".into(), "front".into())];
    Detail { key: Key { namespace: "shop".into(), name: name.into() }, match_labels: labels, workload_ref }
}

#[tokio::test]
async fn the_opened_rollout_has_sources_of_its_own_and_the_last_ones_close_before_the_next_begin() {
    let mut server = FakeServer::start(|_, _| stream(&[end_of_list(9)])).await;
    let (sender, mut deltas) = mpsc::channel(64);
    let watch = Watch::start(&server.clients().await, &shop(), pace(), sender);
    let reference = WorkloadRef { kind: "Deployment".into(), name: "web-template".into() };
    watch.open(detail("web", Some(reference)));
    let mut open = std::collections::BTreeSet::new();
    let mut closed = 0;
    let mut reopened = false;
    while !(reopened && open.len() == 3) {
        match tokio::time::timeout(Duration::from_secs(30), deltas.recv()).await.unwrap().unwrap() {
            Delta::Done(source) if !matches!(source.kind, Kind::Rollouts | Kind::ReplicaSets) => {
                assert!(!reopened || closed == 4, "{source:?} began before all had closed");
                open.insert(source);
                if open.len() == 4 {
                    watch.open(detail("api", None));
                    reopened = true;
                }
            }
            Delta::Closed(source) => {
                assert!(open.remove(&source), "{source:?}");
                closed += 1;
            }
            _ => {}
        }
    }
    watch.close();
    while closed < 7 {
        if let Some(Delta::Closed(_)) = deltas.recv().await {
            closed += 1;
        }
    }
    let seen = server.until(|_| true).await;
    let query = |path: &str| {
        let found = seen.iter().find(|seen| seen.path == path);
        found.unwrap_or_else(|| panic!("{path} was not asked for")).query.clone()
    };
    assert!(
        query("/api/v1/namespaces/shop/pods")
            .contains("labelSelector=app%3Dweb%2Ctier%3Dfront%2Crollouts-pod-template-hash")
    );
    assert!(
        query("/apis/apps/v1/namespaces/shop/deployments")
            .contains("fieldSelector=metadata.name%3Dweb-template")
    );
    query("/apis/argoproj.io/v1alpha1/namespaces/shop/analysisruns");
    query("/apis/argoproj.io/v1alpha1/namespaces/shop/experiments");
}
