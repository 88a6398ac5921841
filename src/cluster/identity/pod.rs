//! Owns the login of a program that runs in a pod: its service account, told as if a kubeconfig said so.
//!
//! As client-go's `rest.InClusterConfig` and its `inClusterClientConfig`: the address is in the environment, token,
//! authority and namespace in the folder that Kubernetes mounts. Flags and proxies count as for any other context.
//! Invariant: the token itself is not read here, for it changes every hour.

use std::fs::File;
use std::path::PathBuf;

use kube::config::{AuthInfo, Cluster, Context, Kubeconfig, NamedAuthInfo, NamedCluster, NamedContext};

use super::IdentityError;
use super::files::{self, Files};
use crate::config::{Environment, Pod};

/// Name of the context and of its cluster.
const NAME: &str = "in-cluster";

/// Name of the user, until the server says by which name it knows them.
const USER: &str = "service account";

/// Names the file of the certificate authority.
pub(super) fn authority(pod: &Pod) -> PathBuf {
    pod.account.join("ca.crt")
}

/// Tells the service account as a kubeconfig with one context.
pub(super) fn files(pod: &Pod, environment: &Environment) -> Result<Files, IdentityError> {
    let token = pod.account.join("token");
    if let Err(error) = File::open(&token) {
        let looked = files::default_path(environment);
        return Err(IdentityError::InCluster { looked, path: token, why: error.to_string() });
    }
    let cluster = Cluster {
        server: Some(format!("https://{}", address(pod))),
        certificate_authority: Some(authority(pod).to_string_lossy().into_owned()),
        ..Cluster::default()
    };
    let user = AuthInfo { token_file: Some(token.to_string_lossy().into_owned()), ..AuthInfo::default() };
    let context = Context {
        cluster: NAME.to_owned(),
        user: Some(USER.to_owned()),
        namespace: namespace(pod),
        ..Context::default()
    };
    let merged = Kubeconfig {
        clusters: vec![NamedCluster {
            name: NAME.to_owned(),
            cluster: Some(cluster),
            ..NamedCluster::default()
        }],
        auth_infos: vec![NamedAuthInfo {
            name: USER.to_owned(),
            auth_info: Some(user),
            ..NamedAuthInfo::default()
        }],
        contexts: vec![NamedContext {
            name: NAME.to_owned(),
            context: Some(context),
            ..NamedContext::default()
        }],
        current_context: Some(NAME.to_owned()),
        ..Kubeconfig::default()
    };
    Ok(Files { merged, paths: vec![pod.account.clone()] })
}

/// As Go's `net.JoinHostPort`: an IPv6 address stands in brackets.
fn address(pod: &Pod) -> String {
    let (host, port) = (pod.host.as_str(), pod.port.as_str());
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

fn namespace(pod: &Pod) -> Option<String> {
    let mounted = || std::fs::read_to_string(pod.account.join("namespace")).ok();
    pod.namespace.clone().or_else(mounted).map(|read| read.trim().to_owned())
}
