//! Owns what one source has told: its contact, and that bytes arrive.
//!
//! It never tells the same contact twice in a row, except a retry with its new time. Invariant: deltas leave in the
//! order in which they are told.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};

use super::super::{Pulse, Shared};
use crate::clock::Clock;
use crate::rollout::delta::{Contact, Delta, Source};

/// Nobody listens any more.
pub(in crate::cluster::watch) struct Deaf;

/// The way from one source to whoever listens.
pub(in crate::cluster::watch) struct Line {
    deltas: mpsc::Sender<Delta>,
    pulse: Arc<Pulse>,
    source: Source,
    hint: Option<&'static str>,
    contact: Option<Contact>,
    every: Duration,
    clock: Clock,
    heard: Option<Instant>,
    listed: watch::Sender<bool>,
}

impl Line {
    pub(in crate::cluster::watch) fn new(
        shared: &Shared,
        source: Source,
        hint: Option<&'static str>,
    ) -> Self {
        Self {
            deltas: shared.deltas.clone(),
            pulse: Arc::clone(&shared.pulse),
            source,
            hint,
            contact: None,
            every: shared.pace.heard,
            clock: shared.pace.clock,
            heard: None,
            listed: watch::Sender::new(false),
        }
    }

    /// Returns the source.
    pub(super) fn source(&self) -> &Source {
        &self.source
    }

    /// Returns what is added to a refusal.
    pub(super) fn hint(&self) -> Option<&'static str> {
        self.hint
    }

    /// Tells whether nothing has been told yet.
    pub(super) fn is_new(&self) -> bool {
        self.contact.is_none()
    }

    /// Tells a delta; waits while the listener is behind.
    pub(super) async fn tell(&self, delta: Delta) -> Result<(), Deaf> {
        self.deltas.send(delta).await.map_err(|_| Deaf)
    }

    /// Tells how the source stands with its server, if that has changed.
    pub(super) async fn contact(&mut self, contact: Contact) -> Result<(), Deaf> {
        if self.contact.as_ref() == Some(&contact) {
            return Ok(());
        }
        self.contact = Some(contact.clone());
        self.tell(Delta::Contact(self.source.clone(), contact, self.clock.now())).await
    }

    /// Notes that bytes have come, and tells so from time to time.
    pub(super) async fn heard(&mut self) -> Result<(), Deaf> {
        self.pulse.beat();
        if self.heard.is_some_and(|at| at.elapsed() < self.every) {
            return Ok(());
        }
        self.heard = Some(Instant::now());
        self.tell(Delta::Heard(self.source.clone(), self.clock.now())).await
    }

    /// Tells that a list begins.
    pub(super) async fn begin(&mut self, about: Option<usize>) -> Result<(), Deaf> {
        self.tell(Delta::Begin(self.source.clone())).await?;
        self.contact(Contact::Syncing { about }).await
    }

    /// Tells that a list is complete.
    pub(super) async fn done(&mut self) -> Result<(), Deaf> {
        self.tell(Delta::Done(self.source.clone())).await?;
        self.listed.send_replace(true);
        Ok(())
    }

    /// Returns whether a list was ever complete, as it will become known.
    pub(super) fn listed(&self) -> watch::Receiver<bool> {
        self.listed.subscribe()
    }
}
