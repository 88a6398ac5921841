//! Reading once, and credentials, against a scripted server; and that no secret is told anywhere.

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::fake_server::*;
use rollgate::cluster::watch::{Pace, Scope, Watch};
use rollgate::cluster::{Clients, Fault, IdentityError, fetch};
use rollgate::config::{Connection, Environment};
use rollgate::rollout::Key;
use rollgate::rollout::delta::{Contact, Delta, Kind};
use tokio::sync::mpsc;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};

const ROLLOUTS: &str = "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts";
const EXPIRES: &str = r#""expirationTimestamp":"2999-01-01T00:00:00Z""#;

fn key() -> Key {
    Key { namespace: "shop".into(), name: "web".into() }
}

fn names(rollouts: &[rollgate::rollout::Rollout]) -> Vec<String> {
    rollouts.iter().map(|rollout| rollout.meta.key.name.to_string()).collect()
}

#[tokio::test]
async fn all_rollouts_are_read_as_a_stream_and_the_stream_is_left_when_the_list_is_complete() {
    let server = FakeServer::start(|_, _| {
        stream(&[event("ADDED", rollout("api", 3)), event("ADDED", rollout("web", 4)), end_of_list(9)])
    })
    .await;
    let found = fetch::rollouts(&server.clients().await, &[]).await.unwrap();
    assert_eq!(names(&found), ["api", "web"]);
    let seen = server.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].path, "/apis/argoproj.io/v1alpha1/rollouts");
    assert!(seen[0].is_streaming_list());
}

#[tokio::test]
async fn all_rollouts_are_read_in_pages_where_the_server_does_not_stream_lists() {
    let server = FakeServer::start(|seen, _| match (seen.is_watch(), seen.query.contains("continue=")) {
        (true, _) => status(422, "Invalid"),
        (false, false) => json(200, page(&[rollout("api", 3)], 9, Some("next"), Some(1))),
        (false, true) => json(200, page(&[rollout("web", 4)], 9, None, None)),
    })
    .await;
    let found = fetch::rollouts(&server.clients().await, &["shop".into()]).await.unwrap();
    assert_eq!(names(&found), ["api", "web"]);
    assert!(server.seen().iter().all(|seen| seen.path == ROLLOUTS));
}

#[tokio::test]
async fn a_page_that_was_forgotten_begins_the_list_anew_once() {
    let server = FakeServer::start(|seen, before| match (seen.is_watch(), before) {
        (true, _) => status(400, "BadRequest"),
        (false, 1) => json(200, page(&[rollout("old", 3)], 9, Some("next"), Some(1))),
        (false, 2) => status(410, "Expired"),
        (false, _) => json(200, page(&[rollout("new", 4)], 9, None, None)),
    })
    .await;
    let found = fetch::rollouts(&server.clients().await, &["shop".into()]).await.unwrap();
    assert_eq!(names(&found), ["new"]);

    let server = FakeServer::start(|seen, _| match seen.is_watch() {
        true => status(422, "Invalid"),
        false => status(410, "Expired"),
    })
    .await;
    let fault = fetch::rollouts(&server.clients().await, &["shop".into()]).await.unwrap_err();
    assert!(fault.is_gone(), "{fault}");
}

#[tokio::test]
async fn a_list_that_is_not_complete_is_an_error_and_not_a_short_list() {
    for end in [Act::End, Act::Reset, Act::Close] {
        let end = end.clone();
        let server = FakeServer::start(move |_, _| {
            let begun = Act::Piece(event("ADDED", rollout("api", 3)) + "\n");
            vec![Act::Head(200), begun, end.clone()]
        })
        .await;
        let fault = fetch::rollouts(&server.clients().await, &[]).await.unwrap_err();
        assert!(matches!(fault, Fault::Broken { .. }), "{fault:?}");
    }
}

#[tokio::test]
async fn names_that_would_change_the_path_are_refused_before_anything_is_sent() {
    let server = FakeServer::start(|_, _| json(200, rollout("web", 4))).await;
    let clients = server.clients().await;
    for name in ["../secrets/x", "a/b", "a?b", "a#b", "a b", "a%2fb", "", "..", "é"] {
        let key = Key { name: name.into(), ..key() };
        let fault = fetch::rollout(&clients, &key).await.unwrap_err();
        assert_eq!(
            fault.to_string(),
            format!("cannot reach the server: `{name}` cannot be a name in Kubernetes")
        );
        assert!(fetch::rollouts(&clients, &[name.into()]).await.is_err(), "{name}");
    }
    assert_eq!(server.seen().len(), 0);
}

#[tokio::test]
async fn a_family_is_what_may_be_read_of_it_and_says_what_may_not() {
    let server = FakeServer::start(|seen, _| {
        let object = |kind: &str, name: &str| {
            format!(r#"{{"kind":"{kind}","metadata":{{"name":"{name}","namespace":"shop","uid":"u","resourceVersion":"1"}}}}"#)
        };
        let rest = seen.path.rsplit('/').next().unwrap();
        match rest {
            "web" => {
                let refers = r#""spec":{"workloadRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"template"}}"#;
                json(200, rollout("web", 4).replace(r#""spec":{"replicas":1}"#, refers))
            }
            "template" => json(200, object("Deployment", "template")),
            "replicasets" => json(200, page(&[object("ReplicaSet", "web-1")], 9, None, None)),
            "pods" => status(403, "Forbidden"),
            "analysisruns" => json(200, page(&[object("AnalysisRun", "run-1")], 9, None, None)),
            "experiments" => json(404, "404 page not found"),
            _ => status(500, "Unexpected"),
        }
    })
    .await;
    let family = fetch::family(&server.clients().await, &key()).await.unwrap().unwrap();
    assert_eq!(&*family.rollout.meta.key.name, "web");
    assert_eq!(family.replica_sets.len(), 1);
    assert_eq!(family.analysis_runs.len(), 1);
    assert_eq!(&*family.deployment.unwrap().meta.key.name, "template");
    let mut unread: Vec<_> =
        family.unread.iter().map(|(kind, fault)| (*kind, fault.code().unwrap())).collect();
    unread.sort();
    assert_eq!(unread, [(Kind::Pods, 403), (Kind::Experiments, 404)]);
    let selected: Vec<Seen> = server.seen().into_iter().filter(|seen| seen.path.ends_with("/pods")).collect();
    assert!(selected[0].asks("labelSelector=rollouts-pod-template-hash"), "{}", selected[0].query);
}

#[tokio::test]
async fn the_runs_of_a_version_are_asked_for_by_its_hash_and_keep_it() {
    let server = FakeServer::start(|_, _| {
        let run = r#"{"kind":"AnalysisRun","metadata":{"name":"web-2-1","namespace":"shop","uid":"u","resourceVersion":"1","labels":{"rollouts-pod-template-hash":"6c9f"}}}"#;
        json(200, page(&[run.to_owned()], 9, None, None))
    })
    .await;
    let clients = server.clients().await;
    let runs = fetch::analysis_runs_of(&clients, "shop", "6c9f").await.unwrap();
    assert_eq!(runs.iter().map(|run| &*run.hash).collect::<Vec<_>>(), ["6c9f"]);
    let seen = server.seen();
    assert_eq!(seen[0].path, "/apis/argoproj.io/v1alpha1/namespaces/shop/analysisruns");
    assert!(seen[0].asks("labelSelector=rollouts-pod-template-hash%3D6c9f"), "{}", seen[0].query);
    // What would select others is not asked.
    for hash in ["", "a,b", "a b", "in (a)"] {
        assert!(fetch::analysis_runs_of(&clients, "shop", hash).await.is_err(), "{hash}");
    }
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_family_without_its_rollout_is_none_and_a_missing_kind_is_a_fault() {
    let server = FakeServer::start(|seen, _| match seen.path.ends_with("/web") {
        true => status(404, "NotFound"),
        false => json(200, page(&[], 9, None, None)),
    })
    .await;
    assert_eq!(fetch::family(&server.clients().await, &key()).await, Ok(None));
    let server = FakeServer::start(|_, _| json(404, "404 page not found\n")).await;
    assert_eq!(fetch::family(&server.clients().await, &key()).await.unwrap_err().code(), Some(404));
}

#[tokio::test]
async fn the_user_is_named_as_the_server_knows_them() {
    let server = FakeServer::start(|_, before| match before {
        0 => json(
            201,
            r#"{"kind":"SelfSubjectReview","status":{"userInfo":{"username":"ann@corp","groups":["sre"]}}}"#,
        ),
        _ => status(404, "NotFound"),
    })
    .await;
    let clients = server.clients().await;
    assert_eq!(clients.reviewed_user().await.unwrap().as_str(), "ann@corp");
    let asked = &server.seen()[0];
    assert_eq!(
        (asked.method.as_str(), asked.path.as_str()),
        ("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews")
    );
    assert!(clients.reviewed_user().await.is_err(), "a server before 1.28 does not say");
    assert_eq!(clients.identity().user.as_str(), "ann");
}

#[tokio::test]
async fn whom_the_user_acts_as_is_put_on_every_request() {
    let server = FakeServer::start(|_, _| json(200, rollout("web", 4))).await;
    let connection = Connection {
        kubeconfig: Some(server.kubeconfig("{token: tok-sekret-1}")),
        impersonate: Some("deployer".into()),
        impersonate_groups: vec!["sre".into(), "shop".into()],
        ..Connection::default()
    };
    let clients = Clients::connect(&connection, &Environment::default()).await.unwrap();
    fetch::rollout(&clients, &key()).await.unwrap();
    let seen = &server.seen()[0];
    assert_eq!(seen.header("impersonate-user"), Some("deployer"));
    let groups: Vec<&str> = seen
        .headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("impersonate-group"))
        .map(|(_, value)| value.as_str())
        .collect();
    assert_eq!(groups, ["sre", "shop"]);
}

#[tokio::test]
async fn a_token_that_the_server_refuses_is_read_again_from_where_it_comes() {
    let server = FakeServer::start(|seen, _| match seen.header("authorization") {
        Some("Bearer tok-sekret-2") => json(200, rollout("web", 4)),
        _ => status(401, "Unauthorized"),
    })
    .await;
    // The kubeconfig itself.
    let clients = server.clients().await;
    server.kubeconfig("{token: tok-sekret-2}");
    assert!(fetch::rollout(&clients, &key()).await.unwrap().is_some());

    // A token file.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "tok-sekret-1\n").unwrap();
    let clients = server.clients_as(&format!("{{tokenFile: {}}}", file.display())).await;
    assert_eq!(fetch::rollout(&clients, &key()).await.unwrap_err().code(), Some(401));
    std::fs::write(&file, "tok-sekret-2\n").unwrap();
    assert!(fetch::rollout(&clients, &key()).await.unwrap().is_some());
}

#[tokio::test]
async fn a_plugin_is_run_once_for_all_connections() {
    let server = FakeServer::start(|seen, _| match seen.is_watch() {
        true => stream(&[end_of_list(9)]),
        false => json(200, rollout("web", 4)),
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().join("runs");
    let script = format!(
        "echo run >> {}; echo '{{\"status\":{{\"token\":\"tok-sekret-1\",{EXPIRES}}}}}'",
        runs.display()
    );
    let clients = server.clients_as(&plugin(&script)).await;
    for _ in 0..3 {
        fetch::rollout(&clients, &key()).await.unwrap();
        fetch::rollouts(&clients, &[]).await.unwrap();
    }
    assert_eq!(std::fs::read_to_string(runs).unwrap().lines().count(), 1);
    assert!(server.seen().iter().all(|seen| seen.header("authorization") == Some("Bearer tok-sekret-1")));
}

fn plugin(script: &str) -> String {
    let script = serde_json::to_string(script).unwrap();
    format!("{{exec: {{apiVersion: client.authentication.k8s.io/v1, command: sh, args: ['-c', {script}]}}}}")
}

/// A login at an identity provider that is not there.
fn oidc(tokens: &str) -> String {
    let provider = "idp-issuer-url: 'https://127.0.0.1:1', client-id: c";
    format!("{{auth-provider: {{name: oidc, config: {{{provider}, {tokens}}}}}}}")
}

/// Keeps every word that anybody logs, at every level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl Visit for Log {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0.lock().unwrap(), " {}={value:?}", field.name());
    }
}

impl tracing::Subscriber for Log {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut self.clone());
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        event.record(&mut self.clone());
        self.0.lock().unwrap().push('\n');
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// Tells all that a watch and the readers say in a while, for these answers and this login.
async fn said(login: &str, acts: Vec<Act>) -> String {
    let server = FakeServer::start(move |_, _| acts.clone()).await;
    let request_timeout = Some(Duration::from_millis(200));
    let kubeconfig = Some(server.kubeconfig(login));
    let connection = Connection { kubeconfig, request_timeout, ..Connection::default() };
    let clients = match Clients::connect(&connection, &Environment::default()).await {
        Ok(clients) => clients,
        Err(error) => return format!("{error} {error:?}"),
    };
    let mut said = format!("{:?}", clients.identity());
    let pace =
        Pace { first: Duration::from_millis(10), silent: Duration::from_millis(200), ..Pace::default() };
    let (sender, mut deltas) = mpsc::channel(16);
    let _watch = Watch::start(&clients, &Scope::All, pace, sender);
    let mut contacts = 0;
    while contacts < 2 {
        let delta = tokio::time::timeout(Duration::from_secs(30), deltas.recv()).await.unwrap().unwrap();
        contacts += usize::from(
            matches!(delta, Delta::Contact(_, ref contact, _) if *contact != Contact::Connecting),
        );
        let _ = write!(said, "{delta:?}");
    }
    for fault in [
        fetch::rollout(&clients, &key()).await.err(),
        fetch::rollouts(&clients, &[]).await.err(),
        clients.reviewed_user().await.err(),
    ] {
        let _ = write!(said, "{fault:?} {}", fault.as_ref().map(ToString::to_string).unwrap_or_default());
    }
    said
}

#[tokio::test]
async fn no_secret_is_told_in_any_error_or_log() {
    // For the whole process: what is logged by one thread alone is not always kept (tracing caches who listens).
    let log = Log::default();
    tracing::subscriber::set_global_default(log.clone()).unwrap();
    let secret = "sekret-4711";
    let jwt = format!("eyJhbGciOiJSUzI1NiJ9.{secret}.c2lnbmF0dXJl");
    let logins = [
        format!("{{token: {secret}}}"),
        format!("{{username: ann, password: {secret}}}"),
        format!("{{token: \"{secret}\\n\"}}"),
        format!("{{client-certificate-data: {secret}, client-key-data: {secret}}}"),
        oidc(&format!("id-token: {secret}, refresh-token: {secret}")),
        oidc(&format!("client-secret: {secret}, refresh-token: {secret}")),
        format!("{{auth-provider: {{name: other, config: {{access-token: {secret}}}}}}}"),
        plugin(&format!("echo '{{\"status\":{{\"token\":\"{secret}\"}}}}'")),
        plugin(&format!("echo '{secret}'")),
        plugin(&format!("echo 'refused: Bearer {secret} and {jwt}' >&2; exit 1")),
        format!("{{token: [{secret}]}}"),
        format!("[{secret}]"),
    ];
    let mut told = String::new();
    for login in &logins {
        for acts in
            [status(401, "Unauthorized"), status(403, "Forbidden"), vec![Act::Reset], vec![Act::Silence]]
        {
            told += &said(login, acts).await;
        }
    }
    let logged = log.0.lock().unwrap().clone();
    assert!(told.contains("words of Forbidden") && told.len() > 10_000, "the test looks at nothing: {told}");
    assert!(logged.contains("processing request"), "the test looks at no log: {logged}");
    for text in [&told, &logged] {
        // Not by its digits alone, which a time stamp may hold too.
        let at = text.find("sekret");
        assert!(
            at.is_none(),
            "…{}…",
            &text[at.unwrap().saturating_sub(300)..(at.unwrap() + 20).min(text.len())]
        );
    }
}

#[tokio::test]
async fn a_credential_that_kube_does_not_know_is_refused_with_its_context() {
    let server = FakeServer::start(|_, _| status(500, "Unexpected")).await;
    let path = server.kubeconfig("{auth-provider: {name: azure, config: {}}}");
    let connection = Connection { kubeconfig: Some(path), ..Connection::default() };
    let error = Clients::connect(&connection, &Environment::default()).await.err().unwrap();
    assert!(matches!(error, IdentityError::Credential { .. }));
    assert!(error.to_string().starts_with("context `fake`: cannot log in: "), "{error}");
}
