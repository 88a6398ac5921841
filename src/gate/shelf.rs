//! Owns the policies there are, and which of them a Rollout is judged by.
//!
//! It never reads a file. Invariant: a Rollout that names a policy is judged by that one or by none; a name that leads nowhere is said,
//! never passed over.

use std::sync::Arc;

use super::policy::Policy;
use crate::rollout::Rollout;
use crate::text::Printable;

/// Policies, in the order in which they are tried.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shelf {
    policies: Vec<Arc<Policy>>,
}

/// What a Rollout is judged by.
#[derive(Clone, Debug, PartialEq)]
pub enum Choice {
    /// No policy is meant for it.
    Nothing,
    /// This one.
    By(Arc<Policy>),
    /// It names one that is not there.
    Missing(Printable),
}

impl Shelf {
    /// Puts policies on it.
    pub fn of(policies: Vec<Policy>) -> Self {
        Self { policies: policies.into_iter().map(Arc::new).collect() }
    }

    /// Lists the policies.
    pub fn policies(&self) -> &[Arc<Policy>] {
        &self.policies
    }

    /// Returns the policy of that name.
    pub fn named(&self, name: &str) -> Option<&Arc<Policy>> {
        self.policies.iter().find(|policy| &*policy.name == name)
    }

    /// Chooses for a Rollout: what its annotation `rollgate.io/gate-policy` names, else the first whose selector means it.
    pub fn choose(&self, rollout: &Rollout) -> Choice {
        if let Some(name) = &rollout.gate_policy {
            let named = self.named(name.as_str());
            return named.map_or_else(|| Choice::Missing(name.clone()), |policy| Choice::By(policy.clone()));
        }
        let key = &rollout.meta.key;
        let meant = self.policies.iter().find(|policy| policy.applies_to.selects(&key.namespace, &key.name));
        meant.map_or(Choice::Nothing, |policy| Choice::By(policy.clone()))
    }
}
