//! Owns lists of backends with weights: SMI, Traefik, APISIX, Gateway API.
//!
//! It never looks at anything but names and weights. Invariant: a list in which neither of the Rollout's services stands
//! says nothing of it.

use std::sync::Arc;

use serde_json::Value;

use super::{Part, Share, TrafficRef, agreed, list, text, whole};

/// Adds up weights; `fields` are those of the service's name and of the weight.
pub(super) fn backends(reference: &TrafficRef, backends: &[Value], fields: (&str, &str)) -> Share {
    let weights = backends.iter().map(|backend| (text(backend, fields.0), whole(backend.get(fields.1))));
    sum(reference, weights)
}

/// APISIX: the rules of the route that the Rollout names, all alike.
pub(super) fn apisix(reference: &TrafficRef, rules: &[Arc<str>], object: &Value) -> Share {
    let routes = list(object, "/spec/http");
    let rule = |name: &Arc<str>| routes.iter().find(|route| text(route, "name") == &**name);
    agreed(rules.iter().map(|name| match rule(name) {
        Some(route) => backends(reference, list(route, "/backends"), ("serviceName", "weight")),
        None => Share::UNKNOWN,
    }))
}

/// Gateway API: each rule that has a backend of both services, of the name that the Rollout says if it says one; a rule with one
/// of them routes by header. Where a backend has no weight it is 1 (Gateway API: `BackendRef`).
pub(super) fn gateway(reference: &TrafficRef, part: &Part, object: &Value) -> Share {
    let meant = |rule: &&Value| match part {
        Part::Rules(names) => names.iter().any(|name| text(rule, "name") == &**name),
        _ => true,
    };
    let rules = list(object, "/spec/rules").iter().filter(meant).map(|rule| list(rule, "/backendRefs"));
    let has = |backends: &[Value], name: &str| backends.iter().any(|backend| text(backend, "name") == name);
    let ours = rules.filter(|backends| has(backends, &reference.canary) && has(backends, &reference.stable));
    agreed(ours.map(|backends| {
        let weight = |backend: &Value| backend.get("weight").map_or(Some(1), |weight| whole(Some(weight)));
        sum(reference, backends.iter().map(|backend| (text(backend, "name"), weight(backend))))
    }))
}

/// Adds up weights by service; without a number for each of them nothing is known.
pub(super) fn sum<'a>(
    reference: &TrafficRef,
    weights: impl Iterator<Item = (&'a str, Option<i64>)>,
) -> Share {
    let (mut canary, mut of, mut ours) = (0_i64, 0_i64, false);
    for (name, weight) in weights {
        let Some(weight) = weight.filter(|weight| *weight >= 0) else { return Share::UNKNOWN };
        of = of.saturating_add(weight);
        if !name.is_empty() && name == &*reference.canary {
            canary = canary.saturating_add(weight);
        }
        ours |= !name.is_empty() && (name == &*reference.canary || name == &*reference.stable);
    }
    if ours { Share::new(canary, of) } else { Share::UNKNOWN }
}
