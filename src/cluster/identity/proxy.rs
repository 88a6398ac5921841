//! Owns through which proxy a cluster is reached.
//!
//! As client-go and Go's `httpproxy`: a cluster's `proxy-url` always counts; else `HTTPS_PROXY` (or `HTTP_PROXY` for
//! a server without TLS), unless `NO_PROXY` names the *cluster's* host. kube 5.0.0 asks `NO_PROXY` about the proxy's
//! own host, so it is decided here. It never shows the proxy's password.

use std::net::IpAddr;

use http::Uri;

use super::IdentityError;
use crate::config::Environment;

/// Returns the proxy for `server`, or `None` to connect directly.
pub(super) fn choose(
    context: &str,
    server: &Uri,
    of_cluster: Option<&str>,
    environment: &Environment,
) -> Result<Option<Uri>, IdentityError> {
    if let Some(written) = of_cluster.filter(|written| !written.is_empty()) {
        return parse(context, "the cluster's proxy-url", written).map(Some);
    }
    let (from, written) = match server.scheme_str() {
        Some("http") => ("HTTP_PROXY", &environment.http_proxy),
        _ => ("HTTPS_PROXY", &environment.https_proxy),
    };
    match written {
        Some(written) if !bypassed(server, environment.no_proxy.as_deref()) => {
            parse(context, from, written).map(Some)
        }
        _ => Ok(None),
    }
}

fn parse(context: &str, from: &str, written: &str) -> Result<Uri, IdentityError> {
    let wrong = |why: &str| IdentityError::Proxy {
        context: context.to_owned(),
        from: from.to_owned(),
        why: why.to_owned(),
    };
    let full = match written.split_once("://") {
        // The name is resolved by the proxy in either case, which is what the `h` asks for.
        Some(("socks5h", rest)) => format!("socks5://{rest}"),
        Some(_) => written.to_owned(),
        None => format!("http://{written}"),
    };
    let uri: Uri = full.parse().map_err(|_| wrong("is no URL"))?;
    match uri.scheme_str() {
        Some("http" | "https" | "socks5") if uri.host().is_some_and(|host| !host.is_empty()) => Ok(uri),
        _ => Err(wrong("is of a kind that cannot be used")),
    }
}

/// Tells whether `server` is to be reached directly.
fn bypassed(server: &Uri, no_proxy: Option<&str>) -> bool {
    let host = server.host().unwrap_or_default().trim_matches(['[', ']']).to_ascii_lowercase();
    let address: Option<IpAddr> = host.parse().ok();
    if host == "localhost" || address.is_some_and(|address| address.is_loopback()) {
        return true;
    }
    let port = server.port_u16().unwrap_or(if server.scheme_str() == Some("http") { 80 } else { 443 });
    let mut entries =
        no_proxy.unwrap_or_default().split(',').map(str::trim).filter(|entry| !entry.is_empty());
    entries.any(|entry| matches(&entry.to_ascii_lowercase(), &host, address, port))
}

fn matches(entry: &str, host: &str, address: Option<IpAddr>, port: u16) -> bool {
    if entry == "*" {
        return true;
    }
    if let Some((network, bits)) = entry.split_once('/') {
        return match (address, network.parse(), bits.parse()) {
            (Some(address), Ok(network), Ok(bits)) => within(address, network, bits),
            _ => false,
        };
    }
    if let Ok(exact) = entry.trim_matches(['[', ']']).parse::<IpAddr>() {
        return address == Some(exact);
    }
    let (name, wanted) = match entry.rsplit_once(':') {
        Some((name, digits)) => match digits.parse::<u16>() {
            Ok(wanted) => (name, Some(wanted)),
            Err(_) => return false,
        },
        None => (entry, None),
    };
    if wanted.is_some_and(|wanted| wanted != port) {
        return false;
    }
    if let Ok(exact) = name.trim_matches(['[', ']']).parse::<IpAddr>() {
        return address == Some(exact);
    }
    let name = name.strip_prefix('*').unwrap_or(name);
    match name.strip_prefix('.') {
        Some(domain) => host.strip_suffix(domain).is_some_and(|left| left.ends_with('.')),
        None => host == name || host.strip_suffix(name).is_some_and(|left| left.ends_with('.')),
    }
}

/// Tells whether `address` lies in the network of which the first `bits` are given.
fn within(address: IpAddr, network: IpAddr, bits: u32) -> bool {
    let (a, n, width) = match (address, network) {
        (IpAddr::V4(a), IpAddr::V4(n)) => (u128::from(a.to_bits()), u128::from(n.to_bits()), 32),
        (IpAddr::V6(a), IpAddr::V6(n)) => (a.to_bits(), n.to_bits(), 128),
        _ => return false,
    };
    bits <= width && (bits == 0 || a >> (width - bits) == n >> (width - bits))
}
