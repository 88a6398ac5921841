//! TLS as a person's kubeconfig asks for it: whom the client trusts, and as whom it presents itself.
//!
//! The server is scripted, its certificates are made for each test. What the client showed is told by the server.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::authority::{Authority, Pair, as_data};
use crate::fake_server::*;
use rollgate::cluster::identity::{Login, Transport};
use rollgate::cluster::{Clients, Fault, IdentityError, fetch};
use rollgate::config::{Connection, Environment};
use rollgate::rollout::Key;

const NOBODY: &str = "{}";

fn key() -> Key {
    Key { namespace: "shop".into(), name: "web".into() }
}

/// Answers each question about Rollouts, and each watch of them.
fn answers(seen: &Seen, _: usize) -> Vec<Act> {
    match seen.is_watch() {
        true => stream(&[event("ADDED", rollout("web", 4)), end_of_list(9)]),
        false => json(200, rollout("web", 4)),
    }
}

async fn server_for(names: &[&str], authority: &Authority) -> FakeServer {
    FakeServer::start_tls(authority.server(names).serves(), answers).await
}

async fn connect(kubeconfig: PathBuf) -> Result<Clients, IdentityError> {
    let connection = Connection { kubeconfig: Some(kubeconfig), ..Connection::default() };
    Clients::connect(&connection, &Environment::default()).await
}

/// Reads one Rollout and a stream of all, each on its own connection, and tells what the server was shown.
async fn read(server: &FakeServer, kubeconfig: PathBuf) -> Vec<Greeting> {
    let clients = connect(kubeconfig).await.unwrap();
    assert!(fetch::rollout(&clients, &key()).await.unwrap().is_some());
    assert_eq!(fetch::rollouts(&clients, &[]).await.unwrap().len(), 1);
    let seen = server.seen();
    assert_eq!(seen.len(), 2);
    seen.into_iter().map(|seen| seen.tls.unwrap()).collect()
}

async fn fault(kubeconfig: PathBuf) -> Fault {
    fetch::rollout(&connect(kubeconfig).await.unwrap(), &key()).await.unwrap_err()
}

/// A folder of certificates and keys.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

fn trusting(authority: &Authority) -> String {
    format!("certificate-authority-data: {}", as_data(&authority.pem()))
}

fn login_as(user: &Pair) -> String {
    let (certificate, key) = (as_data(&user.certificate), as_data(&user.key));
    format!("{{client-certificate-data: {certificate}, client-key-data: {key}}}")
}

#[tokio::test]
async fn the_authority_of_the_kubeconfig_is_trusted_as_data_and_as_a_file() {
    let authority = Authority::new("cluster");
    let folder = Folder::new();
    let file = folder.write("ca.pem", &authority.pem());
    for cluster in [trusting(&authority), format!("certificate-authority: '{}'", file.display())] {
        let server = server_for(&["127.0.0.1"], &authority).await;
        let kubeconfig = server.kubeconfig_of(&cluster, NOBODY);
        let clients = connect(kubeconfig.clone()).await.unwrap();
        assert_eq!(clients.identity().transport, Transport::Verified);
        for shown in read(&server, kubeconfig).await {
            assert!(shown.certificate.is_none(), "nobody asked for a certificate, and there is none");
        }
    }
}

#[tokio::test]
async fn a_server_of_an_unknown_authority_is_told_in_one_sentence_and_asked_nothing() {
    let server = server_for(&["127.0.0.1"], &Authority::new("cluster")).await;
    let fault = fault(server.kubeconfig_of(&trusting(&Authority::new("another")), "{token: tok}")).await;
    assert!(matches!(fault, Fault::Unsent { .. }), "{fault:?}");
    assert_eq!(
        fault.to_string(),
        "cannot reach the server: its certificate is signed by an authority that is not trusted here (name the \
         right one with certificate-authority in the kubeconfig or --certificate-authority PATH)"
    );
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_certificate_that_has_ended_is_not_trusted() {
    let authority = Authority::new("cluster");
    let ended = authority.server_until(&["127.0.0.1"], 2001);
    let server = FakeServer::start_tls(ended.serves(), answers).await;
    let fault = fault(server.kubeconfig_of(&trusting(&authority), NOBODY)).await;
    assert_eq!(
        fault.to_string(),
        "cannot reach the server: its certificate has expired, by the clock of this machine"
    );
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_client_certificate_is_presented_from_data_and_from_files() {
    let (authority, users) = (Authority::new("cluster"), Authority::new("users"));
    let ann = users.user("ann", "sre");
    let folder = Folder::new();
    let (certificate, key) = (folder.write("ann.pem", &ann.certificate), folder.write("ann.key", &ann.key));
    let files =
        format!("{{client-certificate: '{}', client-key: '{}'}}", certificate.display(), key.display());
    for login in [login_as(&ann), files] {
        let tls = authority.server(&["127.0.0.1"]).serves_users_of(&users);
        let server = FakeServer::start_tls(tls, answers).await;
        let kubeconfig = server.kubeconfig_of(&trusting(&authority), &login);
        assert_eq!(connect(kubeconfig.clone()).await.unwrap().identity().login, Login::Certificate);
        for shown in read(&server, kubeconfig).await {
            assert_eq!(shown.certificate, Some(ann.der()));
        }
    }
}

#[tokio::test]
async fn a_certificate_that_the_server_does_not_accept_is_told_in_one_sentence() {
    let (authority, users) = (Authority::new("cluster"), Authority::new("users"));
    let tls = authority.server(&["127.0.0.1"]).serves_users_of(&users);
    let server = FakeServer::start_tls(tls, answers).await;
    let stranger = Authority::new("another").user("ann", "sre");
    for (login, said) in [
        (NOBODY.to_owned(), "it wants a client certificate"),
        (login_as(&stranger), "it does not accept the client certificate (UnknownCA)"),
    ] {
        let fault = fault(server.kubeconfig_of(&trusting(&authority), &login)).await;
        let words = fault.to_string();
        assert!(words.ends_with(&format!(": {said}")), "{words}");
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_key_that_is_not_the_certificates_is_refused_before_anything_is_sent() {
    let (authority, users) = (Authority::new("cluster"), Authority::new("users"));
    let server = server_for(&["127.0.0.1"], &authority).await;
    let torn = Pair { key: users.user("bob", "sre").key, ..users.user("ann", "sre") };
    let error = connect(server.kubeconfig_of(&trusting(&authority), &login_as(&torn))).await.err().unwrap();
    assert!(matches!(error, IdentityError::Tls { .. }), "{error}");
    assert!(error.to_string().starts_with("context `fake`: cannot set up TLS: "), "{error}");
}

#[tokio::test]
async fn the_name_that_the_certificate_must_bear_can_be_given() {
    let authority = Authority::new("cluster");
    let server = server_for(&["api.internal"], &authority).await;
    let fault = fault(server.kubeconfig_of(&trusting(&authority), NOBODY)).await;
    let words = fault.to_string();
    assert!(
        words.starts_with(
            "cannot reach the server: its certificate is for another name (certificate not valid for"
        ) && words.contains("api.internal"),
        "{words}"
    );
    assert!(server.seen().is_empty());

    let named = format!("{}, tls-server-name: api.internal", trusting(&authority));
    for shown in read(&server, server.kubeconfig_of(&named, NOBODY)).await {
        assert_eq!(shown.server_name.as_deref(), Some("api.internal"));
    }
    // The flag counts over the kubeconfig.
    let named = format!("{}, tls-server-name: elsewhere.internal", trusting(&authority));
    let connection = Connection {
        kubeconfig: Some(server.kubeconfig_of(&named, NOBODY)),
        tls_server_name: Some("api.internal".into()),
        ..Connection::default()
    };
    let clients = Clients::connect(&connection, &Environment::default()).await.unwrap();
    assert!(fetch::rollout(&clients, &key()).await.unwrap().is_some());
}

/// Runs `rollgate list` on a machine that trusts the authorities of this file and no others.
async fn list_where(system: &Path, kubeconfig: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rollgate"));
    command.env_clear().env("SSL_CERT_FILE", system).env("HOME", system.parent().unwrap());
    command.arg("--kubeconfig").arg(kubeconfig).arg("list");
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[tokio::test]
async fn without_an_authority_in_the_kubeconfig_the_systems_count() {
    let (authority, users) = (Authority::new("cluster"), Authority::new("users"));
    let ann = users.user("ann", "sre");
    let tls = authority.server(&["127.0.0.1"]).serves_users_of(&users);
    let server = FakeServer::start_tls(tls, answers).await;
    let folder = Folder::new();
    let others = folder.write("others.pem", &Authority::new("another").pem());

    let kubeconfig = server.kubeconfig_of("", &login_as(&ann));
    let output = list_where(&others, &kubeconfig).await;
    assert_eq!(output.status.code(), Some(1));
    let words = text(&output.stderr);
    assert_eq!(words.lines().count(), 1, "{words}");
    assert!(
        words.contains(&format!(
            "context fake, {}: cannot reach the server: its certificate is signed by an authority that is not trusted here",
            server.url
        )),
        "{words}"
    );
    assert!(server.seen().is_empty());

    let system = folder.write("system.pem", &authority.pem());
    let output = list_where(&system, &kubeconfig).await;
    assert!(output.status.success() && text(&output.stdout).contains("web"), "{output:?}");

    // Whoever verifies nothing is still known to the server.
    let kubeconfig = server.kubeconfig_of("insecure-skip-tls-verify: true", &login_as(&ann));
    let output = list_where(&others, &kubeconfig).await;
    assert!(output.status.success() && text(&output.stdout).contains("web"), "{output:?}");
    let seen = server.seen();
    assert_eq!(seen.len(), 2);
    for seen in seen {
        assert_eq!(seen.tls.unwrap().certificate, Some(ann.der()));
    }
}

#[tokio::test]
async fn a_machine_without_authorities_reaches_whatever_needs_none_of_them() {
    let authority = Authority::new("cluster");
    let server = server_for(&["127.0.0.1"], &authority).await;
    let folder = Folder::new();
    let none = folder.write("none.pem", "");

    let output = list_where(&none, &server.kubeconfig_of("", NOBODY)).await;
    assert_eq!(output.status.code(), Some(1));
    let words = text(&output.stderr);
    assert_eq!(words.lines().count(), 1, "{words}");
    assert!(
        words.contains(
            "this machine trusts no certificate authority of its own (name the server's with certificate-authority \
             in the kubeconfig or --certificate-authority PATH)"
        ),
        "{words}"
    );
    assert!(server.seen().is_empty());
    for cluster in [trusting(&authority), "insecure-skip-tls-verify: true".to_owned()] {
        let output = list_where(&none, &server.kubeconfig_of(&cluster, NOBODY)).await;
        assert!(output.status.success() && text(&output.stdout).contains("web"), "{output:?}");
    }
    let plain = FakeServer::start(answers).await;
    let output = list_where(&none, &plain.kubeconfig(NOBODY)).await;
    assert!(output.status.success() && text(&output.stdout).contains("web"), "{output:?}");
}
