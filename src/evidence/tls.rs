//! Owns whom a service must be, by its certificate, and what is said where it is somebody else.
//!
//! The authorities are the system's, or those of the file that the configuration names, and then only those. It never leaves a
//! certificate unverified.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CertificateError, ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::trouble::Trouble;
use crate::config::services::Endpoint;
use crate::text::causes::chain;

/// Secures a connection.
pub(super) async fn secured(
    stream: TcpStream,
    endpoint: &Endpoint,
    at: &str,
) -> Result<TlsStream<TcpStream>, Trouble> {
    let distrusted = |why: String| Trouble::Distrusted { at: at.to_owned(), why };
    let name = ServerName::try_from(endpoint.host.clone()).map_err(|error| distrusted(error.to_string()))?;
    let authority = endpoint.authority.clone();
    // Certificates are read from files.
    let config = tokio::task::spawn_blocking(move || config(authority.as_deref())).await;
    let config = config.map_err(|error| distrusted(error.to_string()))?.map_err(&distrusted)?;
    let connector = TlsConnector::from(Arc::new(config));
    connector.connect(name, stream).await.map_err(|error| match of_tls(&error) {
        Some(error) => distrusted(said(error)),
        None => Trouble::Broken { at: at.to_owned(), why: error.to_string() },
    })
}

/// Tells what TLS had against it, where that is why an exchange broke: a server may refuse only then.
pub(super) fn of_answer(error: &hyper::Error) -> Option<String> {
    let cause = std::error::Error::source(error)?.downcast_ref::<std::io::Error>()?;
    of_tls(cause).map(said)
}

fn config(authority: Option<&Path>) -> Result<ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| error.to_string())?;
    let Some(path) = authority else {
        let system = builder.with_platform_verifier().map_err(|error| said(&error))?;
        return Ok(system.with_no_client_auth());
    };
    let unusable = |why: String| format!("the ca-file {} cannot be used: {why}", path.display());
    let mut roots = RootCertStore::empty();
    let found = CertificateDer::pem_file_iter(path).map_err(|error| unusable(error.to_string()))?;
    for certificate in found {
        let certificate = certificate.map_err(|error| unusable(error.to_string()))?;
        roots.add(certificate).map_err(|error| unusable(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(unusable("it holds no certificate".to_owned()));
    }
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

fn of_tls(error: &std::io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

fn said(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
            "an authority signed its certificate that is not trusted here; name the right one with ca-file"
                .to_owned()
        }
        rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => "its certificate is for another name".to_owned(),
        rustls::Error::InvalidCertificate(
            CertificateError::Expired | CertificateError::ExpiredContext { .. },
        ) => "its certificate has expired, by the clock of this machine".to_owned(),
        rustls::Error::General(why) if why.starts_with("No CA certificates") => {
            "this machine trusts no authority of its own; name one with ca-file".to_owned()
        }
        rustls::Error::InvalidMessage(_) => "it does not speak TLS".to_owned(),
        other => chain(other),
    }
}
