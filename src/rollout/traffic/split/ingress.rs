//! Owns weights that stand in annotations of an Ingress: NGINX's and the AWS load balancer controller's.
//!
//! It never looks at the rules of the Ingress. Invariant: an annotation that cannot be read says nothing.

use serde_json::Value;

use super::weighted::sum;
use super::{Share, TrafficRef, whole};

/// NGINX: the canary Ingress carries its weight, and the total where that is not 100.
pub(super) fn canary(prefix: &str, object: &Value) -> Share {
    let annotation = |name: &str| annotation(object, &format!("{prefix}/{name}"));
    if annotation("canary") != Some("true") {
        return Share::UNKNOWN;
    }
    let number = |text: &str| text.parse::<i64>().ok();
    let of = annotation("canary-weight-total").map_or(Some(100), number);
    match (annotation("canary-weight").and_then(number), of) {
        (Some(weight), Some(of)) => Share::new(weight, of),
        _ => Share::UNKNOWN,
    }
}

/// AWS: the annotation `actions.SERVICE` holds target groups with weights, as JSON whose fields are spelled in either case.
pub(super) fn action(reference: &TrafficRef, prefix: &str, service: &str, object: &Value) -> Share {
    let service = if service.is_empty() { &reference.stable } else { service };
    let action = annotation(object, &format!("{prefix}/actions.{service}"));
    let action: Option<Value> = action.and_then(|text| serde_json::from_str(text).ok());
    let groups = action.as_ref().and_then(|action| field(action, "forwardConfig"));
    let groups = groups.and_then(|config| field(config, "targetGroups")).and_then(Value::as_array);
    let Some(groups) = groups else { return Share::UNKNOWN };
    sum(
        reference,
        groups.iter().map(|group| {
            let name = field(group, "serviceName").and_then(Value::as_str).unwrap_or_default();
            (name, whole(field(group, "weight")))
        }),
    )
}

fn annotation<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    object.pointer("/metadata/annotations")?.get(name)?.as_str()
}

fn field<'a>(object: &'a Value, name: &str) -> Option<&'a Value> {
    let fields = object.as_object()?;
    fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}
