//! Owns one rule of the policy: for which orders it speaks, and on which terms they are allowed.
//!
//! It never looks for the rule that counts; the policy does. Invariant: a rule without [`Terms`] denies.

use std::fmt;
use std::str::FromStr;

use jiff::SignedDuration;

use super::pattern::{Pattern, Scope};
use crate::operation::life::TTL;

/// One rule: a scope, and the terms on which what it covers is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What it is about.
    pub scope: Scope,
    /// On which terms; `None` denies.
    pub terms: Option<Terms>,
    /// Line of the configuration file on which it begins, from 1; `None` for a flag.
    pub line: Option<usize>,
}

/// On which terms an order is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Whether the Rollout's name must be typed, however light the order is.
    pub name: bool,
    /// Whether a reason must be given.
    pub reason: bool,
    /// How long a staged order waits for its acknowledgement.
    pub expiry: SignedDuration,
    /// The most canary weight, in percent of the traffic, that one promotion may set.
    pub max_weight: Option<u32>,
    /// Least time between two promotions of one Rollout.
    pub cool_down: Option<SignedDuration>,
    /// Roles of which one must be claimed; empty where none is asked for.
    pub roles: Vec<String>,
}

impl Default for Terms {
    fn default() -> Self {
        Self { name: false, reason: false, expiry: TTL, max_weight: None, cool_down: None, roles: Vec::new() }
    }
}

impl fmt::Display for Rule {
    /// Writes where it holds, as `CONTEXT/NAMESPACE`, with Rollouts and operations where it names them, and its line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Scope { contexts, namespaces, rollouts, operations } = &self.scope;
        write!(f, "{}/{}", listed(contexts), listed(namespaces))?;
        if !rollouts.is_empty() {
            write!(f, "/{}", listed(rollouts))?;
        }
        if !operations.is_empty() {
            write!(f, " {}", listed(operations))?;
        }
        match self.line {
            Some(line) => write!(f, " (line {line})"),
            None => Ok(()),
        }
    }
}

fn listed(patterns: &[Pattern]) -> String {
    if patterns.is_empty() {
        return "*".to_owned();
    }
    patterns.iter().map(Pattern::as_str).collect::<Vec<_>>().join(",")
}

impl FromStr for Rule {
    type Err = String;

    /// Reads `CONTEXT/NAMESPACE`, which allows every operation there; the last slash divides, since contexts may hold
    /// slashes.
    ///
    /// # Errors
    /// Says what is missing, in one sentence.
    fn from_str(written: &str) -> Result<Self, Self::Err> {
        match written.rsplit_once('/') {
            Some((context, namespace))
                if !context.is_empty() && !context.contains('*') && !namespace.is_empty() =>
            {
                let namespaces = if namespace == "*" { Vec::new() } else { vec![Pattern::new(namespace)] };
                let scope = Scope { contexts: vec![Pattern::new(context)], namespaces, ..Scope::default() };
                Ok(Self { scope, terms: Some(Terms::default()), line: None })
            }
            _ => Err(format!(
                "`{written}` is not CONTEXT/NAMESPACE: name one context and one namespace, or `*` for all its namespaces"
            )),
        }
    }
}
