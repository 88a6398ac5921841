use super::*;
use crate::report::status::StatusWatch;
use crate::rollout::Rollout;
use crate::rollout::delta::Object;
use crate::rollout::parse::{self, Interner};

fn standing(phase: &str, message: &str) -> Rollout {
    let value = serde_json::json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": "web"},
        "status": {"phase": phase, "message": message},
    });
    match parse::from_value(value, &mut Interner::default()) {
        Some(Object::Rollout(rollout)) => *rollout,
        other => panic!("not a rollout: {other:?}"),
    }
}

fn seen(watch: &mut StatusWatch, phase: &str, message: &str) -> (Option<String>, bool) {
    let observed = watch.observe(&standing(phase, message));
    (observed.line, observed.done)
}

fn line(text: &str) -> Option<String> {
    Some(format!("{text}\n"))
}

#[test]
fn a_watch_says_each_change_once_and_ends_well_when_healthy() {
    let mut watch = StatusWatch::default();
    assert_eq!(seen(&mut watch, "Progressing", "more"), (line("Progressing - more"), false));
    assert_eq!(seen(&mut watch, "Progressing", "more"), (None, false));
    assert_eq!(seen(&mut watch, "Paused", "CanaryPauseStep"), (line("Paused - CanaryPauseStep"), false));
    assert_eq!(seen(&mut watch, "Progressing", "more"), (line("Progressing - more"), false));
    assert_eq!(seen(&mut watch, "Healthy", ""), (line("Healthy"), true));
    assert_eq!(watch.end(), Answer::default());
}

#[test]
fn a_watch_ends_badly_when_degraded_with_the_message_also_in_its_line() {
    let mut watch = StatusWatch::default();
    assert_eq!(
        seen(&mut watch, "Degraded", "RolloutAborted: x"),
        (line("Degraded - RolloutAborted: x"), true)
    );
    let end = watch.end();
    assert_eq!(end.err, "Error: The rollout is in a degraded state with message: RolloutAborted: x\n");
    assert_eq!((end.out.as_str(), end.code), ("", 1));
}

#[test]
fn a_watch_that_is_cut_short_ends_badly_also_on_a_pause() {
    let mut watch = StatusWatch::default();
    seen(&mut watch, "Paused", "CanaryPauseStep");
    let end = watch.end();
    assert_eq!((end.err.as_str(), end.code), ("Error: Rollout status watch exceeded timeout\n", 1));
    assert_eq!(StatusWatch::default().end(), end);
}

#[test]
fn a_word_of_a_newer_controller_is_said_as_it_is() {
    let told = status::text(&standing("Simmering", "slowly"));
    assert_eq!(told, Answer::told("Simmering - slowly\n".to_owned()));
    let mut watch = StatusWatch::default();
    assert_eq!(seen(&mut watch, "Simmering", ""), (line("Simmering"), false));
}

#[test]
fn one_look_says_the_message_only_where_the_rollout_is_not_done() {
    assert_eq!(status::text(&standing("Healthy", "odd")).out, "Healthy\n");
    assert_eq!(status::text(&standing("Degraded", "bad")).out, "Degraded\n");
    assert_eq!(status::text(&standing("Progressing", "")).out, "Progressing - \n");
}

#[test]
fn one_look_fails_only_when_degraded() {
    let code = |phase| status::text(&standing(phase, "m")).code;
    assert_eq!(["Healthy", "Progressing", "Paused", "Degraded"].map(code), [0, 0, 0, 1]);
}

#[test]
fn timeouts_are_go_durations_and_zero_means_none() {
    let seconds = |text: &str| status::timeout(text).map(|it| it.map(|it| it.as_secs_f64()));
    assert_eq!(seconds("90s"), Ok(Some(90.0)));
    assert_eq!(seconds("1h30m"), Ok(Some(5400.0)));
    assert_eq!(seconds("500ms"), Ok(Some(0.5)));
    assert_eq!(seconds("0"), Ok(None));
    assert_eq!(seconds("0s"), Ok(None));
    for wrong in ["-5s", "90", "", "5 m", "soon", "1d"] {
        assert!(seconds(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn columns_are_as_wide_as_their_widest_cell_in_characters_and_the_last_is_not_padded() {
    let rows = [["a", "é", "x"], ["ccc", "", "yy"]].map(|row| row.map(str::to_owned));
    assert_eq!(table::lay(&rows), "a    é  x\nccc     yy\n");
    assert_eq!(table::lay::<2>(&[]), "");
}

#[test]
fn a_rollout_in_short_has_fields_of_the_whole_with_the_same_values() {
    let now = "2026-11-21T08:58:00Z".parse().unwrap();
    let fleet: serde_json::Value =
        serde_json::from_str(include_str!("../../tests/fixtures/fleet.json")).unwrap();
    let mut seen = 0;
    for item in fleet["items"].as_array().unwrap() {
        let Some(Object::Rollout(rollout)) = parse::from_value(item.clone(), &mut Interner::default()) else {
            continue;
        };
        let (brief, whole) = (value::brief(&rollout, now), value::summary(&rollout, now));
        let names: Vec<&str> = brief.as_object().unwrap().keys().map(String::as_str).collect();
        let expected = [
            "aborted",
            "created_at",
            "images",
            "message",
            "name",
            "namespace",
            "paused_by_hand",
            "phase",
            "promoting_fully",
            "replicas",
            "revision",
            "step",
            "strategy",
            "uid",
            "waits_for",
            "weight",
        ];
        assert_eq!(names, expected);
        for name in names {
            assert_eq!(brief[name], whole[name], "{name}");
        }
        seen += 1;
    }
    assert!(seen > 5, "{seen}");
}
