//! Selectors of fields: which fields of a kind can be selected, and when an object matches.
//!
//! It owns the fields that each kind lends itself to (Kubernetes: apis/*/v1/conversion.go) and where they stand in an
//! object. It never selects by another field: that is refused, as the server does.

use serde_json::Value;

use crate::sim::objects::kind::{EVENT, NAMESPACE, Nature, POD, SECRET, SERVICE};
use crate::sim::objects::path::at;
use crate::sim::objects::{Kind, Refusal};

/// Fields of Pods besides name and namespace.
const OF_POD: &[&str] = &[
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "spec.hostNetwork",
    "status.phase",
    "status.podIP",
    "status.nominatedNodeName",
];

/// Fields of Events besides name and namespace.
const OF_EVENT: &[&str] = &[
    "involvedObject.kind",
    "involvedObject.namespace",
    "involvedObject.name",
    "involvedObject.uid",
    "involvedObject.apiVersion",
    "involvedObject.resourceVersion",
    "involvedObject.fieldPath",
    "reason",
    "reportingComponent",
    "source",
    "type",
];

/// A selector of fields: every term must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldSelector {
    terms: Vec<Term>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    field: String,
    is: bool,
    value: String,
}

impl FieldSelector {
    /// Reads a selector as a `fieldSelector` parameter spells it: `metadata.name=a,type!=Normal`.
    ///
    /// # Errors
    /// `BadRequest` in the server's words, also for a field that the kind does not lend itself to.
    pub fn parse(kind: &Kind, text: &str) -> Result<Self, Refusal> {
        let mut terms = Vec::new();
        for part in split(text).into_iter().filter(|part| !part.is_empty()) {
            let Some((field, is, value)) = term(&part) else {
                let why = format!("invalid selector: '{text}'; can't understand '{part}'");
                return Err(Refusal::bad_request(why));
            };
            let value = unescaped(value).map_err(Refusal::bad_request)?;
            check(kind, field)?;
            terms.push(Term { field: field.to_owned(), is, value });
        }
        Ok(Self { terms })
    }

    /// Tells whether an object's fields match.
    pub fn matches(&self, object: &Value) -> bool {
        self.terms.iter().all(|term| (read(object, &term.field) == term.value) == term.is)
    }

    /// The name that the selector asks for, where it asks for one alone: so that a list need not look at all.
    pub fn name(&self) -> Option<&str> {
        let named = |term: &&Term| term.is && term.field == "metadata.name";
        self.terms.iter().find(named).map(|term| term.value.as_str())
    }
}

fn check(kind: &Kind, field: &str) -> Result<(), Refusal> {
    let own: &[&str] = match kind {
        kind if kind == &POD => OF_POD,
        kind if kind == &EVENT => OF_EVENT,
        kind if kind == &SECRET => &["type"],
        kind if kind == &NAMESPACE => &["status.phase"],
        kind if kind == &SERVICE => &["spec.clusterIP", "spec.type"],
        _ => &[],
    };
    let everywhere = field == "metadata.name" || (field == "metadata.namespace" && kind.namespaced);
    if everywhere || own.contains(&field) {
        return Ok(());
    }
    let plain = own.is_empty() && kind.nature == Nature::BuiltIn;
    Err(Refusal::bad_request(match plain {
        true => {
            format!("{field:?} is not a known field selector: only \"metadata.name\", \"metadata.namespace\"")
        }
        false => format!("field label not supported: {field}"),
    }))
}

/// The text of a field; what is missing counts as empty.
fn read(object: &Value, field: &str) -> String {
    let path: Vec<&str> = match field {
        "source" => vec!["source", "component"],
        other => other.split('.').collect(),
    };
    match at(object, &path) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// The terms of a selector; a comma behind a backslash does not part them.
fn split(text: &str) -> Vec<String> {
    let mut terms = vec![String::new()];
    let mut escaped = false;
    for letter in text.chars() {
        if letter == ',' && !escaped {
            terms.push(String::new());
        } else if let Some(term) = terms.last_mut() {
            term.push(letter);
        }
        escaped = letter == '\\' && !escaped;
    }
    terms
}

fn term(part: &str) -> Option<(&str, bool, &str)> {
    let at = part.find(['=', '!'])?;
    let (field, rest) = part.split_at(at);
    match rest.strip_prefix("!=") {
        Some(value) => Some((field, false, value)),
        None => rest.strip_prefix("==").or_else(|| rest.strip_prefix('=')).map(|value| (field, true, value)),
    }
}

fn unescaped(value: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut letters = value.chars();
    while let Some(letter) = letters.next() {
        match (letter, letters.clone().next()) {
            ('\\', Some(next @ ('\\' | ',' | '='))) => {
                out.push(next);
                letters.next();
            }
            ('\\', next) => {
                let rest: String = next.into_iter().collect();
                return Err(format!("invalid field selector: invalid escape sequence: \\{rest}"));
            }
            ('=' | ',', _) => {
                let code = u32::from(letter);
                return Err(format!("invalid field selector: unescaped character in value: {code}"));
            }
            _ => out.push(letter),
        }
    }
    Ok(out)
}
