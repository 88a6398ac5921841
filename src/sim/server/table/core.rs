//! Services, Ingresses, Events and what else is small, in Tables.
//!
//! It owns their columns and cells. It never shows the contents of a Secret: only how many there are.

use jiff::Timestamp;
use serde_json::Value;

use super::age::{age, since};
use super::{AGE, Print, at, each, labels, number, or, shown, text, wide};

pub(super) const SERVICE: Print = Print {
    columns: &[
        shown("Type", "string"),
        shown("Cluster-IP", "string"),
        shown("External-IP", "string"),
        shown("Port(s)", "string"),
        AGE,
        wide("Selector"),
    ],
    cells: |value, now| {
        let address = each(value, &["spec", "clusterIPs"]).next().and_then(Value::as_str);
        let address = address.unwrap_or_else(|| text(value, &["spec", "clusterIP"]));
        let ports: Vec<String> = each(value, &["spec", "ports"]).map(port).collect();
        vec![
            or(text(value, &["spec", "type"]), "ClusterIP").into(),
            or(address, "<none>").into(),
            external(value).into(),
            or(&ports.join(","), "<none>").into(),
            age(value, now),
            labels(value, &["spec", "selector"]),
        ]
    },
    name_at: 0,
};

pub(super) const INGRESS: Print = Print {
    columns: &[
        shown("Class", "string"),
        shown("Hosts", "string"),
        shown("Address", "string"),
        shown("Ports", "string"),
        AGE,
    ],
    cells: |value, now| {
        let address: Vec<&str> = each(value, &["status", "loadBalancer", "ingress"])
            .map(|one| or(text(one, &["ip"]), text(one, &["hostname"])))
            .collect();
        let secured = each(value, &["spec", "tls"]).next().is_some();
        vec![
            or(text(value, &["spec", "ingressClassName"]), "<none>").into(),
            hosts(value).into(),
            address.join(",").into(),
            if secured { "80, 443" } else { "80" }.into(),
            age(value, now),
        ]
    },
    name_at: 0,
};

pub(super) const EVENT: Print = Print {
    columns: &[
        shown("Last Seen", "string"),
        shown("Type", "string"),
        shown("Reason", "string"),
        shown("Object", "string"),
        wide("Subobject"),
        wide("Source"),
        shown("Message", "string"),
        wide("First Seen"),
        wide("Count"),
    ],
    cells: event,
    name_at: 9,
};

pub(super) const NAMESPACE: Print = Print {
    columns: &[shown("Status", "string"), AGE],
    cells: |value, now| vec![text(value, &["status", "phase"]).into(), age(value, now)],
    name_at: 0,
};

pub(super) const CONFIG_MAP: Print = Print {
    columns: &[shown("Data", "string"), AGE],
    cells: |value, now| vec![(count(value, "data") + count(value, "binaryData")).into(), age(value, now)],
    name_at: 0,
};

pub(super) const SECRET: Print = Print {
    columns: &[shown("Type", "string"), shown("Data", "string"), AGE],
    cells: |value, now| vec![text(value, &["type"]).into(), count(value, "data").into(), age(value, now)],
    name_at: 0,
};

pub(super) const SERVICE_ACCOUNT: Print = Print {
    columns: &[shown("Secrets", "string"), AGE],
    cells: |value, now| vec![each(value, &["secrets"]).count().into(), age(value, now)],
    name_at: 0,
};

pub(super) const LEASE: Print = Print {
    columns: &[shown("Holder", "string"), AGE],
    cells: |value, now| vec![text(value, &["spec", "holderIdentity"]).into(), age(value, now)],
    name_at: 0,
};

fn count(value: &Value, key: &str) -> usize {
    at(value, &[key]).as_object().map_or(0, serde_json::Map::len)
}

fn port(port: &Value) -> String {
    let (number_, protocol) = (number(port, &["port"]), or(text(port, &["protocol"]), "TCP"));
    match number(port, &["nodePort"]) {
        0 => format!("{number_}/{protocol}"),
        node => format!("{number_}:{node}/{protocol}"),
    }
}

fn external(value: &Value) -> String {
    let given: Vec<&str> = each(value, &["spec", "externalIPs"]).filter_map(Value::as_str).collect();
    let balanced = each(value, &["status", "loadBalancer", "ingress"])
        .map(|one| or(text(one, &["ip"]), text(one, &["hostname"])));
    match text(value, &["spec", "type"]) {
        "LoadBalancer" => {
            let all: Vec<&str> = balanced.chain(given).collect();
            or(&all.join(","), "<pending>").to_owned()
        }
        "ExternalName" => text(value, &["spec", "externalName"]).to_owned(),
        _ => or(&given.join(","), "<none>").to_owned(),
    }
}

fn hosts(value: &Value) -> String {
    const SHOWN: usize = 3;
    let rules = each(value, &["spec", "rules"]).count();
    let named: Vec<&str> = each(value, &["spec", "rules"])
        .map(|rule| text(rule, &["host"]))
        .filter(|host| !host.is_empty())
        .collect();
    match named.get(..SHOWN) {
        _ if named.is_empty() => "*".to_owned(),
        Some(first) if rules > SHOWN => format!("{} + {} more...", first.join(","), rules - SHOWN),
        _ => named.join(","),
    }
}

fn event(value: &Value, now: Timestamp) -> Vec<Value> {
    let first = match at(value, &["firstTimestamp"]) {
        Value::Null => since(value, &["eventTime"], now),
        _ => since(value, &["firstTimestamp"], now),
    };
    let series = at(value, &["series"]);
    let (last, times) = match at(value, &["lastTimestamp"]) {
        _ if !series.is_null() => (since(series, &["lastObservedTime"], now), number(series, &["count"])),
        Value::Null => (first.clone(), number(value, &["count"])),
        _ => (since(value, &["lastTimestamp"], now), number(value, &["count"])),
    };
    let about = at(value, &["involvedObject"]);
    let kind = text(about, &["kind"]).to_lowercase();
    let target = match text(about, &["name"]) {
        "" => kind,
        name => format!("{kind}/{name}"),
    };
    let component = or(text(value, &["source", "component"]), text(value, &["reportingComponent"]));
    let host = or(text(value, &["source", "host"]), text(value, &["reportingInstance"]));
    let source = if host.is_empty() { component.to_owned() } else { format!("{component}, {host}") };
    vec![
        last.into(),
        text(value, &["type"]).into(),
        text(value, &["reason"]).into(),
        target.into(),
        text(about, &["fieldPath"]).into(),
        source.into(),
        text(value, &["message"]).trim().into(),
        first.into(),
        times.max(1).into(),
    ]
}
