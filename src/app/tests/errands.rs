//! Orders to the policy service in a person's hands: what is offered, what stages one, what voids it, what goes out and how often.

use serde_json::json;

use super::approval::type_text;
use super::*;
use crate::app::choosing::Stage;
use crate::app::orders::Told;
use crate::app::session::Service;
use crate::gate::Shelf;
use crate::gate::policy::file;
use crate::operation::errand::{self, Reply, Run};
use crate::operation::policy::{Pattern, Policy, Rule, Scope, Terms};
use crate::operation::unsettled::{Ordered, Owner, Standing, Unsettled};
use crate::operation::{Id, Reason};
use crate::rollout::delta::Object;
use crate::rollout::parse::{self, Interner};

const GATES: &str = "\
rollout_gates:
  min_data_points_per_metric: 50
  score: {pass: 95, marginal: 75}
metrics:
  - name: errors
    query: errors{hash=\"{{canary}}\"}
    direction: increase
    groups: [errors]
";

fn web() -> Key {
    Key { namespace: "shop".into(), name: "web".into() }
}

fn rule(operations: &[&str], terms: Terms) -> Rule {
    let operations = operations.iter().map(|word| Pattern::new(*word)).collect();
    Rule { scope: Scope { operations, ..Scope::default() }, terms: Some(terms), line: Some(9) }
}

/// The Rollout whose canary has pods of this hash.
fn rollout(version: u64, hash: &str, aborted: bool) -> Object {
    let value = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
        "metadata": {"name": "web", "namespace": "shop", "uid": "uid-web", "generation": 2,
            "resourceVersion": version.to_string(), "creationTimestamp": "2026-11-20T08:00:00Z"},
        "spec": {"replicas": 5, "template": {"spec": {"containers": [{"name": "app", "image": "app:2"}]}},
            "strategy": {"canary": {"steps": [{"setWeight": 20}, {"pause": {}}]}}},
        "status": {"phase": "Degraded", "observedGeneration": "2", "currentPodHash": hash, "stableRS": "old",
            "currentStepIndex": 0, "abort": aborted},
    });
    parse::from_value(value, &mut Interner::default()).unwrap()
}

fn run(id: &str, status: &str, more: serde_json::Value) -> Run {
    let mut value = json!({"id": id, "workflow_id": "refunds", "status": status,
        "steps": {"check": {"status": "succeeded"}, "pay": {"status": "failed"}}});
    json_patch::merge(&mut value, &more);
    Run::read(&value).unwrap()
}

fn runs() -> Vec<Run> {
    vec![
        run("run-3", "running", json!({})),
        run("run-2", "failed", json!({})),
        run("run-1", "succeeded", json!({})),
    ]
}

/// An aborted Rollout, a policy service, a gate policy that names a workflow, and a rule of those terms.
fn offered(terms: Terms) -> World {
    let mut world = World::unheard(&[]);
    world.app.session.policy = Policy::new(vec![rule(&["run", "rerun"], terms)], Vec::new()).into();
    world.app.session.service = Some(Service { url: "https://cordum.example".into(), tenant: "shop".into() });
    by_gates(&mut world, "policy_service: {workflow: refunds}\n");
    world.tell(Delta::Begin(source()));
    world.tell(Delta::Seen(source(), rollout(10, "new", true)));
    world.tell(Delta::Done(source()));
    let at = world.now().wall;
    world.tell(Delta::Contact(source(), Contact::Live, at));
    world.draw();
    world
}

fn by_gates(world: &mut World, more: &str) {
    let policy = file::read(&format!("{GATES}{more}"), "frontend").unwrap();
    world.app.gates = Gates::by(Shelf::of(vec![policy]));
}

fn told(read: Result<Vec<Run>, Printable>) -> Event {
    Event::Runs { key: web(), workflow: "refunds".into(), read }
}

/// Asks for the runs and lets them be read.
fn listed(terms: Terms) -> World {
    let mut world = offered(terms);
    world.press("o");
    assert_eq!(world.press("W"), [Effect::ReadRuns { key: web(), workflow: "refunds".into() }]);
    assert_eq!(world.event(told(Ok(runs()))), []);
    world.draw();
    world
}

/// Opens the confirmation of a new run.
fn begun(terms: Terms) -> World {
    let mut world = listed(terms);
    world.press("up");
    world.press("up");
    assert_eq!(world.press("o"), []);
    assert!(world.app.modal.is_some(), "{:?}", said(&world));
    world
}

/// Opens the confirmation of a run that is taken up again.
fn taken_up() -> World {
    let mut world = listed(Terms::default());
    world.press("o");
    world.press("o");
    assert!(world.app.modal.is_some(), "{:?}", said(&world));
    world
}

fn said(world: &World) -> String {
    let said = world.app.choosing.as_ref().and_then(|choosing| choosing.said().cloned());
    said.map(|said| said.to_string()).unwrap_or_default()
}

fn errand(world: &World) -> &errand::Errand {
    world.app.errands.on(&web()).unwrap()
}

fn word(world: &World) -> &'static str {
    errand(world).state().word()
}

fn of(effects: &[Effect], event: &str) -> Option<serde_json::Value> {
    effects.iter().find_map(|effect| match effect {
        Effect::Errand(_, errand::Command::Record(entry)) if &*entry.event == event => {
            serde_json::from_str(&entry.body).ok()
        }
        _ => None,
    })
}

fn posts(effects: &[Effect]) -> usize {
    effects.iter().filter(|effect| matches!(effect, Effect::Errand(_, errand::Command::Send(_)))).count()
}

fn tell(world: &mut World, event: errand::Event) -> Vec<Effect> {
    let id = errand(world).id().clone();
    world.event(Event::Errand(id, event))
}

/// Acknowledges what the confirmation shows.
fn acknowledge(world: &mut World) -> Vec<Effect> {
    world.wait(500);
    assert!(world.app.modal.as_ref().unwrap().is_armed());
    world.press("y");
    world.wait(40)
}

/// Acknowledges and has it recorded, so that it is sent.
fn sent(mut world: World) -> World {
    let effects = acknowledge(&mut world);
    assert!(of(&effects, "acknowledged").is_some() && posts(&effects) == 0, "{effects:?}");
    assert_eq!(posts(&tell(&mut world, errand::Event::Recorded { entry: 1 })), 1);
    world
}

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
fn name_and_reason_are_typed_where_the_rule_wants_them_and_are_recorded() {
    let mut world = begun(Terms { name: true, reason: true, ..Terms::default() });
    world.app.session.role = Some("captain".into());
    assert_eq!(world.app.place(), Place::Typing);
    world.event(Event::Paste("web".to_owned()));
    assert!(world.app.modal.as_ref().unwrap().was_too_fast(), "a name is typed, not pasted");
    type_text(&mut world, "web");
    type_text(&mut world, "refunds are late");
    world.press("enter");
    let body = of(&acknowledge(&mut world), "acknowledged").unwrap();
    assert_eq!((&body["reason"], &body["role"]), (&json!("refunds are late"), &json!("captain")));
    let said = errand(&world).said().unwrap();
    assert_eq!(said.reason.as_ref().map(Reason::text), Some(&"refunds are late".into()));
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
fn a_paste_enter_space_and_type_ahead_acknowledge_nothing() {
    let mut world = begun(Terms::default());
    world.wait(500);
    for paste in ["y", "y\ny"] {
        world.event(Event::Paste(paste.to_owned()));
        assert_eq!(world.wait(40), []);
    }
    world.draw();
    for key in ["enter", "space", "o", "f", "p"] {
        world.press(key);
        assert_eq!(world.wait(40), [], "{key}");
        world.wait(500);
    }
    // What came in a burst with other bytes confirms nothing either.
    world.event(Event::CrowdedKey("y".parse().unwrap()));
    assert_eq!(world.wait(40), []);
    assert_eq!(word(&world), "staged");

    let mut world = listed(Terms::default());
    for key in ["up", "up", "o", "y"] {
        world.event(Event::Key(key.parse().unwrap()));
    }
    for _ in 0..10 {
        assert_eq!(world.wait(100), []);
    }
    assert_eq!(word(&world), "staged", "nobody saw it yet");
}

#[test]
fn what_is_not_what_was_shown_is_denied_and_never_posted() {
    let mut world = begun(Terms::default());
    world.wait(500);
    let digest = errand(&taken_up()).digest();
    assert_ne!(digest, errand(&world).digest());
    let actor = Box::new(world.app.session.actor());
    let effects = tell(&mut world, errand::Event::Acknowledged { digest, actor, said: Default::default() });
    assert!(of(&effects, "denied").is_some() && posts(&effects) == 0);
    assert_eq!(posts(&tell(&mut world, errand::Event::Recorded { entry: 1 })), 0);
}

#[test]
fn another_revision_overtakes_it_before_it_is_sent_and_changes_nothing_after() {
    let mut world = begun(Terms::default());
    world.wait(500);
    let effects = world.tell(Delta::Seen(source(), rollout(12, "newer", true)));
    assert!(of(&effects, "overtaken").is_some(), "{effects:?}");
    world.press("y");
    assert_eq!(posts(&world.wait(40)), 0);

    let mut world = sent(begun(Terms::default()));
    assert_eq!(world.tell(Delta::Seen(source(), rollout(12, "newer", true))), []);
    assert_eq!(word(&world), "sent");
}

#[test]
fn what_an_abort_asked_for_is_overtaken_once_the_abort_is_taken_back() {
    let mut world = taken_up();
    world.tell(Delta::Seen(source(), rollout(12, "new", false)));
    assert_eq!(word(&world), "overtaken");
}

#[test]
fn a_rollout_that_is_gone_takes_it_back() {
    let mut world = begun(Terms::default());
    world.tell(Delta::Gone(source(), web()));
    assert_eq!(word(&world), "overtaken");
}

#[test]
fn escape_n_and_q_withdraw_it_and_leave_the_program_running() {
    for key in ["esc", "n", "q", "ctrl-c"] {
        let mut world = begun(Terms::default());
        let effects = world.press(key);
        assert!(
            of(&effects, "withdrawn").is_some() && !effects.contains(&Effect::Quit),
            "{key}: {effects:?}"
        );
        assert!(
            world.app.modal.is_none() && world.notice().contains("nothing was sent"),
            "{}",
            world.notice()
        );
        assert!(!world.app.is_awaiting());
    }
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
fn it_rests_on_what_is_live_and_a_lost_watch_disarms_it() {
    let mut world = begun(Terms::default());
    world.wait(500);
    let at = world.now().wall;
    world.tell(Delta::Contact(source(), Contact::Retrying { why: "reset".into(), next: at }, at));
    assert!(!world.app.modal.as_ref().unwrap().is_armed());
    world.press("y");
    assert_eq!(world.wait(40), []);
    assert_eq!(word(&world), "staged");
}

#[test]
fn it_does_not_outlive_its_time_while_the_machine_sleeps_or_its_clock_is_set_back() {
    for (slept, set_back) in [(119, 0), (121, 0), (121, 119), (100_000, 99_990)] {
        let mut world = begun(Terms::default());
        world.wait(500);
        world.slept = Duration::from_secs(slept);
        world.set_back = Duration::from_secs(set_back);
        world.press("y");
        let recorded = of(&world.wait(40), "acknowledged").is_some();
        assert_eq!(recorded, slept < 120, "slept {slept} s, set back {set_back} s: {}", word(&world));
    }
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
fn the_copied_request_says_where_it_goes_and_no_secret() {
    let mut world = begun(Terms::default());
    let effects = world.press("c");
    let [Effect::Copy(text)] = effects.as_slice() else { panic!("{effects:?}") };
    let id = errand(&world).id();
    assert_eq!(
        *text,
        format!(
            "POST https://cordum.example/api/v1/workflows/refunds/runs\nContent-Type: application/json\nX-Tenant-ID: shop\nIdempotency-Key: {id}\n\n{{}}\n"
        )
    );
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

/// An order to the policy service that another run of the program left, as the ledger tells of it.
fn left(word: &str, uid: &str) -> Unsettled {
    Unsettled {
        id: Id("left".into()),
        standing: Standing::InDoubt,
        owner: Owner::Ended,
        known: "sent; the answer was lost".into(),
        order: Ok(Ordered {
            word: word.into(),
            kind: None,
            context: "prod".into(),
            server: "https://127.0.0.1:6443".into(),
            key: web(),
            uid: uid.into(),
            consequence: "The policy service begins a run.".into(),
            facts: Vec::new(),
            request: Vec::new(),
            digest: "d".into(),
        }),
        user: "ada".into(),
        person: "ada at desk".into(),
        at: None,
        records: Vec::new(),
    }
}

#[test]
fn one_that_was_left_is_staged_anew_from_the_runs_as_they_are_now() {
    for word in ["run", "rerun"] {
        let mut world = offered(Terms::default());
        world.press("d");
        world.event(Event::Orders(Told::Listed(Ok(vec![left(word, "uid-web")]))));
        world.draw();
        assert_eq!(world.press("a"), [Effect::ReadRuns { key: web(), workflow: "refunds".into() }]);
        world.event(told(Ok(runs())));
        assert!(world.app.modal.is_none(), "a person chooses again");
        world.press("o");
        assert!(matches!(world.app.choosing.as_ref().unwrap().stage(), Stage::Steps(..)));
    }
}

#[test]
fn one_of_a_rollout_that_is_gone_or_of_an_unknown_word_is_not_staged_anew() {
    for (word, uid, why) in
        [("run", "uid-of-another", "is gone"), ("ship", "uid-web", "knows no order called ship")]
    {
        let mut world = offered(Terms::default());
        world.press("d");
        world.event(Event::Orders(Told::Listed(Ok(vec![left(word, uid)]))));
        world.draw();
        assert_eq!(world.press("a"), []);
        assert!(world.notice().contains(why) && world.app.choosing.is_none(), "{}", world.notice());
    }
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
