//! Arguments, and where they stand in a metric.
//!
//! It owns `{{args.name}}` and what a secret may not show (Argo: utils/template/template.go,
//! analysis/analysis.go). It never validates a metric. Invariant: a value put into a metric is escaped, so it cannot
//! change the metric's shape.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::wire::Argument;
use crate::sim::model::owner;
use crate::sim::objects::kind::SECRET;
use crate::sim::objects::{Objects, Place};

/// The arguments of a run, resolved.
#[derive(Clone, Debug, Default)]
pub struct Args {
    /// Values by name.
    pub values: BTreeMap<String, String>,
    secrets: Vec<String>,
}

impl Args {
    /// Resolves arguments, secrets read from where they are kept.
    ///
    /// # Errors
    /// Names the argument without a value, or the secret that is not there.
    pub fn resolve(objects: &Objects, namespace: &str, args: &[Argument]) -> Result<Self, String> {
        let mut resolved = Self::default();
        for argument in args {
            let secret = argument.value_from.as_ref().and_then(|from| from.get("secretKeyRef"));
            let value = match (secret, &argument.value) {
                (Some(reference), _) => {
                    let secret = read(objects, namespace, reference)?;
                    resolved.secrets.push(secret.clone());
                    secret
                }
                (None, Some(value)) => value.clone(),
                (None, None) => return Err(format!("argument \"{}\" was not supplied", argument.name)),
            };
            resolved.values.insert(argument.name.clone(), value);
        }
        Ok(resolved)
    }

    /// Fills the arguments into a metric.
    ///
    /// # Errors
    /// Names what could not be resolved.
    pub fn fill(&self, metric: &Value) -> Result<Value, String> {
        let lookup = |tag: &str| {
            let value = self.values.get(tag.trim().strip_prefix("args.")?)?;
            let quoted = json!(value).to_string();
            Some(quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default().to_owned())
        };
        let text = substitute(&metric.to_string(), lookup)?;
        serde_json::from_str(&text).map_err(|error| error.to_string())
    }

    /// Takes secrets out of a message.
    pub fn redact(&self, message: &str) -> String {
        let known = self.secrets.iter().filter(|secret| !secret.is_empty());
        known.fold(message.to_owned(), |message, secret| message.replace(secret.as_str(), "*****"))
    }
}

/// Replaces each `{{tag}}` of a text by what it stands for.
///
/// # Errors
/// Names the last tag that stands for nothing, or a beginning without an end.
pub fn substitute(text: &str, lookup: impl Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut made = String::with_capacity(text.len());
    let mut unresolved = None;
    let mut rest = text;
    while let Some((before, tail)) = rest.split_once("{{") {
        let Some((tag, behind)) = tail.split_once("}}") else {
            return Err(format!(
                "Cannot find end tag=\"}}}}\" in the template={text:?} starting from {tail:?}"
            ));
        };
        made.push_str(before);
        match lookup(tag) {
            Some(value) => made.push_str(&value),
            None => unresolved = Some(format!("failed to resolve {{{{{tag}}}}}")),
        }
        rest = behind;
    }
    made.push_str(rest);
    unresolved.map_or(Ok(made), Err)
}

fn read(objects: &Objects, namespace: &str, reference: &Value) -> Result<String, String> {
    let (name, key) = (owner::text(reference, "/name"), owner::text(reference, "/key"));
    let secret = objects.get(&Place::new(&SECRET, namespace, name));
    let secret = secret.ok_or_else(|| format!("secrets \"{name}\" not found"))?;
    let data = secret.value.get("data").and_then(|data| data.get(key)).and_then(Value::as_str);
    let bytes = data.and_then(|text| STANDARD.decode(text).ok());
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    text.ok_or_else(|| format!("key '{key}' does not exist in secret '{name}'"))
}

#[cfg(test)]
mod tests;
