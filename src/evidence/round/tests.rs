use super::*;

const MINUTE: Duration = Duration::from_secs(60);

fn both() -> [Target; 2] {
    [Target::Provider(0), Target::PolicyService]
}

#[test]
fn where_nobody_looks_nobody_is_asked() {
    let round = Round::default();
    assert_eq!(round.next(&both(), Attention::None, Instant::now()), Next::Never);
    assert_eq!(round.next(&[], Attention::Close, Instant::now()), Next::Never);
}

#[test]
fn each_is_asked_once_a_minute_and_the_longest_overdue_first() {
    let (mut round, start) = (Round::default(), Instant::now());
    assert_eq!(round.next(&both(), Attention::Glance, start), Next::Now(Target::Provider(0)));
    round.answered(Target::Provider(0), true, start);
    assert_eq!(round.next(&both(), Attention::Glance, start), Next::Now(Target::PolicyService));
    round.answered(Target::PolicyService, true, start + Duration::from_secs(1));
    let Next::In(wait) = round.next(&both(), Attention::Glance, start) else { panic!("nothing is due") };
    assert!(wait > Duration::from_secs(53) && wait <= MINUTE, "{wait:?}");
    let later = start + 3 * MINUTE;
    assert!(matches!(round.next(&both(), Attention::Glance, later), Next::Now(_)));
}

#[test]
fn an_hour_costs_at_most_seventy_looks_at_a_service() {
    let (mut round, start) = (Round::default(), Instant::now());
    let (mut now, mut looks) = (start, 0);
    while now < start + 60 * MINUTE {
        match round.next(&[Target::PolicyService], Attention::Close, now) {
            Next::Now(target) => {
                looks += 1;
                round.answered(target, true, now);
            }
            Next::In(wait) => now += wait.max(Duration::from_millis(1)),
            Next::Never => panic!("it is wished"),
        }
    }
    assert!((58..=70).contains(&looks), "{looks}");
}

#[test]
fn one_that_fails_waits_longer_each_time_and_no_longer_than_five_minutes() {
    let (mut round, now) = (Round::default(), Instant::now());
    let mut waits = Vec::new();
    for _ in 0..12 {
        round.answered(Target::PolicyService, false, now);
        let Next::In(wait) = round.next(&[Target::PolicyService], Attention::Glance, now) else {
            panic!("it was just asked")
        };
        waits.push(wait.as_secs());
    }
    assert!(waits[0] <= 60 && waits[1] > 100 && waits[2] > 200 && waits[11] > 260, "{waits:?}");
    assert!(waits.iter().all(|wait| *wait <= LONGEST_WAIT.as_secs()), "{waits:?}");
    round.answered(Target::PolicyService, true, now);
    let Next::In(wait) = round.next(&[Target::PolicyService], Attention::Glance, now) else {
        panic!("asked")
    };
    assert!(wait <= MINUTE, "{wait:?}");
}

#[test]
fn who_looks_closely_at_a_failure_sees_it_mended_within_seconds() {
    let (mut round, now) = (Round::default(), Instant::now());
    for _ in 0..5 {
        round.answered(Target::PolicyService, false, now);
    }
    assert_eq!(round.next(&[Target::PolicyService], Attention::Close, now), Next::In(LEAST));
}

#[test]
fn a_decision_is_asked_for_every_ten_minutes_and_again_at_once_while_it_fails() {
    let (mut round, now) = (Round::default(), Instant::now());
    assert!(!round.decides(Target::Provider(0), now), "a provider decides nothing");
    assert!(round.decides(Target::PolicyService, now));
    round.answered(Target::PolicyService, true, now);
    assert!(!round.decides(Target::PolicyService, now + 9 * MINUTE));
    assert!(round.decides(Target::PolicyService, now + 10 * MINUTE));
    round.answered(Target::PolicyService, false, now + 10 * MINUTE);
    assert!(round.decides(Target::PolicyService, now + 11 * MINUTE), "else the next look would call it well");
}

#[test]
fn whoever_asks_for_a_look_has_each_asked_anew_but_no_more_often_than_every_five_seconds() {
    let (mut round, start) = (Round::default(), Instant::now());
    let one = [Target::Provider(0)];
    round.answered(one[0], true, start);
    round.urge();
    let Next::In(wait) = round.next(&one, Attention::Glance, start) else { panic!("it was asked just now") };
    assert!(wait > Duration::from_secs(4) && wait <= LEAST, "{wait:?}");
    assert_eq!(round.next(&one, Attention::Glance, start + LEAST), Next::Now(one[0]));
    round.answered(one[0], true, start + LEAST);
    let later = start + 2 * LEAST;
    assert!(matches!(round.next(&one, Attention::Glance, later), Next::In(_)), "once");
}

#[test]
fn the_controllers_metrics_are_asked_for_three_times_a_minute_so_that_a_rise_is_seen_while_it_counts() {
    let (mut round, start) = (Round::default(), Instant::now());
    let (mut now, mut looks) = (start, 0);
    while now < start + 60 * MINUTE {
        match round.next(&[Target::Controller], Attention::Close, now) {
            Next::Now(target) => {
                looks += 1;
                round.answered(target, true, now);
            }
            Next::In(wait) => {
                assert!(wait.as_secs() <= 20, "{wait:?}");
                now += wait.max(Duration::from_millis(1));
            }
            Next::Never => panic!("it is wished"),
        }
    }
    assert!((178..=205).contains(&looks), "{looks}");
}
