//! Owns how a cluster is reached: kubectl's connection flags, as plain values.
//!
//! It never reads a kubeconfig and never connects: `cluster::identity` resolves it. Invariant: the token is never
//! shown, not even by `Debug`.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

/// kubectl's connection flags.
#[derive(Clone, Debug, Default)]
pub struct Connection {
    /// `--kubeconfig`: the only file that is read.
    pub kubeconfig: Option<PathBuf>,
    /// `--context`.
    pub context: Option<String>,
    /// `--cluster`.
    pub cluster: Option<String>,
    /// `--user`.
    pub user: Option<String>,
    /// `-n`, once or more; empty for the context's own namespace.
    pub namespaces: Vec<String>,
    /// `-A`: all namespaces.
    pub all_namespaces: bool,
    /// `--as`.
    pub impersonate: Option<String>,
    /// `--as-group`, once or more.
    pub impersonate_groups: Vec<String>,
    /// `--as-uid`.
    pub impersonate_uid: Option<String>,
    /// `--token`.
    pub token: Option<SecretString>,
    /// `--server`.
    pub server: Option<String>,
    /// `--request-timeout`, for one-shot requests; `None` for the program's own limits.
    pub request_timeout: Option<Duration>,
    /// `--insecure-skip-tls-verify`.
    pub insecure_skip_tls_verify: bool,
    /// `--certificate-authority`.
    pub certificate_authority: Option<PathBuf>,
    /// `--tls-server-name`.
    pub tls_server_name: Option<String>,
}

/// Reads kubectl's `--request-timeout`: `0` for none, else numbers with units (`90s`, `1m30s`, `500ms`).
///
/// # Errors
/// Says how a duration is written, in one sentence.
pub fn request_timeout(written: &str) -> Result<Option<Duration>, String> {
    let wrong =
        || format!("`{written}` is not a duration: write for example 30s, 2m or 1m30s, or 0 for no limit");
    if written == "0" {
        return Ok(None);
    }
    let mut rest = written;
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let unit_at = rest.find(|c: char| !c.is_ascii_digit()).filter(|at| *at > 0).ok_or_else(wrong)?;
        let (number, tail) = rest.split_at(unit_at);
        let unit_ends = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_ends);
        let number: u64 = number.parse().map_err(|_| wrong())?;
        let millis = match unit {
            "ms" => Some(number),
            "s" => number.checked_mul(1000),
            "m" => number.checked_mul(60_000),
            "h" => number.checked_mul(3_600_000),
            _ => None,
        };
        total = total.checked_add(Duration::from_millis(millis.ok_or_else(wrong)?)).ok_or_else(wrong)?;
        rest = tail;
    }
    if written.is_empty() { Err(wrong()) } else { Ok((!total.is_zero()).then_some(total)) }
}
