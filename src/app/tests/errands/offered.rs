//! What is offered of a workflow, what stands in the way of it, and the way there and back.

use super::*;

#[test]
fn after_an_abort_the_newest_failed_run_and_its_failed_step_are_offered_first() {
    let mut world = listed(Terms::default());
    let choosing = world.app.choosing.as_ref().unwrap();
    assert_eq!(choosing.selected(), 2, "a new run, the one under way, then the failed one");
    world.press("o");
    let choosing = world.app.choosing.as_ref().unwrap();
    assert!(matches!(choosing.stage(), Stage::Steps(_, 2)) && choosing.selected() == 1);
    world.press("o");
    let request = errand(&world).request();
    assert_eq!(request.path, "/api/v1/workflow-runs/run-2/rerun");
    assert_eq!(request.body, r#"{"dry_run":false,"from_step":"pay"}"#);
    assert_eq!(errand(&world).key(), None);
}

#[test]
fn where_nothing_was_aborted_a_new_run_is_offered_first_and_no_other_is_taken_up() {
    let mut world = offered(Terms::default());
    world.tell(Delta::Seen(source(), rollout(11, "new", false)));
    world.press("o");
    world.press("W");
    world.event(told(Ok(runs())));
    assert_eq!(world.app.choosing.as_ref().unwrap().selected(), 0);
    world.press("down");
    world.press("down");
    world.press("o");
    assert!(said(&world).contains("not aborted"), "{}", said(&world));
    assert!(world.app.modal.is_none() && world.app.errands.on(&web()).is_none());
}

#[test]
fn what_still_runs_and_what_succeeded_is_not_taken_up() {
    for (keys, why) in [("up", "run-3 is running"), ("down", "run-1 is succeeded")] {
        let mut world = listed(Terms::default());
        world.press(keys);
        world.press("o");
        assert!(said(&world).contains(why), "{}", said(&world));
        assert!(matches!(world.app.choosing.as_ref().unwrap().stage(), Stage::Workflow(_)));
    }
}

#[test]
fn escape_goes_back_from_steps_to_runs_to_orders_and_stages_nothing() {
    let mut world = listed(Terms::default());
    world.press("o");
    world.press("esc");
    let choosing = world.app.choosing.as_ref().unwrap();
    assert!(
        matches!(choosing.stage(), Stage::Workflow(_)) && choosing.selected() == 2,
        "where one came from"
    );
    world.press("esc");
    assert!(matches!(world.app.choosing.as_ref().unwrap().stage(), Stage::Menu));
    world.press("esc");
    assert!(world.app.choosing.is_none() && world.app.errands.on(&web()).is_none());
}

#[test]
fn each_thing_that_is_missing_is_said_in_a_sentence_and_nothing_is_asked() {
    let refused = |change: fn(&mut World), why: &str| {
        let mut world = offered(Terms::default());
        change(&mut world);
        world.press("o");
        assert_eq!(world.press("W"), []);
        assert!(said(&world).contains(why), "{}", said(&world));
        assert!(matches!(world.app.choosing.as_ref().unwrap().stage(), Stage::Menu));
    };
    refused(|world| world.app.session.service = None, "No policy service is set up here.");
    refused(|world| by_gates(world, ""), "The gate policy frontend names no workflow.");
    refused(
        |world| by_gates(world, "applies_to: {names: [api]}\npolicy_service: {workflow: refunds}\n"),
        "No gate policy is meant for this Rollout",
    );
    refused(|world| world.app.session.policy = Policy::default().into(), "No rule allows run");
    refused(|world| world.app.session.policy = session(&["prod/shop"]).policy, "No rule allows run");
    refused(|world| world.app.unrecorded = Some("There is no ledger.".into()), "There is no ledger.");
    refused(|world| world.app.session.origin = Origin::Dump { path: "x".into(), dated: true }, "dump");
    refused(
        |world| {
            let at = world.now().wall;
            world.tell(Delta::Contact(source(), Contact::Retrying { why: "reset".into(), next: at }, at));
        },
        "not live",
    );
}

#[test]
fn a_rule_that_names_only_one_of_the_two_allows_only_that() {
    let mut world = listed(Terms::default());
    world.app.session.policy = Policy::new(vec![rule(&["run"], Terms::default())], Vec::new()).into();
    world.press("o");
    assert!(said(&world).contains("No rule allows rerun"), "{}", said(&world));
    world.press("up");
    world.press("up");
    world.press("o");
    assert!(world.app.modal.is_some(), "{}", said(&world));
}

#[test]
fn a_role_that_a_rule_wants_is_wanted_before_anything_is_asked() {
    let mut world = offered(Terms { roles: vec!["captain".to_owned()], ..Terms::default() });
    world.press("o");
    assert_eq!(world.press("W"), []);
    assert!(said(&world).contains("wants the role captain"), "{}", said(&world));
    world.app.session.role = Some("captain".into());
    assert_eq!(world.press("W").len(), 1);
}

#[test]
fn runs_that_come_too_late_or_of_another_workflow_open_nothing() {
    let mut world = offered(Terms::default());
    world.press("o");
    world.press("W");
    world.event(Event::Runs { key: web(), workflow: "others".into(), read: Ok(runs()) });
    assert!(matches!(world.app.choosing.as_ref().unwrap().stage(), Stage::Asking(_)));
    world.press("o");
    assert!(
        matches!(world.app.choosing.as_ref().unwrap().stage(), Stage::Asking(_)),
        "nothing is there to choose"
    );
    world.press("esc");
    world.event(told(Ok(runs())));
    assert!(matches!(world.app.choosing.as_ref().unwrap().stage(), Stage::Menu));
}

#[test]
fn runs_that_cannot_be_read_are_said_and_the_list_of_orders_is_back() {
    let mut world = offered(Terms::default());
    world.press("o");
    world.press("W");
    world.event(told(Err("connection refused".into())));
    assert_eq!(said(&world), "The runs of refunds could not be read: connection refused.");
    assert!(matches!(world.app.choosing.as_ref().unwrap().stage(), Stage::Menu));
}

#[test]
fn a_run_of_another_workflow_than_the_policy_names_is_not_taken_up() {
    let mut world = offered(Terms::default());
    world.press("o");
    world.press("W");
    world.event(told(Ok(vec![run("run-2", "failed", json!({"workflow_id": "payouts"}))])));
    world.press("o");
    world.press("o");
    assert!(said(&world).contains("no run of the workflow"), "{}", said(&world));
    assert!(world.app.modal.is_none());
}

#[test]
fn a_rule_for_runs_alone_makes_orders_possible_there_and_nowhere_else() {
    let world = offered(Terms::default());
    assert!(world.app.session.may_order(&web()), "so that the key for orders is offered");
    let mut elsewhere = session(&[]);
    let mut only = rule(&["run"], Terms::default());
    only.scope.namespaces = vec![Pattern::new("pay")];
    elsewhere.policy = Policy::new(vec![only], Vec::new()).into();
    assert!(!elsewhere.may_order(&web()));
}
