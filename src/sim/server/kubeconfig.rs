//! How kubectl, and any other client, is told where the embedded cluster is.
//!
//! It owns the one kubeconfig. It never writes a file: who prints or keeps it decides where the token goes.
//! Invariant: it has one context, and that is the current one.

/// The name of the context, of the cluster and of the user in it.
const NAME: &str = "demo";

/// Writes a kubeconfig with one context, `demo`.
pub fn kubeconfig(url: &str, token: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: {NAME}\n\
         clusters:\n- name: {NAME}\n  cluster:\n    server: {url}\n\
         users:\n- name: {NAME}\n  user:\n    token: {token}\n\
         contexts:\n- name: {NAME}\n  context:\n    cluster: {NAME}\n    user: {NAME}\n"
    )
}
