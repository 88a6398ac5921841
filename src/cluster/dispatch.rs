//! Owns the only way out for a write: the bytes that a person acknowledged, once.
//!
//! It never makes, changes, repeats or retries a request, and it cannot be made where the policy allows nothing. What the answer means
//! is said by [`answer`]. Invariants: one call of [`Dispatcher::send`] puts at most one request on the wire; the
//! method, path, content type and body are the acknowledged ones; the server is the one that was shown.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, USER_AGENT};
use jiff::Timestamp;
use serde_json::Value;

use crate::clock;
use crate::operation::{Answer, Dispatch, Policy, Site, SiteKind, Undelivered};
use crate::rollout::delta::Object;
use crate::rollout::parse::{Interner, from_value};
use crate::rollout::{Key, Rollout};

use super::AGENT;
use super::client::Clients;
use super::fault::Fault;
use super::fetch;

mod announce;
mod answer;
#[cfg(test)]
mod tests;

/// How long an answer is waited for. The request itself asks the server to end within 10 s (`timeout=10s`).
const LONGEST: Duration = Duration::from_secs(12);

/// The header by which an API server's audit log names a request; the server keeps what a client sends.
const AUDIT_ID: &str = "audit-id";

/// Sends what was acknowledged.
pub struct Dispatcher {
    clients: Clients,
    policy: Arc<Policy>,
    longest: Duration,
}

impl Dispatcher {
    /// Makes a dispatcher, unless nothing may be written.
    pub fn new(clients: &Clients, policy: &Arc<Policy>) -> Option<Self> {
        if policy.is_read_only() {
            return None;
        }
        Some(Self { clients: clients.clone(), policy: policy.clone(), longest: LONGEST })
    }

    /// Sets another limit for how long an answer is waited for.
    pub fn within(mut self, longest: Duration) -> Self {
        self.longest = longest;
        self
    }

    /// Uses up a leave to send: one request, exactly as acknowledged, and how the server answered. `head` is that of the
    /// ledger with the acknowledgement, where there is one, so that the API server's audit log holds it.
    ///
    /// Nothing is sent, and code 0 is answered, where it is too late, or where the policy has no leave for it, or the context, the server or
    /// the path is not the one that the request was staged for.
    ///
    /// # Errors
    /// Where the request surely did not get there, so that the operation may send it again.
    pub async fn send(
        &self,
        dispatch: Dispatch,
        now: Timestamp,
        head: Option<&str>,
    ) -> Result<Answer, Undelivered> {
        if let Err(why) = self.check(&dispatch, now) {
            return Ok(Answer::Refused { code: 0, why: why.into() });
        }
        let (request, uid) = (dispatch.request(), &dispatch.site().uid);
        let built = http::Request::builder()
            .method(request.method)
            .uri(&request.path)
            .header(CONTENT_TYPE, request.content_type)
            .header(AUDIT_ID, &*dispatch.id().0)
            .header(USER_AGENT, agent(head))
            .body(Bytes::copy_from_slice(request.body.as_bytes()));
        match built {
            Ok(built) => {
                let latest = clock::steady().saturating_add(dispatch.time_left(now));
                answer::of(self.clients.write(built, self.longest, latest).await, uid)
            }
            Err(error) => Ok(Answer::Refused { code: 0, why: format!("this is no request: {error}").into() }),
        }
    }

    /// Reads a Rollout's newest stored state, to resolve a doubt, with the object as it was read; `None` where there is
    /// none.
    ///
    /// # Errors
    /// How the request failed: the doubt then stays.
    pub async fn read(&self, key: &Key) -> Result<Option<(Rollout, Value)>, Fault> {
        let object = fetch::site(&self.clients, SiteKind::Rollout, &key.namespace, &key.name).await?;
        let Some(object) = object else { return Ok(None) };
        match from_value(object.clone(), &mut Interner::new()) {
            Some(Object::Rollout(rollout)) => Ok(Some((*rollout, object))),
            _ => Err(Fault::Unreadable { why: "the answer is not a Rollout".into() }),
        }
    }

    /// Reads the newest stored state of another object than the Rollout; `None` where there is none.
    ///
    /// # Errors
    /// How the request failed: the doubt then stays.
    pub async fn read_site(&self, namespace: &str, site: &Site) -> Result<Option<Value>, Fault> {
        fetch::site(&self.clients, site.kind, namespace, &site.name).await
    }

    /// Reads the Events about the object with this uid, as stored, in no order.
    ///
    /// # Errors
    /// How the request failed; most often they may not be read.
    pub async fn events(&self, namespace: &str, uid: &str) -> Result<Vec<Value>, Fault> {
        fetch::events(&self.clients, namespace, uid).await
    }

    /// Tells whether this is where an order of that context and server was to go.
    pub fn is_at(&self, context: &str, server: &str) -> bool {
        let identity = self.clients.identity();
        context == identity.context.as_str() && server == identity.server.as_str()
    }

    fn check(&self, dispatch: &Dispatch, now: Timestamp) -> Result<(), &'static str> {
        let (identity, target) = (self.clients.identity(), dispatch.target());
        if now > dispatch.not_after() {
            return Err("it was too late to send it");
        }
        if target.context != identity.context || target.server != identity.server {
            return Err("this was staged for another cluster than the one this program is connected to");
        }
        if self.policy.terms(target.context.as_str(), &target.key, dispatch.kind()).is_err() {
            return Err("no rule allows this here");
        }
        if !names(&dispatch.request().path, dispatch.site(), &target.key) {
            return Err("the path of the request is not that of the object it was staged for");
        }
        Ok(())
    }
}

/// Names the program, its version, and the record up to which its ledger can be held to account.
fn agent(head: Option<&str>) -> String {
    head.map_or_else(|| AGENT.to_owned(), |head| format!("{AGENT} head={head}"))
}

/// Tells whether a path is that of `site` in the namespace of the Rollout at `key`; where it is the Rollout, of one of its
/// subresources too.
fn names(path: &str, site: &Site, key: &Key) -> bool {
    let path = path.split('?').next().unwrap_or_default();
    let rest = path.strip_prefix(&site.kind.path(&key.namespace, &site.name));
    if site.kind != SiteKind::Rollout {
        return rest == Some("");
    }
    site.name == key.name && rest.is_some_and(|rest| rest.is_empty() || matches!(rest, "/status" | "/scale"))
}
