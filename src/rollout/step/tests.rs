use serde_json::{Value, json};

use super::*;
use crate::rollout::sample::{self, both, canary, canary_at, paused};

mod waits;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Patches the ladder.
fn steps(list: Value) -> Value {
    json!({"spec": {"strategy": {"canary": {"steps": list}}}})
}

/// A canary that pauses at its first step, with this duration, since nine o'clock.
fn pausing(duration: Value) -> Rollout {
    let ladder = steps(json!([{"pause": {"duration": duration}}, {"setWeight": 50}]));
    canary_at(0, both(ladder, paused(&[CANARY_PAUSE])))
}

#[test]
fn steps_are_written_as_the_plugin_writes_them() {
    let written = canary(steps(json!([
        {"setWeight": 20}, {"pause": {}}, {"pause": {"duration": 30}}, {"pause": {"duration": "1h"}},
        {"experiment": {}}, {"analysis": {"templates": [{"templateName": "errors"}]}},
        {"setCanaryScale": {"weight": 10}}, {"setCanaryScale": {"matchTrafficWeight": true}},
        {"setCanaryScale": {"replicas": 3}}, {"plugin": {"name": "acme/wait"}},
        {"setHeaderRoute": {"name": "beta"}}, {"setMirrorRoute": {"name": "shadow"}}, {"other": {}}
    ])));
    let texts: Vec<String> = ladder(&written).iter().map(|step| step.text().to_string()).collect();
    let expected = [
        "setWeight: 20",
        "pause",
        "pause: 30",
        "pause: 1h",
        "experiment",
        "analysis",
        "setCanaryScale{weight: 10}",
        "setCanaryScale{matchTrafficWeight: true}",
        "setCanaryScale{replicas: 3}",
        "plugin: acme/wait",
        "setHeaderRoute: beta",
        "setMirrorRoute: shadow",
        "invalid",
    ];
    assert_eq!(texts, expected);
}

#[test]
fn the_position_is_told_only_where_there_are_steps_and_they_are_counted() {
    assert_eq!(position(&canary_at(2, json!({}))), Some((2, 4)));
    assert_eq!(position(&canary(json!({}))), Some((4, 4)));
    assert_eq!(position(&canary(json!({"status": {"currentStepIndex": null}}))), None);
    assert_eq!(position(&canary_at(0, steps(json!([])))), None);
    assert_eq!(position(&sample::blue_green(json!({"status": {"currentStepIndex": 1}}))), None);
    assert_eq!(position(&canary_at(-1, json!({}))), None);
}

#[test]
fn the_step_in_progress_and_the_next_are_known() {
    let near = |index: i64| {
        let rollout = canary_at(index, json!({}));
        let text = |step: Option<&Step>| step.map_or_else(String::new, |step| step.text().to_string());
        (text(current(&rollout).map(|(_, step)| step)), text(next(&rollout)))
    };
    assert_eq!(near(0), ("setWeight: 20".to_owned(), "pause".to_owned()));
    assert_eq!(near(3), ("pause: 5m".to_owned(), String::new()));
    assert_eq!(near(4), (String::new(), String::new()));
    let uncounted = canary(json!({"status": {"currentStepIndex": null}}));
    assert_eq!(current(&uncounted), Some((0, &Step::SetWeight(20))));
}

#[test]
fn after_the_last_step_comes_all_traffic() {
    let said = |index: i64| next_text(&canary_at(index, json!({}))).map(|text| text.to_string());
    assert_eq!(said(0).as_deref(), Some("pause"));
    assert_eq!(said(3).as_deref(), Some("all traffic to the new version"));
    assert_eq!(said(4), None);
}

#[test]
fn a_timed_pause_ends_its_duration_after_it_began() {
    let end = |duration: Value| ends_at(&pausing(duration));
    assert_eq!(end(json!(90)), Some(at("2026-11-21T09:01:30Z")));
    assert_eq!(end(json!("90")), Some(at("2026-11-21T09:01:30Z")));
    assert_eq!(end(json!("1h30m")), Some(at("2026-11-21T10:30:00Z")));
    assert_eq!(end(json!("soon")), None);
    assert_eq!(end(Value::Null), None);
}

#[test]
fn the_remaining_time_may_have_passed() {
    let rollout = pausing(json!("5m"));
    assert_eq!(remaining(&rollout, at("2026-11-21T09:03:00Z")), Some(SignedDuration::from_secs(120)));
    assert_eq!(remaining(&rollout, at("2026-11-21T09:05:10Z")), Some(SignedDuration::from_secs(-10)));
}

#[test]
fn a_pause_without_a_start_has_no_known_end() {
    let ladder = steps(json!([{"pause": {"duration": 60}}]));
    let pauses =
        json!({"status": {"pauseConditions": [{"reason": "CanaryPauseStep"}], "controllerPause": true}});
    assert_eq!(ends_at(&canary_at(0, both(ladder, pauses))), None);
}

#[test]
fn nothing_ends_by_itself_while_something_else_holds_the_rollout() {
    let ladder = steps(json!([{"pause": {"duration": 60}}]));
    let twice = both(ladder, paused(&[CANARY_PAUSE, INCONCLUSIVE_ANALYSIS]));
    assert_eq!(ends_at(&canary_at(0, twice)), None);
    let mut held = pausing(json!(60));
    held.spec.paused = Some(true);
    assert_eq!(ends_at(&held), None);
}

#[test]
fn blue_green_switches_by_itself_after_its_seconds_unless_a_person_must() {
    let end = |strategy: Value| {
        let spec =
            json!({"spec": {"strategy": {"blueGreen": strategy}}, "status": {"currentPodHash": "bbb"}});
        ends_at(&sample::blue_green(both(spec, paused(&[BLUE_GREEN_PAUSE]))))
    };
    let half_a_minute = Some(at("2026-11-21T09:00:30Z"));
    assert_eq!(end(json!({"autoPromotionSeconds": 30})), half_a_minute);
    assert_eq!(end(json!({"autoPromotionSeconds": 30, "autoPromotionEnabled": true})), half_a_minute);
    assert_eq!(end(json!({"autoPromotionSeconds": 30, "autoPromotionEnabled": false})), None);
    assert_eq!(end(json!({})), None);
}

#[test]
fn a_duration_beyond_all_time_has_no_end() {
    assert_eq!(ends_at(&pausing(json!(i64::MAX))), None);
}
