use super::*;
use crate::rollout::Key;
use crate::rollout::traffic::{Part, TrafficKind, TrafficRef};

const SECOND: Duration = Duration::from_secs(1);

fn wish(namespaces: usize, objects: usize) -> Wish {
    let key = |name: String| Key { namespace: "shop".into(), name: name.into() };
    let object = |nth: usize| TrafficRef {
        kind: TrafficKind::HttpRoute,
        key: key(format!("route-{nth}")),
        selector: None,
        canary: "c".into(),
        stable: "s".into(),
        part: Part::Whole,
    };
    Wish {
        namespaces: (0..namespaces).map(|nth| Arc::from(format!("team-{nth}"))).collect(),
        traffic: (0..objects).map(|nth| (key(format!("web-{nth}")), object(nth))).collect(),
        attention: Attention::Glance,
        ..Wish::default()
    }
}

/// Requests that a look at a healthy server takes; `tests/cluster_edge/probe/cost.rs` counts them on the wire.
fn requests(topic: &Topic) -> u32 {
    match topic {
        Topic::Clock => 0,
        Topic::Controllers | Topic::Lease | Topic::Rights(_) | Topic::Traffic(..) => 1,
        Topic::Notifying | Topic::Providers(_) => 2,
        Topic::Admission => 4,
    }
}

/// Lets so many minutes pass at a server that answers at once, and counts requests in each; the bucket is kept to.
fn minutes(wish: &Wish, minutes: u32) -> Vec<u32> {
    let mut agenda = Agenda::new(1, 7);
    agenda.wish(wish, Duration::ZERO);
    let mut counts = vec![0; minutes as usize];
    let mut now = Duration::ZERO;
    while now < 60 * SECOND * minutes {
        match agenda.next(now, 0) {
            Next::Look(topic) => {
                let sent = requests(&topic);
                counts[(now.as_secs() / 60) as usize] += sent;
                now += super::super::bucket::REFILL * sent;
                agenda.ended(&topic, Outcome::Answered, now);
            }
            Next::Wait(at) => now = now.max(at),
            Next::Nothing => panic!("a wish is never without anything to do"),
        }
    }
    counts
}

#[test]
fn one_namespace_costs_eleven_requests_a_minute() {
    let counts = minutes(&wish(1, 1), 60);
    let sum: u32 = counts.iter().sum();
    // Deployments and Lease 3 each, the traffic object 2, templates and runs 2, the rest every ten minutes; a tenth more
    // for chance.
    assert!((610..=690).contains(&sum), "{sum}: {counts:?}");
    assert!(counts.iter().all(|count| *count <= 25), "{counts:?}");
}

#[test]
fn two_hundred_namespaces_cost_a_hundred_requests_a_minute() {
    let counts = minutes(&wish(200, 10), 60);
    let sum: u32 = counts.iter().sum();
    // A review for rights, a list of templates and one of runs in each namespace every ten minutes: 60 a minute.
    assert!((5_000..=6_200).contains(&sum), "{sum}: {counts:?}");
    assert!(counts.iter().all(|count| *count <= 121), "{counts:?}");
}

#[test]
fn however_much_is_wished_nothing_starves() {
    let mut agenda = Agenda::new(1, 7);
    agenda.wish(&wish(200, 300), Duration::ZERO);
    let (mut now, mut looks) = (Duration::ZERO, BTreeMap::<Topic, u32>::new());
    while now < 3600 * SECOND {
        match agenda.next(now, 0) {
            Next::Look(topic) => {
                now += SECOND / 2;
                agenda.ended(&topic, Outcome::Answered, now);
                *looks.entry(topic).or_default() += 1;
            }
            Next::Wait(at) => now = at,
            Next::Nothing => panic!(),
        }
    }
    // 300 objects twice a minute are five times what the bucket gives: each look comes later, in proportion.
    assert_eq!(looks.len(), 705);
    let traffic =
        looks.iter().filter(|(topic, _)| matches!(topic, Topic::Traffic(..))).map(|(_, times)| *times);
    assert!(traffic.min() >= Some(15), "{looks:?}");
}

#[test]
fn a_look_is_not_due_while_it_is_under_way() {
    let mut agenda = Agenda::new(1, 1);
    agenda.wish(&Wish { attention: Attention::Glance, ..Wish::default() }, Duration::ZERO);
    let mut begun = Vec::new();
    while let Next::Look(topic) = agenda.next(SECOND * 1000, begun.len()) {
        assert!(!begun.contains(&topic));
        begun.push(topic);
    }
    assert_eq!(begun.len(), 5);
    assert_eq!(agenda.next(SECOND * 5000, begun.len()), Next::Nothing);
}

#[test]
fn what_is_no_longer_wished_for_is_no_longer_looked_at() {
    let mut agenda = Agenda::new(1, 1);
    agenda.wish(&wish(3, 0), Duration::ZERO);
    agenda.wish(&wish(1, 0), SECOND);
    let mut seen = Vec::new();
    while let Next::Look(topic) = agenda.next(SECOND, 0) {
        seen.push(topic);
    }
    assert!(!seen.contains(&Topic::Rights("team-2".into())));
    assert!(seen.contains(&Topic::Rights("team-0".into())));
    agenda.wish(&Wish::default(), SECOND);
    assert_eq!(agenda.next(SECOND * 9999, 0), Next::Nothing);
}

#[test]
fn a_wish_that_changes_does_not_have_everything_looked_at_anew() {
    let mut agenda = Agenda::new(1, 1);
    agenda.wish(&wish(1, 0), Duration::ZERO);
    while let Next::Look(topic) = agenda.next(Duration::ZERO, 0) {
        agenda.ended(&topic, Outcome::Answered, Duration::ZERO);
    }
    agenda.wish(&wish(2, 0), SECOND);
    let mut seen = Vec::new();
    while let Next::Look(topic) = agenda.next(SECOND, 0) {
        seen.push(topic);
    }
    seen.sort();
    assert_eq!(seen, [Topic::Rights("team-1".into()), Topic::Providers("team-1".into())]);
}

#[test]
fn failures_put_a_look_off_for_longer_each_time_up_to_a_minute_or_its_period() {
    let mut agenda = Agenda::new(1, 3);
    agenda.wish(&wish(1, 0), Duration::ZERO);
    let topic = Topic::Rights("team-0".into());
    let mut waits = Vec::new();
    let mut now = Duration::ZERO;
    for _ in 0..8 {
        agenda.ended(&topic, Outcome::Failed, now);
        let due = agenda.items.get(&topic).unwrap().due;
        waits.push((due - now).as_secs_f32());
        now = due;
    }
    let expected = [2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0];
    for (wait, expected) in waits.iter().zip(expected) {
        assert!(*wait <= expected && *wait >= expected * 0.89, "{waits:?}");
    }
    agenda.ended(&topic, Outcome::Answered, now);
    assert!(agenda.items.get(&topic).unwrap().due - now > 500 * SECOND);
}

#[test]
fn trouble_makes_all_wait_and_one_at_a_time_tries_again() {
    let mut agenda = Agenda::new(1, 3);
    agenda.wish(&wish(20, 0), Duration::ZERO);
    let Next::Look(first) = agenda.next(Duration::ZERO, 0) else { panic!() };
    agenda.ended(&first, Outcome::Trouble(None), SECOND);
    let Next::Wait(until) = agenda.next(SECOND, 0) else { panic!() };
    assert!(until <= 3 * SECOND);
    assert!(matches!(agenda.next(until, 0), Next::Look(_)));
    assert_eq!(agenda.next(until, 1), Next::Nothing, "one is under way");
    // What asked for nothing says nothing of the server.
    agenda.ended(&Topic::Clock, Outcome::Unasked, until);
    assert_eq!(agenda.next(until, 1), Next::Nothing);
}

#[test]
fn a_server_that_asks_to_be_left_alone_is_heeded_up_to_five_minutes() {
    for (asked, longest) in [(90, 90), (100_000, 300)] {
        let mut agenda = Agenda::new(1, 3);
        agenda.wish(&wish(1, 0), Duration::ZERO);
        let Next::Look(topic) = agenda.next(Duration::ZERO, 0) else { panic!() };
        agenda.ended(&topic, Outcome::Trouble(Some(SECOND * asked)), Duration::ZERO);
        assert_eq!(agenda.next(SECOND, 0), Next::Wait(SECOND * longest));
    }
}

#[test]
fn who_begins_to_look_closely_has_what_failed_tried_at_once() {
    let mut agenda = Agenda::new(1, 3);
    agenda.wish(&wish(1, 0), Duration::ZERO);
    while let Next::Look(topic) = agenda.next(Duration::ZERO, 0) {
        agenda.ended(&topic, Outcome::Failed, Duration::ZERO);
    }
    assert!(matches!(agenda.next(SECOND, 0), Next::Wait(_)));
    agenda.wish(&Wish { attention: Attention::Close, ..wish(1, 0) }, SECOND);
    assert!(matches!(agenda.next(SECOND, 0), Next::Look(_)));
}

#[test]
fn a_faster_time_is_looked_at_as_often_in_its_own_seconds() {
    let mut agenda = Agenda::new(60, 3);
    agenda.wish(&wish(0, 0), Duration::ZERO);
    agenda.ended(&Topic::Lease, Outcome::Answered, Duration::ZERO);
    let due = agenda.items.get(&Topic::Lease).unwrap().due * 60;
    assert!(due <= 20 * SECOND && due >= 17 * SECOND, "{due:?}");
}

#[test]
fn whoever_asks_for_a_look_has_all_looked_at_now_and_once() {
    let mut agenda = Agenda::new(1, 7);
    let wanted = wish(2, 1);
    agenda.wish(&wanted, Duration::ZERO);
    let all = || Topic::of(&wanted).len();
    let looked = |agenda: &mut Agenda, now: Duration| {
        let mut count = 0;
        while let Next::Look(topic) = agenda.next(now, 0) {
            agenda.ended(&topic, Outcome::Answered, now);
            count += 1;
        }
        count
    };
    assert_eq!(looked(&mut agenda, SECOND), all());
    assert_eq!(looked(&mut agenda, 2 * SECOND), 0, "nothing is due yet");
    let urging = Wish { urged: 1, ..wanted.clone() };
    agenda.wish(&urging, 3 * SECOND);
    assert_eq!(looked(&mut agenda, 3 * SECOND), all());
    agenda.wish(&urging, 4 * SECOND);
    assert_eq!(looked(&mut agenda, 4 * SECOND), 0, "the same wish urges no more");
}
