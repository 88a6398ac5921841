//! Owns what a kubeconfig says about an OIDC login (`auth-provider` with the name `oidc`).
//!
//! As client-go's plugin `oidc`: issuer and client must be named; the issuer's certificate authority may be. It never
//! talks to the provider and never shows a token.

use std::collections::HashMap;

use http::Uri;
use kube::config::AuthInfo;
use secrecy::SecretString;

use super::{IdentityError, material, proxy};
use crate::config::Environment;

/// An OIDC login with what is needed to renew it.
pub(in crate::cluster) struct Provider {
    /// URL of the issuer, without a slash at its end.
    pub(in crate::cluster) issuer: String,
    pub(in crate::cluster) client_id: String,
    /// Absent for a public client.
    pub(in crate::cluster) client_secret: Option<SecretString>,
    pub(in crate::cluster) id_token: Option<SecretString>,
    pub(in crate::cluster) refresh_token: Option<SecretString>,
    /// The authority (DER) that signs for the issuer; `None` for the system's.
    pub(in crate::cluster) authority: Option<Vec<Vec<u8>>>,
    context: String,
    environment: Environment,
}

impl Provider {
    /// Returns the proxy on the way to a server of the provider, if any.
    pub(in crate::cluster) fn proxy(&self, server: &Uri) -> Result<Option<Uri>, IdentityError> {
        proxy::choose(&self.context, server, None, &self.environment)
    }
}

/// Reads the login of a user; `None` where it is not of this kind, or a token beats it.
pub(super) fn read(
    context: &str,
    auth: &AuthInfo,
    environment: &Environment,
) -> Result<Option<Provider>, IdentityError> {
    let provider = auth.auth_provider.as_ref().filter(|provider| provider.name == "oidc");
    let Some(provider) = provider.filter(|_| auth.token.is_none() && auth.token_file.is_none()) else {
        return Ok(None);
    };
    let config = &provider.config;
    let secret = |key: &str| said(config, key).map(SecretString::from);
    let needed = |key: &'static str| {
        said(config, key).ok_or_else(|| IdentityError::Credential {
            context: context.to_owned(),
            why: format!("the user's auth-provider oidc names no {key}"),
        })
    };
    Ok(Some(Provider {
        issuer: needed("idp-issuer-url")?.trim_end_matches('/').to_owned(),
        client_id: needed("client-id")?.to_owned(),
        client_secret: secret("client-secret"),
        id_token: secret("id-token"),
        refresh_token: secret("refresh-token"),
        authority: material::authority_of_provider(
            context,
            said(config, "idp-certificate-authority-data"),
            said(config, "idp-certificate-authority"),
        )?,
        context: context.to_owned(),
        environment: environment.clone(),
    }))
}

fn said<'a>(config: &'a HashMap<String, String>, key: &str) -> Option<&'a str> {
    config.get(key).map(String::as_str).filter(|value| !value.is_empty())
}
