//! Lives where the cluster's time runs faster than the machine's.

use std::time::Duration;

use super::fixture::*;
use super::life::recorded;
use crate::operation::life::{ANSWER_LIMIT, CONTROLLER_LIMIT, LEDGER_LIMIT, TTL};
use crate::operation::{Command, Event, Kind};

/// Sixty seconds of the cluster in each of the machine's, and of a person's.
const FAST: u32 = 60;

#[test]
fn where_time_runs_faster_a_person_has_as_long_as_ever() {
    let mut operation = staged(Kind::Promote, &waiting_canary()).at_speed(FAST);
    assert_eq!(operation.expires_at(), at(0) + TTL * 60);
    operation.on(Event::Armed, at(1));
    assert_eq!(operation.wake_at(), Some(operation.expires_at()));
    let acknowledged = acknowledged_event(&operation);
    assert_eq!(recorded(&operation.on(acknowledged, at(119 * 60))), ["acknowledged"]);

    let mut late = staged(Kind::Promote, &waiting_canary()).at_speed(FAST);
    late.on(Event::Armed, at(1));
    let acknowledged = acknowledged_event(&late);
    assert_eq!(recorded(&late.on(acknowledged, at(120 * 60))), ["expired"]);
}

#[test]
fn where_time_runs_faster_the_ledger_and_the_sender_have_as_long_as_ever() {
    let mut operation = staged(Kind::Promote, &waiting_canary()).at_speed(FAST);
    operation.on(Event::Armed, at(0));
    let acknowledged = acknowledged_event(&operation);
    operation.on(acknowledged, at(0));
    assert_eq!(operation.wake_at(), Some(at(0) + LEDGER_LIMIT * 60));
    let commands = operation.on(Event::Recorded { entry: 1 }, at(9 * 60));
    let [Command::Send(dispatch)] = commands.as_slice() else { panic!("{commands:?}") };
    assert_eq!(dispatch.not_after(), at(19 * 60));
    assert_eq!(dispatch.time_left(at(9 * 60)), Duration::from_secs(10));
    assert_eq!(dispatch.time_left(at(16 * 60)), Duration::from_secs(3));
    assert_eq!(dispatch.time_left(at(20 * 60)), Duration::ZERO);
    operation.on(Event::Sending, at(10 * 60));
    assert_eq!(operation.wake_at(), Some(at(10 * 60) + ANSWER_LIMIT * 60));
}

#[test]
fn where_time_runs_faster_the_controller_is_waited_for_in_its_own_time() {
    let mut operation = staged(Kind::Promote, &waiting_canary()).at_speed(FAST);
    operation.on(Event::Armed, at(0));
    let acknowledged = acknowledged_event(&operation);
    operation.on(acknowledged, at(0));
    operation.on(Event::Recorded { entry: 1 }, at(0));
    operation.on(accepted(), at(1));
    assert_eq!(operation.wake_at(), Some(at(1) + CONTROLLER_LIMIT));
}

#[test]
fn where_time_runs_faster_a_doubt_asks_no_more_often() {
    let mut operation = staged(Kind::Promote, &waiting_canary()).at_speed(FAST);
    operation.on(Event::Armed, at(0));
    let acknowledged = acknowledged_event(&operation);
    operation.on(acknowledged, at(0));
    operation.on(Event::Recorded { entry: 1 }, at(0));
    operation.on(unknown(), at(1));
    assert_eq!(operation.wake_at(), Some(at(1 + 15 * 60)), "a read may take as long as ever");
    operation.on(Event::ReadFailed { why: "no route".into() }, at(2));
    assert_eq!(operation.wake_at(), Some(at(2 + 12)), "200 ms of the machine's");
}
