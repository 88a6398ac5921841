//! What changed while nobody looked: one line, between which two times, and nothing where nothing is known.

use serde_json::json;

use super::*;

const THEN: &str = "2026-11-20T17:30:00.25Z";

fn sight(rollout: &Rollout) -> Sight {
    Sight::of(rollout, &scene(), at(THEN))
}

#[test]
fn what_differs_is_told_in_one_line_with_the_two_times_between_which_it_happened() {
    let before = canary(0, json!({"metadata": {"annotations": {"rollout.argoproj.io/revision": "4"}}}));
    let after = canary(
        3,
        json!({"metadata": {"annotations": {"rollout.argoproj.io/revision": "6"}},
            "spec": {"template": {"spec": {"containers": [{"name": "app", "image": "web:3"}]}}},
            "status": {"abort": true, "phase": "Degraded"}}),
    );
    let line = sight(&before).differs(&after, at(NOW)).unwrap();
    assert_eq!(
        line.text.as_str(),
        "while away: revision 4 -> 6, phase Progressing -> Degraded, step 0 of 4 -> 3 of 4, aborted no -> yes, \
         images app=web:1 -> app=web:3; when is not known: between 2026-11-20T17:30:00Z and 2026-11-21T08:10:00Z"
    );
    assert_eq!((line.at, line.dial, line.source.word()), (at(NOW), Dial::Ours, "away"));
}

#[test]
fn what_stands_as_it_stood_tells_nothing() {
    let rollout = canary(1, json!({}));
    assert_eq!(sight(&rollout).differs(&rollout, at(NOW)), None);
    let counted = canary(1, json!({"metadata": {"resourceVersion": "99"}, "status": {"readyReplicas": 4}}));
    assert_eq!(sight(&rollout).differs(&counted, at(NOW)), None);
}

#[test]
fn a_fact_that_was_not_kept_is_no_change_and_facts_that_cannot_be_read_are_none() {
    let rollout = canary(1, json!({}));
    let older = Sight {
        facts: json!({"phase": "Progressing", "weight": "20", "what": "x"}).to_string(),
        ..sight(&rollout)
    };
    assert_eq!(older.differs(&rollout, at(NOW)), None);
    let torn = Sight { facts: "{\"phase\"".into(), ..sight(&rollout) };
    assert_eq!(torn.differs(&rollout, at(NOW)), None);
}

#[test]
fn another_object_of_the_same_name_is_said_to_be_one() {
    let after = canary(0, json!({"metadata": {"uid": "u-9"}}));
    let text = sight(&canary(0, json!({}))).differs(&after, at(NOW)).unwrap().text.to_string();
    assert!(text.starts_with("while away: deleted and made anew; when is not known"), "{text}");
}

#[test]
fn a_clock_that_was_set_back_makes_no_false_time() {
    let ahead = Sight { at: at("2027-01-01T00:00:00Z"), ..sight(&canary(0, json!({}))) };
    let text = ahead.differs(&canary(2, json!({})), at(NOW)).unwrap().text.to_string();
    assert!(text.ends_with("when is not known: before 2026-11-21T08:10:00Z"), "{text}");
}

#[test]
fn however_much_differs_when_is_still_said() {
    let long = "x".repeat(4000);
    let after =
        canary(0, json!({"spec": {"template": {"spec": {"containers": [{"name": "app", "image": long}]}}}}));
    let text = sight(&canary(0, json!({}))).differs(&after, at(NOW)).unwrap().text;
    assert!(text.as_str().chars().count() <= LONGEST);
    assert!(text.as_str().ends_with("and 2026-11-21T08:10:00Z"), "{text}");
}

#[test]
fn a_sight_is_handed_out_once_and_those_of_a_namespace_that_nobody_saw_together() {
    let mut timeline = Timeline::default();
    let named = |namespace: &str, name: &str| {
        let key = Key { namespace: namespace.into(), name: name.into() };
        Sight { key, ..sight(&canary(0, json!({}))) }
    };
    timeline.recall_sights(vec![named("shop", "web"), named("shop", "api"), named("other", "web")]);
    assert!(timeline.take_sight(&web()).is_some());
    assert_eq!(timeline.take_sight(&web()), None);
    let left: Vec<String> =
        timeline.take_sights(Some("shop")).iter().map(|sight| sight.key.name.to_string()).collect();
    assert_eq!(left, ["api"]);
    let missing = timeline.take_sights(None)[0].missing(at(NOW));
    assert!(
        missing.text.as_str().starts_with("while away: deleted; when is not known: between"),
        "{missing:?}"
    );
}
