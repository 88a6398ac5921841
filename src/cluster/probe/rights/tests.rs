use serde_json::json;

use super::*;

const STATUS: Right = Right { verb: "patch", group: "argoproj.io", resource: "rollouts/status" };
const WHOLE: Right = Right { verb: "patch", group: "argoproj.io", resource: "rollouts" };

fn ruling(rules: Value, right: &Right) -> Ruling {
    let rules: Rules = serde_json::from_value(json!({"resourceRules": rules})).unwrap();
    rules.ruling(right)
}

fn rule(verbs: &[&str], groups: &[&str], resources: &[&str]) -> Value {
    json!([{"verbs": verbs, "apiGroups": groups, "resources": resources}])
}

fn denied() -> Ruling {
    Ruling::Denied { why: Printable::default() }
}

#[test]
fn a_right_to_the_whole_is_none_to_its_status_and_the_other_way_round() {
    let whole = rule(&["patch"], &["argoproj.io"], &["rollouts"]);
    assert_eq!((ruling(whole.clone(), &WHOLE), ruling(whole, &STATUS)), (Ruling::Allowed, denied()));
    let status = rule(&["patch"], &["argoproj.io"], &["rollouts/status"]);
    assert_eq!((ruling(status.clone(), &WHOLE), ruling(status, &STATUS)), (denied(), Ruling::Allowed));
}

#[test]
fn stars_mean_what_rbac_says() {
    for rules in [
        rule(&["*"], &["*"], &["*"]),
        rule(&["patch"], &["argoproj.io"], &["*"]),
        rule(&["get", "patch"], &["apps", "argoproj.io"], &["*/status"]),
    ] {
        assert_eq!(ruling(rules, &STATUS), Ruling::Allowed);
    }
    assert_eq!(ruling(rule(&["patch"], &["argoproj.io"], &["*/status"]), &WHOLE), denied());
    assert_eq!(ruling(rule(&["patch"], &["apps"], &["*"]), &STATUS), denied());
    assert_eq!(ruling(rule(&["get", "list"], &["*"], &["*"]), &STATUS), denied());
    assert_eq!(ruling(json!([]), &STATUS), denied());
}

#[test]
fn a_rule_for_some_names_is_no_right_and_is_told() {
    let named = json!([{"verbs": ["patch"], "apiGroups": ["argoproj.io"], "resources": ["rollouts"],
        "resourceNames": ["web", "api"]}]);
    assert_eq!(ruling(named, &WHOLE), Ruling::Denied { why: "allowed for web, api alone".into() });
}

#[test]
fn one_rule_that_gives_it_is_enough_and_none_takes_it_away() {
    let two = json!([
        {"verbs": ["patch"], "apiGroups": ["argoproj.io"], "resources": ["rollouts"], "resourceNames": ["web"]},
        {"verbs": ["patch"], "apiGroups": ["argoproj.io"], "resources": ["rollouts"]},
    ]);
    assert_eq!(ruling(two, &WHOLE), Ruling::Allowed);
}

#[test]
fn a_review_without_a_status_is_no_answer() {
    assert!(status::<Rules>(json!({"kind": "SelfSubjectRulesReview"})).is_err());
}
