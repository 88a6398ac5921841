//! Owns the making of connections from an access: which there are, and how long each waits.
//!
//! It never sends anything; how bytes travel is [`wire`]'s. Invariant: none of them repeats a request.

use base64::Engine;
use kube::{Client, Config};
use secrecy::ExposeSecret;
use std::time::Duration;

use crate::cluster::credential::{Certificate, Credential};
use crate::cluster::fault::{AUTHORITY, Fault};
use crate::cluster::identity::{Access, IdentityError};
use crate::cluster::tls;
use crate::text::causes::chain;

use super::wire;

/// The connections of one reading of the kubeconfig.
pub(super) struct Lines {
    /// For questions.
    pub(super) unary: Client,
    /// For looks that nobody waits for.
    pub(super) look: Client,
    /// For streams.
    pub(super) watch: Client,
    /// What is put on each request.
    pub(super) credential: Credential,
    /// How often the kubeconfig had been read before.
    pub(super) generation: u64,
    write: Config,
}

impl Lines {
    /// Prepares connections; runs a credential plugin if there is one, but connects to nothing.
    pub(super) async fn new(access: Access, generation: u64) -> Result<Self, IdentityError> {
        let context = access.identity.context.to_string();
        let (credential, issued) = match access.provider {
            Some(provider) => (Credential::of_provider(provider), None),
            None => Credential::new(&access.auth)
                .await
                .map_err(|why| IdentityError::Credential { context: context.clone(), why })?,
        };
        let mut config = access.config;
        if let Some(certificate) = issued {
            present(&mut config, &certificate);
        }
        config.connect_timeout = Some(Duration::from_secs(10));
        config.write_timeout = Some(Duration::from_secs(30));
        let mut unary = config.clone();
        unary.read_timeout = Some(Duration::from_secs(30));
        unary.reset_reader_on_write = true;
        let mut write = config.clone();
        // A write that cannot connect is a definite no, so it should be one well before the write's own deadline.
        write.connect_timeout = Some(Duration::from_secs(5));
        write.write_timeout = Some(Duration::from_secs(10));
        let tls = |error: &kube::Error| IdentityError::Tls {
            context: context.clone(),
            why: tls::told(error, AUTHORITY),
        };
        Ok(Self {
            look: client(unary.clone()).await.map_err(|e| tls(&e))?,
            unary: client(unary).await.map_err(|e| tls(&e))?,
            watch: client(config).await.map_err(|e| tls(&e))?,
            credential,
            generation,
            write,
        })
    }

    /// Makes a client with no connection yet.
    pub(super) async fn fresh(&self) -> Result<Client, Fault> {
        client(self.write.clone()).await.map_err(|error| Fault::Unsent { why: chain(&error).into() })
    }
}

/// Builds a client off the async threads: certificates are read from files, and without a certificate authority the
/// system's are loaded.
async fn client(config: Config) -> Result<Client, kube::Error> {
    match tokio::task::spawn_blocking(move || wire::client(&config)).await {
        Ok(client) => client,
        Err(error) => Err(kube::Error::Service(error.into())),
    }
}

fn present(config: &mut Config, certificate: &Certificate) {
    let encode = |pem: &str| base64::engine::general_purpose::STANDARD.encode(pem);
    config.auth_info.client_certificate_data = Some(encode(&certificate.chain));
    config.auth_info.client_key_data = Some(encode(certificate.key.expose_secret()).into());
}
