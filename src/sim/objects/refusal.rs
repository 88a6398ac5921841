//! Why the API refuses a request: code, reason, message and details, in the server's own words.
//!
//! It owns the wording that every kind shares (apimachinery: pkg/api/errors/errors.go). It never decides whether a
//! request is refused. Invariant: the body is what a client of the real server would read, key by key.

use serde::Serialize;

use super::kind::Nature;
use super::{Kind, Place};

/// Why a request was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status code.
    pub code: u16,
    /// Machine-readable reason: `Conflict`, `NotFound`, `Invalid`, …
    pub reason: &'static str,
    /// The server's sentence.
    pub message: String,
    /// What it is about; absent where the real server leaves it out.
    pub details: Option<Box<Details>>,
}

/// What a refusal is about, with its keys in the server's order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Details {
    /// Name of the object.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// API group.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub group: &'static str,
    /// Plural, or the kind where an object is invalid.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub kind: &'static str,
    /// Uid of the object.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub uid: String,
    /// One entry for each fault found.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<Cause>,
    /// Seconds after which to try again; 0 says nothing.
    #[serde(skip_serializing_if = "is_zero")]
    pub retry_after_seconds: u32,
}

/// One fault of an invalid object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// Kind of fault: `FieldValueInvalid`, …
    #[serde(skip_serializing_if = "str::is_empty")]
    pub reason: &'static str,
    /// What is wrong, without the field.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// Path of the field.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub field: String,
}

fn is_zero(seconds: &u32) -> bool {
    *seconds == 0
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    kind: &'static str,
    api_version: &'static str,
    metadata: Empty,
    status: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    message: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<&'a Details>,
    code: u16,
}

#[derive(Serialize)]
struct Empty {}

impl Refusal {
    /// A refusal without details.
    pub fn bare(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self { code, reason, message: message.into(), details: None }
    }

    /// The `Status` object as the real server writes it.
    pub fn body(&self) -> String {
        let body = Body {
            kind: "Status",
            api_version: "v1",
            metadata: Empty {},
            status: "Failure",
            message: &self.message,
            reason: self.reason,
            details: self.details.as_deref(),
            code: self.code,
        };
        serde_json::to_string(&body).unwrap_or_default()
    }

    /// The object is not there.
    pub fn not_found(place: &Place) -> Self {
        let message = format!("{} {:?} not found", place.kind.resource(), &*place.name);
        about(place, 404, "NotFound", message)
    }

    /// The kind has no such subresource; of a custom kind the server says that the object is missing (apiextensions:
    /// apiserver/customresource_handler.go).
    pub fn no_such_part(place: &Place) -> Self {
        if place.kind.nature == Nature::Custom { Self::not_found(place) } else { Self::no_such_path() }
    }

    /// There is nothing at this path.
    pub fn no_such_path() -> Self {
        let message = "the server could not find the requested resource".to_owned();
        Self { code: 404, reason: "NotFound", message, details: Some(Box::default()) }
    }

    /// There is an object of this name already.
    pub fn already_exists(place: &Place) -> Self {
        let message = format!("{} {:?} already exists", place.kind.resource(), &*place.name);
        about(place, 409, "AlreadyExists", message)
    }

    /// No free name was found for a `generateName`.
    pub fn names_used_up(place: &Place) -> Self {
        let resource = place.kind.resource();
        let message = format!(
            "{resource} {:?} already exists, the server was not able to generate a unique name for the object",
            &*place.name
        );
        let mut refusal = about(place, 409, "AlreadyExists", message);
        if let Some(details) = &mut refusal.details {
            details.retry_after_seconds = 1;
        }
        refusal
    }

    /// The write contradicts what is stored; `why` ends the sentence.
    pub fn conflict(place: &Place, why: &str) -> Self {
        let message =
            format!("Operation cannot be fulfilled on {} {:?}: {why}", place.kind.resource(), &*place.name);
        about(place, 409, "Conflict", message)
    }

    /// The resourceVersion given is not the newest.
    pub fn modified(place: &Place) -> Self {
        Self::conflict(
            place,
            "the object has been modified; please apply your changes to the latest version and try again",
        )
    }

    /// A deletion means another uid or version than what is stored (`what`), which bears `is`.
    pub fn unmet(place: &Place, what: &str, meant: &str, is: &str) -> Self {
        let kind = place.kind;
        let then = if what == "UID" { "deleted and then recreated" } else { "modified" };
        let message = format!(
            "Operation cannot be fulfilled on {} {:?}: the {what} in the precondition ({meant}) does not match the \
             {what} in record ({is}). The object might have been {then}",
            kind.qualified(),
            &*place.name
        );
        let mut refusal = about(place, 409, "Conflict", message);
        if let Some(details) = &mut refusal.details {
            details.kind = kind.kind;
        }
        refusal
    }

    /// The request makes no sense.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::bare(400, "BadRequest", message)
    }

    /// The patch cannot be applied to the object as it stands; the real server says no more (`details` is empty).
    pub fn patch_failed() -> Self {
        Self {
            code: 422,
            reason: "Invalid",
            message: "the server rejected our request due to an error in our request".to_owned(),
            details: Some(Box::default()),
        }
    }

    /// The body has a type that the path does not take.
    pub fn unsupported_media(accepted: &[&str]) -> Self {
        let message = format!(
            "the body of the request was in an unknown format - accepted media types include: {}",
            accepted.join(", ")
        );
        Self::bare(415, "UnsupportedMediaType", message)
    }

    /// The body is larger than allowed.
    pub fn too_large(why: &str) -> Self {
        Self::bare(413, "RequestEntityTooLarge", format!("Request entity too large: {why}"))
    }

    /// The version asked for is older than the history that is kept (apiserver: storage/cacher/watch_cache.go).
    pub fn expired(version: u64, oldest: u64) -> Self {
        Self::bare(410, "Expired", format!("too old resource version: {version} ({oldest})"))
    }

    /// The request broke off inside the server.
    pub fn internal(why: &str) -> Self {
        let cause = Cause { message: why.to_owned(), ..Cause::default() };
        Self {
            code: 500,
            reason: "InternalError",
            message: format!("Internal error occurred: {why}"),
            details: Some(Box::new(Details { causes: vec![cause], ..Details::default() })),
        }
    }

    /// The kind does not know this verb.
    pub fn method_not_allowed(kind: &'static Kind, action: &str) -> Self {
        let message = format!("{action} is not supported on resources of kind {:?}", kind.resource());
        let details = Details { group: kind.group, kind: kind.plural, ..Details::default() };
        Self { code: 405, reason: "MethodNotAllowed", message, details: Some(Box::new(details)) }
    }
}

fn about(place: &Place, code: u16, reason: &'static str, message: String) -> Refusal {
    let details = Details {
        name: place.name.to_string(),
        group: place.kind.group,
        kind: place.kind.plural,
        ..Details::default()
    };
    Refusal { code, reason, message, details: Some(Box::new(details)) }
}
