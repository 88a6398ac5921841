//! Owns the exact bytes of each kind's request, and what its digest covers.

use super::fixture::*;
use crate::operation::request::kubectl;
use crate::operation::{Course, Kind, Operation, Order, stage};
use crate::rollout::{AnalysisStatus, Rollout};

const STATUS: &str = "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/web/status?fieldManager=rollgate-6c7d8e9f0a1b&timeout=10s";
const MAIN: &str =
    "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/web?fieldManager=rollgate-6c7d8e9f0a1b&timeout=10s";

/// The tests that every request begins with, up to the version.
fn common(observed: bool) -> String {
    let observed =
        if observed { r#"{"op":"test","path":"/status/observedGeneration","value":"7"},"# } else { "" };
    format!(
        r#"[{{"op":"test","path":"/metadata/uid","value":"u-1"}},{{"op":"test","path":"/metadata/generation","value":7}},{observed}{{"op":"test","path":"/status/currentPodHash","value":"new"}},{{"op":"test","path":"/status/stableRS","value":"old"}},"#
    )
}

fn check(operation: &Operation, path: &str, body: &str) {
    let request = operation.request();
    assert_eq!(request.method, "PATCH");
    assert_eq!(request.path, path);
    assert_eq!(request.content_type, "application/json-patch+json");
    assert_eq!(request.body, body);
}

#[test]
fn promoting_past_a_pause_clears_the_list_under_all_guards() {
    let body = common(true)
        + r#"{"op":"test","path":"/spec/paused","value":null},"#
        + r#"{"op":"test","path":"/status/currentStepIndex","value":1},"#
        + r#"{"op":"test","path":"/status/pauseConditions","value":[{"reason":"CanaryPauseStep","startTime":"2026-11-21T08:00:00Z"}]},"#
        + r#"{"op":"test","path":"/status/controllerPause","value":true},"#
        + r#"{"op":"test","path":"/status/abort","value":null},"#
        + r#"{"op":"test","path":"/status/promoteFull","value":null},"#
        + r#"{"op":"replace","path":"/status/pauseConditions","value":[]}]"#;
    check(&staged(Kind::Promote, &waiting_canary()), STATUS, &body);
}

#[test]
fn a_blue_green_promotion_tests_that_there_is_no_step() {
    let operation = staged(Kind::Promote, &waiting_blue_green());
    assert!(
        operation.request().body.contains(r#"{"op":"test","path":"/status/currentStepIndex","value":null}"#)
    );
    assert!(
        operation
            .request()
            .body
            .ends_with(r#"{"op":"replace","path":"/status/pauseConditions","value":[]}]"#)
    );
}

#[test]
fn going_past_an_inconclusive_analysis_tests_its_run_and_writes_the_next_index() {
    let mut rollout = waiting_canary();
    rollout.status.pauses = pauses("InconclusiveAnalysisRun");
    rollout.status.step_analysis = Some(AnalysisStatus {
        name: "web-new-2-1".into(),
        status: "Inconclusive".into(),
        message: "whatever".into(),
    });
    let body = common(true)
        + r#"{"op":"test","path":"/spec/paused","value":null},"#
        + r#"{"op":"test","path":"/status/currentStepIndex","value":1},"#
        + r#"{"op":"test","path":"/status/pauseConditions","value":[{"reason":"InconclusiveAnalysisRun","startTime":"2026-11-21T08:00:00Z"}]},"#
        + r#"{"op":"test","path":"/status/controllerPause","value":true},"#
        + r#"{"op":"test","path":"/status/abort","value":null},"#
        + r#"{"op":"test","path":"/status/promoteFull","value":null},"#
        + r#"{"op":"test","path":"/status/canary/currentStepAnalysisRunStatus/name","value":"web-new-2-1"},"#
        + r#"{"op":"test","path":"/status/canary/currentStepAnalysisRunStatus/status","value":"Inconclusive"},"#
        + r#"{"op":"replace","path":"/status/pauseConditions","value":[]},"#
        + r#"{"op":"replace","path":"/status/controllerPause","value":false},"#
        + r#"{"op":"replace","path":"/status/currentStepIndex","value":2}]"#;
    check(&staged(Kind::Promote, &rollout), STATUS, &body);
}

#[test]
fn pausing_adds_the_member_where_it_is_absent() {
    let body = common(false)
        + r#"{"op":"test","path":"/spec/paused","value":null},"#
        + r#"{"op":"test","path":"/status/abort","value":null},"#
        + r#"{"op":"add","path":"/spec/paused","value":true}]"#;
    check(&staged(Kind::Pause, &moving_canary()), MAIN, &body);
}

#[test]
fn an_explicit_false_is_tested_as_stored() {
    let mut rollout = moving_canary();
    rollout.spec.paused = Some(false);
    rollout.status.abort = Some(false);
    let body = common(false)
        + r#"{"op":"test","path":"/spec/paused","value":false},"#
        + r#"{"op":"test","path":"/status/abort","value":false},"#
        + r#"{"op":"replace","path":"/spec/paused","value":true}]"#;
    check(&staged(Kind::Pause, &rollout), MAIN, &body);
}

#[test]
fn resuming_touches_nothing_but_the_pause_by_hand() {
    let body = common(false)
        + r#"{"op":"test","path":"/spec/paused","value":true},"#
        + r#"{"op":"test","path":"/status/abort","value":null},"#
        + r#"{"op":"replace","path":"/spec/paused","value":false}]"#;
    check(&staged(Kind::Resume, &held_canary()), MAIN, &body);
}

#[test]
fn aborting_sets_the_flag() {
    let body = common(true)
        + r#"{"op":"test","path":"/spec/paused","value":null},"#
        + r#"{"op":"test","path":"/status/abort","value":null},"#
        + r#"{"op":"test","path":"/status/promoteFull","value":null},"#
        + r#"{"op":"add","path":"/status/abort","value":true}]"#;
    check(&staged(Kind::Abort, &moving_canary()), STATUS, &body);
}

#[test]
fn aborting_takes_back_a_full_promotion_which_would_discard_the_abort() {
    let mut rollout = moving_canary();
    rollout.status.promote_full = Some(true);
    let body = common(true)
        + r#"{"op":"test","path":"/spec/paused","value":null},"#
        + r#"{"op":"test","path":"/status/abort","value":null},"#
        + r#"{"op":"test","path":"/status/promoteFull","value":true},"#
        + r#"{"op":"replace","path":"/status/promoteFull","value":false},"#
        + r#"{"op":"add","path":"/status/abort","value":true}]"#;
    check(&staged(Kind::Abort, &rollout), STATUS, &body);
}

#[test]
fn every_fact_that_is_shown_is_tested_by_the_server() {
    let shown_of = |kind, rollout: &Rollout| {
        let operation = staged(kind, rollout);
        let body: serde_json::Value = serde_json::from_str(&operation.request().body).unwrap();
        let tests = body.as_array().unwrap().iter().filter(|op| op["op"] == "test").count();
        (operation.guards().len(), tests)
    };
    for (kind, rollout) in [
        (Kind::Promote, waiting_canary()),
        (Kind::Pause, moving_canary()),
        (Kind::Resume, held_canary()),
        (Kind::Abort, moving_canary()),
    ] {
        let (shown, tested) = shown_of(kind, &rollout);
        assert!(shown >= 6);
        assert_eq!(shown, tested);
    }
}

#[test]
fn hostile_stored_text_cannot_leave_its_json_string() {
    let mut rollout = moving_canary();
    rollout.status.stable_hash = Some("x\"},{\"op\":\"remove\",\"path\":\"/spec\u{1b}".into());
    let operation = staged(Kind::Abort, &rollout);
    let body: Vec<serde_json::Value> = serde_json::from_str(&operation.request().body).unwrap();
    assert!(body.iter().all(|op| op["op"] != "remove"));
    assert!(!operation.request().body.contains('\u{1b}'));
}

#[test]
fn a_stored_value_that_is_not_json_is_refused() {
    let mut rollout = waiting_canary();
    rollout.status.pauses.stored = Some("[".into());
    assert!(try_stage(Kind::Promote, &rollout).err().unwrap().to_string().contains("not JSON"));
}

#[test]
fn the_same_facts_give_the_same_bytes_and_the_same_digest() {
    let (one, two) = (staged(Kind::Promote, &waiting_canary()), staged(Kind::Promote, &waiting_canary()));
    assert_eq!(one.request(), two.request());
    assert_eq!(one.digest(), two.digest());
    assert_eq!(one.digest().to_string().len(), 64);
}

#[test]
fn the_digest_covers_every_part_of_the_target_and_the_request() {
    let digest = |change: &dyn Fn(&mut crate::operation::Proposal)| {
        let mut proposal = proposal(Kind::Abort);
        change(&mut proposal);
        stage(proposal, &moving_canary(), at(0)).unwrap().digest()
    };
    let all = [
        digest(&|_| ()),
        digest(&|proposal| proposal.id = crate::operation::Id("019a0b1c-2d3e-7f40-8a5b-6c7d8e9f0a1c".into())),
        digest(&|proposal| proposal.target.server = "https://other.example".into()),
        digest(&|proposal| proposal.target.user = "eve".into()),
        digest(&|proposal| proposal.order = Order::Pause),
    ];
    for (index, one) in all.iter().enumerate() {
        assert!(!all[..index].contains(one), "{index}");
    }
}

#[test]
fn the_requests_digest_is_over_length_prefixed_parts_and_can_be_recomputed() {
    use sha2::{Digest as _, Sha256};
    let operation = staged(Kind::Resume, &held_canary());
    let request = operation.request();
    let mut hash = Sha256::new();
    for part in ["rollgate request v1", "PATCH", MAIN, "application/json-patch+json", &request.body] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let expected: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(request.digest().to_string(), expected);
}

#[test]
fn the_kubectl_line_is_quoted_for_a_shell() {
    let mut target = target();
    assert_eq!(
        kubectl(&Course::EndPause { ends: None }, &target).as_str(),
        "kubectl argo rollouts promote web -n shop --context prod"
    );
    target.context = "it's $(prod) *".into();
    assert_eq!(
        kubectl(&Course::Abort, &target).as_str(),
        r"kubectl argo rollouts abort web -n shop --context 'it'\''s $(prod) *'"
    );
    target.context = "arn:aws:eks:eu-1:12:cluster/prod".into();
    assert_eq!(
        kubectl(&Course::Resume, &target).as_str(),
        r#"kubectl patch rollouts.argoproj.io web --type=merge -p '{"spec":{"paused":false}}' -n shop --context arn:aws:eks:eu-1:12:cluster/prod"#
    );
}
