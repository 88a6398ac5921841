//! The watch against a scripted server: lists, resumes and contact through every fault.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::fake_server::*;
use rollgate::cluster::Clients;
use rollgate::cluster::watch::{Pace, Scope, Watch};
use rollgate::rollout::delta::{Contact, Delta, Kind, Object};
use tokio::sync::mpsc;

pub(crate) const ROLLOUTS: &str = "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts";
pub(crate) const SETS: &str = "/apis/apps/v1/namespaces/shop/replicasets";

/// Waits that a test can sit through; long enough that nothing is timed out by a slow machine.
pub(crate) fn pace() -> Pace {
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
pub(crate) struct Watched {
    pub(crate) watch: Watch,
    pub(crate) deltas: mpsc::Receiver<Delta>,
}

pub(crate) fn shop() -> Scope {
    Scope::Namespaces(vec!["shop".into()])
}

/// Tells whether a kind is watched beside the Rollouts.
fn is_aside(kind: Kind) -> bool {
    matches!(kind, Kind::ReplicaSets | Kind::Events)
}

impl Watched {
    pub(crate) fn start(clients: &Clients, pace: Pace) -> Self {
        let (sender, deltas) = mpsc::channel(16);
        Self { watch: Watch::start(clients, &shop(), pace, sender), deltas }
    }

    pub(crate) async fn of(server: &FakeServer) -> Self {
        Self::start(&server.clients().await, pace())
    }

    /// Returns the next delta but those of ReplicaSets, of Events and those that tell that bytes arrive.
    pub(crate) async fn next(&mut self) -> Delta {
        loop {
            let next = tokio::time::timeout(Duration::from_secs(30), self.deltas.recv()).await;
            let delta = next.expect("no delta came in time").expect("the watch has ended");
            match &delta {
                Delta::Begin(source) | Delta::Done(source) | Delta::Seen(source, _)
                    if is_aside(source.kind) => {}
                Delta::Contact(source, _, _) | Delta::Gone(source, _) if is_aside(source.kind) => {}
                Delta::Heard(..) => {}
                _ => return delta,
            }
        }
    }

    /// Returns the next delta in short words.
    pub(crate) async fn word(&mut self) -> String {
        word(&self.next().await)
    }

    /// Passes over deltas until one reads so.
    pub(crate) async fn until(&mut self, wanted: &str) -> Vec<String> {
        let mut passed = Vec::new();
        loop {
            let word = self.word().await;
            if word == wanted {
                return passed;
            }
            passed.push(word);
        }
    }

    pub(crate) async fn words(&mut self, count: usize) -> Vec<String> {
        let mut words = Vec::new();
        for _ in 0..count {
            words.push(self.word().await);
        }
        words
    }
}

pub(crate) fn word(delta: &Delta) -> String {
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
pub(crate) async fn serving(script: impl Fn(&Seen, usize) -> Vec<Act> + Send + Sync + 'static) -> FakeServer {
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

pub(crate) fn watches(seen: &[Seen]) -> Vec<&Seen> {
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
async fn a_server_that_is_back_and_drops_a_stream_is_asked_again_as_soon_as_after_the_first_fault() {
    let server = serving(|_, before| match before {
        0..4 => vec![Act::Reset],
        4 => stream_that_ends(&[end_of_list(9)]),
        _ => stream(&[]),
    })
    .await;
    let pace = Pace { first: Duration::from_millis(50), longest: Duration::from_secs(60), ..pace() };
    let mut watched = Watched::start(&server.clients().await, pace);
    watched.until("live").await;
    let Delta::Contact(_, Contact::Retrying { next, .. }, at) = watched.next().await else {
        panic!("the stream has ended");
    };
    // After the four faults before, the next wait would have been of 400 ms at least.
    assert!(next.duration_since(at) <= pace.first.try_into().unwrap(), "{at} … {next}");
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
