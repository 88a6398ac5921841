use super::*;
use crate::gate::past::{self, Entered, Stages};
use crate::gate::replay::{self, Begun, Kept, Look};
use crate::gate::stage::Stage;

/// Both metrics of the policy, of which the errors rise threefold at the last `bad` of `points` minutes.
pub(super) fn past(points: i64, bad: i64) -> [Evidence; 2] {
    let mut errors = around(1.0, points);
    for (_, value) in errors.points.iter_mut().rev().take(usize::try_from(bad).unwrap()) {
        *value *= 3.0;
    }
    [beside(errors, around(1.0, points)), beside(around(120.0, points), around(120.0, points))]
}

fn looked(policy: &Policy, evidence: &[Evidence], minutes: i64) -> Vec<Look> {
    let times = replay::times(minutes_ago(minutes), now(), SignedDuration::from_mins(1)).unwrap();
    replay::replay(policy, &Kept { evidence, ..Kept::default() }, &times)
}

fn entered(from: Stage, to: Stage, minutes: i64) -> Entered {
    Entered { uid: "u-1".into(), canary: "6c9f".into(), from, to, at: minutes_ago(minutes) }
}

#[test]
fn a_look_back_says_what_was_said_then_whatever_came_later() {
    let looks = looked(&policy(), &past(90, 20), 89);
    let calm: Vec<Evidence> = past(90, 0).to_vec();
    let as_then = looked(&policy(), &calm, 89);
    assert_eq!(looks[..70], as_then[..70], "the twenty minutes that came later change nothing");
    assert_ne!(looks[89].classes, as_then[89].classes);
    assert_eq!(looks.iter().position(|look| look.word == Word::Pass), Some(49), "the fiftieth point");
}

#[test]
fn a_look_at_canary_2_counts_the_points_since_the_canary_came_there() {
    let policy = policy();
    let came = [entered(Stage::Idle, Stage::First, 89), entered(Stage::First, Stage::Second, 60)];
    let stands = past::Present { stage: Stage::Second, since: None, at: now() };
    let evidence = past(90, 0);
    let stages = Stages::of(came.to_vec(), &[], Some(stands));
    let times = replay::times(minutes_ago(89), now(), SignedDuration::from_mins(1)).unwrap();
    let looks = replay::replay(&policy, &Kept { evidence: &evidence, stages, ..Kept::default() }, &times);
    let word = |minutes: usize| looks[89 - minutes].word;
    assert_eq!(
        [word(61), word(60), word(12), word(11)],
        [Word::CannotTell, Word::CannotTell, Word::CannotTell, Word::Pass]
    );
}

#[test]
fn a_look_is_the_verdict_on_what_was_known() {
    let evidence = past(90, 20);
    let looks = looked(&policy(), &evidence, 10);
    let verdict = verdict::judge(&policy(), &evidence, now());
    let last = looks.last().unwrap();
    assert_eq!((last.at, last.word, last.score), (now(), verdict.word, verdict.score));
    assert_eq!(last.classes, verdict.parts.iter().map(|part| part.class).collect::<Vec<_>>());
}

#[test]
fn a_trigger_that_fires_is_a_fail_from_then_on() {
    let text = format!("{CORE}    error_rate_metric: errors\n{METRICS}");
    let policy = file::read(&text, "x").unwrap();
    let looks = looked(&policy, &past(90, 20), 89);
    let first = looks.iter().position(|look| !look.firing.is_empty()).unwrap();
    // The mean of the newest five is over twice as much from the third bad point on.
    assert_eq!(first, 72);
    assert!(
        looks[first..]
            .iter()
            .all(|look| look.word == Word::Fail && look.firing == [trigger::Cause::ErrorRate])
    );
}

#[test]
fn what_is_older_than_a_canary_is_looked_at_no_longer_counts() {
    let mut policy = policy();
    policy.lifetime = SignedDuration::from_mins(40);
    let looks = looked(&policy, &past(90, 0), 89);
    assert!(looks.iter().all(|look| look.word == Word::CannotTell), "forty minutes never hold fifty points");
}

#[test]
fn what_has_no_past_is_not_judged_by_its_present() {
    let measured = measured("Successful");
    let [errors, _] = past(90, 0);
    let looks = looked(&policy(), &[errors, Evidence::Measured { measured, of: of() }], 0);
    assert_eq!((looks[0].word, looks[0].classes[1]), (Word::CannotTell, Class::NoData));
}

#[test]
fn a_look_is_the_word_of_the_stage_that_was_recorded_and_of_the_score_where_none_was() {
    let evidence = past(90, 0);
    let entered = vec![
        entered(Stage::Idle, Stage::Shadow, 60),
        entered(Stage::Shadow, Stage::First, 35),
        entered(Stage::First, Stage::RolledBack, 20),
        entered(Stage::RolledBack, Stage::Shadow, 10),
    ];
    let kept = Kept { evidence: &evidence, stages: Stages::of(entered, &[], None), ..Kept::default() };
    let times = replay::times(minutes_ago(89), now(), SignedDuration::from_mins(1)).unwrap();
    let looks = replay::replay(&policy(), &kept, &times);
    let look = |minutes: usize| (looks[89 - minutes].stage, looks[89 - minutes].word);
    assert_eq!(look(61), (None, Word::CannotTell), "too few points, whatever the stage");
    assert_eq!(look(50), (Some(Stage::Shadow), Word::Hold), "nothing is judged before it has traffic");
    assert_eq!(look(35), (Some(Stage::First), Word::Pass));
    assert_eq!(look(15), (Some(Stage::RolledBack), Word::CannotTell));
    assert_eq!(look(5), (None, Word::Pass), "whether it stayed is not known: the score's word");
}

#[test]
fn a_run_counts_from_when_it_began_and_its_result_from_its_newest_measurement() {
    let text = format!("{CORE}metrics:\n  - {{name: smoke}}\n");
    let policy = file::read(&text, "x").unwrap();
    let run = |phase, began, newest| Begun {
        began: minutes_ago(began),
        measured: Measured { at: Some(minutes_ago(newest)), ..measured(phase) },
        of: of(),
    };
    let none = Evidence::Missing { why: Printable::ours("no run now"), of: of() };
    let runs = vec![vec![run("Failed", 20, 10), run("Successful", 60, 50)]];
    let kept = Kept { evidence: &[none], runs: &runs, ..Kept::default() };
    let times = replay::times(minutes_ago(89), now(), SignedDuration::from_mins(1)).unwrap();
    let looks = replay::replay(&policy, &kept, &times);
    let class = |minutes: usize| looks[89 - minutes].classes[0];
    assert_eq!(
        [70, 60, 51, 50, 21].map(class),
        [Class::NoData, Class::Unclear, Class::Unclear, Class::Pass, Class::Pass]
    );
    assert_eq!([20, 11, 10, 0].map(class), [Class::Unclear, Class::Unclear, Class::High, Class::High]);
}

#[test]
fn times_hold_both_ends_and_are_bounded() {
    let minute = SignedDuration::from_mins(1);
    assert_eq!(replay::times(minutes_ago(2), now(), minute).unwrap().len(), 3);
    assert_eq!(replay::times(now(), now(), minute).unwrap(), [now()]);
    assert_eq!(replay::times(now(), minutes_ago(1), minute), None);
    assert_eq!(replay::times(minutes_ago(1), now(), SignedDuration::ZERO), None);
    assert_eq!(replay::times(minutes_ago(60), now(), SignedDuration::from_millis(1)), None);
}
