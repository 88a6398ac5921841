use std::time::Duration;

use super::{Clock, after};

#[test]
fn a_still_clock_stands_still() {
    let at = "2026-03-14T03:00:00Z".parse().unwrap();
    let clock = Clock::Still(at);
    assert_eq!(clock.now(), at);
    assert_eq!(clock.until(at), Duration::ZERO);
    assert_eq!(clock.until("2026-03-14T03:00:01Z".parse().unwrap()), Duration::MAX);
}

#[test]
fn an_hour_passes_in_a_minute_at_sixty_times_the_speed() {
    let begins = "2026-03-14T03:00:00Z".parse().unwrap();
    assert_eq!(after(begins, Duration::from_secs(60), 60), "2026-03-14T04:00:00Z".parse().unwrap());
}

#[test]
fn waiting_is_done_in_the_machines_time() {
    let begins: jiff::Timestamp = "2026-03-14T03:00:00Z".parse().unwrap();
    let clock = Clock::running(begins, 60);
    let wait = clock.until("2026-03-14T04:00:00Z".parse().unwrap());
    assert!(wait <= Duration::from_secs(60), "{wait:?}");
    assert!(wait > Duration::from_secs(30), "{wait:?}");
    assert_eq!(clock.until(begins), Duration::ZERO);
}

#[test]
fn the_end_of_time_is_no_fault() {
    assert_eq!(after(jiff::Timestamp::MAX, Duration::from_secs(1), 60), jiff::Timestamp::MAX);
}

#[test]
fn a_wait_of_the_machine_is_longer_where_time_runs_faster() {
    let at: jiff::Timestamp = "2026-11-17T14:02:00Z".parse().unwrap();
    let fast = Clock::running(at, 10);
    assert!(fast.after(Duration::from_secs(6)) >= at + jiff::SignedDuration::from_secs(60));
    assert!(
        fast.after(Duration::from_secs(6)) < at + jiff::SignedDuration::from_secs(120),
        "a test is not so slow"
    );
    assert_eq!(Clock::Still(at).after(Duration::from_secs(6)), at);
    assert_eq!([Clock::Machine.speed(), Clock::Still(at).speed(), fast.speed()], [1, 1, 10]);
}

#[test]
#[cfg(target_os = "linux")]
fn the_steady_clock_is_the_one_that_counts_the_time_asleep() {
    // proc(5): the seconds since boot, those in suspend included.
    let said = std::fs::read_to_string("/proc/uptime").unwrap();
    let uptime: f64 = said.split(' ').next().unwrap().parse().unwrap();
    let off = super::steady().as_secs_f64() - uptime;
    assert!((-1.0..60.0).contains(&off), "{off} s off");
}
