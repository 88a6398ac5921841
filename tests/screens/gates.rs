//! What gates say: three lines on the Rollout's screen, all of it beside it or on its own, a word in the fleet, a proposal above it.

use jiff::SignedDuration;
use rollgate::gate::evidence::{Evidence, Measured};
use rollgate::keymap::Spelling;
use rollgate::rollout::Key;
use rollgate::rollout::delta::{Delta, Kind, Object};
use rollgate::text::Printable;
use rollgate::theme::{Charset, Depth};

use crate::evidence::{GOOD, POLICY, beside, provenance};
use crate::world::{World, looks, styles, text};

const CANARY: &str = "routed";

fn judged(means: [(f64, f64); 4], points: i64) -> World {
    let mut world = World::judged(POLICY);
    let evidence = world.series(means, points);
    world.gathers(CANARY, evidence);
    world
}

fn failing() -> World {
    World::failing()
}

/// The queue alone is longer, which weighs 10 %.
fn holding() -> World {
    judged([(0.41, 0.42), (121.0, 120.0), (5.2, 3.1), (0.004, 0.004)], 60)
}

fn opened(mut world: World) -> World {
    world.open(CANARY);
    world
}

fn whole(mut world: World) -> World {
    world.open(CANARY);
    world.press("v");
    world
}

fn ascii(world: &mut World, size: (u16, u16)) -> String {
    let drawn = text(&world.drawn(size, &looks(Depth::Mono, Charset::Ascii), Spelling::Ascii));
    assert!(drawn.is_ascii(), "{drawn}");
    drawn
}

#[test]
fn a_gate_that_fails_in_three_lines() {
    insta::assert_snapshot!(opened(failing()).text((80, 24)));
}

#[test]
fn the_same_at_100_by_30() {
    insta::assert_snapshot!(opened(failing()).text((100, 30)));
}

#[test]
fn the_same_in_ascii_without_colour() {
    insta::assert_snapshot!(ascii(&mut opened(failing()), (80, 24)));
}

#[test]
fn the_same_beside_the_tree_at_160_by_50() {
    insta::assert_snapshot!(opened(failing()).text((160, 50)));
}

#[test]
fn the_same_beside_the_tree_in_ascii_without_colour() {
    insta::assert_snapshot!(ascii(&mut opened(failing()), (160, 50)));
}

#[test]
fn all_of_a_gate_that_fails() {
    insta::assert_snapshot!(whole(failing()).text((80, 24)));
}

#[test]
fn all_of_it_at_120_by_40() {
    insta::assert_snapshot!(whole(failing()).text((120, 40)));
}

#[test]
fn all_of_it_at_160_by_50() {
    insta::assert_snapshot!(whole(failing()).text((160, 50)));
}

#[test]
fn all_of_it_in_ascii_without_colour() {
    insta::assert_snapshot!(ascii(&mut whole(failing()), (80, 24)));
}

#[test]
fn styles_without_colour() {
    let buffer = whole(failing()).drawn((80, 24), &looks(Depth::Mono, Charset::Utf8), Spelling::Utf8);
    insta::assert_snapshot!(styles(&buffer));
}

#[test]
fn styles_in_sixteen_colours() {
    let buffer = whole(failing()).drawn((80, 24), &looks(Depth::Ansi16, Charset::Utf8), Spelling::Utf8);
    insta::assert_snapshot!(styles(&buffer));
}

#[test]
fn a_gate_that_passes() {
    insta::assert_snapshot!(opened(judged(GOOD, 60)).text((80, 24)));
}

#[test]
fn all_of_a_gate_that_passes() {
    insta::assert_snapshot!(whole(judged(GOOD, 60)).text((100, 30)));
}

#[test]
fn a_gate_that_holds() {
    insta::assert_snapshot!(opened(holding()).text((80, 24)));
}

#[test]
fn all_of_a_gate_that_holds() {
    insta::assert_snapshot!(whole(holding()).text((100, 30)));
}

#[test]
fn a_gate_that_cannot_tell_with_too_few_points_says_when_it_could() {
    insta::assert_snapshot!(opened(judged(GOOD, 23)).text((80, 24)));
}

#[test]
fn all_of_a_gate_with_too_few_points() {
    insta::assert_snapshot!(whole(judged(GOOD, 23)).text((100, 30)));
}

#[test]
fn a_gate_that_has_not_been_judged_yet() {
    insta::assert_snapshot!(opened(World::judged(POLICY)).text((80, 24)));
}

#[test]
fn all_of_a_gate_that_has_not_been_judged_yet() {
    insta::assert_snapshot!(whole(World::judged(POLICY)).text((80, 24)));
}

#[test]
fn evidence_that_is_no_longer_fresh_passes_nothing() {
    let mut world = opened(judged(GOOD, 60));
    world.rest(7 * 60_000);
    insta::assert_snapshot!(world.text((80, 24)));
}

#[test]
fn all_of_it_where_evidence_is_no_longer_fresh() {
    let mut world = whole(judged(GOOD, 60));
    world.rest(7 * 60_000);
    insta::assert_snapshot!(world.text((100, 30)));
}

fn changed(world: &mut World, change: impl FnOnce(&mut rollgate::rollout::Rollout)) {
    let key = Key { namespace: "demo".into(), name: CANARY.into() };
    let mut rollout = (**world.app.store.rollout(&key).unwrap()).clone();
    change(&mut rollout);
    rollout.meta.resource_version = "999999999".into();
    world.tell(Delta::Seen(World::source(Kind::Rollouts), Object::Rollout(Box::new(rollout))));
}

#[test]
fn a_canary_that_was_taken_back_is_asked_nothing_more_and_its_evidence_stays() {
    let mut world = failing();
    changed(&mut world, |rollout| rollout.status.abort = Some(true));
    let fleet = world.text((80, 24));
    assert!(!fleet.contains("FAIL") && !fleet.contains("abort proposed"), "{fleet}");
    insta::assert_snapshot!(whole(world).text((100, 30)));
}

#[test]
fn a_version_that_has_all_traffic_is_watched() {
    let mut world = judged(GOOD, 60);
    changed(&mut world, |rollout| {
        rollout.status.stable_hash = rollout.status.current_pod_hash.clone();
        for condition in &mut rollout.status.conditions {
            if condition.kind.as_str() == "Healthy" {
                condition.status = "True".into();
            }
        }
    });
    insta::assert_snapshot!(opened(world).text((80, 24)));
}

#[test]
fn what_could_not_be_had_says_why() {
    let mut world = World::judged(POLICY);
    let mut evidence = world.series(GOOD, 60);
    let of = provenance(world.now().wall);
    evidence[1] = Evidence::Missing { why: Printable::from("connection refused"), of: of.clone() };
    evidence[2] = Evidence::Measured {
        measured: Measured {
            phase: Printable::from("Failed"),
            successful: 3,
            failed: 2,
            inconclusive: 0,
            error: 0,
            value: Some(Printable::from("0.71")),
            message: Printable::from("assessed failed due to failed (2) > failureLimit (1)"),
            at: Some(world.now().wall),
            cut_short: false,
        },
        of,
    };
    world.gathers(CANARY, evidence);
    insta::assert_snapshot!(whole(world).text((100, 30)));
}

#[test]
fn a_rollout_that_no_policy_is_meant_for_says_what_to_do() {
    let mut world = World::judged(&format!("applies_to:\n  names: ['other-*']\n{POLICY}"));
    world.open(CANARY);
    insta::assert_snapshot!(world.text((80, 24)));
    world.press("v");
    insta::assert_snapshot!(world.text((80, 24)));
}

#[test]
fn a_rollout_that_names_a_policy_that_is_not_there_says_so_everywhere() {
    let mut world = World::judged(POLICY);
    changed(&mut world, |rollout| rollout.gate_policy = Some(Printable::from("checkout-strict")));
    let fleet = world.text((80, 24));
    assert!(fleet.lines().any(|line| line.contains("demo/routed") && line.contains("6/5 ?")), "{fleet}");
    world.open(CANARY);
    insta::assert_snapshot!(world.text((80, 24)));
    world.press("v");
    insta::assert_snapshot!(world.text((80, 24)));
    world.press("esc esc");
    assert!(
        world.text((80, 24)).contains("gate policy missing: checkout-strict"),
        "{}",
        world.text((80, 24))
    );
}

#[test]
fn a_rollout_of_which_nothing_is_brought_in_is_not_judged() {
    let mut world = World::judged(POLICY);
    world.open("healthy");
    world.press("v");
    insta::assert_snapshot!(world.text((80, 24)));
}

#[test]
fn where_there_is_no_policy_at_all_a_rollouts_screen_says_nothing_of_gates() {
    let mut world = World::fixture();
    world.open(CANARY);
    assert!(!world.text((80, 24)).contains("gate "), "{}", world.text((80, 24)));
    world.press("v");
    assert!(world.text((80, 24)).contains("No policy is meant for it"), "{}", world.text((80, 24)));
}

#[test]
fn the_key_opens_and_closes_it_and_orders_work_on_it() {
    let mut world = whole(failing());
    assert!(world.text((80, 24)).contains("SCORE"));
    world.press("v");
    assert!(world.text((80, 24)).contains("REVISIONS"));
    world.press("v esc");
    assert!(world.text((80, 24)).contains("REVISIONS"));
    world.press("v x");
    assert!(world.app.modal.is_some(), "{}", world.text((80, 24)));
}

#[test]
fn the_key_opens_it_from_the_fleet_and_esc_leads_over_the_rollout_back() {
    let mut world = failing();
    world.press("v");
    assert!(world.text((80, 24)).contains("gate"));
    world.press("esc");
    assert!(world.text((80, 24)).contains("REVISIONS"));
    world.press("esc");
    assert!(world.text((80, 24)).contains("WAITS FOR"));
}

#[test]
fn the_fleet_has_a_column_for_words_and_proposes_an_abort_above_it() {
    insta::assert_snapshot!(failing().text((80, 24)));
}

#[test]
fn the_same_fleet_at_120_by_40() {
    insta::assert_snapshot!(failing().text((120, 40)));
}

#[test]
fn the_same_fleet_in_ascii_without_colour() {
    insta::assert_snapshot!(ascii(&mut failing(), (80, 24)));
}

#[test]
fn the_same_fleet_at_160_by_50() {
    insta::assert_snapshot!(failing().text((160, 50)));
}

/// As slow as may be allowed, and as may not: the interval reaches over both.
fn unclear() -> World {
    judged([(0.41, 0.42), (137.5, 120.0), (3.1, 3.1), (0.004, 0.004)], 60)
}

#[test]
fn a_gate_with_a_metric_that_is_unclear_holds() {
    insta::assert_snapshot!(opened(unclear()).text((80, 24)));
}

#[test]
fn all_of_a_gate_with_a_metric_that_is_unclear() {
    insta::assert_snapshot!(whole(unclear()).text((100, 30)));
}

#[test]
fn the_key_of_a_gate_is_among_the_first_in_the_narrowest_footer_where_a_gate_applies() {
    let footer = |mut world: World| world.text((80, 24)).lines().last().unwrap().to_owned();
    let keys = footer(opened(failing()));
    assert!(keys.contains("o orders  v gate  ? help  q quit"), "{keys}");
    let keys = footer(opened(World::fixture()));
    assert!(
        keys.contains("o orders  ? help  q quit"),
        "without a policy there is nothing to look at: {keys}"
    );
}

#[test]
fn several_aborts_that_are_proposed_are_counted() {
    let mut world = failing();
    let bad = [(1.9, 0.42), (121.0, 120.0), (3.1, 3.1), (0.004, 0.004)];
    let evidence = world.series(bad, 60);
    world.gathers("paused-at-step", evidence.clone());
    world.gathers("background-analysis", evidence);
    let drawn = world.text((80, 24));
    assert!(drawn.contains("! opens it  +2"), "{drawn}");
}

#[test]
fn a_proposal_moves_no_row() {
    let mut world = judged(GOOD, 60);
    let before = world.text((80, 24));
    let bad = world.series([(1.72, 0.42), (121.0, 120.0), (3.1, 3.1), (0.004, 0.004)], 60);
    world.gathers(CANARY, bad);
    let after = world.text((80, 24));
    let rows = |drawn: &str| -> Vec<String> {
        drawn.lines().skip(3).take(10).map(|line| line.chars().take(35).collect()).collect()
    };
    assert_eq!(rows(&before), rows(&after));
    assert!(after.contains("abort proposed: demo/routed"), "{after}");
}

#[test]
fn long_names_break_no_column() {
    let long = "requests_that_end_in_an_error_of_the_server_by_route_and_tenant";
    let mut world = World::judged(
        &POLICY.replace("error rate", long).replace("[errors]", "[errors, load, latency, policy]"),
    );
    let evidence =
        world.series([(1.72, 0.42), (121_000_000.0, 120_000_000.0), (3.1e-9, 3.1e-9), (0.004, 0.004)], 60);
    world.gathers(CANARY, evidence);
    insta::assert_snapshot!(whole(world).text((80, 24)));
}

#[test]
fn no_attack_of_a_metrics_source_reaches_the_terminal() {
    for attack in
        ["\u{1b}[31mred", "\u{9b}2J", "a\u{202e}b", "zero\u{200b}width", "line\r\nfeed\u{2028}", "\u{7}"]
    {
        let mut world = World::judged(POLICY);
        let of = provenance(world.now().wall);
        let mut evidence = world.series(GOOD, 60);
        evidence[0] = Evidence::Missing { why: Printable::from(attack), of };
        world.gathers(CANARY, evidence);
        let mut world = whole(world);
        for drawn in [world.text((80, 24)), ascii(&mut world, (120, 40))] {
            let hidden = |c: char| {
                (c.is_control() && c != '\n')
                    || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{80}'..='\u{9f}')
            };
            assert!(!drawn.contains(hidden), "{attack:?}: {drawn:?}");
        }
    }
}

#[test]
fn no_attack_of_a_metrics_name_reaches_the_terminal() {
    let name = "\"error \\e[31m\\u202e \\u200b rate\"";
    let mut world = World::judged(&POLICY.replace("error rate", name));
    let [_, latency, queue, denied] = GOOD;
    let evidence = world.series([(1.72, 0.42), latency, queue, denied], 60);
    world.gathers(CANARY, evidence);
    let fleet = world.text((120, 40));
    let mut world = opened(world);
    let (brief, beside) = (world.text((120, 40)), world.text((160, 50)));
    world.press("v");
    for drawn in [fleet, brief, beside, world.text((120, 40))] {
        assert!(drawn.chars().all(|c| c == '\n' || !c.is_control()), "{drawn:?}");
        assert!(!drawn.contains(['\u{202e}', '\u{200b}']), "{drawn:?}");
    }
}

#[test]
fn what_was_not_measured_is_a_gap() {
    let mut world = World::judged(POLICY);
    let mut evidence = world.series(GOOD, 60);
    let now = world.now().wall;
    if let Evidence::Series { canary, .. } = &mut evidence[0] {
        canary.points.retain(|(at, _)| {
            let age = now.duration_since(*at);
            age < SignedDuration::from_mins(20) || age > SignedDuration::from_mins(40)
        });
        for (_, value) in canary.points.iter_mut().take(10) {
            *value = f64::NAN;
        }
    }
    evidence[1] = beside(now, (f64::INFINITY, 120.0), 60);
    world.gathers(CANARY, evidence);
    insta::assert_snapshot!(whole(world).text((100, 30)));
}

#[test]
fn a_row_says_whose_it_is_on_the_narrowest_screen_too() {
    for width in [60, 66, 72, 80] {
        let drawn = failing().text((width, 20));
        let row = drawn.lines().find(|line| line.contains("FAIL")).unwrap_or_else(|| panic!("{drawn}"));
        assert!(row.contains("demo/routed"), "{width}: {row}");
    }
}
