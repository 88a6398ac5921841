//! Gates in a person's hands: what a promotion takes, what voids it, what is gathered, proposed and told.

use jiff::SignedDuration;
use proptest::prelude::*;
use serde_json::json;

use super::approval::{body, type_text};
use super::*;
use crate::gate::Shelf;
use crate::gate::evidence::{Evidence, Provenance, Series};
use crate::gate::judge::score::Word;
use crate::gate::policy::{Policy, file};
use crate::operation::{Bar, Kind};
use crate::rollout::delta::{Object, Source};
use crate::rollout::parse::{self, Interner};
use crate::timeline;

const POLICY: &str = "\
rollout_gates:
  min_data_points_per_metric: 50
  score: {pass: 95, marginal: 75}
  rollback_triggers:
    max_error_rate_delta: 2.0
    error_rate_metric: errors
metrics:
  - name: errors
    query: errors{hash=\"{{canary}}\"}
    direction: increase
    groups: [errors]
    critical: true
    tolerance: 0.1
  - name: latency
    query: latency{hash=\"{{canary}}\"}
    direction: increase
    groups: [latency]
";

pub(super) fn web() -> Key {
    Key { namespace: "shop".into(), name: "web".into() }
}

fn policy() -> Policy {
    file::read(POLICY, "frontend").unwrap()
}

/// A canary whose router gives it a weight, waiting in a pause, changed by `patch`.
fn routed(version: u64, weight: i64, patch: serde_json::Value) -> Object {
    let mut value = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
        "metadata": {"name": "web", "namespace": "shop", "uid": "uid-web", "generation": 2,
            "resourceVersion": version.to_string(), "creationTimestamp": "2026-11-20T08:00:00Z",
            "annotations": {"rollout.argoproj.io/revision": "2"}},
        "spec": {"replicas": 5, "template": {"spec": {"containers": [{"name": "app", "image": "app:2"}]}},
            "strategy": {"canary": {"trafficRouting": {"nginx": {}},
                "steps": [{"setWeight": 10}, {"pause": {}}, {"setWeight": 40}, {"pause": {}}]}}},
        "status": {"phase": "Paused", "message": "CanaryPauseStep", "observedGeneration": "2",
            "currentPodHash": "new", "stableRS": "old", "currentStepIndex": 1, "controllerPause": true,
            "pauseConditions": [{"reason": "CanaryPauseStep", "startTime": "2026-11-21T08:00:00Z"}],
            "replicas": 5, "updatedReplicas": 1, "readyReplicas": 5, "availableReplicas": 5,
            "canary": {"weights": {"canary": {"weight": weight}, "stable": {"weight": 100 - weight}}}},
    });
    json_patch::merge(&mut value, &patch);
    parse::from_value(value, &mut Interner::default()).unwrap()
}

/// A fleet of one canary at 10 %, and a policy that means it.
fn gated() -> World {
    gated_by(vec![policy()], json!({}))
}

fn gated_by(policies: Vec<Policy>, patch: serde_json::Value) -> World {
    let mut world = World::unheard(&["prod/shop"]);
    world.app.gates = Gates::by(Shelf::of(policies));
    world.tell(Delta::Begin(source()));
    world.tell(Delta::Seen(source(), routed(10, 10, patch)));
    world.tell(Delta::Done(source()));
    let at = world.now().wall;
    world.tell(Delta::Contact(source(), Contact::Live, at));
    world.draw();
    world
}

/// A value each minute up to a time, around a mean.
fn around(until: Timestamp, mean: f64, points: i64) -> Series {
    let at = |point: i64| until - SignedDuration::from_mins(points - 1 - point);
    let wobble = |point: i64| 1.0 + 0.01 * ((point * 37 % 20) as f64 - 9.5);
    Series { points: (0..points).map(|point| (at(point), mean * wobble(point))).collect() }
}

fn of(at: Timestamp) -> Provenance {
    Provenance {
        source: "prometheus".into(),
        query: "errors".into(),
        window: (at - SignedDuration::from_hours(1), at),
        asked: at,
    }
}

/// Tells of errors of the canary, in times of the stable version's, and of the same latency, with so many points.
fn gather(world: &mut World, errors: f64, points: i64) -> Vec<Effect> {
    let at = world.now().wall;
    let beside = |ours: f64, theirs: f64| Evidence::Series {
        canary: around(at, ours, points),
        stable: around(at, theirs, points),
        of: of(at),
    };
    bring(world, vec![beside(errors, 1.0), beside(120.0, 120.0)])
}

fn bring(world: &mut World, evidence: Vec<Evidence>) -> Vec<Effect> {
    let policy = world.app.gates.shelf().policies()[0].clone();
    let at = world.now().wall;
    world.event(Event::Gathered(Box::new(Gathered {
        key: web(),
        hash: "new".into(),
        policy,
        at,
        evidence,
        simulation: None,
        reasons: None,
    })))
}

fn word(world: &World) -> Word {
    world.app.gates.of(&web()).unwrap().word(world.now().wall)
}

/// Draws, waits, confirms; tells what was recorded.
fn confirms(world: &mut World) -> Vec<Effect> {
    world.draw();
    world.wait(500);
    world.press("y");
    world.wait(40)
}

fn bar(world: &World) -> Bar {
    world.app.operations.on(&web()).unwrap().judged().unwrap().bar
}

fn obstacle(world: &World) -> String {
    world.app.obstacle().map(ToString::to_string).unwrap_or_default()
}

/// What was wished since this was last asked.
fn wishes(world: &mut World) -> Vec<Wished> {
    let effects = std::mem::take(&mut world.aside);
    let wishes = effects.into_iter().filter_map(|effect| match effect {
        Effect::Gather(wish) => Some(Wished {
            who: wish.canaries.iter().map(|canary| canary.key.name.to_string()).collect(),
            close: wish.close,
            attended: wish.attended,
        }),
        _ => None,
    });
    wishes.collect()
}

#[derive(Debug, PartialEq)]
struct Wished {
    who: Vec<String>,
    close: bool,
    attended: bool,
}

#[test]
fn without_a_policy_an_order_is_as_it_was_and_nothing_is_recorded_of_gates() {
    let mut world = gated_by(Vec::new(), json!({}));
    world.armed();
    assert_eq!(world.app.operations.on(&web()).unwrap().judged(), None);
    let body = body(&confirms(&mut world));
    assert_eq!((body.get("gates"), body.get("overrides")), (None, None));
}

#[test]
fn a_canary_that_passes_is_promoted_with_one_key_and_its_verdict_is_recorded() {
    let mut world = gated();
    gather(&mut world, 1.0, 60);
    assert_eq!(word(&world), Word::Pass);
    world.armed();
    let body = body(&confirms(&mut world));
    assert_eq!((&body["gates"]["word"], &body["gates"]["policy"]), (&json!("pass"), &json!("frontend")));
    assert_eq!(body["gates"]["metrics"][0]["points"], json!({"canary": 60, "stable": 60}));
    assert_eq!(body.get("overrides"), None);
}

#[test]
fn without_evidence_a_promotion_is_refused_unless_it_is_overridden() {
    let mut world = gated();
    world.press("p");
    assert_eq!((bar(&world), world.app.place()), (Bar::Override, Place::Typing));
    assert!(!recorded(&confirms(&mut world)), "a key alone does not do");
    world.press("backspace");
    type_text(&mut world, "web");
    assert!(!recorded(&confirms(&mut world)), "the name alone does not do");
    world.press("backspace");
    world.press("enter");
    assert!(!recorded(&confirms(&mut world)), "without a reason neither");
}

#[test]
fn a_bad_canary_is_promoted_only_over_its_name_and_a_reason_and_what_it_went_against_is_recorded() {
    let mut world = gated();
    gather(&mut world, 5.0, 60);
    assert_eq!(word(&world), Word::Fail);
    world.press("p");
    assert!(!recorded(&confirms(&mut world)));
    world.press("backspace");
    type_text(&mut world, "web");
    type_text(&mut world, "the errors are a probe");
    world.press("enter");
    let body = body(&confirms(&mut world));
    assert_eq!(body["reason"], "the errors are a probe");
    assert!(body["overrides"].as_str().unwrap().starts_with("fail: "), "{body}");
    assert_eq!(body["gates"]["word"], "fail");
    let lines = world.app.timeline.lines(Some(&web()), "source:order");
    assert!(lines[0].text().as_str().contains("; against the gates: fail: "), "{}", lines[0].text());
}

#[test]
fn a_canary_that_is_held_wants_a_reason_and_no_name() {
    let mut world = gated();
    let at = world.now().wall;
    // Far up and far down, from minute to minute: it may differ.
    let mut unclear = around(at, 120.0, 60);
    let swing = |nth: usize| if nth.is_multiple_of(2) { 2.0 } else { 0.4 };
    unclear.points.iter_mut().enumerate().for_each(|(nth, point)| point.1 *= swing(nth));
    let beside = |canary, stable| Evidence::Series { canary, stable, of: of(at) };
    let errors = beside(around(at, 1.0, 60), around(at, 1.0, 60));
    bring(&mut world, vec![errors, beside(unclear, around(at, 120.0, 60))]);
    assert_eq!(word(&world), Word::Hold);
    world.press("p");
    assert_eq!((bar(&world), world.app.place()), (Bar::Reason, Place::Typing));
    type_text(&mut world, "looked at the graphs");
    world.press("enter");
    let body = body(&confirms(&mut world));
    assert_eq!((&body["gates"]["word"], &body["reason"]), (&json!("hold"), &json!("looked at the graphs")));
    assert_eq!(body.get("overrides"), None, "nobody went against anything");
}

#[test]
fn a_verdict_that_turns_bad_disarms_the_open_confirmation_until_it_is_good_again() {
    let mut world = gated();
    gather(&mut world, 1.0, 60);
    world.armed();
    gather(&mut world, 5.0, 60);
    assert!(!world.app.modal.as_ref().unwrap().is_armed());
    assert!(obstacle(&world).starts_with("The gates now say fail: "), "{}", obstacle(&world));
    assert!(!recorded(&confirms(&mut world)) && !recorded(&confirms(&mut world)));
    gather(&mut world, 1.0, 60);
    assert_eq!(obstacle(&world), "");
    assert!(recorded(&confirms(&mut world)));
}

#[test]
fn an_order_staged_anew_after_the_word_turned_goes_against_what_is_said_by_then() {
    let mut world = gated();
    gather(&mut world, 1.0, 60);
    world.armed();
    gather(&mut world, 5.0, 60);
    world.press("esc");
    world.press("p");
    assert_eq!((bar(&world), obstacle(&world)), (Bar::Override, String::new()));
}

#[test]
fn evidence_that_grows_old_under_the_open_confirmation_disarms_it() {
    let mut world = gated();
    gather(&mut world, 1.0, 60);
    // The order is staged late, since nobody's approval waits as long as evidence stays fresh.
    world.millis += 290_000;
    let at = world.now().wall;
    world.tell(Delta::Contact(source(), Contact::Live, at));
    world.armed();
    let due = world.app.wake().orders.unwrap();
    let left = u64::try_from(due.duration_since(world.now().wall).as_millis()).unwrap();
    assert!(left < 15_000, "it wakes when the evidence lapses: {left}");
    world.wait(left);
    assert!(obstacle(&world).starts_with("The gates now say cannot tell: "), "{}", obstacle(&world));
    assert!(!recorded(&confirms(&mut world)));
}

#[test]
fn the_newest_judgement_that_is_no_worse_is_recorded_once_it_was_drawn() {
    let mut world = gated();
    gather(&mut world, 1.0, 60);
    world.armed();
    world.millis += 20_000;
    gather(&mut world, 1.0, 61);
    let body = body(&confirms(&mut world));
    assert_eq!(body["gates"]["metrics"][0]["points"]["canary"], 61);
}

#[test]
fn what_went_against_a_failure_is_no_override_once_the_canary_passes() {
    let mut world = gated();
    gather(&mut world, 5.0, 60);
    world.press("p");
    type_text(&mut world, "web");
    type_text(&mut world, "a probe");
    world.press("enter");
    gather(&mut world, 1.0, 60);
    world.draw();
    gather(&mut world, 5.0, 60);
    world.draw();
    assert_eq!((bar(&world), obstacle(&world)), (Bar::Override, String::new()), "as it was asked about");
    gather(&mut world, 1.0, 60);
    let body = body(&confirms(&mut world));
    assert_eq!((&body["gates"]["word"], body.get("overrides")), (&json!("pass"), None));
}

#[test]
fn orders_that_take_back_or_pause_are_never_hindered_and_what_the_gates_say_is_recorded() {
    let mut world = gated();
    gather(&mut world, 5.0, 60);
    let mut free = gated_by(Vec::new(), json!({}));
    for key in ["x", "w"] {
        world.press(key);
        free.press(key);
        let needs = |world: &World| world.app.operations.on(&web()).unwrap().leave().needs().to_vec();
        assert_eq!(needs(&world), needs(&free), "{key}");
        assert_eq!(bar(&world), Bar::Open);
        gather(&mut world, 50.0, 60);
        assert_eq!(obstacle(&world), "");
        world.press("esc");
        free.press("esc");
    }
    world.press("w");
    let body = body(&confirms(&mut world));
    assert_eq!((&body["gates"]["word"], body.get("overrides")), (&json!("fail"), None));
}

#[test]
fn every_kind_that_promotes_meets_the_same_bar_but_a_new_image_which_nothing_was_judged_of() {
    let mut world = gated();
    gather(&mut world, 5.0, 60);
    let rollout = world.app.store.rollout(&web()).unwrap().clone();
    for kind in Kind::ALL.into_iter().filter(|kind| kind.promotes()) {
        let ruling = world.app.ruling(kind, &rollout, world.now().wall).unwrap();
        let expected = if kind == Kind::SetImage { Bar::Open } else { Bar::Override };
        assert_eq!(ruling.bar(), expected, "{}", kind.word());
    }
}

#[test]
fn what_was_aborted_for_its_verdict_is_begun_anew_only_over_that_verdict() {
    let mut world = gated();
    gather(&mut world, 5.0, 60);
    let aborted =
        json!({"status": {"abort": true, "abortedAt": "2026-11-21T08:10:02Z", "phase": "Degraded"}});
    world.tell(Delta::Seen(source(), routed(11, 0, aborted)));
    let rollout = world.app.store.rollout(&web()).unwrap().clone();
    let ruling = world.app.ruling(Kind::Retry, &rollout, world.now().wall).unwrap();
    assert_eq!((ruling.word, ruling.bar()), (Word::Fail, Bar::Override));
    assert!(world.app.proposals().is_empty(), "it was aborted");
}

#[test]
fn a_policy_that_is_named_and_missing_is_an_override() {
    let named = json!({"metadata": {"annotations": {"rollgate.io/gate-policy": "payments"}}});
    let mut world = gated_by(vec![policy()], named);
    world.press("p");
    assert_eq!((bar(&world), world.app.place()), (Bar::Override, Place::Typing));
    let judged = world.app.operations.on(&web()).unwrap().judged().unwrap().clone();
    assert_eq!(
        judged.words.as_str(),
        "cannot tell: it is to be judged by payments, and there is no such policy"
    );
    assert_eq!(judged.record["policy"], "payments");
}

#[test]
fn a_policy_that_a_rollout_names_only_while_its_confirmation_is_open_voids_it() {
    let mut world = gated_by(Vec::new(), json!({}));
    world.armed();
    let named = json!({"metadata": {"annotations": {"rollgate.io/gate-policy": "payments"}}});
    world.tell(Delta::Seen(source(), routed(11, 10, named)));
    assert!(!recorded(&confirms(&mut world)), "{:?}", world.state());
}

#[test]
fn a_blue_green_version_that_takes_no_traffic_is_a_persons_to_decide() {
    let blue_green = json!({
        "spec": {"strategy": {"canary": null, "blueGreen": {"activeService": "a", "previewService": "p"}}},
        "status": {"currentStepIndex": null, "canary": null, "message": "BlueGreenPause",
            "pauseConditions": [{"reason": "BlueGreenPause", "startTime": "2026-11-21T08:00:00Z"}],
            "blueGreen": {"activeSelector": "old", "previewSelector": "new"}},
    });
    let mut world = gated_by(vec![policy()], blue_green);
    gather(&mut world, 1.0, 60);
    assert_eq!(word(&world), Word::Hold);
    world.press("p");
    assert_eq!(bar(&world), Bar::Reason, "{}", world.notice());
}

#[test]
fn evidence_is_wished_for_what_is_under_way_and_closely_where_somebody_looks() {
    let mut world = gated();
    world.tell(Delta::Seen(source(), canary("api", 10, 1, true)));
    let who = |names: [&str; 2]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    world.wait(1_000);
    let wished = wishes(&mut world);
    assert_eq!(wished.last().unwrap(), &Wished { who: who(["api", "web"]), close: false, attended: true });
    world.wait(60_000);
    assert!(wishes(&mut world).is_empty(), "what is wished already is not wished again");
    world.tell(Delta::Seen(source(), routed(12, 20, json!({}))));
    world.wait(2_000);
    assert!(wishes(&mut world).is_empty(), "another weight wants no other evidence");
    world.app.browse.show_all();
    world.app.page = Page::Rollout(web());
    world.wait(1);
    world.wait(100);
    assert_eq!(wishes(&mut world), [Wished { who: who(["web", "api"]), close: true, attended: true }]);
    world.event(Event::Focus(false));
    world.wait(100);
    assert_eq!(wishes(&mut world), [Wished { who: who(["web", "api"]), close: true, attended: false }]);
}

#[test]
fn a_key_is_not_what_gathers_it_only_sets_the_time() {
    let mut world = gated();
    world.wait(1_000);
    wishes(&mut world);
    world.millis += 200;
    world.event(Event::Key("enter".parse().unwrap()));
    assert!(wishes(&mut world).is_empty());
    assert!(world.app.wake().health.unwrap() > Duration::from_millis(world.millis), "the key is drawn first");
    world.wait(100);
    assert_eq!(wishes(&mut world).len(), 1);
}

#[test]
fn what_was_taken_back_is_asked_about_no_more() {
    let mut world = gated();
    world.wait(1_000);
    wishes(&mut world);
    let aborted = json!({"status": {"abort": true, "phase": "Degraded"}});
    world.tell(Delta::Seen(source(), routed(11, 0, aborted)));
    world.wait(2_000);
    assert_eq!(wishes(&mut world), [Wished { who: Vec::new(), close: false, attended: true }]);
    world.tell(Delta::Gone(source(), web()));
    assert!(world.app.gates.of(&web()).is_none());
}

#[test]
fn many_that_come_at_once_are_wished_for_once_a_second() {
    let mut world = gated();
    world.wait(2_000);
    wishes(&mut world);
    for nth in 0..50 {
        world.millis += 10;
        world.tell(Delta::Seen(source(), canary(&format!("n{nth}"), 10, 1, true)));
        world.event(Event::Tick);
    }
    world.wait(1_000);
    let wished = wishes(&mut world);
    assert!(wished.len() <= 2, "{}", wished.len());
    assert_eq!(wished.last().unwrap().who.len(), 51);
}

#[test]
fn what_was_gathered_for_another_canary_is_not_taken() {
    let mut world = gated();
    world.tell(Delta::Seen(source(), routed(11, 10, json!({"status": {"currentPodHash": "newer"}}))));
    gather(&mut world, 1.0, 60);
    assert_eq!(word(&world), Word::CannotTell);
}

#[test]
fn a_bad_canary_is_proposed_for_abort_and_a_key_opens_that_confirmation() {
    let mut world = gated();
    assert!(world.press("!").is_empty());
    assert_eq!(world.notice(), "No abort is proposed.");
    gather(&mut world, 5.0, 60);
    let proposed = world.app.proposals();
    assert_eq!((proposed.len(), &proposed[0].key), (1, &web()));
    assert!(
        proposed[0].why.as_str().contains("times the errors of the stable version"),
        "{}",
        proposed[0].why
    );
    let since = proposed[0].since;
    world.millis += 60_000;
    gather(&mut world, 5.0, 60);
    assert_eq!(world.app.proposals()[0].since, since, "it is so for a minute");
    let effects = world.press("!");
    assert_eq!(effects, [Effect::Open(web())], "nothing is sent, nothing recorded");
    assert_eq!(world.app.page, Page::Rollout(web()));
    assert_eq!(world.app.operations.on(&web()).unwrap().kind(), Kind::Abort);
    world.press("esc");
    gather(&mut world, 1.0, 60);
    assert!(world.app.proposals().is_empty());
}

#[test]
fn what_became_stable_is_no_longer_proposed_for_abort() {
    let mut world = gated();
    gather(&mut world, 5.0, 60);
    assert_eq!(world.app.proposals().len(), 1);
    let healthy =
        [json!({"type": "Healthy", "status": "True", "lastTransitionTime": "2026-11-21T08:10:00Z"})];
    let stable = json!({"status": {"stableRS": "new", "pauseConditions": null, "conditions": healthy}});
    world.tell(Delta::Seen(source(), routed(11, 100, stable)));
    assert!(world.app.gates.of(&web()).is_some() && world.app.proposals().is_empty());
}

#[test]
fn a_score_that_fails_is_proposed_for_abort_too() {
    let mut world = gated();
    let at = world.now().wall;
    let beside = |ours, theirs| Evidence::Series {
        canary: around(at, ours, 60),
        stable: around(at, theirs, 60),
        of: of(at),
    };
    bring(&mut world, vec![beside(1.0, 1.0), beside(300.0, 120.0)]);
    let why = world.app.proposals()[0].why.to_string();
    assert!(why.contains("latency"), "{why}");
}

#[test]
fn stages_words_and_triggers_stand_in_the_timeline_each_with_why() {
    let mut world = gated();
    gather(&mut world, 1.0, 60);
    world.tell(Delta::Seen(source(), routed(11, 40, json!({"status": {"currentStepIndex": 3}}))));
    world.millis += 60_000;
    gather(&mut world, 5.0, 60);
    world.millis += 60_000;
    gather(&mut world, 1.0, 60);
    world.millis += 301_000;
    world.event(Event::Tick);
    let lines = world.app.timeline.lines(Some(&web()), "source:gate");
    let words: Vec<String> = lines.iter().map(|line| line.text().to_string()).collect();
    let begins = [
        "gates cannot tell -> pass: all that this stage asks for is met",
        "stage canary 1 -> canary 2: it has 40 % of the traffic",
        "trigger error rate fires: 5.0 times",
        "gates pass -> fail: 5.0 times",
        "trigger error rate no longer fires",
        "gates fail -> pass: all",
        "gates pass -> cannot tell: there is no fresh judgement",
    ];
    assert_eq!(words.len(), begins.len(), "{words:#?}");
    for (word, begin) in words.iter().zip(begins) {
        assert!(word.starts_with(begin), "{word}");
    }
    assert!(lines.iter().all(|line| line.source() == timeline::Source::Gate));
}

#[test]
fn what_became_stable_is_watched_through_its_business_cycle_and_forgotten_then() {
    let mut world = gated();
    gather(&mut world, 1.0, 60);
    let stable = |since: &str| {
        let healthy = [json!({"type": "Healthy", "status": "True", "lastTransitionTime": since})];
        json!({"status": {"stableRS": "new", "phase": "Healthy", "currentStepIndex": 4, "pauseConditions": null,
            "controllerPause": false, "conditions": healthy}})
    };
    world.tell(Delta::Seen(source(), routed(11, 100, stable("2026-11-21T08:10:00Z"))));
    let gate = world.app.gates.of(&web()).unwrap();
    assert_eq!(gate.standing.as_ref().unwrap().stage, crate::gate::stage::Stage::Full);
    world.tell(Delta::Seen(source(), routed(12, 100, stable("2026-11-19T08:10:00Z"))));
    assert!(world.app.gates.of(&web()).is_none());
    let lines = world.app.timeline.lines(Some(&web()), "source:gate");
    let words: Vec<String> = lines.iter().map(|line| line.text().to_string()).collect();
    let words: Vec<String> = words.into_iter().filter(|word| word.starts_with("stage")).collect();
    assert_eq!(
        words,
        [
            "stage canary 1 -> full: it is the stable version now",
            "stage full -> done: it was watched through a business cycle"
        ]
    );
}

#[test]
fn a_version_that_is_no_longer_wanted_is_forgotten_as_taken_back() {
    let mut world = gated();
    gather(&mut world, 5.0, 60);
    world.tell(Delta::Seen(source(), routed(11, 0, json!({"status": {"currentPodHash": "old"}}))));
    assert!(world.app.gates.of(&web()).is_none() && world.app.proposals().is_empty());
    let lines = world.app.timeline.lines(Some(&web()), "source:gate rolled");
    assert_eq!(lines[0].text().as_str(), "stage canary 1 -> rolled back: it was taken back");
}

#[test]
fn pods_that_carry_the_weight_move_the_stage_when_they_are_seen() {
    let mut world = World::unheard(&["prod/shop"]);
    world.app.gates = Gates::by(Shelf::of(vec![policy()]));
    world.tell(Delta::Begin(source()));
    world.tell(Delta::Seen(source(), canary("web", 10, 1, true)));
    world.tell(Delta::Done(source()));
    assert!(world.app.gates.of(&web()).unwrap().standing.is_none(), "its weight is not known");
    let sets = Source { kind: Watched::ReplicaSets, namespace: None };
    let set = json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": {"name": "web-new", "namespace": "shop", "uid": "set-1", "resourceVersion": "5",
            "creationTimestamp": "2026-11-20T08:00:00Z", "labels": {"rollouts-pod-template-hash": "new"},
            "annotations": {"rollout.argoproj.io/revision": "2"},
            "ownerReferences": [{"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": "web",
                "uid": "uid-web", "controller": true}]},
        "spec": {"replicas": 1, "template": {"spec": {"containers": []}}},
        "status": {"replicas": 1, "availableReplicas": 1},
    });
    world.tell(Delta::Begin(sets.clone()));
    world.tell(Delta::Seen(sets.clone(), parse::from_value(set, &mut Interner::default()).unwrap()));
    world.tell(Delta::Done(sets));
    let gate = world.app.gates.of(&web()).unwrap();
    assert_eq!(gate.standing.as_ref().unwrap().stage, crate::gate::stage::Stage::Second, "one pod of five");
}

#[test]
fn a_canary_that_goes_on_without_a_policy_is_forgotten_and_not_called_arrived() {
    let mut world = gated();
    gather(&mut world, 5.0, 60);
    let named = json!({"metadata": {"annotations": {"rollgate.io/gate-policy": "payments"}}});
    world.tell(Delta::Seen(source(), routed(11, 10, named)));
    assert!(world.app.gates.of(&web()).is_none() && world.app.proposals().is_empty());
    let lines = world.app.timeline.lines(Some(&web()), "source:gate");
    assert!(!lines.iter().any(|line| line.text().as_str().starts_with("stage")), "{lines:?}");
}

#[test]
fn a_hash_that_is_not_known_for_a_moment_changes_nothing() {
    let mut world = gated();
    gather(&mut world, 1.0, 60);
    world.tell(Delta::Seen(source(), routed(11, 10, json!({"status": {"currentPodHash": null}}))));
    assert_eq!(word(&world), Word::Pass);
}

/// What is done to evidence to make it worse.
#[derive(Clone, Copy, Debug)]
enum Harm {
    Missing,
    Old,
    Cut(i64),
    Broken,
}

fn harmed(evidence: &Evidence, harm: Harm) -> Evidence {
    let Evidence::Series { canary, stable, of } = evidence else { return evidence.clone() };
    let mut canary = canary.clone();
    match harm {
        Harm::Missing => return Evidence::Missing { why: "connection refused".into(), of: of.clone() },
        Harm::Old => canary.points.iter_mut().for_each(|(at, _)| *at -= SignedDuration::from_mins(30)),
        Harm::Cut(left) => canary.points.truncate(usize::try_from(left).unwrap()),
        Harm::Broken => canary.points.iter_mut().for_each(|(_, value)| *value = f64::NAN),
    }
    Evidence::Series { canary, stable: stable.clone(), of: of.clone() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever is done to the data of either metric: what is refused stays refused, and no key alone promotes on worse data.
    #[test]
    fn worse_data_never_open_a_promotion(
        errors in prop_oneof![Just(1.0), Just(5.0), 0.8..6.0_f64],
        points in 0_i64..80,
        which in 0_usize..2,
        harm in prop_oneof![Just(Harm::Missing), Just(Harm::Old), (0_i64..49).prop_map(Harm::Cut), Just(Harm::Broken)],
        while_open in any::<bool>(),
    ) {
        let mut world = gated();
        let at = world.now().wall;
        let beside = |ours: f64, theirs: f64| Evidence::Series {
            canary: around(at, ours, points), stable: around(at, theirs, points), of: of(at),
        };
        let before = vec![beside(errors, 1.0), beside(120.0, 120.0)];
        let mut worse = before.clone();
        worse[which] = harmed(&before[which], harm);
        bring(&mut world, before);
        if while_open {
            world.press("p");
            world.wait(500);
        }
        bring(&mut world, worse);
        prop_assert!(word(&world) >= Word::CannotTell, "{:?}", word(&world));
        if !while_open {
            world.press("p");
        }
        for _ in 0..3 {
            prop_assert!(!recorded(&confirms(&mut world)));
        }
    }
}
