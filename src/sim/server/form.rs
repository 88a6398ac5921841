//! The form in which objects are asked for: whole, as rows of a Table, or their metadata alone.
//!
//! It owns the negotiation by `Accept` (apiserver: pkg/endpoints/handlers/negotiation) and how each form is written.
//! Whole objects go out as the text that is stored. It never decides which objects. Invariant: what is written for a
//! list is one JSON document when begun, filled and ended in this order.

use jiff::Timestamp;
use serde_json::Value;

use super::query::Query;
use super::table;
use crate::sim::objects::{Kind, Refusal, Stored};

/// What of an object accompanies its row in a Table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Include {
    /// Nothing.
    Nothing,
    /// Its metadata.
    Metadata,
    /// All of it.
    Object,
}

/// The form in which objects are asked for; the version is that of `meta.k8s.io`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// As they are stored.
    Whole,
    /// As rows of a Table.
    Table(&'static str, Include),
    /// As PartialObjectMetadata.
    Metadata(&'static str),
}

/// What a list says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ListMeta {
    /// The version of the whole list.
    pub(super) version: u64,
    /// Where the next page begins.
    pub(super) next: Option<String>,
    /// How many objects come after this page.
    pub(super) remaining: Option<usize>,
}

impl Form {
    /// Chooses the first form that the caller accepts and the server has.
    ///
    /// # Errors
    /// 406 where there is none; 400 for an `includeObject` that is unknown.
    pub(super) fn negotiate(accept: Option<&str>, query: &Query) -> Result<Self, Refusal> {
        let include = match query.get("includeObject") {
            None | Some("Metadata") => Include::Metadata,
            Some("None") => Include::Nothing,
            Some("Object") => Include::Object,
            Some(other) => {
                let allowed = "\"Metadata\", \"None\", \"Object\", \"\"";
                return Err(Refusal::bad_request(format!(
                    "Unable to convert to Table as requested: includeObject: Unsupported value: {other:?}: supported values: {allowed}"
                )));
            }
        };
        let accept = accept.filter(|accept| !accept.trim().is_empty()).unwrap_or("*/*");
        accept.split(',').find_map(|clause| clause_form(clause, include)).ok_or_else(|| {
            let message = "only the following media types are accepted: application/json";
            Refusal::bare(406, "NotAcceptable", message)
        })
    }

    /// Begins a list.
    pub(super) fn begin(self, out: &mut Vec<u8>, kind: &Kind, meta: &ListMeta) {
        let (name, version) = match self {
            Self::Whole => (format!("{}List", kind.kind), kind.api_version()),
            Self::Table(version, _) => ("Table".to_owned(), format!("meta.k8s.io/{version}")),
            Self::Metadata(version) => {
                ("PartialObjectMetadataList".to_owned(), format!("meta.k8s.io/{version}"))
            }
        };
        push(out, &format!("{{\"kind\":\"{name}\",\"apiVersion\":\"{version}\",\"metadata\":{{"));
        push(out, &format!("\"resourceVersion\":\"{}\"", meta.version));
        if let Some(next) = &meta.next {
            push(out, &format!(",\"continue\":\"{next}\""));
        }
        if let Some(remaining) = meta.remaining {
            push(out, &format!(",\"remainingItemCount\":{remaining}"));
        }
        match self {
            Self::Table(..) => {
                push(out, "},\"columnDefinitions\":");
                push(out, &table::columns(kind).to_string());
                push(out, ",\"rows\":[");
            }
            Self::Whole | Self::Metadata(_) => push(out, "},\"items\":["),
        }
    }

    /// Writes one object into a list.
    pub(super) fn item(self, out: &mut Vec<u8>, object: &Stored, now: Timestamp) {
        match self {
            Self::Whole => push(out, &object.json),
            Self::Table(version, include) => row(out, object, (version, include), now),
            Self::Metadata(version) => metadata(out, object, version),
        }
    }

    /// Ends a list.
    pub(super) fn end(self, out: &mut Vec<u8>) {
        push(out, "]}\n");
    }

    /// Writes one object on its own; a Table's columns are told when `headed`.
    pub(super) fn single(self, out: &mut Vec<u8>, object: &Stored, headed: bool, now: Timestamp) {
        let Self::Table(version, _) = self else { return self.item(out, object, now) };
        let columns = if headed { table::columns(object.place.kind) } else { Value::Null };
        let version_of_object = object.version;
        push(out, &format!("{{\"kind\":\"Table\",\"apiVersion\":\"meta.k8s.io/{version}\",\"metadata\":"));
        push(
            out,
            &format!("{{\"resourceVersion\":\"{version_of_object}\"}},\"columnDefinitions\":{columns}"),
        );
        push(out, ",\"rows\":[");
        self.item(out, object, now);
        push(out, "]}");
    }
}

/// Reads one clause of `Accept`; `None` where the server has nothing of that sort.
fn clause_form(clause: &str, include: Include) -> Option<Form> {
    let mut parts = clause.split(';').map(str::trim);
    if !["application/json", "application/*", "*/*"].contains(&parts.next()?) {
        return None;
    }
    let (mut target, mut group, mut version) = (None, None, None);
    for part in parts {
        match part.split_once('=') {
            Some(("as", value)) => target = Some(value),
            Some(("g", value)) => group = Some(value),
            Some(("v", value)) => version = Some(value),
            _ => {}
        }
    }
    let Some(target) = target else { return Some(Form::Whole) };
    let version = ["v1", "v1beta1"].into_iter().find(|one| Some(*one) == version)?;
    match target {
        _ if group != Some("meta.k8s.io") => None,
        "Table" => Some(Form::Table(version, include)),
        "PartialObjectMetadata" | "PartialObjectMetadataList" => Some(Form::Metadata(version)),
        _ => None,
    }
}

fn row(out: &mut Vec<u8>, object: &Stored, (version, include): (&str, Include), now: Timestamp) {
    let cells = Value::Array(table::cells(object, now));
    push(out, &format!("{{\"cells\":{cells},\"object\":"));
    match include {
        Include::Nothing => push(out, "null"),
        Include::Metadata => metadata(out, object, version),
        Include::Object => push(out, &object.json),
    }
    push(out, "}");
}

fn metadata(out: &mut Vec<u8>, object: &Stored, version: &str) {
    let metadata = object.value.get("metadata").unwrap_or(&Value::Null);
    push(out, &format!("{{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/{version}\""));
    push(out, &format!(",\"metadata\":{metadata}}}"));
}

fn push(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests;
