use proptest::prelude::*;

use super::*;

fn milliseconds(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// A pace that drew its first frame at the returned instant.
fn settled() -> (Pace, Instant) {
    let start = Instant::now();
    let mut pace = Pace::new(Link::Normal);
    assert_eq!(pace.next(start, true, None), Next::Draw, "the first frame is due at once");
    pace.drawn(start);
    (pace, start)
}

#[test]
fn nothing_changed_means_no_frame_and_no_wake_up() {
    let (pace, start) = settled();
    assert_eq!(pace.next(start + milliseconds(10_000), true, None), Next::AwaitEvents);
}

#[test]
fn a_key_is_drawn_at_once_even_right_after_a_frame() {
    let (mut pace, start) = settled();
    pace.touch(Cause::Key);
    assert_eq!(pace.next(start + milliseconds(1), true, None), Next::Draw);
}

#[test]
fn data_waits_for_fifty_milliseconds_after_the_last_frame() {
    let (mut pace, start) = settled();
    pace.touch(Cause::Data);
    assert_eq!(pace.next(start + milliseconds(1), true, None), Next::SleepUntil(start + milliseconds(50)));
    assert_eq!(pace.next(start + milliseconds(50), true, None), Next::Draw);
    pace.drawn(start + milliseconds(50));
    assert_eq!(pace.next(start + milliseconds(51), true, None), Next::AwaitEvents);
}

#[test]
fn data_after_a_long_rest_is_drawn_at_once() {
    let (mut pace, start) = settled();
    pace.touch(Cause::Data);
    assert_eq!(pace.next(start + milliseconds(51), true, None), Next::Draw);
}

#[test]
fn a_key_hurries_data_along_and_data_never_slows_a_key() {
    let (mut pace, start) = settled();
    pace.touch(Cause::Data);
    pace.touch(Cause::Key);
    pace.touch(Cause::Data);
    assert_eq!(pace.next(start + milliseconds(1), true, None), Next::Draw);
}

#[test]
fn nothing_is_drawn_while_the_writer_is_busy() {
    let (mut pace, start) = settled();
    pace.touch(Cause::Key);
    assert_eq!(pace.next(start, false, None), Next::AwaitWriter);
    assert_eq!(pace.next(start, true, None), Next::Draw);
}

#[test]
fn a_busy_writer_is_not_waited_for_before_the_frame_is_due() {
    let (mut pace, start) = settled();
    pace.touch(Cause::Data);
    assert_eq!(pace.next(start, false, None), Next::SleepUntil(start + milliseconds(50)));
}

#[test]
fn it_sleeps_until_the_next_visible_change_and_then_draws() {
    let (pace, start) = settled();
    let change = start + milliseconds(900);
    assert_eq!(pace.next(start + milliseconds(100), true, Some(change)), Next::SleepUntil(change));
    assert_eq!(pace.next(change, true, Some(change)), Next::Draw);
}

#[test]
fn a_link_that_is_slow_to_take_frames_gets_fewer_of_them() {
    let (mut pace, start) = settled();
    pace.wrote(milliseconds(100));
    pace.touch(Cause::Data);
    assert_eq!(pace.next(start + milliseconds(50), true, None), Next::SleepUntil(start + milliseconds(400)));
    pace.wrote(Duration::from_secs(60));
    assert_eq!(pace.data_every(), Duration::from_secs(1));
    pace.wrote(milliseconds(1));
    assert_eq!(pace.data_every(), milliseconds(50), "it recovers");
    assert_eq!(Pace::new(Link::Slow).data_every(), milliseconds(1000));
}

proptest! {
    /// Plays a second of touches, asking every millisecond and drawing when told to.
    #[test]
    fn data_frames_keep_their_distance_and_every_change_is_drawn(
        touches in proptest::collection::btree_map(0u64..1000, any::<bool>(), 0..200)
    ) {
        let (mut pace, start) = settled();
        let (mut last_frame, mut undrawn) = (0, None);
        for tick in 1..1200 {
            let now = start + milliseconds(tick);
            if let Some(key) = touches.get(&tick) {
                let cause = if *key { Cause::Key } else { Cause::Data };
                pace.touch(cause);
                undrawn = undrawn.max(Some(cause));
            }
            match pace.next(now, true, None) {
                Next::Draw => {
                    prop_assert!(undrawn.is_some(), "a frame without a change");
                    prop_assert!(undrawn == Some(Cause::Key) || tick - last_frame >= 50);
                    pace.drawn(now);
                    (last_frame, undrawn) = (tick, None);
                }
                Next::SleepUntil(until) => {
                    prop_assert_eq!(undrawn, Some(Cause::Data));
                    prop_assert!(until > now);
                }
                Next::AwaitEvents => prop_assert_eq!(undrawn, None),
                Next::AwaitWriter => prop_assert!(false, "the writer is idle"),
            }
        }
        prop_assert_eq!(undrawn, None, "the last change was never drawn");
    }
}
