//! Looking against a scripted server: what each kind of answer is told as, how much is asked, and what a server that hangs
//! holds up.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use crate::fake_server::{Act, FakeServer, Seen, json as body, status};
use rollgate::capability::right::ASKED;
use rollgate::capability::sight::{Answer, Ruling, Split, TrafficObject};
use rollgate::capability::wish::{Attention, Wish};
use rollgate::capability::{Board, Sight};
use rollgate::clock::Clock;
use rollgate::cluster::probe::{Probe, look_once};
use rollgate::rollout::Key;
use rollgate::rollout::traffic::{Part, Routes, TrafficKind, TrafficRef};

#[path = "probe/cost.rs"]
mod cost;
#[path = "probe/trial.rs"]
mod trial;

/// A virtual service of the Rollout `web`.
fn service() -> (Key, TrafficRef) {
    let key = |name: &str| Key { namespace: "shop".into(), name: name.into() };
    let reference = TrafficRef {
        kind: TrafficKind::VirtualService,
        key: key("routes"),
        selector: None,
        canary: "web-canary".into(),
        stable: "web-stable".into(),
        part: Part::Routes(Routes::default()),
    };
    (key("web"), reference)
}

fn wish(attention: Attention) -> Wish {
    Wish { namespaces: vec!["shop".into()], traffic: vec![service()], attention, ..Wish::default() }
}

/// A rules review that is complete, with these rules.
fn rules(rules: Value) -> Vec<Act> {
    body(201, json!({"status": {"resourceRules": rules, "incomplete": false}}).to_string())
}

/// What a cluster in good order answers.
fn healthy(seen: &Seen) -> Vec<Act> {
    let found = |objects: Value| body(200, json!({"items": objects}).to_string());
    match seen.path.rsplit('/').next().unwrap_or_default() {
        "selfsubjectrulesreviews" => rules(json!([{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}])),
        "deployments" => found(json!([{
            "metadata": {"name": "argo-rollouts", "namespace": "argo"},
            "spec": {"replicas": 2, "template": {"spec": {"containers": [{"name": "c", "image": "x/argo-rollouts:v1.9.1"}]}}},
            "status": {"readyReplicas": 1},
        }])),
        "leases" => found(json!([{
            "metadata": {"name": "argo-rollouts-controller-lock", "namespace": "argo"},
            "spec": {"holderIdentity": "pod_1", "leaseDurationSeconds": 15, "renewTime": "2026-11-21T08:00:00.123456Z"},
        }])),
        "routes" => body(
            200,
            json!({"spec": {"http": [{"route": [
                {"destination": {"host": "web-canary"}, "weight": 30},
                {"destination": {"host": "web-stable"}, "weight": 70},
            ]}]}})
            .to_string(),
        ),
        "argo-rollouts-notification-configmap" => {
            body(200, json!({"data": {"service.slack": "token: $t"}}).to_string())
        }
        "argo-rollouts-notification-secret" => body(200, json!({"metadata": {}}).to_string()),
        _ => found(json!([])),
    }
}

/// Looks once at a server that answers so, and keeps what was seen.
async fn seen_at(answer: impl Fn(&Seen, usize) -> Vec<Act> + Send + Sync + 'static) -> (Board, Vec<Seen>) {
    let server = FakeServer::start(answer).await;
    let board = board(&server, &wish(Attention::Close)).await;
    (board, server.seen())
}

async fn board(server: &FakeServer, wish: &Wish) -> Board {
    let (sights, mut seen) = mpsc::channel(1000);
    look_once(&server.clients().await, wish, sights, Clock::Machine).await;
    let mut board = Board::default();
    while let Some((sight, at)) = seen.recv().await {
        board.note(sight, at);
    }
    board
}

fn word<T>(answer: &Answer<T>) -> &'static str {
    match answer {
        Answer::Seen(_) => "seen",
        Answer::Missing { .. } => "missing",
        Answer::Forbidden { .. } => "forbidden",
        Answer::Failed { .. } => "failed",
    }
}

/// How each of the looked-at things is told: a right, the Deployments, the Lease, a traffic object, admission,
/// notifications.
fn words(board: &Board) -> [&'static str; 6] {
    let (rollout, reference) = service();
    let right = board.rights.first_key_value().map_or("none", |(_, dated)| word(&dated.answer));
    let traffic = board.traffic.get(&(rollout, TrafficObject::of(&reference)));
    [
        right,
        board.controllers.as_ref().map_or("none", |dated| word(&dated.answer)),
        board.lease.as_ref().map_or("none", |dated| word(&dated.answer)),
        traffic.map_or("none", |dated| word(&dated.answer)),
        board.admission.as_ref().map_or("none", |dated| word(&dated.answer)),
        board.notifying.as_ref().map_or("none", |dated| word(&dated.answer)),
    ]
}

#[tokio::test]
async fn what_is_there_is_seen() {
    let (board, requests) = seen_at(|seen, _| healthy(seen)).await;
    assert_eq!(words(&board), ["seen"; 6]);
    assert_eq!(board.rights.len(), ASKED.len());
    assert!(board.rights.values().all(|dated| dated.answer == Answer::Seen(Ruling::Allowed)));
    let Some(Answer::Seen(lease)) = board.lease.as_ref().map(|dated| &dated.answer) else { panic!() };
    assert_eq!((&*lease.key.namespace, lease.holder.as_str()), ("argo", "pod_1"));
    assert_eq!(lease.renewed, Some("2026-11-21T08:00:00.123456Z".parse().unwrap()));
    assert_eq!(lease.duration, SignedDuration::from_secs(15));
    let Some(Answer::Seen(controllers)) = board.controllers.as_ref().map(|dated| &dated.answer) else {
        panic!()
    };
    assert_eq!((controllers[0].wanted, controllers[0].ready), (2, 1));
    assert_eq!(controllers[0].image.as_str(), "x/argo-rollouts:v1.9.1");
    let split = &board.traffic.values().next().unwrap().answer;
    assert_eq!(*split, Answer::Seen(Split { canary: Some(30), of: 100 }));
    assert!(
        requests.iter().all(|seen| seen.method == "GET" || seen.path.ends_with("reviews")),
        "{requests:#?}"
    );
}

#[tokio::test]
async fn refusals_are_told_in_the_servers_words_and_are_not_taken_for_absence() {
    let (board, _) = seen_at(|_, _| status(403, "Forbidden")).await;
    assert_eq!(words(&board), ["forbidden"; 6]);
    let Some(Answer::Forbidden { why }) = board.lease.as_ref().map(|dated| &dated.answer) else { panic!() };
    assert_eq!(why.as_str(), "words of Forbidden");
}

#[tokio::test]
async fn what_is_not_there_is_missing() {
    let (board, _) = seen_at(|seen, _| match seen.path.as_str() {
        path if path.contains("reviews") => healthy(seen),
        path if path.contains("deployments") || path.ends_with("/leases") => body(200, r#"{"items": []}"#),
        _ => status(404, "NotFound"),
    })
    .await;
    // Without webhooks of a kind that is served nobody refuses; a kind of that group that is not served is a failure.
    assert_eq!(words(&board), ["seen", "missing", "missing", "missing", "missing", "missing"]);
}

#[tokio::test]
async fn answers_that_mean_nothing_are_failures() {
    for code in [401, 429, 500, 502, 503, 504] {
        let (board, _) = seen_at(move |_, _| status(code, "Trouble")).await;
        assert_eq!(words(&board), ["failed"; 6], "{code}");
    }
    for garbage in ["", "<html>", "[]", "{\"items\": 7", "null"] {
        let (board, _) = seen_at(move |_, _| body(200, garbage)).await;
        assert!(words(&board).iter().all(|word| *word != "forbidden"), "{garbage}: {:?}", words(&board));
        assert!(board.rights.values().all(|dated| word(&dated.answer) == "failed"), "{garbage}");
        assert_ne!(words(&board)[3], "missing", "{garbage}");
    }
}

#[tokio::test]
async fn rules_that_are_incomplete_are_not_believed() {
    let (board, requests) = seen_at(|seen, _| match seen.path.rsplit('/').next().unwrap() {
        "selfsubjectrulesreviews" => {
            body(201, json!({"status": {"resourceRules": [], "incomplete": true}}).to_string())
        }
        "selfsubjectaccessreviews" => {
            let asked: Value = serde_json::from_str(&seen.body).unwrap();
            let asked = &asked["spec"]["resourceAttributes"];
            let allowed = asked["namespace"] == "shop"
                && asked["resource"] == "rollouts"
                && asked["subresource"] == "status";
            body(201, json!({"status": {"allowed": allowed, "reason": "RBAC says"}}).to_string())
        }
        _ => healthy(seen),
    })
    .await;
    for ((namespace, right), dated) in &board.rights {
        assert_eq!(&**namespace, "shop");
        let allowed = right.resource == "rollouts/status";
        let ruling = if allowed { Ruling::Allowed } else { Ruling::Denied { why: "RBAC says".into() } };
        assert_eq!(dated.answer, Answer::Seen(ruling), "{right:?}");
    }
    assert_eq!(board.rights.len(), ASKED.len());
    let reviews = requests.iter().filter(|seen| seen.path.ends_with("selfsubjectaccessreviews")).count();
    assert_eq!(reviews, 2 * ASKED.len(), "one for all namespaces and one for this, each");
}

#[tokio::test]
async fn one_by_one_reading_is_asked_for_only_where_somebody_looks() {
    let server = FakeServer::start(|seen, _| match seen.path.rsplit('/').next().unwrap() {
        "selfsubjectrulesreviews" => body(201, json!({"status": {"incomplete": true}}).to_string()),
        "selfsubjectaccessreviews" => body(201, json!({"status": {"allowed": false}}).to_string()),
        _ => healthy(seen),
    })
    .await;
    let namespaces = vec!["shop".into(), "other".into()];
    let board = board(&server, &Wish { namespaces, ..wish(Attention::Close) }).await;
    let asked = |namespace: &str| board.rights.keys().filter(|(one, _)| &**one == namespace).count();
    let writes = ASKED.iter().filter(|right| !["get", "list", "watch"].contains(&right.verb)).count();
    assert_eq!((asked("shop"), asked("other")), (ASKED.len(), writes));
    let reviews = server.seen().iter().filter(|seen| seen.path.ends_with("selfsubjectaccessreviews")).count();
    assert_eq!(reviews, 2 * ASKED.len() + writes, "what is not held everywhere is asked for once");
}

#[tokio::test]
async fn a_secret_is_asked_for_without_its_data_and_in_no_other_form() {
    let (board, requests) = seen_at(|seen, _| match seen.path.rsplit('/').next().unwrap() {
        "argo-rollouts-notification-secret" => body(
            200,
            json!({"metadata": {"managedFields": [{"fieldsV1": {"f:data": {".": {}, "f:other": {}}}}]}})
                .to_string(),
        ),
        _ => healthy(seen),
    })
    .await;
    let secret = requests.iter().find(|seen| seen.path.contains("/secrets/")).unwrap();
    assert_eq!(secret.header("accept"), Some("application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"));
    let Some(Answer::Seen(notifying)) = board.notifying.map(|dated| dated.answer) else { panic!() };
    assert_eq!(notifying.services, ["slack".into()]);
    assert_eq!(notifying.unset, ["t".into()]);
}

#[tokio::test]
async fn a_kind_is_looked_for_in_each_version_that_may_serve_it() {
    let (board, requests) = seen_at(|seen, _| match seen.path.as_str() {
        path if path.contains("networking.istio.io/v1alpha3") => {
            vec![Act::Head(404), Act::Piece("404 page not found\n".into()), Act::End]
        }
        _ => healthy(seen),
    })
    .await;
    assert_eq!(words(&board)[3], "seen");
    let asked: Vec<&str> =
        requests.iter().map(|seen| seen.path.as_str()).filter(|path| path.contains("istio")).collect();
    assert_eq!(asked.len(), 2, "{asked:?}");
}

#[tokio::test]
async fn without_its_crd_a_kind_is_missing_and_says_so() {
    let (board, _) = seen_at(|seen, _| match seen.path.as_str() {
        path if path.contains("istio") => {
            vec![Act::Head(404), Act::Piece("404 page not found\n".into()), Act::End]
        }
        _ => healthy(seen),
    })
    .await;
    let Answer::Missing { why } = &board.traffic.values().next().unwrap().answer else { panic!() };
    assert!(why.as_str().contains("CRD is not installed"), "{why}");
}

#[tokio::test]
async fn a_name_that_would_change_the_path_is_never_asked_for() {
    let server = FakeServer::start(|seen, _| healthy(seen)).await;
    let (rollout, mut reference) = service();
    reference.key.name = "../../../api/v1/secrets".into();
    let wish = Wish { traffic: vec![(rollout, reference)], attention: Attention::Close, ..Wish::default() };
    let board = board(&server, &wish).await;
    assert_eq!(word(&board.traffic.values().next().unwrap().answer), "failed");
    assert!(server.seen().iter().all(|seen| !seen.path.contains("istio")), "{:#?}", server.seen());
}

/// An answer with a date that is so many seconds off.
fn dated(ahead: i64) -> Vec<Act> {
    let date = Timestamp::now().checked_add(SignedDuration::from_secs(ahead)).unwrap();
    vec![
        Act::Dated(200, date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()),
        Act::Piece("{}".into()),
        Act::End,
    ]
}

#[tokio::test]
async fn clocks_are_compared_by_the_dates_of_answers_that_come_anyway() {
    for ahead in [0, 90, -3600] {
        let (board, _) = seen_at(move |_, _| dated(ahead)).await;
        let Some(Answer::Seen(skew)) = board.skew.map(|dated| dated.answer) else { panic!() };
        let off = skew - SignedDuration::from_secs(ahead);
        assert!(off.abs() < SignedDuration::from_millis(1200), "{ahead}: {skew}");
    }
}

#[tokio::test]
async fn without_dates_nothing_is_said_of_clocks() {
    let (board, _) = seen_at(|seen, _| healthy(seen)).await;
    assert_eq!(board.skew, None);
}

#[tokio::test]
async fn while_nobody_looks_nothing_is_asked() {
    let mut server = FakeServer::start(|seen, _| healthy(seen)).await;
    let (wishing, wished) = watch::channel(wish(Attention::None));
    let (sights, mut seen) = mpsc::channel(1000);
    let probe = Probe::start(&server.clients().await, wished, sights, Clock::Machine);
    assert!(timeout(Duration::from_millis(300), seen.recv()).await.is_err());
    assert!(server.seen().is_empty(), "{:#?}", server.seen());
    wishing.send_replace(wish(Attention::Glance));
    server.until(|seen| seen.len() >= 3).await;
    drop(probe);
}

#[tokio::test]
async fn a_server_that_hangs_holds_two_looks_and_nothing_else() {
    let mut server = FakeServer::start(|seen, _| match seen.path.as_str() {
        "/version" => body(200, "{}"),
        _ => vec![Act::Silence],
    })
    .await;
    let clients = server.clients().await;
    let many = (0..50).map(|nth| Arc::from(format!("team-{nth}"))).collect();
    let (_wishing, wished) =
        watch::channel(Wish { namespaces: many, attention: Attention::Close, ..Wish::default() });
    let (sights, mut seen) = mpsc::channel(1000);
    let _probe = Probe::start(&clients, wished, sights, Clock::Machine);
    server.until(|seen| seen.len() == 2).await;
    // Both give up after 5 s; then all wait, and one at a time tries again.
    let first = timeout(Duration::from_secs(15), seen.recv()).await.unwrap().unwrap();
    assert!(
        matches!(&first.0, Sight::Controllers(Answer::Failed { .. }) | Sight::Lease(Answer::Failed { .. })),
        "{first:?}"
    );
    server.until(|seen| seen.len() == 3).await;
    assert!(server.seen().len() <= 3, "{:#?}", server.seen());
}

#[tokio::test]
async fn a_server_that_asks_to_be_left_alone_is_left_alone() {
    let mut server =
        FakeServer::start(|_, _| vec![Act::RetryAfter(429, 60), Act::Piece("{}".into()), Act::End]).await;
    let (_wishing, wished) = watch::channel(wish(Attention::Close));
    let (sights, mut seen) = mpsc::channel(1000);
    let _probe = Probe::start(&server.clients().await, wished, sights, Clock::Machine);
    assert!(seen.recv().await.is_some());
    let more = timeout(Duration::from_secs(4), server.until(|seen| seen.len() > 2)).await;
    assert!(more.is_err(), "{more:#?}");
}

/// All HTTPRoutes of the Rollout `web` that bear labels which need escaping.
fn by_labels() -> (Key, TrafficRef) {
    let (rollout, reference) = service();
    let key = Key { name: "".into(), ..reference.key };
    let labels = "app=web,example.com/tier in (a,b),!old";
    let reference = TrafficRef {
        kind: TrafficKind::HttpRoute,
        key,
        selector: Some(labels.into()),
        part: Part::Whole,
        ..service().1
    };
    (rollout, reference)
}

fn route(name: &str, canary: i64) -> Value {
    json!({"metadata": {"name": name, "namespace": "shop"}, "spec": {"rules": [{"backendRefs": [
        {"name": "web-canary", "weight": canary}, {"name": "web-stable", "weight": 100 - canary}]}]}})
}

/// Looks once for what the labels choose, at a server that answers so in the version `v1` of the Gateway API.
async fn chosen_at(code: u16, answer: Value) -> (Board, Vec<Seen>) {
    let server = FakeServer::start(move |seen, _| match seen.path.as_str() {
        "/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes" => body(code, answer.to_string()),
        path if path.ends_with("/httproutes") => body(404, "404 page not found"),
        _ => healthy(seen),
    })
    .await;
    let wish = Wish { traffic: vec![by_labels()], ..wish(Attention::Close) };
    let board = board(&server, &wish).await;
    let asked = server.seen().into_iter().filter(|seen| seen.path.contains("httproutes"));
    (board, asked.collect())
}

fn object(name: &str) -> TrafficObject {
    TrafficObject { key: Key { name: name.into(), ..by_labels().1.key }, kind: "HTTPRoute", selector: None }
}

#[tokio::test]
async fn what_labels_choose_is_read_by_one_bounded_request_and_each_route_is_told() {
    let (board, asked) = chosen_at(200, json!({"items": [route("front", 30), route("api", 5)]})).await;
    let [asked] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!(
        asked.query,
        "labelSelector=app%3Dweb%2Cexample.com%2Ftier%20in%20%28a%2Cb%29%2C%21old&limit=100"
    );
    let told: Vec<_> =
        board.traffic.iter().map(|((_, object), dated)| (object.clone(), dated.answer.clone())).collect();
    let share = |canary| Answer::Seen(Split { canary: Some(canary), of: 100 });
    assert_eq!(told, [(object("api"), share(5)), (object("front"), share(30))]);
}

#[tokio::test]
async fn labels_that_choose_nothing_too_much_or_may_not_choose_are_told_apart() {
    let many = json!({"metadata": {"continue": "more"}, "items": [route("front", 30)]});
    let status = |reason: &str| json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "message": reason});
    for (code, answer, wanted, words) in [
        (200, json!({"items": []}), "missing", "no HTTPRoute in shop bears app=web"),
        (200, many, "failed", "more than 100"),
        (403, status("Forbidden"), "forbidden", "Forbidden"),
        (503, status("ServiceUnavailable"), "failed", "ServiceUnavailable"),
    ] {
        let (board, _) = chosen_at(code, answer).await;
        let [(_, dated)] = board.traffic.iter().collect::<Vec<_>>()[..] else {
            panic!("{:?}", board.traffic)
        };
        assert_eq!(word(&dated.answer), wanted);
        let (Answer::Missing { why } | Answer::Forbidden { why } | Answer::Failed { why }) = &dated.answer
        else {
            panic!("{dated:?}")
        };
        assert!(why.as_str().contains(words), "{why}");
    }
}
