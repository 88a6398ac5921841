use super::*;
use crate::gate::policy::file;

const MINUTE: Duration = Duration::from_secs(60);

fn canary(name: &str, resolution: &str) -> Canary {
    let text = format!("rollout_gates:\n  metric_resolution: {resolution}\n");
    Canary {
        key: Key { namespace: "shop".into(), name: name.into() },
        uid: "u".into(),
        hash: "new".into(),
        stable: "old".into(),
        policy: Arc::new(file::read(&text, "web").unwrap()),
        runs: Vec::new(),
    }
}

fn wish(canaries: &[Canary], close: bool) -> Wish {
    Wish { canaries: canaries.to_vec(), close, attended: true }
}

/// Asks for whoever is due until nobody is; says who it was, and how long to wait then.
fn all(turns: &mut Turns, wish: &Wish, now: Instant, well: bool) -> (Vec<String>, Duration) {
    let mut asked = Vec::new();
    loop {
        match turns.next(wish, now) {
            Next::Now(canary) => {
                turns.begun(&canary, now);
                turns.ended(&canary, well);
                asked.push(canary.key.name.to_string());
            }
            Next::In(wait) => return (asked, wait),
            Next::Never => return (asked, Duration::MAX),
        }
    }
}

fn about(wait: Duration, whole: Duration) -> bool {
    wait <= whole && wait >= whole * 9 / 10 - Duration::from_millis(1)
}

#[test]
fn each_is_asked_for_once_for_each_resolution_and_never_more_often_than_the_least() {
    let (mut turns, now) = (Turns::new(1), Instant::now());
    let wish = wish(&[canary("a", "1m"), canary("b", "1m"), canary("quick", "1s")], false);
    let (asked, wait) = all(&mut turns, &wish, now, true);
    assert_eq!(asked, ["a", "b", "quick"]);
    assert!(about(wait, LEAST), "{wait:?}");
    let (asked, _) = all(&mut turns, &wish, now + LEAST, true);
    assert_eq!(asked, ["quick"]);
    let (asked, _) = all(&mut turns, &wish, now + MINUTE, true);
    assert_eq!(asked, ["a", "b", "quick"], "the longest overdue first");
}

#[test]
fn nobody_is_asked_for_where_nobody_looks_or_nothing_is_wished() {
    let (mut turns, now) = (Turns::new(1), Instant::now());
    let away = Wish { attended: false, ..wish(&[canary("a", "1m")], true) };
    assert_eq!(turns.next(&away, now), Next::Never);
    assert_eq!(turns.next(&wish(&[], false), now), Next::Never);
}

#[test]
fn the_one_that_is_looked_at_comes_first_and_twice_as_often() {
    let (mut turns, now) = (Turns::new(1), Instant::now());
    let both = [canary("a", "1m"), canary("b", "1m")];
    all(&mut turns, &wish(&both, false), now, true);
    assert_eq!(turns.next(&wish(&both, true), now + MINUTE / 2), Next::Now(Box::new(both[0].clone())));
    assert!(matches!(turns.next(&wish(&both, false), now + MINUTE / 2), Next::In(_)));
}

#[test]
fn one_that_is_being_asked_for_is_not_asked_for_again() {
    let (mut turns, now) = (Turns::new(1), Instant::now());
    let one = canary("a", "1m");
    turns.begun(&one, now);
    assert_eq!(turns.next(&wish(&[one.clone()], true), now + MINUTE * 5), Next::Never);
    turns.ended(&one, true);
    assert!(matches!(turns.next(&wish(&[one], true), now + MINUTE * 5), Next::Now(_)));
}

#[test]
fn a_provider_that_fails_is_asked_more_and_more_rarely_unless_somebody_looks() {
    let (mut turns, mut now) = (Turns::new(1), Instant::now());
    let one = [canary("a", "1m")];
    let mut waits = Vec::new();
    for _ in 0..6 {
        let (asked, wait) = all(&mut turns, &wish(&one, false), now, false);
        assert_eq!(asked.len(), 1);
        waits.push(wait);
        now += wait;
    }
    assert!(
        about(waits[0], MINUTE) && about(waits[1], MINUTE * 2) && about(waits[2], MINUTE * 4),
        "{waits:?}"
    );
    assert!(about(waits[5], LONGEST), "{waits:?}");
    let before = now - waits[5];
    assert!(matches!(turns.next(&wish(&one, true), before + LEAST), Next::Now(_)));
    all(&mut turns, &wish(&one, false), now, true);
    let Next::In(wait) = turns.next(&wish(&one, false), now) else { panic!() };
    assert!(about(wait, MINUTE), "{wait:?}");
}

#[test]
fn another_version_of_the_same_rollout_is_due_at_once() {
    let (mut turns, now) = (Turns::new(1), Instant::now());
    let one = canary("a", "1m");
    all(&mut turns, &wish(&[one.clone()], false), now, true);
    let next = Canary { hash: "newer".into(), ..one };
    assert_eq!(turns.next(&wish(&[next.clone()], false), now), Next::Now(Box::new(next)));
}

#[test]
fn in_a_faster_time_waits_are_shorter() {
    let (mut turns, now) = (Turns::new(10), Instant::now());
    let (_, wait) = all(&mut turns, &wish(&[canary("a", "1m")], false), now, true);
    assert!(about(wait, MINUTE / 10), "{wait:?}");
}
