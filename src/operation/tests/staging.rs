//! Owns which orders are refused in which state, and that a refusal says what to do instead.

use std::sync::Arc;

use super::fixture::*;
use crate::operation::{Course, Kind, Order, stage};
use crate::rollout::{AnalysisStatus, Condition, Key, Pauses, Rollout, Strategy, WorkloadRef};

pub fn refusal(order: impl Into<Order>, rollout: &Rollout) -> String {
    match try_stage(order, rollout) {
        Ok(operation) => panic!("staged {:?}", operation.course()),
        Err(refusal) => {
            for sentence in [&refusal.why, &refusal.instead] {
                assert!(sentence.as_str().ends_with(['.', ')']), "not a sentence: {sentence}");
            }
            refusal.to_string()
        }
    }
}

pub fn changed(from: Rollout, change: impl FnOnce(&mut Rollout)) -> Rollout {
    let mut rollout = from;
    change(&mut rollout);
    rollout
}

fn analysis(status: &str) -> Option<AnalysisStatus> {
    Some(AnalysisStatus { name: "web-new-2-1".into(), status: status.into(), message: "".into() })
}

#[test]
fn a_canary_that_waits_can_be_promoted() {
    assert_eq!(*staged(Kind::Promote, &waiting_canary()).course(), Course::EndPause { ends: None });
}

#[test]
fn a_timed_pause_says_when_it_ends_by_itself() {
    let rollout = changed(waiting_canary(), |rollout| rollout.status.step_index = Some(3));
    let ends = "2026-11-21T08:05:00Z".parse().unwrap();
    assert_eq!(*staged(Kind::Promote, &rollout).course(), Course::EndPause { ends: Some(ends) });
}

#[test]
fn a_blue_green_pause_with_seconds_says_when_it_ends_by_itself() {
    let rollout = changed(waiting_blue_green(), |rollout| {
        let Strategy::BlueGreen(plan) = &mut rollout.spec.strategy else { panic!() };
        plan.auto_promotion_seconds = Some(60);
    });
    let ends = "2026-11-21T08:01:00Z".parse().unwrap();
    assert_eq!(*staged(Kind::Promote, &rollout).course(), Course::EndPause { ends: Some(ends) });
}

#[test]
fn an_inconclusive_step_analysis_is_skipped_by_index() {
    let rollout = changed(waiting_canary(), |rollout| {
        rollout.status.pauses = pauses("InconclusiveAnalysisRun");
        rollout.status.step_analysis = analysis("Inconclusive");
    });
    let operation = staged(Kind::Promote, &rollout);
    assert_eq!(*operation.course(), Course::SkipInconclusive { next: 2 });
    assert!(operation.weighty());
}

#[test]
fn promote_is_refused_where_nothing_waits() {
    let text = refusal(Kind::Promote, &moving_canary());
    assert!(text.contains("not paused") && text.contains("skip step 0/5 setWeight: 20."), "{text}");
}

#[test]
fn promote_is_refused_while_another_promotion_is_in_flight() {
    let text = refusal(Kind::Promote, &cleared(&waiting_canary()));
    assert!(text.contains("already in flight"), "{text}");
}

#[test]
fn promote_is_refused_while_paused_by_hand() {
    let rollout = changed(waiting_canary(), |rollout| rollout.spec.paused = Some(true));
    let text = refusal(Kind::Promote, &rollout);
    assert!(text.contains("paused by hand") && text.contains("Resume it first"), "{text}");
}

#[test]
fn promote_is_refused_after_an_abort() {
    let rollout = changed(waiting_canary(), |rollout| rollout.status.abort = Some(true));
    assert!(refusal(Kind::Promote, &rollout).contains("aborted"));
}

#[test]
fn promote_and_abort_are_refused_until_the_spec_is_observed() {
    let rollout = changed(waiting_canary(), |rollout| rollout.meta.generation = 8);
    for kind in [Kind::Promote, Kind::Abort] {
        assert!(refusal(kind, &rollout).contains("not yet taken note"));
    }
}

#[test]
fn promote_is_refused_until_the_referenced_workload_is_observed() {
    let rollout = changed(waiting_canary(), |rollout| {
        rollout.spec.workload_ref = Some(WorkloadRef { kind: "Deployment".into(), name: "web".into() });
        rollout.workload_generation = Some("3".into());
        rollout.status.workload_observed_generation = Some("2".into());
    });
    assert!(refusal(Kind::Promote, &rollout).contains("not yet taken note"));
}

#[test]
fn an_old_controllers_hash_in_place_of_a_generation_counts_as_observed() {
    for observed in ["5f79b78d7f", "9"] {
        let rollout =
            changed(waiting_canary(), |rollout| rollout.status.observed_generation = Some(observed.into()));
        assert!(try_stage(Kind::Promote, &rollout).is_ok(), "{observed}");
    }
}

#[test]
fn promote_is_refused_when_fully_promoted() {
    assert!(refusal(Kind::Promote, &healthy_canary()).contains("already the stable one"));
}

#[test]
fn promote_is_refused_while_a_full_promotion_runs() {
    let rollout = changed(waiting_canary(), |rollout| rollout.status.promote_full = Some(true));
    assert!(refusal(Kind::Promote, &rollout).contains("full promotion"));
}

#[test]
fn promote_is_refused_where_the_controller_would_pause_again() {
    let experiment =
        changed(waiting_canary(), |rollout| rollout.status.pauses = pauses("InconclusiveExperiment"));
    assert!(refusal(Kind::Promote, &experiment).contains("experiment was inconclusive"));
    let unflagged = changed(waiting_canary(), |rollout| rollout.status.controller_pause = None);
    assert!(refusal(Kind::Promote, &unflagged).contains("would wait again"));
}

#[test]
fn pause_is_refused_at_rest_since_it_would_block_the_next_release() {
    assert!(refusal(Kind::Pause, &healthy_canary()).contains("block the next release"));
}

#[test]
fn pause_is_allowed_for_a_release_that_the_controller_has_not_seen_yet() {
    let rollout = changed(healthy_canary(), |rollout| rollout.meta.generation = 8);
    assert!(try_stage(Kind::Pause, &rollout).is_ok());
}

#[test]
fn pause_is_refused_when_paused_by_hand_or_aborted() {
    assert!(refusal(Kind::Pause, &held_canary()).contains("already paused by hand"));
    let aborted = changed(moving_canary(), |rollout| rollout.status.abort = Some(true));
    assert!(refusal(Kind::Pause, &aborted).contains("aborted"));
}

#[test]
fn resume_is_refused_where_no_hand_paused() {
    assert!(refusal(Kind::Resume, &moving_canary()).contains("Nothing holds it"));
    assert!(refusal(Kind::Resume, &waiting_canary()).contains("promote ends that"));
    let explicit = changed(moving_canary(), |rollout| rollout.spec.paused = Some(false));
    assert!(refusal(Kind::Resume, &explicit).contains("not paused by hand"));
}

#[test]
fn abort_is_refused_when_fully_promoted_or_already_aborted() {
    assert!(refusal(Kind::Abort, &healthy_canary()).contains("already the stable one"));
    let aborted = changed(moving_canary(), |rollout| rollout.status.abort = Some(true));
    assert!(refusal(Kind::Abort, &aborted).contains("already aborted"));
}

#[test]
fn abort_is_refused_for_the_first_version_because_the_controller_discards_it() {
    for stable in [None, Some("".into())] {
        let rollout = changed(moving_canary(), |rollout| rollout.status.stable_hash = stable);
        assert!(refusal(Kind::Abort, &rollout).contains("first version"));
    }
}

#[test]
fn abort_is_refused_while_a_retry_is_in_flight() {
    let rollout = changed(moving_canary(), |rollout| rollout.status.aborted_at = Some(SINCE.into()));
    assert!(refusal(Kind::Abort, &rollout).contains("retry is in flight"));
}

#[test]
fn abort_while_paused_by_hand_is_allowed_and_says_that_no_pod_is_scaled() {
    let operation = staged(Kind::Abort, &held_canary());
    assert!(text(operation.consequence()).contains("no pod is scaled"));
    assert!(operation.weighty());
}

#[test]
fn nothing_is_staged_for_an_object_without_status_or_on_its_way_out() {
    let deleted = changed(waiting_canary(), |rollout| rollout.meta.deleted = Some(at(0)));
    let fresh = changed(waiting_canary(), |rollout| rollout.status = Default::default());
    for kind in Kind::ALL {
        assert!(refusal(kind, &deleted).contains("being deleted"));
        assert!(refusal(kind, &fresh).contains("not yet taken note"));
    }
}

#[test]
fn a_spec_that_the_controller_refuses_is_named_as_the_reason() {
    let rollout = changed(waiting_canary(), |rollout| {
        rollout.status = Default::default();
        rollout.status.conditions.push(Condition {
            kind: "InvalidSpec".into(),
            status: "True".into(),
            reason: "InvalidSpec".into(),
            message: "no such service".into(),
            since: None,
        });
    });
    assert!(refusal(Kind::Pause, &rollout).contains("refuses the spec"));
}

#[test]
fn an_empty_list_of_pauses_is_no_pause() {
    let rollout = changed(moving_canary(), |rollout| {
        rollout.status.pauses = Pauses { list: Vec::new(), stored: Some("[]".into()) }
    });
    assert!(refusal(Kind::Promote, &rollout).contains("not paused"));
}

#[test]
fn a_rule_for_another_place_stages_nothing() {
    for rule in ["prod/other", "staging/shop", "staging/*"] {
        let mut proposal = proposal(Kind::Promote);
        proposal.policy = Arc::new(policy(&[rule]));
        let refused = stage(proposal, &waiting_canary(), at(0)).err().unwrap();
        assert!(refused.to_string().contains("--allow prod/shop"), "{refused}");
    }
}

#[test]
fn a_rollout_that_was_made_anew_stages_nothing() {
    let anew = changed(waiting_canary(), |rollout| rollout.meta.uid = "u-2".into());
    assert!(refusal(Kind::Promote, &anew).contains("made anew"));
    let other = changed(waiting_canary(), |rollout| rollout.meta.key.name = "web2".into());
    assert!(refusal(Kind::Promote, &other).contains("not the one"));
}

#[test]
fn names_that_are_not_plain_dns_names_stage_nothing() {
    for name in
        ["..", ".", "a/b", "web?x=1", "Web", "wеb", "-web", "web-", "web..x", "", "web%2f", "a\u{200b}b"]
    {
        let key = Key { namespace: "shop".into(), name: name.into() };
        let mut proposal = proposal(Kind::Promote);
        proposal.target.key = key.clone();
        let rollout = changed(waiting_canary(), |rollout| rollout.meta.key = key);
        let refused = stage(proposal, &rollout, at(0)).err().unwrap_or_else(|| panic!("staged {name:?}"));
        assert!(refused.to_string().contains("DNS name"), "{refused}");
    }
}

#[test]
fn an_undo_over_a_freeze_is_staged_only_to_what_was_stable() {
    use crate::operation::Policy;
    use crate::operation::order::Undo;
    use crate::operation::policy::freeze::{Begin, Cron, Grip};
    use crate::operation::policy::{Freeze, Scope};
    use crate::operation::template::Revision;
    let freeze = Freeze {
        name: "always".into(),
        scope: Scope::default(),
        begins: Begin::Each(Cron::parse("0 0 * * *").unwrap()),
        lasts: "48h".parse().unwrap(),
        zone: jiff::tz::TimeZone::UTC,
        grip: Grip::Holds,
    };
    let held = Arc::new(Policy::new(policy(&["prod/shop"]).rules().to_vec(), vec![freeze]));
    // The stable version is revision 4, hash `old`; the wanted one is newer.
    for (hash, number, stable, staged) in [
        ("old", 4, None, true),
        ("older", 3, Some(4), true),
        ("between", 5, Some(4), false),
        ("unknown", 3, None, false),
    ] {
        let revision = Revision::read(&stored_set(hash, "web:1", number)).unwrap();
        let order = Order::Undo(Box::new(Undo { revision, stable, ..undo(7) }));
        let verdict = stage(
            crate::operation::Proposal { policy: held.clone(), ..proposal(order) },
            &moving_canary(),
            at(0),
        );
        assert_eq!(verdict.is_ok(), staged, "{hash}: {:?}", verdict.err());
    }
    let order = Order::from(Kind::SetImage);
    let forward = crate::operation::Proposal { policy: held, ..proposal(order) };
    assert!(stage(forward, &moving_canary(), at(0)).is_err(), "a new image comes forward");
}
