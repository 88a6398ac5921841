//! Owns who acts where: the context, cluster, user and namespace of this run, as kubectl would choose them.
//!
//! Resolved once from flags, environment and kubeconfig files; a later change of the current context on disk changes
//! nothing here. It never connects. Invariant: an [`Identity`] holds no secret and may be shown and logged.

use std::sync::Arc;

use kube::Config;
use kube::config::AuthInfo;

use crate::config::{Connection, Environment};
use crate::text::Printable;
use files::Files;

mod choice;
mod error;
mod files;
mod material;
mod pod;
mod provider;
mod proxy;
#[cfg(test)]
mod tests;

pub use error::IdentityError;
pub(super) use provider::Provider;

/// Who acts where, pinned for the whole run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Name of the context.
    pub context: Printable,
    /// Name of the cluster in the kubeconfig.
    pub cluster: Printable,
    /// URL of the API server, without user and password.
    pub server: Printable,
    /// Name of the user in the kubeconfig, or whom `--as` names; the server may know them by another name.
    pub user: Printable,
    /// Namespace that is meant where none is named.
    pub namespace: Arc<str>,
    /// How far the connection can be trusted.
    pub transport: Transport,
    /// How the user proves who they are.
    pub login: Login,
}

/// How far the connection can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// TLS, and the server's certificate is verified.
    Verified,
    /// TLS, but anybody may pose as the server (`insecure-skip-tls-verify`).
    Unverified,
    /// No TLS at all.
    Plain,
}

/// How the user proves who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Login {
    /// Not at all.
    Nothing,
    /// By a client certificate.
    Certificate,
    /// By a bearer token.
    Token,
    /// By a name and a password.
    Password,
    /// By a token of an auth provider; its name.
    Provider(Printable),
    /// By a credential plugin, which runs a program on this machine; its command.
    Plugin(Printable),
}

/// An identity with what is needed to connect as it.
pub(super) struct Access {
    pub(super) identity: Identity,
    /// Server, trust and impersonation; certificates but no tokens.
    pub(super) config: Config,
    /// What the tokens are made of.
    pub(super) auth: AuthInfo,
    /// Where they are renewed, for an OIDC login.
    pub(super) provider: Option<Provider>,
    /// Flags with which the same access is found again.
    pub(super) pinned: Connection,
}

/// Resolves who acts where. Reads files, so it may block.
///
/// # Errors
/// One sentence that names the file, the context and what to do.
pub(super) fn resolve(connection: &Connection, environment: &Environment) -> Result<Access, IdentityError> {
    let read = files::read(connection.kubeconfig.as_deref(), environment)?;
    // As kubectl: a pod's service account counts where nothing else says which cluster is meant.
    let pod = environment.pod.as_ref().filter(|_| read.is_none() && connection.server.is_none());
    let files = match (read, pod) {
        (Some(files), _) => files,
        (None, Some(pod)) => pod::files(pod, environment)?,
        (None, None) if connection.server.is_some() => Files::default(),
        (None, None) => {
            return Err(IdentityError::NoKubeconfig { looked: files::default_path(environment) });
        }
    };
    let choice = choice::choose(files, connection)?;
    let mut config = choice.config(environment)?;
    if connection.certificate_authority.is_none() {
        // Kubernetes renews it in the pod's folder while the program runs.
        config.root_cert_file = pod.map(pod::authority);
    }
    let provider = provider::read(&choice.context, &choice.auth, environment)?;
    let identity = Identity {
        context: choice.context.as_str().into(),
        cluster: choice.cluster_name.as_str().into(),
        server: choice.server()?.shown.into(),
        user: shown_user(connection, &choice.auth, &choice.user_name),
        namespace: choice.namespace.as_str().into(),
        transport: choice.transport()?,
        login: login(&choice.auth),
    };
    let pinned = Connection {
        context: choice.in_file.then(|| choice.context.clone()).or_else(|| connection.context.clone()),
        cluster: choice.in_file.then(|| choice.cluster_name.clone()).or_else(|| connection.cluster.clone()),
        user: choice.user_in_file().or_else(|| connection.user.clone()),
        ..connection.clone()
    };
    Ok(Access { identity, config, auth: choice.auth, provider, pinned })
}

fn shown_user(connection: &Connection, auth: &AuthInfo, name: &str) -> Printable {
    let named = connection.impersonate.as_deref().or(auth.impersonate.as_deref()).unwrap_or(name);
    Printable::from_cluster(named)
}

fn login(auth: &AuthInfo) -> Login {
    let plugin = auth.exec.as_ref().map(|exec| exec.command.clone().unwrap_or_default());
    match (&auth.auth_provider, plugin) {
        _ if auth.token.is_some() || auth.token_file.is_some() => Login::Token,
        (Some(provider), _) => Login::Provider(provider.name.as_str().into()),
        (None, Some(command)) => Login::Plugin(command.into()),
        (None, None) if auth.username.is_some() => Login::Password,
        _ if auth.client_certificate.is_some() || auth.client_certificate_data.is_some() => {
            Login::Certificate
        }
        _ => Login::Nothing,
    }
}
