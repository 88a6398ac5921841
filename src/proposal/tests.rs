//! What proposals are, how much of them is taken, and what may become of one.

use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::{Value, json};

use super::*;
use crate::operation;
use crate::rollout::Rollout;
use crate::rollout::delta::Object;
use crate::rollout::parse::{self, Interner};

fn now() -> Timestamp {
    "2026-11-21T08:10:00Z".parse().unwrap()
}

/// A canary that waits in the pause of step 1.
fn paused() -> Value {
    json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
        "metadata": {"name": "web", "namespace": "shop", "uid": "uid-web", "generation": 2, "resourceVersion": "7"},
        "spec": {"replicas": 5, "template": {"spec": {"containers": [{"name": "app", "image": "app:2"}]}},
            "strategy": {"canary": {"steps": [{"setWeight": 20}, {"pause": {}}, {"setWeight": 60}]}}},
        "status": {"phase": "Paused", "message": "CanaryPauseStep", "observedGeneration": "2",
            "currentPodHash": "new", "stableRS": "old", "currentStepIndex": 1, "controllerPause": true,
            "pauseConditions": [{"reason": "CanaryPauseStep", "startTime": "2026-11-21T08:00:00Z"}]},
    })
}

fn rollout(value: Value) -> Arc<Rollout> {
    match parse::from_value(value, &mut Interner::default()).unwrap() {
        Object::Rollout(rollout) => Arc::from(rollout),
        other => panic!("{other:?}"),
    }
}

fn target(name: &str) -> Target {
    Target {
        context: "prod".into(),
        server: "https://127.0.0.1:6443".into(),
        key: Key { namespace: "shop".into(), name: name.into() },
        uid: format!("uid-{name}").into(),
    }
}

fn draft(client: &str) -> Draft<'_> {
    Draft { reason: Some("error rate is flat"), client, version: "1.2", ..Draft::default() }
}

fn made(id: &str, (client, intent, name): (&str, Intent, &str), at: Timestamp) -> Proposed {
    Proposed::new(Id(id.into()), (intent, target(name)), &draft(client), Vec::new(), at).unwrap()
}

fn open(id: &str, (client, intent, name): (&str, Intent, &str), at: Timestamp) -> Kept {
    Kept { proposed: made(id, (client, intent, name), at), state: State::Open }
}

fn image(image: &str) -> Intent {
    Intent::SetImage { container: None, image: image.into() }
}

#[test]
fn a_proposal_that_is_written_and_read_again_is_the_same() {
    let intents = [
        Intent::Promote,
        Intent::PromoteTo { to: Aim::Weight(50) },
        Intent::PromoteTo { to: Aim::Step(3) },
        Intent::Undo { revision: None },
        Intent::Undo { revision: Some(4) },
        Intent::SetImage { container: Some("app".into()), image: "app:3".into() },
        Intent::Terminate { run: RunKind::Experiment, name: "web-1".into() },
        Intent::Cancel,
    ];
    for intent in intents {
        let hostile = Draft {
            reason: Some("a\u{1b}[31m \u{202e}b\\ \u{200b}\nyes: \"ok\""),
            evidence: vec!["https://grafana.example/d/1", "é\u{301}\u{301}\u{301}\u{301}"],
            saw: vec![("step index", "1"), ("mood", "")],
            client: "claude \u{7}",
            version: "",
            stands: None,
        };
        let made =
            Proposed::new(Id("1".into()), (intent, target("web")), &hostile, Vec::new(), now()).unwrap();
        let read = Proposed::from_json(made.id.clone(), &made.to_json());
        assert_eq!(read, Some(made));
    }
    assert_eq!(Proposed::from_json(Id("1".into()), "{}"), None);
}

#[test]
fn words_of_an_agent_are_one_line_without_escapes_and_cannot_close_their_quotes() {
    let raw = "fine\" \u{1b}]0;x\u{7}\r\n\u{202e}gates: pass “so press y”";
    let said = Said::new("reason", raw, said::REASON).unwrap();
    let quoted = said.quoted().to_string();
    assert_eq!(quoted.matches('"').count(), 2, "{quoted}");
    assert!(!quoted.contains(['“', '”', '\n', '\r', '\u{1b}', '\u{7}', '\u{202e}']), "{quoted}");
    assert!(quoted.contains("gates: pass 'so press y'"), "{quoted}");
}

#[test]
fn words_that_are_missing_or_too_long_are_refused_and_nothing_is_cut_in_silence() {
    let refused = |reason: &str| {
        let draft = Draft { reason: Some(reason), ..draft("claude") };
        Proposed::new(Id("1".into()), (Intent::Promote, target("web")), &draft, Vec::new(), now())
            .unwrap_err()
    };
    assert_eq!(refused(" \n ").to_string(), "the reason is missing: say it in plain words");
    let long = "x".repeat(281);
    assert_eq!(refused(&long).to_string(), "the reason has 281 characters; 280 is the most");
    // What is hidden counts as it is shown.
    assert!(matches!(refused(&"\u{202e}".repeat(200)), Refused::TooLong { .. }));
    assert!(matches!(refused(&"y".repeat(1 << 20)), Refused::TooLong { .. }));
    let many = Draft { evidence: vec!["graph"; 9], ..draft("claude") };
    let refused = Proposed::new(Id("1".into()), (Intent::Promote, target("web")), &many, Vec::new(), now());
    assert_eq!(refused.unwrap_err().to_string(), "there are 9 evidence; 8 is the most");
}

#[test]
fn arguments_that_could_read_like_a_sentence_are_refused() {
    for bad in ["app:2 is safe, press y", "", "a\u{202e}b", "app:\"2\"", "app\n2"] {
        let refused =
            Proposed::new(Id("1".into()), (image(bad), target("web")), &draft("claude"), Vec::new(), now());
        assert_eq!(refused.unwrap_err(), Refused::Argument("image"), "{bad:?}");
    }
    let to = |to| Intent::PromoteTo { to };
    for (intent, what) in [
        (to(Aim::Weight(-1)), "weight"),
        (to(Aim::Step(-1)), "step"),
        (Intent::Undo { revision: Some(0) }, "revision"),
    ] {
        let refused =
            Proposed::new(Id("1".into()), (intent, target("web")), &draft("claude"), Vec::new(), now());
        assert_eq!(refused.unwrap_err(), Refused::Argument(what));
    }
}

#[test]
fn the_time_that_an_agent_asks_for_is_kept_within_its_limits() {
    let stands = |stands| {
        let draft = Draft { stands, ..draft("claude") };
        let made = Proposed::new(Id("1".into()), (Intent::Promote, target("web")), &draft, Vec::new(), now());
        made.unwrap().expires_at.duration_since(now())
    };
    assert_eq!(stands(None), STANDS);
    assert_eq!(stands(Some(SignedDuration::from_hours(900))), LONGEST);
    assert_eq!(stands(Some(SignedDuration::from_secs(-5))), SHORTEST);
}

#[test]
fn the_same_proposal_is_answered_with_the_one_that_is_open() {
    let kept = [open("1", ("claude", Intent::Promote, "web"), now())];
    let again = made("2", ("claude", Intent::Promote, "web"), now());
    assert_eq!(limits::admit(&again, &kept, now()), Ok(Admitted::Known(Id("1".into()))));
    for other in [
        ("cursor", Intent::Promote, "web"),
        ("claude", Intent::Pause, "web"),
        ("claude", Intent::Promote, "api"),
    ] {
        assert_eq!(limits::admit(&made("2", other, now()), &kept, now()), Ok(Admitted::New));
    }
    let denied = State::Denied { at: now(), by: "ada".into(), reason: "no".into() };
    let kept = kept.map(|kept| Kept { state: denied.clone(), ..kept });
    assert_eq!(
        limits::admit(&again, &kept, now()),
        Ok(Admitted::New),
        "what is decided may be proposed again"
    );
}

#[test]
fn a_client_a_rollout_and_all_together_may_have_only_so_many_open() {
    let of_client: Vec<Kept> = (0..3)
        .map(|nth| open(&nth.to_string(), ("claude", Intent::Promote, &format!("r{nth}")), now()))
        .collect();
    let refused = limits::admit(&made("n", ("claude", Intent::Promote, "new"), now()), &of_client, now());
    assert_eq!(refused, Err(Refused::Open { whose: "of this client", most: 3 }));
    let on_rollout: Vec<Kept> = (0..3)
        .map(|nth| open(&nth.to_string(), (&format!("c{nth}"), Intent::Promote, "web"), now()))
        .collect();
    let refused = limits::admit(&made("n", ("new", Intent::Promote, "web"), now()), &on_rollout, now());
    assert_eq!(refused, Err(Refused::Open { whose: "on this Rollout", most: 3 }));
    let many = |count: usize| -> Vec<Kept> {
        (0..count)
            .map(|nth| {
                open(&nth.to_string(), (&format!("c{nth}"), Intent::Promote, &format!("r{nth}")), now())
            })
            .collect()
    };
    let new = made("n", ("new", Intent::Promote, "new"), now());
    assert_eq!(limits::admit(&new, &many(31), now()), Ok(Admitted::New));
    assert_eq!(limits::admit(&new, &many(32), now()), Err(Refused::Open { whose: "", most: 32 }));
}

#[test]
fn a_client_may_make_only_so_many_within_a_minute_even_if_none_stays_open() {
    let withdrawn = State::Withdrawn { at: now() };
    let kept: Vec<Kept> = (0..10)
        .map(|nth| Kept {
            state: withdrawn.clone(),
            ..open(&nth.to_string(), ("claude", Intent::Promote, &format!("r{nth}")), now())
        })
        .collect();
    let new = made("n", ("claude", Intent::Promote, "new"), now());
    assert_eq!(limits::admit(&new, &kept, now()), Err(Refused::Often { whose: "of this client", most: 10 }));
    let later = now() + 60.seconds();
    assert_eq!(limits::admit(&new, &kept, later), Ok(Admitted::New));
}

fn taken(operation: &str) -> State {
    State::Taken { at: now(), by: "ada".into(), operation: operation::Id(operation.into()) }
}

#[test]
fn every_event_meets_every_state_and_only_a_person_decides() {
    let by = || Printable::from("ada");
    let id = || operation::Id("op".into());
    let events = [
        Event::Taken { by: by(), operation: id() },
        Event::PutBack { operation: id() },
        Event::Approved { by: by(), operation: id() },
        Event::Denied { by: by(), reason: "no".into() },
        Event::Withdrawn,
    ];
    let states = [
        (State::Open, ["taken", "-", "approved", "denied", "withdrawn"]),
        (taken("op"), ["-", "open", "approved", "denied", "-"]),
        (taken("another"), ["-", "-", "-", "denied", "-"]),
        (State::Approved { at: now(), by: by(), operation: id() }, ["-"; 5]),
        (State::Denied { at: now(), by: by(), reason: "no".into() }, ["-"; 5]),
        (State::Expired { at: now() }, ["-"; 5]),
        (State::Withdrawn { at: now() }, ["-"; 5]),
    ];
    for (state, ends) in states {
        for (event, end) in events.iter().zip(ends) {
            let became = state.clone().on(event.clone(), now());
            let word = became.as_ref().map_or("-", State::word);
            assert_eq!(word, end, "{state:?} {event:?}");
        }
    }
}

#[test]
fn what_nobody_decided_expires_and_what_was_left_lying_is_open_again() {
    let expires = now() + 10.minutes();
    assert_eq!(State::Open.at(now(), expires), State::Open);
    assert_eq!(State::Open.at(expires, expires), State::Expired { at: expires });
    let held = taken("op");
    assert_eq!(held.clone().at(now() + 4.minutes(), now() + 1.minute()), held, "a confirmation may be open");
    assert_eq!(held.clone().at(now() + 5.minutes(), expires), State::Open);
    assert_eq!(held.at(now() + 5.minutes(), now() + 1.minute()), State::Expired { at: now() + 1.minute() });
    let denied = State::Denied { at: now(), by: "ada".into(), reason: "no".into() };
    assert_eq!(denied.clone().at(now() + 99.hours(), expires), denied);
}

#[test]
fn what_an_agent_saw_is_compared_by_name_with_what_is_true_now() {
    let before = rollout(paused());
    let saw = facts::told(&before);
    assert!(differences(&saw, &before).is_empty());
    let mut later = paused();
    later["status"]["currentStepIndex"] = json!(2);
    later["status"]["pauseConditions"] = json!(null);
    later["status"]["controllerPause"] = json!(false);
    later["status"]["phase"] = json!("Progressing");
    let changed: Vec<String> = differences(&saw, &rollout(later))
        .into_iter()
        .map(|change| format!("{}: {} -> {}", change.name, change.was, change.is))
        .collect();
    assert_eq!(
        changed,
        [
            "phase: Paused -> Progressing",
            "weight: 20 -> 60",
            "step index: 1 -> 2",
            "pause: CanaryPauseStep since 2026-11-21T08:00:00Z -> none",
        ]
    );
}

#[test]
fn a_fact_that_only_the_agent_names_is_neither_equal_nor_different() {
    let claimed = Shown { name: "gates".into(), value: "all pass".into() };
    let compared = compare(std::slice::from_ref(&claimed), &rollout(paused()));
    let strange = compared.last().unwrap();
    assert_eq!((&strange.name, &strange.now, strange.differs()), (&claimed.name, &None, false));
    assert!(compared.iter().all(|fact| !fact.differs()));
}

#[test]
fn an_order_that_makes_no_sense_is_refused_with_the_sentence_that_a_person_gets() {
    let web = rollout(paused());
    let judged =
        |intent: &Intent| sense::judge(intent, &web, Some(&[]), now()).map_err(|why| why.to_string());
    assert_eq!(judged(&Intent::Promote), Ok(()));
    for (intent, order) in
        [(Intent::Retry, operation::Order::Retry), (Intent::Resume, operation::Order::Resume)]
    {
        let person = operation::stage::course(&order, &web, now()).unwrap_err().to_string();
        assert_eq!(judged(&intent), Err(person));
    }
    assert_eq!(
        judged(&image("app:2")).unwrap_err(),
        "Container app already has that image. To have its pods made anew, restart; to go to another version, name another image."
    );
    assert_eq!(judged(&image("app:3")), Ok(()));
    let gone = Intent::Terminate { run: RunKind::AnalysisRun, name: "x".into() };
    assert!(judged(&gone).unwrap_err().starts_with("No AnalysisRun x of this Rollout is known."));
}
