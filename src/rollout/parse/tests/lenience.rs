use proptest::prelude::{Just, any, prop, prop_assert, prop_oneof, proptest};
use proptest::strategy::Strategy as Values;

use super::*;

/// Every field that a Rollout's wire type knows, as a path.
const FIELDS: &[&str] = &[
    "/metadata",
    "/metadata/name",
    "/metadata/namespace",
    "/metadata/uid",
    "/metadata/resourceVersion",
    "/metadata/generation",
    "/metadata/creationTimestamp",
    "/metadata/deletionTimestamp",
    "/metadata/labels",
    "/metadata/annotations",
    "/metadata/annotations/rollout.argoproj.io~1revision",
    "/metadata/ownerReferences",
    "/metadata/ownerReferences/0",
    "/metadata/ownerReferences/0/uid",
    "/metadata/managedFields",
    "/spec",
    "/spec/replicas",
    "/spec/paused",
    "/spec/restartAt",
    "/spec/template",
    "/spec/template/spec",
    "/spec/template/spec/containers",
    "/spec/template/spec/containers/0",
    "/spec/template/spec/containers/0/image",
    "/spec/workloadRef",
    "/spec/workloadRef/kind",
    "/spec/selector",
    "/spec/selector/matchLabels",
    "/spec/selector/matchLabels/app",
    "/spec/strategy",
    "/spec/strategy/canary",
    "/spec/strategy/canary/steps",
    "/spec/strategy/canary/steps/0",
    "/spec/strategy/canary/steps/0/setWeight",
    "/spec/strategy/canary/steps/1/pause",
    "/spec/strategy/canary/steps/1/pause/duration",
    "/spec/strategy/canary/trafficRouting",
    "/spec/strategy/canary/trafficRouting/maxTrafficWeight",
    "/spec/strategy/canary/trafficRouting/plugins",
    "/spec/strategy/canary/analysis",
    "/spec/strategy/canary/pingPong",
    "/status",
    "/status/phase",
    "/status/message",
    "/status/observedGeneration",
    "/status/currentPodHash",
    "/status/stableRS",
    "/status/currentStepIndex",
    "/status/pauseConditions",
    "/status/pauseConditions/0",
    "/status/pauseConditions/0/startTime",
    "/status/controllerPause",
    "/status/abort",
    "/status/promoteFull",
    "/status/replicas",
    "/status/conditions",
    "/status/conditions/0",
    "/status/conditions/0/type",
    "/status/conditions/0/lastTransitionTime",
    "/status/canary",
    "/status/canary/weights",
    "/status/canary/weights/canary",
    "/status/canary/weights/canary/weight",
    "/status/canary/currentStepAnalysisRunStatus",
    "/status/canary/currentExperiment",
    "/status/blueGreen",
    "/status/blueGreen/activeSelector",
];

pub(super) fn full() -> Value {
    json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
        "metadata": {
            "name": "api", "namespace": "shop", "uid": "u-1", "resourceVersion": "41", "generation": 3,
            "creationTimestamp": "2026-11-20T10:00:00Z", "deletionTimestamp": "2026-11-21T10:00:00Z",
            "labels": {"app": "api"}, "annotations": {"rollout.argoproj.io/revision": "7"},
            "ownerReferences": [{"apiVersion": "v1", "kind": "Owner", "name": "o", "uid": "o-1"}],
            "managedFields": [{"manager": "m", "fieldsV1": {"f:spec": {}}}]
        },
        "spec": {
            "replicas": 5, "paused": false, "restartAt": "2026-11-20T11:00:00Z",
            "template": {"spec": {"containers": [{"name": "main", "image": "r/api:2"}]}},
            "workloadRef": {"kind": "Deployment", "name": "api"},
            "selector": {"matchLabels": {"app": "api"}},
            "strategy": {"canary": {
                "steps": [{"setWeight": 20}, {"pause": {"duration": "5m"}}],
                "trafficRouting": {"maxTrafficWeight": 1000, "nginx": {}, "plugins": {"a/b": {}}},
                "analysis": {"templates": []}, "pingPong": {"pingService": "p", "pongService": "q"}
            }}
        },
        "status": {
            "phase": "Paused", "message": "CanaryPauseStep", "observedGeneration": "3",
            "currentPodHash": "bbb", "stableRS": "aaa", "currentStepIndex": 1,
            "pauseConditions": [{"reason": "CanaryPauseStep", "startTime": "2026-11-21T09:00:00Z"}],
            "controllerPause": true, "abort": false, "promoteFull": false,
            "replicas": 5, "updatedReplicas": 1, "readyReplicas": 5, "availableReplicas": 5,
            "conditions": [{"type": "Paused", "status": "True", "reason": "RolloutPaused",
                "message": "Rollout is paused", "lastTransitionTime": "2026-11-21T09:00:00Z"}],
            "canary": {
                "weights": {"canary": {"weight": 200}, "stable": {"weight": 800}, "verified": true},
                "currentStepAnalysisRunStatus": {"name": "a", "status": "Running"}, "currentExperiment": "e"
            },
            "blueGreen": {"activeSelector": "aaa"}
        }
    })
}

fn odd_values() -> [Value; 8] {
    [
        Value::Null,
        json!(true),
        json!(-1),
        json!(18_446_744_073_709_551_615_u64),
        json!(0.5),
        json!("\u{1b}[31mtext"),
        json!([1, "two", null, {"three": []}]),
        json!({"a": {"b": [null]}, "": 1}),
    ]
}

#[test]
fn every_listed_field_exists_in_the_full_rollout() {
    let full = full();
    let missing: Vec<_> = FIELDS.iter().filter(|path| full.pointer(path).is_none()).collect();
    assert_eq!(missing, Vec::<&&str>::new());
}

#[test]
fn a_field_of_any_wrong_shape_never_fails_the_rollout() {
    for path in FIELDS {
        for odd in odd_values() {
            let mut value = full();
            *value.pointer_mut(path).unwrap() = odd.clone();
            let from_value = RolloutObject::deserialize(&value)
                .unwrap_or_else(|error| panic!("{path} = {odd}: {error}"))
                .into_rollout(&mut Interner::new());
            let from_text = serde_json::from_str::<RolloutObject>(&value.to_string())
                .unwrap_or_else(|error| panic!("{path} = {odd} as text: {error}"))
                .into_rollout(&mut Interner::new());
            assert_eq!(from_value, from_text, "{path} = {odd}");
        }
    }
}

#[test]
fn a_wrong_field_leaves_its_neighbours_as_they_are() {
    let mut value = full();
    value["spec"]["replicas"] = json!("five");
    value["spec"]["strategy"]["canary"]["trafficRouting"]["maxTrafficWeight"] = json!({});
    value["status"]["conditions"] = Value::Null;
    value["status"]["currentStepIndex"] = json!([1]);
    let odd = rollout(value);
    let mut expected = rollout(full());
    expected.spec.replicas = None;
    expected.status.conditions.clear();
    expected.status.step_index = None;
    if let Strategy::Canary(canary) = &mut expected.spec.strategy {
        canary.max_weight = 100;
    }
    assert_eq!(odd, expected);
}

#[test]
fn an_empty_object_is_a_rollout_of_which_nothing_is_known() {
    let bare = rollout(json!({}));
    assert_eq!(&*bare.meta.key.name, "");
    assert_eq!(bare.spec, crate::rollout::Spec::default());
    assert_eq!(bare.status, crate::rollout::Status::default());
}

fn any_json() -> impl Values<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    let known = prop_oneof![
        Just("spec"),
        Just("status"),
        Just("metadata"),
        Just("strategy"),
        Just("canary"),
        Just("steps"),
        Just("template"),
        Just("containers"),
        Just("state"),
        Just("containerStatuses"),
        Just("metricResults"),
        Just("measurements"),
        Just("labels"),
    ];
    leaf.prop_recursive(6, 64, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(known.clone().prop_map(str::to_owned), inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_kind_refuses_any_object(mut value in any_json()) {
        if let Some(object) = value.as_object_mut() {
            let kinds = [
                ("argoproj.io/v1alpha1", "Rollout"),
                ("argoproj.io/v1alpha1", "AnalysisRun"),
                ("argoproj.io/v1alpha1", "Experiment"),
                ("apps/v1", "ReplicaSet"),
                ("apps/v1", "Deployment"),
                ("v1", "Pod"),
            ];
            for (version, kind) in kinds {
                let mut object = object.clone();
                object.insert("apiVersion".into(), version.into());
                object.insert("kind".into(), kind.into());
                prop_assert!(from_value(Value::Object(object), &mut Interner::new()).is_some());
            }
        }
    }
}
