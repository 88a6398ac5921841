//! Owns how a look asks: a token for each request, a connection of their own, and what earlier looks learned.
//!
//! It never says what to ask. Invariants: no request without a token; what failed in one look is told to the schedule as
//! the worst of it.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http::header::{ACCEPT, CONTENT_TYPE};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::agenda::Outcome;
use super::bucket::Bucket;
use super::known::Known;
use crate::capability::Answer;
use crate::capability::wish::Wish;
use crate::clock::Clock;
use crate::cluster::client::Clients;
use crate::cluster::fault::{Fault, Refusal};

/// What all looks share.
pub(super) struct Eye {
    pub(super) clients: Clients,
    pub(super) clock: Clock,
    bucket: Bucket,
    known: Mutex<Known>,
}

/// One look.
pub(super) struct View<'a> {
    pub(super) eye: &'a Eye,
    outcome: Mutex<Outcome>,
}

impl Eye {
    pub(super) fn new(clients: Clients, clock: Clock) -> Self {
        let bucket = Bucket::new(clock.speed());
        Self { clients, clock, bucket, known: Mutex::default() }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Learns from a wish which namespace is looked at first, and which providers are asked elsewhere.
    pub(super) fn take(&self, wish: &Wish) {
        self.known(|known| {
            known.near = wish.namespaces.first().cloned();
            known.asked = wish.providers.iter().cloned().collect();
        });
    }

    pub(super) fn view(&self) -> View<'_> {
        View { eye: self, outcome: Mutex::new(Outcome::Unasked) }
    }

    /// Reads or changes what earlier looks learned.
    pub(super) fn known<T>(&self, with: impl FnOnce(&mut Known) -> T) -> T {
        with(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl View<'_> {
    /// Reads something.
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Fault> {
        self.ask(Request::get(path).body(Bytes::new())).await
    }

    /// Reads something in another form.
    pub(super) async fn get_as<T: DeserializeOwned>(&self, path: &str, form: &str) -> Result<T, Fault> {
        self.ask(Request::get(path).header(ACCEPT, form).body(Bytes::new())).await
    }

    /// Asks for a review, which is a POST that stores nothing.
    pub(super) async fn review(&self, plural: &str, question: &Value) -> Result<Value, Fault> {
        let path = format!("/apis/authorization.k8s.io/v1/{plural}");
        let request = Request::post(path).header(CONTENT_TYPE, "application/json");
        self.ask(request.body(question.to_string().into())).await
    }

    async fn ask<T: DeserializeOwned>(&self, request: http::Result<Request<Bytes>>) -> Result<T, Fault> {
        let request = request.map_err(|error| Fault::Unsent { why: error.to_string().into() });
        let asked = async {
            let request = request?;
            self.eye.bucket.take().await;
            let answer = self.eye.clients.look(&request).await?;
            serde_json::from_slice(&answer).map_err(|error| Fault::unreadable(&error))
        };
        let answered = asked.await;
        self.note(answered.as_ref().err().map_or(Outcome::Answered, outcome));
        answered
    }

    /// Says what came of all requests of this look.
    pub(super) fn outcome(&self) -> Outcome {
        *self.outcome.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, outcome: Outcome) {
        let mut worst = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        let rank = |outcome: Outcome| match outcome {
            Outcome::Unasked => 0,
            Outcome::Answered => 1,
            Outcome::Failed => 2,
            Outcome::Trouble(_) => 3,
        };
        if rank(outcome) > rank(*worst) {
            *worst = outcome;
        }
    }
}

/// Says what a fault means for looks to come: being refused, and finding nothing, are answers.
fn outcome(fault: &Fault) -> Outcome {
    match fault {
        Fault::Status(Refusal { code: 429 | 500..=599, retry_after, .. }) => Outcome::Trouble(*retry_after),
        Fault::Status(Refusal { code: 403 | 404, .. }) => Outcome::Answered,
        Fault::Status(_) | Fault::Unreadable { .. } => Outcome::Failed,
        Fault::Unsent { .. }
        | Fault::Late { .. }
        | Fault::Credential { .. }
        | Fault::Silent { .. }
        | Fault::Broken { .. } => Outcome::Trouble(None::<Duration>),
    }
}

/// Says in the words of the board what a fault means.
pub(super) fn answer<T>(read: Result<T, Fault>) -> Answer<T> {
    match read {
        Ok(seen) => Answer::Seen(seen),
        Err(fault) => failed(&fault),
    }
}

/// The same, where nothing was read.
pub(super) fn failed<T>(fault: &Fault) -> Answer<T> {
    match fault {
        Fault::Status(Refusal { code: 403, message, .. }) => Answer::Forbidden { why: message.clone() },
        Fault::Status(Refusal { code: 404, message, .. }) => Answer::Missing { why: message.clone() },
        fault => Answer::Failed { why: fault.to_string().into() },
    }
}

/// Tells whether the user was refused.
pub(super) fn is_forbidden<T>(read: &Result<T, Fault>) -> bool {
    read.as_ref().err().and_then(Fault::code) == Some(403)
}
