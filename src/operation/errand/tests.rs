use jiff::SignedDuration;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::life::{BETWEEN_LOOKS, LOOK_LIMIT};
use super::runs::LISTED;
use super::*;
use crate::operation::life::{ANSWER_LIMIT, LEDGER_LIMIT, TTL};
use crate::operation::policy::{Freeze, Pattern, Rule, Scope, Terms, freeze};
use crate::operation::{Acknowledgement, Actor, Entry, Reason};
use crate::rollout::sample;

pub(super) const ID: &str = "019a0b1c-2d3e-7f40-8a5b-6c7d8e9f0a1b";

pub(super) fn at(seconds: i64) -> Timestamp {
    let start: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
    start + SignedDuration::from_secs(seconds)
}

fn aborted() -> Rollout {
    sample::canary_at(0, json!({"status": {"abort": true, "abortedAt": "2026-11-21T09:59:00Z"}}))
}

fn whither() -> Whither {
    let key = Key { namespace: "shop".into(), name: "api".into() };
    Whither {
        context: "prod".into(),
        key,
        uid: "u-1".into(),
        server: "https://10.1.2.3:6443".into(),
        user: "ada".into(),
        service: "https://cordum.example:443".into(),
        tenant: "shop".into(),
    }
}

fn stored(id: &str, status: &str, more: Value) -> Value {
    let mut run = json!({
        "id": id, "workflow_id": "refund flow", "status": status, "steps": {"check": {}, "pay": {}},
        "created_at": "2026-11-21T09:00:00Z"
    });
    sample::merge(&mut run, more);
    run
}

pub(super) fn run(id: &str, status: &str, more: Value) -> Run {
    Run::read(&stored(id, status, more)).unwrap()
}

pub(super) fn begin() -> Wanted {
    Wanted::Begin { workflow: "refund flow".into() }
}

pub(super) fn again() -> Wanted {
    Wanted::Again { run: run("run/1", "failed", json!({})), step: "pay".into() }
}

/// A rerun of the run that [`again`] takes up, from this step.
pub(super) fn rerun(id: &str, step: &str) -> Run {
    run(id, "running", json!({"rerun_of": "run/1", "rerun_step": step}))
}

fn rule(operations: &[&str], terms: Option<Terms>) -> Rule {
    let operations = operations.iter().map(|word| Pattern::new(*word)).collect();
    Rule { scope: Scope { operations, ..Scope::default() }, terms, line: Some(3) }
}

fn allowing() -> Policy {
    Policy::new(vec![rule(&["run", "rerun"], Some(Terms::default()))], Vec::new())
}

fn try_stage(wanted: Wanted, policy: &Policy, rollout: &Rollout) -> Result<Errand, Refusal> {
    let listed = [run("run/1", "failed", json!({})), rerun("run/0", "pay")];
    let proposal =
        Proposal { wanted, id: Id(ID.into()), whither: whither(), listed: &listed, policy, role: None };
    stage(proposal, rollout, at(0))
}

pub(super) fn staged(wanted: Wanted) -> Errand {
    try_stage(wanted, &allowing(), &aborted()).unwrap_or_else(|refusal| panic!("{refusal}"))
}

pub(super) fn acknowledged(errand: &Errand) -> Event {
    let actor = Box::new(Actor { uid: 1000, ..Actor::default() });
    Event::Acknowledged { digest: errand.digest(), actor, said: Acknowledgement::default() }
}

/// An errand that was handed to the sender at 3 s.
pub(super) fn sent(wanted: Wanted) -> Errand {
    let mut errand = staged(wanted);
    errand.on(Event::Armed, at(1));
    let event = acknowledged(&errand);
    let commands = errand.on(event, at(2));
    let [Command::Record(entry)] = commands.as_slice() else { panic!("{commands:?}") };
    assert_eq!((&*entry.event, entry.number), ("acknowledged", 1));
    let commands = errand.on(Event::Recorded { entry: 1 }, at(3));
    assert!(matches!(commands.as_slice(), [Command::Send(_)]), "{commands:?}");
    errand
}

pub(super) fn in_doubt(wanted: Wanted) -> Errand {
    let mut errand = sent(wanted);
    let commands = errand.on(Event::Answered(Reply::Unknown { why: "reset".into() }), at(4));
    let [Command::Record(entry), Command::List(workflow)] = commands.as_slice() else {
        panic!("{commands:?}")
    };
    assert_eq!((&*entry.event, &**workflow), ("in-doubt", "refund flow"));
    errand
}

pub(super) fn recorded(commands: &[Command]) -> &Entry {
    commands
        .iter()
        .find_map(|it| if let Command::Record(entry) = it { Some(&**entry) } else { None })
        .unwrap()
}

#[test]
fn the_requests_are_the_services_and_a_rerun_has_no_key() {
    let errand = staged(begin());
    let request = errand.request();
    assert_eq!((request.method, request.content_type), ("POST", "application/json"));
    assert_eq!((&*request.path, &*request.body), ("/api/v1/workflows/refund%20flow/runs", "{}"));
    assert_eq!(errand.key(), Some(ID));
    let errand = staged(again());
    assert_eq!(errand.request().path, "/api/v1/workflow-runs/run%2F1/rerun");
    let body: Value = serde_json::from_str(&errand.request().body).unwrap();
    assert_eq!(body, json!({"from_step": "pay", "dry_run": false}));
    assert_eq!(errand.key(), None);
}

#[test]
fn a_rerun_wants_an_abort_and_a_run_that_ended_badly_and_has_the_step() {
    let refused = |wanted: Wanted, rollout: &Rollout| {
        try_stage(wanted, &allowing(), rollout).err().map(|refusal| refusal.why.to_string())
    };
    let moving = sample::canary_at(0, json!({}));
    assert!(refused(again(), &moving).unwrap().contains("is not aborted"));
    assert_eq!(refused(begin(), &moving), None, "a run may begin at any time");
    let of = |status: &str, step: &str| Wanted::Again { run: run("r", status, json!({})), step: step.into() };
    for status in ["pending", "running", "waiting", "succeeded"] {
        assert_eq!(refused(of(status, "pay"), &aborted()).unwrap(), format!("The run r is {status}."));
    }
    for status in ["failed", "cancelled", "timed_out", "denied"] {
        assert_eq!(refused(of(status, "pay"), &aborted()), None, "{status}");
    }
    assert!(refused(of("failed", "ship"), &aborted()).unwrap().contains("has no step ship"));
    let other = sample::canary_at(0, json!({"metadata": {"uid": "u-9"}, "status": {"abort": true}}));
    assert!(refused(again(), &other).is_some());
}

#[test]
fn only_a_rule_that_names_an_errand_by_its_word_allows_it_and_what_denies_all_denies_it() {
    let allows = |rules: Vec<Rule>| try_stage(again(), &Policy::new(rules, Vec::new()), &aborted()).is_ok();
    let allow = |operations: &[&str]| rule(operations, Some(Terms::default()));
    assert!(!allows(Vec::new()), "without a rule nothing may be ordered");
    assert!(!allows(vec![allow(&[])]), "who allows all of the cluster did not allow this");
    assert!(!allows(vec![allow(&["*"])]));
    assert!(!allows(vec![allow(&["re*"])]));
    assert!(!allows(vec![allow(&["run"])]), "another errand");
    assert!(allows(vec![allow(&["rerun"])]));
    assert!(!allows(vec![allow(&["rerun"]), rule(&[], None)]), "the last one counts");
    assert!(!allows(vec![allow(&["rerun"]), rule(&["re*"], None)]));
    assert!(allows(vec![rule(&[], None), allow(&["rerun"])]));
    assert!(allows(vec![allow(&["rerun"]), allow(&[])]), "it does not speak of errands");
}

#[test]
fn a_role_that_is_wanted_and_a_freeze_that_is_on_stand_in_the_way() {
    let terms = Terms { roles: vec!["lead".to_owned()], ..Terms::default() };
    let policy = Policy::new(vec![rule(&["run"], Some(terms))], Vec::new());
    assert!(try_stage(begin(), &policy, &aborted()).is_err());
    let frozen = Freeze {
        name: "fair".into(),
        scope: Scope::default(),
        begins: freeze::Begin::Once("2026-11-21T09:00".parse().unwrap()),
        lasts: jiff::Span::new().hours(2),
        zone: jiff::tz::TimeZone::UTC,
        grip: freeze::Grip::Yields,
    };
    let policy = Policy::new(vec![rule(&["run"], Some(Terms::default()))], vec![frozen]);
    let refusal = try_stage(begin(), &policy, &aborted()).err().unwrap();
    assert_eq!(refusal.why.as_str(), "The freeze fair is on.");
}

#[test]
fn it_is_sent_once_after_the_ledger_has_its_acknowledgement_with_the_exact_request() {
    let mut errand = staged(begin());
    errand.on(Event::Armed, at(1));
    let event = acknowledged(&errand);
    let commands = errand.on(event, at(2));
    assert_eq!(commands.len(), 1, "nothing is sent yet: {commands:?}");
    let body: Value = serde_json::from_str(&recorded(&commands).body).unwrap();
    assert_eq!((&body["kind"], &body["idempotency_key"]), (&json!("run"), &json!(ID)));
    assert_eq!(body["request"]["path"], "/api/v1/workflows/refund%20flow/runs");
    assert_eq!(body["target"]["service"], "https://cordum.example:443");
    assert_eq!(body["digest"], errand.digest().to_string());
    assert_eq!(errand.on(Event::Recorded { entry: 2 }, at(3)), [], "another entry");
    let commands = errand.on(Event::Recorded { entry: 1 }, at(3));
    let [Command::Send(dispatch)] = commands.as_slice() else { panic!("{commands:?}") };
    assert_eq!((dispatch.request(), dispatch.key()), (errand.request(), Some(ID)));
    assert_eq!(errand.on(Event::Recorded { entry: 1 }, at(3)), []);
}

#[test]
fn without_a_record_or_with_another_digest_or_without_what_the_rule_wants_nothing_is_sent() {
    let word = |errand: &Errand| match errand.state() {
        State::Unsent { word, .. } => *word,
        other => panic!("{other:?}"),
    };
    let mut errand = staged(begin());
    errand.on(Event::Armed, at(1));
    let event = acknowledged(&errand);
    errand.on(event.clone(), at(2));
    errand.on(Event::RecordFailed { entry: 1, why: "full".into() }, at(3));
    assert_eq!((word(&errand), errand.on(Event::Recorded { entry: 1 }, at(3))), ("denied", Vec::new()));

    let mut late = staged(begin());
    late.on(Event::Armed, at(1));
    late.on(event, at(2));
    late.on(Event::Recorded { entry: 1 }, at(2) + LEDGER_LIMIT);
    assert_eq!(word(&late), "denied", "the ledger was too late");

    let mut errand = staged(begin());
    errand.on(Event::Armed, at(1));
    let other = acknowledged(&staged(again()));
    errand.on(other, at(2));
    assert_eq!(word(&errand), "denied", "another digest");

    let terms = Terms { reason: true, ..Terms::default() };
    let policy = Policy::new(vec![rule(&["run"], Some(terms))], Vec::new());
    for (reason, state) in [(None, "denied"), (Reason::new("the fix is out"), "acknowledged")] {
        let mut errand = try_stage(begin(), &policy, &aborted()).unwrap();
        errand.on(Event::Armed, at(1));
        let said = Acknowledgement { reason, ..Acknowledgement::default() };
        let event = Event::Acknowledged { digest: errand.digest(), actor: Box::default(), said };
        assert_eq!(&*recorded(&errand.on(event, at(2))).event, state);
    }
}

#[test]
fn it_lapses_and_is_overtaken_and_taken_back_while_nothing_was_sent() {
    let ends = |event: Event, when: Timestamp| {
        let mut errand = staged(again());
        let commands = errand.on(event, when);
        commands.first().map(|_| recorded(&commands).event.to_string())
    };
    assert_eq!(ends(Event::Tick, at(0) + TTL).as_deref(), Some("expired"));
    assert_eq!(ends(Event::Armed, at(-60)).as_deref(), Some("expired"), "the clock was set back");
    assert_eq!(ends(Event::Withdrawn, at(1)).as_deref(), Some("withdrawn"));
    assert_eq!(ends(Event::Rollout(None), at(1)).as_deref(), Some("overtaken"));
    assert_eq!(ends(Event::Rollout(Some(Box::new(aborted()))), at(1)), None);
    let retried = sample::canary_at(0, json!({}));
    assert_eq!(ends(Event::Rollout(Some(Box::new(retried))), at(1)).as_deref(), Some("overtaken"));
    let newer = sample::canary_at(0, json!({"status": {"abort": true, "currentPodHash": "ccc"}}));
    assert_eq!(ends(Event::Rollout(Some(Box::new(newer))), at(1)).as_deref(), Some("overtaken"));
}

#[test]
fn accepted_is_not_done_the_run_has_to_be_seen_and_to_be_the_one_that_was_ordered() {
    let named = || Event::Answered(Reply::Named { run: "run/2".into() });
    let mut errand = sent(again());
    let commands = errand.on(named(), at(4));
    assert_eq!(&*recorded(&commands).event, "accepted");
    assert!(commands.contains(&Command::Read("run/2".into())), "{commands:?}");
    assert!(!errand.state().is_final());
    assert_eq!(errand.on(Event::Tick, at(5)), []);
    let looked = errand.on(Event::Tick, at(4) + BETWEEN_LOOKS);
    assert_eq!(looked, [Command::Read("run/2".into())]);
    assert_eq!(errand.on(Event::Seen(Box::new(rerun("run/3", "pay"))), at(10)), [], "another run");
    let commands = errand.on(Event::Seen(Box::new(rerun("run/2", "pay"))), at(11));
    let body: Value = serde_json::from_str(&recorded(&commands).body).unwrap();
    assert_eq!((&body["run"], &body["status"]), (&json!("run/2"), &json!("running")));
    assert!(matches!(errand.state(), State::Observed { status: Status::Running, .. }));

    let mut errand = sent(again());
    errand.on(named(), at(4));
    errand.on(Event::Seen(Box::new(rerun("run/2", "check"))), at(5));
    assert!(matches!(errand.state(), State::Unclear { .. }), "from another step");

    let mut errand = sent(again());
    errand.on(named(), at(4));
    errand.on(Event::Tick, at(4) + LOOK_LIMIT);
    assert!(matches!(errand.state(), State::Unclear { .. }), "named, and never seen");
}

#[test]
fn a_lost_answer_is_a_doubt_that_the_errands_own_key_ends() {
    let mut silent = sent(begin());
    assert_eq!(silent.on(Event::Tick, at(4)), []);
    silent.on(Event::Tick, at(3) + ANSWER_LIMIT);
    assert!(matches!(silent.state(), State::InDoubt { .. }));

    let mut errand = in_doubt(begin());
    let foreign = run("run/7", "running", json!({"idempotency_key": "somebody-else"}));
    assert_eq!(errand.on(Event::Listed(vec![foreign.clone()]), at(5)), []);
    assert_eq!(errand.on(Event::Tick, at(4) + BETWEEN_LOOKS), [Command::List("refund flow".into())]);
    let own = run("run/8", "waiting", json!({"idempotency_key": ID}));
    errand.on(Event::Listed(vec![foreign, own]), at(10));
    assert!(
        matches!(errand.state(), State::Observed { run, status: Status::Waiting, .. } if **run == *"run/8")
    );

    let mut late = in_doubt(begin());
    late.on(Event::Answered(Reply::Named { run: "run/9".into() }), at(9));
    assert!(matches!(late.state(), State::Accepted { .. }), "an answer that comes after all");
}

#[test]
fn a_rerun_in_doubt_is_never_said_to_be_done_or_not_done() {
    let unclear = |errand: &Errand| match errand.state() {
        State::Unclear { why, .. } => why.to_string(),
        other => panic!("{other:?}"),
    };
    let mut errand = in_doubt(again());
    let others = vec![rerun("run/5", "check"), rerun("run/0", "pay"), run("run/6", "running", json!({}))];
    assert_eq!(errand.on(Event::Listed(others), at(5)), [], "another step, one from before, and no rerun");
    errand.on(Event::Listed(vec![rerun("run/7", "pay")]), at(6));
    assert!(unclear(&errand).contains("whether this order began it cannot be told"));

    let mut errand = in_doubt(again());
    errand.on(Event::Tick, at(4) + LOOK_LIMIT);
    assert!(unclear(&errand).contains("whether one still comes cannot be told"));

    let mut errand = in_doubt(again());
    let crowd = (0..LISTED).map(|number| run(&format!("new-{number}"), "running", json!({}))).collect();
    errand.on(Event::Listed(crowd), at(5));
    assert!(unclear(&errand).contains("does not list all of them"));
}

#[test]
fn what_the_ledger_did_not_take_after_the_post_is_said_and_changes_nothing_else() {
    let mut errand = in_doubt(begin());
    assert_eq!(errand.gap(), None);
    assert_eq!(errand.on(Event::RecordFailed { entry: 2, why: "the disk is full".into() }, at(5)), []);
    assert!(matches!(errand.state(), State::InDoubt { .. }));
    assert!(words::describe(&errand).as_str().ends_with("(not in the ledger: the disk is full)"));
    let mut errand = staged(begin());
    errand.on(Event::Armed, at(1));
    let event = acknowledged(&errand);
    errand.on(event, at(2));
    errand.on(Event::RecordFailed { entry: 1, why: "the disk is full".into() }, at(3));
    assert_eq!(words::describe(&errand).as_str(), "nothing was sent: the disk is full");
}

#[test]
fn a_run_of_an_unknown_status_or_without_its_workflow_is_no_run() {
    assert!(Run::read(&stored("r", "running", json!({}))).is_some());
    let begun = |at: Value| Run::read(&stored("r", "running", json!({"created_at": at}))).unwrap().begun;
    assert_eq!(begun(json!("2026-11-21T08:00:00Z")), "2026-11-21T08:00:00Z".parse().ok());
    assert_eq!(
        (begun(json!("soon")), begun(Value::Null)),
        (None, None),
        "a run without its time is one, too"
    );
    for broken in [
        stored("r", "resting", json!({})),
        stored("", "running", json!({})),
        stored("r", "running", json!({"workflow_id": null})),
        json!({"error": "not found", "status": 404}),
    ] {
        assert_eq!(Run::read(&broken), None, "{broken}");
        assert_eq!(Run::list(&json!([stored("a", "failed", json!({})), broken])), None);
    }
}

/// The `which`-th of all events that may reach an errand, sensible or not.
fn event(which: u8, errand: &Errand) -> Event {
    match which {
        0..=3 => Event::Armed,
        4 => Event::Disarmed,
        5..=8 => acknowledged(errand),
        9..=12 => Event::Recorded { entry: 1 },
        13 => Event::Recorded { entry: 2 },
        14 => Event::RecordFailed { entry: 1, why: "full".into() },
        15 => Event::Answered(Reply::Named { run: "run/2".into() }),
        16 | 17 => Event::Answered(Reply::Unknown { why: "reset".into() }),
        18 => Event::Answered(Reply::Refused { code: 400, why: "rerun failed".into() }),
        19 => Event::Seen(Box::new(rerun("run/2", "pay"))),
        20 => Event::Listed(vec![rerun("run/7", "pay")]),
        21 => Event::Rollout(None),
        22 => Event::Rollout(Some(Box::new(aborted()))),
        23 => Event::Withdrawn,
        _ => Event::Tick,
    }
}

proptest! {
    #[test]
    fn whatever_happens_nothing_is_sent_unrecorded_or_twice_and_what_is_final_stays(
        rerun in any::<bool>(),
        events in prop::collection::vec((0_u8..26, 0_i64..40), 0..40),
    ) {
        let mut errand = staged(if rerun { again() } else { begin() });
        let (mut now, mut sends, mut acknowledged, mut stored) = (at(0), 0, false, false);
        for (which, later) in events {
            now += SignedDuration::from_secs(later);
            let event = event(which, &errand);
            stored |= acknowledged && matches!(event, Event::Recorded { entry: 1 });
            let was = errand.state().clone();
            let commands = errand.on(event, now);
            for command in &commands {
                match command {
                    Command::Record(entry) => acknowledged |= &*entry.event == "acknowledged",
                    Command::Send(_) => {
                        sends += 1;
                        prop_assert!(acknowledged && stored);
                    }
                    Command::Read(_) | Command::List(_) => prop_assert_eq!(sends, 1),
                }
            }
            if was.is_final() {
                prop_assert!(commands.is_empty() && *errand.state() == was);
            }
            prop_assert!(sends <= 1);
            let untouched = matches!(errand.state(), State::Unsent { .. });
            prop_assert!(!untouched || sends == 0, "what was sent is not said to be unsent");
        }
    }
}
