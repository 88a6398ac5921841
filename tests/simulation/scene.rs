//! The Rollout and the orders that schedules are about, and the policy that allows them.

use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use rollgate::operation::{Id, Operation, Order, Policy, Proposal, Target, stage};
use rollgate::rollout::delta::Object;
use rollgate::rollout::parse::{Interner, from_value};
use rollgate::rollout::{Key, Rollout};
use serde_json::{Value, json};

pub(super) fn begin() -> Timestamp {
    Timestamp::from_second(1_795_250_000).unwrap_or_default()
}

pub(super) fn stored() -> Value {
    json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
        "metadata": {"name": "web", "namespace": "shop", "uid": "u-1", "generation": 3, "resourceVersion": "1",
            "creationTimestamp": "2026-11-01T00:00:00Z"},
        "spec": {"replicas": 5, "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "web:2"}]}},
            "strategy": {"canary": {"steps": [{"setWeight": 20}, {"pause": {}}, {"setWeight": 60}, {"pause": {}}]}}},
        "status": {"observedGeneration": "3", "currentPodHash": "new", "stableRS": "old", "currentStepIndex": 1,
            "controllerPause": true, "currentStepHash": "h",
            "pauseConditions": [{"reason": "CanaryPauseStep", "startTime": "2026-11-21T08:00:00Z"}]},
    })
}

fn policy() -> Arc<Policy> {
    static POLICY: OnceLock<Arc<Policy>> = OnceLock::new();
    POLICY
        .get_or_init(|| {
            let rules = "c/*".parse().map(|rule| vec![rule]).unwrap_or_default();
            Arc::new(Policy::new(rules, Vec::new()).announcing(true))
        })
        .clone()
}

pub(super) fn parsed(value: &Value) -> Option<Rollout> {
    match from_value(value.clone(), &mut Interner::default()) {
        Some(Object::Rollout(rollout)) => Some(*rollout),
        _ => None,
    }
}

pub(super) fn staged(order: Order, id: &str, rollout: &Rollout, now: Timestamp) -> Option<Operation> {
    let target = Target {
        context: "c".into(),
        server: "https://s".into(),
        user: "ada".into(),
        key: Key { namespace: "shop".into(), name: "web".into() },
        uid: "u-1".into(),
    };
    let id = Id(id.into());
    let proposal =
        Proposal { order, id, target, policy: policy(), role: None, last_promotion: None, judged: None };
    stage(proposal, rollout, now).ok()
}

pub(super) fn order(nth: i64) -> Order {
    match nth {
        0 | 1 => Order::Promote,
        2 => Order::Abort,
        _ => Order::Pause,
    }
}
