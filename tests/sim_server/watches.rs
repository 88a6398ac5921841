//! Watches: what they begin with, that nothing is lost or told twice, bookmarks, and their ends.

use serde_json::{Value, json};

use rollgate::clock::Clock;
use rollgate::sim::server::Settings;

use crate::embedded::{Embedded, ROLLOUTS, word, world};

fn since(version: u64) -> String {
    format!("{ROLLOUTS}?watch=true&resourceVersion={version}")
}

#[tokio::test]
async fn a_watch_from_a_version_tells_what_came_after_it() {
    let embedded = Embedded::start().await;
    let then = embedded.make("api").version;
    let made = embedded.make("web").version;
    let mut watch = embedded.watch(&since(then)).await;
    assert_eq!(watch.answer.headers()["content-type"], "application/json");
    assert_eq!(watch.word().await, format!("ADDED web@{made}"));
    let changed = embedded.change("api", &json!({"spec": {"replicas": 5}})).version;
    let event = watch.event().await;
    assert_eq!(word(&event), format!("MODIFIED api@{changed}"));
    assert_eq!(event["object"]["spec"]["replicas"], 5);
    embedded.remove("web");
    // The next version: the one after it is that of the Event by which the controller tells of it.
    assert_eq!(watch.word().await, format!("DELETED web@{}", changed + 1));
}

#[tokio::test]
async fn a_watch_from_no_version_begins_with_what_is_there() {
    let embedded = Embedded::start().await;
    let (api, web) = (embedded.make("api").version, embedded.make("web").version);
    for query in ["", "&resourceVersion=0"] {
        let mut watch = embedded.watch(&format!("{ROLLOUTS}?watch=true{query}")).await;
        assert_eq!(watch.words(2).await, [format!("ADDED api@{api}"), format!("ADDED web@{web}")]);
    }
}

#[tokio::test]
async fn a_streaming_list_ends_with_a_bookmark_that_says_so() {
    let embedded = Embedded::start().await;
    embedded.make("api");
    let newest = embedded.make("web").version;
    let query =
        "watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
    let mut watch = embedded.watch(&format!("{ROLLOUTS}?{query}")).await;
    watch.words(2).await;
    let bookmark = watch.event().await;
    assert_eq!(bookmark["type"], "BOOKMARK");
    let metadata = json!({
        "resourceVersion": newest.to_string(), "annotations": {"k8s.io/initial-events-end": "true"},
    });
    let object = json!({"kind": "Rollout", "apiVersion": "argoproj.io/v1alpha1", "metadata": metadata});
    assert_eq!(bookmark["object"], object);
    let next = embedded.make("z").version;
    assert_eq!(watch.word().await, format!("ADDED z@{next}"));
}

#[tokio::test]
async fn an_empty_streaming_list_ends_at_once() {
    let embedded = Embedded::start().await;
    let query =
        "watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
    let mut watch = embedded.watch(&format!("{ROLLOUTS}?{query}")).await;
    assert_eq!(watch.event().await["object"]["metadata"]["annotations"]["k8s.io/initial-events-end"], "true");
}

#[tokio::test]
async fn a_watch_ends_in_time_and_says_before_up_to_where_all_was_told() {
    let embedded = Embedded::start().await;
    let version = embedded.make("api").version;
    // Another kind's changes raise the version too.
    let body = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}});
    embedded.post("/api/v1/namespaces/shop/configmaps", &body).await;
    let path = format!("{}&allowWatchBookmarks=true&timeoutSeconds=2", since(version));
    let mut watch = embedded.watch(&path).await;
    let bookmark = watch.event().await;
    assert_eq!(bookmark["type"], "BOOKMARK");
    assert_eq!(bookmark["object"]["metadata"]["resourceVersion"], embedded.version().to_string());
    assert_eq!(watch.next().await.unwrap(), None);
}

#[tokio::test]
async fn a_silent_watch_hears_once_a_minute_of_the_clock_up_to_where_all_was_told() {
    let begins: jiff::Timestamp = crate::embedded::NOW.parse().unwrap();
    let clock = Clock::running(begins, 600);
    let embedded = Embedded::in_time_of(clock, world(), Settings::default()).await;
    let path =
        format!("{ROLLOUTS}?watch=true&allowWatchBookmarks=true&resourceVersion={}", embedded.version());
    let before = clock.now();
    let mut watch = embedded.watch(&path).await;
    // Nothing of what is watched: only the version rises.
    let body = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}});
    let made = embedded.post("/api/v1/namespaces/shop/configmaps", &body).await.json();
    let mut says_so = false;
    for minute in 1..=3 {
        let bookmark = watch.event().await;
        let passed = clock.now().duration_since(before).as_secs();
        assert_eq!((&bookmark["type"], &bookmark["object"]["kind"]), (&json!("BOOKMARK"), &json!("Rollout")));
        says_so |= bookmark["object"]["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"];
        assert!(passed >= 59 * minute, "bookmark {minute} came after {passed} s of the clock");
    }
    assert!(says_so, "the newest version was never told");
}

#[tokio::test]
async fn a_watch_that_wants_no_bookmarks_hears_none() {
    let clock = Clock::running(crate::embedded::NOW.parse().unwrap(), 600);
    let embedded = Embedded::in_time_of(clock, world(), Settings::default()).await;
    let mut bare = embedded.watch(&format!("{ROLLOUTS}?watch=true")).await;
    let mut other = embedded.watch(&format!("{ROLLOUTS}?watch=true&allowWatchBookmarks=true")).await;
    assert_eq!(other.event().await["type"], "BOOKMARK");
    embedded.make("web");
    assert_eq!(bare.event().await["type"], "ADDED");
}

#[tokio::test]
async fn a_forgotten_version_is_told_by_an_event_in_an_open_stream() {
    let embedded = Embedded::start().await;
    let then = embedded.make("api").version;
    let newest = embedded.make("web").version;
    embedded.turn(|world| world.objects.forget_history());
    let mut watch = embedded.watch(&since(then)).await;
    assert_eq!(watch.answer.status(), 200);
    let event = watch.event().await;
    assert_eq!((&event["type"], &event["object"]["kind"]), (&json!("ERROR"), &json!("Status")));
    assert_eq!((&event["object"]["code"], &event["object"]["reason"]), (&json!(410), &json!("Expired")));
    assert_eq!(event["object"]["message"], format!("too old resource version: {then} ({newest})"));
    assert_eq!(watch.next().await.unwrap(), None);
    // From the newest on there is nothing to miss.
    let mut watch = embedded.watch(&since(newest)).await;
    let next = embedded.make("z").version;
    assert_eq!(watch.word().await, format!("ADDED z@{next}"));
}

#[tokio::test]
async fn a_selector_turns_coming_and_ceasing_to_match_into_added_and_deleted() {
    let embedded = Embedded::start().await;
    let then = embedded.make("api").version;
    let mut watch = embedded.watch(&format!("{}&labelSelector=tier%3Dfront", since(then))).await;
    embedded.change("api", &json!({"metadata": {"annotations": {"seen": "no"}}}));
    let came = embedded.change("api", &json!({"metadata": {"labels": {"tier": "front"}}})).version;
    let stayed = embedded.change("api", &json!({"spec": {"replicas": 5}})).version;
    let left = embedded.change("api", &json!({"metadata": {"labels": {"tier": "back"}}})).version;
    assert_eq!(watch.words(2).await, [format!("ADDED api@{came}"), format!("MODIFIED api@{stayed}")]);
    let gone = watch.event().await;
    assert_eq!(word(&gone), format!("DELETED api@{left}"));
    assert_eq!(gone["object"]["metadata"]["labels"]["tier"], "front", "as it last matched");
}

#[tokio::test]
async fn a_watch_of_one_namespace_sees_no_other() {
    let embedded = Embedded::start().await;
    let path =
        format!("/api/v1/namespaces/shop/configmaps?watch=true&resourceVersion={}", embedded.version());
    let mut watch = embedded.watch(&path).await;
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "other"}});
    embedded.post("/api/v1/namespaces", &namespace).await;
    let config = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}});
    embedded.post("/api/v1/namespaces/other/configmaps", &config).await;
    embedded.post("/api/v1/namespaces/shop/configmaps", &config).await;
    assert_eq!(watch.event().await["object"]["metadata"]["namespace"], "shop");
}

#[tokio::test]
async fn a_watched_table_tells_its_columns_once() {
    let embedded = Embedded::start().await;
    embedded.make("api");
    embedded.make("web");
    let accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
    let mut watch = embedded.watch_as(&format!("{ROLLOUTS}?watch=true"), accept).await;
    let (first, second) = (watch.event().await, watch.event().await);
    assert_eq!(first["object"]["kind"], "Table");
    assert_eq!(first["object"]["columnDefinitions"].as_array().unwrap().len(), 6);
    assert_eq!(second["object"]["columnDefinitions"], Value::Null);
    assert_eq!(second["object"]["rows"][0]["cells"][0], "web");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn watches_that_resume_while_others_write_miss_nothing_and_hear_nothing_twice() {
    const WRITERS: u64 = 4;
    const WRITES: u64 = 200;
    let embedded = std::sync::Arc::new(Embedded::start().await);
    let mut versions: Vec<u64> =
        (0..WRITERS).map(|nth| embedded.make(&format!("web-{nth}")).version).collect();
    let mut at = embedded.version();
    let writers: Vec<_> = (0..WRITERS)
        .map(|nth| {
            let embedded = std::sync::Arc::clone(&embedded);
            tokio::spawn(async move {
                let mut made = Vec::new();
                for write in 1..=WRITES {
                    let patch = json!({"spec": {"replicas": write + 10}});
                    let path = format!("{ROLLOUTS}/web-{nth}");
                    let reply = embedded.patch(&path, "merge", &patch).await.json();
                    made.push(reply["metadata"]["resourceVersion"].as_str().unwrap().parse::<u64>().unwrap());
                }
                made
            })
        })
        .collect();
    let mut heard = Vec::new();
    let mut watch = embedded.watch(&since(at)).await;
    while heard.len() < usize::try_from(WRITERS * WRITES).unwrap() {
        let event = watch.event().await;
        at = event["object"]["metadata"]["resourceVersion"].as_str().unwrap().parse().unwrap();
        heard.push(at);
        if heard.len() % 37 == 0 {
            watch = embedded.watch(&since(at)).await;
        }
    }
    versions.clear();
    for writer in writers {
        versions.extend(writer.await.unwrap());
    }
    versions.sort_unstable();
    assert_eq!(heard, versions);
}
