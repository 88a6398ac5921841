//! What is worth a line, the order of lines, what follows an order, and what an order's line says.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::*;
use crate::rollout::Rollout;
use crate::rollout::parse::{self, Interner};

mod away;
mod events;
mod writers;

const NOW: &str = "2026-11-21T08:10:00.5Z";

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

fn scene() -> Scene {
    Scene { context: "prod".into(), server: "https://127.0.0.1:6443".into() }
}

/// A canary of four steps at `index`, changed by `patch`.
fn canary(index: i64, patch: Value) -> Rollout {
    let mut value = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
        "metadata": {"name": "web", "namespace": "shop", "uid": "u-1", "generation": 3},
        "spec": {"replicas": 5,
            "template": {"spec": {"containers": [{"name": "app", "image": "web:1"}]}},
            "strategy": {"canary": {"trafficRouting": {"nginx": {}},
            "steps": [{"setWeight": 20}, {"pause": {}}, {"setWeight": 60}, {"pause": {"duration": "5m"}}]}}},
        "status": {"phase": "Progressing", "observedGeneration": "3", "currentPodHash": "bbb", "stableRS": "aaa",
            "currentStepIndex": index, "replicas": 5, "updatedReplicas": 1, "readyReplicas": 5,
            "availableReplicas": 5, "canary": {"weights": {"canary": {"weight": 20}, "stable": {"weight": 80}}}},
    });
    json_patch::merge(&mut value, &patch);
    match parse::from_value(value, &mut Interner::default()).unwrap() {
        crate::rollout::delta::Object::Rollout(rollout) => *rollout,
        other => panic!("{other:?}"),
    }
}

fn told(before: &Rollout, after: &Rollout) -> Vec<(Source, String)> {
    let all = changes(before, after, &scene(), at(NOW));
    all.into_iter().map(|sighting| (sighting.source, sighting.text.to_string())).collect()
}

#[test]
fn counting_pods_is_no_news_and_the_same_object_tells_nothing() {
    let before = canary(0, json!({}));
    assert_eq!(told(&before, &before), []);
    let after = canary(
        0,
        json!({"status": {"readyReplicas": 4, "availableReplicas": 4, "message": "more replicas"}}),
    );
    assert_eq!(told(&before, &after), []);
}

#[test]
fn a_step_a_weight_and_a_phase_are_told_each_with_what_was_and_what_is() {
    let after = canary(
        3,
        json!({"status": {"phase": "Paused", "message": "CanaryPauseStep", "controllerPause": true,
            "pauseConditions": [{"reason": "CanaryPauseStep", "startTime": "2026-11-21T08:09:59Z"}],
            "canary": {"weights": {"canary": {"weight": 60}, "stable": {"weight": 40}}}}}),
    );
    let before = canary(2, json!({}));
    let all = told(&before, &after);
    assert_eq!(
        all,
        [
            (Source::Status, "step 2 -> 3 of 4: pause: 5m".to_owned()),
            (Source::Status, "weight: 20 -> 60 of 100".to_owned()),
            (Source::Status, "Progressing -> Paused: CanaryPauseStep".to_owned()),
        ]
    );
    // The pause says since when: that is the cluster's time.
    for sighting in changes(&before, &after, &scene(), at(NOW)) {
        assert_eq!((sighting.at, sighting.dial), (at("2026-11-21T08:09:59Z"), Dial::Cluster));
    }
}

#[test]
fn what_somebody_asked_for_is_told_by_our_clock_since_the_object_has_no_time_for_it() {
    let after = canary(
        0,
        json!({"metadata": {"generation": 4}, "spec": {"paused": true, "replicas": 7,
            "template": {"spec": {"containers": [{"name": "app", "image": "web:2"}]}}}}),
    );
    let all = changes(&canary(0, json!({})), &after, &scene(), at(NOW));
    let of_spec: Vec<_> = all.iter().filter(|sighting| sighting.source == Source::Spec).collect();
    let words: Vec<&str> = of_spec.iter().map(|sighting| sighting.text.as_str()).collect();
    assert_eq!(words, ["paused by hand", "image of app: web:1 -> web:2", "pods wanted: 5 -> 7"]);
    assert!(of_spec.iter().all(|sighting| (sighting.at, sighting.dial) == (at(NOW), Dial::Ours)));
    let other = canary(0, json!({"metadata": {"generation": 4}}));
    assert_eq!(told(&canary(0, json!({})), &other)[0].1, "spec changed (generation 3 -> 4)");
}

#[test]
fn an_analysis_is_told_when_it_begins_and_when_its_verdict_is_there() {
    let run = |status: &str, message: &str| {
        canary(
            0,
            json!({"status": {"canary": {"currentStepAnalysisRunStatus":
            {"name": "web-1", "status": status, "message": message}}}}),
        )
    };
    assert_eq!(
        told(&canary(0, json!({})), &run("Running", ""))[0],
        (Source::Analysis, "web-1 Running".into())
    );
    assert_eq!(told(&canary(0, json!({})), &run("", "")), [], "one that was just made");
    assert_eq!(told(&run("", ""), &run("Running", ""))[0].1, "web-1 Running");
    let failed = told(&run("Running", ""), &run("Failed", "metric \"errors\" assessed Failed"));
    let words = "web-1 Running -> Failed: metric \"errors\" assessed Failed";
    assert_eq!(failed, [(Source::Analysis, words.to_owned())]);
}

#[test]
fn an_object_made_anew_under_the_same_name_is_said_to_be_another() {
    let after = canary(0, json!({"metadata": {"uid": "u-2"}}));
    let all = told(&canary(2, json!({})), &after);
    assert_eq!(all.len(), 1);
    assert!(all[0].1.contains("another object"), "{all:?}");
}

#[test]
fn text_of_the_cluster_is_made_safe_and_cut() {
    let evil = format!("web:\u{1b}[31m\u{202e}{}", "x".repeat(5000));
    let after =
        canary(0, json!({"spec": {"template": {"spec": {"containers": [{"name": "app", "image": evil}]}}}}));
    let all = told(&canary(0, json!({})), &after);
    let text = &all[0].1;
    assert!(text.chars().count() <= LONGEST, "{}", text.len());
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text:?}");
}

fn seen(time: &str, name: &str, text: &str) -> Sighting {
    Sighting {
        at: at(time),
        dial: Dial::Ours,
        seen_at: at(time),
        scene: scene(),
        key: Key { namespace: "shop".into(), name: name.into() },
        source: Source::Status,
        text: text.into(),
        mark: Arc::default(),
        count: 1,
    }
}

fn record(order: &str, time: &str, event: &str, name: &str, more: Value) -> Record {
    let mut body = json!({"v": 1, "kind": "promote", "target": {"context": "prod",
        "server": "https://127.0.0.1:6443", "user": "ada", "uid": "u-1", "key": {"namespace": "shop", "name": name}}});
    json_patch::merge(&mut body, &more);
    let actor = json!({"uid": 1000, "login": "ada", "host": "desk"}).to_string();
    Record {
        order: order.into(),
        at: at(time),
        event: event.into(),
        actor: (event == "acknowledged").then_some(actor),
        user: "ada@example.org".into(),
        body: body.to_string(),
    }
}

/// Two orders on `web` and one on `api`, with what was seen around them.
fn timeline() -> Timeline {
    let mut timeline = Timeline::default();
    let facts = json!({"facts": {"step index": "1"}, "reason": "graphs are flat", "role": "on-call"});
    for record in [
        record("o-1", "2026-11-21T08:00:01.2Z", "acknowledged", "web", facts),
        record("o-1", "2026-11-21T08:00:05.2Z", "observed", "web", json!({})),
        record("o-2", "2026-11-21T08:01:00Z", "acknowledged", "api", json!({})),
        record("o-3", "2026-11-21T08:05:00Z", "acknowledged", "web", json!({"kind": "abort"})),
    ] {
        timeline.record(&record);
    }
    for (time, name, text) in [
        ("2026-11-21T08:00:00Z", "web", "before"),
        ("2026-11-21T08:00:02Z", "web", "step 1 -> 2 of 4"),
        ("2026-11-21T08:00:03Z", "api", "elsewhere"),
        ("2026-11-21T08:04:00Z", "web", "weight: 20 -> 60 of 100"),
        ("2026-11-21T08:06:00Z", "web", "aborted"),
    ] {
        timeline.see(seen(time, name, text));
    }
    timeline
}

fn web() -> Key {
    Key { namespace: "shop".into(), name: "web".into() }
}

#[test]
fn orders_and_what_was_seen_stand_in_the_order_of_their_time_and_of_one_rollout_if_wanted() {
    let timeline = timeline();
    let words = |key: Option<&Key>| {
        let lines = timeline.lines(key, "");
        lines.iter().map(|line| line.text().to_string()).collect::<Vec<String>>()
    };
    let of_web = words(Some(&web()));
    assert_eq!(of_web[0], "before");
    assert_eq!(
        of_web[1],
        "promote by ada@example.org: done after 4 s; at the keyboard ada at desk; as on-call; because: graphs are flat"
    );
    assert_eq!(of_web[2..4], ["step 1 -> 2 of 4", "weight: 20 -> 60 of 100"]);
    assert!(of_web[4].starts_with("abort by") && of_web[4].contains("whether it was sent is not recorded"));
    assert_eq!((of_web.len(), words(None).len()), (6, 8));
}

#[test]
fn what_follows_an_order_ends_where_the_next_order_on_the_same_rollout_begins() {
    let timeline = timeline();
    let lines = timeline.lines(None, "");
    let index = lines.iter().position(|line| line.text().as_str().starts_with("promote")).unwrap();
    let follows: Vec<String> =
        after(&lines, index).into_iter().map(|it| lines[it].text().to_string()).collect();
    assert_eq!(follows, ["step 1 -> 2 of 4", "weight: 20 -> 60 of 100"]);
    assert_eq!(after(&lines, 0), Vec::<usize>::new(), "no order stands there");
    assert_eq!(after(&lines, 99), Vec::<usize>::new());
}

#[test]
fn a_whole_second_of_the_cluster_does_not_put_an_effect_before_its_order() {
    let mut timeline = Timeline::default();
    timeline.record(&record("o-1", "2026-11-21T08:00:01.2Z", "acknowledged", "web", json!({})));
    let effect = Sighting {
        dial: Dial::Cluster,
        seen_at: at("2026-11-21T08:00:01.6Z"),
        ..seen("2026-11-21T08:00:01Z", "web", "step 1 -> 2 of 4")
    };
    timeline.see(effect);
    let lines = timeline.lines(None, "");
    assert_eq!(lines[0].source(), Source::Order);
    assert_eq!(lines[1].at(), at("2026-11-21T08:00:01Z"), "the time shown stays the cluster's");
}

#[test]
fn the_filter_wants_each_word_in_source_name_or_text_whatever_its_case() {
    let timeline = timeline();
    let count = |filter: &str| timeline.lines(None, filter).len();
    assert_eq!(count(""), 8);
    assert_eq!(count("ORDER"), 3);
    assert_eq!(count("order web"), 2);
    assert_eq!(count("shop/api"), 2);
    assert_eq!(count("weight 60"), 1);
    assert_eq!(count("weight 61"), 0);
}

#[test]
fn a_source_named_in_the_filter_leaves_its_lines_alone_and_two_leave_those_of_either() {
    let mut timeline = timeline();
    timeline.see(seen("2026-11-21T08:07:00Z", "web", "no order at all"));
    let count = |filter: &str| timeline.lines(None, filter).len();
    assert_eq!(count("order"), 4, "the word stands in a text too");
    assert_eq!(count("source:order"), 3);
    assert_eq!(count("source:status web"), 5);
    assert_eq!(count("source:order source:STATUS"), 9);
    assert_eq!(count("source:ord"), 3, "while it is typed");
    assert_eq!(count("source:nothing"), 0);
}

#[test]
fn what_is_held_is_capped_and_what_could_not_wait_is_counted() {
    let mut timeline = Timeline::default();
    for nth in 0..HELD + 10 {
        timeline.see(seen("2026-11-21T08:00:00Z", "web", &format!("change {nth}")));
    }
    assert_eq!(timeline.lines(None, "").len(), HELD);
    assert_eq!(timeline.lines(None, "")[0].text().as_str(), "change 10", "the oldest went");
    let unkept = timeline.take_unkept();
    assert_eq!((unkept.seen.len(), unkept.lost), (HELD, 10));
    assert!(timeline.take_unkept().is_empty());
}

#[test]
fn what_was_left_out_is_told_with_every_rollout() {
    let mut timeline = timeline();
    timeline.see(Sighting::gap(7, at(NOW), scene()));
    let lines = timeline.lines(Some(&web()), "");
    assert_eq!(lines.last().unwrap().text().as_str(), "7 changes came too fast to be kept");
}
