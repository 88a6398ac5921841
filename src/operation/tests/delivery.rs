//! Owns lives of orders whose tries do not reach the API server: when it is tried again, until when, and what is told.

use jiff::SignedDuration;

use super::fixture::*;
use super::life::recorded;
use crate::operation::life::{Announced, LEDGER_LIMIT, SEND_LIMIT, TTL};
use crate::operation::{Command, Dispatch, Event, Kind, Operation, State};

/// An order whose first try did not get there, and is recorded.
fn delayed() -> Operation {
    let (mut operation, _) = sent(Kind::Promote, &waiting_canary());
    assert_eq!(recorded(&operation.on(undelivered(None), at(1))), ["delayed"]);
    operation.on(Event::Recorded { entry: 2 }, at(1));
    operation
}

fn tried_at(operation: &mut Operation) -> Option<(jiff::Timestamp, Box<Dispatch>)> {
    let due = operation.wake_at()?;
    operation.on(Event::Tick, due).into_iter().find_map(|command| match command {
        Command::Send(dispatch) => Some((due, dispatch)),
        _ => None,
    })
}

#[test]
fn the_same_bytes_are_tried_again_under_the_same_id() {
    let mut operation = delayed();
    assert_eq!(
        words(&operation),
        "not delivered yet: connection refused; tried once, tries again after 1 s; the abort key takes it back"
    );
    let (_, dispatch) = tried_at(&mut operation).unwrap();
    assert_eq!((dispatch.id(), dispatch.request()), (operation.id(), operation.request()));
    assert_eq!(dispatch.digest(), operation.digest());
    assert_eq!(recorded(&operation.on(accepted(), at(3))), ["accepted"]);
}

#[test]
fn a_try_waits_until_the_ledger_has_the_failure_of_the_one_before_it() {
    let (mut operation, _) = sent(Kind::Promote, &waiting_canary());
    operation.on(undelivered(None), at(1));
    assert!(operation.on(Event::Tick, at(60)).is_empty());
    assert!(operation.on(Event::Recorded { entry: 1 }, at(60)).is_empty(), "that was the acknowledgement's");
    assert!(operation.on(Event::Tick, at(60)).is_empty());
    operation.on(Event::Recorded { entry: 2 }, at(60));
    assert!(matches!(operation.on(Event::Tick, at(60)).as_slice(), [Command::Send(_)]));
}

#[test]
fn a_failure_that_the_ledger_does_not_take_ends_the_tries() {
    let (mut operation, _) = sent(Kind::Promote, &waiting_canary());
    operation.on(undelivered(None), at(1));
    let commands = operation.on(Event::RecordFailed { entry: 2, why: "disk full".into() }, at(1));
    assert_eq!(recorded(&commands), ["not-delivered"]);
    assert!(words(&operation).contains("the ledger did not record the failed try: disk full"));
}

#[test]
fn tries_are_ever_further_apart_and_moved_by_chance() {
    for (dice, expected) in
        [(0, [500, 1000, 2000, 4000, 8000, 8000]), (u32::MAX, [1000, 2000, 4000, 8000, 16000, 16000])]
    {
        let (mut operation, _) = sent(Kind::Promote, &waiting_canary());
        let (mut now, mut waits) = (at(0), Vec::new());
        for entry in 2..8 {
            let Event::Undelivered(what, _) = undelivered(None) else { unreachable!() };
            operation.on(Event::Undelivered(what, dice), now);
            operation.on(Event::Recorded { entry }, now);
            let due = operation.wake_at().unwrap();
            assert!(operation.on(Event::Tick, due - SignedDuration::from_millis(1)).is_empty());
            assert!(matches!(operation.on(Event::Tick, due).as_slice(), [Command::Send(_)]));
            waits.push(due.duration_since(now).as_millis());
            now = due;
        }
        assert_eq!(waits, expected);
    }
}

#[test]
fn a_server_that_says_when_to_come_back_is_not_asked_before() {
    let (mut operation, _) = sent(Kind::Promote, &waiting_canary());
    operation.on(undelivered(Some(30)), at(1));
    operation.on(Event::Recorded { entry: 2 }, at(1));
    assert!(operation.on(Event::Tick, at(30)).is_empty());
    assert_eq!(tried_at(&mut operation).unwrap().0, at(31));
}

#[test]
fn no_try_can_leave_after_the_approvals_time() {
    let mut operation = delayed();
    let mut entry = 2;
    let mut last = at(0);
    while let Some((_, dispatch)) = tried_at(&mut operation) {
        last = dispatch.not_after();
        assert!(last <= at(0) + TTL);
        let due = last - SEND_LIMIT;
        entry += 1;
        operation.on(undelivered(None), due);
        operation.on(Event::Recorded { entry }, due);
    }
    assert_eq!(operation.state().word(), "not-delivered");
    assert!(last > at(0), "it was tried at all");
    assert!(words(&operation).contains("nothing was sent: connection refused"), "{}", words(&operation));
    let advice = crate::operation::words::advice(&operation).unwrap();
    assert!(advice.as_str().contains("stage it anew"));
    assert_eq!(operation.wake_at(), None);
}

#[test]
fn its_time_passes_by_a_clock_that_nobody_can_set_and_by_one_that_goes_back() {
    let mut operation = delayed();
    assert_eq!(operation.longest_unsent(), Some(TTL - SEND_LIMIT));
    assert_eq!(recorded(&operation.on(Event::Lapsed, at(2))), ["not-delivered"]);
    let mut back = delayed();
    back.on(Event::Tick, at(-3600));
    assert_eq!(back.state().word(), "not-delivered");
}

#[test]
fn a_server_that_asks_for_more_time_than_there_is_ends_it_at_once() {
    let (mut operation, _) = sent(Kind::Promote, &waiting_canary());
    assert_eq!(recorded(&operation.on(undelivered(Some(3600)), at(1))), ["not-delivered"]);
}

#[test]
fn a_person_takes_back_what_waits_and_a_change_overtakes_it() {
    let mut operation = delayed();
    assert_eq!(recorded(&operation.on(Event::Withdrawn, at(2))), ["withdrawn"]);
    assert!(operation.on(Event::Tick, at(60)).is_empty());
    let mut overtaken = delayed();
    overtaken.on(watched(&advanced(&waiting_canary()), "102"), at(2));
    assert_eq!(overtaken.state().word(), "overtaken");
    let (mut seen, _) = sent(Kind::Promote, &waiting_canary());
    seen.on(watched(&advanced(&waiting_canary()), "102"), at(0));
    assert_eq!(recorded(&seen.on(undelivered(None), at(1))), ["delayed", "overtaken"]);
}

#[test]
fn the_record_of_a_failed_try_says_why_when_again_and_until_when() {
    let (mut operation, _) = sent(Kind::Promote, &waiting_canary());
    let commands = operation.on(undelivered(Some(5)), at(1));
    let [Command::Record(entry)] = commands.as_slice() else { panic!("{commands:?}") };
    let body: serde_json::Value = serde_json::from_str(&entry.body).unwrap();
    assert_eq!((&body["why"], &body["tries"]), (&"connection refused".into(), &1.into()));
    assert_eq!(
        (&body["again_at"], &body["until"]),
        (&at(6).to_string().into(), &(at(0) + TTL).to_string().into())
    );
}

#[test]
fn an_approval_that_was_given_at_the_last_moment_is_tried_once() {
    let mut operation = staged(Kind::Promote, &waiting_canary());
    operation.on(Event::Armed, at(115));
    let acknowledged = acknowledged_event(&operation);
    operation.on(acknowledged, at(119));
    operation.on(Event::Recorded { entry: 1 }, at(119) + LEDGER_LIMIT - SignedDuration::from_secs(1));
    assert_eq!(operation.state().word(), "sent");
    operation.on(undelivered(None), at(129));
    assert!(matches!(operation.state(), State::NotDelivered { tries: 1, .. }));
}

#[test]
fn an_accepted_order_is_told_of_once_and_what_came_of_it_is_recorded() {
    let rollout = waiting_canary();
    let mut operation = announcing(Kind::Promote, &rollout);
    assert!(operation.consequence().as_str().ends_with("An Event on it will tell that you ordered this."));
    assert_ne!(
        operation.digest(),
        staged(Kind::Promote, &rollout).digest(),
        "it is part of what is acknowledged"
    );
    operation.on(Event::Armed, at(0));
    let acknowledged = acknowledged_event(&operation);
    operation.on(acknowledged, at(0));
    operation.on(Event::Recorded { entry: 1 }, at(0));
    assert!(operation.on(Event::Announced(Announced::Made), at(0)).is_empty(), "nobody asked for one");
    let commands = operation.on(accepted(), at(1));
    let [Command::Record(_), Command::Announce(announcement)] = commands.as_slice() else {
        panic!("{commands:?}")
    };
    assert_eq!(announcement.name(), format!("web.{ID}"));
    assert_eq!(announcement.reason(), "RollgatePromote");
    let message = announcement.message(Some("7:abcd"));
    for part in ["ada", "promote", ID, "7:abcd"] {
        assert!(message.contains(part), "{message}");
    }
    // It may be heard of after the order's end.
    operation.on(watched(&advanced(&rollout), "102"), at(2));
    assert!(operation.state().is_final());
    let noted = operation.on(Event::Announced(Announced::NoRight), at(3));
    let [Command::Record(entry)] = noted.as_slice() else { panic!("{noted:?}") };
    assert_eq!((&*entry.event, entry.number), ("announced", 4));
    assert!(entry.body.contains(r#""announced":"no right""#), "{}", entry.body);
    assert!(operation.on(Event::Announced(Announced::Made), at(4)).is_empty());
    assert_eq!(operation.state().word(), "observed");
}

#[test]
fn nothing_tells_of_an_order_that_was_not_accepted_or_where_nobody_wants_it() {
    for event in [unknown(), undelivered(None), refused()] {
        let (mut operation, _) = sent(Kind::Promote, &waiting_canary());
        let commands = operation.on(event, at(1));
        assert!(!commands.iter().any(|command| matches!(command, Command::Announce(_))), "{commands:?}");
    }
    let (mut quiet, _) = sent(Kind::Promote, &waiting_canary());
    assert_eq!(quiet.on(accepted(), at(1)).len(), 1);
}
