//! Owns certificates and keys: read, decoded and looked at before they are used, so that an error can name the file.
//!
//! It never keeps a private key and never quotes what it reads.

use base64::Engine;
use kube::config::{AuthInfo, Cluster};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use secrecy::ExposeSecret;

use super::IdentityError;

/// A certificate or key as a kubeconfig gives it: written out (base64), or as a path. What is written out wins.
struct Source<'a> {
    context: &'a str,
    what: &'static str,
    written: Option<&'a str>,
    path: Option<&'a str>,
}

impl Source<'_> {
    fn wrong(&self, why: impl ToString) -> IdentityError {
        let from = match (self.written, self.path) {
            (None, Some(path)) => format!("in {path}"),
            _ => "written in the kubeconfig".to_owned(),
        };
        IdentityError::Material {
            context: self.context.to_owned(),
            what: self.what,
            from,
            why: why.to_string(),
        }
    }

    fn read(&self) -> Result<Option<Vec<u8>>, IdentityError> {
        let written = self.written.filter(|written| !written.is_empty());
        match (written, self.path.filter(|path| !path.is_empty())) {
            (Some(written), _) => base64::engine::general_purpose::STANDARD
                .decode(written.trim())
                .map(Some)
                .map_err(|_| self.wrong("it is not base64")),
            (None, Some(path)) => std::fs::read(path).map(Some).map_err(|e| self.wrong(e)),
            (None, None) => Ok(None),
        }
    }

    fn certificates(&self) -> Result<Option<Vec<Vec<u8>>>, IdentityError> {
        let Some(pem) = self.read()? else { return Ok(None) };
        let found: Result<Vec<Vec<u8>>, _> = CertificateDer::pem_slice_iter(&pem)
            .map(|found| found.map(|certificate| certificate.to_vec()))
            .collect();
        let found = found.map_err(|_| self.wrong("it is not PEM"))?;
        if found.is_empty() { Err(self.wrong("it holds no certificate in PEM")) } else { Ok(Some(found)) }
    }
}

/// Reads the cluster's certificate authority; `None` where the system's are meant.
pub(super) fn authority(context: &str, cluster: &Cluster) -> Result<Option<Vec<Vec<u8>>>, IdentityError> {
    Source {
        context,
        what: "certificate authority",
        written: cluster.certificate_authority_data.as_deref(),
        path: cluster.certificate_authority.as_deref(),
    }
    .certificates()
}

/// Reads the certificate authority of an identity provider; `None` where the system's are meant.
pub(super) fn authority_of_provider(
    context: &str,
    written: Option<&str>,
    path: Option<&str>,
) -> Result<Option<Vec<Vec<u8>>>, IdentityError> {
    Source { context, what: "certificate authority of the identity provider", written, path }.certificates()
}

/// Looks whether the user's certificate, key and token file can be read.
pub(super) fn check_login(context: &str, auth: &AuthInfo) -> Result<(), IdentityError> {
    let certificate = Source {
        context,
        what: "client certificate",
        written: auth.client_certificate_data.as_deref(),
        path: auth.client_certificate.as_deref(),
    };
    let key = Source {
        context,
        what: "client key",
        written: auth.client_key_data.as_ref().map(ExposeSecret::expose_secret),
        path: auth.client_key.as_deref(),
    };
    match (certificate.certificates()?, key.read()?) {
        (Some(_), None) => return Err(key.wrong("there is none beside the client certificate")),
        (None, Some(_)) => return Err(certificate.wrong("there is none beside the client key")),
        (Some(_), Some(pem)) => {
            PrivateKeyDer::from_pem_slice(&pem).map_err(|_| key.wrong("it holds no private key in PEM"))?;
        }
        (None, None) => {}
    }
    let token = Source { context, what: "token file", written: None, path: auth.token_file.as_deref() };
    if auth.token.is_none() { token.read().map(|_| ()) } else { Ok(()) }
}
