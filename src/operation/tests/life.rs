//! Owns lives told from staging to their end: what is sent when, what counts as done, how a doubt ends.

use super::fixture::*;
use crate::operation::life::{CONTROLLER_LIMIT, LEDGER_LIMIT, TTL};
use crate::operation::{Command, Dispatch, Event, Kind, Operation, Order};
use crate::rollout::{AnalysisStatus, Pauses, Rollout};

pub(super) fn recorded(commands: &[Command]) -> Vec<String> {
    let entries = commands.iter().filter_map(|command| match command {
        Command::Record(entry) => Some(entry.event.to_string()),
        _ => None,
    });
    entries.collect()
}

pub fn accept(order: impl Into<Order>, rollout: &Rollout) -> Operation {
    let (mut operation, _) = sent(order, rollout);
    operation.on(accepted(), at(1));
    operation
}

pub fn doubt(order: impl Into<Order>, rollout: &Rollout) -> Operation {
    let (mut operation, _) = sent(order, rollout);
    operation.on(unknown(), at(1));
    operation
}

fn word_after(mut operation: Operation, event: Event) -> &'static str {
    operation.on(event, at(3));
    operation.state().word()
}

#[test]
fn a_promotion_runs_from_staging_to_the_controllers_next_step() {
    let rollout = waiting_canary();
    let (mut operation, dispatch) = sent(Kind::Promote, &rollout);
    assert_eq!(dispatch.request(), operation.request());
    assert_eq!(dispatch.digest(), operation.digest());
    assert_eq!(dispatch.target(), operation.target());
    assert_eq!(dispatch.not_after(), at(10));
    assert!(operation.on(Event::Sending, at(0)).is_empty());
    assert_eq!(recorded(&operation.on(accepted(), at(1))), ["accepted"]);
    assert!(operation.on(watched(&cleared(&rollout), "101"), at(1)).is_empty());
    assert_eq!(words(&operation), "accepted by the API server; waiting for the controller");
    assert_eq!(recorded(&operation.on(watched(&advanced(&rollout), "102"), at(2))), ["observed"]);
    assert_eq!(words(&operation), "done: the controller went on");
}

#[test]
fn the_acknowledgements_entry_holds_all_that_was_sent() {
    let mut operation = staged(Kind::Promote, &waiting_canary());
    operation.on(Event::Armed, at(0));
    let acknowledged = acknowledged_event(&operation);
    let commands = operation.on(acknowledged, at(5));
    let [Command::Record(entry)] = commands.as_slice() else { panic!("{commands:?}") };
    assert_eq!((entry.number, &*entry.event, entry.at), (1, "acknowledged", at(5)));
    assert_eq!(entry.actor.as_ref().unwrap().uid, 1000);
    assert_eq!(entry.user.as_str(), "ada");
    let body: serde_json::Value = serde_json::from_str(&entry.body).unwrap();
    assert_eq!(body["request"]["body"], operation.request().body);
    assert_eq!(body["request"]["path"], operation.request().path);
    assert_eq!(body["digest"], operation.digest().to_string());
    assert_eq!(body["target"]["uid"], "u-1");
    assert_eq!(body["target"]["key"]["name"], "web");
    assert_eq!(body["grant"], "prod/shop");
    assert_eq!(body["facts"]["pause"], "CanaryPauseStep since 2026-11-21T08:00:00Z");
    assert!(!entry.body.contains('\n'));
}

#[test]
fn nothing_is_sent_before_the_ledger_has_answered_for_the_acknowledgement() {
    let mut operation = staged(Kind::Promote, &waiting_canary());
    assert!(operation.on(Event::Recorded { entry: 1 }, at(0)).is_empty());
    operation.on(Event::Armed, at(0));
    assert!(operation.on(Event::Recorded { entry: 1 }, at(0)).is_empty());
    let acknowledged = acknowledged_event(&operation);
    assert_eq!(recorded(&operation.on(acknowledged, at(0))), ["acknowledged"]);
    assert!(operation.on(Event::Recorded { entry: 2 }, at(0)).is_empty());
    assert!(matches!(operation.on(Event::Recorded { entry: 1 }, at(0)).as_slice(), [Command::Send(_)]));
    assert!(operation.on(Event::Recorded { entry: 1 }, at(0)).is_empty(), "a second answer sends nothing");
}

#[test]
fn a_ledger_that_answers_too_late_sends_nothing() {
    let mut operation = staged(Kind::Promote, &waiting_canary());
    operation.on(Event::Armed, at(0));
    let acknowledged = acknowledged_event(&operation);
    operation.on(acknowledged, at(0));
    assert_eq!(operation.wake_at(), Some(at(0) + LEDGER_LIMIT));
    let late = operation.on(Event::Recorded { entry: 1 }, at(3600));
    assert_eq!(recorded(&late), ["denied"]);
    assert!(words(&operation).contains("did not record the acknowledgement within 10 s"));
    assert!(operation.on(Event::Recorded { entry: 1 }, at(3601)).is_empty());
}

#[test]
fn a_failing_ledger_denies_and_an_abort_then_names_the_line_to_type() {
    let mut operation = staged(Kind::Abort, &moving_canary());
    operation.on(Event::Armed, at(0));
    let acknowledged = acknowledged_event(&operation);
    operation.on(acknowledged, at(0));
    operation.on(Event::RecordFailed { entry: 1, why: "the disk is full".into() }, at(0));
    assert_eq!(
        words(&operation),
        "nothing was sent: the disk is full; by hand: kubectl argo rollouts abort web -n shop --context prod"
    );
}

#[test]
fn what_is_not_acknowledged_in_time_expires_even_without_a_tick() {
    let mut operation = staged(Kind::Promote, &waiting_canary());
    operation.on(Event::Armed, at(1));
    assert_eq!(operation.wake_at(), Some(at(0) + TTL));
    let acknowledged = acknowledged_event(&operation);
    assert_eq!(recorded(&operation.on(acknowledged, at(120))), ["expired"]);
}

#[test]
fn arming_again_does_not_lengthen_the_time() {
    let mut operation = staged(Kind::Promote, &waiting_canary());
    for second in 0..119 {
        operation.on(Event::Armed, at(second));
        operation.on(Event::Disarmed, at(second));
    }
    operation.on(Event::Armed, at(120));
    assert_eq!(operation.state().word(), "expired");
}

#[test]
fn a_clock_that_goes_back_expires_what_waits() {
    let mut operation = staged(Kind::Promote, &waiting_canary());
    assert!(operation.on(Event::Armed, at(-3)).is_empty(), "a small correction is harmless");
    operation.on(Event::Tick, at(-3600));
    assert_eq!(operation.state().word(), "expired");
}

#[test]
fn a_change_of_each_guarded_fact_overtakes_and_names_it() {
    type Edit = fn(&mut Rollout);
    let edits: [(&str, Edit); 10] = [
        ("uid was u-1, is u-2", |r| r.meta.uid = "u-2".into()),
        ("generation was 7, is 8", |r| r.meta.generation = 8),
        ("observed generation was 7, is 8", |r| r.status.observed_generation = Some("8".into())),
        ("pod hash was new, is newer", |r| r.status.current_pod_hash = Some("newer".into())),
        ("stable pod hash was old, is new", |r| r.status.stable_hash = Some("new".into())),
        ("paused by hand was not set, is true", |r| r.spec.paused = Some(true)),
        ("step index was 1, is 2", |r| r.status.step_index = Some(2)),
        ("pause was CanaryPauseStep since 2026-11-21T08:00:00Z, is none", |r| {
            r.status.pauses = Pauses::default()
        }),
        ("abort was not set, is true", |r| r.status.abort = Some(true)),
        ("full promotion was not set, is true", |r| r.status.promote_full = Some(true)),
    ];
    for (expected, edit) in edits {
        let mut changed = waiting_canary();
        edit(&mut changed);
        let mut operation = staged(Kind::Promote, &waiting_canary());
        operation.on(watched(&changed, "102"), at(1));
        assert_eq!(words(&operation), format!("overtaken: {expected}; nothing was sent"));
    }
}

#[test]
fn a_change_that_the_words_leave_out_is_shown_as_stored() {
    let mut changed = waiting_canary();
    changed.status.pauses.stored = Some("[{\"x\":1}]".into());
    let mut operation = staged(Kind::Promote, &waiting_canary());
    operation.on(watched(&changed, "102"), at(1));
    assert!(words(&operation).contains(r#"is [{"x":1}]"#), "{}", words(&operation));
}

#[test]
fn an_abort_is_not_overtaken_by_progress_but_by_another_version() {
    let mut operation = staged(Kind::Abort, &waiting_canary());
    assert!(operation.on(watched(&advanced(&waiting_canary()), "102"), at(1)).is_empty());
    let mut other = waiting_canary();
    other.status.current_pod_hash = Some("newer".into());
    operation.on(watched(&other, "103"), at(1));
    assert_eq!(operation.state().word(), "overtaken");
}

#[test]
fn a_change_between_acknowledgement_and_record_sends_nothing() {
    let mut operation = staged(Kind::Promote, &waiting_canary());
    operation.on(Event::Armed, at(0));
    let acknowledged = acknowledged_event(&operation);
    operation.on(acknowledged, at(0));
    operation.on(watched(&advanced(&waiting_canary()), "102"), at(0));
    assert!(operation.on(Event::Recorded { entry: 1 }, at(0)).is_empty());
    assert_eq!(operation.state().word(), "overtaken");
}

#[test]
fn the_controllers_act_counts_although_it_was_seen_before_the_answer_came() {
    let (mut operation, _) = sent(Kind::Promote, &waiting_canary());
    operation.on(watched(&advanced(&waiting_canary()), "102"), at(0));
    assert_eq!(recorded(&operation.on(accepted(), at(1))), ["accepted", "observed"]);
}

#[test]
fn a_refusal_is_a_refusal_whatever_was_seen_before() {
    let (mut operation, _) = sent(Kind::Promote, &waiting_canary());
    operation.on(watched(&advanced(&waiting_canary()), "102"), at(0));
    assert!(recorded(&operation.on(refused(), at(1))).is_empty(), "whether a copy took effect is read first");
    assert_eq!(recorded(&operation.on(read(&advanced(&waiting_canary()), "102"), at(1))), ["refused"]);
    assert!(words(&operation).contains("refused by the API server (422), nothing was changed"));
}

#[test]
fn readings_from_before_the_write_say_nothing_about_it() {
    let mut operation = accept(Kind::Promote, &waiting_canary());
    operation.on(watched(&waiting_canary(), "100"), at(2));
    assert_eq!(operation.state().word(), "accepted");
}

#[test]
fn an_effect_that_is_gone_again_is_unclear_and_never_done() {
    let mut operation = accept(Kind::Promote, &waiting_canary());
    operation.on(watched(&cleared(&waiting_canary()), "101"), at(1));
    operation.on(watched(&waiting_canary(), "102"), at(2));
    let taken_back =
        "unclear: it took effect, and then all was as before again; who took it back cannot be told";
    assert_eq!(words(&operation), taken_back);
    let mut opaque = accept(Kind::Promote, &waiting_canary());
    opaque.on(watched(&waiting_canary(), "not-a-number"), at(1));
    assert_eq!(opaque.state().word(), "accepted", "without an order of versions it may be an old reading");
}

#[test]
fn a_controller_that_does_not_act_is_told_after_its_time_and_may_still_act() {
    let mut operation = accept(Kind::Promote, &waiting_canary());
    operation.on(watched(&cleared(&waiting_canary()), "101"), at(1));
    assert_eq!(operation.wake_at(), Some(at(1) + CONTROLLER_LIMIT));
    assert!(operation.on(Event::Tick, at(30)).is_empty());
    assert_eq!(recorded(&operation.on(Event::Tick, at(31))), ["unobserved"]);
    assert_eq!(words(&operation), "accepted, but the controller has not acted for 30 s");
    let advice = crate::operation::words::advice(&operation).unwrap();
    assert!(advice.as_str().ends_with(&format!(
        "kubectl annotate --overwrite rollouts.argoproj.io web rollgate.dev/wake={ID} -n shop --context prod"
    )));
    operation.on(watched(&advanced(&waiting_canary()), "109"), at(600));
    assert_eq!(operation.state().word(), "observed");
}

#[test]
fn a_promotion_is_not_done_when_the_update_was_aborted_or_replaced_instead() {
    let mut aborted = advanced(&waiting_canary());
    aborted.status.abort = Some(true);
    aborted.status.step_index = Some(0);
    let mut replaced = advanced(&waiting_canary());
    replaced.status.current_pod_hash = Some("newer".into());
    let mut halted = cleared(&waiting_canary());
    halted.status.controller_pause = None;
    let mut reset = advanced(&waiting_canary());
    reset.status.step_index = Some(0);
    for rollout in [aborted, replaced, halted, reset] {
        assert_eq!(word_after(accept(Kind::Promote, &waiting_canary()), watched(&rollout, "102")), "unclear");
    }
}

#[test]
fn a_promotion_is_done_at_the_next_pause_and_at_the_end() {
    let mut next = advanced(&waiting_canary());
    next.status.step_index = Some(3);
    next.status.controller_pause = Some(true);
    next.status.pauses.list =
        vec![crate::rollout::Pause { reason: "CanaryPauseStep".into(), since: Some(at(2)) }];
    for rollout in [next, healthy_canary()] {
        assert_eq!(
            word_after(accept(Kind::Promote, &waiting_canary()), watched(&rollout, "102")),
            "observed"
        );
    }
}

#[test]
fn a_blue_green_promotion_is_done_when_the_controller_dropped_its_flag() {
    let waiting = waiting_blue_green();
    let mut visible = accept(Kind::Promote, &waiting);
    visible.on(watched(&cleared(&waiting), "101"), at(2));
    assert_eq!(visible.state().word(), "accepted");
    let mut acted = cleared(&waiting);
    acted.status.controller_pause = None;
    assert_eq!(word_after(visible, watched(&acted, "102")), "observed");
}

#[test]
fn going_past_an_inconclusive_analysis_is_done_when_its_run_left_the_status() {
    let mut waiting = waiting_canary();
    waiting.status.pauses = pauses("InconclusiveAnalysisRun");
    waiting.status.step_analysis =
        Some(AnalysisStatus { name: "run".into(), status: "Inconclusive".into(), message: "".into() });
    let mut written = advanced(&waiting);
    let mut operation = accept(Kind::Promote, &waiting);
    operation.on(watched(&written, "101"), at(2));
    assert_eq!(operation.state().word(), "accepted", "the index is our own writing");
    written.status.step_analysis = None;
    assert_eq!(word_after(operation, watched(&written, "102")), "observed");
}

#[test]
fn an_abort_is_done_when_the_controller_marked_it() {
    let moving = moving_canary();
    let mut written = moving.clone();
    written.status.abort = Some(true);
    let mut operation = accept(Kind::Abort, &moving);
    operation.on(watched(&written, "101"), at(2));
    assert_eq!(operation.state().word(), "accepted");
    written.status.aborted_at = Some(SINCE.into());
    assert_eq!(word_after(operation, watched(&written, "102")), "observed");
}

#[test]
fn an_abort_that_the_controller_discards_is_unclear() {
    let moving = moving_canary();
    let mut promoted = moving.clone();
    promoted.status.stable_hash = Some("new".into());
    for discarded in [moving.clone(), promoted] {
        assert_eq!(word_after(accept(Kind::Abort, &moving), watched(&discarded, "103")), "unclear");
    }
}

#[test]
fn pause_and_resume_are_done_when_the_controller_has_read_the_spec() {
    for (kind, from, paused) in [(Kind::Pause, moving_canary(), true), (Kind::Resume, held_canary(), false)] {
        let mut written = from.clone();
        written.spec.paused = Some(paused);
        written.meta.generation = 8;
        let mut operation = accept(kind, &from);
        operation.on(watched(&written, "101"), at(2));
        assert_eq!(operation.state().word(), "accepted");
        written.status.observed_generation = Some("8".into());
        assert_eq!(word_after(operation, watched(&written, "102")), "observed");
    }
}

#[test]
fn a_record_that_fails_after_the_dispatch_is_said_and_changes_nothing() {
    let mut operation = accept(Kind::Promote, &waiting_canary());
    operation.on(Event::RecordFailed { entry: 2, why: "disk full".into() }, at(2));
    assert_eq!(operation.state().word(), "accepted");
    assert!(words(&operation).ends_with("(not in the ledger: disk full)"));
}

#[test]
fn entries_are_numbered_without_gaps() {
    let mut operation = doubt(Kind::Promote, &waiting_canary());
    let commands = operation.on(read_marked(&advanced(&waiting_canary()), "102"), at(2));
    let numbers: Vec<u32> = commands
        .iter()
        .filter_map(|command| match command {
            Command::Record(entry) => Some(entry.number),
            _ => None,
        })
        .collect();
    assert_eq!(numbers, [3, 4]);
}

#[test]
fn a_leave_to_send_is_for_one_request() {
    fn takes_it(_: Box<Dispatch>) {}
    let (mut operation, dispatch) = sent(Kind::Promote, &waiting_canary());
    takes_it(dispatch);
    for entry in 0..9 {
        assert!(operation.on(Event::Recorded { entry }, at(1)).is_empty());
    }
}
