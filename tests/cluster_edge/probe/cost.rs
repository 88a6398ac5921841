//! What looking costs: requests that one round takes, and how fast the bucket lets them go, whatever is wished.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::{mpsc, watch};

use super::{board, healthy, service, wish};
use crate::fake_server::FakeServer;
use rollgate::capability::wish::{Attention, Wish};
use rollgate::clock::Clock;
use rollgate::cluster::probe::Probe;

/// As the schedule's own test counts them: a review for each namespace, a list of templates and one of runs; the
/// Deployments, the Lease, each traffic object; six lists of admission; a ConfigMap and a Secret's metadata.
#[tokio::test]
async fn a_round_takes_the_requests_that_the_schedule_reckons_with() {
    let server = FakeServer::start(|seen, _| healthy(seen)).await;
    board(&server, &wish(Attention::Close)).await;
    let mut paths: Vec<String> =
        server.seen().iter().map(|seen| seen.path.rsplit('/').next().unwrap().to_owned()).collect();
    paths.sort();
    let expected = [
        "analysisruns",
        "analysistemplates",
        "argo-rollouts-notification-configmap",
        "argo-rollouts-notification-secret",
        "deployments",
        "leases",
        "mutatingadmissionpolicies",
        "mutatingwebhookconfigurations",
        "routes",
        "selfsubjectrulesreviews",
        "validatingadmissionpolicies",
        "validatingwebhookconfigurations",
    ];
    assert_eq!(paths, expected);
}

#[tokio::test]
async fn no_more_than_120_requests_leave_in_a_minute_and_ten_at_once() {
    // A minute of the program's is six seconds of the machine's: the bucket gains twenty a second.
    let speed = 10;
    let mut server = FakeServer::start(|seen, _| healthy(seen)).await;
    let (_, traffic) = service();
    let many = Wish {
        namespaces: (0..200).map(|nth| Arc::from(format!("team-{nth}"))).collect(),
        traffic: vec![(service().0, traffic)],
        attention: Attention::Close,
        ..Wish::default()
    };
    let clients = server.clients().await;
    let (_wishing, wished) = watch::channel(many);
    let (sights, mut seen) = mpsc::channel(64);
    let reading = tokio::spawn(async move { while seen.recv().await.is_some() {} });
    let began = Instant::now();
    let probe = Probe::start(&clients, wished, sights, Clock::running(Timestamp::now(), speed));
    server.until(|seen| seen.len() >= 70).await;
    let least = Duration::from_millis(500) / speed * (70 - 10 - 1);
    assert!(began.elapsed() >= least, "{:?}", began.elapsed());
    drop(probe);
    reading.await.unwrap();
}

#[tokio::test]
async fn a_reader_that_does_not_read_holds_looks_back() {
    let mut server = FakeServer::start(|seen, _| healthy(seen)).await;
    let (_wishing, wished) = watch::channel(wish(Attention::Close));
    let (sights, _unread) = mpsc::channel(1);
    let _probe = Probe::start(&server.clients().await, wished, sights, Clock::Machine);
    // One sight lies in the channel; two looks wait to tell theirs, of which one may be the clock's.
    server.until(|seen| seen.len() >= 2).await;
    let more = tokio::time::timeout(Duration::from_secs(1), server.until(|seen| seen.len() > 4)).await;
    assert!(more.is_err(), "{more:#?}");
}
