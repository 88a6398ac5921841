//! Owns how templates are read, cleaned and compared.

use serde_json::{Value, json};

use super::*;

fn template() -> Value {
    json!({
        "metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [{
            "name": "web", "image": "web:1", "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
            "ports": [{"containerPort": 80}], "readinessProbe": {"httpGet": {"port": 80}},
        }]},
    })
}

fn listed(now: &Value, then: &Value) -> Vec<String> {
    let text = |value: &Option<Printable>| value.as_ref().map_or("-".to_owned(), Printable::to_string);
    differences(now, then)
        .iter()
        .map(|one| format!("{}: {} -> {}", one.path, text(&one.was), text(&one.is)))
        .collect()
}

fn edited(edit: impl FnOnce(&mut Value)) -> Value {
    let mut changed = template();
    edit(&mut changed);
    changed
}

#[test]
fn what_the_server_fills_in_is_no_difference_either_way() {
    let stored = edited(|it| {
        it["metadata"]["creationTimestamp"] = Value::Null;
        it["spec"]["restartPolicy"] = json!("Always");
        it["spec"]["dnsPolicy"] = json!("ClusterFirst");
        it["spec"]["schedulerName"] = json!("default-scheduler");
        it["spec"]["securityContext"] = json!({});
        it["spec"]["terminationGracePeriodSeconds"] = json!(30);
        let container = &mut it["spec"]["containers"][0];
        container["imagePullPolicy"] = json!("IfNotPresent");
        container["resources"] = json!({});
        container["terminationMessagePath"] = json!("/dev/termination-log");
        container["terminationMessagePolicy"] = json!("File");
        container["ports"][0]["protocol"] = json!("TCP");
        container["readinessProbe"] = json!({
            "httpGet": {"path": "/", "port": 80, "scheme": "HTTP"}, "timeoutSeconds": 1, "periodSeconds": 10,
            "successThreshold": 1, "failureThreshold": 3,
        });
    });
    assert_eq!(listed(&template(), &stored), [""; 0]);
    assert_eq!(listed(&stored, &template()), [""; 0]);
}

#[test]
fn the_pull_policy_that_is_filled_in_depends_on_the_tag() {
    for (image, policy) in [
        ("web", "Always"),
        ("web:latest", "Always"),
        ("host:5000/web", "Always"),
        ("host:5000/web:1", "IfNotPresent"),
        ("web@sha256:0a", "IfNotPresent"),
    ] {
        let open = edited(|it| it["spec"]["containers"][0]["image"] = json!(image));
        let mut written = open.clone();
        written["spec"]["containers"][0]["imagePullPolicy"] = json!(policy);
        assert_eq!(listed(&open, &written), [""; 0], "{image}");
        written["spec"]["containers"][0]["imagePullPolicy"] = json!("Never");
        assert_eq!(listed(&open, &written).len(), 1, "{image}");
    }
}

#[test]
fn members_with_names_are_compared_by_name_and_their_order_too() {
    let then = edited(|it| {
        it["spec"]["containers"][0]["env"] =
            json!([{"name": "C", "value": "3"}, {"name": "A", "value": "9"}]);
        it["spec"]["containers"][0]["image"] = json!("web:2");
    });
    assert_eq!(
        listed(&template(), &then),
        [
            "spec.containers[web].env[A].value: 1 -> 9",
            r#"spec.containers[web].env[B]: {"name":"B","value":"2"} -> -"#,
            r#"spec.containers[web].env[C]: - -> {"name":"C","value":"3"}"#,
            "spec.containers[web].image: web:1 -> web:2",
        ]
    );
    let turned = edited(|it| {
        it["spec"]["containers"][0]["env"] =
            json!([{"name": "B", "value": "2"}, {"name": "A", "value": "1"}]);
    });
    assert_eq!(listed(&template(), &turned), ["spec.containers[web].env order: A, B -> B, A"]);
}

#[test]
fn a_key_that_is_no_plain_word_stands_in_brackets_and_hostile_text_is_escaped() {
    let then = edited(|it| it["metadata"]["annotations"] = json!({"example.com/a~b": "x\u{1b}[2J"}));
    let one = edited(|it| it["metadata"]["annotations"] = json!({"other": "1"}));
    let found = listed(&one, &then);
    assert!(
        found.iter().any(|line| line.starts_with("metadata.annotations[example.com/a~b]: - -> x")),
        "{found:?}"
    );
    assert!(found.iter().all(|line| !line.contains('\u{1b}')));
}

#[test]
fn a_revision_is_without_what_the_controller_put_into_it() {
    let set = json!({
        "metadata": {
            "name": "web-abc", "uid": "u-abc",
            "labels": {"rollouts-pod-template-hash": "abc"},
            "annotations": {
                "rollout.argoproj.io/revision": "4",
                "rollout.argoproj.io/ephemeral-metadata": r#"{"labels":{"role":"stable"},"annotations":{"seen":"1"}}"#,
            },
        },
        "spec": {"template": {
            "metadata": {
                "creationTimestamp": null,
                "labels": {"app": "web", "role": "stable", "rollouts-pod-template-hash": "abc"},
                "annotations": {"seen": "1"},
            },
            "spec": {
                "affinity": {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{
                    "weight": 1,
                    "podAffinityTerm": {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchExpressions": [
                        {"key": "rollouts-pod-template-hash", "operator": "In", "values": ["def"]},
                    ]}},
                }]}},
                "containers": [{"name": "web", "image": "web:1"}],
            },
        }},
    });
    let revision = Revision::read(&set).unwrap();
    assert_eq!((revision.number, &*revision.hash, &*revision.owner), (4, "abc", ""));
    assert_eq!(
        *revision.template,
        json!({
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "web", "image": "web:1"}]},
        })
    );
}

#[test]
fn anti_affinity_of_ones_own_stays() {
    let own = json!([{"topologyKey": "zone", "labelSelector": {"matchLabels": {"app": "web"}}}]);
    let set = json!({
        "metadata": {"name": "web-abc"},
        "spec": {"template": {"spec": {
            "affinity": {
                "podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": own},
                "nodeAffinity": {},
            },
            "containers": [],
        }}},
    });
    let revision = Revision::read(&set).unwrap();
    assert_eq!(*revision.template, set["spec"]["template"]);
    assert_eq!(revision.number, 0);
}

#[test]
fn what_holds_no_template_is_no_holder() {
    for object in [
        json!({}),
        json!({"kind": "Service", "metadata": {"generation": 1}, "spec": {"template": {}}}),
        json!({"kind": "Rollout", "metadata": {"generation": 1}, "spec": {"workloadRef": {}}}),
        json!({"kind": "AnalysisRun", "metadata": {"generation": 1}, "spec": {"template": {}}}),
        json!({"kind": "PodTemplate", "metadata": {"generation": 1}, "spec": {"template": {}}}),
    ] {
        assert!(Holder::read(&object).is_none(), "{object}");
    }
}
