//! Owns the sentences in which an identity cannot be had.
//!
//! Each names the file or the context and what to do; none repeats a line of a kubeconfig, since it may hold a token.

use std::path::PathBuf;

/// Why it cannot be said who acts where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// There is no kubeconfig, and this is no pod.
    #[error("there is no kubeconfig{}: set KUBECONFIG or pass --kubeconfig PATH", at(looked))]
    NoKubeconfig {
        /// Where one was looked for.
        looked: Option<PathBuf>,
    },
    /// A file cannot be read.
    #[error("cannot read the kubeconfig {}: {why}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// In the system's words.
        why: String,
    },
    /// A file is not what it should be. The words of the parser are left out: they quote the file.
    #[error("the kubeconfig {}{} is not valid YAML for a kubeconfig: correct it, or name another with --kubeconfig", path.display(), line.map(|line| format!(", line {line},")).unwrap_or_default())]
    Broken {
        /// The file.
        path: PathBuf,
        /// Line, from 1, where known.
        line: Option<u64>,
    },
    /// Everybody may write a file that names programs to run.
    #[error("the kubeconfig {} can be written by every user of this machine, and it may name programs to run: run chmod o-w {}", path.display(), path.display())]
    Unsafe {
        /// The file.
        path: PathBuf,
    },
    /// No context is chosen.
    #[error("{files} names no current context: pass --context with one of {known}")]
    NoContext {
        /// The files that were read.
        files: String,
        /// Contexts that there are.
        known: String,
    },
    /// The context is not there.
    #[error("there is no context `{name}` in {files}: it has {known}")]
    UnknownContext {
        /// The name that was asked for.
        name: String,
        /// The files that were read.
        files: String,
        /// Contexts that there are.
        known: String,
    },
    /// The context names a cluster or user that is not there.
    #[error(
        "context `{context}` needs the {kind} `{name}`, which is not in {files}: it has {known}; pass --{kind} or mend the context"
    )]
    Unknown {
        /// `cluster` or `user`.
        kind: &'static str,
        /// The name that was asked for.
        name: String,
        /// The context.
        context: String,
        /// The files that were read.
        files: String,
        /// Names that there are.
        known: String,
    },
    /// The server's address is missing or no address.
    #[error(
        "context `{context}`: the server of cluster `{cluster}` {why}: mend it in {files} or pass --server URL"
    )]
    Server {
        /// The context.
        context: String,
        /// The cluster.
        cluster: String,
        /// The files that were read.
        files: String,
        /// What is wrong.
        why: String,
    },
    /// A certificate or key cannot be used.
    #[error("context `{context}`: the {what} {from} cannot be used: {why}")]
    Material {
        /// The context.
        context: String,
        /// `certificate authority`, `client certificate`, `client key` or `token file`.
        what: &'static str,
        /// `in PATH`, or `written in the kubeconfig`.
        from: String,
        /// What is wrong.
        why: String,
    },
    /// The proxy's address is no address.
    #[error(
        "context `{context}`: the proxy from {from} {why}: it must be http://, https:// or socks5://HOST:PORT"
    )]
    Proxy {
        /// The context.
        context: String,
        /// `proxy-url of cluster X`, `HTTPS_PROXY` or `HTTP_PROXY`.
        from: String,
        /// What is wrong.
        why: String,
    },
    /// The credentials cannot be used.
    #[error("context `{context}`: cannot log in: {why}")]
    Credential {
        /// The context.
        context: String,
        /// What is wrong.
        why: String,
    },
    /// TLS cannot be set up.
    #[error("context `{context}`: cannot set up TLS: {why}")]
    Tls {
        /// The context.
        context: String,
        /// What is wrong.
        why: String,
    },
    /// This is a pod, but its service account cannot be used.
    #[error("there is no kubeconfig{}, and this pod's service account cannot be used: {}: {why}: pass --kubeconfig PATH, or let the pod mount its service account (automountServiceAccountToken)", at(looked), path.display())]
    InCluster {
        /// Where a kubeconfig was looked for.
        looked: Option<PathBuf>,
        /// The file of the service account.
        path: PathBuf,
        /// In the system's words.
        why: String,
    },
    /// The kubeconfig now names another server under the same context.
    #[error(
        "context `{context}` now names another server than the one this program was started for: start it again"
    )]
    Moved {
        /// The context.
        context: String,
    },
}

fn at(looked: &Option<PathBuf>) -> String {
    looked.as_ref().map(|path| format!(" at {}", path.display())).unwrap_or_default()
}
