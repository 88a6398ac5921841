//! Owns weights of a VirtualService: which of its routes are the Rollout's, and which destination is the canary.
//!
//! After Argo: trafficrouting/istio/istio.go (`processRoutes`, `get…RouteIndexesToPatch`). It never reads a DestinationRule.
//! Invariant: routes of other Rollouts in the same VirtualService say nothing here.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Share, TrafficRef, agreed, list, text, whole};
use crate::rollout::traffic::Routes;

/// Reads the canary's share from the routes that carry the Rollout's weights.
pub(super) fn read(reference: &TrafficRef, routes: &Routes, object: &Value) -> Share {
    let (http, tls, tcp) = (list(object, "/spec/http"), list(object, "/spec/tls"), list(object, "/spec/tcp"));
    let chosen = http_routes(&routes.http, http)
        .into_iter()
        .chain(matched(!routes.tls.is_empty(), tls, |route| routes.tls.iter().any(|one| is_tls(route, one))))
        .chain(matched(!routes.tcp.is_empty(), tcp, |route| routes.tcp.contains(&one_port(route))));
    agreed(chosen.filter_map(|route| share(reference, routes, list(route, "/route"))))
}

/// By name; without names the only route, else the first without a name.
fn http_routes<'a>(names: &[std::sync::Arc<str>], http: &'a [Value]) -> Vec<&'a Value> {
    if let (true, [only]) = (names.is_empty(), http) {
        return vec![only];
    }
    if names.is_empty() {
        return http.iter().find(|route| text(route, "name").is_empty()).into_iter().collect();
    }
    http.iter().filter(|route| names.iter().any(|name| text(route, "name") == &**name)).collect()
}

/// Those that are named; where none is, the first.
fn matched(named: bool, routes: &[Value], is_named: impl Fn(&Value) -> bool) -> Vec<&Value> {
    if named {
        return routes.iter().filter(|route| is_named(route)).collect();
    }
    routes.first().into_iter().collect()
}

fn is_tls(route: &Value, (port, hosts): &(i64, Vec<std::sync::Arc<str>>)) -> bool {
    let matches = list(route, "/match");
    let told = matches.iter().flat_map(|one| list(one, "/sniHosts")).filter_map(Value::as_str);
    let told: BTreeSet<&str> = told.collect();
    let wanted: BTreeSet<&str> = hosts.iter().map(|host| &**host).collect();
    one_port(route) == *port && told == wanted
}

/// The port that all matches of a route name; -1 where there are several, 0 where there is none, as Argo takes it.
fn one_port(route: &Value) -> i64 {
    let ports = list(route, "/match").iter().map(|one| whole(one.get("port")).unwrap_or(0));
    let ports: BTreeSet<i64> = ports.collect();
    match (ports.first(), ports.len()) {
        (Some(port), 1) => *port,
        (None, _) => 0,
        _ => -1,
    }
}

/// Adds up a route's weights; nothing where it leads to neither of the Rollout's versions.
fn share(reference: &TrafficRef, routes: &Routes, destinations: &[Value]) -> Option<Share> {
    let subsets = routes.subsets.as_ref();
    let (mut canary, mut of, mut ours) = (0_i64, 0_i64, false);
    for one in destinations {
        let destination = one.get("destination").unwrap_or(&Value::Null);
        let (host, subset) = (text(destination, "host"), text(destination, "subset"));
        let host = host.split('.').next().unwrap_or_default();
        let is = |service: &str, of: Option<&str>| {
            !host.is_empty() && (host == service || (!subset.is_empty() && Some(subset) == of))
        };
        // A single destination takes all, whatever its weight (Istio: `HTTPRouteDestination.weight`).
        let weight = if destinations.len() == 1 { 100 } else { whole(one.get("weight")).unwrap_or(0) };
        if weight < 0 {
            return Some(Share::UNKNOWN);
        }
        of = of.saturating_add(weight);
        if is(&reference.canary, subsets.map(|(canary, _)| &**canary)) {
            canary = canary.saturating_add(weight);
            ours = true;
        } else {
            ours |= is(&reference.stable, subsets.map(|(_, stable)| &**stable));
        }
    }
    ours.then(|| Share::new(canary, of))
}
