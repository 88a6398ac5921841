//! Owns the wire type of a label selector, and how the API is asked by it.
//!
//! Source: apimachinery `LabelSelectorAsSelector` and `labels.NewRequirement`. It never chooses anything itself. Invariant: a
//! selector that the API's own rules would refuse reads as none, never as a wider one, and its text needs no more than escaping
//! to be put into a query.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::de::MapAccess;
use serde_json::{Map, Value};

use super::lenient::Lenient;

/// A selector as text (`app=web,tier in (a,b),!old`); empty where it chooses all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector(pub Arc<str>);

impl Lenient for Selector {
    fn from_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<Option<Self>, A::Error> {
        let mut fields = Map::new();
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            fields.insert(name, value);
        }
        Ok(written(&fields).map(|text| Self(text.into())))
    }
}

fn written(fields: &Map<String, Value>) -> Option<String> {
    let mut parts = Vec::new();
    match fields.get("matchLabels") {
        None | Some(Value::Null) => {}
        Some(Value::Object(labels)) => {
            let labels: BTreeMap<&String, &Value> = labels.iter().collect();
            for (name, value) in labels {
                parts.push(format!("{}={}", key(name)?, label(value)?));
            }
        }
        Some(_) => return None,
    }
    match fields.get("matchExpressions") {
        None | Some(Value::Null) => {}
        Some(Value::Array(expressions)) => {
            for expression in expressions {
                parts.push(requirement(expression)?);
            }
        }
        Some(_) => return None,
    }
    Some(parts.join(","))
}

fn requirement(expression: &Value) -> Option<String> {
    let name = key(expression.get("key")?.as_str()?)?;
    let values = match expression.get("values") {
        None | Some(Value::Null) => Vec::new(),
        Some(values) => values.as_array()?.iter().map(label).collect::<Option<Vec<&str>>>()?,
    };
    match (expression.get("operator")?.as_str()?, values.is_empty()) {
        ("In", false) => Some(format!("{name} in ({})", values.join(","))),
        ("NotIn", false) => Some(format!("{name} notin ({})", values.join(","))),
        ("Exists", true) => Some(name.to_owned()),
        ("DoesNotExist", true) => Some(format!("!{name}")),
        _ => None,
    }
}

fn key(name: &str) -> Option<&str> {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "-_./".contains(letter);
    (!name.is_empty() && name.chars().all(fits)).then_some(name)
}

fn label(value: &Value) -> Option<&str> {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    value.as_str().filter(|value| value.chars().all(fits))
}
