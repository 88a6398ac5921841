use proptest::prelude::*;

use super::*;

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn armed() -> Guard {
    let mut guard = Guard::new(ms(0));
    guard.drawn(ms(10));
    assert!(!guard.tick(ms(410)));
    assert!(guard.is_armed());
    guard
}

#[test]
fn a_lone_key_after_silence_confirms_once() {
    let mut guard = armed();
    guard.confirm(ms(1000));
    assert!(!guard.tick(ms(1029)));
    assert!(guard.tick(ms(1030)));
    assert!(!guard.tick(ms(2000)));
}

#[test]
fn nothing_counts_before_the_modal_is_drawn() {
    let mut guard = Guard::new(ms(0));
    assert!(!guard.tick(ms(5000)));
    guard.confirm(ms(5000));
    assert!(!guard.tick(ms(6000)));
}

#[test]
fn type_ahead_restarts_the_silence() {
    let mut guard = Guard::new(ms(0));
    guard.drawn(ms(10));
    guard.confirm(ms(300));
    assert!(!guard.tick(ms(600)));
    assert!(!guard.is_armed());
    guard.tick(ms(700));
    assert!(guard.is_armed());
}

#[test]
fn a_key_right_before_the_confirming_key_voids_it() {
    let mut guard = armed();
    guard.other(ms(1000));
    guard.confirm(ms(1020));
    assert!(!guard.tick(ms(1100)));
}

#[test]
fn a_key_right_after_the_confirming_key_voids_it() {
    let mut guard = armed();
    guard.confirm(ms(1000));
    guard.other(ms(1029));
    assert!(!guard.tick(ms(1100)));
    assert!(!guard.is_armed());
}

#[test]
fn a_confirming_key_that_repeats_never_confirms() {
    let mut guard = armed();
    guard.confirm(ms(1000));
    guard.confirm(ms(1025));
    for step in 1..100 {
        guard.confirm(ms(1025 + 25 * step));
        assert!(!guard.tick(ms(1025 + 25 * step + 5)));
    }
}

#[test]
fn a_change_while_the_key_is_pending_voids_it() {
    let mut guard = armed();
    guard.confirm(ms(1000));
    guard.disarm(ms(1010));
    assert!(!guard.tick(ms(1100)));
}

#[test]
fn keys_at_machine_speed_are_told_apart() {
    let mut guard = armed();
    assert!(guard.other(ms(1000)));
    assert!(!guard.other(ms(1004)));
    assert!(guard.other(ms(1009)));
}

proptest! {
    /// Whatever comes, a confirmation is preceded by silence, its own key, and silence again.
    #[test]
    fn only_a_lone_key_after_silence_confirms(events in prop::collection::vec((0u8..5, 0u64..700), 1..80)) {
        let mut guard = Guard::new(ms(0));
        let mut now = 0;
        let mut inputs: Vec<(u64, bool)> = vec![(0, false)];
        let mut drawn_at = None;
        for (kind, gap) in events {
            now += gap;
            match kind {
                0 => { guard.drawn(ms(now)); drawn_at = drawn_at.or(Some(now)); }
                1 => { guard.other(ms(now)); inputs.push((now, false)); }
                2 => { guard.confirm(ms(now)); inputs.push((now, true)); }
                3 => { guard.disarm(ms(now)); drawn_at = None; }
                _ => if guard.tick(ms(now)) {
                    let (at, confirms) = *inputs.last().unwrap();
                    prop_assert!(confirms && now - at >= 30);
                    let before = inputs[inputs.len() - 2].0;
                    prop_assert!(at - before >= 400);
                    prop_assert!(drawn_at.is_some_and(|drawn| at >= drawn + 400));
                    return Ok(());
                },
            }
        }
    }
}
