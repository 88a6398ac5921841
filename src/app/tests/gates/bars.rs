//! What a promotion takes beside its rule, by the word of its gate, and what voids a confirmation that was opened on a better one.

use super::*;

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
fn a_promotion_to_the_end_takes_what_the_stages_ask_for_that_it_passes_over() {
    let ruling = |world: &World, kind| {
        let rollout = world.app.store.rollout(&web()).unwrap().clone();
        world.app.ruling(kind, &rollout, world.now().wall).unwrap()
    };
    let beside = |at, ours: f64, theirs: f64| Evidence::Series {
        canary: around(at, ours, 60),
        stable: around(at, theirs, 60),
        of: of(at),
    };
    let lenient = format!("{POLICY}groups: {{errors: 95, latency: 5}}\n");
    let mut world = gated_by(vec![file::read(&lenient, "frontend").unwrap()], json!({}));
    let at = world.now().wall;
    bring(&mut world, vec![beside(at, 1.0, 1.0), beside(at, 240.0, 120.0)]);
    assert_eq!(ruling(&world, Kind::Promote).word, Word::Pass, "canary 1 asks for the score alone");
    let full = ruling(&world, Kind::PromoteFull);
    assert_eq!((full.word, full.bar()), (Word::Fail, Bar::Override));
    assert!(full.why.as_str().starts_with("a leap takes what canary 2 asks for, latency: "), "{}", full.why);
    let rollout = world.app.store.rollout(&web()).unwrap().clone();
    let recorded = world.app.judged(Kind::PromoteFull, &rollout, world.now().wall).unwrap().record;
    assert_eq!((&recorded["word"], &recorded["why"]), (&json!("fail"), &json!(full.why.as_str())));

    let simulated = format!("{POLICY}policy_service: {{topic: job.refund}}\n");
    let mut world = gated_by(vec![file::read(&simulated, "frontend").unwrap()], json!({}));
    world.tell(Delta::Seen(source(), routed(11, 0, json!({}))));
    let policy = world.app.gates.shelf().policies()[0].clone();
    let at = world.now().wall;
    let why: crate::text::Printable = "it has no traffic".into();
    let missing = || Evidence::Missing { why: why.clone(), of: of(at) };
    world.event(Event::Gathered(Box::new(Gathered {
        key: web(),
        hash: "new".into(),
        policy,
        at,
        evidence: vec![missing(), missing()],
        simulation: Some(crate::gate::stage::Outcome::Met),
        reasons: Some(Ok(Vec::new())),
        approvals: None,
    })));
    assert_eq!(ruling(&world, Kind::Promote).word, Word::Pass, "on to its first traffic");
    assert_eq!(ruling(&world, Kind::PromoteTo).word, Word::CannotTell);
    let full = ruling(&world, Kind::PromoteFull);
    assert_eq!((full.word, full.bar()), (Word::CannotTell, Bar::Override));
    let why = full.why.as_str();
    assert!(
        why.starts_with("a leap takes what canary 2 asks for, ") && why.ends_with("it has no traffic"),
        "{why}"
    );
}
