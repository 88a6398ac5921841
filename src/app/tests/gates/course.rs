//! What follows from a word: an abort that is proposed, lines in the timeline, and a canary that is followed to its end.

use super::*;

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
    world.millis += 301_000;
    world.event(Event::Tick);
    gather(&mut world, 1.0, 60);
    world.tell(Delta::Seen(source(), routed(11, 40, json!({"status": {"currentStepIndex": 3}}))));
    world.millis += 60_000;
    gather(&mut world, 5.0, 60);
    world.millis += 60_000;
    gather(&mut world, 1.0, 60);
    let lines = world.app.timeline.lines(Some(&web()), "source:gate");
    let words: Vec<String> = lines.iter().map(|line| line.text().to_string()).collect();
    let begins = [
        "gates cannot tell -> pass: all that this stage asks for is met",
        "gates pass -> cannot tell: there is no fresh judgement",
        "gates cannot tell -> pass: all that this stage asks for is met",
        "stage canary 1 -> canary 2: it has 40 % of the traffic",
        "gates pass -> cannot tell: latency: 16 of 50 points, counted since",
        "trigger error rate fires: 5.0 times",
        "gates cannot tell -> fail: 5.0 times",
        "trigger error rate no longer fires",
        "gates fail -> cannot tell: latency: 18 of 50 points",
    ];
    assert_eq!(words.len(), begins.len(), "{words:#?}");
    for (word, begin) in words.iter().zip(begins) {
        assert!(word.starts_with(begin), "{word}");
    }
    assert!(lines.iter().all(|line| line.source() == timeline::Source::Gate));
    // Looking back finds the stage again, and whose it was.
    let entered: Vec<Option<Entered>> = lines
        .iter()
        .map(|line| match line {
            timeline::Line::Seen(sighting) => Entered::read(&sighting.mark),
            timeline::Line::Order(_) => None,
        })
        .collect();
    assert_eq!(entered.iter().flatten().count(), 1);
    let entered = entered[3].as_ref().unwrap();
    let gate = world.app.gates.of(&web()).unwrap();
    let uid = &world.app.store.rollout(&web()).unwrap().meta.uid;
    assert_eq!((&entered.uid, &entered.canary), (uid, &gate.canary));
    assert_eq!((entered.from, entered.to), (Stage::First, Stage::Second));
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
fn the_business_cycle_ends_by_time_where_nothing_changes_any_more() {
    let mut world = gated();
    gather(&mut world, 1.0, 60);
    let since = world.now().wall;
    let healthy = [json!({"type": "Healthy", "status": "True", "lastTransitionTime": since.to_string()})];
    let stable = json!({"status": {"stableRS": "new", "phase": "Healthy", "currentStepIndex": 4,
        "pauseConditions": null, "controllerPause": false, "conditions": healthy}});
    world.tell(Delta::Seen(source(), routed(11, 100, stable)));
    let end = crate::gate::stage::end(&policy().ladder.cycle, since);
    assert!(world.app.wake().orders.is_some_and(|wake| wake <= end), "{:?}", world.app.wake());
    // The evidence grows old meanwhile, which has its own moment and must not be the last.
    world.millis += 301_000;
    world.event(Event::Tick);
    assert_eq!(world.app.wake().orders, Some(end));
    world.millis += u64::try_from(end.duration_since(world.now().wall).as_millis()).unwrap() - 1;
    world.event(Event::Tick);
    assert!(world.app.gates.of(&web()).is_some(), "it is watched to the last millisecond");
    world.millis += 1;
    world.event(Event::Tick);
    assert!(world.app.gates.of(&web()).is_none());
    let lines = world.app.timeline.lines(Some(&web()), "source:gate done");
    assert_eq!(lines[0].text().as_str(), "stage full -> done: it was watched through a business cycle");
    assert_eq!(world.app.wake().orders, None, "nothing is waited for any more");
}

#[test]
fn a_new_proposal_chimes_once_until_it_is_withdrawn_and_made_again() {
    let mut world = gated();
    let chimes = |world: &mut World, errors: f64| {
        world.millis += 60_000;
        gather(world, errors, 60).iter().filter(|effect| matches!(effect, Effect::Chime)).count()
    };
    let heard = [1.0, 5.0, 5.0, 1.0, 5.0].map(|errors| chimes(&mut world, errors));
    assert_eq!(heard, [0, 1, 0, 0, 1]);
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
