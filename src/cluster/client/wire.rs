//! Owns how bytes travel to an API server: TCP, proxy, TLS, time limits, decompression, in that order.
//!
//! kube builds the same stack, but over connections on which the system holds a small packet back until the last one is
//! acknowledged (RFC 896). A server that delays its acknowledgement (RFC 1122 §4.2.3.2) then gets the first request of a
//! connection 40 ms late, and each write has a connection of its own. Invariant: nothing here repeats a request.

use base64::Engine;
use http::HeaderValue;
use http::uri::Scheme;
use hyper::rt::{Read, Write};
use hyper_timeout::TimeoutConnector;
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::client::legacy::connect::{Connection, HttpConnector};
use hyper_util::rt::TokioExecutor;
use kube::client::{Body, ConfigExt};
use kube::{Client, Config};
use tower::{Service, ServiceBuilder};
use tower_http::decompression::DecompressionLayer;

use super::timely::{Timely, held};

/// Builds a client with no connection yet.
///
/// # Errors
/// What is wrong with the certificates, or with the proxy's address.
pub(super) fn client(config: &Config) -> Result<Client, kube::Error> {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    let Some(proxy) = &config.proxy_url else { return over(tcp, config) };
    match proxy.scheme().map(Scheme::as_str) {
        Some("socks5") => over(SocksV5::new(proxy.clone(), tcp), config),
        Some("http") => over(tunnel(proxy, tcp), config),
        Some("https") => over(tunnel(proxy, config.rustls_https_connector_with_connector(tcp)?), config),
        _ => Err(kube::Error::ProxyProtocolUnsupported { proxy_url: Box::new(proxy.clone()) }),
    }
}

fn tunnel<C>(proxy: &http::Uri, connector: C) -> Tunnel<C> {
    let tunnel = Tunnel::new(proxy.clone(), connector);
    match credentials(proxy) {
        Some(header) => tunnel.with_auth(header),
        None => tunnel,
    }
}

/// Makes the header of an address with `user:password@` in it (RFC 7617), whose parts are percent-encoded there.
fn credentials(proxy: &http::Uri) -> Option<HeaderValue> {
    let (user, _) = proxy.authority()?.as_str().rsplit_once('@')?;
    let user: Vec<u8> = percent_encoding::percent_decode_str(user).collect();
    let header = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(user));
    let mut header = HeaderValue::try_from(header).ok()?;
    header.set_sensitive(true);
    Some(header)
}

/// Puts TLS, time limits, and what goes onto each request, over a way to connect.
fn over<C>(connector: C, config: &Config) -> Result<Client, kube::Error>
where
    C: Service<http::Uri> + Clone + Send + Sync + 'static,
    C::Response: Connection + Read + Write + Send + Unpin,
    C::Future: Send,
    C::Error: Into<Box<dyn std::error::Error + Send + Sync>> + std::error::Error + Send + Sync,
{
    let tls = config.rustls_https_connector_with_connector(connector)?;
    let mut timed = TimeoutConnector::new(tls);
    timed.set_connect_timeout(config.connect_timeout);
    timed.set_read_timeout(config.read_timeout);
    timed.set_write_timeout(config.write_timeout);
    timed.set_reset_reader_on_write(config.reset_reader_on_write);
    let pool = hyper_util::client::legacy::Builder::new(TokioExecutor::new()).build::<_, Timely<Body>>(timed);
    let decompressed = DecompressionLayer::new().gzip(!config.disable_compression);
    let service = ServiceBuilder::new()
        .layer(config.base_uri_layer())
        .layer(decompressed)
        .option_layer(config.auth_layer()?)
        .layer(config.extra_headers_layer()?)
        .map_err(tower::BoxError::from)
        .map_request(held)
        .service(pool);
    Ok(Client::new(service, config.default_namespace.clone()))
}

#[cfg(test)]
mod tests;
