use futures::FutureExt;

use super::*;

#[test]
fn however_many_ask_only_a_burst_and_the_steady_rate_leave() {
    let desk = Desk::new(1);
    let now = Instant::now();
    let leave: Vec<Duration> = (0..280).map(|_| desk.pay(now).saturating_duration_since(now)).collect();
    let by = |time: Duration| leave.iter().filter(|at| **at <= time).count();
    assert!((39..=41).contains(&by(Duration::ZERO)), "{}", by(Duration::ZERO));
    assert!((158..=162).contains(&by(Duration::from_secs(30))), "{}", by(Duration::from_secs(30)));
    assert!(by(Duration::from_secs(60)) >= 279 && leave[279] > Duration::from_secs(59), "{leave:?}");
}

#[test]
fn a_rest_saves_no_more_than_a_burst() {
    let desk = Desk::new(1);
    let later = Instant::now() + Duration::from_secs(3600);
    let at_once = (0..200).filter(|_| desk.pay(later) <= later).count();
    assert_eq!(at_once, BURST as usize);
}

#[tokio::test]
async fn no_more_than_a_few_are_under_way_at_once() {
    let desk = Desk::new(1);
    let mut seats = Vec::new();
    for _ in 0..AT_ONCE {
        seats.push(desk.seat().await);
    }
    let mut waiting = Box::pin(desk.seat());
    assert!((&mut waiting).now_or_never().is_none());
    seats.pop();
    assert!(waiting.await.is_some());
}

#[test]
fn a_policy_whose_metrics_do_not_go_together_is_tried_together_again_later() {
    let (desk, now) = (Desk::new(1), Instant::now());
    assert!(!desk.is_apart("web", now));
    desk.part(&"web".into(), now);
    assert!(desk.is_apart("web", now) && !desk.is_apart("shop", now));
    assert!(!desk.is_apart("web", now + APART));
}
