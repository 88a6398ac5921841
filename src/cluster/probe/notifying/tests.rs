use serde_json::json;

use super::*;

fn data(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
    entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn keys(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn services_triggers_and_the_secrets_keys_are_read_off_the_configuration() {
    let data = data(&[
        ("service.slack", "token: $slack-token\nusername: rollouts"),
        ("service.webhook.pager", "url: https://x/$pager_key\nheaders:\n- value: Bearer $pager_key"),
        ("trigger.on-rollout-aborted", "- send: [aborted]"),
        ("template.aborted", "message: costs $5"),
        ("subscriptions", "[]"),
    ]);
    let wanted = keys_named(&data);
    assert_eq!(wanted, keys(&["slack-token", "pager_key"]));
    let notifying = told(&data, &wanted, &Keys::These(keys(&["slack-token", "more"])));
    assert_eq!(notifying.services, ["slack".into(), "pager".into()]);
    assert_eq!(notifying.triggers, ["on-rollout-aborted".into()]);
    assert_eq!(notifying.unset, ["pager_key".into()]);
    assert!(told(&data, &wanted, &Keys::Unknown).unset.is_empty());
}

#[test]
fn keys_of_a_secret_are_told_by_who_manages_them() {
    let secret = |managed: Value| managed_keys(json!({"metadata": {"managedFields": managed}}));
    let fields = |data: Value| json!([{"manager": "kubectl", "fieldsV1": {"f:data": data, "f:type": {}}}]);
    assert_eq!(secret(fields(json!({".": {}, "f:a": {}, "f:b": {}}))), Keys::These(keys(&["a", "b"])));
    assert_eq!(secret(json!([{"fieldsV1": {"f:metadata": {}}}])), Keys::Unknown, "nobody says so");
    assert_eq!(managed_keys(json!({"metadata": {}})), Keys::Unknown);
}

fn managed_keys(metadata: Value) -> Keys {
    managed(&metadata)
}
