use super::*;

const POLICY: &str = "\
name: shop
rollout_gates:
  method: kayenta
  min_data_points_per_metric: 90
metrics:
  - name: errors
    query: errors{hash=\"{{canary}}\"}
    groups: [errors]
groups:
  errors: 90
";

const ROLLOUT: &str = "\
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: checkout, namespace: shop}
spec: {strategy: {canary: {steps: [{setWeight: 10}, {pause: {duration: 20m}}, {setWeight: 50}, {pause: {}}]}}}
";

/// Writes files into a folder and lints them.
fn linted(files: &[(&str, &str)], steps: Option<&str>) -> Answer {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let files = files.iter().map(|(name, text)| put(name, text)).collect();
    let steps = steps.map(|text| put("rollout.yaml", text));
    let mut answer = lint::run(&Lint { files, steps, rollout: None });
    answer.out = answer.out.replace(&format!("{}/", folder.path().display()), "");
    answer
}

#[test]
fn a_fault_has_file_and_line() {
    let answer = linted(&[("shop.yaml", &POLICY.replace("method: kayenta", "methd: kayenta"))], None);
    assert_eq!(answer.code, 1);
    assert_eq!(answer.out, "shop.yaml:3: error: there is no setting `methd`: did you mean `method`?\n");
}

#[test]
fn findings_stand_at_the_setting_they_are_about_the_worst_first() {
    let answer = linted(&[("shop.yaml", POLICY)], None);
    assert_eq!(answer.code, 1);
    let grades: Vec<&str> = answer.out.lines().map(|line| line.split(": ").nth(1).unwrap()).collect();
    assert_eq!(grades, ["error", "error", "warning", "warning", "note", "note"], "{}", answer.out);
    // The interval is nowhere in the file; the weights and the method are.
    assert!(
        answer.out.starts_with("shop.yaml: error: an interval of 1h holds 60 points of the 90"),
        "{}",
        answer.out
    );
    assert!(answer.out.contains(
        "shop.yaml:9: error: the weights of all groups are 90 together, so the score never reaches 95"
    ));
    assert!(answer.out.contains("shop.yaml:3: note: kayenta's search stops at 0.0001"));
}

#[test]
fn a_policy_that_only_surprises_is_in_order() {
    let text = POLICY.replace("metric: 90", "metric: 50").replace("errors: 90", "errors: 100");
    let answer = linted(&[("shop.yaml", &text)], None);
    assert_eq!(answer.code, 0, "{}", answer.out);
    assert!(answer.out.ends_with("shop.yaml: in order: policy shop\n"), "{}", answer.out);
}

#[test]
fn pauses_of_a_rollout_that_it_is_for_are_compared_with_the_points_that_it_wants() {
    let text = POLICY.replace("metric: 90", "metric: 50").replace("errors: 90", "errors: 100");
    let answer = linted(&[("shop.yaml", &text)], Some(ROLLOUT));
    assert_eq!(answer.code, 1);
    let first = answer.out.lines().next().unwrap();
    assert_eq!(
        first,
        "shop.yaml:4: error: shop/checkout: step 2 pauses for 20m, which holds 20 points of 50: it can never pass; the shortest pause that can is 50m"
    );
    let of_others = text.replace("name: shop\n", "name: shop\napplies_to: {namespaces: [prod]}\n");
    let not_meant = linted(&[("shop.yaml", &of_others)], Some(ROLLOUT));
    assert_eq!(not_meant.code, 0);
    assert!(
        not_meant.out.contains("shop.yaml: note: it judges none of the Rollouts given"),
        "{}",
        not_meant.out
    );
    let named =
        ROLLOUT.replace("namespace: shop}", "namespace: shop, annotations: {rollgate.io/gate-policy: shop}}");
    assert_eq!(linted(&[("shop.yaml", &of_others)], Some(&named)).code, 1);
}

#[test]
fn a_file_that_is_not_there_cannot_be_told_and_hides_no_other() {
    let missing = Lint { files: vec!["/nowhere/p.yaml".into()], steps: None, rollout: None };
    let answer = lint::run(&missing);
    assert_eq!((answer.code, answer.out.as_str()), (2, ""));
    assert!(answer.err.starts_with("Error: cannot read /nowhere/p.yaml: No such file"), "{}", answer.err);
    let steps = Lint { files: vec![], steps: Some("/nowhere/r.yaml".into()), rollout: None };
    assert_eq!(lint::run(&steps).code, 2);
}

#[test]
fn a_folder_cannot_be_read_as_a_policy_and_is_not_called_a_wrong_one() {
    let folder = tempfile::tempdir().unwrap();
    let answer = lint::run(&Lint { files: vec![folder.path().into()], steps: None, rollout: None });
    assert_eq!((answer.code, answer.out.as_str()), (2, ""));
    assert!(answer.err.starts_with("Error: cannot read "), "{}", answer.err);
}
