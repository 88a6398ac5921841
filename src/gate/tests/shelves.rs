//! Which policy a Rollout is judged by, and what is seen of it.

use serde_json::json;

use super::*;
use crate::gate::Shelf;
use crate::gate::shelf::Choice;
use crate::gate::stage::{Seen, Stage};
use crate::gate::wish::Canary;
use crate::rollout::{Rollout, sample};

fn named(name: &str, applies_to: &str) -> Policy {
    let text = format!("{CORE}{METRICS}{applies_to}");
    file::read(&text, name).unwrap()
}

fn shelf() -> Shelf {
    let only = "applies_to:\n  namespaces: [shop]\n  names: ['api*']\n";
    Shelf::of(vec![named("narrow", only), named("wide", "")])
}

fn chosen(rollout: &Rollout) -> String {
    match shelf().choose(rollout) {
        Choice::By(policy) => policy.name.to_string(),
        Choice::Nothing => "nothing".to_owned(),
        Choice::Missing(name) => format!("missing {name}"),
    }
}

#[test]
fn the_first_policy_that_means_a_rollout_judges_it() {
    assert_eq!(chosen(&sample::canary(json!({}))), "narrow");
    assert_eq!(chosen(&sample::canary(json!({"metadata": {"name": "web"}}))), "wide");
    assert_eq!(Shelf::default().choose(&sample::canary(json!({}))), Choice::Nothing);
}

#[test]
fn a_policy_that_is_named_counts_alone_and_a_name_that_leads_nowhere_is_said() {
    let by = |name: &str| json!({"metadata": {"annotations": {"rollgate.io/gate-policy": name}}});
    assert_eq!(chosen(&sample::canary(by("wide"))), "wide", "though another means it");
    assert_eq!(chosen(&sample::canary(by("payments"))), "missing payments");
}

#[test]
fn a_policy_is_found_by_its_whole_name() {
    assert_eq!(&*shelf().named("wide").unwrap().name, "wide");
    assert_eq!(shelf().named("wid"), None);
    assert_eq!(shelf().policies().len(), 2);
}

#[test]
fn a_canary_is_judged_while_two_versions_are_known_and_differ() {
    let policy = std::sync::Arc::new(policy());
    let under_way = Canary::of(&sample::canary_at(1, json!({})), &policy).unwrap();
    assert_eq!((&*under_way.hash, &*under_way.stable), ("bbb", "aaa"));
    for none in [
        sample::canary(json!({})),
        sample::canary_at(1, json!({"status": {"stableRS": ""}})),
        sample::canary_at(1, json!({"status": {"currentPodHash": null}})),
    ] {
        assert_eq!(Canary::of(&none, &policy), None);
    }
}

#[test]
fn the_runs_that_its_status_names_are_what_is_read() {
    let runs = json!({"status": {"canary": {
        "currentStepAnalysisRunStatus": {"name": "api-bbb-1", "status": "Running"},
        "currentBackgroundAnalysisRunStatus": {"name": "api-bbb-2", "status": "Running"}}}});
    let canary = Canary::of(&sample::canary_at(1, runs), &policy().into()).unwrap();
    let names: Vec<&str> = canary.runs.iter().map(Printable::as_str).collect();
    assert_eq!(names, ["api-bbb-1", "api-bbb-2"]);
}

fn routed(weight: i64) -> serde_json::Value {
    json!({"spec": {"strategy": {"canary": {"trafficRouting": {"nginx": {}}}}},
        "status": {"canary": {"weights": {"canary": {"weight": weight}, "stable": {"weight": 100 - weight}}}}})
}

#[test]
fn the_weight_that_a_router_was_given_is_what_is_seen() {
    let seen = Seen::of(&sample::canary_at(1, routed(20)), None);
    assert_eq!((seen.under_way, seen.aborted, seen.weight), (true, false, Some(20)));
}

#[test]
fn a_router_that_counts_to_another_whole_is_seen_in_per_cent() {
    let mut thousand = routed(50);
    thousand["spec"]["strategy"]["canary"]["trafficRouting"]["maxTrafficWeight"] = json!(1000);
    assert_eq!(Seen::of(&sample::canary_at(1, thousand), None).weight, Some(5));
}

#[test]
fn where_pods_carry_the_weight_it_is_their_share_and_unknown_until_they_are_seen() {
    let rollout = sample::canary_at(1, json!({}));
    assert_eq!(Seen::of(&rollout, Some(1)).weight, Some(20), "one of five");
    assert_eq!(Seen::of(&rollout, None).weight, None);
}

#[test]
fn an_abort_is_one_only_while_something_is_under_way() {
    let aborted = json!({"status": {"abort": true}});
    assert!(Seen::of(&sample::canary_at(1, aborted.clone()), Some(0)).aborted);
    assert!(!Seen::of(&sample::canary(aborted), Some(0)).aborted);
}

#[test]
fn a_blue_green_version_is_a_shadow_until_it_is_switched_to_and_then_has_all() {
    let at = |patch: serde_json::Value| {
        let seen = Seen::of(&sample::blue_green(patch), None);
        (seen.weight, stage::stage(&policy().ladder, &seen, now()))
    };
    let of = |current: &str, active: &str, stable: &str| json!({"status": {"currentPodHash": current, "stableRS": stable, "blueGreen": {"activeSelector": active}}});
    assert_eq!(at(of("bbb", "aaa", "aaa")), (Some(0), Some(Stage::Shadow)), "previewed");
    assert_eq!(
        at(of("bbb", "bbb", "aaa")),
        (Some(100), Some(Stage::Full)),
        "switched to, and not stable yet"
    );
    assert_eq!(at(of("bbb", "bbb", "bbb")).1, Some(Stage::Idle), "nobody called it healthy");
    let mut aborted = of("bbb", "aaa", "aaa");
    aborted["status"]["abort"] = json!(true);
    assert_eq!(at(aborted).1, Some(Stage::RolledBack));
    let healthy = json!({
        "metadata": {"annotations": {"rollout.argoproj.io/revision": "2"}},
        "status": {"conditions": [{"type": "Healthy", "status": "True", "lastTransitionTime": "2026-11-21T11:00:00Z"}]},
    });
    let mut full = of("bbb", "bbb", "bbb");
    sample::merge(&mut full, healthy);
    assert_eq!(at(full).1, Some(Stage::Full), "watched through its cycle");
}

#[test]
fn all_traffic_is_the_new_versions_since_the_controller_called_it_healthy() {
    let since = "2026-11-21T11:00:00Z";
    let healthy = |status: &str, revision: &str| {
        let patch = json!({
            "metadata": {"annotations": {"rollout.argoproj.io/revision": revision}},
            "status": {"conditions": [{"type": "Healthy", "status": status, "lastTransitionTime": since}]},
        });
        Seen::of(&sample::canary(patch), Some(0)).full_since
    };
    assert_eq!(healthy("True", "2"), Some(since.parse().unwrap()));
    assert_eq!(healthy("False", "2"), None);
    assert_eq!(healthy("True", "1"), None, "the first version replaced none");
    let seen = Seen { full_since: healthy("True", "2"), ..Seen::of(&sample::canary(json!({})), Some(0)) };
    assert_eq!(stage::stage(&policy().ladder, &seen, now()), Some(Stage::Full));
}

#[test]
fn a_little_traffic_is_no_shadow_and_nearly_all_is_not_all() {
    let at = |weight: i64| {
        let mut thousand = routed(weight);
        thousand["spec"]["strategy"]["canary"]["trafficRouting"]["maxTrafficWeight"] = json!(1000);
        let weight = Seen::of(&sample::canary_at(1, thousand), None).weight;
        let seen = Seen { under_way: true, aborted: false, weight, full_since: None };
        stage::stage(&policy().ladder, &seen, now()).unwrap()
    };
    let expected = [Stage::Shadow, Stage::First, Stage::First, Stage::Second, Stage::Second, Stage::Full];
    assert_eq!([0, 4, 100, 104, 999, 1000].map(at), expected);
    // One pod of two hundred.
    let many = json!({"status": {"availableReplicas": 200, "replicas": 200}});
    assert_eq!(Seen::of(&sample::canary_at(1, many), Some(1)).weight, Some(1));
}

#[test]
fn where_no_pod_is_there_at_all_a_canary_that_had_traffic_is_no_shadow() {
    let mut down = routed(20);
    sample::merge(&mut down, json!({"status": {"availableReplicas": 0, "readyReplicas": 0}}));
    assert_eq!(Seen::of(&sample::canary_at(1, down), None).weight, None);
}
