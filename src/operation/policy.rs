//! Owns what may be written where: grants that name a context and a namespace.
//!
//! It never decides whether an operation makes sense, only whether this session may stage one at all. Invariant: a
//! [`Grant`] exists only for a context and namespace that a person named; without one no operation can be made.

use std::str::FromStr;

use crate::rollout::Key;

/// Contexts and namespaces in which operations may be staged; empty means read-only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants(Vec<Rule>);

/// One `CONTEXT/NAMESPACE`; the namespace may be `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    context: String,
    namespace: Option<String>,
}

/// Leave to stage operations in one namespace of one context; made only by [`Grants::covers`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    rule: Rule,
}

impl Grant {
    /// Tells whether it gives leave to act on `key` in `context`: a grant for one place is none for another.
    pub fn names(&self, context: &str, key: &Key) -> bool {
        self.rule.names(context, key)
    }

    /// Returns the rule that gave it, as written.
    pub fn rule(&self) -> String {
        format!("{}/{}", self.rule.context, self.rule.namespace.as_deref().unwrap_or("*"))
    }
}

impl Grants {
    /// Collects rules.
    pub fn new(rules: Vec<Rule>) -> Self {
        Self(rules)
    }

    /// Tells whether nothing may be written anywhere.
    pub fn is_read_only(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the leave to act on `key` in `context`, if a rule names them.
    pub fn covers(&self, context: &str, key: &Key) -> Option<Grant> {
        let rule = self.0.iter().find(|rule| rule.names(context, key))?;
        Some(Grant { rule: rule.clone() })
    }
}

impl Rule {
    fn names(&self, context: &str, key: &Key) -> bool {
        self.context == context && self.namespace.as_deref().is_none_or(|named| named == &*key.namespace)
    }
}

impl FromStr for Rule {
    type Err = String;

    /// Reads `CONTEXT/NAMESPACE`; the last slash divides, since contexts may hold slashes.
    ///
    /// # Errors
    /// Says what is missing, in one sentence.
    fn from_str(written: &str) -> Result<Self, Self::Err> {
        match written.rsplit_once('/') {
            Some((context, namespace)) if !context.is_empty() && context != "*" && !namespace.is_empty() => {
                Ok(Self {
                    context: context.to_owned(),
                    namespace: (namespace != "*").then(|| namespace.to_owned()),
                })
            }
            _ => Err(format!(
                "`{written}` is not CONTEXT/NAMESPACE: name one context and one namespace, or `*` for all its namespaces"
            )),
        }
    }
}
