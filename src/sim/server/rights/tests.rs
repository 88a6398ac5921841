use super::*;

fn asked<'a>(verb: &'a str, resource: &'a str, namespace: &'a str) -> Asked<'a> {
    Asked { verb, group: "argoproj.io", resource, namespace, name: "web" }
}

#[test]
fn a_rule_for_a_resource_does_not_reach_its_parts() {
    let rights = Rights::only(vec![Rule::new(&["patch"], "argoproj.io", &["rollouts"])]);
    assert!(rights.allow(&asked("patch", "rollouts", "shop")));
    assert!(!rights.allow(&asked("patch", "rollouts/status", "shop")));
    assert!(!rights.allow(&asked("get", "rollouts", "shop")));
    let parts = Rights::only(vec![Rule::new(&["patch"], "argoproj.io", &["*/status"])]);
    assert!(parts.allow(&asked("patch", "rollouts/status", "shop")));
    assert!(!parts.allow(&asked("patch", "rollouts", "shop")));
}

#[test]
fn a_star_means_every_resource_with_its_parts_and_every_group() {
    let rights = Rights::everything();
    assert!(rights.allow(&asked("patch", "rollouts/status", "")));
    assert!(rights.allow(&Asked { group: "", resource: "pods", ..asked("delete", "", "shop") }));
}

#[test]
fn what_is_taken_away_is_gone_wherever_it_came_from() {
    let rule = Rule::new(&["*"], "argoproj.io", &["rollouts"]).within("shop");
    let rights = Rights::everything().without(rule);
    assert!(!rights.allow(&asked("get", "rollouts", "shop")));
    assert!(rights.allow(&asked("get", "rollouts", "other")));
    assert!(rights.allow(&asked("patch", "rollouts/status", "shop")));
}

#[test]
fn a_rule_for_names_covers_no_collection() {
    let rule = Rule { names: vec!["web".into()], ..Rule::new(&["*"], "argoproj.io", &["rollouts"]) };
    let rights = Rights::only(vec![rule]);
    assert!(rights.allow(&asked("get", "rollouts", "shop")));
    assert!(!rights.allow(&Asked { name: "", ..asked("list", "rollouts", "shop") }));
}

#[test]
fn the_rules_of_a_namespace_are_those_that_hold_in_it() {
    let rules = vec![
        Rule::new(&["get"], "argoproj.io", &["rollouts"]),
        Rule::new(&["patch"], "argoproj.io", &["rollouts"]).within("shop"),
    ];
    let rights = Rights::only(rules);
    let verbs = |namespace: &str| -> Vec<Value> {
        rights.rules(namespace).iter().map(|rule| rule["verbs"][0].clone()).collect()
    };
    assert_eq!(verbs("shop"), ["get", "patch"]);
    assert_eq!(verbs("other"), ["get"]);
}
