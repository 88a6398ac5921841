use jiff::SignedDuration;

use super::fixture::{Town, ago, evidence, failed, missing, recording};
use crate::capability::sight::Recording;
use crate::capability::{Answer, Capability as C, Sight, State};

fn kept(recording: Recording) -> Town {
    Town::healthy().see(Sight::Recording(Answer::Seen(recording)))
}

fn ahead(seconds: i64) -> Town {
    Town::healthy().see(Sight::Skew(Answer::Seen(SignedDuration::from_secs(seconds))))
}

#[test]
fn a_ledger_that_was_verified_is_available_with_its_head() {
    let health = Town::healthy().judge(C::Ledger);
    assert_eq!(health.state, State::Available { at: ago(5) });
    let said = evidence(&health);
    assert!(said.contains("newest record 41") && said.contains("whole up to record 40"), "{said}");
}

#[test]
fn a_ledger_that_was_not_verified_is_supported_and_says_how_to_verify_it() {
    let town = kept(Recording { verified: None, ..recording() });
    assert_eq!(town.say(C::Ledger), "supported");
    assert_eq!(town.paste(C::Ledger), "rollgate ledger verify");
    assert_eq!(town.judge(C::Promote).state.word(), "available");
}

#[test]
fn where_nothing_was_recorded_yet_there_is_nothing_to_verify() {
    let health = kept(Recording { head: None, verified: None, open: 0, waiting: 0 }).judge(C::Ledger);
    assert_eq!((health.state.word(), health.remedy.is_none()), ("supported", true));
    assert!(evidence(&health).contains("no record yet"), "{}", evidence(&health));
}

#[test]
fn a_ledger_that_cannot_be_written_is_unavailable() {
    let town = Town::healthy().see(Sight::Recording(failed("read-only file system")));
    assert_eq!(town.say(C::Ledger), "unavailable: read-only file system");
    assert_eq!(town.say(C::Outbox), "unavailable: read-only file system");
    let town = Town::healthy().see(Sight::Recording(missing("no folder to keep it in")));
    assert_eq!(town.say(C::Ledger), "configuration-dependent: no folder to keep it in");
}

#[test]
fn orders_that_wait_for_a_person_degrade_the_outbox_alone() {
    let town = kept(Recording { open: 2, waiting: 1, ..recording() });
    assert_eq!(town.say(C::Outbox), "degraded: 1 order without a known end waits for a person");
    assert_eq!(town.paste(C::Outbox), "rollgate orders");
    assert_eq!(town.judge(C::Ledger).state.word(), "available");
    assert_eq!(kept(Recording { open: 2, ..recording() }).judge(C::Outbox).state.word(), "available");
}

#[test]
fn clocks_that_differ_by_more_than_five_seconds_are_told_apart() {
    assert_eq!(ahead(5).judge(C::Clock).state.word(), "available");
    assert_eq!(ahead(-5).judge(C::Clock).state.word(), "available");
    assert_eq!(
        ahead(6).say(C::Clock),
        "degraded: this machine's clock is 6 s behind the server's: ages and pauses are off by that"
    );
    assert_eq!(
        ahead(-90).say(C::Clock),
        "degraded: this machine's clock is 90 s ahead of the server's: ages and pauses are off by that"
    );
    let town = Town::healthy().see(Sight::Skew(failed("no date in the answer")));
    assert_eq!(town.judge(C::Clock).state.word(), "unknown");
}

#[test]
fn what_is_left_out_by_design_says_so_whatever_was_seen() {
    for town in [Town::healthy(), Town::unseen()] {
        for row in [C::Autonomy, C::SingleStatus] {
            assert_eq!(town.say(row), "not available by design");
        }
    }
}
