//! An order to the policy service once it was acknowledged: recorded, posted once, looked for, told.

use super::*;

#[test]
fn a_run_is_begun_recorded_first_posted_once_and_ends_when_it_is_seen() {
    let mut world = begun(Terms::default());
    let effects = acknowledge(&mut world);
    let body = of(&effects, "acknowledged").unwrap();
    assert_eq!(body["request"]["path"], "/api/v1/workflows/refunds/runs");
    assert_eq!(body["target"]["service"], "https://cordum.example");
    assert_eq!(body["target"]["server"], "https://127.0.0.1:6443");
    assert_eq!(posts(&effects), 0, "the ledger has not answered");
    assert_eq!(posts(&tell(&mut world, errand::Event::Recorded { entry: 1 })), 1);
    assert_eq!(posts(&tell(&mut world, errand::Event::Recorded { entry: 1 })), 0, "never a second time");
    assert!(world.app.is_awaiting());
    let named = Reply::Named { run: "run-9".into() };
    let effects = tell(&mut world, errand::Event::Answered(named));
    assert!(of(&effects, "accepted").is_some());
    assert!(matches!(effects.last(), Some(Effect::Errand(_, errand::Command::Read(id))) if **id == *"run-9"));
    assert!(!world.app.is_awaiting(), "its outcome is known: only its run is not seen yet");
    let seen = errand::Event::Seen(Box::new(run("run-9", "running", json!({}))));
    assert!(of(&tell(&mut world, seen), "observed").is_some());
    world.press("esc");
    assert_eq!(world.notice(), "run shop/web: done: the run run-9 is there, running");
}

#[test]
fn closing_the_confirmation_of_what_is_under_way_takes_nothing_back_and_leaving_waits_for_it() {
    let mut world = sent(begun(Terms::default()));
    assert!(world.app.is_awaiting());
    assert_eq!(world.press("esc"), []);
    assert_eq!(word(&world), "sent");
    assert!(world.app.is_awaiting());
    tell(&mut world, errand::Event::Answered(Reply::Unknown { why: "reset".into() }));
    assert!(world.app.is_awaiting(), "whether it was done is not known");
}

#[test]
fn while_one_is_under_way_no_other_is_staged_and_an_abort_still_is() {
    let mut world = sent(begun(Terms::default()));
    world.press("esc");
    world.press("o");
    assert_eq!(world.press("W"), []);
    assert!(said(&world).contains("run is still under way here"), "{}", said(&world));
    world.press("esc");
    world.tell(Delta::Seen(source(), rollout(13, "new", false)));
    world.app.session.policy = session(&["prod/shop"]).policy;
    world.press("x");
    assert!(world.app.modal.is_some(), "{}", world.notice());
}

#[test]
fn a_doubt_is_looked_into_and_never_posted_again_and_its_own_key_tells() {
    let mut world = sent(begun(Terms::default()));
    let effects = tell(&mut world, errand::Event::Answered(Reply::Unknown { why: "reset".into() }));
    assert!(of(&effects, "in-doubt").is_some());
    let mut looks = 0;
    for _ in 0..20 {
        let effects = world.wait(1_000);
        assert_eq!(posts(&effects), 0);
        looks +=
            effects.iter().filter(|it| matches!(it, Effect::Errand(_, errand::Command::List(_)))).count();
    }
    assert_eq!(looks, 4, "every five seconds");
    let key = errand(&world).key().unwrap().to_owned();
    let own = run("run-9", "failed", json!({"idempotency_key": key}));
    let effects = tell(&mut world, errand::Event::Listed(vec![own]));
    assert!(of(&effects, "observed").is_some());
    assert!(!world.app.is_awaiting());
}

#[test]
fn a_rerun_whose_answer_is_lost_stays_a_doubt_that_a_person_is_told_of() {
    let mut world = sent(taken_up());
    world.press("esc");
    tell(&mut world, errand::Event::Answered(Reply::Unknown { why: "reset".into() }));
    let other = run("run-9", "running", json!({"rerun_of": "run-2", "rerun_step": "pay"}));
    tell(&mut world, errand::Event::Listed(vec![other]));
    assert_eq!(word(&world), "unclear");
    assert!(
        world.notice().contains("cannot be told") && world.app.notice.as_ref().unwrap().bad,
        "{}",
        world.notice()
    );
    world.millis += 600_000;
    assert!(world.app.news(&web(), world.now().wall).is_some(), "it stays news until it is replaced");
}

#[test]
fn what_was_acknowledged_before_the_machine_slept_is_not_posted_after_it() {
    let mut world = begun(Terms::default());
    assert!(of(&acknowledge(&mut world), "acknowledged").is_some());
    (world.slept, world.set_back) = (Duration::from_secs(131), Duration::from_secs(129));
    assert_eq!(posts(&tell(&mut world, errand::Event::Recorded { entry: 1 })), 0);
    assert_eq!(word(&world), "denied");
}

#[test]
fn a_ledger_that_fails_posts_nothing() {
    let mut world = begun(Terms::default());
    acknowledge(&mut world);
    let effects = tell(&mut world, errand::Event::RecordFailed { entry: 1, why: "disk full".into() });
    assert_eq!((posts(&effects), word(&world)), (0, "denied"));
    world.press("esc");
    assert!(world.notice().contains("disk full"), "{}", world.notice());
}

#[test]
fn what_was_ordered_is_told_in_the_timeline_in_its_own_words() {
    let mut world = sent(begun(Terms::default()));
    tell(&mut world, errand::Event::Answered(Reply::Named { run: "run-9".into() }));
    let lines = |world: &World| {
        let lines = world.app.timeline.lines(Some(&web()), "");
        let orders = lines.into_iter().filter_map(|line| match line {
            crate::timeline::Line::Order(order) => Some(order.sentence().to_string()),
            crate::timeline::Line::Seen(_) => None,
        });
        orders.collect::<Vec<_>>()
    };
    let [line] = &*lines(&world) else { panic!() };
    assert!(
        line.starts_with("run by ada: accepted; its run was not seen yet") && line.contains("run-9"),
        "{line}"
    );
    tell(&mut world, errand::Event::Seen(Box::new(run("run-9", "succeeded", json!({})))));
    let [line] = &*lines(&world) else { panic!() };
    assert!(line.contains("done: its run is there") && line.contains("run-9, succeeded"), "{line}");
}
