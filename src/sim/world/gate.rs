//! What stands between a person and the objects by the script: rights that were taken, and a policy that admits no change.
//!
//! It owns the words of such a refusal (apiserver: admission/plugin/policy/validating/dispatcher.go). It judges no object. A
//! policy is asked before the guards of a patch, which the real server tests first. Invariant: Argo's controller is never
//! refused.

use std::sync::Arc;

use crate::sim::objects::kind::ROLLOUT;
use crate::sim::objects::{Cause, Details, Place, Refusal};

/// A right of the group `argoproj.io`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Right {
    /// Verb (`patch`).
    pub verb: Arc<str>,
    /// Resource, with its part after a slash (`rollouts/status`).
    pub resource: Arc<str>,
}

/// A ValidatingAdmissionPolicy that admits no change of a Rollout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Its name, which is that of its binding too.
    pub name: Arc<str>,
    /// What it says.
    pub says: Arc<str>,
}

/// What stands in the way.
#[derive(Clone, Debug, Default)]
pub struct Gate {
    /// Rights that the person has lost.
    pub taken: Vec<Right>,
    /// The policy that is in force.
    pub policy: Option<Policy>,
}

impl Gate {
    /// Takes a right, or gives it back.
    pub fn grant(&mut self, right: &Right, granted: bool) {
        self.taken.retain(|taken| taken != right);
        if !granted {
            self.taken.push(right.clone());
        }
    }

    /// Returns why a change of an object is not admitted.
    pub(super) fn refusal(&self, place: Option<&Place>) -> Option<Refusal> {
        let (policy, place) = (self.policy.as_ref()?, place.filter(|place| place.kind == &ROLLOUT)?);
        let Policy { name, says } = policy;
        let why = format!("ValidatingAdmissionPolicy '{name}' with binding '{name}' denied request: {says}");
        let details = Details {
            name: place.name.to_string(),
            group: place.kind.group,
            kind: place.kind.plural,
            causes: vec![Cause { message: why.clone(), ..Cause::default() }],
            ..Details::default()
        };
        Some(Refusal {
            code: 422,
            reason: "Invalid",
            message: format!("{} {:?} is forbidden: {why}", place.kind.resource(), &*place.name),
            details: Some(Box::new(details)),
        })
    }
}
