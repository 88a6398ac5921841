//! Owns the question what the user may do in a namespace: one review of all rules where the server can tell them all, else
//! one review for each right.
//!
//! Kubernetes: `SelfSubjectRulesReview`, whose rules only add up to the whole where it says that they are complete, and
//! `SelfSubjectAccessReview`. It never infers a right from a role's name. Invariant: what is told of a right is what the
//! server ruled on, or what its complete rules say.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::eye::{View, failed};
use crate::capability::Sight;
use crate::capability::right::ASKED;
use crate::capability::sight::{Answer, Right, Ruling};
use crate::cluster::fault::Fault;
use crate::text::Printable;

#[cfg(test)]
mod tests;

/// What a review of rules answers.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Rules {
    resource_rules: Vec<Rule>,
    incomplete: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Rule {
    verbs: Vec<String>,
    api_groups: Vec<String>,
    resources: Vec<String>,
    resource_names: Vec<String>,
}

/// Asks for all rights in a namespace.
pub(super) async fn of(view: &View<'_>, namespace: &Arc<str>) -> Vec<Sight> {
    let question = json!({
        "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview", "spec": {"namespace": &**namespace},
    });
    let rules = match view.review("selfsubjectrulesreviews", &question).await {
        Ok(review) => status::<Rules>(review),
        Err(fault) => Err(fault),
    };
    match rules {
        Ok(rules) if !rules.incomplete => {
            let ruled = |right: &Right| Answer::Seen(rules.ruling(right));
            ASKED.iter().map(|right| sight(namespace, right, ruled(right))).collect()
        }
        // The review itself may be refused or not served; the other kind may still be.
        Ok(_) | Err(Fault::Status(_) | Fault::Unreadable { .. }) => one_by_one(view, namespace).await,
        Err(fault) => all(namespace, &fault),
    }
}

async fn one_by_one(view: &View<'_>, namespace: &Arc<str>) -> Vec<Sight> {
    // Reading shows itself in the watches: elsewhere than where somebody looks, a review for each verb of it is too dear.
    let near = view.eye.known(|known| known.near.as_ref() == Some(namespace));
    let reads = |right: &&Right| matches!(right.verb, "get" | "list" | "watch");
    let asked: Vec<&Right> = ASKED.iter().filter(|right| near || !reads(right)).collect();
    let mut sights = Vec::new();
    for right in &asked {
        let ruled = match everywhere(view, right).await {
            Ok(true) => Ok(Ruling::Allowed),
            Ok(false) => access(view, namespace, right).await,
            Err(fault) => Err(fault),
        };
        match ruled {
            Ok(ruling) => sights.push(sight(namespace, right, Answer::Seen(ruling))),
            Err(fault) => {
                // Where one goes unanswered, the others would too: the namespace is asked for again later.
                let rest = asked.iter().skip(sights.len());
                sights.extend(rest.map(|right| sight(namespace, right, failed(&fault))));
                break;
            }
        }
    }
    sights
}

/// Tells whether a right is held in all namespaces: asked once for all of them, and remembered for a while.
async fn everywhere(view: &View<'_>, right: &Right) -> Result<bool, Fault> {
    let now = view.eye.now();
    if let Some(held) = view.eye.known(|known| known.everywhere(right, now)) {
        return Ok(held);
    }
    let held = access(view, "", right).await? == Ruling::Allowed;
    view.eye.known(|known| known.note_everywhere(right, held, now));
    Ok(held)
}

/// Asks for one right; in all namespaces, where none is named.
async fn access(view: &View<'_>, namespace: &str, right: &Right) -> Result<Ruling, Fault> {
    #[derive(Deserialize)]
    struct Access {
        allowed: bool,
        #[serde(default)]
        reason: String,
    }
    let (resource, part) = right.resource.split_once('/').unwrap_or((right.resource, ""));
    let question = json!({
        "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": {
            "namespace": namespace, "verb": right.verb, "group": right.group, "resource": resource, "subresource": part,
        }},
    });
    let review = view.review("selfsubjectaccessreviews", &question).await?;
    let access: Access = status(review)?;
    let why = Printable::from_cluster(&access.reason);
    Ok(if access.allowed { Ruling::Allowed } else { Ruling::Denied { why } })
}

/// Takes the status of a review; without one it is none.
fn status<T: serde::de::DeserializeOwned>(mut review: Value) -> Result<T, Fault> {
    let status = review.get_mut("status").map(Value::take).unwrap_or_default();
    serde_json::from_value(status).map_err(|error| Fault::unreadable(&error))
}

impl Rules {
    /// Says what complete rules mean for a right. One that names objects does not give it for all of them.
    fn ruling(&self, right: &Right) -> Ruling {
        let covering: Vec<&Rule> = self.resource_rules.iter().filter(|rule| rule.covers(right)).collect();
        if covering.iter().any(|rule| rule.resource_names.is_empty()) {
            return Ruling::Allowed;
        }
        let names: Vec<&str> =
            covering.iter().flat_map(|rule| &rule.resource_names).map(String::as_str).collect();
        let why = match names.as_slice() {
            [] => Printable::default(),
            names => format!("allowed for {} alone", names.join(", ")).into(),
        };
        Ruling::Denied { why }
    }
}

impl Rule {
    /// Kubernetes: RBAC's matching; `*` as a resource covers its parts, `*/status` covers that part of every resource.
    fn covers(&self, right: &Right) -> bool {
        let among = |words: &[String], wanted: &str| words.iter().any(|word| word == "*" || word == wanted);
        let part = right.resource.split_once('/').map(|(_, part)| format!("*/{part}"));
        among(&self.verbs, right.verb)
            && among(&self.api_groups, right.group)
            && (among(&self.resources, right.resource)
                || part.is_some_and(|part| self.resources.contains(&part)))
    }
}

fn sight(namespace: &Arc<str>, right: &Right, answer: Answer<Ruling>) -> Sight {
    Sight::Right(Arc::clone(namespace), right.clone(), answer)
}

fn all(namespace: &Arc<str>, fault: &Fault) -> Vec<Sight> {
    ASKED.iter().map(|right| sight(namespace, right, failed(fault))).collect()
}
