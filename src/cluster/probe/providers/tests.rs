use serde_json::json;

use super::*;

fn found(analysis: Value) -> BTreeMap<Provider, Last> {
    let analysis: Analysis = serde_json::from_value(analysis).unwrap();
    let mut found = BTreeMap::new();
    analysis.note(&mut found);
    found
}

fn named(provider: Value) -> (String, String) {
    let found = found(json!({"spec": {
        "args": [{"name": "prometheus", "value": "http://prom.monitoring:9090"}, {"name": "service"}],
        "metrics": [{"name": "m", "provider": provider}],
    }}));
    let (provider, _) = found.into_iter().next().unwrap();
    (provider.kind.to_string(), provider.address.to_string())
}

#[test]
fn each_kind_is_named_with_its_address_where_it_has_one() {
    let cases = [
        (
            json!({"prometheus": {"address": "http://prom:9090/", "query": "up"}}),
            ("prometheus", "http://prom:9090"),
        ),
        (
            json!({"prometheus": {"address": "{{args.prometheus}}"}}),
            ("prometheus", "http://prom.monitoring:9090"),
        ),
        (json!({"prometheus": {"address": "{{args.service}}"}}), ("prometheus", "{{args.service}}")),
        (json!({"datadog": {"query": "avg"}}), ("datadog", "")),
        (json!({"newRelic": {"profile": "prod"}}), ("newRelic", "prod")),
        (json!({"job": {"spec": {}}}), ("job", "")),
        (json!({"plugin": {"argoproj-labs/sample": {"address": "x"}}}), ("plugin", "argoproj-labs/sample")),
    ];
    for (provider, (kind, address)) in cases {
        assert_eq!(named(provider.clone()), (kind.to_owned(), address.to_owned()), "{provider}");
    }
}

#[test]
fn credentials_never_come_with_an_address() {
    for (url, shown) in [
        ("https://ann:pass@prom:9090/base?token=t#f", "https://prom:9090/base"),
        ("ann:pass@prom:9090", "prom:9090"),
        ("https://prom/a/b@c", "https://prom/a/b@c"),
    ] {
        assert_eq!(without_secrets(url, false), shown);
    }
    let (_, shown) = named(json!({"web": {"url": "https://hooks.example.org/T00/secret?x=1"}}));
    assert_eq!(shown, "https://hooks.example.org");
}

#[test]
fn the_newest_measurement_that_ended_is_told() {
    let run = json!({
        "spec": {"metrics": [{"name": "errors", "provider": {"web": {"url": "http://a"}}}]},
        "status": {"metricResults": [{"name": "errors", "measurements": [
            {"phase": "Successful", "finishedAt": "2026-11-21T08:00:00Z"},
            {"phase": "Failed", "finishedAt": "2026-11-21T08:01:00Z"},
            {"phase": "Running"},
        ]}, {"name": "other", "measurements": [{"phase": "Error", "finishedAt": "2026-11-21T09:00:00Z"}]}]},
    });
    let found = found(run);
    let last = found.into_values().next().unwrap().unwrap();
    assert_eq!(last, ("2026-11-21T08:01:00Z".parse().unwrap(), "Failed".into()));
}
