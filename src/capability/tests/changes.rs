use jiff::{SignedDuration, Timestamp};

use super::fixture::{ago, now, text};
use crate::capability::{Capability as C, Change, Chronicle, Health, Scope, State};

fn good() -> State {
    State::Available { at: now() }
}

fn bad(since: Timestamp) -> State {
    State::Degraded { since, symptom: text("no leader") }
}

fn unknown() -> State {
    State::Unknown { why: text("not looked at") }
}

/// Plays states of one row, one each two seconds, and returns what was told, and the last account.
fn play(states: Vec<State>) -> (Vec<Change>, Health) {
    let mut chronicle = Chronicle::default();
    let mut told = Vec::new();
    let mut health = None;
    for (turn, state) in states.into_iter().enumerate() {
        let mut healths = [Health {
            capability: C::Reconciling,
            scope: Scope::Cluster,
            state,
            since: None,
            evidence: Vec::new(),
            remedy: None,
        }];
        let at = now() + SignedDuration::from_secs(2) * i32::try_from(turn).unwrap();
        told.extend(chronicle.settle(&mut healths, at));
        health = healths.into_iter().next();
    }
    (told, health.unwrap())
}

fn words(told: &[Change]) -> Vec<(Option<&'static str>, &'static str)> {
    told.iter().map(|change| (change.from, change.to.word())).collect()
}

fn repeat(state: &State, times: usize) -> Vec<State> {
    vec![state.clone(); times]
}

#[test]
fn a_row_that_turns_bad_is_told_once_after_it_has_held() {
    let (told, _) = play([repeat(&good(), 5), repeat(&bad(ago(0)), 9)].concat());
    assert_eq!(words(&told), [(Some("available"), "degraded")]);
    // The fifth turn is at eight seconds; bad from ten on; it has held for more than three at fourteen.
    assert_eq!(told[0].at, now() + SignedDuration::from_secs(14));
}

#[test]
fn a_recovery_is_told() {
    let (told, _) = play([repeat(&good(), 5), repeat(&bad(ago(0)), 5), repeat(&good(), 5)].concat());
    assert_eq!(words(&told), [(Some("available"), "degraded"), (Some("degraded"), "available")]);
}

#[test]
fn flapping_is_not_told_and_the_state_that_is_shown_is_the_true_one() {
    let flapping = [repeat(&good(), 5), vec![[bad(ago(0)), good()]; 10].concat(), vec![bad(ago(0))]].concat();
    let (told, health) = play(flapping);
    assert_eq!(words(&told), []);
    assert_eq!(health.state.word(), "degraded");
}

#[test]
fn what_is_bad_from_the_start_is_told_and_what_is_good_is_not() {
    assert_eq!(words(&play(repeat(&bad(ago(0)), 5)).0), [(None, "degraded")]);
    assert_eq!(words(&play(repeat(&good(), 5)).0), []);
}

#[test]
fn not_knowing_is_no_news_and_forgets_nothing() {
    let hidden = [repeat(&good(), 5), repeat(&unknown(), 5), repeat(&good(), 5)].concat();
    assert_eq!(words(&play(hidden).0), []);
    let still_bad = [repeat(&bad(ago(0)), 5), repeat(&unknown(), 5), repeat(&bad(ago(0)), 5)].concat();
    assert_eq!(words(&play(still_bad).0), [(None, "degraded")]);
    let found_well = [repeat(&bad(ago(0)), 5), repeat(&unknown(), 5), repeat(&good(), 5)].concat();
    assert_eq!(words(&play(found_well).0), [(None, "degraded"), (Some("degraded"), "available")]);
}

#[test]
fn a_dry_run_that_grows_old_is_no_news() {
    let (told, _) = play([repeat(&good(), 5), repeat(&State::Supported, 5), repeat(&good(), 5)].concat());
    assert_eq!(words(&told), []);
}

#[test]
fn since_is_when_it_was_noticed_or_earlier_where_the_state_knows() {
    let (_, health) = play(repeat(&good(), 4));
    assert_eq!(health.since, Some(now()));
    let (_, health) = play([repeat(&good(), 4), vec![bad(ago(100))]].concat());
    assert_eq!(health.since, Some(ago(100)));
}

#[test]
fn a_symptom_that_is_dated_anew_with_each_look_keeps_its_first_date() {
    let dated = |turn: i64| bad(now() + SignedDuration::from_secs(2 * turn));
    let (_, health) = play((0..6).map(dated).collect());
    assert_eq!(health.since, Some(now()));
    assert_eq!(health.state, bad(now()));
}

#[test]
fn rows_of_namespaces_that_are_gone_are_forgotten() {
    let mut chronicle = Chronicle::default();
    let health = |state| Health {
        capability: C::Promote,
        scope: Scope::Namespace("shop".into()),
        state,
        since: None,
        evidence: Vec::new(),
        remedy: None,
    };
    let mut healths = [health(good())];
    chronicle.settle(&mut healths, ago(60));
    chronicle.keep_only(&["shop".into()]);
    chronicle.settle(&mut healths, ago(30));
    assert_eq!(healths[0].since, Some(ago(60)));
    chronicle.keep_only(&["pay".into()]);
    chronicle.settle(&mut healths, ago(10));
    assert_eq!(healths[0].since, Some(ago(10)));
}
