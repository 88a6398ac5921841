//! Owns situations of a Rollout as stored JSON, so that the same bytes are parsed, guarded and patched.

use serde_json::{Value, json};

use super::fixture::{SINCE, pod_template, stored_set};
use crate::operation::order::{Run, SetImage, Undo};
use crate::operation::template::{Holder, Revision};
use crate::operation::{Goal, Kind, Order};
use crate::rollout::delta::Object;
use crate::rollout::parse::{self, Interner};
use crate::rollout::{AnalysisRun, Rollout};

/// The names of all situations.
pub const ALL: [&str; 17] = [
    "waiting",
    "moving",
    "in-flight",
    "held",
    "healthy",
    "aborted",
    "aborting",
    "full",
    "first",
    "unobserved",
    "inconclusive",
    "restarting",
    "bg-waiting",
    "bg-switched",
    "no-steps",
    "unknown",
    "deleted",
];

/// A canary at its second step of five, which waits there.
fn waiting() -> Value {
    json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
        "metadata": {
            "name": "web", "namespace": "shop", "uid": "u-1", "generation": 7, "resourceVersion": "1",
            "creationTimestamp": "2026-11-20T08:00:00Z",
        },
        "spec": {
            "replicas": 5,
            "selector": {"matchLabels": {"app": "web"}},
            "template": pod_template("web:2"),
            "strategy": {"canary": {"steps": [
                {"setWeight": 20}, {"pause": {}}, {"setWeight": 50}, {"pause": {"duration": "5m"}}, {"setWeight": 80},
            ]}},
        },
        "status": {
            "observedGeneration": "7", "currentPodHash": "new", "stableRS": "old", "currentStepIndex": 1,
            "pauseConditions": [{"reason": "CanaryPauseStep", "startTime": SINCE}], "controllerPause": true,
        },
    })
}

fn moving() -> Value {
    let mut rollout = waiting();
    let status = rollout["status"].as_object_mut().unwrap();
    status.remove("pauseConditions");
    status.remove("controllerPause");
    status.insert("currentStepIndex".into(), json!(0));
    rollout
}

fn blue_green() -> Value {
    let mut rollout = waiting();
    rollout["spec"]["strategy"] = json!({"blueGreen": {"activeService": "a", "autoPromotionEnabled": false}});
    rollout["status"].as_object_mut().unwrap().remove("currentStepIndex");
    rollout["status"]["pauseConditions"][0]["reason"] = json!("BlueGreenPause");
    rollout["status"]["blueGreen"] = json!({"activeSelector": "old", "previewSelector": "new"});
    rollout
}

/// The Rollout of that situation, as stored.
pub fn stored(name: &str) -> Value {
    let mut it = match name {
        "waiting" | "unobserved" | "inconclusive" | "unknown" | "deleted" => waiting(),
        "in-flight" => waiting(),
        "bg-waiting" | "bg-switched" => blue_green(),
        _ => moving(),
    };
    match name {
        "in-flight" => it["status"]["pauseConditions"] = json!([]),
        "held" => it["spec"]["paused"] = json!(true),
        "healthy" => {
            it["status"]["stableRS"] = json!("new");
            it["status"]["currentStepIndex"] = json!(5);
        }
        "aborted" => {
            it["status"]["abort"] = json!(true);
            it["status"]["abortedAt"] = json!(SINCE);
        }
        "aborting" => it["status"]["abort"] = json!(true),
        "full" => it["status"]["promoteFull"] = json!(true),
        "first" => {
            it["status"].as_object_mut().unwrap().remove("stableRS");
        }
        "unobserved" => it["metadata"]["generation"] = json!(8),
        "inconclusive" => {
            it["status"]["pauseConditions"][0]["reason"] = json!("InconclusiveAnalysisRun");
            it["status"]["canary"] = json!({
                "currentStepAnalysisRunStatus": {"name": "web-new-2-1", "status": "Inconclusive"},
            });
        }
        "restarting" => it["spec"]["restartAt"] = json!("2026-11-21T08:09:00Z"),
        "bg-switched" => {
            it["status"]["blueGreen"]["activeSelector"] = json!("new");
            let status = it["status"].as_object_mut().unwrap();
            status.remove("pauseConditions");
            status.remove("controllerPause");
        }
        "no-steps" => it["spec"]["strategy"] = json!({"canary": {}}),
        "unknown" => it["spec"]["strategy"] = json!({}),
        "deleted" => it["metadata"]["deletionTimestamp"] = json!(SINCE),
        _ => {}
    }
    it
}

/// The step's AnalysisRun, as stored.
pub fn stored_run() -> Value {
    json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "AnalysisRun",
        "metadata": {
            "name": "web-new-2-0", "namespace": "shop", "uid": "u-run", "generation": 4, "resourceVersion": "1",
            "creationTimestamp": "2026-11-21T08:00:00Z",
            "ownerReferences": [{
                "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": "web", "uid": "u-1",
                "controller": true,
            }],
        },
        "spec": {"metrics": [{"name": "m", "provider": {}}]},
        "status": {"phase": "Running"},
    })
}

pub fn parsed(rollout: &Value) -> Rollout {
    match parse::from_value(rollout.clone(), &mut Interner::new()) {
        Some(Object::Rollout(rollout)) => *rollout,
        other => panic!("{other:?}"),
    }
}

pub fn parsed_run(run: &Value) -> AnalysisRun {
    match parse::from_value(run.clone(), &mut Interner::new()) {
        Some(Object::AnalysisRun(run)) => *run,
        other => panic!("{other:?}"),
    }
}

/// An order of that kind as a person would give it on this Rollout: cancel and undo go back to revision 1.
pub fn order(kind: Kind, rollout: &Value) -> Order {
    let holder = || Holder::read(rollout).unwrap();
    let back = || {
        let revision = Revision::read(&stored_set("old", "web:1", 1)).unwrap();
        Box::new(Undo { holder: holder(), revision, stable: None })
    };
    match kind {
        Kind::PromoteTo => Order::PromoteTo(Goal::Step(3)),
        Kind::Cancel => Order::Cancel(back()),
        Kind::Undo => Order::Undo(back()),
        Kind::SetImage => Order::SetImage(Box::new(SetImage {
            holder: holder(),
            container: "web".into(),
            image: "web:3".into(),
        })),
        Kind::Terminate => Order::Terminate(Box::new(Run::analysis(&parsed_run(&stored_run())))),
        plain => plain.into(),
    }
}
