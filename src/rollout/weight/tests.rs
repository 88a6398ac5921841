use serde_json::{Value, json};

use super::*;
use crate::rollout::sample::{self, both};

fn routed(patch: Value) -> Value {
    both(json!({"spec": {"strategy": {"canary": {"trafficRouting": {"nginx": {}}}}}}), patch)
}

fn heavy() -> Value {
    json!({"spec": {"strategy": {"canary": {"trafficRouting": {"maxTrafficWeight": 1000}}}}})
}

#[test]
fn the_steps_ask_for_the_nearest_weight_at_or_before() {
    let at = |index: i64| desired(&sample::canary_at(index, json!({})));
    assert_eq!([0, 1, 2, 3].map(at), [Some(20), Some(20), Some(60), Some(60)]);
}

#[test]
fn before_any_weight_is_set_the_canary_gets_none() {
    let steps = json!([{"setCanaryScale": {"replicas": 1}}, {"pause": {}}, {"setWeight": 50}]);
    let ladder = json!({"spec": {"strategy": {"canary": {"steps": steps}}}});
    let at = |index: i64| desired(&sample::canary_at(index, ladder.clone()));
    assert_eq!([0, 1, 2].map(at), [Some(0), Some(0), Some(50)]);
}

#[test]
fn past_the_ladder_or_without_one_all_traffic_is_asked_for() {
    assert_eq!([4, 7].map(|index| desired(&sample::canary_at(index, json!({})))), [Some(100); 2]);
    let none = json!({"spec": {"strategy": {"canary": {"steps": []}}}});
    assert_eq!(desired(&sample::canary_at(0, none)), Some(100));
    assert_eq!(desired(&sample::canary_at(4, heavy())), Some(1000));
}

#[test]
fn an_unknown_index_counts_as_the_first_step() {
    let unknown = json!({"status": {"currentStepIndex": null}});
    assert_eq!(desired(&sample::canary(unknown)), Some(20));
    assert_eq!(desired(&sample::canary_at(-3, json!({}))), Some(20));
}

#[test]
fn an_aborted_canary_is_to_get_nothing() {
    let aborted = json!({"status": {"abort": true}});
    assert_eq!(desired(&sample::canary_at(2, aborted.clone())), Some(0));
    assert_eq!(desired(&sample::canary(aborted)), Some(0), "also past the ladder");
    assert_eq!(desired(&sample::canary_at(2, json!({"status": {"abort": false}}))), Some(60));
}

#[test]
fn blue_green_has_no_weights() {
    let rollout = sample::blue_green(json!({}));
    assert_eq!((max(&rollout), desired(&rollout), actual(&rollout, Some(1))), (None, None, None));
    assert_eq!(desired(&sample::rollout(json!({}))), None);
}

#[test]
fn the_most_is_a_hundred_unless_routing_says_otherwise() {
    assert_eq!(max(&sample::canary(json!({}))), Some(100));
    assert_eq!(max(&sample::canary(routed(json!({})))), Some(100));
    assert_eq!(max(&sample::canary(heavy())), Some(1000));
}

#[test]
fn pods_carry_the_weight_where_no_router_does() {
    let available = |total: i64| sample::canary_at(1, json!({"status": {"availableReplicas": total}}));
    assert_eq!(actual(&available(5), Some(1)), Some(20));
    assert_eq!(actual(&available(6), Some(1)), Some(16), "rounded down");
    assert_eq!(actual(&available(5), Some(0)), Some(0));
    assert_eq!(actual(&available(0), Some(1)), Some(0));
}

#[test]
fn pods_that_nobody_has_seen_are_not_counted_as_none() {
    assert_eq!(actual(&sample::canary_at(1, json!({})), None), None);
}

#[test]
fn past_the_ladder_the_canary_has_all_traffic() {
    let none_available = json!({"status": {"availableReplicas": 0}});
    assert_eq!(actual(&sample::canary_at(4, none_available), None), Some(100));
    assert_eq!(actual(&sample::canary_at(4, heavy()), None), Some(1000));
}

#[test]
fn a_router_tells_its_weight_or_is_taken_at_the_steps_word() {
    let weights = json!({"status": {"canary": {"weights": {"canary": {"weight": 15}}}}});
    assert_eq!(actual(&sample::canary_at(2, routed(weights.clone())), None), Some(15));
    assert_eq!(actual(&sample::canary_at(2, routed(json!({}))), None), Some(60));
    let down = both(weights, json!({"status": {"availableReplicas": 0}}));
    assert_eq!(actual(&sample::canary_at(2, routed(down)), None), Some(0));
}

#[test]
fn huge_numbers_do_not_overflow() {
    let huge = json!({"status": {"availableReplicas": 1}});
    assert!(actual(&sample::canary_at(1, huge), Some(i64::MAX)).is_some());
}

#[test]
fn the_canarys_pods_are_those_of_its_own_set() {
    let set = |hash: &str, available: i64| {
        sample::replica_set(json!({
            "metadata": {"labels": {"rollouts-pod-template-hash": hash}},
            "status": {"availableReplicas": available}
        }))
    };
    let sets = [set("aaa", 4), set("bbb", 2), set("old", 1)];
    assert_eq!(canary_available(&sample::canary_at(1, json!({})), &sets), 2);
    assert_eq!(canary_available(&sample::canary(json!({})), &sets), 0, "fully promoted: no canary");
    assert_eq!(canary_available(&sample::canary_at(1, json!({})), []), 0);
}
