//! Owns the two questions to an identity provider: where it issues tokens (OpenID Connect Discovery 1.0 §4), and for new
//! ones (OpenID Connect Core 1.0 §12, RFC 6749 §6).
//!
//! It repeats nothing except, as Go's `oauth2`, to name the client in the other way. It quotes of an answer only what
//! RFC 6749 §5.2 calls the error.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Limited};
use kube::client::{Body, ClientBuilder};
use kube::{Client, Config};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::cluster::AGENT;
use crate::cluster::credential::{redacted, sensitive};
use crate::cluster::identity::Provider;
use crate::cluster::tls;

/// The largest answer of a provider, in bytes.
const LARGEST: usize = 1 << 20;

/// How a client says who it is (RFC 6749 §2.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    InHeader,
    InBody,
}

/// How new tokens were refused; the words follow upon the provider's name.
pub(super) enum Refused {
    /// The refresh token will not do, now or later.
    Grant(String),
    /// Something else is wrong, and may not be later.
    Now(String),
}

/// New tokens.
#[derive(Deserialize)]
pub(super) struct Answered {
    pub(super) id_token: Option<String>,
    pub(super) refresh_token: Option<String>,
}

#[derive(Deserialize)]
struct Discovered {
    token_endpoint: String,
}

#[derive(Default, Deserialize)]
struct Complaint {
    error: String,
    #[serde(default)]
    error_description: String,
}

/// Asks where tokens are issued.
pub(super) async fn endpoint(provider: &Provider) -> Result<Uri, String> {
    let document = url(&format!("{}/.well-known/openid-configuration", provider.issuer))?;
    let (status, answer) = ask(provider, Method::GET, &document, (HeaderMap::new(), String::new())).await?;
    if status != StatusCode::OK {
        return Err(format!("answered {} to the question where it issues tokens", status.as_u16()));
    }
    let found: Discovered =
        serde_json::from_slice(&answer).map_err(|_| "does not say where it issues tokens".to_owned())?;
    url(&found.token_endpoint)
}

/// Asks for new tokens; `style` is learned where it is not known.
pub(super) async fn tokens(
    provider: &Provider,
    endpoint: &Uri,
    refresh: &SecretString,
    style: &mut Option<Style>,
) -> Result<Answered, Refused> {
    let tried: &[Style] = match style {
        Some(Style::InHeader) => &[Style::InHeader],
        Some(Style::InBody) => &[Style::InBody],
        None => &[Style::InHeader, Style::InBody],
    };
    let mut refused = Refused::Now("was not asked".to_owned());
    for way in tried {
        let form = form(provider, refresh, *way);
        let (status, answer) = ask(provider, Method::POST, endpoint, form).await.map_err(Refused::Now)?;
        if status.is_success() {
            *style = Some(*way);
            return serde_json::from_slice(&answer)
                .map_err(|_| Refused::Now("issued something that cannot be understood".to_owned()));
        }
        refused = refusal(status, &answer, refresh);
        if matches!(refused, Refused::Grant(_)) || !status.is_client_error() {
            break;
        }
    }
    Err(refused)
}

fn refusal(status: StatusCode, answer: &[u8], refresh: &SecretString) -> Refused {
    let Complaint { error, error_description } = serde_json::from_slice(answer).unwrap_or_default();
    let description =
        if error_description.is_empty() { String::new() } else { format!(": {error_description}") };
    let words = format!("{error}{description}").replace(refresh.expose_secret(), "(hidden)");
    let words: String = redacted(&words).chars().take(300).collect();
    match error.as_str() {
        "" => Refused::Now(format!("answered {} to the question for new tokens", status.as_u16())),
        "invalid_grant" => Refused::Grant(words),
        _ => Refused::Now(format!("answered {} to the question for new tokens ({words})", status.as_u16())),
    }
}

fn form(provider: &Provider, refresh: &SecretString, style: Style) -> (HeaderMap, String) {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    let (id, secret) = (encoded(&provider.client_id), provider.client_secret.as_ref());
    let secret = secret.map(|secret| encoded(secret.expose_secret()));
    let mut body = format!("grant_type=refresh_token&refresh_token={}", encoded(refresh.expose_secret()));
    match style {
        Style::InBody => {
            body += &format!("&client_id={id}");
            body += &secret.map(|secret| format!("&client_secret={secret}")).unwrap_or_default();
        }
        Style::InHeader => {
            let pair = STANDARD.encode(format!("{id}:{}", secret.unwrap_or_default()));
            // Base64 always fits.
            if let Ok(value) = sensitive(format!("Basic {pair}")) {
                headers.insert(AUTHORIZATION, value);
            }
        }
    }
    (headers, body)
}

/// Encodes as application/x-www-form-urlencoded does.
fn encoded(text: &str) -> String {
    let letter = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'*' => char::from(byte).to_string(),
        b' ' => "+".to_owned(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(letter).collect()
}

fn url(written: &str) -> Result<Uri, String> {
    let url: Option<Uri> = written.parse().ok();
    url.filter(|url| url.scheme_str() == Some("https") && url.host().is_some_and(|host| !host.is_empty()))
        .ok_or_else(|| "has an address that is no https URL".to_owned())
}

async fn ask(
    provider: &Provider,
    method: Method,
    url: &Uri,
    (headers, body): (HeaderMap, String),
) -> Result<(StatusCode, Bytes), String> {
    let client = client(provider, url).await?;
    let path = url.path_and_query().map_or("/", |path| path.as_str());
    let mut request = Request::new(Body::from(body.into_bytes()));
    *request.method_mut() = method;
    *request.uri_mut() = path.parse().map_err(|_| "has an address that is no https URL".to_owned())?;
    *request.headers_mut() = headers;
    request.headers_mut().insert(USER_AGENT, HeaderValue::from_static(AGENT));
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
    let unreached =
        |error: kube::Error| format!("cannot be reached: {}", redacted(&tls::told(&error, AUTHORITY)));
    let response = client.send(request).await.map_err(unreached)?;
    let status = response.status();
    let answer = Limited::new(response.into_body(), LARGEST).collect().await;
    let answer = answer.map_err(|_| "broke off its answer".to_owned())?;
    Ok((status, answer.to_bytes()))
}

/// What in a kubeconfig names the authority of an identity provider.
const AUTHORITY: &str = "idp-certificate-authority in the kubeconfig";

async fn client(provider: &Provider, url: &Uri) -> Result<Client, String> {
    let mut server = Config::new(origin(url)?);
    server.root_cert.clone_from(&provider.authority);
    server.proxy_url = provider.proxy(url).map_err(|error| error.to_string())?;
    server.default_retry = false;
    // Without an authority of its own the system's are loaded, from files.
    let built =
        tokio::task::spawn_blocking(move || ClientBuilder::try_from(server).map(ClientBuilder::build));
    let built = built.await.map_err(|error| error.to_string())?;
    built.map_err(|error| format!("cannot be reached: {}", tls::told(&error, AUTHORITY)))
}

fn origin(url: &Uri) -> Result<Uri, String> {
    let authority = url.authority().map(http::uri::Authority::as_str).unwrap_or_default();
    format!("https://{authority}/").parse().map_err(|_| "has an address that is no https URL".to_owned())
}
