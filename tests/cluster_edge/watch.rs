//! The watch against a scripted server: lists, resumes and contact through every fault.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::fake_server::*;
use rollgate::cluster::Clients;
use rollgate::cluster::watch::{Detail, Pace, Scope, Watch};
use rollgate::rollout::Key;
use rollgate::rollout::WorkloadRef;
use rollgate::rollout::delta::{Contact, Delta, Kind, Object};
use tokio::sync::mpsc;

const ROLLOUTS: &str = "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts";
const SETS: &str = "/apis/apps/v1/namespaces/shop/replicasets";

/// Waits that a test can sit through; long enough that nothing is timed out by a slow machine.
fn pace() -> Pace {
    Pace {
        first: Duration::from_millis(20),
        longest: Duration::from_millis(200),
        refused: Duration::from_millis(50),
        quiet: Duration::from_secs(60),
        heard: Duration::ZERO,
        ..Pace::default()
    }
}

/// A watch of namespace `shop`, and what it tells about Rollouts.
struct Watched {
    watch: Watch,
    deltas: mpsc::Receiver<Delta>,
}

fn shop() -> Scope {
    Scope::Namespaces(vec!["shop".into()])
}

impl Watched {
    fn start(clients: &Clients, pace: Pace) -> Self {
        let (sender, deltas) = mpsc::channel(16);
        Self { watch: Watch::start(clients, &shop(), pace, sender), deltas }
    }

    async fn of(server: &FakeServer) -> Self {
        Self::start(&server.clients().await, pace())
    }

    /// Returns the next delta but those of ReplicaSets and those that tell that bytes arrive.
    async fn next(&mut self) -> Delta {
        loop {
            let next = tokio::time::timeout(Duration::from_secs(30), self.deltas.recv()).await;
            let delta = next.expect("no delta came in time").expect("the watch has ended");
            match &delta {
                Delta::Begin(source) | Delta::Done(source) | Delta::Seen(source, _)
                    if source.kind == Kind::ReplicaSets => {}
                Delta::Contact(source, _, _) | Delta::Gone(source, _) if source.kind == Kind::ReplicaSets => {
                }
                Delta::Heard(..) => {}
                _ => return delta,
            }
        }
    }

    /// Returns the next delta in short words.
    async fn word(&mut self) -> String {
        word(&self.next().await)
    }

    /// Passes over deltas until one reads so.
    async fn until(&mut self, wanted: &str) -> Vec<String> {
        let mut passed = Vec::new();
        loop {
            let word = self.word().await;
            if word == wanted {
                return passed;
            }
            passed.push(word);
        }
    }

    async fn words(&mut self, count: usize) -> Vec<String> {
        let mut words = Vec::new();
        for _ in 0..count {
            words.push(self.word().await);
        }
        words
    }
}

fn word(delta: &Delta) -> String {
    match delta {
        Delta::Begin(_) => "begin".into(),
        Delta::Seen(_, Object::Rollout(object)) => {
            format!("{}@{}", object.meta.key.name, object.meta.resource_version)
        }
        Delta::Seen(source, _) => format!("seen {:?}", source.kind),
        Delta::Done(_) => "done".into(),
        Delta::Gone(_, key) => format!("gone {}", key.name),
        Delta::Contact(_, contact, _) => match contact {
            Contact::Connecting => "connecting".into(),
            Contact::Syncing { about } => format!("syncing {about:?}"),
            Contact::Live => "live".into(),
            Contact::Retrying { .. } => "retrying".into(),
            Contact::Forbidden { .. } => "forbidden".into(),
            Contact::Absent { .. } => "absent".into(),
            Contact::Unauthorized { .. } => "unauthorized".into(),
        },
        Delta::Heard(..) => "heard".into(),
        Delta::Closed(source) => format!("closed {:?}", source.kind),
        Delta::Link { answered, .. } => format!("link {answered}"),
    }
}

/// Runs a script for Rollouts; everything else gets an empty list that stays open. Watches and lists are counted
/// apart: the script is given how many of the same sort came before.
async fn serving(script: impl Fn(&Seen, usize) -> Vec<Act> + Send + Sync + 'static) -> FakeServer {
    let counts: Mutex<std::collections::HashMap<bool, usize>> = Mutex::default();
    FakeServer::start(move |seen, _| {
        if seen.asks("limit=1") {
            return status(503, "NoCount");
        }
        if seen.path != ROLLOUTS {
            return stream(&[end_of_list(1)]);
        }
        let before = {
            let mut counts = counts.lock().unwrap();
            let count = counts.entry(seen.is_watch()).or_default();
            *count += 1;
            *count - 1
        };
        script(seen, before)
    })
    .await
}

fn watches(seen: &[Seen]) -> Vec<&Seen> {
    seen.iter().filter(|seen| seen.path == ROLLOUTS && seen.is_watch()).collect()
}

#[tokio::test]
async fn a_streaming_list_is_told_object_by_object_and_then_followed() {
    let mut server = serving(|_, _| {
        stream(&[
            event("ADDED", rollout("api", 3)),
            event("ADDED", rollout("web", 4)),
            end_of_list(9),
            event("MODIFIED", rollout("web", 10)),
            bookmark(11),
            event("DELETED", rollout("api", 12)),
        ])
    })
    .await;
    let mut watched = Watched::of(&server).await;
    let words = watched.words(9).await;
    let expected =
        ["connecting", "begin", "syncing None", "api@3", "web@4", "done", "live", "web@10", "gone api"];
    assert_eq!(words, expected);
    let seen = server.until(|seen| seen.iter().any(|seen| seen.path == SETS)).await;
    let first = watches(&seen)[0];
    assert!(first.is_streaming_list() && first.asks("allowWatchBookmarks=true"), "{}", first.query);
    assert!(
        first.asks("resourceVersionMatch=NotOlderThan") && first.asks("resourceVersion="),
        "{}",
        first.query
    );
    assert_eq!(first.header("accept-encoding"), Some("identity"));
    let seconds = first.query.split('&').find_map(|pair| pair.strip_prefix("timeoutSeconds=")).unwrap();
    assert!((120..=290).contains(&seconds.parse::<u32>().unwrap()), "{seconds}");
    let sets = seen.iter().find(|seen| seen.path == SETS).unwrap();
    assert!(sets.asks("labelSelector=rollouts-pod-template-hash"), "{}", sets.query);
}

#[tokio::test]
async fn it_is_told_how_many_objects_are_expected_while_they_arrive() {
    let server = FakeServer::start(|seen, _| match seen.path.as_str() {
        ROLLOUTS if seen.asks("limit=1") => json(200, page(&[rollout("api", 3)], 9, Some("more"), Some(41))),
        ROLLOUTS => vec![
            Act::Head(200),
            Act::Piece(event("ADDED", rollout("api", 3)) + "\n"),
            Act::Hold,
            Act::Piece(end_of_list(9) + "\n"),
            Act::Silence,
        ],
        _ => stream(&[end_of_list(1)]),
    })
    .await;
    let mut watched = Watched::of(&server).await;
    let mut passed = watched.until("syncing Some(42)").await;
    passed.retain(|word| word != "api@3");
    assert_eq!(passed, ["connecting", "begin", "syncing None"]);
    server.release();
    watched.until("live").await;
}

#[tokio::test]
async fn a_server_that_does_not_stream_lists_is_asked_for_pages() {
    for refusal in [422, 400] {
        let mut server = serving(move |seen, before| match (seen.is_watch(), before) {
            (true, 0) => status(refusal, "Invalid"),
            (true, _) => stream(&[event("ADDED", rollout("new", 10))]),
            (false, 0) => json(200, page(&[rollout("api", 3)], 9, Some("tok/en="), Some(1))),
            (false, _) => json(200, page(&[rollout("web", 4)], 9, None, None)),
        })
        .await;
        let mut watched = Watched::of(&server).await;
        let words = watched.words(8).await;
        assert_eq!(
            words,
            ["connecting", "begin", "syncing Some(2)", "api@3", "web@4", "done", "live", "new@10"]
        );
        let seen = server.until(|seen| watches(seen).len() == 2).await;
        let lists: Vec<&Seen> =
            seen.iter().filter(|seen| seen.path == ROLLOUTS && !seen.is_watch()).collect();
        assert!(lists[0].asks("limit=500") && lists[1].asks("continue=tok%2Fen%3D"), "{lists:#?}");
        assert!(watches(&seen)[1].asks("resourceVersion=9") && !watches(&seen)[1].is_streaming_list());
    }
}

#[tokio::test]
async fn a_stream_that_ends_is_resumed_from_the_last_version_told() {
    let mut server = serving(|_, before| match before {
        0 => stream_that_ends(&[event("ADDED", rollout("api", 3)), end_of_list(9), bookmark(15)]),
        1 => stream_that_ends(&[event("MODIFIED", rollout("api", 20))]),
        2 => stream_that_ends(&[event("DELETED", rollout("api", 30))]),
        _ => stream(&[]),
    })
    .await;
    let mut watched = Watched::of(&server).await;
    watched.until("gone api").await;
    let seen = server.until(|seen| watches(seen).len() == 4).await;
    let from: Vec<&str> = watches(&seen)
        .iter()
        .filter_map(|seen| seen.query.split('&').find_map(|pair| pair.strip_prefix("resourceVersion=")))
        .collect();
    assert_eq!(from, ["", "15", "20", "30"]);
}

#[tokio::test]
async fn a_stream_that_always_ends_at_once_is_not_opened_in_a_hot_loop() {
    let mut server = serving(|_, before| match before {
        0 => stream_that_ends(&[end_of_list(9)]),
        _ => stream_that_ends(&[]),
    })
    .await;
    let pace = Pace { first: Duration::from_millis(100), longest: Duration::from_secs(2), ..pace() };
    let started = std::time::Instant::now();
    let mut watched = Watched::start(&server.clients().await, pace);
    for _ in 0..4 {
        watched.until("retrying").await;
    }
    // Four waits of 100, 200, 400 and 800 ms, each shortened by at most a half: a loop without waits is far quicker.
    server.until(|seen| watches(seen).len() >= 5).await;
    assert!(started.elapsed() >= Duration::from_millis(750), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_forgotten_version_in_each_of_its_shapes_begins_a_new_list() {
    let gone = || event("ERROR", status_object(410, "Expired"));
    let shapes: [(&str, Vec<Act>); 4] = [
        ("an answer 410", status(410, "Expired")),
        ("an event at once", stream(&[gone()])),
        ("an event after others", stream(&[bookmark(10), gone()])),
        ("a bare Status", stream(&[status_object(410, "Gone")])),
    ];
    for (shape, acts) in shapes {
        let mut server = serving(move |_, before| match before {
            0 => stream_that_ends(&[event("ADDED", rollout("api", 3)), end_of_list(9)]),
            1 => acts.clone(),
            _ => stream(&[event("ADDED", rollout("web", 20)), end_of_list(21)]),
        })
        .await;
        let mut watched = Watched::of(&server).await;
        watched.until("done").await;
        let passed = watched.until("begin").await;
        assert!(!passed.iter().any(|word| word.starts_with("gone")), "{shape}: {passed:?}");
        let passed = watched.until("done").await;
        assert!(passed.contains(&"web@20".to_owned()), "{shape}: {passed:?}");
        let seen = server.until(|seen| watches(seen).len() == 3).await;
        assert!(watches(&seen)[2].is_streaming_list(), "{shape}");
    }
}

#[tokio::test]
async fn a_page_that_was_forgotten_begins_the_list_anew() {
    let server = serving(|seen, before| match (seen.is_watch(), before) {
        (true, 0) => status(422, "Invalid"),
        (true, _) => stream(&[]),
        (false, 0) => json(200, page(&[rollout("api", 3)], 9, Some("next"), Some(1))),
        (false, 1) => status(410, "Expired"),
        (false, _) => json(200, page(&[rollout("web", 20)], 21, None, None)),
    })
    .await;
    let mut watched = Watched::of(&server).await;
    watched.until("api@3").await;
    assert_eq!(watched.until("done").await, ["retrying", "begin", "syncing None", "web@20"]);
    watched.until("live").await;
}

#[tokio::test]
async fn a_list_that_breaks_off_begins_anew_and_is_not_taken_for_complete() {
    for broken in [
        vec![Act::Reset],
        vec![Act::Close],
        vec![Act::End],
        vec![Act::Piece("{\"type\":\"AD".into()), Act::End],
    ] {
        let server = serving(move |_, before| match before {
            0 => {
                let begun = [Act::Head(200), Act::Piece(event("ADDED", rollout("api", 3)) + "\n")];
                begun.into_iter().chain(broken.clone()).collect()
            }
            _ => stream(&[event("ADDED", rollout("api", 5)), end_of_list(9)]),
        })
        .await;
        let mut watched = Watched::of(&server).await;
        let passed = watched.until("done").await;
        // A reset may overtake what was sent before it.
        assert_eq!(passed.iter().filter(|word| *word == "retrying").count(), 1, "{passed:?}");
        assert_eq!(passed.last().map(String::as_str), Some("api@5"));
    }
}

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
    let mut told = Vec::new();
    while told.len() < 3 {
        if let Delta::Contact(_, Contact::Retrying { why, next }, at) = watched.next().await {
            assert!(next > at, "the next attempt lies ahead");
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

#[tokio::test]
async fn a_server_that_accepts_and_never_answers_is_told_and_left() {
    let server = serving(|_, before| match before {
        0 => vec![Act::Silence],
        _ => stream(&[end_of_list(9)]),
    })
    .await;
    let pace = Pace { silent: Duration::from_secs(2), ..pace() };
    let mut watched = Watched::start(&server.clients().await, pace);
    assert_eq!(watched.until("live").await, ["connecting", "retrying", "begin", "syncing None", "done"]);
}

#[tokio::test]
async fn a_list_that_falls_silent_is_asked_for_in_pages() {
    let server = serving(|seen, before| match (seen.is_watch(), before) {
        (true, 0) => stream(&[event("ADDED", rollout("api", 3))]),
        (true, _) => stream(&[]),
        (false, _) => json(200, page(&[rollout("api", 3)], 9, None, None)),
    })
    .await;
    let pace = Pace { silent: Duration::from_secs(2), ..pace() };
    let mut watched = Watched::start(&server.clients().await, pace);
    let passed = watched.until("live").await;
    assert_eq!(
        passed,
        [
            "connecting",
            "begin",
            "syncing None",
            "api@3",
            "retrying",
            "begin",
            "syncing None",
            "api@3",
            "done"
        ]
    );
}

#[tokio::test]
async fn a_followed_stream_that_falls_silent_is_opened_anew_from_where_it_stood() {
    let mut server = serving(|_, before| match before {
        0 => stream(&[end_of_list(9)]),
        _ => stream(&[event("ADDED", rollout("web", 10))]),
    })
    .await;
    let pace = Pace { idle: Duration::from_millis(300), ..pace() };
    let mut watched = Watched::start(&server.clients().await, pace);
    watched.until("live").await;
    assert_eq!(watched.word().await, "web@10");
    let seen = server.until(|seen| watches(seen).len() >= 2).await;
    assert!(watches(&seen)[1].asks("resourceVersion=9"));
}

#[tokio::test]
async fn bytes_are_heard_even_if_they_tell_nothing() {
    let server = serving(|_, _| {
        vec![
            Act::Head(200),
            Act::Piece(end_of_list(9) + "\n"),
            Act::Hold,
            Act::Piece(bookmark(10) + "\n"),
            Act::Silence,
        ]
    })
    .await;
    let mut watched = Watched::of(&server).await;
    watched.until("live").await;
    while watched.deltas.try_recv().is_ok() {}
    server.release();
    loop {
        match watched.deltas.recv().await {
            Some(Delta::Heard(source, _)) if source.kind == Kind::Rollouts => break,
            Some(Delta::Heard(..)) => {}
            Some(other) => assert_ne!(word(&other), "retrying"),
            None => panic!("the watch has ended"),
        }
    }
}

#[tokio::test]
async fn while_the_streams_are_silent_the_server_is_asked_for_a_sign_of_life() {
    let alive = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&alive);
    let mut server =
        FakeServer::start(move |seen, _| match (seen.path.as_str(), asked.load(Ordering::SeqCst)) {
            ("/version", false) => vec![Act::Silence],
            // A refusal is an answer too.
            ("/version", true) => status(403, "Forbidden"),
            _ => stream(&[end_of_list(9)]),
        })
        .await;
    let (quiet, answer) = (Duration::from_millis(300), Duration::from_millis(300));
    let mut watched = Watched::start(&server.clients().await, Pace { quiet, answer, ..pace() });
    watched.until("link false").await;
    let before = watches(&server.seen()).len();
    alive.store(true, Ordering::SeqCst);
    watched.until("link true").await;
    // What was silent through a dead connection is opened anew.
    server.until(|seen| watches(seen).len() > before).await;
}

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

#[tokio::test]
async fn a_listener_that_is_behind_loses_nothing() {
    let names: Vec<String> = (0..500).map(|i| format!("r{i:03}")).collect();
    let mut lines: Vec<String> = names.iter().map(|name| event("ADDED", rollout(name, 5))).collect();
    lines.push(end_of_list(9));
    let server = serving(move |_, _| stream(&lines)).await;
    let (sender, deltas) = mpsc::channel(1);
    let mut watched =
        Watched { watch: Watch::start(&server.clients().await, &shop(), pace(), sender), deltas };
    let passed = watched.until("done").await;
    let told: Vec<&str> = passed.iter().filter_map(|word| word.strip_suffix("@5")).collect();
    assert_eq!(told, names);
}

#[tokio::test]
async fn a_line_that_comes_in_pieces_is_one_event() {
    let text = event("ADDED", rollout("api", 3))
        + "\n"
        + &event("ADDED", rollout("web", 4))
        + "\n"
        + &end_of_list(9)
        + "\n";
    let server = serving(move |_, _| {
        let pieces =
            text.as_bytes().chunks(7).map(|piece| Act::Piece(String::from_utf8(piece.to_vec()).unwrap()));
        std::iter::once(Act::Head(200)).chain(pieces).chain([Act::Silence]).collect()
    })
    .await;
    let mut watched = Watched::of(&server).await;
    assert_eq!(
        watched.until("live").await,
        ["connecting", "begin", "syncing None", "api@3", "web@4", "done"]
    );
}

#[tokio::test]
async fn the_scope_is_what_the_flags_say_else_the_contexts_namespace() {
    use rollgate::config::Connection;
    let server = FakeServer::start(|_, _| status(404, "NotFound")).await;
    let clients = server.clients().await;
    let of = |connection: Connection| Scope::of(&connection, clients.identity());
    assert_eq!(of(Connection::default()), shop());
    assert_eq!(of(Connection { all_namespaces: true, ..Connection::default() }), Scope::All);
    let named = Connection { namespaces: vec!["b".into(), "a".into(), "b".into()], ..Connection::default() };
    assert_eq!(of(named), Scope::Namespaces(vec!["a".into(), "b".into()]));
}
