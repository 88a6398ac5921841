//! Owns the choice of the TLS implementation, rustls with ring, and what is said where it distrusts a server.
//!
//! It is the one place to change it. Invariant: exactly one provider is installed in a process, since rustls panics
//! where it must choose between two.

use std::error::Error;
use std::io;

use rustls::{AlertDescription, CertificateError};

use crate::text::causes::chain;

/// Installs the TLS provider for the process; a second call does nothing.
pub fn install() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Losing a race here means that another thread has just installed one, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}

/// Tells an error with its causes; where TLS is at fault, in words that say what to do. `authority` is where the
/// server's certificate authority can be named.
pub(super) fn told(error: &(dyn Error + 'static), authority: &str) -> String {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(said) = of_tls(error).and_then(|error| said(error, authority)) {
            return said;
        }
        cause = error.source();
    }
    chain(error)
}

/// Finds rustls's error, which lies inside of one or more of the system's kind.
fn of_tls<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let mut inside = error;
    while let Some(next) = inside.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        inside = next;
    }
    inside.downcast_ref()
}

fn said(error: &rustls::Error, authority: &str) -> Option<String> {
    match error {
        rustls::Error::InvalidCertificate(why) => Some(match why {
            CertificateError::UnknownIssuer => format!(
                "its certificate is signed by an authority that is not trusted here (name the right one with {authority})"
            ),
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                format!("its certificate is for another name ({why})")
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "its certificate has expired, by the clock of this machine".to_owned()
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "its certificate is not valid yet, by the clock of this machine".to_owned()
            }
            _ => format!("its certificate is not accepted ({why})"),
        }),
        rustls::Error::AlertReceived(alert) => match alert {
            AlertDescription::CertificateRequired => Some("it wants a client certificate".to_owned()),
            AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied => {
                Some(format!("it does not accept the client certificate ({alert:?})"))
            }
            _ => None,
        },
        // Of the verifier that asks the system, where the system names none.
        rustls::Error::General(why) if why.starts_with("No CA certificates") => Some(format!(
            "this machine trusts no certificate authority of its own (name the server's with {authority})"
        )),
        _ => None,
    }
}
