//! Owns the choice of the TLS implementation: rustls with ring.
//!
//! It is the one place to change it. Invariant: exactly one provider is installed in a process, since rustls panics
//! where it must choose between two.

/// Installs the TLS provider for the process; a second call does nothing.
pub fn install() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Losing a race here means that another thread has just installed one, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}
