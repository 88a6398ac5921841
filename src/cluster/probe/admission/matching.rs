//! Owns which rules of admission match a change of a Rollout or of its status.
//!
//! Kubernetes: admissionregistration/v1 (`RuleWithOperations`, `MatchResources`, bindings). Pure. Invariant: where a
//! selector is not as simple as a list of names, all namespaces are meant.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use crate::capability::sight::Admitter;
use crate::text::Printable;

#[cfg(test)]
mod tests;

/// The label that every namespace has, with its own name.
const NAME: &str = "kubernetes.io/metadata.name";

/// Namespaces that are meant; `None` for all.
type Namespaces = Option<BTreeSet<Arc<str>>>;

/// Lists the webhooks of a configuration that match.
pub(super) fn webhooks(kind: &'static str, configuration: &Value) -> Vec<Admitter> {
    let owner = text(configuration, "/metadata/name");
    let matching =
        list(configuration, "/webhooks").iter().filter(|webhook| list(webhook, "/rules").iter().any(matches));
    matching
        .map(|webhook| Admitter {
            kind,
            name: Printable::from_cluster(&format!("{owner}/{}", text(webhook, "/name"))),
            fails_closed: fails_closed(webhook),
            namespaces: named(selected(webhook.get("namespaceSelector"))),
        })
        .collect()
}

/// Lists the policies that match and are bound so that they refuse.
pub(super) fn policies(kind: &'static str, policies: &[Value], bindings: &[Value]) -> Vec<Admitter> {
    let mut found = Vec::new();
    for policy in policies {
        let Some(spec) = policy.get("spec") else { continue };
        let constraints = spec.get("matchConstraints").unwrap_or(&Value::Null);
        if !covers(constraints, false) {
            continue;
        }
        let name = text(policy, "/metadata/name");
        let bound = bindings.iter().filter_map(|binding| binding.get("spec")).filter(|binding| {
            text(binding, "/policyName") == name && refuses(binding) && covers(resources(binding), true)
        });
        let places: Vec<Namespaces> = bound
            .map(|binding| {
                both(
                    selected(constraints.get("namespaceSelector")),
                    selected(resources(binding).get("namespaceSelector")),
                )
            })
            .collect();
        let Some(namespaces) = places.into_iter().reduce(either) else { continue };
        found.push(Admitter {
            kind,
            name: Printable::from_cluster(name),
            fails_closed: fails_closed(spec),
            namespaces: named(namespaces),
        });
    }
    found
}

fn resources(binding: &Value) -> &Value {
    binding.get("matchResources").unwrap_or(&Value::Null)
}

/// A binding that only warns or writes to the audit log refuses nothing; one of a mutating policy has no such list.
fn refuses(binding: &Value) -> bool {
    let actions = binding.get("validationActions").and_then(Value::as_array);
    actions.is_none_or(|actions| actions.iter().any(|action| action == "Deny"))
}

/// Tells whether resources match: a rule does, and none that excludes; without rules, `open` says.
fn covers(resources: &Value, open: bool) -> bool {
    let rules = list(resources, "/resourceRules");
    let included = if rules.is_empty() { open } else { rules.iter().any(matches) };
    included && !list(resources, "/excludeResourceRules").iter().any(excludes)
}

/// Tells whether a rule matches an update of Rollouts, or of their status.
fn matches(rule: &Value) -> bool {
    is_ours(rule) && (names(rule, "rollouts") || names(rule, "rollouts/status"))
}

/// Tells whether a rule leaves out every update of Rollouts and of their status.
fn excludes(rule: &Value) -> bool {
    let all = list(rule, "/resourceNames").is_empty();
    all && is_ours(rule) && names(rule, "rollouts") && names(rule, "rollouts/status")
}

fn is_ours(rule: &Value) -> bool {
    let among =
        |field: &str, wanted: &str| list(rule, field).iter().any(|word| word == "*" || word == wanted);
    among("/apiGroups", "argoproj.io")
        && among("/apiVersions", "v1alpha1")
        && among("/operations", "UPDATE")
        && rule.get("scope").is_none_or(|scope| scope == "*" || scope == "Namespaced")
}

/// `*` means all resources and none of their parts, `*/*` all of both (admissionregistration/v1: `Rule.resources`).
fn names(rule: &Value, resource: &str) -> bool {
    let whole = !resource.contains('/');
    list(rule, "/resources").iter().filter_map(Value::as_str).any(|word| {
        word == resource
            || word == "*/*"
            || if whole { word == "*" } else { word == "rollouts/*" || word == "*/status" }
    })
}

fn fails_closed(spec: &Value) -> bool {
    spec.get("failurePolicy").is_none_or(|policy| policy != "Ignore")
}

/// Reads the names out of a selector, where it is one of names.
fn selected(selector: Option<&Value>) -> Namespaces {
    let selector = selector?;
    let label = selector.pointer("/matchLabels").and_then(|labels| labels.get(NAME)).and_then(Value::as_str);
    let labelled = label.map(|name| BTreeSet::from([name.into()]));
    let expressions = list(selector, "/matchExpressions");
    let listed = expressions.iter().filter(|one| text(one, "/key") == NAME && text(one, "/operator") == "In");
    let listed = listed
        .map(|one| Some(list(one, "/values").iter().filter_map(Value::as_str).map(Into::into).collect()));
    listed.fold(labelled, both)
}

fn both(one: Namespaces, other: Namespaces) -> Namespaces {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.intersection(&other).cloned().collect()),
        (one, other) => one.or(other),
    }
}

fn either(one: Namespaces, other: Namespaces) -> Namespaces {
    Some(one?.into_iter().chain(other?).collect())
}

fn named(namespaces: Namespaces) -> Vec<Arc<str>> {
    namespaces.into_iter().flatten().collect()
}

fn list<'a>(object: &'a Value, path: &str) -> &'a [Value] {
    object.pointer(path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text<'a>(object: &'a Value, path: &str) -> &'a str {
    object.pointer(path).and_then(Value::as_str).unwrap_or_default()
}
