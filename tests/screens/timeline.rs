//! The timeline: of one Rollout and of all, with an order that is followed.

use jiff::{SignedDuration, Timestamp};
use rollgate::keymap::Spelling;
use rollgate::rollout::Key;
use rollgate::rollout::delta::{Contact, Delta, Kind, Source as Stream};
use rollgate::theme::{Charset, Depth};
use rollgate::timeline::{Dial, Record, Scene, Sighting, Source};
use serde_json::json;

use crate::world::{World, looks, text};

fn at(time: &str) -> Timestamp {
    format!("2026-11-21T{time}Z").parse().unwrap()
}

fn key(name: &str) -> Key {
    Key { namespace: "demo".into(), name: name.into() }
}

fn scene() -> Scene {
    Scene { context: "prod-eu".into(), server: "https://10.1.2.3:6443".into() }
}

fn seen(time: &str, name: &str, source: Source, words: &str) -> Sighting {
    let (dial, ours) = match source {
        Source::Spec | Source::Gap | Source::Away => (Dial::Ours, SignedDuration::ZERO),
        _ => (Dial::Cluster, SignedDuration::from_millis(700)),
    };
    let (at, key) = (at(time), key(name));
    let (seen_at, text) = (at + ours, words.into());
    Sighting { at, dial, seen_at, scene: scene(), key, source, text, mark: "".into(), count: 1 }
}

fn record(order: &str, time: &str, event: &str, kind: &str, name: &str) -> Record {
    let body = json!({
        "v": 1, "kind": kind, "reason": "graphs are flat", "role": "on-call",
        "consequence": format!("{name} goes on to its next step."),
        "facts": {"step index": "1", "pause": "CanaryPauseStep since 2026-11-21T08:00:00Z", "abort": "absent"},
        "target": {"context": "prod-eu", "server": "https://10.1.2.3:6443", "key": {"namespace": "demo", "name": name}},
    });
    Record {
        order: order.into(),
        at: at(time),
        event: event.into(),
        actor: Some(json!({"uid": 1000, "login": "ada", "host": "desk"}).to_string()),
        user: "ada@example.org".into(),
        body: body.to_string(),
    }
}

/// A world in which somebody promoted one Rollout and aborted another.
fn world() -> World {
    let mut world = World::fixture();
    world.list(Kind::Events, std::iter::empty());
    let records = [
        record("o-1", "08:50:00.5", "acknowledged", "promote", "paused-at-step"),
        record("o-1", "08:50:04.5", "observed", "promote", "paused-at-step"),
        record("o-2", "08:52:00", "acknowledged", "abort", "routed"),
        record("o-2", "08:52:01", "observed", "abort", "routed"),
        record("o-3", "08:55:00", "acknowledged", "pause", "paused-at-step"),
        record("o-3", "08:55:12", "in-doubt", "pause", "paused-at-step"),
    ];
    let on = "paused-at-step";
    let past = vec![
        seen("08:40:00", on, Source::Spec, "image of app: web:1 -> web:2"),
        seen("08:45:00", on, Source::Analysis, "paused-at-step-1 Running -> Successful"),
        seen("08:50:00", on, Source::Status, "step 1 -> 2 of 8: setWeight: 40"),
        seen("08:50:02", on, Source::Status, "weight: 20 -> 40 of 100"),
        seen("08:52:01", "routed", Source::Status, "aborted"),
        seen("08:53:00", on, Source::Status, "Progressing -> Paused: \u{1b}[31mCanaryPauseStep\u{202e}"),
        seen("08:56:00", "routed", Source::Spec, "pods wanted: 5 -> 7"),
    ];
    world.app.timeline.recall(past, &records);
    world
}

fn of_one() -> World {
    let mut world = world();
    world.open("paused-at-step");
    world.press("t");
    world
}

#[test]
fn what_happened_on_one_rollout_with_an_order_in_doubt_selected() {
    insta::assert_snapshot!(of_one().text((80, 24)));
}

#[test]
fn the_same_at_160_by_50_names_the_clock_of_each_time() {
    insta::assert_snapshot!(of_one().text((160, 50)));
}

#[test]
fn an_order_marks_what_followed_it_and_says_what_it_rested_on() {
    let mut world = of_one();
    world.press("k k k k");
    let drawn = world.text((120, 40));
    assert!(
        drawn.contains("rested on")
            && drawn.contains("3 lines until the next order, marked at their left: enter goes there"),
        "{drawn}"
    );
    insta::assert_snapshot!(drawn);
}

#[test]
fn enter_goes_from_an_order_to_what_followed_it_and_back() {
    let mut world = of_one();
    world.press("k k k k");
    assert!(world.text((80, 24)).contains("3 of 7"));
    world.press("enter");
    let drawn = world.text((80, 24));
    assert!(drawn.contains("4 of 7") && drawn.contains("by the cluster's clock, status"), "{drawn}");
    world.press("j enter");
    assert!(world.text((80, 24)).contains("3 of 7"), "back at the order");
    world.press("G enter");
    let drawn = world.text((80, 24));
    assert!(drawn.contains("Nothing was seen on this Rollout between this order and the next."), "{drawn}");
}

#[test]
fn what_happened_on_all_rollouts() {
    let mut world = world();
    world.press("T");
    insta::assert_snapshot!(world.text((80, 24)));
}

#[test]
fn the_same_on_all_at_160_by_50() {
    let mut world = world();
    world.press("T");
    insta::assert_snapshot!(world.text((160, 50)));
}

#[test]
fn the_filter_leaves_lines_that_hold_its_words_as_they_are_typed() {
    let mut world = world();
    world.press("T / a b o r t");
    let drawn = world.text((80, 24));
    assert!(drawn.contains("/abort") && drawn.contains("2 of 2"), "{drawn}");
    world.press("enter");
    assert!(world.text((80, 24)).contains("2 of 2"), "the filter stays");
    world.press("/ esc");
    assert!(world.text((80, 24)).contains("10 of 10"));
    world.press("/ z z enter");
    insta::assert_snapshot!(world.text((80, 24)));
}

#[test]
fn back_goes_to_where_one_came_from() {
    let mut world = of_one();
    world.press("esc");
    assert!(world.text((80, 24)).contains("STEPS"), "the Rollout");
    world.press("esc T esc");
    assert!(world.text((80, 24)).contains("WAITS FOR"), "the fleet");
}

#[test]
fn nothing_of_the_clusters_text_reaches_the_terminal_unescaped_nor_in_ascii_as_anything_else() {
    let mut world = world();
    world.press("T");
    let drawn = text(&world.drawn((160, 50), &looks(Depth::Mono, Charset::Ascii), Spelling::Ascii));
    assert!(drawn.is_ascii() && !drawn.contains('\u{1b}'), "{drawn}");
}

/// What a controller said and what changed while nobody looked, around an order.
fn told() -> World {
    let mut world = world();
    let on = "paused-at-step";
    let warned =
        "Warning RolloutAborted: Rollout aborted update to revision 3: metric \"errors\" assessed Failed";
    let all = vec![
        seen("08:44:50", on, Source::Event, "RolloutPaused: Rollout is paused (CanaryPauseStep)"),
        seen(
            "08:45:00",
            on,
            Source::Event,
            "MetricSuccessful: AnalysisRun paused-at-step-7c9d-2-1: Metric 'errors' Completed. Result: Successful",
        ),
        seen("08:50:01", on, Source::Event, "RolloutStepCompleted: Rollout step 2/8 completed (pause: {})"),
        seen(
            "08:50:03",
            on,
            Source::Event,
            "ScalingReplicaSet: Scaled up ReplicaSet paused-at-step-7c9d (4 times since 2026-11-21T08:40:00Z)",
        ),
        seen("08:52:01", "routed", Source::Event, warned),
        seen(
            "08:57:00",
            on,
            Source::Away,
            "while away: revision 2 -> 4, phase Paused -> Healthy; when is not known: between 2026-11-20T17:00:00Z and 2026-11-21T08:57:00Z",
        ),
    ];
    let marked =
        all.into_iter().enumerate().map(|(nth, line)| Sighting { mark: format!("e-{nth}").into(), ..line });
    marked.for_each(|line| world.app.timeline.see(line));
    world
}

#[test]
fn the_controllers_events_stand_beside_our_orders_at_80_by_24() {
    let mut world = told();
    world.press("T");
    insta::assert_snapshot!(world.text((80, 24)));
}

#[test]
fn the_controllers_events_after_an_order_are_marked_at_120_by_40() {
    let mut world = told();
    world.open("paused-at-step");
    world.press("t k k k k k k k");
    insta::assert_snapshot!(world.text((120, 40)));
}

#[test]
fn a_source_is_chosen_by_its_word() {
    let mut world = told();
    world.press("T / s o u r c e : e v enter");
    let drawn = world.text((80, 24));
    assert!(drawn.contains("5 of 5") && !drawn.contains("promote by"), "{drawn}");
}

#[test]
fn what_cannot_be_told_is_said_above_the_lines() {
    let mut world = told();
    let source = Stream { kind: Kind::Events, namespace: None };
    let why =
        "events is forbidden: User \"ada@example.org\" cannot list resource \"events\" in API group \"\"";
    let at = world.now().wall;
    world.tell(Delta::Contact(source, Contact::Forbidden { why: why.into() }, at));
    world.app.timeline.is_not_kept("the folder /home/ada/.local/state/rollgate cannot be written".into());
    world.open("paused-at-step");
    world.press("t");
    insta::assert_snapshot!(world.text((80, 24)));
    insta::assert_snapshot!(world.text((120, 40)));
}
