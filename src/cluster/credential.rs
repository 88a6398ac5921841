//! Owns the proof of who the user is: what is put on each request so that the server knows them.
//!
//! One credential is shared by all connections, so that a token is fetched and refreshed once. Token files are read
//! here, OIDC logins renewed, and plugins run, never interactive and with a limit; other auth providers are kube's.
//! It never stores, logs or shows a token. Invariant: every header it makes is marked sensitive.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use futures::future::{Ready, ready};
use http::header::{AUTHORIZATION, InvalidHeaderValue};
use http::{HeaderValue, Request, Response};
use kube::Config;
use kube::client::{Body, ConfigExt};
use kube::config::AuthInfo;
use secrecy::ExposeSecret;
use tower::util::BoxCloneService;
use tower::{BoxError, Layer, ServiceExt, service_fn};

use super::fault::Fault;
use super::identity::Provider;
use crate::text::causes::chain;
use file::TokenFile;
use oidc::Oidc;
use plugin::{Issued, Plugin};

mod file;
mod oidc;
mod plugin;
mod refresh;
#[cfg(test)]
mod tests;

use refresh::{Issuer, Refreshed};

/// How long the refresh of a token may take.
const LONGEST: Duration = Duration::from_secs(30);

/// What is put on each request.
#[derive(Clone)]
pub(super) enum Credential {
    /// Nothing: a client certificate, or nobody.
    Nothing,
    /// A token or a password of the kubeconfig.
    Fixed(HeaderValue),
    /// What kube makes of an auth provider.
    Kube(Arc<Mutex<Signer>>),
    /// What a file holds.
    File(Arc<TokenFile>),
    /// What a credential plugin or an identity provider issued.
    Issued(Arc<Refreshed>),
}

/// A service that answers each request with the credentials that were put on it.
type Signer = BoxCloneService<Request<Body>, Response<Signature>, BoxError>;

/// An `Authorization` header, if any.
type Signature = Option<HeaderValue>;

/// What may help against a server that refuses the credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Remedy {
    /// To read the kubeconfig again.
    ReadAgain,
    /// To send again: another token is at hand.
    SendAgain,
    /// Only time: the plugin has just been asked.
    Wait,
}

/// A client certificate that a plugin issued, with its key, in PEM.
pub(super) struct Certificate {
    pub(super) chain: String,
    pub(super) key: secrecy::SecretString,
}

impl Credential {
    /// Makes the credential of a user; runs the plugin, if there is one, to learn whether it issues a certificate.
    ///
    /// A plugin that fails does not fail here: each request tells of it, and it is tried again.
    pub(super) async fn new(auth: &AuthInfo) -> Result<(Self, Option<Certificate>), String> {
        if let (Some(exec), None, None) = (&auth.exec, &auth.token, &auth.token_file) {
            let refreshed = Arc::new(Refreshed::new(Issuer::Plugin(Plugin::new(exec)?)));
            let certificate = refreshed.certificate().await;
            return Ok((Self::Issued(refreshed), certificate));
        }
        if let (Some(path), None) = (&auth.token_file, &auth.token) {
            return Ok((Self::File(Arc::new(TokenFile::new(path.into()))), None));
        }
        if let Some(fixed) = fixed(auth)? {
            return Ok((Self::Fixed(fixed), None));
        }
        if auth.auth_provider.is_none() {
            return Ok((Self::Nothing, None));
        }
        let mut config = Config::new(http::Uri::from_static("http://localhost"));
        config.auth_info = auth.clone();
        // kube may read files or run a command here (legacy `gcp` provider).
        let layer =
            tokio::task::spawn_blocking(move || config.auth_layer()).await.map_err(|e| e.to_string())?;
        let Some(layer) = layer.map_err(|e| redacted(&chain(&e)))? else { return Ok((Self::Nothing, None)) };
        let echo = service_fn(|request: Request<Body>| -> Ready<Result<Response<Signature>, BoxError>> {
            ready(Ok(Response::new(request.headers().get(AUTHORIZATION).cloned())))
        });
        Ok((Self::Kube(Arc::new(Mutex::new(BoxCloneService::new(layer.layer(echo))))), None))
    }

    /// Makes the credential of an OIDC login; the provider is asked when its first token is needed.
    pub(super) fn of_provider(provider: Provider) -> Self {
        Self::Issued(Arc::new(Refreshed::new(Issuer::Oidc(Box::new(Oidc::new(provider))))))
    }

    /// Returns the header to put on a request, if any.
    pub(super) async fn header(&self) -> Result<Option<HeaderValue>, Fault> {
        match self {
            Self::Nothing => Ok(None),
            Self::Fixed(header) => Ok(Some(header.clone())),
            Self::Issued(refreshed) => refreshed.header().await,
            Self::File(file) => file.header().await.map(Some),
            Self::Kube(signer) => {
                let signer =
                    signer.lock().map_err(|_| refused("the credentials are in an unknown state"))?.clone();
                let signed = tokio::time::timeout(LONGEST, signer.oneshot(Request::new(Body::empty()))).await;
                let signed =
                    signed.map_err(|_| refused("the identity provider did not answer within 30 s"))?;
                let signed = signed.map_err(|error| refused(&redacted(&chain(error.as_ref()))))?;
                Ok(signed.into_body())
            }
        }
    }

    /// Takes note that the server refused `header`, and tells what may help.
    pub(super) async fn refused(&self, header: Option<&HeaderValue>) -> Remedy {
        match self {
            Self::Issued(refreshed) => refreshed.refused(header).await,
            Self::File(file) => file.refused(header).await,
            _ => Remedy::ReadAgain,
        }
    }

    /// Tells whether what was made of the kubeconfig has come to its end, so that it is to be read again.
    pub(super) async fn ended(&self) -> bool {
        match self {
            Self::Issued(refreshed) => refreshed.ended().await,
            _ => false,
        }
    }

    /// Forgets that an issuer failed, so that it is asked at once.
    pub(super) async fn forgive(&self) {
        if let Self::Issued(refreshed) = self {
            refreshed.forgive().await;
        }
    }
}

/// Makes the header of a token or a password that the kubeconfig itself holds. kube panics where they fit no header.
fn fixed(auth: &AuthInfo) -> Result<Option<HeaderValue>, String> {
    let made = match (&auth.token, &auth.username, &auth.password) {
        (Some(token), _, _) => bearer(token.expose_secret()),
        (None, Some(name), Some(password)) => {
            let pair = format!("{name}:{}", password.expose_secret());
            sensitive(format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair)))
        }
        _ => return Ok(None),
    };
    made.map(Some).map_err(|_| "the token holds characters that no token has; write it anew".to_owned())
}

/// Makes the header of a bearer token.
fn bearer(token: &str) -> Result<HeaderValue, InvalidHeaderValue> {
    sensitive(format!("Bearer {token}"))
}

fn sensitive(text: String) -> Result<HeaderValue, InvalidHeaderValue> {
    let mut value = HeaderValue::try_from(text)?;
    value.set_sensitive(true);
    Ok(value)
}

fn refused(why: &str) -> Fault {
    Fault::Credential { why: why.into() }
}

/// Takes out of text what looks like a secret: JSON Web Tokens, what follows `Bearer`, and very long words.
pub(super) fn redacted(text: &str) -> String {
    let mut after_bearer = false;
    let words = text.split_whitespace().map(|word| {
        let bare = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        let token = std::mem::replace(&mut after_bearer, bare.eq_ignore_ascii_case("bearer"));
        let jwt = bare.contains("eyJ") && bare.len() > 20;
        let long = bare.len() > 80 && !bare.contains("://") && !bare.contains('/');
        if token || jwt || long { "(hidden)" } else { word }
    });
    words.collect::<Vec<_>>().join(" ")
}
