//! Owns what an answer to a write means: done, a definite no, or a doubt.
//!
//! After reliability.md's outcome classes: a connection that was never made and most 4xx are a definite no; whatever
//! leaves it open whether the server acted is a doubt, 504 above all (a server goes on after it has answered 504). Where
//! the request surely did not get there, that is no answer at all, but [`Undelivered`]. It never decides what to do about a doubt. Invariant: no 2xx counts unless it shows the object that was meant.

use jiff::SignedDuration;
use serde::Deserialize;

use crate::cluster::client::Written;
use crate::cluster::fault::{Fault, Refusal};
use crate::operation::{Answer, Undelivered};
use crate::text::Printable;

#[derive(Deserialize)]
struct Stored {
    metadata: Metadata,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    #[serde(default)]
    uid: String,
    #[serde(default)]
    resource_version: String,
}

/// Says what the answer to a write on the object with this uid means.
///
/// # Errors
/// Where the request did not get there: no connection was made, or an API server asked for it later.
pub(super) fn of(written: Result<Written, Fault>, uid: &str) -> Result<Answer, Undelivered> {
    match written {
        Ok(written) if written.status.is_success() => Ok(success(&written, uid)),
        Ok(written) => {
            let fault = Fault::of_answer(written.status.as_u16(), &written.body);
            match later(&written, &fault) {
                Some(undelivered) => Err(undelivered),
                None => Ok(failure(&fault)),
            }
        }
        Err(Fault::Unsent { why }) => {
            Err(Undelivered { why: format!("cannot reach the server: {why}").into(), wait: None })
        }
        Err(fault) => Ok(failure(&fault)),
    }
}

/// What API priority and fairness writes in place of a `Status` (k8s.io/apiserver: pkg/server/filters).
const OVERLOADED: &[u8] = b"Too many requests, please try again later.";

/// Tells of a 429 of the API server's own that says when to come back: its `Status`, or the sentence and the header of its
/// priority and fairness, which turns requests away before they are looked at. A proxy's may be about a request that it
/// let pass.
fn later(written: &Written, fault: &Fault) -> Option<Undelivered> {
    let Fault::Status(Refusal { code: 429, by_api_server, .. }) = fault else { return None };
    let turned_away = written.classified && written.body.trim_ascii() == OVERLOADED;
    if !by_api_server && !turned_away {
        return None;
    }
    let wait = SignedDuration::try_from(written.retry_after?).ok()?;
    Some(Undelivered { why: fault.to_string().into(), wait: Some(wait) })
}

fn success(written: &Written, uid: &str) -> Answer {
    let code = written.status.as_u16();
    let unknown =
        |what: &str| Answer::Unknown { why: format!("the server answered {code}, but {what}").into() };
    match serde_json::from_slice::<Stored>(&written.body) {
        Err(_) => unknown("not with an object"),
        Ok(stored) if stored.metadata.uid != uid => {
            unknown("with another object than the one that was meant")
        }
        Ok(stored) if stored.metadata.resource_version.is_empty() => unknown("without the object's version"),
        Ok(stored) => Answer::Accepted { resource_version: stored.metadata.resource_version.into() },
    }
}

fn failure(fault: &Fault) -> Answer {
    let why = || Printable::from(fault.to_string());
    match fault {
        Fault::Unsent { .. } | Fault::Late { .. } | Fault::Credential { .. } => {
            Answer::Refused { code: 0, why: why() }
        }
        // A proxy may answer 429 for a request that it let pass; API priority and fairness writes a Status.
        Fault::Status(Refusal { code: 429, by_api_server: false, .. } | Refusal { code: 408, .. }) => {
            Answer::Unknown { why: why() }
        }
        Fault::Status(Refusal { code, message, .. }) if (400..500).contains(code) => {
            Answer::Refused { code: *code, why: message.clone() }
        }
        Fault::Status(_) | Fault::Silent { .. } | Fault::Broken { .. } | Fault::Unreadable { .. } => {
            Answer::Unknown { why: why() }
        }
    }
}
