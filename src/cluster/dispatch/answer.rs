//! Owns what an answer to a write means: done, a definite no, or a doubt.
//!
//! After reliability.md's outcome classes: a connection that was never made and most 4xx are a definite no; whatever
//! leaves it open whether the server acted is a doubt, 504 above all (a server goes on after it has answered 504). It
//! never decides what to do about a doubt. Invariant: no 2xx counts unless it shows the object that was meant.

use serde::Deserialize;

use crate::cluster::client::Written;
use crate::cluster::fault::{Fault, Refusal};
use crate::operation::Answer;
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
pub(super) fn of(written: Result<Written, Fault>, uid: &str) -> Answer {
    match written {
        Ok(written) if written.status.is_success() => success(&written, uid),
        Ok(written) => failure(&Fault::of_answer(written.status.as_u16(), &written.body)),
        Err(fault) => failure(&fault),
    }
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
        Fault::Unsent { .. } | Fault::Credential { .. } => Answer::Refused { code: 0, why: why() },
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
