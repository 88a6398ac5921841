//! Owns which context, cluster and user are meant, with the flags laid over them.
//!
//! As client-go's `DirectClientConfig`: a flag beats the kubeconfig; `--token` beats every other login. It never
//! reads the environment except through its argument, and never guesses a missing name.

use http::Uri;
use kube::Config;
use kube::config::{AuthInfo, Cluster, Context};

use super::files::Files;
use super::{IdentityError, Transport, material, proxy};
use crate::config::{Connection, Environment};

/// A context with its cluster and user, after the flags.
pub(super) struct Choice {
    pub(super) context: String,
    pub(super) namespace: String,
    pub(super) cluster_name: String,
    pub(super) user_name: String,
    pub(super) auth: AuthInfo,
    /// Whether the context is one of the files'.
    pub(super) in_file: bool,
    cluster: Cluster,
    files: String,
}

mod shown;

/// The server's address, to use and to show: what is shown is recorded too, so that there are no secrets in it.
pub(super) struct Server {
    pub(super) url: Uri,
    pub(super) shown: String,
}

/// Chooses as the flags and the current context say.
pub(super) fn choose(files: Files, flags: &Connection) -> Result<Choice, IdentityError> {
    let named = flags.context.clone().or_else(|| files.merged.current_context.clone());
    let context = context(&files, named.as_deref(), flags)?;
    let name = named.clone().unwrap_or_else(|| "(no context)".to_owned());
    let cluster_name = flags.cluster.clone().unwrap_or_else(|| context.cluster.clone());
    let user_name = flags.user.clone().or(context.user).unwrap_or_default();
    let missing = |kind: &'static str, wanted: &str, known: String| IdentityError::Unknown {
        kind,
        name: wanted.to_owned(),
        context: name.clone(),
        files: files.shown(),
        known,
    };
    let (clusters, users) = (&files.merged.clusters, &files.merged.auth_infos);
    let cluster = match clusters.iter().find(|entry| entry.name == cluster_name) {
        Some(entry) => entry.cluster.clone().unwrap_or_default(),
        None if flags.server.is_some() && flags.cluster.is_none() => Cluster::default(),
        None => {
            return Err(missing("cluster", &cluster_name, list(clusters.iter().map(|c| c.name.as_str()))));
        }
    };
    let auth = match users.iter().find(|entry| entry.name == user_name) {
        Some(entry) => entry.auth_info.clone().unwrap_or_default(),
        None if user_name.is_empty() => AuthInfo::default(),
        None => return Err(missing("user", &user_name, list(users.iter().map(|u| u.name.as_str())))),
    };
    let in_context = context.namespace.filter(|namespace| !namespace.is_empty());
    let namespace = flags.namespaces.first().cloned().or(in_context).unwrap_or_else(|| "default".to_owned());
    let (in_file, files) = (named.is_some(), files.shown());
    let mut choice =
        Choice { context: name, namespace, cluster_name, user_name, auth, in_file, cluster, files };
    choice.overlay(flags);
    Ok(choice)
}

/// Finds the context that is meant; without one, a server or cluster given by flag will do.
fn context(files: &Files, named: Option<&str>, flags: &Connection) -> Result<Context, IdentityError> {
    let contexts = &files.merged.contexts;
    let known = || list(contexts.iter().map(|context| context.name.as_str()));
    match named {
        Some(name) => {
            let found = contexts.iter().find(|context| context.name == name);
            found.and_then(|found| found.context.clone()).ok_or_else(|| IdentityError::UnknownContext {
                name: name.to_owned(),
                files: files.shown(),
                known: known(),
            })
        }
        None if flags.server.is_some() || flags.cluster.is_some() => Ok(Context::default()),
        None => Err(IdentityError::NoContext { files: files.shown(), known: known() }),
    }
}

/// Lists names for an error: the first ten.
fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut names: Vec<&str> = names.collect();
    let more = names.len().saturating_sub(10);
    names.truncate(10);
    match (names.is_empty(), more) {
        (true, _) => "none".to_owned(),
        (false, 0) => names.join(", "),
        (false, more) => format!("{} and {more} more", names.join(", ")),
    }
}

impl Choice {
    fn overlay(&mut self, flags: &Connection) {
        let cluster = &mut self.cluster;
        if let Some(server) = &flags.server {
            cluster.server = Some(server.clone());
        }
        if let Some(name) = &flags.tls_server_name {
            cluster.tls_server_name = Some(name.clone());
        }
        if let Some(path) = &flags.certificate_authority {
            cluster.certificate_authority = Some(path.to_string_lossy().into_owned());
            cluster.certificate_authority_data = None;
        }
        if flags.insecure_skip_tls_verify {
            cluster.insecure_skip_tls_verify = Some(true);
        }
        if let Some(token) = &flags.token {
            let certificates = AuthInfo {
                client_certificate: self.auth.client_certificate.take(),
                client_certificate_data: self.auth.client_certificate_data.take(),
                client_key: self.auth.client_key.take(),
                client_key_data: self.auth.client_key_data.take(),
                ..impersonation(&self.auth)
            };
            self.auth = AuthInfo { token: Some(token.clone()), ..certificates };
        }
        impersonate(&mut self.auth, flags);
        if let Some(exec) = self.auth.exec.as_mut().filter(|exec| exec.provide_cluster_info) {
            exec.cluster = (&self.cluster).try_into().ok();
        }
    }

    /// Returns the user's name where a kubeconfig has it.
    pub(super) fn user_in_file(&self) -> Option<String> {
        Some(self.user_name.clone()).filter(|name| !name.is_empty())
    }

    /// Returns the server's address.
    pub(super) fn server(&self) -> Result<Server, IdentityError> {
        let wrong = |why: String| IdentityError::Server {
            context: self.context.clone(),
            cluster: self.cluster_name.clone(),
            files: self.files.clone(),
            why,
        };
        let written = self.cluster.server.clone().filter(|server| !server.is_empty());
        let written = written.ok_or_else(|| wrong("is not given".to_owned()))?;
        let with_scheme = if written.contains("://") { written } else { self.with_scheme(&written) };
        let url: Uri = with_scheme.parse().map_err(|e| wrong(format!("is no URL ({e})")))?;
        let scheme = url.scheme_str().unwrap_or_default();
        let (Some(authority), true) = (url.authority(), matches!(scheme, "http" | "https")) else {
            return Err(wrong("is no http or https URL".to_owned()));
        };
        let host = authority.as_str().rsplit('@').next().unwrap_or_default();
        let shown = format!("{scheme}://{host}{}", shown::path(url.path().trim_end_matches('/')));
        Ok(Server { url, shown })
    }

    /// As client-go's `DefaultServerURL`: https where there is anything to do with TLS, else http.
    fn with_scheme(&self, written: &str) -> String {
        let cluster = &self.cluster;
        let tls = cluster.certificate_authority.is_some()
            || cluster.certificate_authority_data.is_some()
            || cluster.insecure_skip_tls_verify == Some(true)
            || self.auth.client_certificate.is_some()
            || self.auth.client_certificate_data.is_some();
        format!("{}://{written}", if tls { "https" } else { "http" })
    }

    /// Returns how far the connection can be trusted.
    pub(super) fn transport(&self) -> Result<Transport, IdentityError> {
        let plain = self.server()?.url.scheme_str() == Some("http");
        Ok(match (plain, self.cluster.insecure_skip_tls_verify == Some(true)) {
            (true, _) => Transport::Plain,
            (false, true) => Transport::Unverified,
            (false, false) => Transport::Verified,
        })
    }

    /// Tells whether any certificate will be verified: the server's, or that of the proxy before it.
    fn verifies(&self, proxy: Option<&Uri>) -> Result<bool, IdentityError> {
        Ok(match self.transport()? {
            Transport::Verified => true,
            Transport::Unverified => false,
            Transport::Plain => proxy.is_some_and(|proxy| proxy.scheme_str() == Some("https")),
        })
    }

    /// Makes what kube needs to connect, without tokens.
    pub(super) fn config(&self, environment: &Environment) -> Result<Config, IdentityError> {
        let server = self.server()?;
        let cluster = &self.cluster;
        let mut config = Config::new(server.url.clone());
        config.default_namespace.clone_from(&self.namespace);
        config.accept_invalid_certs = cluster.insecure_skip_tls_verify == Some(true);
        config.disable_compression = cluster.disable_compression == Some(true);
        config.tls_server_name = cluster.tls_server_name.clone().filter(|name| !name.is_empty());
        config.proxy_url =
            proxy::choose(&self.context, &server.url, cluster.proxy_url.as_deref(), environment)?;
        config.root_cert = material::authority(&self.context, cluster)?;
        if config.root_cert.is_none() && !self.verifies(config.proxy_url.as_ref())? {
            // None at all, instead of the system's, which kube would insist on: a small image has none.
            config.root_cert = Some(Vec::new());
        }
        material::check_login(&self.context, &self.auth)?;
        config.auth_info = without_tokens(&self.auth);
        Ok(config)
    }
}

/// Lays `--as`, `--as-group` and `--as-uid` over a user.
fn impersonate(auth: &mut AuthInfo, flags: &Connection) {
    if let Some(name) = &flags.impersonate {
        auth.impersonate = Some(name.clone());
    }
    if !flags.impersonate_groups.is_empty() {
        auth.impersonate_groups = Some(flags.impersonate_groups.clone());
    }
    if let Some(uid) = &flags.impersonate_uid {
        auth.impersonate_uid = Some(uid.clone());
    }
}

/// Keeps of a user only whom they act as.
fn impersonation(auth: &AuthInfo) -> AuthInfo {
    AuthInfo {
        impersonate: auth.impersonate.clone(),
        impersonate_uid: auth.impersonate_uid.clone(),
        impersonate_groups: auth.impersonate_groups.clone(),
        impersonate_user_extra: auth.impersonate_user_extra.clone(),
        ..AuthInfo::default()
    }
}

/// Keeps of a user what belongs to the connection: client certificate and impersonation. Tokens are put on each
/// request by the one shared credential, so that three clients do not refresh them three times.
fn without_tokens(auth: &AuthInfo) -> AuthInfo {
    AuthInfo {
        client_certificate: auth.client_certificate.clone(),
        client_certificate_data: auth.client_certificate_data.clone(),
        client_key: auth.client_key.clone(),
        client_key_data: auth.client_key_data.clone(),
        ..impersonation(auth)
    }
}
