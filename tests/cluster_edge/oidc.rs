//! An OIDC login of the kubeconfig against a scripted identity provider: which token is used, and how it is renewed.
//!
//! The provider speaks TLS with an authority of its own, as one inside a company does. Its tokens are signed by nobody:
//! that is for an API server to verify.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;

use crate::authority::{Authority, as_data};
use crate::fake_server::*;
use rollgate::cluster::identity::Login;
use rollgate::cluster::{Clients, Fault, fetch};
use rollgate::config::{Connection, Environment};
use rollgate::rollout::Key;

const DISCOVERY: &str = "/realm/.well-known/openid-configuration";
const TOKEN: &str = "/realm/token";
/// What a person is told to do when only they can help.
const ANEW: &str =
    "log in to the identity provider again, so that the kubeconfig holds new tokens, then try again";

fn key() -> Key {
    Key { namespace: "shop".into(), name: "web".into() }
}

/// A token of this name that ends so many seconds from now.
fn id_token(name: &str, seconds: i64) -> String {
    let claims = format!(r#"{{"sub":"{name}","exp":{}}}"#, Timestamp::now().as_second() + seconds);
    format!("eyJhbGciOiJub25lIn0.{}.{name}", URL_SAFE_NO_PAD.encode(claims))
}

/// Starts an identity provider that answers the question for new tokens by this script.
async fn provider(
    authority: &Authority,
    script: impl Fn(&Seen, usize) -> Vec<Act> + Send + Sync + 'static,
) -> FakeServer {
    FakeServer::start_tls(authority.server(&["127.0.0.1"]).serves(), move |seen, before| {
        match (seen.method.as_str(), seen.path.as_str()) {
            ("GET", DISCOVERY) => {
                let host = seen.header("host").unwrap();
                json(
                    200,
                    format!(
                        r#"{{"issuer":"https://{host}/realm","token_endpoint":"https://{host}{TOKEN}"}}"#
                    ),
                )
            }
            ("POST", TOKEN) => script(seen, before),
            _ => json(404, "{}"),
        }
    })
    .await
}

/// An API server that accepts whoever bears one of these tokens.
async fn api(accepted: impl Fn(&str) -> bool + Send + Sync + 'static) -> FakeServer {
    FakeServer::start(move |seen, _| {
        let token = seen.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
        match token.is_some_and(&accepted) {
            true => json(200, rollout("web", 4)),
            false => status(401, "Unauthorized"),
        }
    })
    .await
}

/// What a kubeconfig says of a login.
struct Said<'a> {
    issuer: &'a str,
    authority: String,
    id_token: &'a str,
    more: &'a str,
}

impl<'a> Said<'a> {
    fn of(issuer: &'a FakeServer, authority: &Authority, id_token: &'a str, more: &'a str) -> Self {
        let authority = format!("idp-certificate-authority-data: {}", as_data(&authority.pem()));
        Self { issuer: &issuer.url, authority, id_token, more }
    }

    fn written(&self) -> String {
        let Self { issuer, authority, id_token, more } = self;
        format!(
            "{{auth-provider: {{name: oidc, config: {{idp-issuer-url: '{issuer}/realm', client-id: 'roll gate', \
             id-token: '{id_token}', {authority}, {more}}}}}}}"
        )
    }
}

const SECRET: &str = "client-secret: 'pa:ss', refresh-token: 'refresh/1'";

async fn connect(kubeconfig: PathBuf) -> Clients {
    let connection = Connection { kubeconfig: Some(kubeconfig), ..Connection::default() };
    Clients::connect(&connection, &Environment::default()).await.unwrap()
}

async fn refused(clients: &Clients) -> String {
    match fetch::rollout(clients, &key()).await {
        Err(Fault::Credential { why }) => why.to_string(),
        other => panic!("{other:?}"),
    }
}

fn asked_for_tokens(provider: &FakeServer) -> Vec<Seen> {
    provider.seen().into_iter().filter(|seen| seen.method == "POST").collect()
}

#[tokio::test]
async fn an_id_token_that_lasts_is_used_and_the_provider_is_not_asked() {
    let authority = Authority::new("company");
    let provider = provider(&authority, |_, _| status(500, "Unexpected")).await;
    let lasting = id_token("given", 3600);
    let expected = lasting.clone();
    let api = api(move |token| token == expected).await;
    let said = Said::of(&provider, &authority, &lasting, SECRET);
    let clients = connect(api.kubeconfig(&said.written())).await;
    assert_eq!(clients.identity().login, Login::Provider("oidc".into()));
    for _ in 0..3 {
        assert!(fetch::rollout(&clients, &key()).await.unwrap().is_some());
    }
    assert!(provider.seen().is_empty());
}

#[tokio::test]
async fn an_id_token_that_has_ended_is_renewed_once_for_all_requests() {
    let authority = Authority::new("company");
    let renewed = id_token("renewed", 3600);
    let issued = format!(r#"{{"id_token":"{renewed}","token_type":"Bearer","access_token":"x"}}"#);
    let provider = provider(&authority, move |_, _| json(200, issued.clone())).await;
    let api = api(move |token| token == renewed).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, authority.pem()).unwrap();
    let ended = id_token("given", -1);
    let as_file = format!("idp-certificate-authority: '{}'", file.display());
    for (nth, authority) in
        [as_file, format!("idp-certificate-authority-data: {}", as_data(&authority.pem()))]
            .into_iter()
            .enumerate()
    {
        let said = Said { issuer: &provider.url, authority, id_token: &ended, more: SECRET };
        let clients = connect(api.kubeconfig(&said.written())).await;
        let one = key();
        let read = futures::future::join_all((0..5).map(|_| fetch::rollout(&clients, &one))).await;
        assert!(read.iter().all(|read| matches!(read, Ok(Some(_)))), "{read:?}");
        assert_eq!(asked_for_tokens(&provider).len(), nth + 1);
    }
    let asked = &asked_for_tokens(&provider)[0];
    assert_eq!(asked.header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(asked.body, "grant_type=refresh_token&refresh_token=refresh%2F1");
    // RFC 6749 §2.3.1: name and secret are encoded before they become a header.
    let client = format!("Basic {}", STANDARD.encode("roll+gate:pa%3Ass"));
    assert_eq!(asked.header("authorization"), Some(client.as_str()));
}

#[tokio::test]
async fn a_login_without_an_id_token_begins_with_the_refresh_token() {
    let authority = Authority::new("company");
    let issued = format!(r#"{{"id_token":"{}"}}"#, id_token("first", 3600));
    let provider = provider(&authority, move |_, _| json(200, issued.clone())).await;
    let api = api(|token| token.ends_with(".first")).await;
    let clients = connect(api.kubeconfig(&Said::of(&provider, &authority, "", SECRET).written())).await;
    assert!(fetch::rollout(&clients, &key()).await.unwrap().is_some());
}

#[tokio::test]
async fn a_provider_that_wants_the_client_in_the_body_is_asked_that_way() {
    let authority = Authority::new("company");
    let issued = format!(r#"{{"id_token":"{}"}}"#, id_token("renewed", 3600));
    let provider = provider(&authority, move |seen, _| match seen.header("authorization") {
        Some(_) => json(401, r#"{"error":"invalid_client"}"#),
        None => json(200, issued.clone()),
    })
    .await;
    let api = api(|token| token.ends_with(".renewed")).await;
    let ended = id_token("given", -1);
    let clients = connect(api.kubeconfig(&Said::of(&provider, &authority, &ended, SECRET).written())).await;
    assert!(fetch::rollout(&clients, &key()).await.unwrap().is_some());
    let bodies: Vec<String> = asked_for_tokens(&provider).into_iter().map(|seen| seen.body).collect();
    let form = "grant_type=refresh_token&refresh_token=refresh%2F1";
    assert_eq!(bodies, [form.to_owned(), format!("{form}&client_id=roll+gate&client_secret=pa%3Ass")]);

    // A public client has no secret, and only a name to give.
    let more = "refresh-token: 'refresh/1'";
    let clients = connect(api.kubeconfig(&Said::of(&provider, &authority, &ended, more).written())).await;
    assert!(fetch::rollout(&clients, &key()).await.unwrap().is_some());
    let asked = asked_for_tokens(&provider);
    assert_eq!(asked.len(), 3);
    assert_eq!(asked[2].body, format!("{form}&client_id=roll+gate"));
}

#[tokio::test]
async fn each_renewal_uses_the_refresh_token_of_the_one_before() {
    let authority = Authority::new("company");
    let provider = provider(&authority, |_, before| {
        // The first ends at once, so that the next question follows as soon as one may be asked.
        let seconds = if before == 0 { 1 } else { 3600 };
        let token = id_token(&format!("renewed-{before}"), seconds);
        json(200, format!(r#"{{"id_token":"{token}","refresh_token":"refresh/{}"}}"#, before + 2))
    })
    .await;
    let api = api(|token| token.contains(".renewed-")).await;
    let said = Said::of(&provider, &authority, "", SECRET).written();
    let clients = connect(api.kubeconfig(&said)).await;
    while asked_for_tokens(&provider).len() < 2 {
        assert!(fetch::rollout(&clients, &key()).await.unwrap().is_some());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let asked = asked_for_tokens(&provider);
    assert!(asked[0].body.ends_with("refresh_token=refresh%2F1"), "{}", asked[0].body);
    assert!(asked[1].body.ends_with("refresh_token=refresh%2F2"), "{}", asked[1].body);
    let used = api.seen().last().unwrap().header("authorization").unwrap().to_owned();
    assert!(used.ends_with(".renewed-1"), "{used}");
    assert_eq!(provider.seen().len(), 3, "where tokens are issued is asked once");
}

#[tokio::test]
async fn a_refused_renewal_says_what_to_do_and_is_not_tried_again_until_the_kubeconfig_is_another() {
    let authority = Authority::new("company");
    let provider = provider(&authority, |_, _| {
        json(400, r#"{"error":"invalid_grant","error_description":"Session not active"}"#)
    })
    .await;
    let api = api(|token| token.ends_with(".anew")).await;
    let ended = id_token("given", -1);
    let said = Said::of(&provider, &authority, &ended, SECRET);
    let clients = connect(api.kubeconfig(&said.written())).await;
    let issuer = format!("{}/realm", provider.url);
    for _ in 0..3 {
        assert_eq!(
            refused(&clients).await,
            format!(
                "the identity provider {issuer} does not renew the login (invalid_grant: Session not active); {ANEW}"
            )
        );
    }
    assert_eq!(asked_for_tokens(&provider).len(), 1);
    assert!(api.seen().is_empty());

    let anew = id_token("anew", 3600);
    api.kubeconfig(&Said::of(&provider, &authority, &anew, SECRET).written());
    clients.log_in_again().await.unwrap();
    assert!(fetch::rollout(&clients, &key()).await.unwrap().is_some());
    assert_eq!(asked_for_tokens(&provider).len(), 1);
}

#[tokio::test]
async fn tokens_that_somebody_puts_into_the_kubeconfig_are_found_without_a_word() {
    let authority = Authority::new("company");
    let provider = provider(&authority, |_, _| json(400, r#"{"error":"invalid_grant"}"#)).await;
    let api = api(|token| token.ends_with(".anew")).await;
    let ended = id_token("given", -1);
    let clients = connect(api.kubeconfig(&Said::of(&provider, &authority, &ended, SECRET).written())).await;
    refused(&clients).await;
    let anew = id_token("anew", 3600);
    api.kubeconfig(&Said::of(&provider, &authority, &anew, SECRET).written());
    // As a watch asks again and again; a refusal is remembered for a quarter of a minute.
    let found = async {
        while fetch::rollout(&clients, &key()).await.is_err() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), found).await.unwrap();
    assert_eq!(asked_for_tokens(&provider).len(), 1);
}

#[tokio::test]
async fn a_login_that_cannot_be_renewed_says_why() {
    let authority = Authority::new("company");
    let counted = AtomicUsize::new(0);
    let answers = ["", "{}", r#"{"id_token":"none"}"#, r#"{"error":"invalid_scope"}"#];
    let provider = provider(&authority, move |_, _| {
        let body = answers[counted.fetch_add(1, Ordering::SeqCst)];
        json(if body.contains("error") { 403 } else { 200 }, body)
    })
    .await;
    let api = api(|_| true).await;
    let (ended, issuer) = (id_token("given", -1), format!("{}/realm", provider.url));
    let public = "refresh-token: 'refresh/1'";
    for said in [
        "issued something that cannot be understood",
        "issued no id_token: log in with the scope openid, or use a credential plugin",
        "issued an id_token that is no JSON Web Token",
        "answered 403 to the question for new tokens (invalid_scope)",
    ] {
        let clients =
            connect(api.kubeconfig(&Said::of(&provider, &authority, &ended, public).written())).await;
        assert_eq!(refused(&clients).await, format!("the identity provider {issuer} {said}"));
    }
    let clients = connect(api.kubeconfig(&Said::of(&provider, &authority, &ended, "").written())).await;
    let none = "the id-token has expired or was refused, and the kubeconfig holds no refresh-token";
    assert_eq!(refused(&clients).await, format!("{none}; {ANEW}"));
    let clients = connect(api.kubeconfig(&Said::of(&provider, &authority, "tok-4711", "").written())).await;
    assert_eq!(
        refused(&clients).await,
        format!("the id-token in the kubeconfig is no JSON Web Token; {ANEW}")
    );
    assert!(api.seen().is_empty());
}

#[tokio::test]
async fn a_provider_that_is_not_trusted_or_not_there_gets_no_token() {
    let authority = Authority::new("company");
    let mut provider = provider(&authority, |_, _| status(500, "Unexpected")).await;
    let api = api(|_| true).await;
    let ended = id_token("given", -1);
    let issuer = format!("{}/realm", provider.url);
    let another = Authority::new("another");
    let clients = connect(api.kubeconfig(&Said::of(&provider, &another, &ended, SECRET).written())).await;
    assert_eq!(
        refused(&clients).await,
        format!(
            "the identity provider {issuer} cannot be reached: its certificate is signed by an authority that is not \
             trusted here (name the right one with idp-certificate-authority in the kubeconfig)"
        )
    );
    assert!(provider.seen().is_empty());

    provider.stop().await;
    let clients = connect(api.kubeconfig(&Said::of(&provider, &authority, &ended, SECRET).written())).await;
    let why = refused(&clients).await;
    assert!(why.starts_with(&format!("the identity provider {issuer} cannot be reached: ")), "{why}");

    // Without TLS anybody on the way could take the refresh token.
    let plain = api.url.clone();
    let said = Said { issuer: &plain, ..Said::of(&provider, &authority, &ended, SECRET) };
    let clients = connect(api.kubeconfig(&said.written())).await;
    assert_eq!(
        refused(&clients).await,
        format!("the identity provider {plain}/realm has an address that is no https URL")
    );
    assert!(api.seen().is_empty());
}
