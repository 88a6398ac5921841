//! What is asked of a collection: which objects, from when, how many, and for how long.
//!
//! It owns reading and judging the options of lists and watches (apimachinery:
//! pkg/apis/meta/internalversion/validation). It never looks at an object. Invariant: options that contradict each
//! other never get further than this.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::query::Query;
use super::route::{Route, Verb};
use super::selector::Selector;
use crate::sim::objects::{Cause, Details, Place, Refusal};

/// What is asked of a collection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Ask {
    /// Which objects are meant.
    pub(super) selector: Selector,
    /// How many at most.
    pub(super) limit: Option<usize>,
    /// From where on, for a page that is not the first.
    pub(super) next: Option<Next>,
    /// The version given; `None` where none is, 0 for any.
    pub(super) version: Option<u64>,
    /// Whether the list is to be as of exactly that version.
    pub(super) exact: bool,
    /// Whether a watch begins with what is there.
    pub(super) initial: bool,
    /// Whether bookmarks are welcome.
    pub(super) bookmarks: bool,
    /// After how many seconds a watch is to end.
    pub(super) seconds: Option<u64>,
}

/// Where a page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Next {
    /// The version of the list that it belongs to; `None` for whatever is newest.
    pub(super) version: Option<u64>,
    /// The object that it comes behind.
    pub(super) after: Place,
}

/// What a `continue` token holds, as in the real server (apiserver: pkg/storage/continue.go).
#[derive(Serialize, Deserialize)]
struct Token {
    v: String,
    rv: i64,
    start: String,
}

impl Ask {
    /// Reads the options of a list or a watch.
    ///
    /// # Errors
    /// 400 for what cannot be read, 422 for what contradicts itself.
    pub(super) fn read(route: &Route, query: &Query) -> Result<Self, Refusal> {
        judged(route, query)?;
        let labels = query.get("labelSelector").unwrap_or_default();
        let fields = query.get("fieldSelector").unwrap_or_default();
        let version = match query.get("resourceVersion") {
            Some(text) => Some(text.parse::<u64>().map_err(|_| bad_version(text))?),
            None => None,
        };
        let limit = query.number("limit")?.filter(|limit| *limit > 0);
        let limit = limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX));
        let rule = query.get("resourceVersionMatch");
        // A version with a limit meant that very version before the rule could be told.
        let legacy = rule.is_none() && limit.is_some() && version.is_some_and(|version| version > 0);
        let next = match query.get("continue") {
            Some(_) if version.is_some_and(|version| version > 0) => {
                return Err(Refusal::bad_request(
                    "specifying resource version is not allowed when using continue",
                ));
            }
            Some(token) => Some(Next::read(route, token)?),
            None => None,
        };
        Ok(Self {
            selector: Selector::read(route.kind, labels, fields)?,
            limit,
            next,
            version,
            exact: rule == Some("Exact") || legacy,
            // A watch from no version or any begins with what is there, unless told otherwise.
            initial: query.flag("sendInitialEvents").unwrap_or(version.is_none_or(|version| version == 0)),
            bookmarks: query.flag("allowWatchBookmarks") == Some(true),
            seconds: query.number("timeoutSeconds")?.filter(|seconds| *seconds > 0),
        })
    }
}

impl Next {
    fn read(route: &Route, token: &str) -> Result<Self, Refusal> {
        let invalid = |why: &str| Refusal::bad_request(format!("continue key is not valid{why}"));
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|why| invalid(&format!(": {why}")))?;
        let token: Token = serde_json::from_slice(&bytes).map_err(|why| invalid(&format!(": {why}")))?;
        if token.v != "meta.k8s.io/v1" {
            return Err(invalid(&format!(": server does not recognize this encoded version {}", token.v)));
        }
        let start = token.start.trim_end_matches('\0');
        let (namespace, name) = match &route.namespace {
            Some(namespace) => (namespace.as_str(), start),
            None => start.split_once('/').unwrap_or(("", start)),
        };
        let version = match token.rv {
            0 => return Err(invalid(": incorrect encoded start resourceVersion (version meta.k8s.io/v1)")),
            rv => u64::try_from(rv).ok(),
        };
        Ok(Self { version, after: Place::new(route.kind, namespace, name) })
    }

    /// Writes the token from which [`Next::read`] reads this.
    pub(super) fn token(&self, route: &Route) -> String {
        let start = match route.namespace {
            None if route.kind.namespaced => format!("{}/{}\0", self.after.namespace, self.after.name),
            _ => format!("{}\0", self.after.name),
        };
        let rv = self.version.map_or(-1, |version| i64::try_from(version).unwrap_or(i64::MAX));
        let token = Token { v: "meta.k8s.io/v1".to_owned(), rv, start };
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(&token).unwrap_or_default())
    }
}

fn bad_version(text: &str) -> Refusal {
    let why = format!("strconv.ParseUint: parsing {text:?}: invalid syntax");
    Refusal::bad_request(format!("resourceVersion: Invalid value: {text:?}: {why}"))
}

/// Refuses options that contradict each other.
fn judged(route: &Route, query: &Query) -> Result<(), Refusal> {
    const MATCH: &str = "resourceVersionMatch";
    let watches = route.verb == Verb::Watch;
    let rule = query.get(MATCH);
    let version = query.get("resourceVersion");
    let initial = query.flag("sendInitialEvents");
    let mut faults = Vec::new();
    let mut forbid = |field: &str, why: &str| faults.push((field.to_owned(), why.to_owned()));
    if watches && initial.is_some() && rule != Some("NotOlderThan") {
        forbid(MATCH, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
    }
    if watches && rule.is_some() && initial.is_none() {
        forbid(MATCH, "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
    }
    if !watches && rule.is_some() && version.is_none() {
        forbid(MATCH, "resourceVersionMatch is forbidden unless resourceVersion is provided");
    }
    if rule.is_some() && query.get("continue").is_some() {
        forbid(MATCH, "resourceVersionMatch is forbidden when continue is provided");
    }
    if !watches && rule == Some("Exact") && version == Some("0") {
        forbid(MATCH, "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"");
    }
    if !watches && initial.is_some() {
        forbid("sendInitialEvents", "sendInitialEvents is forbidden for list");
    }
    let mut causes: Vec<Cause> = faults
        .into_iter()
        .map(|(field, why)| Cause {
            reason: "FieldValueForbidden",
            message: format!("Forbidden: {why}"),
            field,
        })
        .collect();
    let known: &[&str] = if watches { &["NotOlderThan"] } else { &["Exact", "NotOlderThan"] };
    if let Some(other) = rule.filter(|rule| !known.contains(rule)) {
        let supported = if watches { "\"NotOlderThan\"" } else { "\"Exact\", \"NotOlderThan\", \"\"" };
        let message = format!("Unsupported value: {other:?}: supported values: {supported}");
        causes.push(Cause { reason: "FieldValueNotSupported", message, field: MATCH.to_owned() });
    }
    if causes.is_empty() { Ok(()) } else { Err(invalid("ListOptions", causes)) }
}

/// Refuses options, in the words for an invalid object of that kind.
pub(super) fn invalid(kind: &'static str, causes: Vec<Cause>) -> Refusal {
    let told: Vec<String> =
        causes.iter().map(|cause| format!("{}: {}", cause.field, cause.message)).collect();
    let told = if told.len() == 1 { told.concat() } else { format!("[{}]", told.join(", ")) };
    let message = format!("{kind}.meta.k8s.io \"\" is invalid: {told}");
    let details = Details { group: "meta.k8s.io", kind, causes, ..Details::default() };
    Refusal { code: 422, reason: "Invalid", message, details: Some(Box::new(details)) }
}

#[cfg(test)]
mod tests;
