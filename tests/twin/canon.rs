//! Gives hashes, random names, ages and addresses the same words on both clusters.
//!
//! Owns the names `rs1`, `rs2`, … that stand for pod template hashes in the order in which ReplicaSets appeared. Never
//! hides anything else: two texts that differ in more stay different.

use serde_json::Value;

use super::tuple;

/// Which hash is called what.
#[derive(Clone)]
pub struct Names {
    known: Vec<(String, String)>,
    revisions: usize,
    others: usize,
}

impl Names {
    /// The names in a namespace, which itself is called `NAMESPACE`.
    pub fn of(namespace: &str) -> Self {
        Self { known: vec![(namespace.to_owned(), "NAMESPACE".to_owned())], revisions: 0, others: 0 }
    }

    /// Gives a ReplicaSet's hash a name when it has none yet: a Rollout's in their order, an Experiment's by template.
    pub fn learn(&mut self, set: &Value) {
        let is_deployments = tuple::owned_by(set, "Deployment");
        let own = set["metadata"]["labels"]["pod-template-hash"].as_str().unwrap_or_default();
        let hash = if is_deployments { own } else { tuple::hash(set) };
        if hash.is_empty() || self.known.iter().any(|(known, _)| known == hash) {
            return;
        }
        let template = &set["metadata"]["annotations"]["experiment.argoproj.io/template-name"];
        let name = match template.as_str() {
            Some(template) => format!("ex-{template}"),
            None if is_deployments => {
                self.others += 1;
                format!("deployed{}", self.others)
            }
            None => {
                self.revisions += 1;
                format!("rs{}", self.revisions)
            }
        };
        self.known.push((hash.to_owned(), name));
    }

    /// Puts names in place of hashes, in every text of a value.
    pub fn replace(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(all) => Value::Array(all.iter().map(|one| self.replace(one)).collect()),
            Value::Object(all) => {
                Value::Object(all.iter().map(|(key, one)| (self.text(key), self.replace(one))).collect())
            }
            other => other.clone(),
        }
    }

    /// Puts names in place of hashes, and `UID` in place of a uid.
    pub fn text(&self, text: &str) -> String {
        let mut text = uids(text);
        for (hash, name) in &self.known {
            if text.contains(hash.as_str()) {
                text = text.replace(hash.as_str(), name);
            }
        }
        text
    }
}

/// Puts `UID` in place of every uid (8-4-4-4-12 hexadecimal digits).
fn uids(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(after) = uid(rest) {
            out.push_str("UID");
            rest = after;
        } else {
            let mut chars = rest.chars();
            out.extend(chars.next());
            rest = chars.as_str();
        }
    }
    out
}

fn uid(text: &str) -> Option<&str> {
    let mut rest = text;
    for (at, length) in [8, 4, 4, 4, 12].into_iter().enumerate() {
        if at > 0 {
            rest = rest.strip_prefix('-')?;
        }
        let part = rest.get(..length)?;
        if !part.bytes().all(|it| it.is_ascii_hexdigit()) {
            return None;
        }
        rest = rest.get(length..)?;
    }
    Some(rest)
}
