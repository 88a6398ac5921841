use serde_json::json;

use super::*;

fn rule(resources: &[&str]) -> Value {
    json!({"apiGroups": ["argoproj.io"], "apiVersions": ["*"], "operations": ["CREATE", "UPDATE"], "resources": resources})
}

fn configuration(rule: Value, selector: Value) -> Value {
    json!({"metadata": {"name": "guard"},
        "webhooks": [{"name": "w.example.org", "failurePolicy": "Fail", "rules": [rule], "namespaceSelector": selector}]})
}

fn found(rule: Value) -> bool {
    !webhooks("ValidatingWebhookConfiguration", &configuration(rule, json!({}))).is_empty()
}

#[test]
fn resources_match_as_the_api_server_matches_them() {
    for resources in
        [&["rollouts"][..], &["rollouts/status"], &["*"], &["*/*"], &["rollouts/*"], &["*/status"]]
    {
        assert!(found(rule(resources)), "{resources:?}");
    }
    for resources in [&["pods"][..], &["rollouts/scale"], &["*/scale"], &["pods/*"], &[]] {
        assert!(!found(rule(resources)), "{resources:?}");
    }
}

#[test]
fn only_updates_of_argos_group_and_version_match() {
    let other = |field: &str, value: Value| {
        let mut rule = rule(&["rollouts"]);
        rule[field] = value;
        found(rule)
    };
    assert!(
        other("operations", json!(["*"])) && other("apiGroups", json!(["*"])) && other("scope", json!("*"))
    );
    assert!(!other("operations", json!(["CREATE", "DELETE"])));
    assert!(!other("apiGroups", json!(["apps"])));
    assert!(!other("apiVersions", json!(["v1"])));
    assert!(!other("scope", json!("Cluster")));
}

#[test]
fn a_webhook_is_told_with_its_configuration_and_what_its_silence_means() {
    let mut one = configuration(rule(&["*"]), json!({}));
    let told = webhooks("ValidatingWebhookConfiguration", &one);
    assert_eq!(told[0].name.as_str(), "guard/w.example.org");
    assert!(told[0].fails_closed && told[0].namespaces.is_empty());
    one["webhooks"][0]["failurePolicy"] = json!("Ignore");
    assert!(!webhooks("ValidatingWebhookConfiguration", &one)[0].fails_closed);
}

#[test]
fn namespaces_are_named_where_the_selector_is_one_of_names_and_else_all_are_meant() {
    let names = |selector: Value| {
        let told = webhooks("ValidatingWebhookConfiguration", &configuration(rule(&["*"]), selector));
        told[0].namespaces.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let key = "kubernetes.io/metadata.name";
    assert_eq!(names(json!({"matchLabels": {key: "shop"}})), ["shop"]);
    let expression = |operator: &str| json!({"matchExpressions": [{"key": key, "operator": operator, "values": ["a", "b"]}]});
    assert_eq!(names(expression("In")), ["a", "b"]);
    assert!(names(expression("NotIn")).is_empty());
    assert!(names(json!({"matchLabels": {"team": "x"}})).is_empty());
    assert!(names(Value::Null).is_empty());
}

fn policy(constraints: Value) -> Value {
    json!({"metadata": {"name": "freeze"}, "spec": {"matchConstraints": constraints}})
}

fn binding(actions: Value, resources: Value) -> Value {
    json!({"spec": {"policyName": "freeze", "validationActions": actions, "matchResources": resources}})
}

#[test]
fn a_policy_counts_where_it_is_bound_to_refuse() {
    let policy = [policy(json!({"resourceRules": [rule(&["rollouts/status"])]}))];
    let told = |bindings: &[Value]| policies("ValidatingAdmissionPolicy", &policy, bindings);
    assert!(told(&[]).is_empty(), "without a binding it does nothing");
    assert!(told(&[binding(json!(["Warn", "Audit"]), json!({}))]).is_empty());
    let in_shop = json!({"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "shop"}}});
    let one = told(&[binding(json!(["Deny"]), in_shop.clone())]);
    assert_eq!((one.len(), one[0].fails_closed, &*one[0].namespaces[0]), (1, true, "shop"));
    let both = told(&[binding(json!(["Deny"]), in_shop), binding(json!(["Deny"]), json!({}))]);
    assert!(both[0].namespaces.is_empty(), "one of its bindings means all");
}

#[test]
fn what_is_left_out_is_not_told() {
    let excluding = |rule: Value| {
        let constraints = json!({"resourceRules": [self::rule(&["*/*"])], "excludeResourceRules": [rule]});
        policies("ValidatingAdmissionPolicy", &[policy(constraints)], &[binding(json!(["Deny"]), json!({}))])
            .is_empty()
    };
    assert!(excluding(rule(&["rollouts", "rollouts/status"])));
    assert!(!excluding(rule(&["rollouts"])), "the status is still matched");
    assert!(!excluding(
        json!({"apiGroups": ["apps"], "operations": ["*"], "apiVersions": ["*"], "resources": ["*/*"]})
    ));
}
