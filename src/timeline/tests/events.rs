//! Events of the controller: their lines, whose they are, how often they were said, and how many are held.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::{EACH, SAID, told};
use super::*;
use crate::rollout::parse::EventObject;
use crate::rollout::{Event, event};

fn event(patch: Value) -> Event {
    let mut value = json!({
        "metadata": {"name": "web.1", "namespace": "shop", "uid": "e-1", "resourceVersion": "7"},
        "involvedObject": {"kind": "Rollout", "namespace": "shop", "name": "web", "uid": "u-1"},
        "type": "Normal", "reason": "RolloutPaused", "message": "Rollout is paused (CanaryPauseStep)", "count": 1,
        "firstTimestamp": "2026-11-21T08:00:00Z", "lastTimestamp": "2026-11-21T08:00:00Z",
        "source": {"component": "rollouts-controller"},
    });
    json_patch::merge(&mut value, &patch);
    EventObject::deserialize(value).unwrap().into_event(&mut Interner::default())
}

fn line(patch: Value) -> Sighting {
    told(&event(patch), web(), &scene(), at(NOW))
}

/// The nth Event of a flood.
fn one(name: &str, nth: usize) -> Sighting {
    let time = at("2026-11-21T08:00:00Z") + jiff::SignedDuration::from_millis(nth.try_into().unwrap());
    let key = Key { namespace: "shop".into(), name: name.into() };
    Sighting { at: time, key, mark: format!("{name}-{nth}").into(), ..line(json!({})) }
}

#[test]
fn an_event_is_a_line_with_the_clusters_time_its_reason_and_its_words() {
    let line = line(json!({}));
    assert_eq!((line.at, line.dial), (at("2026-11-21T08:00:00Z"), Dial::Cluster));
    assert_eq!(line.source.word(), "event");
    assert_eq!(line.text.as_str(), "RolloutPaused: Rollout is paused (CanaryPauseStep)");
    assert_eq!((&*line.mark, line.count), ("e-1", 1));
}

#[test]
fn a_warning_says_so_and_what_is_about_a_run_names_the_run() {
    let warned =
        line(json!({"type": "Warning", "reason": "RolloutAborted", "message": "aborted revision 2"}));
    assert_eq!(warned.text.as_str(), "Warning RolloutAborted: aborted revision 2");
    let run =
        json!({"involvedObject": {"kind": "AnalysisRun", "name": "web-5f7d-2-1"}, "reason": "MetricFailed"});
    let text = line(run).text.to_string();
    assert_eq!(text, "MetricFailed: AnalysisRun web-5f7d-2-1: Rollout is paused (CanaryPauseStep)");
}

#[test]
fn an_event_that_repeats_is_one_line_with_its_count_however_it_is_counted() {
    for patch in [
        json!({"count": 3, "lastTimestamp": "2026-11-21T08:05:00Z"}),
        json!({"count": null, "lastTimestamp": null,
            "series": {"count": 3, "lastObservedTime": "2026-11-21T08:05:00.000000Z"}}),
    ] {
        let again = line(patch);
        assert_eq!(again.at, at("2026-11-21T08:05:00Z"));
        assert!(again.text.as_str().ends_with(" (3 times since 2026-11-21T08:00:00Z)"), "{}", again.text);
        let mut timeline = Timeline::default();
        timeline.see(line(json!({})));
        timeline.see(again.clone());
        // A list that is read anew tells what is known already.
        timeline.see(line(json!({})));
        let lines = timeline.lines(None, "");
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].text(), again.text);
        assert_eq!(timeline.take_unkept().seen, [again], "and waits to be kept once");
    }
}

#[test]
fn what_a_session_before_kept_is_no_news_and_what_was_said_since_is() {
    let mut timeline = Timeline::default();
    timeline.recall(vec![line(json!({}))], &[]);
    timeline.see(line(json!({})));
    assert!(timeline.take_unkept().is_empty());
    timeline.see(line(json!({"count": 2})));
    assert_eq!(timeline.take_unkept().seen.len(), 1);
    assert_eq!(timeline.lines(None, "").len(), 1);
}

#[test]
fn a_long_message_is_cut_and_made_safe_and_its_count_still_said() {
    let text = line(json!({"message": format!("\u{1b}[2J{}", "x".repeat(9000)), "count": 40})).text;
    assert!(text.as_str().chars().count() <= LONGEST && !text.as_str().contains('\u{1b}'), "{text}");
    assert!(text.as_str().ends_with(" (40 times since 2026-11-21T08:00:00Z)"), "{text}");
}

#[test]
fn an_event_without_any_time_has_the_time_at_which_it_was_heard() {
    let line = line(json!({"firstTimestamp": null, "lastTimestamp": "soon"}));
    assert_eq!((line.at, line.dial), (at(NOW), Dial::Ours));
}

#[test]
fn a_run_or_an_experiment_is_laid_to_the_known_rollout_by_which_argo_named_it() {
    let known = ["web", "web-api", "web-6789-7"];
    let whose = |name: &str| {
        let of = Key { namespace: "shop".into(), name: name.into() };
        event::owner(&of, |key| known.contains(&&*key.name)).map(|key| key.name.to_string())
    };
    for (name, owner) in [
        ("web-5f7d8c9bb4-2-1", Some("web")),
        ("web-5f7d8c9bb4-2-1.3", Some("web")),
        ("web-5f7d8c9bb4-2", Some("web")),
        ("web-5f7d8c9bb4-2.1", Some("web")),
        ("web-5f7d8c9bb4-2-pre", Some("web")),
        ("web-api-5f7d8c9bb4-2-0-success-rate", Some("web-api")),
        ("web-6789-7-5f7d8c9bb4-2", Some("web-6789-7")),
        ("other-5f7d8c9bb4-2", None),
        ("web-nightly", None),
        ("web", None),
    ] {
        assert_eq!(whose(name).as_deref(), owner, "{name}");
    }
}

#[test]
fn an_event_about_anything_else_is_nobodys() {
    let about = event(json!({"involvedObject": {"kind": "Service", "name": "web"}}));
    assert_eq!(about.rollout(|_| true), None);
}

#[test]
fn a_flood_about_one_rollout_pushes_out_its_own_events_and_no_others() {
    let mut timeline = Timeline::default();
    for name in ["api", "cart"] {
        (0..10).for_each(|nth| timeline.see(one(name, nth)));
    }
    for nth in 0..20_000 {
        timeline.see(one("web", nth));
    }
    let count =
        |name: &str| timeline.lines(Some(&Key { namespace: "shop".into(), name: name.into() }), "").len();
    assert_eq!((count("api"), count("cart"), count("web")), (10, 10, EACH));
    let newest = timeline.lines(Some(&web()), "");
    assert_eq!(newest.last().map(|line| line.at()), Some(one("web", 19_999).at));
    let unkept = timeline.take_unkept();
    assert_eq!(unkept.seen.len(), HELD);
    assert_eq!(usize::try_from(unkept.lost).unwrap(), 20_020 - HELD, "what could not wait is counted");
}

#[test]
fn of_all_rollouts_no_more_events_are_held_than_the_cap() {
    let mut timeline = Timeline::default();
    for nth in 0..SAID + 500 {
        timeline.see(one(&format!("r-{}", nth % 1000), nth));
    }
    let lines = timeline.lines(None, "");
    assert_eq!(lines.len(), SAID);
    assert_eq!(lines[0].at(), one("any", 500).at, "the oldest went");
}

#[test]
fn what_is_recalled_of_one_second_stands_in_the_order_in_which_it_was_heard() {
    let kept: Vec<Sighting> = (0..3).map(|nth| Sighting { at: at(NOW), ..one("web", nth) }).collect();
    let mut timeline = Timeline::default();
    timeline.recall(kept.clone(), &[]);
    let lines = timeline.lines(None, "");
    let all: Vec<Line<'_>> = kept.iter().map(Line::Seen).collect();
    assert_eq!(lines, all);
}
