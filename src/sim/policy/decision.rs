//! What the service decides about a topic or a step, and how it spells that.
//!
//! It owns the two spellings: the long one of a simulation, the short one of a dry run (Cordum: gateway API). It decides nothing: the
//! scenario does.

use serde::Deserialize;
use serde_json::{Value, json};

/// The service's built-in rule for what no rule speaks of (Cordum: `evaluatePolicyCheck`).
const DOMAIN: &str = "job.";
/// What it says of the rules that it decided by.
const SNAPSHOT: &str = "demo:1";

/// A decision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// It may be done.
    #[default]
    Allow,
    /// It may not.
    Deny,
    /// A person has to approve it.
    RequireApproval,
    /// It has to wait.
    Throttle,
}

impl Decision {
    /// Returns the word of a dry run.
    pub(super) fn short(self) -> &'static str {
        match self {
            Self::Allow => "ALLOW",
            Self::Deny => "DENY",
            Self::RequireApproval => "REQUIRE_APPROVAL",
            Self::Throttle => "THROTTLE",
        }
    }

    fn long(self) -> &'static str {
        match self {
            Self::Allow => "DECISION_TYPE_ALLOW",
            Self::Deny => "DECISION_TYPE_DENY",
            Self::RequireApproval => "DECISION_TYPE_REQUIRE_HUMAN",
            Self::Throttle => "DECISION_TYPE_THROTTLE",
        }
    }
}

/// Answers a simulation of a topic on which a rule decides so, or none.
pub(super) fn simulated(topic: &str, ruled: Option<(Decision, &str)>) -> Value {
    let (decision, reason, rule) = match ruled {
        _ if !topic.starts_with(DOMAIN) => (Decision::Deny, "unsupported topic", ""),
        Some((decision, reason)) => (decision, reason, topic),
        None => (Decision::Allow, "", ""),
    };
    json!({
        "decision": decision.long(), "reason": reason, "redactedContextPtr": "", "policySnapshot": SNAPSHOT,
        "ruleId": rule, "constraints": null, "approvalRequired": decision == Decision::RequireApproval,
        "approvalRef": "", "remediations": [],
    })
}
