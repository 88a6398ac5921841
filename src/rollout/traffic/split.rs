//! Owns what a traffic object says of the canary's share, by the rule of each kind.
//!
//! The rules are those by which the controller writes (Argo: rollout/trafficrouting, each router's `SetWeight`) and the
//! proxies read. It never compares with what the Rollout claims. Invariant: where the object does not say it, or says two
//! things at once, the share is not known, and never 0.

use serde_json::Value;

use super::{Part, TrafficKind, TrafficRef};

mod ingress;
mod istio;
#[cfg(test)]
mod tests;
mod weighted;

/// How an object splits traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Share {
    /// Share of the canary; `None` where the object does not say it in a form that is known here.
    pub canary: Option<i64>,
    /// What the shares add up to; 0 where nothing is said.
    pub of: i64,
}

impl Share {
    /// The object says nothing that is understood.
    pub const UNKNOWN: Self = Self { canary: None, of: 0 };

    fn new(canary: i64, of: i64) -> Self {
        if of > 0 && (0..=of).contains(&canary) { Self { canary: Some(canary), of } } else { Self::UNKNOWN }
    }
}

/// Reads the canary's share from an object as stored.
pub fn read(reference: &TrafficRef, object: &Value) -> Share {
    match (reference.kind, &reference.part) {
        (TrafficKind::VirtualService, Part::Routes(routes)) => istio::read(reference, routes, object),
        (TrafficKind::CanaryIngress, Part::Annotations { prefix, .. }) => ingress::canary(prefix, object),
        (TrafficKind::AlbIngress, Part::Annotations { prefix, service }) => {
            ingress::action(reference, prefix, service, object)
        }
        (TrafficKind::Mapping, _) => match whole(object.pointer("/spec/weight")) {
            Some(weight) => Share::new(weight, 100),
            None => Share::UNKNOWN,
        },
        (TrafficKind::TrafficSplit, _) => {
            weighted::backends(reference, list(object, "/spec/backends"), ("service", "weight"))
        }
        (TrafficKind::TraefikService, _) => {
            weighted::backends(reference, list(object, "/spec/weighted/services"), ("name", "weight"))
        }
        (TrafficKind::ApisixRoute, Part::Rules(rules)) => weighted::apisix(reference, rules, object),
        (
            TrafficKind::HttpRoute | TrafficKind::GrpcRoute | TrafficKind::TcpRoute | TrafficKind::TlsRoute,
            part,
        ) => weighted::gateway(reference, part, object),
        _ => Share::UNKNOWN,
    }
}

/// Returns what all parts of an object say, if they say the same.
fn agreed(shares: impl IntoIterator<Item = Share>) -> Share {
    let mut shares = shares.into_iter();
    let Some(first) = shares.next() else { return Share::UNKNOWN };
    let alike = |other: Share| match (first.canary, other.canary) {
        (Some(one), Some(two)) => one.checked_mul(other.of) == two.checked_mul(first.of),
        _ => false,
    };
    if first.canary.is_some() && shares.all(alike) { first } else { Share::UNKNOWN }
}

fn list<'a>(object: &'a Value, path: &str) -> &'a [Value] {
    object.pointer(path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text<'a>(object: &'a Value, field: &str) -> &'a str {
    object.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// Reads a whole number, as a number or as text (SMI's first version stores a quantity).
fn whole(value: Option<&Value>) -> Option<i64> {
    match value? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}
