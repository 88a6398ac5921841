//! What the policy service answered, kept and looked back at: what counts, for how long, and that nothing left out makes a word better.

use proptest::prelude::*;

use super::replays::past;
use super::*;
use crate::gate::answered::{Answered, Answers, Row, Then};
use crate::gate::past::{Entered, Stages};
use crate::gate::replay::{self, Kept, Look};
use crate::gate::stage::{Outcome, Stage};
use crate::gate::trigger::{Approvals, Cause, Reading, Signs};
use crate::gate::wish::Gathered;
use crate::rollout::Key;

const LIMITS: &str = "    max_approvals_waiting: 2\n    sustained_overload: {reasons: [no_workers, pool_overloaded], at_least: 2, within: 5m}\n";

fn asking(limits: &str, service: &str) -> Policy {
    let text = format!(
        "{CORE}{limits}stages: {{business_cycle: {{lasts: 10m}}}}\n{METRICS}policy_service: {service}\n"
    );
    file::read(&text, "x").unwrap()
}

fn served() -> Policy {
    asking(LIMITS, "{topic: job.refund}")
}

/// What the service said at a time: its simulation, minutes before at which workers lacked, approvals that waited.
fn heard(at: Timestamp, outcome: Outcome, lacked: &[i64], waiting: usize) -> Gathered {
    let reason = |minutes: &i64| (at - SignedDuration::from_mins(*minutes), "no_workers".to_owned());
    let oldest = (waiting > 0).then_some(at - SignedDuration::from_mins(30));
    Gathered {
        key: Key { namespace: "shop".into(), name: "web".into() },
        hash: "6c9f".into(),
        policy: served().into(),
        at,
        evidence: Vec::new(),
        simulation: Some(outcome),
        reasons: Some(Ok(lacked.iter().map(reason).collect())),
        approvals: Some(Ok(Approvals { waiting, oldest, whole: true })),
    }
}

fn calm(minutes: i64) -> Answered {
    Answered::of(&heard(minutes_ago(minutes), Outcome::Met, &[], 0), minutes_ago(minutes)).unwrap()
}

fn row(number: i64, answered: &Answered) -> Row {
    let body = answered.written().unwrap();
    Row { uid: "u-1".into(), canary: "6c9f".into(), number, at: answered.at(), body }
}

/// Whether something is known at so many minutes before now.
fn known(answers: &Answers, policy: &Policy, minutes: &[i64]) -> Vec<bool> {
    minutes.iter().map(|minutes| answers.as_of(policy, minutes_ago(*minutes)).age.is_some()).collect()
}

#[test]
fn an_answer_holds_from_when_it_was_heard_to_the_next_one() {
    let denied = || Outcome::Failed(Printable::ours("the canary's topic is denied"));
    let second = heard(minutes_ago(10), denied(), &[1, 3], 3);
    let rows =
        vec![row(8, &Answered::of(&second, minutes_ago(10)).unwrap()), row(9, &calm(6)), row(7, &calm(12))];
    let answers = Answers::of(rows);
    let at = |minutes: i64| answers.as_of(&served(), minutes_ago(minutes));
    let minutes = SignedDuration::from_mins;
    assert_eq!((at(12).age, at(11).age), (Some(minutes(0)), Some(minutes(1))));
    assert_eq!((at(11).simulation, at(11).reasons), (Some(Outcome::Met), Some(Ok(Vec::new()))));
    let Then { simulation, reasons, approvals, age } = at(8);
    assert_eq!((simulation, age), (Some(denied()), Some(minutes(2))));
    // As old as they were when they were heard: what was judged then is judged again.
    assert_eq!(
        reasons.unwrap().unwrap(),
        [(minutes_ago(11), "no_workers".into()), (minutes_ago(9), "no_workers".into())]
    );
    let waiting = Approvals { waiting: 3, oldest: Some(minutes_ago(38)), whole: true };
    assert_eq!(approvals, Some(Ok(waiting)));
    assert_eq!(at(13).age, None, "before the first one");
    assert_eq!(at(6).age, None, "whether anything followed the last one nobody knows");
    assert_eq!(at(13).simulation.map(|it| it.word()), Some(Word::CannotTell));
    assert!(matches!((at(13).reasons, at(13).approvals), (Some(Err(_)), Some(Err(_)))));
}

#[test]
fn an_answer_counts_no_longer_than_a_verdict_does_and_not_across_a_hole() {
    let policy = served();
    let answers = Answers::of(vec![row(1, &calm(30)), row(2, &calm(10))]);
    // Five points of a minute (verdict: STALE_AFTER).
    assert_eq!(known(&answers, &policy, &[30, 25, 24, 15]), [true, true, false, false]);
    let holed = Answers::of(vec![row(1, &calm(14)), row(3, &calm(12)), row(4, &calm(10))]);
    assert_eq!(known(&holed, &policy, &[14, 13, 12, 11]), [false, false, true, true]);
    let of_two = Answers::of(vec![row(1, &calm(14)), Row { uid: "u-2".into(), ..row(2, &calm(12)) }]);
    assert_eq!(known(&of_two, &policy, &[14, 13]), [false, false], "of which Rollout it is is not known");
    let garbled = Row { body: "{}".to_owned(), ..row(1, &calm(14)) };
    assert_eq!(known(&Answers::of(vec![garbled, row(2, &calm(12))]), &policy, &[14, 13]), [false, false]);
}

#[test]
fn an_answer_counts_from_the_very_time_that_its_row_tells() {
    let at = minutes_ago(10) + SignedDuration::from_nanos(1_234_567);
    let answered = Answered::of(&heard(at, Outcome::Met, &[], 0), at).unwrap();
    // A ledger keeps microseconds.
    let kept = Row { at: Timestamp::from_microsecond(at.as_microsecond()).unwrap(), ..row(1, &answered) };
    let answers = Answers::of(vec![kept.clone(), row(2, &calm(8))]);
    assert_eq!(answers.as_of(&served(), kept.at).age, Some(SignedDuration::ZERO));
}

#[test]
fn what_was_asked_for_another_policy_is_known_only_as_far_as_it_tells() {
    let answers = Answers::of(vec![row(1, &calm(14)), row(2, &calm(10))]);
    let at = |policy: &Policy| answers.as_of(policy, minutes_ago(13));
    let reasons = |overload: &str| at(&asking(overload, "{topic: job.refund}")).reasons.unwrap().is_ok();
    let overload = |reasons: &str, within: &str| {
        format!("    sustained_overload: {{reasons: [{reasons}], within: {within}}}\n")
    };
    assert!(reasons(&overload("no_workers", "5m")), "fewer codes");
    assert!(reasons(&overload("no_workers", "2m")), "a shorter time");
    assert!(!reasons(&overload("no_workers, disk_full", "5m")), "a code that was not looked for");
    assert!(!reasons(&overload("no_workers", "6m")), "a longer time");
    for other in ["{topic: job.ship}", "{workflow: refunds}", "{topic: job.refund, bundle: strict}"] {
        let then = at(&asking(LIMITS, other));
        assert_eq!(then.simulation.map(|it| it.word()), Some(Word::CannotTell), "{other}");
        assert!(matches!((then.reasons, then.approvals), (Some(Err(_)), Some(Err(_)))), "{other}");
    }
    assert_eq!(at(&policy()), Then::default(), "a policy that asks nothing needs nothing");
    // Nobody asked for approvals where there was no limit.
    let (minutes, unlimited) = (14, asking("", "{topic: job.refund}"));
    let gathered = Gathered {
        policy: unlimited.into(),
        approvals: None,
        ..heard(minutes_ago(14), Outcome::Met, &[], 0)
    };
    let unlimited = Answered::of(&gathered, minutes_ago(minutes)).unwrap();
    let answers = Answers::of(vec![row(1, &unlimited), row(2, &calm(10))]);
    assert!(matches!(answers.as_of(&served(), minutes_ago(13)).approvals, Some(Err(_))));
}

#[test]
fn what_could_not_be_had_stays_that_when_it_is_looked_back_at() {
    let down = || Printable::ours("answered 503");
    let gathered = Gathered {
        simulation: Some(Outcome::Untold(down())),
        reasons: Some(Err(down())),
        approvals: Some(Err(down())),
        ..heard(minutes_ago(14), Outcome::Met, &[], 0)
    };
    let silent = Answered::of(&gathered, minutes_ago(14)).unwrap();
    let then = Answers::of(vec![row(1, &silent), row(2, &calm(10))]).as_of(&served(), minutes_ago(13));
    assert_eq!(
        (then.simulation, then.reasons, then.approvals),
        (gathered.simulation, gathered.reasons, gathered.approvals)
    );
    let quiet = Gathered { policy: policy().into(), ..heard(now(), Outcome::Met, &[], 0) };
    assert_eq!(Answered::of(&quiet, now()), None, "a policy that asks nothing has no answers");
}

#[test]
fn the_same_answer_is_news_again_only_before_the_one_before_it_is_too_old() {
    let policy = served();
    let news = |last: i64, minutes: i64| calm(minutes).is_news(&calm(last), &policy);
    assert_eq!([1, 2, 3, 4, 5].map(|later| news(10, 10 - later)), [false, false, false, true, true]);
    assert!(news(10, 11), "the clock was set back");
    let other = Answered::of(&heard(minutes_ago(9), Outcome::Met, &[1], 0), minutes_ago(9)).unwrap();
    assert!(other.is_news(&calm(10), &policy));
    // Codes that are not looked for, and what lies too long ago, change nothing.
    let mut noisy = heard(minutes_ago(9), Outcome::Met, &[6], 0);
    noisy.reasons = noisy.reasons.map(|reasons| {
        reasons.map(|mut it| {
            it.push((minutes_ago(9), "disk_full".to_owned()));
            it
        })
    });
    assert!(!Answered::of(&noisy, minutes_ago(9)).unwrap().is_news(&calm(10), &policy));
}

fn entered(from: Stage, to: Stage, minutes: i64) -> Entered {
    Entered { uid: "u-1".into(), canary: "6c9f".into(), from, to, at: minutes_ago(minutes) }
}

/// Looks each minute at a good canary that was a shadow, had 10 %, had all, and was taken back.
fn looks(policy: &Policy, rows: Vec<Row>) -> Vec<Look> {
    let stages = vec![
        entered(Stage::Idle, Stage::Shadow, 39),
        entered(Stage::Shadow, Stage::First, 30),
        entered(Stage::First, Stage::Full, 20),
        entered(Stage::Full, Stage::RolledBack, 0),
    ];
    let evidence = past(95, 0);
    let kept = Kept {
        evidence: &evidence,
        stages: Stages::of(stages, &[], None),
        answers: Answers::of(rows),
        ..Kept::default()
    };
    replay::replay(
        policy,
        &kept,
        &replay::times(minutes_ago(39), minutes_ago(1), SignedDuration::from_mins(1)).unwrap(),
    )
}

fn words(looks: &[Look], minutes: &[i64]) -> Vec<Word> {
    minutes.iter().map(|minutes| looks[39 - usize::try_from(*minutes).unwrap()].word).collect()
}

#[test]
fn what_was_recorded_is_judged_again_in_each_stage_and_what_was_not_passes_nothing() {
    let policy = served();
    let answer = |number: i64, minutes: i64, outcome, lacked: &[i64], waiting| {
        row(
            number,
            &Answered::of(&heard(minutes_ago(minutes), outcome, lacked, waiting), minutes_ago(minutes))
                .unwrap(),
        )
    };
    let told: Vec<Row> = (0..14).map(|place| answer(place, 39 - place * 3, Outcome::Met, &[], 0)).collect();
    let all = looks(&policy, told.clone());
    assert_eq!(
        words(&all, &[39, 35, 30, 25, 20]),
        [Word::Pass, Word::Pass, Word::Pass, Word::Pass, Word::Hold]
    );
    assert_eq!(
        words(&all, &[11, 10, 1]),
        [Word::Hold, Word::Pass, Word::Pass],
        "ten minutes without a trigger"
    );
    assert_eq!(all[2].heard, Some(SignedDuration::from_mins(2)));
    let none = looks(&policy, Vec::new());
    assert!(none.iter().all(|look| (look.word, look.heard) == (Word::CannotTell, None)), "{none:?}");
    // One answer that was worse counts until the next one.
    let with = |worse: Row| {
        let place = usize::try_from(worse.number).unwrap();
        let mut rows = told.clone();
        rows[place] = worse;
        looks(&policy, rows)
    };
    let denied = with(answer(1, 36, Outcome::Failed(Printable::ours("denied")), &[], 0));
    assert_eq!(words(&denied, &[37, 36, 34, 33]), [Word::Pass, Word::Fail, Word::Fail, Word::Pass]);
    let overloaded = with(answer(4, 27, Outcome::Met, &[0, 1], 0));
    assert_eq!(words(&overloaded, &[28, 27, 25, 24]), [Word::Pass, Word::Fail, Word::Fail, Word::Pass]);
    assert_eq!(overloaded[12].firing, [Cause::Overload]);
    let piled = with(answer(4, 27, Outcome::Met, &[], 3));
    assert_eq!((piled[12].word, &piled[12].firing), (Word::Fail, &vec![Cause::Approvals]));
    // What nobody recorded may have fired: a cycle begins anew behind it.
    let mut holed = told.clone();
    holed.remove(8);
    let holed = looks(&policy, holed);
    assert_eq!(
        words(&holed, &[18, 17, 13, 10, 4, 3]),
        [Word::CannotTell, Word::CannotTell, Word::CannotTell, Word::Hold, Word::Hold, Word::Pass]
    );
}

#[derive(Clone, Debug)]
struct Said {
    after: i64,
    outcome: u8,
    lacked: usize,
    waiting: usize,
    breaks: bool,
}

/// Mostly calm, so that a cycle can be quiet to its end.
fn said() -> impl Strategy<Value = Said> {
    let outcome = prop_oneof![6 => Just(0_u8), 1 => 1..4_u8];
    let lacked = prop_oneof![6 => 0..2_usize, 1 => 2..4_usize];
    let waiting = prop_oneof![6 => 0..3_usize, 1 => 3..5_usize];
    (1..6_i64, outcome, lacked, waiting, prop::bool::weighted(0.1)).prop_map(
        |(after, outcome, lacked, waiting, breaks)| Said { after, outcome, lacked, waiting, breaks },
    )
}

fn outcome(which: u8) -> Outcome {
    match which {
        0 => Outcome::Met,
        1 => Outcome::Held(Printable::ours("held")),
        2 => Outcome::Untold(Printable::ours("silent")),
        _ => Outcome::Failed(Printable::ours("denied")),
    }
}

fn rows(course: &[Said]) -> Vec<Row> {
    let (mut minutes, mut number) = (42, 0);
    let mut rows = Vec::new();
    for said in course {
        minutes -= said.after;
        number += if said.breaks { 2 } else { 1 };
        let lacked: Vec<i64> = vec![1; said.lacked];
        let gathered = heard(minutes_ago(minutes), outcome(said.outcome), &lacked, said.waiting);
        rows.push(row(number, &Answered::of(&gathered, minutes_ago(minutes)).unwrap()));
    }
    rows
}

/// Makes what was recorded worse, in one of several ways.
fn worsened(said: &Said, row: &Row, how: u8) -> Option<Row> {
    let again = |which: u8, lacked: usize, waiting: usize| {
        let lacked: Vec<i64> = vec![1; lacked];
        let answered = Answered::of(&heard(row.at, outcome(which), &lacked, waiting), row.at).unwrap();
        Some(Row { body: answered.written().unwrap(), ..row.clone() })
    };
    match how {
        0 => None,
        1 => again(said.outcome.max(2), said.lacked, said.waiting),
        2 => again(3, said.lacked, said.waiting),
        3 => again(said.outcome, 4, said.waiting),
        4 => again(said.outcome, said.lacked, 9),
        _ => Some(Row { body: row.body.replace('{', "["), ..row.clone() }),
    }
}

proptest! {
    #[test]
    fn records_left_out_or_made_worse_never_turn_a_refusal_into_a_pass(
        course in prop::collection::vec(said(), 1..14),
        changes in prop::collection::vec(prop::option::weighted(0.3, 0..6_u8), 14),
    ) {
        let policy = served();
        let told = rows(&course);
        let worse = told.iter().zip(&course).zip(&changes).filter_map(|((row, said), how)| match how {
            None => Some(row.clone()),
            Some(how) => worsened(said, row, *how),
        });
        let (before, after) = (looks(&policy, told.clone()), looks(&policy, worse.collect()));
        for (before, after) in before.iter().zip(&after) {
            prop_assert!(before.word == Word::Pass || after.word != Word::Pass, "{before:?}\n{after:?}");
        }
    }

    #[test]
    fn a_look_between_two_records_reads_what_the_session_read(
        course in prop::collection::vec(said(), 2..8), seconds in 0..60_i64,
    ) {
        let policy = served();
        let told = rows(&course);
        let answers = Answers::of(told.clone());
        for (said, row) in course.iter().zip(&told) {
            let then = answers.as_of(&policy, row.at + SignedDuration::from_secs(seconds));
            if then.age != Some(SignedDuration::from_secs(seconds)) {
                continue;
            }
            let lacked: Vec<i64> = vec![1; said.lacked];
            let live = heard(row.at, outcome(said.outcome), &lacked, said.waiting);
            let read = |reasons, approvals, at| {
                let signs = Signs { reasons, approvals, ..Signs::default() };
                trigger::read(&policy, &signs, at).into_iter().filter(|(cause, _)| cause.is_served()).collect::<Vec<(Cause, Reading)>>()
            };
            prop_assert_eq!(
                read(then.reasons, then.approvals, row.at + SignedDuration::from_secs(seconds)),
                read(live.reasons, live.approvals, row.at)
            );
            prop_assert_eq!(then.simulation, live.simulation);
        }
    }
}
