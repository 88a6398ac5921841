//! How a Rollout's object is read for the record: how it stands, and what an order did to it.

use super::*;
use crate::sim::world::history::Verb;

fn canary(status: Value) -> Value {
    let steps = json!([{"setWeight": 10}, {"pause": {}}, {"setWeight": 40}, {"pause": {}}]);
    json!({"metadata": {"generation": 3}, "spec": {"strategy": {"canary": {"steps": steps}}}, "status": status})
}

fn weight(status: Value) -> i64 {
    Standing::of(&canary(status)).weight
}

#[test]
fn the_weight_is_the_last_one_begun_the_routers_or_none_when_aborted() {
    let at = |index: i64| json!({"currentPodHash": "b", "stableRS": "a", "currentStepIndex": index});
    assert_eq!((0..5).map(|index| weight(at(index))).collect::<Vec<_>>(), [10, 10, 40, 40, 100]);
    assert_eq!(weight(json!({"currentPodHash": "b", "stableRS": "b", "currentStepIndex": 4})), 100);
    let routed = json!({"currentPodHash": "b", "stableRS": "a", "currentStepIndex": 1,
        "canary": {"weights": {"canary": {"weight": 7}}}});
    assert_eq!(weight(routed), 7);
    let aborted = json!({"currentPodHash": "b", "stableRS": "a", "currentStepIndex": 2, "abort": true});
    assert_eq!(weight(aborted), 0);
}

#[test]
fn what_is_of_the_spec_before_is_not_observed() {
    let of = |seen: &str| Standing::of(&canary(json!({"observedGeneration": seen}))).observed;
    assert_eq!([of("3"), of("2"), of("")], [true, false, false]);
}

#[test]
fn an_order_is_told_by_what_it_changed() {
    let rollout = |spec: Value, status: Value| json!({"spec": spec, "status": status});
    let pauses = json!([{"reason": "CanaryPauseStep"}]);
    let cases = [
        (rollout(json!({}), json!({})), rollout(json!({}), json!({"abort": true})), Deed::Abort),
        (
            rollout(json!({}), json!({"abort": true})),
            rollout(json!({}), json!({"abort": false})),
            Deed::Retry,
        ),
        (rollout(json!({}), json!({})), rollout(json!({}), json!({"promoteFull": true})), Deed::PromoteFull),
        (
            rollout(json!({}), json!({"pauseConditions": pauses})),
            rollout(json!({}), json!({})),
            Deed::Promote,
        ),
        (
            rollout(json!({}), json!({"currentStepIndex": 1})),
            rollout(json!({}), json!({"currentStepIndex": 2})),
            Deed::Promote,
        ),
        (rollout(json!({}), json!({})), rollout(json!({"paused": true}), json!({})), Deed::Pause),
        (
            rollout(json!({"paused": true}), json!({})),
            rollout(json!({"paused": false}), json!({})),
            Deed::Resume,
        ),
        (
            rollout(json!({"template": 1}), json!({})),
            rollout(json!({"template": 2}), json!({})),
            Deed::SetImage,
        ),
        (rollout(json!({"replicas": 1}), json!({})), rollout(json!({"replicas": 2}), json!({})), Deed::Scale),
        (rollout(json!({}), json!({})), rollout(json!({"restartAt": "now"}), json!({})), Deed::Restart),
        (rollout(json!({}), json!({})), rollout(json!({"minReadySeconds": 3}), json!({})), Deed::Other),
    ];
    for (was, is, deed) in cases {
        assert_eq!(super::super::deed::told(&was, &is), deed, "{was} -> {is}");
    }
}

#[test]
fn an_order_that_changed_nothing_is_no_deed_and_one_that_removed_it_is() {
    let world = world(1);
    let stored = world.objects.get(&web()).unwrap();
    assert_eq!(Deed::of(Some(stored), stored, Verb::Patch), None);
    assert_eq!(Deed::of(Some(stored), stored, Verb::Delete), Some(Deed::Delete));
    assert_eq!(Deed::of(None, stored, Verb::Create), Some(Deed::Create));
}
