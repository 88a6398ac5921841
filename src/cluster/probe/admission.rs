//! Owns the question who may refuse a change of a Rollout: webhooks and admission policies that match it.
//!
//! It never decides whether they will. Invariants: who may not list them is told so, and nothing of what could be listed;
//! what cannot be judged here (conditions, selectors of objects) counts as a match.

use serde_json::Value;

use super::eye::{View, failed};
use crate::capability::Sight;
use crate::capability::sight::{Admitter, Answer};
use crate::cluster::fault::Fault;

mod matching;

const API: &str = "/apis/admissionregistration.k8s.io";

/// Lists who may refuse.
pub(super) async fn who(view: &View<'_>) -> Vec<Sight> {
    let answer = match all(view).await {
        Ok(found) => Answer::Seen(found),
        Err(fault) => failed(&fault),
    };
    vec![Sight::Admission(answer)]
}

async fn all(view: &View<'_>) -> Result<Vec<Admitter>, Fault> {
    let mut found = Vec::new();
    for (kind, plural) in [
        ("ValidatingWebhookConfiguration", "validatingwebhookconfigurations"),
        ("MutatingWebhookConfiguration", "mutatingwebhookconfigurations"),
    ] {
        let configurations = list(view, "v1", plural).await?;
        found.extend(configurations.iter().flat_map(|one| matching::webhooks(kind, one)));
    }
    // Kubernetes ≥ 1.30; mutating ones are served by few servers yet, and only those that may be listed are told.
    let policies = served(list(view, "v1", "validatingadmissionpolicies").await)?;
    if !policies.is_empty() {
        let bindings = served(list(view, "v1", "validatingadmissionpolicybindings").await)?;
        found.extend(matching::policies("ValidatingAdmissionPolicy", &policies, &bindings));
    }
    for version in ["v1", "v1beta1"] {
        let Ok(policies) = list(view, version, "mutatingadmissionpolicies").await else { continue };
        if !policies.is_empty() {
            let bindings = served(list(view, version, "mutatingadmissionpolicybindings").await)?;
            found.extend(matching::policies("MutatingAdmissionPolicy", &policies, &bindings));
        }
        break;
    }
    Ok(found)
}

async fn list(view: &View<'_>, version: &str, plural: &str) -> Result<Vec<Value>, Fault> {
    let list: Value = view.get(&format!("{API}/{version}/{plural}?limit=500")).await?;
    Ok(list.get("items").and_then(Value::as_array).cloned().unwrap_or_default())
}

/// Takes a kind that is not served as one of which there is none.
fn served(read: Result<Vec<Value>, Fault>) -> Result<Vec<Value>, Fault> {
    match read {
        Err(fault) if fault.code() == Some(404) => Ok(Vec::new()),
        read => read,
    }
}
