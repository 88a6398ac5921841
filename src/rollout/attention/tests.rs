use serde_json::{Value, json};

use super::*;
use crate::rollout::sample::{blue_green, canary, canary_at, paused};

fn troubled(reason: &str) -> Rollout {
    canary_at(1, json!({"status": {"conditions": [{"type": "Progressing", "reason": reason}]}}))
}

#[test]
fn each_state_has_its_need() {
    let timed =
        json!({"spec": {"strategy": {"canary": {"steps": [{"pause": {}}, {"pause": {"duration": "5m"}}]}}}});
    let cases: [(&str, Rollout, Need); 12] = [
        ("aborted", troubled("RolloutAborted"), Need::Degraded),
        ("out of time", troubled("ProgressDeadlineExceeded"), Need::Degraded),
        ("degraded", canary(json!({"status": {"phase": "Degraded"}})), Need::Degraded),
        ("no verdict", canary_at(1, paused(&["InconclusiveAnalysisRun"])), Need::Inconclusive),
        (
            "no verdict",
            canary_at(1, paused(&["CanaryPauseStep", "InconclusiveExperiment"])),
            Need::Inconclusive,
        ),
        ("paused at a step", canary_at(1, paused(&["CanaryPauseStep"])), Need::Approval),
        ("unknown pause", canary_at(1, paused(&["FullMoon"])), Need::Approval),
        ("paused by hand", canary(json!({"spec": {"paused": true}})), Need::Held),
        ("odd phase", canary(json!({"status": {"phase": "Simmering"}})), Need::Unclear),
        ("timed pause", canary_at(1, merged(timed, paused(&["CanaryPauseStep"]))), Need::Moving),
        ("scaling", canary(json!({"status": {"updatedReplicas": 1}})), Need::Moving),
        ("at rest", canary(json!({})), Need::Nothing),
    ];
    for (state, rollout, expected) in cases {
        assert_eq!(need(&rollout), expected, "{state}");
    }
}

fn merged(one: Value, two: Value) -> Value {
    crate::rollout::sample::both(one, two)
}

#[test]
fn a_switch_that_only_a_person_makes_needs_approval() {
    let manual = json!({
        "spec": {"strategy": {"blueGreen": {"autoPromotionEnabled": false}}},
        "status": {"currentPodHash": "bbb"}
    });
    assert_eq!(need(&blue_green(merged(manual, paused(&["BlueGreenPause"])))), Need::Approval);
}

#[test]
fn what_needs_a_person_sorts_before_what_moves_by_itself() {
    let order = [
        Need::Degraded,
        Need::Inconclusive,
        Need::Approval,
        Need::Held,
        Need::Unclear,
        Need::Moving,
        Need::Nothing,
    ];
    assert!(order.is_sorted());
    assert_eq!(order.map(Need::wants_person), [true, true, true, true, true, false, false]);
}
