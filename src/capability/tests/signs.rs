//! What the controller says of itself: its Events, and its own metrics.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;

use super::fixture::{Town, ago, evidence, failed, lease, now, text};
use crate::capability::sight::Meters;
use crate::capability::{Answer, Capability as C, Sight, State};
use crate::rollout::parse::{EventObject, Interner};
use crate::rollout::{Event, event};

const ROW: C = C::Reconciling;

/// Nothing but what a test adds.
fn signless() -> Town {
    let mut town = Town::healthy();
    (town.board.lease, town.board.controllers) = (None, None);
    town
}

fn said(reason: &str, at: Timestamp) -> Event {
    let value = json!({
        "apiVersion": "v1", "kind": "Event",
        "metadata": {"name": format!("web.{reason}"), "namespace": "shop", "uid": reason},
        "involvedObject": {"kind": "Rollout", "namespace": "shop", "name": "web"},
        "source": {"component": event::CONTROLLER},
        "type": "Normal", "reason": reason, "message": "…", "lastTimestamp": at.to_string(),
    });
    EventObject::deserialize(value).unwrap().into_event(&mut Interner::new())
}

fn idle() -> Meters {
    Meters { version: text("v1.9.1"), reconciled: 40, failed: 1, queued: 0, busy: SignedDuration::ZERO }
}

/// Looks at metrics so many seconds ago, the first longest ago.
fn looked(mut town: Town, looks: &[(i64, Answer<Meters>)]) -> Town {
    for (seconds, answer) in looks {
        town.board.note(Sight::Meters(answer.clone()), ago(*seconds));
    }
    town
}

fn seen(reconciled: u64, queued: u64) -> Answer<Meters> {
    Answer::Seen(Meters { reconciled, queued, ..idle() })
}

#[test]
fn an_event_of_this_minute_is_a_sign_of_life_and_what_it_cannot_tell_is_said() {
    let mut town = signless();
    town.board.hear(&said("RolloutStepCompleted", ago(30)), now());
    let health = town.judge(ROW);
    assert_eq!(health.state, State::Available { at: ago(30) });
    let told = evidence(&health);
    assert!(told.contains("Event: it said RolloutStepCompleted of web in shop"), "{told}");
    assert!(told.contains("cannot tell: whether it still does what it said then"), "{told}");
}

#[test]
fn an_event_of_long_ago_is_shown_with_its_age_and_shows_neither_life_nor_death() {
    let mut town = signless();
    town.board.hear(&said("RolloutCompleted", ago(3_000)), now());
    let health = town.judge(ROW);
    assert_eq!(health.state.word(), "unknown");
    let event = health.evidence.iter().find(|seen| seen.how == "Event").unwrap();
    assert_eq!(event.at, Some(ago(3_000)));
    assert!(evidence(&health).contains("where nothing happens it says nothing"));
    let mut led = Town::healthy();
    led.board.hear(&said("RolloutCompleted", ago(3_000)), now());
    assert_eq!(led.judge(ROW).state, State::Available { at: ago(5) }, "the Lease says more");
}

#[test]
fn of_several_events_the_one_said_last_counts_in_whatever_order_they_come() {
    for order in [[30, 300], [300, 30]] {
        let mut town = signless();
        for seconds in order {
            town.board.hear(&said(&format!("Of{seconds}"), ago(seconds)), now());
        }
        assert_eq!(town.judge(ROW).state, State::Available { at: ago(30) }, "{order:?}");
        assert!(evidence(&town.judge(ROW)).contains("it said Of30"), "{order:?}");
    }
}

#[test]
fn an_event_is_dated_by_the_servers_clock_and_one_of_the_future_shows_nothing() {
    let ahead = Sight::Skew(Answer::Seen(SignedDuration::from_secs(100)));
    let mut town = signless().see(ahead);
    town.board.hear(&said("Now", ago(20 - 100)), now());
    assert_eq!(town.judge(ROW).state, State::Available { at: ago(20) });
    let mut town = signless();
    town.board.hear(&said("Soon", ago(-100)), now());
    assert_eq!(town.judge(ROW).state.word(), "unknown");
    assert!(evidence(&town.judge(ROW)).contains("dated in the future"));
    let mut town = signless();
    town.board.hear(&said("Never", ago(-400_000)), now());
    assert_eq!(town.board.said, None, "else it would hide every one to come");
}

#[test]
fn metrics_that_answer_are_no_sign_of_life_before_their_count_has_risen() {
    let once = looked(signless(), &[(5, seen(40, 0))]);
    assert_eq!(once.judge(ROW).state.word(), "unknown");
    let told = evidence(&once.judge(ROW));
    assert!(
        told.contains("its metrics: v1.9.1; 40 times reconciled, 1 of them with an error; 0 in its queue"),
        "{told}"
    );
    let still = looked(signless(), &[(25, seen(40, 0)), (5, seen(40, 0))]);
    assert_eq!(still.judge(ROW).state.word(), "unknown", "a quiet fleet is reconciled every 15 minutes");
    let risen = looked(signless(), &[(25, seen(40, 0)), (5, seen(41, 0))]);
    assert_eq!(risen.judge(ROW).state, State::Available { at: ago(25) }, "by the look before it rose");
}

#[test]
fn a_count_that_rose_between_two_looks_far_apart_shows_nothing_of_now() {
    let town = looked(signless(), &[(600, seen(40, 0)), (5, seen(90, 0))]);
    assert_eq!(town.judge(ROW).state.word(), "unknown");
}

#[test]
fn a_count_that_fell_is_that_of_another_pod_and_shows_nothing() {
    let town = looked(signless(), &[(25, seen(40, 2)), (5, seen(3, 2))]);
    assert_eq!(town.judge(ROW).state.word(), "unknown");
}

#[test]
fn a_standbys_zeros_are_told_for_what_they_are() {
    let town = looked(signless(), &[(25, seen(0, 0)), (5, seen(0, 0))]);
    assert_eq!(town.judge(ROW).state.word(), "unknown");
    assert!(evidence(&town.judge(ROW)).contains("a count of 0 is that of a standby"));
}

#[test]
fn a_queue_from_which_nothing_is_taken_is_degraded_even_where_a_leader_renews() {
    let town = looked(Town::healthy(), &[(45, seen(40, 1)), (25, seen(40, 3)), (5, seen(40, 4))]);
    let health = town.judge(ROW);
    assert_eq!(health.since, Some(ago(45)));
    assert_eq!(town.say(ROW), "degraded: 4 wait in its queue, and it reconciles none");
    let town = looked(Town::healthy(), &[(45, seen(40, 3)), (25, seen(41, 3)), (5, seen(41, 0))]);
    assert_eq!(town.judge(ROW).state.word(), "available", "it is worked off");
}

#[test]
fn a_queue_is_not_called_stuck_over_a_look_that_failed() {
    let town = looked(Town::healthy(), &[(45, seen(40, 3)), (25, failed("timed out")), (5, seen(40, 3))]);
    assert_eq!(town.judge(ROW).state.word(), "available");
}

#[test]
fn a_worker_that_is_at_one_rollout_for_a_minute_is_degraded_since_it_began() {
    for (seconds, state) in [(59, "available"), (60, "degraded")] {
        let busy = Meters { busy: SignedDuration::from_secs(seconds), ..idle() };
        let town = looked(Town::healthy(), &[(5, Answer::Seen(busy))]);
        let health = town.judge(ROW);
        assert_eq!(health.state.word(), state);
        assert!(evidence(&health).contains(&format!("at one for {seconds} s")));
    }
    let busy = Meters { busy: SignedDuration::from_secs(130), ..idle() };
    let town = looked(Town::healthy(), &[(5, Answer::Seen(busy))]);
    assert_eq!(town.judge(ROW).since, Some(ago(135)));
    assert_eq!(town.say(ROW), "degraded: it has been at one Rollout for 130 s");
}

#[test]
fn metrics_that_no_longer_answer_count_only_where_nothing_shows_life() {
    let gone = [(25, seen(40, 0)), (5, failed("connection refused"))];
    assert_eq!(looked(Town::healthy(), &gone).judge(ROW).state.word(), "available");
    let town = looked(signless(), &gone);
    assert_eq!(town.say(ROW), "degraded: its metrics no longer answer: connection refused");
    assert_eq!(town.judge(ROW).since, Some(ago(5)));
    let stale = looked(Town::healthy().see(Sight::Lease(Answer::Seen(lease(ago(90))))), &gone);
    assert!(stale.say(ROW).ends_with("is not renewed; its metrics no longer answer: connection refused"));
    let never = looked(signless(), &[(5, failed("connection refused"))]);
    assert_eq!(never.judge(ROW).state.word(), "unknown", "a wrong address is no dead controller");
}

#[test]
fn metrics_that_were_seen_too_long_ago_count_for_nothing() {
    let busy = Meters { busy: SignedDuration::from_secs(130), ..idle() };
    let town = looked(Town::healthy(), &[(61, Answer::Seen(busy))]);
    assert_eq!(town.judge(ROW).state.word(), "available");
    assert!(evidence(&town.judge(ROW)).contains("its metrics: not looked at lately"));
}

#[test]
fn where_no_address_of_its_metrics_is_named_nothing_is_said_of_them() {
    assert!(!evidence(&Town::healthy().judge(ROW)).contains("metrics"));
}
