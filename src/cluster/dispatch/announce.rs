//! Owns the one other write: the Kubernetes Event that tells of an order which the API server accepted.
//!
//! It is of core/v1, about the Rollout, as `kubectl describe` and `kubectl events` list them. It is sent once and never
//! again; it changes nothing but the list of Events. Invariant: it is made only of an [`Announcement`], whose order a
//! person acknowledged together with it.

use http::header::{CONTENT_TYPE, USER_AGENT};
use serde_json::json;

use super::{AUDIT_ID, Dispatcher, agent};
use crate::clock;
use crate::cluster::client::Written;
use crate::cluster::fault::Fault;
use crate::operation::Announcement;
use crate::operation::life::Announced;

/// Names who tells.
const COMPONENT: &str = "rollgate";

impl Dispatcher {
    /// Tells of an accepted order by an Event with the ledger's `head`, once, and says what came of it.
    pub async fn announce(&self, announcement: &Announcement, head: Option<&str>) -> Announced {
        let target = announcement.target();
        let (identity, why) = (self.clients.identity(), "this is another cluster than the order's");
        if target.context != identity.context || target.server != identity.server {
            return Announced::Failed { why: why.into() };
        }
        let request = http::Request::post(format!(
            "/api/v1/namespaces/{}/events?fieldManager={COMPONENT}",
            target.key.namespace
        ))
        .header(CONTENT_TYPE, "application/json")
        .header(AUDIT_ID, format!("{}-event", announcement.id()))
        .header(USER_AGENT, agent(head))
        .body(body(announcement, head).to_string().into());
        match request {
            Ok(request) => {
                let latest = clock::steady().saturating_add(self.longest);
                said(self.clients.write(request, self.longest, latest).await)
            }
            Err(error) => Announced::Failed { why: format!("this is no request: {error}").into() },
        }
    }
}

/// Writes the Event; its times have whole seconds, as those of core/v1 have.
fn body(announcement: &Announcement, head: Option<&str>) -> serde_json::Value {
    let target = announcement.target();
    let at = announcement.at().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    json!({
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": announcement.name(), "namespace": &*target.key.namespace},
        "involvedObject": {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Rollout",
            "namespace": &*target.key.namespace,
            "name": &*target.key.name,
            "uid": &*target.uid,
        },
        "type": "Normal",
        "reason": announcement.reason(),
        "message": announcement.message(head),
        "source": {"component": COMPONENT},
        "reportingComponent": COMPONENT,
        "firstTimestamp": &at,
        "lastTimestamp": &at,
        "count": 1,
    })
}

fn said(written: Result<Written, Fault>) -> Announced {
    let fault = match written {
        Ok(written) if written.status.is_success() => return Announced::Made,
        // The name is the order's own: it is there already.
        Ok(written) if written.status.as_u16() == 409 => return Announced::Made,
        Ok(written) => Fault::of_answer(written.status.as_u16(), &written.body),
        Err(fault) => fault,
    };
    match fault.code() {
        Some(401 | 403) => Announced::NoRight,
        _ => Announced::Failed { why: fault.to_string().into() },
    }
}

#[cfg(test)]
mod tests;
