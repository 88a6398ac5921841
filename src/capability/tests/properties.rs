use jiff::SignedDuration;
use proptest::prelude::*;
use serde_json::json;

use super::fixture::{
    Town, ago, controller, hook, key, lease, now, prometheus, recording, routes, text, web,
};
use crate::capability::judge::{Granted, Reading};
use crate::capability::right::ASKED;
use crate::capability::sight::{Answering, Meters, Notifying, Recording, Ruling, Split, Trial};
use crate::capability::{Act, Answer, Capability, Sight, State, limits};
use crate::rollout::Rollout;

/// Which thing is looked at, what comes of it, and how many seconds ago.
type Look = (usize, usize, i64);

const THINGS: usize = 13;
const WAYS: usize = 8;

fn answer<T>(way: usize, seen: impl Fn(usize) -> T) -> Answer<T> {
    match way {
        0 => Answer::Missing { why: text("none") },
        1 => Answer::Forbidden { why: text("forbidden") },
        2 => Answer::Failed { why: text("timed out") },
        way => Answer::Seen(seen(way - 3)),
    }
}

fn trial(way: usize) -> Trial {
    match way {
        0 | 1 => Trial::Accepted,
        2 => Trial::Overtaken,
        _ => Trial::Refused { why: text("not today") },
    }
}

fn answering(way: usize, seconds: i64) -> Answering {
    match way {
        0 | 1 => Answering::Well { version: text("1") },
        2 => Answering::Wrongly { what: text("HTML") },
        3 => Answering::Named { last: None },
        _ => Answering::Named { last: Some((ago(seconds * 2 - 300), text("Successful"))) },
    }
}

fn meters(way: usize) -> Meters {
    let busy = SignedDuration::from_secs([0, 0, 0, 59, 60][way]);
    Meters {
        version: text("v1.9.1"),
        reconciled: [40, 41, 41, 0, 7][way],
        failed: 0,
        queued: [0, 3, 3, 0, 1][way],
        busy,
    }
}

/// Makes a sight; `good` ones come of way 3.
fn sight((thing, way, seconds): Look) -> Sight {
    let act = Act::ALL[way % 4];
    let right = &ASKED[usize::try_from(seconds.unsigned_abs()).unwrap() % ASKED.len()];
    match thing {
        0 => {
            let ruling = |way| if way < 3 { Ruling::Allowed } else { Ruling::Denied { why: text("") } };
            Sight::Right("shop".into(), right.clone(), answer(way, ruling))
        }
        1 => Sight::Trial(key("web"), act, answer(way, trial)),
        2 => Sight::Trial(key("api"), Act::ALL[(way + 1) % 4], answer(way, trial)),
        3 => {
            // Leases of any age, of the future too.
            let renewed = |way| lease(ago(seconds + [5, 16, 90, -40, 3000][way]));
            Sight::Lease(answer(way, renewed))
        }
        4 => {
            let images = ["a/b:v1.9.1", "a/b:v1.9.1", "a/b@sha256:1", "a/b:v2.0.0", "a/b:v0.9.0"];
            let ready = |way| i64::from(way != 1);
            Sight::Controllers(answer(way, |way| vec![controller(images[way], ready(way), 1)]))
        }
        5 => {
            let canary = [Some(20), Some(20), Some(50), None, Some(0)];
            Sight::Traffic(key("web"), routes(), answer(way, |way| Split { canary: canary[way], of: 100 }))
        }
        6 => Sight::Provider("shop".into(), prometheus(), answer(way, |way| answering(way, seconds))),
        7 => Sight::Notifying(answer(way, |way| Notifying {
            services: vec![text("slack"); usize::from(way < 3)],
            triggers: vec![text("on-x")],
            unset: Vec::new(),
        })),
        8 => Sight::Admission(answer(way, |way| vec![hook(true); way / 2])),
        9 => Sight::PolicyService(answer(way, |way| answering(way, seconds))),
        10 => Sight::Recording(answer(way, |way| Recording { waiting: way / 3, ..recording() })),
        11 => Sight::Meters(answer(way, meters)),
        _ => Sight::Skew(answer(way, |way| SignedDuration::from_secs([0, 3, 9, -9, 400][way]))),
    }
}

fn reading(way: usize, seconds: i64) -> Reading {
    let why = || text("why");
    match way {
        0 => Reading::Loading,
        1 => Reading::Stale { since: Some(ago(seconds)), why: why() },
        2 => Reading::Stale { since: None, why: why() },
        3 => Reading::Forbidden { why: why() },
        4 => Reading::Absent { why: why() },
        5 => Reading::LoggedOut { why: why() },
        6 => Reading::Unwatched,
        _ => Reading::Live { at: ago(seconds) },
    }
}

fn granted(way: usize) -> Vec<(Act, Granted)> {
    let no = || Granted::No { why: text("read-only") };
    let grant = |(nth, act)| (act, if (way >> nth) & 1 == 0 { Granted::Yes } else { no() });
    Act::ALL.into_iter().enumerate().map(grant).collect()
}

fn rollouts(way: usize) -> Vec<Rollout> {
    let web = |patch| vec![web(patch)];
    match way {
        0 => Vec::new(),
        1 => web(json!({"status": {"stableRS": "bbb", "currentStepIndex": 3}})),
        2 => web(json!({"spec": {"strategy": {"canary": {"trafficRouting": null}}}})),
        3 => web(json!({"status": {"canary": {"weights": {"verified": true}}}})),
        4 => web(json!({"status": {"canary": {"weights": {"verified": false}}}})),
        5 => web(json!({"metadata": {"generation": 8, "labels": {"app.kubernetes.io/instance": "front"}}})),
        _ => web(json!({})),
    }
}

/// A town of which anything was seen at any time.
#[derive(Debug, Clone)]
struct Seeds {
    looks: Vec<Look>,
    readings: Vec<(usize, i64)>,
    granted: usize,
    rollouts: usize,
    older: usize,
    acted: Option<i64>,
    waits: Option<i64>,
    changed: Option<i64>,
    said: Option<i64>,
}

fn seeds() -> impl Strategy<Value = Seeds> {
    // Ages around the limits, of the future too.
    let age = || prop_oneof![-30_i64..130, 0_i64..2_000, -400_i64..0];
    let reading = || (0..WAYS + 8, age());
    (
        prop::collection::vec((0..THINGS, 0..WAYS, age()), 0..60),
        prop::collection::vec(reading(), 5),
        0_usize..16,
        0_usize..8,
        0_usize..2,
        [prop::option::of(age()), prop::option::of(age()), prop::option::of(age()), prop::option::of(age())],
    )
        .prop_map(|(looks, readings, granted, rollouts, older, [acted, waits, changed, said])| Seeds {
            looks,
            readings,
            granted,
            rollouts,
            older,
            acted,
            waits,
            changed,
            said,
        })
}

fn town(seeds: &Seeds) -> Town {
    let mut town = Town::unseen();
    for look in &seeds.looks {
        town.board.note(sight(*look), ago(look.2));
    }
    let read = |nth: usize| reading(seeds.readings[nth].0, seeds.readings[nth].1);
    town.readings.rollouts = read(0);
    town.readings.replica_sets = read(1);
    town.readings.pods = read(2);
    town.readings.analysis_runs = read(3);
    town.readings.events = read(4);
    town.granted = granted(seeds.granted);
    town.rollouts = rollouts(seeds.rollouts);
    town.targets = vec![seeds.older; town.rollouts.len()];
    town.board.acted = seeds.acted.map(|seconds| (key("web"), ago(seconds)));
    town.board.waiting.extend(seeds.waits.map(|seconds| (key("web"), ago(seconds))));
    town.board.said = seeds.said.map(|seconds| (key("web"), text("RolloutCompleted"), ago(seconds)));
    town.board.reweighed.extend(seeds.changed.map(|seconds| (key("web"), ago(seconds))));
    town
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 800, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_available_without_an_observation_younger_than_its_limit(seeds in seeds()) {
        for health in town(&seeds).all() {
            let State::Available { at } = health.state else { continue };
            let limit = limits::of(health.capability);
            let age = now().duration_since(at);
            prop_assert!(limit.is_some_and(|limit| age <= limit), "{:?} at the age of {age}", health.capability);
            prop_assert!(!age.is_negative(), "{:?} of the future: {age}", health.capability);
            let shown = health.evidence.iter().any(|evidence| {
                evidence.at.is_some_and(|seen| seen == at || seen.min(now()) == at)
            });
            prop_assert!(shown, "{:?} without the evidence of {at}: {:?}", health.capability, health.evidence);
        }
    }

    #[test]
    fn a_good_fresh_sight_never_worsens_what_only_lacked_sight(seeds in seeds(), thing in 0..THINGS, more in 0_i64..24) {
        let before = town(&seeds);
        let mut after = town(&seeds);
        let good = match thing {
            2 => {
                let act = Act::ALL[usize::try_from(more).unwrap() % 4];
                Sight::Trial(key("web"), act, Answer::Seen(Trial::Accepted))
            }
            // Renewed just now, however far the server's clock is said to be ahead.
            3 => Sight::Lease(Answer::Seen(lease(ago(-1_000)))),
            thing => sight((thing, 3, more)),
        };
        after.board.note(good, now());
        for (before, after) in before.all().iter().zip(after.all()) {
            if matches!(before.state, State::Unknown { .. }) {
                prop_assert!(
                    after.state.severity() <= before.state.severity(),
                    "{:?}: {:?} became {:?}", after.capability, before.state, after.state
                );
            }
        }
    }

    #[test]
    fn with_nothing_seen_nothing_is_known(allowed in 0_usize..16, which in 0_usize..8) {
        let town = Town { granted: granted(allowed), rollouts: rollouts(which), ..Town::unseen() };
        for health in town.all() {
            let ruled_out = matches!(health.state, State::ConfigurationDependent { .. })
                && matches!(
                    health.capability,
                    Capability::ApprovalGate
                        | Capability::Promote
                        | Capability::PauseResume
                        | Capability::AbortRetry
                        | Capability::ChangeTemplate
                );
            let expected = match health.capability {
                Capability::Autonomy | Capability::SingleStatus => health.state == State::NotByDesign,
                _ => matches!(health.state, State::Unknown { .. }) || ruled_out,
            };
            prop_assert!(expected, "{:?}: {:?}", health.capability, health.state);
        }
    }

    #[test]
    fn how_a_thing_was_checked_fits_its_column(seeds in seeds()) {
        for health in town(&seeds).all() {
            let long = health.evidence.iter().find(|evidence| evidence.how.chars().count() > 16);
            prop_assert!(long.is_none(), "{:?}: {long:?}", health.capability);
        }
    }

    #[test]
    fn whatever_needs_a_person_says_why_and_what_was_seen(seeds in seeds()) {
        for health in town(&seeds).all() {
            if health.state.severity() >= 3 {
                prop_assert!(health.state.reason().is_some_and(|why| !why.is_empty()), "{health:?}");
                prop_assert!(!health.evidence.is_empty(), "{:?} {:?}", health.capability, health.state);
            }
        }
    }
}

#[test]
fn the_healthy_town_is_healthy_so_that_what_breaks_it_is_what_a_test_breaks() {
    for health in Town::healthy().all() {
        assert!(health.state.severity() <= 1, "{:?}: {:?}", health.capability, health.state);
    }
}

#[test]
fn every_row_but_those_left_out_has_a_limit() {
    for row in Capability::ALL {
        assert_eq!(limits::of(row).is_none(), matches!(row, Capability::Autonomy | Capability::SingleStatus));
    }
}
