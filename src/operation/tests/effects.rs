//! Owns what requests do to stored objects, under the API server's rules for JSON Patches.
//!
//! The embedded cluster's objects stand for the server: `replace` sets what is missing, texts are compared as Go spells
//! them, `1` is not `1.0`.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::fixture::*;
use super::offered::staged_cells;
use super::situations::{order, parsed, stored, stored_run};
use crate::operation::order::{SetImage, Undo};
use crate::operation::template::{Holder, Revision};
use crate::operation::{Kind, Operation, Order, SiteKind};
use crate::sim::objects::kind::{ANALYSIS_RUN, DEPLOYMENT, POD_TEMPLATE, REPLICA_SET, ROLLOUT};
use crate::sim::objects::{self, Objects, Part, Patch, PatchKind, Place, Ties};

fn place(kind: SiteKind, name: &str) -> Place {
    let kind = match kind {
        SiteKind::Rollout => &ROLLOUT,
        SiteKind::Deployment => &DEPLOYMENT,
        SiteKind::ReplicaSet => &REPLICA_SET,
        SiteKind::PodTemplate => &POD_TEMPLATE,
        SiteKind::AnalysisRun => &ANALYSIS_RUN,
        SiteKind::Experiment => panic!("no Experiment here"),
    };
    Place::new(kind, "shop", name)
}

/// A cluster that holds these objects as they are.
pub fn cluster(all: &[&Value]) -> Objects {
    let mut objects = Objects::new(1);
    for one in all {
        let kind = SiteKind::named(one["kind"].as_str().unwrap()).unwrap();
        let place = place(kind, one["metadata"]["name"].as_str().unwrap());
        objects.adopt(place, Ties::of(one), |version| {
            let mut stored = (*one).clone();
            stored["metadata"]["resourceVersion"] = version.to_string().into();
            stored.to_string()
        });
    }
    objects
}

/// Sends the request, and returns the object after it.
pub fn send(objects: &mut Objects, operation: &Operation) -> Result<Value, objects::Refusal> {
    let (site, request) = (operation.site(), operation.request());
    let path = request.path.split('?').next().unwrap();
    let part = if path.ends_with("/status") { Part::Status } else { Part::Whole };
    let patch = Patch { kind: PatchKind::Json, body: request.body.as_bytes() };
    objects.patch(&place(site.kind, &site.name), part, patch, at(0)).map(|stored| stored.value.clone())
}

fn effect(kind: Kind) -> (&'static str, Value) {
    match kind {
        Kind::Promote => ("/status/pauseConditions", json!([])),
        Kind::PromoteTo => ("/status/currentStepIndex", json!(3)),
        Kind::PromoteFull => ("/status/promoteFull", json!(true)),
        Kind::Pause => ("/spec/paused", json!(true)),
        Kind::Resume => ("/spec/paused", json!(false)),
        Kind::Abort => ("/status/abort", json!(true)),
        Kind::Cancel | Kind::Undo => ("/spec/template", pod_template("web:1")),
        Kind::Retry => ("/status/abort", json!(false)),
        Kind::SetImage => ("/spec/template/spec/containers/0/image", json!("web:3")),
        Kind::Restart => ("/spec/restartAt", json!("2026-11-21T08:10:00Z")),
        Kind::Terminate => ("/spec/terminate", json!(true)),
    }
}

#[test]
fn every_request_has_its_effect_once_and_a_second_copy_is_refused() {
    let cells = staged_cells();
    assert!(cells.len() > 100);
    for (kind, situation) in cells {
        let rollout = stored(situation);
        let operation = staged(order(kind, &rollout), &parsed(&rollout));
        let mut objects = cluster(&[&rollout, &stored_run()]);
        let after = send(&mut objects, &operation)
            .unwrap_or_else(|refusal| panic!("{kind:?} × {situation}: {refusal:?}"));
        let (pointer, value) = effect(kind);
        assert_eq!(after.pointer(pointer), Some(&value), "{kind:?} × {situation}");
        let version = objects.version();
        assert_eq!(send(&mut objects, &operation).unwrap_err().code, 422, "{kind:?} × {situation}");
        assert_eq!(objects.version(), version, "{kind:?} × {situation}: nothing was written twice");
    }
}

#[test]
fn every_test_has_a_value_because_one_without_makes_a_server_drop_the_connection() {
    for (kind, situation) in staged_cells() {
        let rollout = stored(situation);
        let operation = staged(order(kind, &rollout), &parsed(&rollout));
        let ops: Vec<Value> = serde_json::from_str(&operation.request().body).unwrap();
        assert!(ops.iter().all(|op| op.as_object().unwrap().contains_key("value")), "{kind:?} × {situation}");
        let tests = ops.iter().filter(|op| op["op"] == "test").count();
        assert_eq!(tests, operation.course().guards().len());
        assert_eq!(operation.guards().len(), tests + operation.course().watched().len());
    }
}

#[test]
fn a_request_is_refused_when_any_fact_that_is_tested_has_moved() {
    for (kind, situation) in staged_cells() {
        let rollout = stored(situation);
        let operation = staged(order(kind, &rollout), &parsed(&rollout));
        let site = operation.site();
        for guard in operation.course().guards() {
            let mut moved = if site.kind == SiteKind::Rollout { rollout.clone() } else { stored_run() };
            let pointer = guard.pointer(operation.facts()).into_owned();
            set(&mut moved, &pointer, json!("moved"));
            let mut objects = cluster(&[&moved]);
            assert_eq!(
                send(&mut objects, &operation).unwrap_err().code,
                422,
                "{kind:?} × {situation}: {pointer}"
            );
        }
    }
}

fn set(object: &mut Value, pointer: &str, value: Value) {
    let mut here = object;
    for key in pointer.split('/').skip(1) {
        here = match here {
            Value::Array(list) => &mut list[key.parse::<usize>().unwrap()],
            other => &mut other[key],
        };
    }
    *here = value;
}

/// The objects that a Rollout may refer to for its template, as stored.
fn workload(kind: &str) -> Value {
    let (version, held) = match kind {
        "PodTemplate" => ("v1", json!({"template": pod_template("web:2")})),
        _ => (
            "apps/v1",
            json!({"spec": {
                "selector": {"matchLabels": {"app": "web"}}, "template": pod_template("web:2"),
            }}),
        ),
    };
    let mut object = json!({
        "apiVersion": version, "kind": kind,
        "metadata": {
            "name": "web-workload", "namespace": "shop", "uid": "u-9", "generation": 2, "resourceVersion": "1",
            "creationTimestamp": "2026-11-20T08:00:00Z",
        },
    });
    object.as_object_mut().unwrap().extend(held.as_object().unwrap().clone());
    object
}

/// A Rollout that refers to a workload of that kind.
fn referring(kind: &str) -> Value {
    let mut rollout = stored("moving");
    let spec = rollout["spec"].as_object_mut().unwrap();
    spec.remove("template");
    spec.insert("workloadRef".into(), json!({"apiVersion": "apps/v1", "kind": kind, "name": "web-workload"}));
    rollout
}

#[test]
fn a_template_is_changed_where_it_lies_under_the_guards_of_that_object() {
    for (kind, path, template) in [
        ("Deployment", "/apis/apps/v1/namespaces/shop/deployments/web-workload?", "/spec/template"),
        ("ReplicaSet", "/apis/apps/v1/namespaces/shop/replicasets/web-workload?", "/spec/template"),
        ("PodTemplate", "/api/v1/namespaces/shop/podtemplates/web-workload?", "/template"),
    ] {
        let (held, rollout) = (workload(kind), referring(kind));
        let holder = Holder::read(&held).unwrap();
        let undo = Undo { holder: holder.clone(), revision: revision(), stable: None };
        let image = SetImage { holder, container: "web".into(), image: "web:3".into() };
        for order in [Order::Undo(Box::new(undo)), Order::SetImage(Box::new(image))] {
            let operation = staged(order, &parsed(&rollout));
            assert!(operation.request().path.starts_with(path), "{}", operation.request().path);
            assert!(
                operation.request().body.contains(r#"{"op":"test","path":"/metadata/uid","value":"u-9"}"#)
            );
            assert!(operation.consequence().as_str().contains(&format!("in the {kind} web-workload")));
            let mut objects = cluster(&[&held, &rollout]);
            let after = send(&mut objects, &operation).unwrap();
            let images = after.pointer(&format!("{template}/spec/containers/0/image"));
            assert!(images == Some(&json!("web:1")) || images == Some(&json!("web:3")), "{after}");
            assert_eq!(send(&mut objects, &operation).unwrap_err().code, 422, "{kind}");
        }
    }
}

#[test]
fn a_template_with_letters_that_go_escapes_arrives_as_it_was() {
    let mut set = stored_set("old", "web:1", 1);
    set["spec"]["template"]["spec"]["containers"][0]["command"] =
        json!(["sh", "-c", "a <b && c > d\u{2028}"]);
    set["spec"]["template"]["metadata"]["annotations"] = json!({"example.com/a~b": "<&>"});
    let rollout = stored("moving");
    let undo = Undo {
        holder: Holder::read(&rollout).unwrap(),
        revision: Revision::read(&set).unwrap(),
        stable: None,
    };
    let operation = staged(Order::Undo(Box::new(undo)), &parsed(&rollout));
    for letter in ['<', '>', '&', '\u{2028}'] {
        assert!(!operation.request().body.contains(letter), "{letter:?} stands unescaped");
    }
    let after = send(&mut cluster(&[&rollout]), &operation).unwrap();
    let template = &after["spec"]["template"];
    assert_eq!(template["spec"]["containers"][0]["command"][2], "a <b && c > d\u{2028}");
    assert_eq!(template["metadata"]["annotations"]["example.com/a~b"], "<&>");
}

#[test]
fn an_image_and_a_container_with_odd_letters_are_guarded_as_stored() {
    let mut rollout = stored("moving");
    rollout["spec"]["template"]["spec"]["containers"] =
        json!([{"name": "side", "image": "side:1"}, {"name": "a~b/c", "image": "web<&>:1"}]);
    let image = SetImage {
        holder: Holder::read(&rollout).unwrap(),
        container: "a~b/c".into(),
        image: "web:3".into(),
    };
    let operation = staged(Order::SetImage(Box::new(image)), &parsed(&rollout));
    let body = &operation.request().body;
    assert!(body.contains(r#"{"op":"test","path":"/spec/template/spec/containers/1/image","value":"web\u003c\u0026\u003e:1"}"#), "{body}");
    let after = send(&mut cluster(&[&rollout]), &operation).unwrap();
    assert_eq!(after["spec"]["template"]["spec"]["containers"][1]["image"], "web:3");
    assert_eq!(after["spec"]["template"]["spec"]["containers"][0]["image"], "side:1");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_text_is_stored_its_guard_holds_until_it_changes(stable in "\\PC{1,12}", other in "\\PC{1,12}") {
        let mut rollout = stored("moving");
        rollout["status"]["stableRS"] = json!(stable);
        let operation = staged(Kind::Abort, &parsed(&rollout));
        let again = staged(Kind::Abort, &parsed(&rollout));
        prop_assert_eq!(operation.request(), again.request());
        prop_assert!(send(&mut cluster(&[&rollout]), &operation).is_ok());
        if other != stable {
            rollout["status"]["stableRS"] = json!(other);
            prop_assert!(send(&mut cluster(&[&rollout]), &operation).is_err());
        }
    }
}
