//! Owns the ways in which a request can fail, told apart by what they mean for the one who asked.
//!
//! Made where requests are sent, and turned into contact states, refusals and doubts elsewhere. It never holds a
//! header, a token or a body beyond a server's own message. Invariant: [`Fault::Unsent`] and [`Fault::Credential`]
//! mean that no byte of the request left this program.

use std::error::Error as StdError;
use std::time::Duration;

use hyper_util::client::legacy;
use serde::Deserialize;

use crate::text::Printable;

/// What names the authority that signs for a cluster.
pub(super) const AUTHORITY: &str = "certificate-authority in the kubeconfig or --certificate-authority PATH";

/// How a request failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No connection was made: nothing was sent.
    Unsent {
        /// In the system's words.
        why: Printable,
    },
    /// It was too late to send it, and nothing that could count was sent.
    Late {
        /// In one sentence.
        why: Printable,
    },
    /// The credentials could not be had: nothing was sent.
    Credential {
        /// What happened, and what to do.
        why: Printable,
    },
    /// The server answered with an error.
    Status(Refusal),
    /// The server did not answer in time.
    Silent {
        /// How long it was waited for.
        after: Duration,
    },
    /// The connection broke after the request was sent.
    Broken {
        /// In the system's words.
        why: Printable,
    },
    /// The answer cannot be understood.
    Unreadable {
        /// What is wrong with it.
        why: Printable,
    },
}

/// An error that a server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status.
    pub code: u16,
    /// One word of the API server's (`Forbidden`, `Expired` …); empty where the answer was no `Status` object.
    pub reason: String,
    /// In the server's words.
    pub message: Printable,
    /// Whether the answer was a `Status` object, which only an API server writes.
    pub by_api_server: bool,
    /// How long the server asks to wait.
    pub retry_after: Option<Duration>,
}

impl Fault {
    /// Makes a fault of an error of kube's.
    pub(super) fn of(error: &kube::Error) -> Self {
        let why = Printable::from(super::tls::told(error, AUTHORITY));
        match error {
            kube::Error::Api(status) => Self::Status(Refusal {
                code: status.code,
                reason: status.reason.clone(),
                message: status.message.as_str().into(),
                by_api_server: !status.reason.is_empty(),
                retry_after: None,
            }),
            kube::Error::Auth(_) => Self::Credential { why },
            kube::Error::Service(cause) => {
                let connecting = cause.downcast_ref::<legacy::Error>().is_some_and(legacy::Error::is_connect);
                if connecting { Self::Unsent { why } } else { Self::Broken { why } }
            }
            kube::Error::HttpError(_) | kube::Error::BuildRequest(_) => Self::Unsent { why },
            _ => Self::Broken { why },
        }
    }

    /// Makes a fault of an answer that is no success.
    pub(super) fn of_answer(code: u16, body: &[u8]) -> Self {
        let status: Option<StatusObject> = serde_json::from_slice(body).ok();
        let status = status.filter(|status| status.kind == "Status");
        let by_api_server = status.is_some();
        let status = status.unwrap_or_else(|| StatusObject {
            message: first_line(&String::from_utf8_lossy(body)),
            ..StatusObject::default()
        });
        let message = if status.message.is_empty() { format!("HTTP {code}") } else { status.message };
        let seconds = status.details.and_then(|details| details.retry_after_seconds);
        Self::Status(Refusal {
            code,
            reason: status.reason,
            message: message.into(),
            by_api_server,
            retry_after: seconds.map(Duration::from_secs),
        })
    }

    /// Adds how long a header asks to wait, where the answer itself does not say.
    pub(super) fn after(mut self, wait: Option<Duration>) -> Self {
        if let Self::Status(refusal) = &mut self {
            refusal.retry_after = refusal.retry_after.or(wait);
        }
        self
    }

    /// Makes a fault of an `ERROR` event of a watch, whose object is a `Status`.
    pub(super) fn of_event(status: StatusObject) -> Self {
        Self::Status(Refusal {
            code: status.code,
            reason: status.reason,
            message: status.message.into(),
            by_api_server: true,
            retry_after: status.details.and_then(|d| d.retry_after_seconds).map(Duration::from_secs),
        })
    }

    /// Makes a fault of JSON that cannot be read. The parser's own words are kept to where and what kind: they may
    /// quote a value.
    pub(super) fn unreadable(error: &serde_json::Error) -> Self {
        let what = match error.classify() {
            serde_json::error::Category::Eof => "it ends too early",
            serde_json::error::Category::Data => "a field has an unexpected type",
            _ => "it is no JSON",
        };
        Self::Unreadable { why: format!("{what} (line {} column {})", error.line(), error.column()).into() }
    }

    /// Tells whether the server has forgotten the version that was asked for (410, in an answer or in an event).
    pub fn is_gone(&self) -> bool {
        matches!(self, Self::Status(refusal) if refusal.code == 410 || refusal.reason == "Expired" || refusal.reason == "Gone")
    }

    /// Returns the HTTP status, if the server answered at all.
    pub fn code(&self) -> Option<u16> {
        match self {
            Self::Status(refusal) => Some(refusal.code),
            _ => None,
        }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unsent { why } => write!(f, "cannot reach the server: {why}"),
            Self::Late { why } => f.write_str(why.as_str()),
            Self::Credential { why } => write!(f, "cannot log in: {why}"),
            Self::Status(Refusal { code, message, .. }) => write!(f, "the server answered {code}: {message}"),
            Self::Silent { after } => write!(f, "the server did not answer within {} s", after.as_secs()),
            Self::Broken { why } => write!(f, "the connection broke: {why}"),
            Self::Unreadable { why } => write!(f, "the answer cannot be understood: {why}"),
        }
    }
}

impl StdError for Fault {}

/// The fields that matter of a `Status` object (meta/v1).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct StatusObject {
    pub(super) kind: String,
    pub(super) code: u16,
    pub(super) reason: String,
    pub(super) message: String,
    details: Option<Details>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Details {
    retry_after_seconds: Option<u64>,
}

fn first_line(body: &str) -> String {
    body.trim().lines().next().unwrap_or_default().chars().take(200).collect()
}
