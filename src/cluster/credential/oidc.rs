//! Owns the renewal of an OIDC login: an id-token until shortly before its end, then one that the provider issues for
//! the refresh token.
//!
//! As client-go's plugin `oidc`, except that it writes nothing into the kubeconfig. kube's own knows neither a provider
//! with an authority of its own nor a public client. It never quotes a token. Invariant: only https is spoken, and a
//! refresh token that was refused is not sent again.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::Uri;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::sync::Mutex;

use super::plugin::Issued;
use super::{LONGEST, bearer};
use crate::cluster::identity::Provider;
use exchange::{Refused, Style};

mod exchange;

/// How long before its end the kubeconfig's id-token is no longer used (client-go: `expiryDelta`).
const MARGIN: SignedDuration = SignedDuration::from_secs(10);

/// An OIDC login.
pub(super) struct Oidc {
    provider: Provider,
    tokens: Mutex<Tokens>,
}

struct Tokens {
    /// The kubeconfig's id-token, until it has been used once.
    given: Option<SecretString>,
    refresh: Option<SecretString>,
    /// Why there is no refresh token any more, if the provider refused it.
    refused: Option<String>,
    /// Where tokens are issued, once that is known.
    endpoint: Option<Uri>,
    /// How the provider wants the client named, once that is known.
    style: Option<Style>,
}

impl Oidc {
    pub(super) fn new(provider: Provider) -> Self {
        let tokens = Tokens {
            given: provider.id_token.clone(),
            refresh: provider.refresh_token.clone(),
            refused: None,
            endpoint: None,
            style: provider.client_secret.is_none().then_some(Style::InBody),
        };
        Self { provider, tokens: Mutex::new(tokens) }
    }

    /// Returns the kubeconfig's id-token the first time, if it lasts, and afterwards what the provider issues.
    ///
    /// # Errors
    /// Says what the provider said, and what to do.
    pub(super) async fn run(&self) -> Result<Issued, String> {
        let mut tokens = self.tokens.lock().await;
        if let Some(given) = tokens.given.take() {
            match issued(&given) {
                Some(issued) if issued.lasts(MARGIN) => return Ok(issued),
                None if tokens.refresh.is_none() => {
                    let why = "the id-token in the kubeconfig is no JSON Web Token";
                    return Err(format!("{why}; {}", self.by_hand()));
                }
                _ => {}
            }
        }
        match tokio::time::timeout(LONGEST, self.renew(&mut tokens)).await {
            Ok(renewed) => renewed,
            Err(_) => Err(self.says(&format!("did not answer within {} s", LONGEST.as_secs()))),
        }
    }

    /// Tells whether only other tokens in the kubeconfig can help.
    pub(super) async fn spent(&self) -> bool {
        self.tokens.lock().await.refresh.is_none()
    }

    async fn renew(&self, tokens: &mut Tokens) -> Result<Issued, String> {
        let Some(refresh) = tokens.refresh.clone() else {
            let none =
                || "the id-token has expired or was refused, and the kubeconfig holds no refresh-token";
            let why = tokens.refused.clone().unwrap_or_else(|| none().to_owned());
            return Err(format!("{why}; {}", self.by_hand()));
        };
        let endpoint = match &tokens.endpoint {
            Some(known) => known.clone(),
            None => exchange::endpoint(&self.provider).await.map_err(|why| self.says(&why))?,
        };
        tokens.endpoint = Some(endpoint.clone());
        let answered = exchange::tokens(&self.provider, &endpoint, &refresh, &mut tokens.style).await;
        let answered = match answered {
            Ok(answered) => answered,
            Err(Refused::Grant(why)) => {
                let why = self.says(&format!("does not renew the login ({why})"));
                tokens.refresh = None;
                tokens.refused = Some(why.clone());
                return Err(format!("{why}; {}", self.by_hand()));
            }
            Err(Refused::Now(why)) => return Err(self.says(&why)),
        };
        if let Some(next) = answered.refresh_token {
            tokens.refresh = Some(next.into());
        }
        let id_token = answered.id_token.map(SecretString::from).ok_or_else(|| {
            self.says("issued no id_token: log in with the scope openid, or use a credential plugin")
        })?;
        issued(&id_token).ok_or_else(|| self.says("issued an id_token that is no JSON Web Token"))
    }

    fn says(&self, what: &str) -> String {
        format!("the identity provider {} {what}", self.provider.issuer)
    }

    fn by_hand(&self) -> &'static str {
        "log in to the identity provider again, so that the kubeconfig holds new tokens, then try again"
    }
}

#[derive(Deserialize)]
struct Claims {
    /// Seconds since 1970, as an integer or not.
    exp: Option<f64>,
}

/// Reads when an id-token ends; without a word about it, it has ended. Its signature is for the API server to verify.
fn issued(id_token: &SecretString) -> Option<Issued> {
    let token = id_token.expose_secret();
    let mut parts = token.split('.');
    let (payload, 3) = (parts.nth(1)?, token.split('.').count()) else { return None };
    let claims = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    let claims: Claims = serde_json::from_slice(&claims).ok()?;
    // A number that does not fit saturates, which is a time that does not come.
    let ends = Timestamp::from_second(claims.exp.unwrap_or_default() as i64).unwrap_or(Timestamp::MAX);
    Some(Issued { header: Some(bearer(token).ok()?), certificate: None, expires: Some(ends) })
}
