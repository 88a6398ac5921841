//! Owns when a new token is asked for, of a credential plugin or an identity provider: before the old one ends, when the
//! server refuses it, never in a storm.
//!
//! One question at a time; whoever asks meanwhile waits for it. A failure is remembered for a while, longer each time,
//! and told to all without another run: a plugin may open a browser. Invariant: a token is not used past its end.

use std::time::{Duration, Instant};

use http::HeaderValue;
use jiff::SignedDuration;
use tokio::sync::Mutex;

use super::oidc::Oidc;
use super::{Certificate, Issued, Plugin, Remedy};
use crate::cluster::fault::Fault;

/// How long before its end a token is no longer used.
const MARGIN: SignedDuration = SignedDuration::from_secs(60);

/// How long what was issued is used even if it ends soon: a plugin that issues short tokens is not run in a storm.
const LEAST: Duration = Duration::from_secs(10);

/// How long a first failure is remembered, and how long at most.
const FIRST_PAUSE: Duration = Duration::from_secs(15);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// An issuer of tokens with what it last issued.
pub(in crate::cluster) struct Refreshed {
    issuer: Issuer,
    state: Mutex<State>,
}

/// Whoever issues tokens.
pub(super) enum Issuer {
    /// A credential plugin.
    Plugin(Plugin),
    /// An identity provider.
    Oidc(Box<Oidc>),
}

enum State {
    Unasked,
    Issued(Issued, Instant),
    Failed { why: String, since: Instant, pause: Duration },
}

impl Refreshed {
    pub(super) fn new(issuer: Issuer) -> Self {
        Self { issuer, state: Mutex::new(State::Unasked) }
    }

    /// Returns the header to put on a request; asks the issuer if it must.
    pub(super) async fn header(&self) -> Result<Option<HeaderValue>, Fault> {
        let mut state = self.state.lock().await;
        self.fresh(&mut state).await?;
        match &*state {
            State::Issued(issued, _) => Ok(issued.header.clone()),
            _ => Ok(None),
        }
    }

    /// Returns the certificate that the plugin issues, if it does.
    pub(super) async fn certificate(&self) -> Option<Certificate> {
        let mut state = self.state.lock().await;
        self.fresh(&mut state).await.ok()?;
        match &*state {
            State::Issued(Issued { certificate: Some((chain, key)), .. }, _) => {
                Some(Certificate { chain: chain.clone(), key: key.clone() })
            }
            _ => None,
        }
    }

    /// Drops what was issued if it is what the server refused, unless it has only just been issued.
    pub(super) async fn refused(&self, header: Option<&HeaderValue>) -> Remedy {
        let mut state = self.state.lock().await;
        let State::Issued(issued, at) = &*state else { return Remedy::SendAgain };
        match (issued.header.is_some(), issued.header.as_ref() == header) {
            (true, false) => Remedy::SendAgain,
            _ if at.elapsed() < LEAST => Remedy::Wait,
            (false, _) => Remedy::ReadAgain,
            (true, true) => {
                *state = State::Unasked;
                Remedy::SendAgain
            }
        }
    }

    /// Tells whether to read the kubeconfig again: the certificate that was issued has come to its end, or only other
    /// tokens than those it held can help. After a failure that is so only when it has been remembered for its time.
    pub(super) async fn ended(&self) -> bool {
        let state = self.state.lock().await;
        match (&self.issuer, &*state) {
            (_, State::Issued(issued, at)) => {
                issued.certificate.is_some() && !issued.lasts(MARGIN) && at.elapsed() >= LEAST
            }
            (Issuer::Oidc(oidc), State::Failed { since, pause, .. }) => {
                since.elapsed() >= *pause && oidc.spent().await
            }
            _ => false,
        }
    }

    /// Forgets a failure.
    pub(super) async fn forgive(&self) {
        let mut state = self.state.lock().await;
        if matches!(&*state, State::Failed { .. }) {
            *state = State::Unasked;
        }
    }

    async fn fresh(&self, state: &mut State) -> Result<(), Fault> {
        let last_pause = match &*state {
            State::Issued(issued, at) if at.elapsed() < LEAST || issued.lasts(MARGIN) => return Ok(()),
            State::Failed { why, since, pause } if since.elapsed() < *pause => {
                return Err(Fault::Credential { why: why.as_str().into() });
            }
            State::Failed { pause, .. } => Some(*pause),
            _ => None,
        };
        let issued = match &self.issuer {
            Issuer::Plugin(plugin) => plugin.run().await,
            Issuer::Oidc(oidc) => oidc.run().await,
        };
        match issued {
            Ok(issued) => {
                *state = State::Issued(issued, Instant::now());
                Ok(())
            }
            Err(why) => {
                let pause = last_pause.map_or(FIRST_PAUSE, |last| (last * 2).min(LONGEST_PAUSE));
                *state = State::Failed { why: why.clone(), since: Instant::now(), pause };
                Err(Fault::Credential { why: why.into() })
            }
        }
    }
}
