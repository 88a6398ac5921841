//! What a watch tells where the server refuses: errors, rights, kinds and credentials that come and go.

use crate::fake_server::*;
use crate::watch::*;
use jiff::Timestamp;
use rollgate::cluster::watch::{Scope, Watch};
use rollgate::rollout::delta::{Contact, Delta, Kind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::mpsc;

#[tokio::test]
async fn server_errors_are_retried_with_growing_waits_and_told_with_the_next_attempt() {
    let server = serving(|_, before| match before {
        0 => status(500, "InternalError"),
        1 => json(503, "<html>busy</html>"),
        2 => stream(&["<html>".into()]),
        _ => stream(&[end_of_list(9)]),
    })
    .await;
    let mut watched = Watched::of(&server).await;
    let (mut told, mut last) = (Vec::new(), Timestamp::now());
    while told.len() < 3 {
        if let Delta::Contact(_, Contact::Retrying { why, next }, _) = watched.next().await {
            assert!(next > last, "the next attempt lies behind the one before");
            last = next;
            told.push(why.to_string());
        }
    }
    assert_eq!(told[0], "the server answered 500: words of InternalError");
    assert_eq!(told[1], "the server answered 503: <html>busy</html>");
    assert!(told[2].starts_with("the answer cannot be understood: it is no JSON"), "{}", told[2]);
    watched.until("live").await;
}

#[tokio::test]
async fn a_right_that_appears_and_vanishes_is_told_both_times() {
    let allowed = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&allowed);
    let mut server = serving(move |seen, _| match (asked.load(Ordering::SeqCst), seen.is_streaming_list()) {
        (false, _) => status(403, "Forbidden"),
        (true, true) => vec![
            Act::Head(200),
            Act::Piece(event("ADDED", rollout("api", 3)) + "\n" + &end_of_list(9) + "\n"),
            Act::Hold,
            Act::End,
        ],
        (true, false) => stream(&[]),
    })
    .await;
    let mut watched = Watched::of(&server).await;
    assert_eq!(watched.word().await, "connecting");
    match watched.next().await {
        Delta::Contact(_, Contact::Forbidden { why }, _) => assert_eq!(why.as_str(), "words of Forbidden"),
        other => panic!("{other:?}"),
    }
    // It is asked again without telling the same over and over.
    server.until(|seen| watches(seen).len() >= 3).await;
    allowed.store(true, Ordering::SeqCst);
    assert_eq!(watched.until("live").await, ["begin", "syncing None", "api@3", "done"]);
    allowed.store(false, Ordering::SeqCst);
    server.release();
    let passed = watched.until("forbidden").await;
    assert!(!passed.iter().any(|word| word == "live"), "{passed:?}");
    // When it appears again, what may have been missed is listed anew.
    allowed.store(true, Ordering::SeqCst);
    assert_eq!(watched.until("live").await, ["begin", "syncing None", "api@3", "done"]);
}

#[tokio::test]
async fn without_the_right_to_all_namespaces_the_way_out_is_told() {
    let server = FakeServer::start(|_, _| status(403, "Forbidden")).await;
    let (sender, mut deltas) = mpsc::channel(16);
    let _watch = Watch::start(&server.clients().await, &Scope::All, pace(), sender);
    let why = loop {
        if let Some(Delta::Contact(source, Contact::Forbidden { why }, _)) = deltas.recv().await
            && source.kind == Kind::Rollouts
        {
            assert_eq!(source.namespace, None);
            break why.to_string();
        }
    };
    assert_eq!(
        why,
        "words of Forbidden; you may not list Rollouts in all namespaces: name yours with -n NAMESPACE instead of -A"
    );
}

#[tokio::test]
async fn a_missing_kind_says_what_to_install_and_is_looked_for_again() {
    let installed = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&installed);
    let mut server = serving(move |_, _| match asked.load(Ordering::SeqCst) {
        false => json(404, "404 page not found\n"),
        true => stream(&[end_of_list(9)]),
    })
    .await;
    let mut watched = Watched::of(&server).await;
    assert_eq!(watched.word().await, "connecting");
    match watched.next().await {
        Delta::Contact(_, Contact::Absent { why }, _) => {
            assert!(
                why.as_str().starts_with("Argo Rollouts is not installed in this cluster: kubectl create")
            );
        }
        other => panic!("{other:?}"),
    }
    server.until(|seen| watches(seen).len() >= 3).await;
    installed.store(true, Ordering::SeqCst);
    assert_eq!(watched.until("live").await, ["begin", "syncing None", "done"]);
}

#[tokio::test]
async fn a_token_that_is_renewed_on_disk_is_taken_up_and_until_then_the_way_out_is_told() {
    let mut server = serving(|seen, _| match seen.header("authorization") {
        Some("Bearer tok-sekret-2") => stream(&[end_of_list(9)]),
        _ => status(401, "Unauthorized"),
    })
    .await;
    let clients = server.clients().await;
    let mut watched = Watched::start(&clients, pace());
    assert_eq!(watched.word().await, "connecting");
    match watched.next().await {
        Delta::Contact(_, Contact::Unauthorized { why }, _) => {
            assert!(
                why.as_str()
                    .starts_with("the server no longer accepts your credentials (words of Unauthorized)")
            );
            assert!(why.as_str().contains("log in again outside"));
        }
        other => panic!("{other:?}"),
    }
    server.kubeconfig("{token: tok-sekret-2}");
    watched.watch.retry();
    watched.until("live").await;
    server
        .until(|seen| seen.iter().any(|seen| seen.header("authorization") == Some("Bearer tok-sekret-2")))
        .await;
    assert_eq!(clients.identity().context.as_str(), "fake");
}

#[tokio::test]
async fn a_kubeconfig_that_now_names_another_server_is_not_followed_there() {
    let server = serving(|_, _| status(401, "Unauthorized")).await;
    let other = FakeServer::start(|_, _| stream(&[end_of_list(9)])).await;
    let clients = server.clients().await;
    let mut watched = Watched::start(&clients, pace());
    watched.until("unauthorized").await;
    let moved = std::fs::read_to_string(server.kubeconfig("{token: tok-sekret-1}")).unwrap();
    std::fs::write(server.kubeconfig("{}"), moved.replace(&server.url, &other.url)).unwrap();
    watched.watch.retry();
    loop {
        if let Delta::Contact(_, Contact::Unauthorized { why }, _) = watched.next().await
            && why.as_str().contains("now names another server")
        {
            break;
        }
    }
    assert_eq!(other.seen().len(), 0);
}
