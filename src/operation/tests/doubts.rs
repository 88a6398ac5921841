//! Owns how a doubt ends: by what is read, by whose mark is on it, and only after every bound of the server.

use super::fixture::*;
use super::life::{doubt, recorded};
use crate::operation::life::{ANSWER_LIMIT, SETTLED};
use crate::operation::{Command, Event, Kind, Operation, State};
use crate::rollout::{Rollout, Writer};

fn word_after(mut operation: Operation, event: Event) -> &'static str {
    operation.on(event, at(3));
    operation.state().word()
}

/// The Rollout with the order's own mark as the newest writer of its status.
fn signed(operation: &Operation, mut rollout: Rollout) -> Rollout {
    let name = operation.request().path.split_once("fieldManager=").unwrap().1.split('&').next().unwrap();
    rollout.writers.status = Some(Writer { name: name.to_owned().into(), at: at(0) });
    rollout
}

#[test]
fn a_silent_sender_puts_the_operation_in_doubt() {
    let (mut operation, _) = sent(Kind::Promote, &waiting_canary());
    operation.on(Event::Sending, at(5));
    assert_eq!(operation.wake_at(), Some(at(5) + ANSWER_LIMIT));
    assert!(operation.on(Event::Tick, at(24)).is_empty());
    let commands = operation.on(Event::Tick, at(25));
    assert!(matches!(commands.as_slice(), [Command::Record(_), Command::Read { .. }]), "{commands:?}");
    assert!(words(&operation).starts_with("in doubt: no answer came"));
    operation.on(accepted(), at(26));
    assert_eq!(operation.state().word(), "accepted", "a late answer ends the doubt");
}

#[test]
fn a_doubt_is_asked_again_ever_more_slowly_up_to_five_seconds() {
    let mut operation = doubt(Kind::Promote, &waiting_canary());
    let mut now = at(1);
    let mut waits = Vec::new();
    for _ in 0..8 {
        operation.on(Event::ReadFailed { why: "no route".into() }, now);
        let due = operation.wake_at().unwrap();
        waits.push(due.duration_since(now).as_millis());
        assert!(operation.on(Event::Tick, due - jiff::SignedDuration::from_millis(1)).is_empty());
        assert!(matches!(operation.on(Event::Tick, due).as_slice(), [Command::Read { .. }]));
        now = due;
    }
    assert_eq!(waits, [200, 400, 800, 1600, 3200, 5000, 5000, 5000]);
}

#[test]
fn a_read_that_never_ends_is_asked_again() {
    let mut operation = doubt(Kind::Promote, &waiting_canary());
    assert!(operation.on(Event::Tick, at(15)).is_empty());
    assert!(matches!(operation.on(Event::Tick, at(16)).as_slice(), [Command::Read { .. }]));
}

#[test]
fn a_doubt_ends_with_the_effect_when_it_is_read() {
    let mut operation = doubt(Kind::Promote, &waiting_canary());
    assert_eq!(recorded(&operation.on(read_marked(&cleared(&waiting_canary()), "101"), at(2))), ["accepted"]);
    assert!(operation.found_by_reading());
    assert!(words(&operation).contains("found by reading"));
    operation.on(watched(&advanced(&waiting_canary()), "102"), at(3));
    assert_eq!(words(&operation), "done: the controller went on (found by reading; the answer was lost)");
}

#[test]
fn a_doubt_ends_as_not_applied_only_by_two_reads_asked_after_every_bound_of_the_server() {
    let mut operation = doubt(Kind::Promote, &waiting_canary());
    let same = read(&waiting_canary(), "100");
    keep_reading(&mut operation, at(1), at(1) + SETTLED - jiff::SignedDuration::from_secs(5), &same);
    assert!(operation.state().is_in_doubt(), "a late commit is still possible");
    let asked = operation.wake_at().unwrap();
    operation.on(Event::Tick, asked);
    operation.on(watched(&waiting_canary(), "100"), asked);
    let late = at(1) + SETTLED + jiff::SignedDuration::from_secs(1);
    operation.on(same.clone(), late);
    operation.on(same.clone(), late);
    assert!(operation.state().is_in_doubt(), "asked too early, though answered late");
    let first = operation.wake_at().unwrap();
    operation.on(Event::Tick, first);
    operation.on(same.clone(), first);
    assert!(operation.state().is_in_doubt(), "one read can overtake what a thawing server still holds");
    operation.on(same.clone(), first);
    assert!(operation.state().is_in_doubt(), "a reading that was not asked for proves nothing");
    let end = keep_reading(&mut operation, first, at(600), &same);
    assert!(end >= first + jiff::SignedDuration::from_secs(2));
    assert_eq!(*operation.state(), State::NotApplied { at: end });
}

#[test]
fn a_clock_that_is_set_forward_by_a_year_passes_no_bound_of_the_server() {
    let mut operation = doubt(Kind::Promote, &waiting_canary());
    let year = jiff::SignedDuration::from_hours(365 * 24);
    let same = read(&waiting_canary(), "100");
    let reads = |operation: &mut Operation, from| {
        let mut now = from;
        let mut reads = 0;
        while operation.state().is_in_doubt() {
            now = operation.wake_at().unwrap().max(now);
            operation.on(Event::Tick, now);
            operation.on(same.clone(), now);
            reads += 1;
        }
        reads
    };
    operation.on(same.clone(), at(2));
    let jumped = reads(&mut operation, at(2) + year);
    let mut steady = doubt(Kind::Promote, &waiting_canary());
    steady.on(same.clone(), at(2));
    assert!(jumped + 2 >= reads(&mut steady, at(2)), "hardly fewer reads than with a clock that nobody sets");
}

#[test]
fn an_effect_without_the_orders_mark_is_not_taken_for_its_own() {
    let mut operation = doubt(Kind::Promote, &waiting_canary());
    operation.on(Event::ReadFailed { why: "reset".into() }, at(2));
    let commands = operation.on(watched(&advanced(&waiting_canary()), "102"), at(2));
    assert!(matches!(commands.as_slice(), [Command::Read { .. }]), "a watch shows no marks: {commands:?}");
    assert!(operation.state().is_in_doubt());
    operation.on(read(&advanced(&waiting_canary()), "102"), at(3));
    assert_eq!(operation.state().word(), "unclear");
    assert!(!operation.found_by_reading());
}

#[test]
fn a_refusal_of_a_second_copy_is_not_believed_where_the_first_left_its_mark() {
    let (mut operation, _) = sent(Kind::Promote, &waiting_canary());
    let commands = operation.on(refused(), at(1));
    assert!(matches!(commands.as_slice(), [Command::Read { .. }]), "{commands:?}");
    let found = operation.on(read_marked(&cleared(&waiting_canary()), "101"), at(1));
    assert_eq!(recorded(&found), ["accepted"]);
    assert!(operation.found_by_reading());
}

#[test]
fn a_mark_that_the_watch_told_of_is_believed_though_others_wrote_over_it_before_the_read() {
    let (mut operation, _) = sent(Kind::Promote, &waiting_canary());
    operation.on(watched(&signed(&operation, cleared(&waiting_canary())), "101"), at(0));
    operation.on(refused(), at(1));
    let found = operation.on(read(&advanced(&waiting_canary()), "102"), at(1));
    assert_eq!(recorded(&found), ["accepted", "observed"]);
    assert!(operation.found_by_reading());
}

#[test]
fn a_doubt_ends_with_the_mark_that_the_watch_tells_of() {
    let mut operation = doubt(Kind::Promote, &waiting_canary());
    let marked = signed(&operation, cleared(&waiting_canary()));
    assert_eq!(recorded(&operation.on(watched(&marked, "101"), at(2))), ["accepted"]);
    operation.on(watched(&advanced(&waiting_canary()), "102"), at(3));
    assert_eq!(words(&operation), "done: the controller went on (found by reading; the answer was lost)");
}

#[test]
fn a_read_from_before_the_write_that_arrives_after_the_mark_says_nothing() {
    // A server that was stopped answers the read first, then writes; and the watch is faster than the answer.
    let mut operation = doubt(Kind::Promote, &waiting_canary());
    operation.on(watched(&signed(&operation, cleared(&waiting_canary())), "101"), at(2));
    operation.on(read(&waiting_canary(), "100"), at(2));
    assert_eq!(operation.state().word(), "accepted", "{}", words(&operation));
    operation.on(watched(&advanced(&waiting_canary()), "102"), at(3));
    assert_eq!(operation.state().word(), "observed");
}

#[test]
fn a_read_from_before_the_write_says_nothing_where_the_mark_came_before_the_doubt() {
    let (mut operation, _) = sent(Kind::Promote, &waiting_canary());
    operation.on(watched(&signed(&operation, cleared(&waiting_canary())), "101"), at(0));
    operation.on(unknown(), at(1));
    operation.on(read(&waiting_canary(), "100"), at(2));
    assert_eq!(operation.state().word(), "accepted", "{}", words(&operation));
    let (mut refused_copy, _) = sent(Kind::Promote, &waiting_canary());
    refused_copy.on(watched(&signed(&refused_copy, cleared(&waiting_canary())), "101"), at(0));
    refused_copy.on(refused(), at(1));
    refused_copy.on(read(&waiting_canary(), "100"), at(1));
    assert_eq!(refused_copy.state().word(), "sent", "neither refused nor found by what came before");
    refused_copy.on(read(&advanced(&waiting_canary()), "102"), at(2));
    assert_eq!(refused_copy.state().word(), "observed");
}

#[test]
fn an_effect_without_the_mark_is_unclear_only_once_the_watch_came_as_far_or_stays_silent() {
    let signed_then = |events: Vec<(Event, i64)>| {
        let mut operation = doubt(Kind::Promote, &waiting_canary());
        operation.on(read(&advanced(&waiting_canary()), "102"), at(2));
        assert!(operation.state().is_in_doubt(), "the watch may yet tell of the mark: {}", words(&operation));
        for (event, seconds) in events {
            operation.on(event, at(seconds));
        }
        operation
    };
    let marked = signed(&doubt(Kind::Promote, &waiting_canary()), cleared(&waiting_canary()));
    let told =
        signed_then(vec![(watched(&marked, "101"), 3), (watched(&advanced(&waiting_canary()), "102"), 3)]);
    assert_eq!(told.state().word(), "observed");
    let seen = || read(&advanced(&waiting_canary()), "102");
    let unsigned = signed_then(vec![(watched(&advanced(&waiting_canary()), "102"), 3), (seen(), 3)]);
    let says = words(&unsigned);
    assert!(says.starts_with("unclear: it was sent, and then step index was 1, is 2"), "{says}");
    assert!(says.ends_with("whether by this order cannot be told"), "{says}");
    let silent = signed_then(vec![(seen(), 4), (seen(), 6), (seen(), 7)]);
    assert_eq!(silent.state().word(), "unclear");
}

#[test]
fn a_refusal_is_believed_only_when_the_watch_has_told_of_all_that_was_read() {
    let (mut operation, _) = sent(Kind::Promote, &waiting_canary());
    operation.on(refused(), at(1));
    operation.on(read(&advanced(&waiting_canary()), "102"), at(1));
    assert_eq!(operation.state().word(), "sent");
    operation.on(watched(&advanced(&waiting_canary()), "102"), at(2));
    assert_eq!(operation.state().word(), "refused");
}

#[test]
fn a_refusal_that_cannot_be_confirmed_is_a_doubt_until_a_read_confirms_it() {
    let (mut operation, _) = sent(Kind::Promote, &waiting_canary());
    operation.on(refused(), at(1));
    operation.on(Event::ReadFailed { why: "reset".into() }, at(2));
    assert!(words(&operation).starts_with("in doubt: it was refused"), "{}", words(&operation));
    operation.on(read(&advanced(&waiting_canary()), "102"), at(3));
    assert!(operation.state().is_in_doubt(), "the watch has not told of it yet: {:?}", operation.state());
    operation.on(watched(&advanced(&waiting_canary()), "102"), at(3));
    operation.on(Event::Tick, at(5));
    operation.on(read(&advanced(&waiting_canary()), "102"), at(5));
    assert_eq!(operation.state().word(), "refused");
    let (mut silent, _) = sent(Kind::Promote, &waiting_canary());
    silent.on(refused(), at(1));
    silent.on(Event::Tick, at(0) + ANSWER_LIMIT);
    assert!(silent.state().is_in_doubt(), "{:?}", silent.state());
}

#[test]
fn a_doubt_ends_unclear_when_the_rollout_moved_otherwise() {
    let mut aborted = waiting_canary();
    aborted.status.abort = Some(true);
    let operation = doubt(Kind::Promote, &waiting_canary());
    assert_eq!(word_after(operation, read(&aborted, "102")), "unclear");
}

#[test]
fn a_timed_pause_that_is_over_cannot_prove_the_promotion() {
    let mut waiting = waiting_canary();
    waiting.status.step_index = Some(3);
    waiting.status.pauses.list[0].since = Some(at(-295));
    let early = doubt(Kind::Promote, &waiting);
    assert_eq!(word_after(early, read_marked(&advanced(&waiting), "102")), "observed");
    let mut late = doubt(Kind::Promote, &waiting);
    late.on(watched(&advanced(&waiting), "102"), at(6));
    late.on(read(&advanced(&waiting), "102"), at(6));
    assert_eq!(late.state().word(), "unclear");
}
